// spec.json and weights.bin: what is accepted, and one line that names field, value and expectation for what is not.
import { describe, expect, it } from "vitest";
import { loadModel, multiplyCount, packWeights, weightCount, weightsCrc } from "../../src/kernels/int8-model.js";
import { checkSpec } from "../../src/kernels/model-spec.js";
import { MULTIPLIER_ONE, SUM_MAX } from "../../src/kernels/requantise.js";
import { assemble, fillModel, type ModelSketch } from "./random-model.js";

const SKETCH: ModelSketch = {
  inputs: [{ name: "window", length: 10, channels: 2 }, { name: "features", length: 1, channels: 3 }],
  layers: [
    { name: "conv", op: "conv1d", inputs: ["window"], channels: 4, kernel: 3, stride: 2, activation: "relu" },
    { name: "deep", op: "depthwise-conv1d", inputs: ["conv"], kernel: 2, stride: 1, activation: "none" },
    { name: "point", op: "conv1d", inputs: ["deep"], channels: 4, kernel: 1, stride: 1, activation: "none" },
    { name: "sum", op: "add", inputs: ["deep", "point"], activation: "relu" },
    { name: "largest", op: "max-pool", inputs: ["sum"] },
    { name: "mean", op: "mean-pool", inputs: ["sum"] },
    { name: "all", op: "concat", inputs: ["largest", "mean", "features"] },
    { name: "logits", op: "dense", inputs: ["all"], channels: 2, activation: "none" },
  ],
};
const good = fillModel(SKETCH, 1);

/** Fields of JSON are changed freely here. */
type Json = Record<string, unknown>;

/** @returns the problems of the good specification after a change */
function problemsAfter(change: (spec: Json, layers: Json[], inputs: Json[]) => void): readonly string[] {
  const spec = JSON.parse(JSON.stringify(good.json)) as Json;
  change(spec, spec["layers"] as Json[], spec["inputs"] as Json[]);
  const checked = checkSpec(spec);
  return checked.ok ? [] : checked.problems;
}

describe("a good specification", () => {
  it("has no problems, and the shapes that follow from it", () => {
    const checked = checkSpec(JSON.parse(JSON.stringify(good.json)));
    expect(checked.ok && [...checked.tensors.values()].map(({ name, length, channels }) => `${name} ${length}x${channels}`)).toEqual([
      "window 10x2", "features 1x3", "conv 4x4", "deep 3x4", "point 3x4", "sum 3x4", "largest 1x4", "mean 1x4", "all 1x11", "logits 1x2",
    ]);
  });

  it("loads with its weights, number by number", () => {
    const { model, bytes } = good;
    expect(model.layers.map(({ multipliers, biases, weights }) => [multipliers.length, biases.length, weights.length])).toEqual([
      [4, 4, 24], [4, 4, 8], [4, 4, 16], [2, 0, 0], [0, 0, 0], [1, 0, 0], [3, 0, 0], [0, 2, 22],
    ]);
    expect(packWeights(model.layers)).toEqual(bytes);
    expect(multiplyCount(model)).toBe(4 * 24 + 3 * 8 + 3 * 16 + 22);
  });

  it("counts weights that are not 0", () => {
    const halved = assemble(SKETCH, good.model.layers.map((layer) => ({ ...layer, weights: layer.weights.map((_, index) => (index % 2 === 0 ? -1 : 0)) })));
    expect(weightCount(halved.model)).toBe((24 + 8 + 16 + 22) / 2);
  });
});

describe("a bad specification", () => {
  const rows: [string, (spec: Json, layers: Json[], inputs: Json[]) => void, string][] = [
    ["format", (spec) => (spec["format"] = 2), "spec.format: 2, expected 1"],
    ["missing name", (spec) => delete spec["name"], "spec.name: missing, expected a value"],
    ["name", (spec) => (spec["name"] = "Beat Net"), 'spec.name: "Beat Net", expected a kebab-case name such as beat-net'],
    ["unknown field", (spec) => (spec["author"] = "me"), 'spec.author: "me", expected none of this name, but format, name, inputs, layers, outputs, weights'],
    ["no inputs", (spec) => (spec["inputs"] = []), "spec.inputs: [], expected a list of 1 to 8"],
    ["inputs no list", (spec) => (spec["inputs"] = 7), "spec.inputs: 7, expected a list of 1 to 8"],
    ["input no object", (spec) => ((spec["inputs"] as unknown[])[0] = null), "spec.inputs[0]: null, expected an object with name, length, channels, scale"],
    ["length", (_spec, _layers, inputs) => (inputs[0]!["length"] = 0), "spec.inputs[0].length: 0, expected a whole number from 1 to 4096"],
    ["channels", (_spec, _layers, inputs) => (inputs[0]!["channels"] = 2.5), "spec.inputs[0].channels: 2.5, expected a whole number from 1 to 1024"],
    ["scale", (_spec, _layers, inputs) => (inputs[0]!["scale"] = -1), "spec.inputs[0].scale: -1, expected a number above 0"],
    ["channel names", (_spec, _layers, inputs) => (inputs[1]!["channelNames"] = ["a"]), 'spec.inputs[1].channelNames: ["a"], expected a list of 3 texts'],
    ["input name", (_spec, _layers, inputs) => (inputs[0]!["name"] = "the-window"), 'spec.inputs[0].name: "the-window", expected a camelCase name such as hidden1'],
    ["name twice", (_spec, layers) => (layers[0]!["name"] = "features"), 'spec.layers[0].name: "features", expected a name that nothing above has'],
    ["op", (_spec, layers) => (layers[0]!["op"] = "conv2d"), 'spec.layers[0].op: "conv2d", expected one of dense, conv1d, depthwise-conv1d, max-pool, mean-pool, concat, add'],
    ["op of Object", (_spec, layers) => (layers[0]!["op"] = "toString"), 'spec.layers[0].op: "toString", expected one of dense, conv1d, depthwise-conv1d, max-pool, mean-pool, concat, add'],
    ["field of another op", (_spec, layers) => (layers[4]!["stride"] = 1), "spec.layers[4].stride: 1, expected none of this name, but name, op, inputs, scale"],
    ["kernel", (_spec, layers) => (layers[0]!["kernel"] = 11), 'spec.layers[0].kernel: 11, expected at most the length of "window", 10'],
    ["kernel no number", (_spec, layers) => (layers[0]!["kernel"] = "3"), 'spec.layers[0].kernel: "3", expected a whole number from 1 to 4096'],
    ["stride", (_spec, layers) => (layers[0]!["stride"] = 0), "spec.layers[0].stride: 0, expected a whole number from 1 to 4096"],
    ["activation", (_spec, layers) => (layers[0]!["activation"] = "gelu"), 'spec.layers[0].activation: "gelu", expected relu or none'],
    ["input below", (_spec, layers) => (layers[0]!["inputs"] = ["deep"]), 'spec.layers[0].inputs[0]: "deep", expected an input or a layer above: window, features'],
    ["one input too many", (_spec, layers) => (layers[0]!["inputs"] = ["window", "features"]), 'spec.layers[0].inputs: ["window","features"], expected a list of 1'],
    ["one input too few", (_spec, layers) => (layers[6]!["inputs"] = ["mean"]), 'spec.layers[6].inputs: ["mean"], expected a list of 2 to 8'],
    ["add of two shapes", (_spec, layers) => (layers[3]!["inputs"] = ["deep", "conv"]), 'spec.layers[3].inputs: "conv: 4 x 4", expected the shape of "deep", 3 x 4'],
    ["concat of two lengths", (_spec, layers) => (layers[6]!["inputs"] = ["mean", "sum"]), 'spec.layers[6].inputs: "sum: length 3", expected the length of "mean", 1'],
    ["scale of max-pool", (_spec, layers) => (layers[4]!["scale"] = 0.5), 'spec.layers[4].scale: 0.5, expected that of "sum", 0.25'],
    ["last layer with ReLU", (_spec, layers) => (layers[7]!["activation"] = "relu"), 'spec.layers, the last: "op dense, activation relu", expected op dense, activation none: its sums are the logits'],
    ["outputs", (spec) => (spec["outputs"] = ["N"]), 'spec.outputs: "1 texts", expected one for each of the 2 channels of the last layer'],
    ["output that would end a comment", (spec) => (spec["outputs"] = ["N", "V*/"]), 'spec.outputs[1]: "V*/", expected letters, digits, spaces or any of . _ -'],
    ["weights", (spec) => (spec["weights"] = { bytes: 3 }), "spec.weights.crc32: missing, expected a value"],
    ["CRC", (spec) => ((spec["weights"] as Json)["crc32"] = "XYZ"), 'spec.weights.crc32: "XYZ", expected eight hexadecimal digits'],
    ["idle layer", (_spec, layers) => (layers[3]!["inputs"] = ["deep", "deep"]), 'spec.layers: "point", expected a layer that some layer below uses'],
    ["idle input", (_spec, layers) => (layers[6]!["inputs"] = ["largest", "mean"]), 'spec.inputs: "features", expected an input that some layer uses'],
  ];
  it.each(rows)("%s", (_name, change, problem) => expect(problemsAfter(change)).toContain(problem));

  it.each([[null], [[]], ["text"], [7], [undefined]])("that is %j", (json) => {
    const checked = checkSpec(json);
    expect(checked.ok || checked.problems).toEqual([`spec: ${json === undefined ? "missing" : JSON.stringify(json)}, expected an object with format, name, inputs, layers, outputs, weights`]);
  });
});

describe("bad weights", () => {
  const dense: ModelSketch = {
    inputs: [{ name: "x", length: 1, channels: 2 }],
    layers: [
      { name: "hidden", op: "dense", inputs: ["x"], channels: 1, activation: "relu" },
      { name: "logits", op: "dense", inputs: ["hidden"], channels: 1, activation: "none" },
    ],
  };
  const with_ = (multiplier: number, bias: number): (() => unknown) => () =>
    assemble(dense, [
      { multipliers: Int32Array.of(multiplier), biases: Int32Array.of(bias), weights: Int8Array.of(1, -2) },
      { multipliers: new Int32Array(0), biases: Int32Array.of(0), weights: Int8Array.of(1) },
    ]);
  const room = SUM_MAX - 3 * 128;

  it.each([
    ["multiplier 0", 0, 0, `weights, layer hidden, multiplier 0: 0, expected 1 to ${MULTIPLIER_ONE}`],
    ["multiplier too large", MULTIPLIER_ONE + 1, 0, `weights, layer hidden, multiplier 0: ${MULTIPLIER_ONE + 1}, expected 1 to ${MULTIPLIER_ONE}`],
    ["bias too large", 1, room + 1, `weights, layer hidden, channel 0: sums up to ${SUM_MAX + 1}, expected at most ${SUM_MAX}`],
    ["bias too small", 1, -room - 1, `weights, layer hidden, channel 0: sums up to ${SUM_MAX + 1}, expected at most ${SUM_MAX}`],
  ])("%s", (_name, multiplier, bias, problem) => expect(with_(multiplier, bias)).toThrow(problem));

  it.each([[1, room], [MULTIPLIER_ONE, -room]])("multiplier %d and bias %d are just right", (multiplier, bias) => expect(with_(multiplier, bias)).not.toThrow());

  it("too many, too few, or others", () => {
    const { json, bytes } = good;
    const problems = (given: Uint8Array, spec: unknown = json): unknown => {
      const loaded = loadModel(spec, given);
      return loaded.ok || loaded.problems;
    };
    const changed = Uint8Array.from(bytes, (byte, index) => (index === 9 ? byte ^ 1 : byte));
    expect(problems(changed)).toEqual([`weights: CRC-32 ${weightsCrc(changed)}, expected ${json.weights.crc32} (spec.weights.crc32)`]);
    expect(problems(bytes.subarray(4))).toContain(`weights: ${bytes.length - 4} bytes, expected ${bytes.length} (spec.weights.bytes)`);
    const longer = new Uint8Array(bytes.length + 4);
    const spec = { ...json, weights: { bytes: longer.length, crc32: weightsCrc(longer) } };
    expect(problems(longer, spec)).toEqual([`spec.weights.bytes: ${longer.length}, expected ${bytes.length} for these layers`]);
  });
});

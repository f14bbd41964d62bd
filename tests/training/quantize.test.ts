// Quantisation: the int8 model follows the float one closely, its files load, and odd channels do not break it.
import { describe, expect, it } from "vitest";
import { Prng } from "../../src/base/prng.js";
import { loadModel } from "../../src/kernels/int8-model.js";
import { runReference } from "../../src/kernels/reference.js";
import type { ModelSketch } from "../kernels/random-model.js";
import { type FloatLayer, type FloatModel, runFloat, shapesOf } from "../../src/training/float-model.js";
import { quantise, quantisationError } from "../../src/training/quantize.js";
import { CONVOLUTIONAL, SMALL } from "../model-compiler/models.js";

const INPUT_SCALE = 1 / 32;

/** Sum of four uniform numbers, about normal with deviation 1. */
function nearlyNormal(prng: Prng): number {
  let sum = 0;
  for (let count = 0; count < 4; count++) sum += prng.below(20_001) / 10_000 - 1;
  return sum / Math.sqrt(4 / 3);
}

/** A float model whose layers neither fade nor explode. */
function floatModel(sketch: ModelSketch, seed: number, change: (layer: FloatLayer) => FloatLayer = (layer) => layer): FloatModel {
  const prng = new Prng(seed);
  const inputs = sketch.inputs.map((input) => ({ ...input, scale: INPUT_SCALE }));
  const outputs = Array.from({ length: sketch.layers.at(-1)!.channels! }, (_, index) => `class ${index}`);
  const blank = { name: "test-model", inputs, layers: sketch.layers.map((layer) => ({ ...layer, weights: new Float32Array(0), biases: new Float32Array(0) })), outputs };
  const shapes = shapesOf(blank);
  const layers = sketch.layers.map((layer): FloatLayer => {
    const input = shapes.get(layer.inputs[0]!)!;
    const { channels } = shapes.get(layer.name)!;
    const fanIn = { dense: input.length * input.channels, conv1d: (layer.kernel ?? 1) * input.channels, "depthwise-conv1d": layer.kernel ?? 1, "max-pool": 0, "mean-pool": 0, concat: 0, add: 0 }[layer.op];
    return change({
      ...layer,
      weights: Float32Array.from({ length: fanIn * channels }, () => nearlyNormal(prng) * Math.sqrt(2 / fanIn)),
      biases: Float32Array.from({ length: fanIn > 0 ? channels : 0 }, () => 0.3 * nearlyNormal(prng)),
    });
  });
  return { name: "test-model", inputs, layers, outputs };
}

function inputRows(model: FloatModel, count: number, seed: number): Int8Array[][] {
  const prng = new Prng(seed);
  const value = (): number => Math.max(-127, Math.min(127, Math.round(nearlyNormal(prng) / INPUT_SCALE)));
  return Array.from({ length: count }, () => model.inputs.map(({ length, channels }) => Int8Array.from({ length: length * channels }, value)));
}

const ADDING: ModelSketch = {
  inputs: [{ name: "x", length: 12, channels: 4 }],
  layers: [
    { name: "one", op: "conv1d", inputs: ["x"], channels: 6, kernel: 3, stride: 1, activation: "none" },
    { name: "other", op: "conv1d", inputs: ["one"], channels: 6, kernel: 1, stride: 1, activation: "none" },
    { name: "sum", op: "add", inputs: ["one", "other"], activation: "relu" },
    { name: "mean", op: "mean-pool", inputs: ["sum"] },
    { name: "logits", op: "dense", inputs: ["mean"], channels: 2, activation: "none" },
  ],
};

describe("quantisation", () => {
  it.each([["of dense layers", SMALL, 0.04], ["of convolutions", CONVOLUTIONAL, 0.08], ["of an addition", ADDING, 0.05]] as const)("%s changes the logits little, on inputs it has not seen", (_name, sketch, limit) => {
    const float = floatModel(sketch, 1);
    const { model } = quantise(float, inputRows(float, 300, 2));
    const error = quantisationError(float, model, inputRows(float, 400, 3));
    expect(error.relativeRms).toBeLessThan(limit);
    expect(error.relativeRms).toBeGreaterThan(0.001);
    expect(error.signChanges).toBeLessThan(0.03);
    expect(error.largestChanges).toBeLessThan(0.05);
  });

  it("gives files that load, and golden vectors that hold, extremes among them", () => {
    const float = floatModel(SMALL, 4);
    const { spec, weights, golden } = quantise(float, inputRows(float, 200, 5));
    const loaded = loadModel(JSON.parse(JSON.stringify(spec)), weights);
    if (!loaded.ok) throw new Error(loaded.problems[0]);
    expect(golden.slice(0, 3).map(({ inputs }) => [Math.min(...inputs[0]!), Math.max(...inputs[0]!)])).toEqual([[-128, -128], [127, 127], [0, 0]]);
    expect(golden).toHaveLength(3 + 64);
    for (const { inputs, logits } of golden) expect([...runReference(loaded.model, inputs.map((values) => Int8Array.from(values)))]).toEqual(logits);
  });

  it("depends on nothing but its arguments", () => {
    const twice = [0, 1].map(() => quantise(floatModel(CONVOLUTIONAL, 6), inputRows(floatModel(CONVOLUTIONAL, 6), 50, 7)));
    expect(twice[0]!.weights).toEqual(twice[1]!.weights);
    expect(twice[0]!.spec).toEqual(twice[1]!.spec);
  });

  const perChannel = (layer: FloatLayer): number => layer.weights.length / layer.biases.length;
  const changes: [string, (layer: FloatLayer) => FloatLayer][] = [
    ["a channel without weights", (layer) => ({ ...layer, weights: layer.weights.map((weight, index) => (index < perChannel(layer) ? 0 : weight)) })],
    ["a channel a million times smaller", (layer) => ({ ...layer, weights: layer.weights.map((weight, index) => (index < perChannel(layer) ? weight * 1e-6 : weight)), biases: layer.biases.map((bias, index) => (index === 0 ? bias * 1e-6 : bias)) })],
    ["a channel that a bias keeps off", (layer) => ({ ...layer, biases: layer.biases.map((bias, index) => (index === 0 ? -1e7 : bias)) })],
    ["a channel that a bias dominates", (layer) => ({ ...layer, biases: layer.biases.map((bias, index) => (index === 0 ? 5 : bias)) })],
  ];
  it.each(changes)("copes with %s", (_name, change) => {
    const float = floatModel(SMALL, 8, (layer) => (layer.name === "hidden1" ? change(layer) : layer));
    const { model } = quantise(float, inputRows(float, 300, 9));
    expect(quantisationError(float, model, inputRows(float, 300, 10)).relativeRms).toBeLessThan(0.05);
  });

  it("copes with a layer that is always 0", () => {
    const float = floatModel(SMALL, 11, (layer) => (layer.name === "hidden2" ? { ...layer, weights: layer.weights.map(() => 0), biases: layer.biases.map(() => -1) } : layer));
    const { model } = quantise(float, inputRows(float, 100, 12));
    const { name, scale } = model.layers.at(-1)!.output;
    const [row] = inputRows(float, 1, 13);
    const exact = runFloat(float, shapesOf(float), row!).get(name)!;
    [...runReference(model, row!)].forEach((count, logit) => expect(count * scale).toBeCloseTo(exact[logit]!, 1));
  });
});

describe("the float reference", () => {
  it("works out a small model by hand", () => {
    const model: FloatModel = {
      name: "hand", inputs: [{ name: "x", length: 3, channels: 1, scale: 0.5 }], outputs: ["only"],
      layers: [
        { name: "conv", op: "conv1d", inputs: ["x"], channels: 2, kernel: 2, stride: 1, activation: "relu", weights: Float32Array.of(1, 1, 1, -1), biases: Float32Array.of(0, 0.5) },
        { name: "deep", op: "depthwise-conv1d", inputs: ["conv"], kernel: 2, stride: 1, activation: "none", weights: Float32Array.of(1, 2, 0, 1), biases: Float32Array.of(0, 0) },
        { name: "largest", op: "max-pool", inputs: ["conv"] },
        { name: "mean", op: "mean-pool", inputs: ["conv"] },
        { name: "sum", op: "add", inputs: ["largest", "mean"], activation: "none" },
        { name: "all", op: "concat", inputs: ["deep", "sum"] },
        { name: "logits", op: "dense", inputs: ["all"], channels: 1, activation: "none", weights: Float32Array.of(1, 10, 100, 1000), biases: Float32Array.of(-1) },
      ].map((layer) => ({ weights: new Float32Array(0), biases: new Float32Array(0), ...layer })) as FloatLayer[],
    };
    // x = 1, 2, 1.5; conv = (3, 0), (3.5, 1); deep = 10, 1; largest = 3.5, 1; mean = 3.25, 0.5; sum = 6.75, 1.5
    expect(runFloat(model, shapesOf(model), [Int8Array.of(2, 4, 3)]).get("logits")![0]).toBeCloseTo(10 + 10 + 675 + 1500 - 1, 5);
  });

  it("refuses a model with wrong shapes", () => {
    const float = floatModel(SMALL, 1);
    expect(() => shapesOf({ ...float, outputs: ["one"] })).toThrow('spec.outputs: "1 texts", expected one for each of the 3 channels of the last layer');
  });
});

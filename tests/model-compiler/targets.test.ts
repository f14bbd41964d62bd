// Every target of the model compiler gives the bits of the reference: each layer type, two models of real size, models out of a seed.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { buildXsHost } from "../../scripts/build-xs-host.js";
import { bundleForXs } from "../../scripts/bundle-xs.js";
import { type Int8Model, loadModel, multiplyCount } from "../../src/kernels/int8-model.js";
import { runReference } from "../../src/kernels/reference.js";
import { MULTIPLIER_ONE } from "../../src/kernels/requantise.js";
import { CRunner } from "../../src/model-compiler/c-runner.js";
import { generateC } from "../../src/model-compiler/c-target.js";
import type { InputRow } from "../../src/model-compiler/target-runner.js";
import { generateTypescript, WINDOW_LOCALS_MAX } from "../../src/model-compiler/typescript-target.js";
import { V8Runner } from "../../src/model-compiler/v8-runner.js";
import { XsRunner } from "../../src/model-compiler/xs-runner.js";
import { assemble, fillModel, type ModelSketch, randomInputs, randomModel } from "../kernels/random-model.js";
import { CONVOLUTIONAL, LAYER_CASES, SMALL } from "./models.js";

const RANDOM_INPUTS = 10_000;

/** What the machine has: without a C compiler there is neither XS nor C. */
const host = await buildXsHost({ quiet: true });
if (!host.ok) console.warn(`SKIPPED: generated code on XS: ${host.reason}`);
/** One build serves all. */
const tools = { buildXsHost: async () => host, bundleForXs };
const probe = await CRunner.start(fillModel(SMALL, 1).model, generateC(fillModel(SMALL, 1).model));
if (probe.ok) await probe.runner.close();
else console.warn(`SKIPPED: generated C: ${probe.reason}`);

const folder = mkdtempSync(join(tmpdir(), "edgebeat-targets-"));
afterAll(() => rmSync(folder, { recursive: true }));

function referenceOf(model: Int8Model, rows: readonly InputRow[]): Int32Array[] {
  return rows.map((row) => runReference(model, row));
}

/** The first row that differs, in words, or "". (`toEqual` on ten thousand arrays takes longer than running them.) */
function difference(found: readonly Int32Array[], expected: readonly Int32Array[]): string {
  if (found.length !== expected.length) return `${found.length} rows, expected ${expected.length}`;
  const row = expected.findIndex((logits, index) => logits.some((logit, place) => logit !== found[index]![place]));
  return row < 0 ? "" : `row ${row}: ${found[row]!.join(", ")}, expected ${expected[row]!.join(", ")}`;
}

async function onV8(model: Int8Model, rows: readonly InputRow[]): Promise<Int32Array[]> {
  return (await V8Runner.start(model, generateTypescript(model))).run(rows);
}

/** @returns the logits, and that no operation on doubles was needed */
async function onXs(model: Int8Model, rows: readonly InputRow[]): Promise<{ logits: Int32Array[]; floatOperations: number; stackSlots: number }> {
  const started = await XsRunner.start(model, generateTypescript(model), tools);
  if (!started.ok) throw new Error(started.reason);
  try {
    const logits = await started.runner.run(rows);
    const { floatOperations, stackSlots } = await started.runner.cost(rows.slice(0, 64));
    return { logits, floatOperations, stackSlots };
  } finally {
    await started.runner.close();
  }
}

async function onC(model: Int8Model, rows: readonly InputRow[]): Promise<{ logits: Int32Array[]; undefinedSymbols: string[] }> {
  const started = await CRunner.start(model, generateC(model));
  if (!started.ok) throw new Error(started.reason);
  try {
    return { logits: await started.runner.run(rows), undefinedSymbols: await started.runner.undefinedSymbols() };
  } finally {
    await started.runner.close();
  }
}

describe.each([["the convolutional model", CONVOLUTIONAL, 3000, 6000], ["the small model", SMALL, 1700, 2048]] as const)("%s", (_name, sketch, bytesMin, bytesMax) => {
  const { model, bytes } = fillModel(sketch, 5);
  const rows = randomInputs(model, RANDOM_INPUTS, 6);
  const expected = referenceOf(model, rows);

  it("has the size it is meant to have, and logits that differ", () => {
    expect(bytes.length).toBeGreaterThan(bytesMin);
    expect(bytes.length).toBeLessThanOrEqual(bytesMax);
    expect(new Set(expected.map(String)).size).toBeGreaterThan(RANDOM_INPUTS * 0.8);
  });

  it("is the same on V8, on extreme and 10,000 random inputs", async () => expect(difference(await onV8(model, rows), expected)).toBe(""));

  it.skipIf(!host.ok)("is the same on XS, in integers, with few slots of stack", async () => {
    const { logits, floatOperations, stackSlots } = await onXs(model, rows);
    expect(difference(logits, expected)).toBe("");
    expect(floatOperations).toBe(0);
    expect(stackSlots).toBeLessThan(WINDOW_LOCALS_MAX + 40);
  });

  it.skipIf(!probe.ok)("is the same in C, which needs no library", async () => {
    const { logits, undefinedSymbols } = await onC(model, rows);
    expect(difference(logits, expected)).toBe("");
    expect(undefinedSymbols).toEqual([]);
  });
});

describe.each(LAYER_CASES)("%s", (_name, sketch) => {
  const { model } = fillModel(sketch, 9);
  const rows = randomInputs(model, 400, 10);
  const expected = referenceOf(model, rows);

  it("is the same on V8", async () => expect(difference(await onV8(model, rows), expected)).toBe(""));
  it.skipIf(!host.ok)("is the same on XS, in integers", async () => {
    const { logits, floatOperations } = await onXs(model, rows);
    expect(difference(logits, expected)).toBe("");
    expect(floatOperations).toBe(0);
  });
  it.skipIf(!probe.ok)("is the same in C", async () => {
    const { logits, undefinedSymbols } = await onC(model, rows);
    expect(difference(logits, expected)).toBe("");
    expect(undefinedSymbols).toEqual([]);
  });
});

/** A hidden layer and logits, of whose weights few are left: none in the first channel, all in the last, one in five elsewhere. */
function thinModel(inputCount: number): Int8Model {
  const sketch: ModelSketch = { inputs: [{ name: "x", length: 1, channels: inputCount }], layers: [{ ...SMALL.layers[0]!, inputs: ["x"] }, { ...SMALL.layers[2]!, inputs: ["hidden1"] }] };
  const { layers } = fillModel(sketch, 11).model;
  const channelCount = layers[0]!.output.channels;
  const isLeft = (index: number): boolean => {
    const channel = Math.floor(index / inputCount);
    return channel === channelCount - 1 || (channel > 0 && index % 5 === 0);
  };
  return assemble(sketch, layers.map((layer, number) => (number === 0 ? { ...layer, weights: layer.weights.map((weight, index) => (isLeft(index) ? weight : 0)) } : layer))).model;
}

describe.each([64, 255, 256])("a layer of few weights and %d inputs", (inputCount) => {
  const model = thinModel(inputCount);
  const rows = randomInputs(model, 400, 12);
  const expected = referenceOf(model, rows);

  it("is the same on V8", async () => expect(difference(await onV8(model, rows), expected)).toBe(""));
  it.skipIf(!host.ok)("is the same on XS, in integers", async () => expect(await onXs(model, rows)).toMatchObject({ logits: expected, floatOperations: 0 }));
  it.skipIf(!probe.ok)("is the same in C", async () => expect(difference((await onC(model, rows)).logits, expected)).toBe(""));
});

it("weights that are 0 take no room: neither in C, up to 255 inputs, nor in TypeScript", () => {
  const weightsOf = (code: string): number => Number(/hidden1Weights\[(\d+)\]/.exec(code)![1]);
  expect([64, 255, 256].map((inputCount) => weightsOf(generateC(thinModel(inputCount))))).toEqual([...[64, 255].map((inputCount) => thinModel(inputCount).layers[0]!.weights.filter((weight) => weight !== 0).length), 20 * 256]);
  expect(generateTypescript(thinModel(64))).not.toMatch(/\* 0\b/);
});

describe("models out of a seed", () => {
  it("are the same on V8", async () => {
    const ops = new Set<string>();
    for (let seed = 0; seed < 150; seed++) {
      const { model } = randomModel(seed);
      for (const { op } of model.layers) ops.add(op);
      const rows = randomInputs(model, 40, seed);
      expect(`seed ${seed}: ${difference(await onV8(model, rows), referenceOf(model, rows))}`).toBe(`seed ${seed}: `);
    }
    expect([...ops].sort()).toEqual(["add", "concat", "conv1d", "dense", "depthwise-conv1d", "max-pool", "mean-pool"]);
  });

  it.skipIf(!host.ok).each([1000, 1001, 1002, 1003, 1004, 1005])("seed %d is the same on XS, in integers", async (seed) => {
    const { model } = randomModel(seed);
    const rows = randomInputs(model, 100, seed);
    const { logits, floatOperations } = await onXs(model, rows);
    expect(difference(logits, referenceOf(model, rows))).toBe("");
    expect(floatOperations).toBe(0);
  });

  it.skipIf(!probe.ok)("are the same in C", async () => {
    for (let seed = 2000; seed < 2006; seed++) {
      const { model } = randomModel(seed);
      const rows = randomInputs(model, 100, seed);
      expect(`seed ${seed}: ${difference((await onC(model, rows)).logits, referenceOf(model, rows))}`).toBe(`seed ${seed}: `);
    }
  });
});

describe("numbers at their limits", () => {
  /** Dense layers of extreme weights, biases and multipliers: channels that are constant, dead, always saturated, or of next to no factor. */
  const room = 2 ** 29 - 3 * 128 * 128;
  const { model } = assemble(
    {
      inputs: [{ name: "x", length: 1, channels: 3 }],
      layers: [
        { name: "hidden", op: "dense", inputs: ["x"], channels: 7, activation: "relu" },
        { name: "second", op: "dense", inputs: ["hidden"], channels: 3, activation: "none" },
        { name: "logits", op: "dense", inputs: ["second"], channels: 1, activation: "none" },
      ],
    },
    [
      {
        multipliers: Int32Array.of(MULTIPLIER_ONE, MULTIPLIER_ONE, 1, 1, MULTIPLIER_ONE, 1, MULTIPLIER_ONE),
        biases: Int32Array.of(room, -room, room, -room, 0, 2 ** 21, 77),
        weights: Int8Array.of(-128, -128, -128, 127, 127, 127, -128, 0, 127, -128, 0, 127, -128, -128, -128, 0, 0, 1, 0, 0, 0),
      },
      { multipliers: Int32Array.of(MULTIPLIER_ONE, 1, 300_000), biases: Int32Array.of(0, 0, -5), weights: Int8Array.from({ length: 21 }, (_, index) => (index % 3) * 127 - 127) },
      { multipliers: new Int32Array(0), biases: Int32Array.of(2 ** 29 - 3 * 128 * 128), weights: Int8Array.of(-128, -128, -128) },
    ],
  );
  const rows = randomInputs(model, 500, 3);

  it("are the same everywhere", async () => {
    const expected = referenceOf(model, rows);
    expect(difference(await onV8(model, rows), expected)).toBe("");
    if (host.ok) expect(await onXs(model, rows)).toMatchObject({ logits: expected, floatOperations: 0 });
    if (probe.ok) expect(difference((await onC(model, rows)).logits, expected)).toBe("");
  });
});

describe("a wrong target", () => {
  const { model } = fillModel(SMALL, 5);
  const rows = randomInputs(model, 200, 6);

  it.each([
    ["a threshold", /s >= (\d+) \?/, "s >= 1$1 ?"],
    ["a weight", /x3 \* (\d+)/, "x3 * 1$1"],
    ["the rounding", /2097152/g, "2000000"],
  ])("is noticed: %s", async (_what, pattern, replacement) => {
    const code = generateTypescript(model);
    const wrong = code.replace(pattern, replacement);
    expect(wrong).not.toBe(code);
    expect(difference(await (await V8Runner.start(model, wrong)).run(rows), referenceOf(model, rows))).not.toBe("");
  });
});

describe("generated TypeScript", () => {
  const { model } = fillModel(CONVOLUTIONAL, 5, "beat-net");
  const code = generateTypescript(model);

  it("passes tsc with the project's options", () => {
    writeFileSync(join(folder, "beat-net.ts"), code);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const project = fileURLToPath(new URL("../../", import.meta.url));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ extends: join(project, "tsconfig.base.json"), compilerOptions: { rootDir: folder, composite: false, emitDeclarationOnly: false, noEmit: true }, files: ["beat-net.ts"] }));
    const { stdout, status } = spawnSync(join(project, "node_modules/.bin/tsc"), ["-p", join(folder, "tsconfig.json")], { encoding: "utf8" });
    expect([status, stdout]).toEqual([0, ""]);
  });

  it("is portable: says what it is, imports nothing, keeps nothing at its top level, is named for the model", () => {
    expect(code).toMatch(/^\/\/ Int8 model "beat-net", weights [0-9a-f]{8}/);
    expect(code).not.toMatch(/\bimport\b/);
    expect(code.match(/^(?!function |export class )\S.*/gm)!.filter((line) => !/^(\/\/|\/\*\*|})/.test(line))).toEqual([]);
    expect(code.match(/^export .*/gm)).toEqual(["export class BeatNetModel {"]);
  });

  it("costs little more than its weights ask for", async () => {
    if (!host.ok) return;
    const started = await XsRunner.start(model, code, tools);
    if (!started.ok) throw new Error(started.reason);
    const { bytecodes, codeBytes } = await started.runner.cost(randomInputs(model, 50, 4));
    await started.runner.close();
    // 7.5 a MAC, and 10.3 bytes a weight, when this was written; dense layers take 3.5 a MAC, depthwise ones are mostly moving.
    expect(bytecodes / multiplyCount(model)).toBeLessThan(8.5);
    expect(codeBytes / model.layers.reduce((sum, { weights }) => sum + weights.length, 0)).toBeLessThan(11.5);
  });
});

it("a loaded model is the model", () => {
  const { json, bytes, model } = fillModel(SMALL, 8);
  expect(loadModel(JSON.parse(JSON.stringify(json)), bytes)).toEqual({ ok: true, model });
});

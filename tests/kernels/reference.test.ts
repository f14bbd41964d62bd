// The reference kernels against results worked out by hand: one small case for each layer type.
import { describe, expect, it } from "vitest";
import type { LayerNumbers } from "../../src/kernels/int8-model.js";
import type { LayerSpec } from "../../src/kernels/model-spec.js";
import { runReference } from "../../src/kernels/reference.js";
import { MULTIPLIER_ONE } from "../../src/kernels/requantise.js";
import { assemble } from "./random-model.js";

const HALF = MULTIPLIER_ONE / 2;
const NONE: LayerNumbers = { multipliers: new Int32Array(0), biases: new Int32Array(0), weights: new Int8Array(0) };

interface Case {
  readonly name: string;
  readonly inputs: readonly (readonly number[])[];
  /** [length, channels] of each input, and of the output. */
  readonly shapes: readonly [number, number][];
  readonly output: number;
  readonly layer: Omit<LayerSpec, "name" | "inputs" | "scale">;
  readonly multipliers?: readonly number[];
  readonly biases?: readonly number[];
  readonly weights?: readonly number[];
  readonly expected: readonly number[];
}

const CASES: readonly Case[] = [
  {
    name: "dense: a row of weights a channel, over all steps and channels", inputs: [[1, 2, 3, 4]], shapes: [[2, 2]], output: 2, layer: { op: "dense", channels: 2, activation: "none" },
    multipliers: [MULTIPLIER_ONE, HALF], biases: [10, -1], weights: [1, -1, 2, -2, 0, 5, 0, 5], expected: [10 + 1 - 2 + 6 - 8, 15],
  },
  {
    name: "dense with ReLU: what is below 0 is 0", inputs: [[3, -5]], shapes: [[1, 2]], output: 2, layer: { op: "dense", channels: 2, activation: "relu" },
    multipliers: [MULTIPLIER_ONE, MULTIPLIER_ONE], biases: [0, 0], weights: [1, 1, -1, -1], expected: [0, 2],
  },
  {
    name: "dense saturates", inputs: [[127, -128]], shapes: [[1, 2]], output: 2, layer: { op: "dense", channels: 2, activation: "none" },
    multipliers: [MULTIPLIER_ONE, MULTIPLIER_ONE], biases: [0, 0], weights: [127, -128, -128, 127], expected: [127, -128],
  },
  {
    name: "conv1d: windows start a stride apart and see all channels", inputs: [[1, 10, 2, 20, 3, 30, 4, 40, 5, 50]], shapes: [[5, 2]], output: 2,
    layer: { op: "conv1d", channels: 1, kernel: 3, stride: 2, activation: "none" }, multipliers: [MULTIPLIER_ONE], biases: [1], weights: [1, 0, 0, 1, 1, -1],
    expected: [1 + 1 + 20 + 3 - 30, 1 + 3 + 40 + 5 - 50],
  },
  {
    name: "conv1d: [step, channel] out", inputs: [[1, 2, 3]], shapes: [[3, 1]], output: 4, layer: { op: "conv1d", channels: 2, kernel: 2, stride: 1, activation: "none" },
    multipliers: [MULTIPLIER_ONE, MULTIPLIER_ONE], biases: [0, 100], weights: [1, 10, -1, 0], expected: [21, 99, 32, 98],
  },
  {
    name: "depthwise-conv1d: each channel for itself", inputs: [[1, 10, 2, 20, 3, 30, 4, 40]], shapes: [[4, 2]], output: 4,
    layer: { op: "depthwise-conv1d", kernel: 2, stride: 2, activation: "none" }, multipliers: [MULTIPLIER_ONE, MULTIPLIER_ONE], biases: [0, 1], weights: [1, 2, -1, 1],
    expected: [5, 11, 11, 11],
  },
  { name: "max-pool: over all steps", inputs: [[-5, 7, -3, 2, -9, 6]], shapes: [[3, 2]], output: 2, layer: { op: "max-pool" }, expected: [-3, 7] },
  { name: "mean-pool: sum times its multiplier", inputs: [[1, -1, 2, -2, 4, -4]], shapes: [[3, 2]], output: 2, layer: { op: "mean-pool" }, multipliers: [HALF], expected: [4, -3] },
  {
    name: "concat: step by step, each input with its factor", inputs: [[1, 2, 3, 4], [10, -11]], shapes: [[2, 2], [2, 1]], output: 6, layer: { op: "concat" },
    multipliers: [MULTIPLIER_ONE, HALF], expected: [1, 2, 5, 3, 4, -5],
  },
  {
    name: "add: rounds once, then saturates", inputs: [[1, 127, -128, 3], [1, 127, -128, -4]], shapes: [[2, 2], [2, 2]], output: 4, layer: { op: "add", activation: "none" },
    multipliers: [HALF, MULTIPLIER_ONE], expected: [2, 127, -128, -2],
  },
  {
    name: "add with ReLU", inputs: [[1, -3], [1, 2]], shapes: [[1, 2], [1, 2]], output: 2, layer: { op: "add", activation: "relu" },
    multipliers: [MULTIPLIER_ONE, MULTIPLIER_ONE], expected: [2, 0],
  },
];

describe("the reference", () => {
  it.each(CASES)("$name", ({ inputs, shapes, output, layer, multipliers = [], biases = [], weights = [], expected }) => {
    // The logits are the outputs one by one: an identity matrix.
    const identity = Int8Array.from({ length: output * output }, (_, index) => (index % (output + 1) === 0 ? 1 : 0));
    const names = inputs.map((_, index) => `x${index}`);
    const { model } = assemble(
      {
        inputs: shapes.map(([length, channels], index) => ({ name: names[index]!, length, channels })),
        layers: [{ ...layer, name: "layer", inputs: names }, { name: "logits", op: "dense", inputs: ["layer"], channels: output, activation: "none" }],
      },
      [
        { multipliers: Int32Array.from(multipliers), biases: Int32Array.from(biases), weights: Int8Array.from(weights) },
        { ...NONE, biases: new Int32Array(output), weights: identity },
      ],
    );
    expect([...runReference(model, inputs.map((values) => Int8Array.from(values)))]).toEqual(expected);
  });

  it("gives logits as raw sums", () => {
    const { model } = assemble(
      { inputs: [{ name: "x", length: 1, channels: 3 }], layers: [{ name: "logits", op: "dense", inputs: ["x"], channels: 1, activation: "none" }] },
      [{ ...NONE, biases: Int32Array.of(1_000_000), weights: Int8Array.of(127, -128, 127) }],
    );
    expect([...runReference(model, [Int8Array.of(127, -128, 127)])]).toEqual([1_000_000 + 127 * 127 * 2 + 128 * 128]);
  });

  it("refuses inputs of the wrong size", () => {
    const { model } = assemble(
      { inputs: [{ name: "x", length: 1, channels: 3 }], layers: [{ name: "logits", op: "dense", inputs: ["x"], channels: 1, activation: "none" }] },
      [{ ...NONE, biases: Int32Array.of(0), weights: new Int8Array(3) }],
    );
    expect(() => runReference(model, [new Int8Array(2)])).toThrow("an input has the wrong size");
    expect(() => runReference(model, [])).toThrow("one array for each input");
  });
});

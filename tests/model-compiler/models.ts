// Models for the tests of the compiler: the two of the size that goes on a device, and a small one for each layer type.
import type { LayerSketch, ModelSketch } from "../kernels/random-model.js";

/** As large as a model gets: a beat window of 0.8 s at 125/s and features; 18.5k MACs. */
export const CONVOLUTIONAL: ModelSketch = {
  inputs: [{ name: "window", length: 100, channels: 1 }, { name: "features", length: 1, channels: 17 }],
  layers: [
    { name: "conv1", op: "conv1d", inputs: ["window"], channels: 12, kernel: 7, stride: 2, activation: "relu" },
    { name: "depth2", op: "depthwise-conv1d", inputs: ["conv1"], kernel: 5, stride: 2, activation: "relu" },
    { name: "point2", op: "conv1d", inputs: ["depth2"], channels: 16, kernel: 1, stride: 1, activation: "relu" },
    { name: "depth3", op: "depthwise-conv1d", inputs: ["point2"], kernel: 5, stride: 2, activation: "relu" },
    { name: "point3", op: "conv1d", inputs: ["depth3"], channels: 24, kernel: 1, stride: 1, activation: "relu" },
    { name: "largest", op: "max-pool", inputs: ["point3"] },
    { name: "mean", op: "mean-pool", inputs: ["point3"] },
    { name: "embedded", op: "dense", inputs: ["features"], channels: 16, activation: "relu" },
    { name: "all", op: "concat", inputs: ["largest", "mean", "embedded"] },
    { name: "head", op: "dense", inputs: ["all"], channels: 24, activation: "relu" },
    { name: "logits", op: "dense", inputs: ["head"], channels: 4, activation: "none" },
  ],
};

/** At most 2 KB of weights. */
export const SMALL: ModelSketch = {
  inputs: [{ name: "features", length: 1, channels: 64 }],
  layers: [
    { name: "hidden1", op: "dense", inputs: ["features"], channels: 20, activation: "relu" },
    { name: "hidden2", op: "dense", inputs: ["hidden1"], channels: 12, activation: "relu" },
    { name: "logits", op: "dense", inputs: ["hidden2"], channels: 3, activation: "none" },
  ],
};

/** @returns a model of one input, the layers, and logits of all they give */
function around(length: number, channels: number, ...layers: LayerSketch[]): ModelSketch {
  return { inputs: [{ name: "x", length, channels }], layers: [...layers, { name: "logits", op: "dense", inputs: [layers.at(-1)!.name], channels: 9, activation: "none" }] };
}

/** What the generators treat differently, by name. */
export const LAYER_CASES: readonly [string, ModelSketch][] = [
  ["dense, with the logits summed up on the way", { ...SMALL, layers: [{ ...SMALL.layers[0]!, activation: "none" }, { ...SMALL.layers[2]!, inputs: ["hidden1"] }] }],
  ["dense of more inputs than locals, with the logits on the way", { inputs: [{ name: "x", length: 1, channels: 150 }], layers: [{ ...SMALL.layers[0]!, inputs: ["x"] }, { ...SMALL.layers[2]!, inputs: ["hidden1"] }] }],
  ["dense over steps", around(5, 3, { name: "hidden", op: "dense", inputs: ["x"], channels: 6, activation: "none" })],
  ["dense of more inputs than locals", around(1, 131, { name: "hidden", op: "dense", inputs: ["x"], channels: 5, activation: "relu" })],
  ["logits of more inputs than locals", { inputs: [{ name: "x", length: 1, channels: 70 }], layers: [{ name: "logits", op: "dense", inputs: ["x"], channels: 2, activation: "none" }] }],
  ["conv1d", around(30, 1, { name: "conv", op: "conv1d", inputs: ["x"], channels: 5, kernel: 7, stride: 1, activation: "relu" })],
  ["conv1d that feeds few logits", { inputs: [{ name: "x", length: 20, channels: 2 }], layers: [{ name: "conv", op: "conv1d", inputs: ["x"], channels: 3, kernel: 4, stride: 2, activation: "relu" }, { name: "logits", op: "dense", inputs: ["conv"], channels: 2, activation: "none" }] }],
  ["conv1d whose windows overlap by no step", around(31, 2, { name: "conv", op: "conv1d", inputs: ["x"], channels: 3, kernel: 3, stride: 3, activation: "none" })],
  ["conv1d that leaves steps out", around(32, 2, { name: "conv", op: "conv1d", inputs: ["x"], channels: 3, kernel: 2, stride: 5, activation: "none" })],
  ["conv1d of more values than locals", around(20, 12, { name: "conv", op: "conv1d", inputs: ["x"], channels: 4, kernel: 7, stride: 2, activation: "none" })],
  ["conv1d of one window", around(6, 2, { name: "conv", op: "conv1d", inputs: ["x"], channels: 4, kernel: 6, stride: 1, activation: "relu" })],
  ["pointwise conv1d", around(9, 6, { name: "conv", op: "conv1d", inputs: ["x"], channels: 8, kernel: 1, stride: 1, activation: "none" })],
  ["depthwise-conv1d", around(25, 4, { name: "deep", op: "depthwise-conv1d", inputs: ["x"], kernel: 5, stride: 2, activation: "relu" })],
  ["depthwise-conv1d that leaves steps out", around(25, 3, { name: "deep", op: "depthwise-conv1d", inputs: ["x"], kernel: 2, stride: 3, activation: "none" })],
  ["max-pool", around(11, 4, { name: "largest", op: "max-pool", inputs: ["x"] })],
  ["mean-pool", around(11, 4, { name: "mean", op: "mean-pool", inputs: ["x"] })],
  ["mean-pool of one step", around(1, 4, { name: "mean", op: "mean-pool", inputs: ["x"] })],
  ["concat", around(7, 3, { name: "conv", op: "conv1d", inputs: ["x"], channels: 2, kernel: 1, stride: 1, activation: "relu" }, { name: "all", op: "concat", inputs: ["x", "conv", "x"] })],
  ["concat of features", around(1, 6, { name: "hidden", op: "dense", inputs: ["x"], channels: 5, activation: "relu" }, { name: "all", op: "concat", inputs: ["hidden", "x"] })],
  ["add", around(6, 3, { name: "conv", op: "conv1d", inputs: ["x"], channels: 3, kernel: 1, stride: 1, activation: "none" }, { name: "sum", op: "add", inputs: ["x", "conv"], activation: "none" })],
  ["add with ReLU of what is never negative", around(6, 3, { name: "conv", op: "conv1d", inputs: ["x"], channels: 3, kernel: 1, stride: 1, activation: "relu" }, { name: "sum", op: "add", inputs: ["conv", "conv"], activation: "relu" })],
];

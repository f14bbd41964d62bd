// Int8 models out of a seed, for tests: any layer type, any shape, weights and multipliers that saturate now and then.
import { Prng } from "../../src/base/prng.js";
import { type Int8Model, type LayerNumbers, loadModel, packWeights, weightsCrc } from "../../src/kernels/int8-model.js";
import type { LayerSpec, ModelSpec } from "../../src/kernels/model-spec.js";
import { INT8_MAX, MULTIPLIER_ONE } from "../../src/kernels/requantise.js";

/** The fields of a layer that matter to a model with random numbers. */
export type LayerSketch = Omit<LayerSpec, "scale">;

export interface ModelSketch {
  readonly inputs: readonly { readonly name: string; readonly length: number; readonly channels: number }[];
  readonly layers: readonly LayerSketch[];
}

export interface SketchedModel {
  readonly json: ModelSpec;
  readonly bytes: Uint8Array;
  readonly model: Int8Model;
}

/** Gives a sketch random weights, biases and multipliers. */
export function fillModel({ inputs, layers }: ModelSketch, seed: number, name = "test-model"): SketchedModel {
  const prng = new Prng(seed);
  const shapes = new Map<string, { length: number; channels: number }>(inputs.map((input) => [input.name, input]));
  const numbers = layers.map((layer, index): LayerNumbers => {
    const sources = layer.inputs.map((source) => shapes.get(source)!);
    const { length, channels } = sources[0]!;
    const { kernel = 1, stride = 1, op } = layer;
    const steps = Math.floor((length - kernel) / stride) + 1;
    const isLast = index === layers.length - 1;
    const weighted = (fanIn: number, outputs: number, outputLength: number): LayerNumbers => {
      shapes.set(layer.name, { length: outputLength, channels: outputs });
      // About what the root of the sum's variance asks for, and up to four times as much: some channels saturate often.
      const factor = INT8_MAX / (64 * 64 * Math.sqrt(fanIn));
      return {
        multipliers: Int32Array.from({ length: isLast ? 0 : outputs }, () => Math.min(MULTIPLIER_ONE, 1 + Math.floor((MULTIPLIER_ONE * factor * (1 + prng.below(400))) / 100))),
        biases: Int32Array.from({ length: outputs }, () => (prng.below(8) === 0 ? 0 : prng.below(40_000) - 20_000)),
        weights: Int8Array.from({ length: fanIn * outputs }, () => (prng.below(6) === 0 ? 0 : prng.below(256) - 128)),
      };
    };
    const plain = (outputs: number, outputLength: number, multiplierCount: number, multiplierMax: number): LayerNumbers => {
      shapes.set(layer.name, { length: outputLength, channels: outputs });
      const multiplier = (): number => (prng.below(3) === 0 ? multiplierMax : 1 + prng.below(multiplierMax));
      return { multipliers: Int32Array.from({ length: multiplierCount }, multiplier), biases: new Int32Array(0), weights: new Int8Array(0) };
    };
    switch (op) {
      case "dense":
        return weighted(length * channels, layer.channels!, 1);
      case "conv1d":
        return weighted(kernel * channels, layer.channels!, steps);
      case "depthwise-conv1d":
        return weighted(kernel, channels, steps);
      case "max-pool":
        return plain(channels, 1, 0, 1);
      case "mean-pool":
        return plain(channels, 1, 1, Math.ceil((2 * MULTIPLIER_ONE) / (1 + length)));
      case "concat":
        return plain(sources.reduce((sum, source) => sum + source.channels, 0), length, sources.length, MULTIPLIER_ONE);
      case "add":
        return plain(channels, length, 2, MULTIPLIER_ONE);
    }
  });
  return assemble({ inputs, layers }, numbers, name);
}

/** Puts a sketch and its numbers together. */
export function assemble({ inputs, layers }: ModelSketch, numbers: readonly LayerNumbers[], name = "test-model"): SketchedModel {
  const bytes = packWeights(numbers);
  const json: ModelSpec = {
    format: 1, name,
    inputs: inputs.map((input) => ({ ...input, scale: 0.25 })),
    layers: layers.map((layer) => ({ ...layer, scale: 0.25 })),
    outputs: Array.from({ length: layers.at(-1)!.channels! }, (_, index) => `class ${index}`),
    weights: { bytes: bytes.length, crc32: weightsCrc(bytes) },
  };
  const loaded = loadModel(json, bytes);
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  return { json, bytes, model: loaded.model };
}

/** A model of up to seven layers between two inputs and the logits. */
export function randomModel(seed: number): SketchedModel {
  const prng = new Prng(seed);
  const inputs = [
    { name: "window", length: 8 + prng.below(40), channels: 1 + prng.below(3) },
    { name: "features", length: 1, channels: 1 + prng.below(90) },
  ];
  const layers: LayerSketch[] = [];
  let current = { ...inputs[0]! };
  const push = (sketch: Omit<LayerSketch, "name">, length: number, channels: number): void => {
    const name = `layer${layers.length}`;
    layers.push({ name, ...sketch });
    current = { name, length, channels };
  };
  const activation = (): "relu" | "none" => (prng.below(2) === 0 ? "relu" : "none");
  for (let count = 1 + prng.below(4); count > 0; count--) {
    const kernel = 1 + prng.below(Math.min(7, current.length));
    const stride = 1 + prng.below(4);
    const steps = Math.floor((current.length - kernel) / stride) + 1;
    const channels = 1 + prng.below(12);
    const { name, length, channels: width } = current;
    switch (prng.below(5)) {
      case 0:
      case 1:
        push({ op: "conv1d", inputs: [name], channels, kernel, stride, activation: activation() }, steps, channels);
        break;
      case 2:
        push({ op: "depthwise-conv1d", inputs: [name], kernel, stride, activation: activation() }, steps, width);
        break;
      case 3:
        push({ op: "conv1d", inputs: [name], channels: width, kernel: 1, stride: 1, activation: activation() }, length, width);
        push({ op: "add", inputs: [name, current.name], activation: activation() }, length, width);
        break;
      case 4:
        push({ op: "conv1d", inputs: [name], channels, kernel: 1, stride: 1, activation: activation() }, length, channels);
        push({ op: "concat", inputs: [name, current.name] }, length, width + channels);
        break;
    }
  }
  const { name, channels } = current;
  push({ op: "max-pool", inputs: [name] }, 1, channels);
  const largest = current.name;
  push({ op: "mean-pool", inputs: [name] }, 1, channels);
  push({ op: "concat", inputs: [largest, current.name, "features"] }, 1, 2 * channels + inputs[1]!.channels);
  if (prng.below(2) === 0) push({ op: "dense", inputs: [current.name], channels: 1 + prng.below(24), activation: activation() }, 1, 0);
  push({ op: "dense", inputs: [current.name], channels: 1 + prng.below(4), activation: "none" }, 1, 0);
  return fillModel({ inputs, layers }, seed + 1);
}

/** Rows of int8 for every input: first all -128, all 127, all 0, all 1 and alternating extremes, then random ones, some of them mostly 0 or extreme. */
export function randomInputs(model: Int8Model, count: number, seed: number): Int8Array[][] {
  const prng = new Prng(seed);
  const fixed: ((index: number) => number)[] = [() => -128, () => 127, () => 0, () => 1, (index) => (index % 2 === 0 ? -128 : 127)];
  return Array.from({ length: count }, (_, row) => {
    const kind = prng.below(4);
    const random = (): number => {
      const value = prng.below(256) - 128;
      if (kind === 0) return prng.below(3) === 0 ? value : 0;
      if (kind === 1) return value < 0 ? -128 : 127;
      return kind === 2 ? value >> 3 : value;
    };
    return model.inputs.map(({ length, channels }) => Int8Array.from({ length: length * channels }, (_value, index) => (fixed[row] ?? random)(index)));
  });
}

// The reference kernels: run any int8 model, slowly and obviously. They define what every other target must give, bit by bit.
import { assert } from "../base/assert.js";
import type { Int8Layer, Int8Model } from "./int8-model.js";
import { INT8_MIN, requantise, roundProduct } from "./requantise.js";

/**
 * Runs a model once. Allocates.
 * @param inputs one array for each input of the model, in its order
 * @returns the logits: raw sums, one count of them is worth the scale of the last layer
 */
export function runReference(model: Int8Model, inputs: readonly Int8Array[]): Int32Array {
  assert(inputs.length === model.inputs.length, "runReference: one array for each input");
  const values = new Map<string, Int8Array>();
  model.inputs.forEach((tensor, index) => {
    const array = inputs[index] as Int8Array;
    assert(array.length === tensor.length * tensor.channels, "runReference: an input has the wrong size");
    values.set(tensor.name, array);
  });
  for (const layer of model.layers) {
    const sources = layer.inputs.map((tensor) => values.get(tensor.name) as Int8Array);
    if (layer.isLast) return windowSums(layer, sources[0]!);
    values.set(layer.name, runLayer(layer, sources));
  }
  throw new Error("runReference: a model without layers");
}

function runLayer(layer: Int8Layer, sources: readonly Int8Array[]): Int8Array {
  const first = sources[0]!;
  switch (layer.op) {
    case "dense":
    case "conv1d":
      return requantiseChannels(layer, windowSums(layer, first));
    case "depthwise-conv1d":
      return requantiseChannels(layer, depthwiseSums(layer, first));
    case "max-pool":
      return Int8Array.from({ length: layer.output.channels }, (_, channel) => Math.max(...channelOf(layer, first, channel)));
    case "mean-pool":
      return Int8Array.from({ length: layer.output.channels }, (_, channel) => {
        const sum = channelOf(layer, first, channel).reduce((total, value) => total + value, 0);
        return requantise(sum, layer.multipliers[0]!, INT8_MIN);
      });
    case "concat":
      return concat(layer, sources);
    case "add":
      return first.map((value, index) => roundProduct(value * layer.multipliers[0]! + sources[1]![index]! * layer.multipliers[1]!, layer.lowest));
  }
}

/** Dense and conv1d: each channel of each output step is a weighted sum over a window of steps, all their channels included. */
function windowSums({ inputs, output, kernel, stride, biases, weights }: Int8Layer, source: Int8Array): Int32Array {
  const inputChannels = inputs[0]!.channels;
  const windowCount = kernel * inputChannels;
  const sums = new Int32Array(output.length * output.channels);
  for (let step = 0; step < output.length; step++) {
    for (let channel = 0; channel < output.channels; channel++) {
      let sum = biases[channel]!;
      for (let index = 0; index < windowCount; index++) sum += source[step * stride * inputChannels + index]! * weights[channel * windowCount + index]!;
      sums[step * output.channels + channel] = sum;
    }
  }
  return sums;
}

/** Each channel of each output step is a weighted sum over a window of steps of the same channel. */
function depthwiseSums({ output, kernel, stride, biases, weights }: Int8Layer, source: Int8Array): Int32Array {
  const { channels } = output;
  const sums = new Int32Array(output.length * channels);
  for (let step = 0; step < output.length; step++) {
    for (let channel = 0; channel < channels; channel++) {
      let sum = biases[channel]!;
      for (let tap = 0; tap < kernel; tap++) sum += source[(step * stride + tap) * channels + channel]! * weights[channel * kernel + tap]!;
      sums[step * channels + channel] = sum;
    }
  }
  return sums;
}

function requantiseChannels({ output, multipliers, lowest }: Int8Layer, sums: Int32Array): Int8Array {
  return Int8Array.from(sums, (sum, index) => requantise(sum, multipliers[index % output.channels]!, lowest));
}

/** All steps of one channel. */
function channelOf({ inputs }: Int8Layer, source: Int8Array, channel: number): number[] {
  const { length, channels } = inputs[0]!;
  return Array.from({ length }, (_, step) => source[step * channels + channel]!);
}

function concat({ inputs, output, multipliers }: Int8Layer, sources: readonly Int8Array[]): Int8Array {
  const joined = new Int8Array(output.length * output.channels);
  let index = 0;
  for (let step = 0; step < output.length; step++)
    inputs.forEach(({ channels }, source) => {
      for (let channel = 0; channel < channels; channel++)
        joined[index++] = requantise(sources[source]![step * channels + channel]!, multipliers[source]!, INT8_MIN);
    });
  return joined;
}

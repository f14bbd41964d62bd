// FloatModel: a trained model before quantisation, and its run in floating point: what the int8 model is measured against.
import { assert } from "../base/assert.js";
import { checkSpec, type InputSpec, type LayerSpec, SPEC_FORMAT, type Tensor } from "../kernels/model-spec.js";

/** A layer as in spec.json, with weights in the order of weights.bin. */
export interface FloatLayer extends Omit<LayerSpec, "scale"> {
  /** Empty where the op has none. */
  readonly weights: Float32Array;
  /** One a channel, or empty. */
  readonly biases: Float32Array;
}

export interface FloatModel {
  readonly name: string;
  readonly inputs: readonly InputSpec[];
  readonly layers: readonly FloatLayer[];
  readonly outputs: readonly string[];
}

/** Shapes of all inputs and layers by name; their scales mean nothing. */
export function shapesOf({ name, inputs, layers, outputs }: FloatModel): ReadonlyMap<string, Tensor> {
  const checked = checkSpec({
    format: SPEC_FORMAT, name, outputs, weights: { bytes: 1, crc32: "00000000" },
    inputs: inputs.map((input) => ({ ...input, scale: 1 })),
    layers: layers.map(({ weights: _weights, biases: _biases, ...layer }) => ({ ...layer, scale: 1 })),
  });
  assert(checked.ok, `FloatModel: ${checked.ok ? "" : checked.problems[0]}`);
  return checked.tensors;
}

/**
 * Runs the model in floating point.
 * @param row one array for each input, in counts
 * @returns the output of every layer by name, and the inputs in their units
 */
export function runFloat(model: FloatModel, shapes: ReadonlyMap<string, Tensor>, row: readonly Int8Array[]): Map<string, Float64Array> {
  const values = new Map<string, Float64Array>();
  model.inputs.forEach(({ name, scale }, index) => values.set(name, Float64Array.from(row[index]!, (count) => count * scale)));
  for (const layer of model.layers) {
    const sources = layer.inputs.map((name) => values.get(name)!);
    const sums = layerSums(layer, layer.inputs.map((name) => shapes.get(name)!), shapes.get(layer.name)!, sources);
    values.set(layer.name, layer.activation === "relu" ? sums.map((sum) => Math.max(0, sum)) : sums);
  }
  return values;
}

function layerSums({ op, kernel = 1, stride = 1, weights, biases }: FloatLayer, inputs: readonly Tensor[], output: Tensor, sources: readonly Float64Array[]): Float64Array {
  const [source] = sources as [Float64Array];
  const { length, channels } = inputs[0]!;
  const isDepthwise = op === "depthwise-conv1d";
  const perChannel = biases.length > 0 ? weights.length / biases.length : 0;
  const valueAt = (step: number, channel: number): number => {
    switch (op) {
      case "dense":
      case "conv1d":
      case "depthwise-conv1d": {
        let sum = biases[channel]!;
        const first = step * stride * channels + (isDepthwise ? channel : 0);
        const apart = isDepthwise ? channels : 1;
        for (let index = 0; index < perChannel; index++) sum += source[first + index * apart]! * weights[channel * perChannel + index]!;
        return sum;
      }
      case "max-pool":
        return steps(length).reduce((largest, at) => Math.max(largest, source[at * channels + channel]!), -Infinity);
      case "mean-pool":
        return steps(length).reduce((sum, at) => sum + source[at * channels + channel]!, 0) / length;
      case "add":
        return source[step * channels + channel]! + sources[1]![step * channels + channel]!;
      case "concat": {
        let place = channel;
        let index = 0;
        while (place >= inputs[index]!.channels) place -= inputs[index++]!.channels;
        return sources[index]![step * inputs[index]!.channels + place]!;
      }
    }
  };
  assert(perChannel % kernel === 0, `FloatModel: ${output.name} has ${weights.length} weights`);
  return Float64Array.from({ length: output.length * output.channels }, (_, index) => valueAt(Math.floor(index / output.channels), index % output.channels));
}

function steps(length: number): number[] {
  return [...Array(length).keys()];
}

// Int8Model: a specification with its weights, ready to run or to compile; and weights.bin, written and read.
import { crc32 } from "../base/crc32.js";
import { type InputSpec, type ModelSpec, type Op, type Tensor, checkSpec } from "./model-spec.js";
import { INT8_MIN, MULTIPLIER_ONE, SUM_MAX } from "./requantise.js";

/** A layer with everything that running it takes. */
export interface Int8Layer {
  readonly name: string;
  readonly op: Op;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  /** Steps that one output sees: of a dense layer all, where there are no weights 1. */
  readonly kernel: number;
  readonly stride: number;
  /** 0 behind a ReLU, else INT8_MIN. */
  readonly lowest: number;
  /** Its sums are the logits: it has no multipliers. */
  readonly isLast: boolean;
  /** For requantisation: one a channel (dense, conv1d, depthwise-conv1d), one (mean-pool), one an input (concat, add). */
  readonly multipliers: Int32Array;
  /** One a channel. */
  readonly biases: Int32Array;
  /** `[(channel * kernel + step) * inputChannels + inputChannel]`, of depthwise-conv1d `[channel * kernel + step]`. */
  readonly weights: Int8Array;
}

export interface Int8Model {
  readonly spec: ModelSpec;
  readonly inputs: readonly InputSpec[];
  readonly layers: readonly Int8Layer[];
}

export type LoadedModel = { readonly ok: true; readonly model: Int8Model } | { readonly ok: false; readonly problems: readonly string[] };

/** Numbers of a layer that are not in the specification, in the order of weights.bin. */
export type LayerNumbers = Pick<Int8Layer, "multipliers" | "biases" | "weights">;

/** Weights are filled up with zeros, so that the int32 of the next layer are aligned. [bytes] */
const ALIGNMENT = 4;

/**
 * Puts a model together.
 * @param json Parsed spec.json.
 * @param bytes weights.bin; the weights stay where they are, the rest is copied.
 * @returns the model, or a line per problem: field, value, what was expected.
 */
export function loadModel(json: unknown, bytes: Uint8Array): LoadedModel {
  const checked = checkSpec(json);
  if (!checked.ok) return checked;
  const { spec, tensors } = checked;
  const problems: string[] = [];
  if (bytes.length !== spec.weights.bytes) problems.push(`weights: ${bytes.length} bytes, expected ${spec.weights.bytes} (spec.weights.bytes)`);
  const crc = weightsCrc(bytes);
  if (crc !== spec.weights.crc32) problems.push(`weights: CRC-32 ${crc}, expected ${spec.weights.crc32} (spec.weights.crc32)`);
  if (problems.length > 0) return { ok: false, problems };

  const plans = spec.layers.map((_, index) => planLayer(spec, tensors, index));
  const expectedBytes = plans.reduce((sum, plan) => sum + layerBytes(plan.counts), 0);
  if (bytes.length !== expectedBytes) return { ok: false, problems: [`spec.weights.bytes: ${bytes.length}, expected ${expectedBytes} for these layers`] };

  let offset = 0;
  const layers = plans.map(({ counts, ...plan }): Int8Layer => {
    const layer = { ...plan, ...readNumbers(bytes, offset, counts) };
    offset += layerBytes(counts);
    return layer;
  });
  for (const layer of layers) problems.push(...numberProblems(layer));
  return problems.length > 0 ? { ok: false, problems } : { ok: true, model: { spec, inputs: spec.inputs, layers } };
}

/** @returns weights.bin */
export function packWeights(layers: readonly LayerNumbers[]): Uint8Array {
  const countsOf = ({ multipliers, biases, weights }: LayerNumbers): Counts => ({ multipliers: multipliers.length, biases: biases.length, weights: weights.length });
  const bytes = new Uint8Array(layers.reduce((sum, layer) => sum + layerBytes(countsOf(layer)), 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const layer of layers) {
    const end = offset + layerBytes(countsOf(layer));
    for (const number of [...layer.multipliers, ...layer.biases]) {
      view.setInt32(offset, number, true);
      offset += 4;
    }
    bytes.set(new Uint8Array(layer.weights.buffer, layer.weights.byteOffset, layer.weights.length), offset);
    offset = end;
  }
  return bytes;
}

/** @returns the CRC-32 of weights.bin as spec.json has it */
export function weightsCrc(bytes: Uint8Array): string {
  return (crc32(bytes, 0, bytes.length) >>> 0).toString(16).padStart(8, "0");
}

/** Multiplications of weights in one run, those by zero included. */
export function multiplyCount(model: Int8Model): number {
  return model.layers.reduce((sum, { weights, output }) => sum + weights.length * output.length, 0);
}

/** Weights that are not 0. */
export function weightCount({ layers }: Int8Model): number {
  return layers.reduce((sum, { weights }) => sum + weights.filter((weight) => weight !== 0).length, 0);
}

interface Counts {
  readonly multipliers: number;
  readonly biases: number;
  readonly weights: number;
}

function planLayer(spec: ModelSpec, tensors: ReadonlyMap<string, Tensor>, index: number): Omit<Int8Layer, keyof LayerNumbers> & { counts: Counts } {
  const { name, op, inputs: names, kernel: specKernel, stride = 1, activation } = spec.layers[index]!;
  const inputs = names.map((source) => tensors.get(source)!);
  const output = tensors.get(name)!;
  const kernel = op === "dense" ? inputs[0]!.length : (specKernel ?? 1);
  const isLast = index === spec.layers.length - 1;
  const { channels } = output;
  const weightCounts: Record<Op, number> = {
    dense: channels * kernel * inputs[0]!.channels, conv1d: channels * kernel * inputs[0]!.channels, "depthwise-conv1d": channels * kernel,
    "max-pool": 0, "mean-pool": 0, concat: 0, add: 0,
  };
  const multiplierCounts: Record<Op, number> = {
    dense: isLast ? 0 : channels, conv1d: channels, "depthwise-conv1d": channels, "max-pool": 0, "mean-pool": 1, concat: inputs.length, add: inputs.length,
  };
  const weights = weightCounts[op];
  const counts = { multipliers: multiplierCounts[op], biases: weights > 0 ? channels : 0, weights };
  return { name, op, inputs, output, kernel, stride, lowest: activation === "relu" ? 0 : INT8_MIN, isLast, counts };
}

function layerBytes({ multipliers, biases, weights }: Counts): number {
  return 4 * (multipliers + biases) + Math.ceil(weights / ALIGNMENT) * ALIGNMENT;
}

function readNumbers(bytes: Uint8Array, start: number, counts: Counts): LayerNumbers {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const biasesStart = start + 4 * counts.multipliers;
  const weightsStart = biasesStart + 4 * counts.biases;
  return {
    multipliers: Int32Array.from({ length: counts.multipliers }, (_, index) => view.getInt32(start + 4 * index, true)),
    biases: Int32Array.from({ length: counts.biases }, (_, index) => view.getInt32(biasesStart + 4 * index, true)),
    weights: new Int8Array(bytes.buffer, bytes.byteOffset + weightsStart, counts.weights),
  };
}

function numberProblems({ name, multipliers, biases, weights }: Int8Layer): string[] {
  const problems: string[] = [];
  multipliers.forEach((multiplier, index) => {
    if (multiplier < 1 || multiplier > MULTIPLIER_ONE) problems.push(`weights, layer ${name}, multiplier ${index}: ${multiplier}, expected 1 to ${MULTIPLIER_ONE}`);
  });
  const perChannel = weights.length / Math.max(1, biases.length);
  biases.forEach((bias, channel) => {
    let bound = Math.abs(bias);
    for (const weight of weights.subarray(channel * perChannel, (channel + 1) * perChannel)) bound += Math.abs(weight) * -INT8_MIN;
    if (bound > SUM_MAX) problems.push(`weights, layer ${name}, channel ${channel}: sums up to ${bound}, expected at most ${SUM_MAX}`);
  });
  return problems;
}

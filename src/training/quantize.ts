// Quantisation of a trained model: floating point to int8, with its golden vectors and the error that it costs.
import { assert } from "../base/assert.js";
import { type Int8Model, type LayerNumbers, loadModel, packWeights, weightsCrc } from "../kernels/int8-model.js";
import { type LayerSpec, type ModelSpec, SPEC_FORMAT, type Tensor } from "../kernels/model-spec.js";
import { runReference } from "../kernels/reference.js";
import { INT8_MAX, MULTIPLIER_ONE } from "../kernels/requantise.js";
import type { ModelFiles } from "../model-compiler/model-files.js";
import { type FloatLayer, type FloatModel, runFloat, shapesOf } from "./float-model.js";

/** One array for each input of the model, in counts. */
type InputRow = readonly Int8Array[];

export interface QuantisedModel extends ModelFiles {
  readonly model: Int8Model;
}

/** What int8 changes on some inputs. */
export interface QuantisationError {
  /** Root mean square of all changes of logits, over that of the float logits around their mean. */
  readonly relativeRms: number;
  /** Share of all logits that are above 0 in one model and not in the other. */
  readonly signChanges: number;
  /** Share of inputs whose largest logit is another one. */
  readonly largestChanges: number;
}

/** Weights use -127..127, so that a weight and its opposite have the same size. */
const WEIGHT_MAX = 127;
/** Room for weights' products beside a bias within SUM_MAX. */
const BIAS_MAX = 2 ** 27;
const GOLDEN_ROWS = 64;

/**
 * Post-training quantisation. Weights: symmetric, a scale a channel, a power of two (of the last layer one for all, so that logits compare). Activations:
 * a scale each, from their largest size in the calibration. No zero points: behind a ReLU they would give one bit more, for a harder format.
 * @param calibration typical inputs, some hundreds at least
 */
export function quantise(model: FloatModel, calibration: readonly InputRow[]): QuantisedModel {
  assert(calibration.length > 0, "quantise: no calibration inputs");
  const shapes = shapesOf(model);
  const largest = largestValues(model, shapes, calibration);
  const scales = new Map<string, number>(model.inputs.map(({ name, scale }) => [name, scale]));
  const layers: LayerSpec[] = [];
  const numbers: LayerNumbers[] = [];
  model.layers.forEach((layer, index) => {
    const isLast = index === model.layers.length - 1;
    const plan = quantiseLayer(layer, layer.inputs.map((name) => ({ ...shapes.get(name)!, scale: scales.get(name)! })), largest.get(layer.name)! / INT8_MAX, isLast);
    scales.set(layer.name, plan.scale);
    const { weights: _weights, biases: _biases, ...fields } = layer;
    layers.push({ ...fields, scale: plan.scale });
    numbers.push(plan.numbers);
  });
  const weights = packWeights(numbers);
  const { name, inputs, outputs } = model;
  const spec: ModelSpec = { format: SPEC_FORMAT, name, inputs, layers, outputs, weights: { bytes: weights.length, crc32: weightsCrc(weights) } };
  const loaded = loadModel(spec, weights);
  assert(loaded.ok, `quantise: ${loaded.ok ? "" : loaded.problems[0]}`);
  return { spec, weights, model: loaded.model, golden: goldenVectors(loaded.model, calibration) };
}

/** Compares the logits of the two models. */
export function quantisationError(float: FloatModel, int8: Int8Model, rows: readonly InputRow[]): QuantisationError {
  const shapes = shapesOf(float);
  const { name, scale } = int8.layers.at(-1)!.output;
  const pairs = rows.map((row) => ({ exact: runFloat(float, shapes, row).get(name)!, rounded: Float64Array.from(runReference(int8, row), (count) => count * scale) }));
  const logitCount = float.outputs.length;
  let squaredError = 0;
  let squaredSpread = 0;
  let signChanges = 0;
  for (let logit = 0; logit < logitCount; logit++) {
    const mean = pairs.reduce((sum, { exact }) => sum + exact[logit]!, 0) / pairs.length;
    for (const { exact, rounded } of pairs) {
      squaredError += (rounded[logit]! - exact[logit]!) ** 2;
      squaredSpread += (exact[logit]! - mean) ** 2;
      if (exact[logit]! > 0 !== rounded[logit]! > 0) signChanges++;
    }
  }
  const largestChanges = pairs.filter(({ exact, rounded }) => exact.indexOf(Math.max(...exact)) !== rounded.indexOf(Math.max(...rounded))).length;
  return { relativeRms: Math.sqrt(squaredError / squaredSpread), signChanges: signChanges / (pairs.length * logitCount), largestChanges: largestChanges / pairs.length };
}

/** Largest size of the values of each layer. */
function largestValues(model: FloatModel, shapes: ReadonlyMap<string, Tensor>, rows: readonly InputRow[]): Map<string, number> {
  const largest = new Map<string, number>(model.layers.map(({ name }) => [name, 0]));
  for (const row of rows) {
    const values = runFloat(model, shapes, row);
    for (const { name } of model.layers) largest.set(name, values.get(name)!.reduce((most, value) => Math.max(most, Math.abs(value)), largest.get(name)!));
  }
  return largest;
}

/** @param wantedScale of the output; it becomes larger where multipliers would pass MULTIPLIER_ONE */
function quantiseLayer(layer: FloatLayer, inputs: readonly Tensor[], wantedScale: number, isLast: boolean): { scale: number; numbers: LayerNumbers } {
  const inputScales = inputs.map(({ scale }) => scale);
  const withoutWeights = (scale: number, multipliers: readonly number[]): { scale: number; numbers: LayerNumbers } => ({
    scale, numbers: { multipliers: Int32Array.from(multipliers, multiplierOf), biases: new Int32Array(0), weights: new Int8Array(0) },
  });
  switch (layer.op) {
    case "max-pool":
      return withoutWeights(inputScales[0]!, []);
    case "mean-pool": {
      const factor = inputScales[0]! / inputs[0]!.length;
      const scale = Math.max(wantedScale, factor);
      return withoutWeights(scale, [factor / scale]);
    }
    case "concat":
    case "add": {
      const scale = layer.op === "concat" ? Math.max(...inputScales) : Math.max(wantedScale, ...inputScales);
      return withoutWeights(scale, inputScales.map((inputScale) => inputScale / scale));
    }
    case "dense":
    case "conv1d":
    case "depthwise-conv1d":
      return quantiseWeights(layer, inputScales[0]!, wantedScale, isLast);
  }
}

function quantiseWeights({ weights, biases }: FloatLayer, inputScale: number, wantedScale: number, isLast: boolean): { scale: number; numbers: LayerNumbers } {
  const perChannel = weights.length / biases.length;
  const channels = [...biases.keys()];
  const largest = channels.map((channel) => weights.subarray(channel * perChannel, (channel + 1) * perChannel).reduce((most, weight) => Math.max(most, Math.abs(weight)), 0));
  const layerStep = Math.max(...largest) / WEIGHT_MAX || 1;
  const scale = Math.max(wantedScale, inputScale * (isLast ? layerStep : powerOfTwoFrom(layerStep)));
  const biasStep = (bias: number): number => Math.abs(bias) / (inputScale * BIAS_MAX);
  const steps = channels.map((channel) => {
    if (isLast) return Math.max(layerStep, ...[...biases].map(biasStep));
    return Math.max(powerOfTwoFrom(largest[channel]! / WEIGHT_MAX || layerStep), biasStep(biases[channel]!));
  });
  return {
    scale: isLast ? inputScale * steps[0]! : scale,
    numbers: {
      multipliers: Int32Array.from(isLast ? [] : steps, (step) => multiplierOf((inputScale * step) / scale)),
      biases: Int32Array.from(biases, (bias, channel) => Math.round(bias / (inputScale * steps[channel]!))),
      weights: Int8Array.from(weights, (weight, index) => Math.round(weight / steps[Math.floor(index / perChannel)]!)),
    },
  };
}

/** The least power of two that is not smaller: in such steps, weights that are powers of two stay so. */
function powerOfTwoFrom(value: number): number {
  return 2 ** Math.ceil(Math.log2(value));
}

function multiplierOf(factor: number): number {
  return Math.min(MULTIPLIER_ONE, Math.max(1, Math.round(factor * MULTIPLIER_ONE)));
}

/** The extremes, and inputs taken evenly from `rows`. */
function goldenVectors(model: Int8Model, rows: readonly InputRow[]): QuantisedModel["golden"] {
  const extremes = [-128, 127, 0].map((count) => model.inputs.map(({ length, channels }) => new Int8Array(length * channels).fill(count)));
  const every = Math.max(1, Math.floor(rows.length / GOLDEN_ROWS));
  const chosen = rows.filter((_, index) => index % every === 0).slice(0, GOLDEN_ROWS);
  return [...extremes, ...chosen].map((row) => ({ inputs: row.map((values) => [...values]), logits: [...runReference(model, row)] }));
}

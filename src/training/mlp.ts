// A small binary classifier, one hidden layer of ReLUs, and its training: matrix products on TensorFlow.js (wasm), the rest in plain arrays.
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-wasm";
import { assert } from "../base/assert.js";
import { Prng } from "../base/prng.js";
import { SparseWeights } from "./sparse-weights.js";

/** score = outputWeights . relu(hiddenWeights^T x + hiddenBias) + outputBias; above 0 it is the class. */
export interface Mlp {
  readonly inputCount: number;
  readonly hiddenCount: number;
  /** `[input * hiddenCount + hidden]` */
  readonly hiddenWeights: Float32Array;
  readonly hiddenBias: Float32Array;
  readonly outputWeights: Float32Array;
  /** One value. */
  readonly outputBias: Float32Array;
}

/** Rows to learn from. */
export interface TrainingRows {
  /** `[row * inputCount + input]`, about standardised. */
  readonly inputs: Float32Array;
  /** 1 for the class, 0 for the rest. */
  readonly targets: Float32Array;
  /** Mean 1. */
  readonly weights: Float32Array;
}

export interface MlpOptions {
  readonly hiddenCount: number;
  /** So many hidden weights are left in the end, each a power of two; the others are 0. */
  readonly weightCount: number;
  readonly epochs: number;
  readonly seed: number;
}

/** Gradients, each as long as the parameters of that name. */
type Gradients = Pick<Mlp, "hiddenWeights" | "hiddenBias" | "outputWeights" | "outputBias">;
const PARAMETERS = ["hiddenWeights", "hiddenBias", "outputWeights", "outputBias"] as const;

const BATCH_ROWS = 512;
/** Share of the hidden units that a training step leaves out. */
const DROPOUT = 0.2;
/** Targets are 0.025 and 0.975: labels are not always right. */
const LABEL_SMOOTHING = 0.05;
/** Standard deviation of the noise that inputs get while learning, in units of theirs. */
const INPUT_NOISE = 0.05;
/** So many numbers of noise are drawn once; a batch begins anywhere among them. */
const NOISE_COUNT = 100_003;
// One cycle (Smith & Topin 2017): from a 25th of the largest rate up within 30 % of the steps, then down to next to nothing, both as cosines.
const RATE_MAX = 4e-3;
const SPEED_START = 1 / 25;
const WARM_UP_SHARE = 0.3;
/** Decoupled weight decay (Loshchilov & Hutter 2019), times the rate. */
const WEIGHT_DECAY = 0.01;
// Adam (Kingma & Ba 2015); the memory of slopes is shortest where the rate is largest (Smith & Topin).
const MOMENT_1_AT_REST = 0.95;
const MOMENT_1_AT_SPEED = 0.85;
const MOMENT_2 = 0.999;
const EPSILON = 1e-8;

/** Must be awaited before anything else of this file is called. */
export async function startTensorflow(): Promise<void> {
  await tf.setBackend("wasm");
  await tf.ready();
}

export function newMlp(inputCount: number, hiddenCount: number, prng: Prng): Mlp {
  const uniform = (count: number, fanIn: number): Float32Array => Float32Array.from({ length: count }, () => (2 * nextUnit(prng) - 1) / Math.sqrt(fanIn));
  return {
    inputCount, hiddenCount,
    hiddenWeights: uniform(inputCount * hiddenCount, inputCount), hiddenBias: uniform(hiddenCount, inputCount),
    outputWeights: uniform(hiddenCount, hiddenCount), outputBias: uniform(1, hiddenCount),
  };
}

/** @returns a network that depends on nothing but the arguments. */
export function trainMlp(rows: TrainingRows, options: MlpOptions): Mlp {
  const { hiddenCount, weightCount, epochs } = options;
  const rowCount = rows.targets.length;
  assert(rowCount > 0, "trainMlp: no rows");
  const inputCount = rows.inputs.length / rowCount;
  const prng = new Prng(options.seed);
  const mlp = newMlp(inputCount, hiddenCount, prng);
  const sparse = new SparseWeights(mlp.hiddenWeights, weightCount);
  const batchRows = Math.min(BATCH_ROWS, rowCount);
  const stepsPerEpoch = Math.floor(rowCount / batchRows);
  const stepCount = stepsPerEpoch * epochs;
  const moments1 = PARAMETERS.map((name) => new Float32Array(mlp[name].length));
  const moments2 = PARAMETERS.map((name) => new Float32Array(mlp[name].length));
  const order = Int32Array.from({ length: rowCount }, (_, row) => row);
  const batch = { inputs: new Float32Array(batchRows * inputCount), targets: new Float32Array(batchRows), weights: new Float32Array(batchRows) };
  const keep = new Float32Array(batchRows * hiddenCount);

  const noise = Float32Array.from({ length: NOISE_COUNT }, () => INPUT_NOISE * nextNormal(prng));
  let memory = 1;
  for (let step = 0; step < stepCount; step++) {
    if (step % stepsPerEpoch === 0) shuffle(order, prng);
    for (let k = 0; k < batchRows; k++) {
      const row = order[(step % stepsPerEpoch) * batchRows + k]!;
      batch.inputs.set(rows.inputs.subarray(row * inputCount, (row + 1) * inputCount), k * inputCount);
      batch.targets[k] = rows.targets[row]! * (1 - LABEL_SMOOTHING) + LABEL_SMOOTHING / 2;
      batch.weights[k] = rows.weights[row]!;
    }
    for (let k = 0, from = prng.below(NOISE_COUNT); k < batch.inputs.length; k++) {
      batch.inputs[k]! += noise[from]!;
      from = from + 1 < NOISE_COUNT ? from + 1 : 0;
    }
    for (let k = 0; k < keep.length; k++) keep[k] = nextUnit(prng) < DROPOUT ? 0 : 1 / (1 - DROPOUT);
    const progress = step / stepCount;
    // The slopes at the sparse weights move the full ones: a straight-through estimator (Bengio et al. 2013).
    const { gradients } = lossOf({ ...mlp, hiddenWeights: sparse.at(progress) }, batch, keep);
    const speed = speedAt(progress);
    memory *= momentAt(speed);
    PARAMETERS.forEach((name, index) => adam(mlp[name], gradients[name], moments1[index]!, moments2[index]!, speed, 1 - memory, step + 1));
  }
  return { ...mlp, hiddenWeights: sparse.at(1) };
}

/**
 * Mean weighted cross entropy of some rows, and its gradients.
 * @param keep Factor of each hidden unit of each row: dropout. All 1 for none.
 */
export function lossOf(mlp: Mlp, { inputs, targets, weights }: TrainingRows, keep: Float32Array): { loss: number; gradients: Gradients } {
  const { inputCount, hiddenCount } = mlp;
  const rowCount = targets.length;
  return tf.tidy(() => {
    const x = tf.tensor2d(inputs, [rowCount, inputCount]);
    const y = tf.tensor2d(targets, [rowCount, 1]);
    const share = tf.div(tf.tensor2d(weights, [rowCount, 1]), rowCount);
    const kept = tf.tensor2d(keep, [rowCount, hiddenCount]);
    const w2 = tf.tensor2d(mlp.outputWeights, [hiddenCount, 1]);
    const before = tf.add(tf.matMul(x, tf.tensor2d(mlp.hiddenWeights, [inputCount, hiddenCount])), tf.tensor1d(mlp.hiddenBias));
    const hidden = tf.mul(tf.relu(before), kept);
    const score = tf.add(tf.matMul(hidden, w2), tf.tensor1d(mlp.outputBias));
    const probability = tf.sigmoid(score);
    // ln(1 + e^z) - y z, without overflow for large |z|.
    const entropy = tf.sub(tf.add(tf.relu(score), tf.log(tf.add(1, tf.exp(tf.neg(tf.abs(score)))))), tf.mul(y, score));
    const loss = tf.sum(tf.mul(entropy, share));
    const dScore = tf.mul(tf.sub(probability, y), share);
    const isOn = tf.cast(tf.greater(before, 0), "float32");
    const dBefore = tf.mul(tf.mul(tf.matMul(dScore, tf.transpose(w2)), kept), isOn);
    const read = (tensor: tf.Tensor): Float32Array => tensor.dataSync<"float32">();
    return {
      loss: read(loss)[0]!,
      gradients: {
        hiddenWeights: read(tf.matMul(tf.transpose(x), dBefore)),
        hiddenBias: read(tf.sum(dBefore, 0)),
        outputWeights: read(tf.matMul(tf.transpose(hidden), dScore)),
        outputBias: read(tf.sum(dScore, 0)),
      },
    };
  });
}

/** @param progress 0 .. 1 @returns the share of the largest rate, 0 .. 1 */
function speedAt(progress: number): number {
  if (progress < WARM_UP_SHARE) return SPEED_START + ((1 - SPEED_START) * (1 - Math.cos((Math.PI * progress) / WARM_UP_SHARE))) / 2;
  return (1 + Math.cos((Math.PI * (progress - WARM_UP_SHARE)) / (1 - WARM_UP_SHARE))) / 2;
}

function momentAt(speed: number): number {
  return MOMENT_1_AT_REST + (MOMENT_1_AT_SPEED - MOMENT_1_AT_REST) * speed;
}

/** @param seen share of the slopes that the first moment has seen, of which it is not yet the mean */
function adam(parameters: Float32Array, gradient: Float32Array, moment1: Float32Array, moment2: Float32Array, speed: number, seen: number, step: number): void {
  const rate = RATE_MAX * speed;
  const keep1 = momentAt(speed);
  const scale2 = 1 / (1 - MOMENT_2 ** step);
  for (let k = 0; k < parameters.length; k++) {
    const slope = gradient[k]!;
    moment1[k] = keep1 * moment1[k]! + (1 - keep1) * slope;
    moment2[k] = MOMENT_2 * moment2[k]! + (1 - MOMENT_2) * slope * slope;
    const move = moment1[k]! / seen / (Math.sqrt(moment2[k]! * scale2) + EPSILON);
    parameters[k]! -= rate * (move + WEIGHT_DECAY * parameters[k]!);
  }
}

function shuffle(order: Int32Array, prng: Prng): void {
  for (let last = order.length - 1; last > 0; last--) {
    const other = prng.below(last + 1);
    const value = order[last]!;
    order[last] = order[other]!;
    order[other] = value;
  }
}

/** 0 to just below 1. */
function nextUnit(prng: Prng): number {
  return (prng.nextInt32() >>> 0) / 4_294_967_296;
}

/** Nearly normal: the sum of twelve even numbers. */
function nextNormal(prng: Prng): number {
  let sum = -6;
  for (let k = 0; k < 12; k++) sum += nextUnit(prng);
  return sum;
}

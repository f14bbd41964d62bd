// One class against all others: which beats teach it, with what weight, and the network that comes out.
import { Prng } from "../base/prng.js";
import { BEAT_N, BEAT_S, BEAT_V } from "../vocabulary/beat.js";
import { type LabelledBeats, LABEL_FALSE } from "./labelled-beats.js";
import { type Mlp, type TrainingRows, trainMlp } from "./mlp.js";

/** How one class is learned. */
export interface ClassRecipe {
  readonly label: typeof BEAT_S | typeof BEAT_V;
  /** Positions in the feature vector. */
  readonly columns: readonly number[];
  /** All beats of other classes together weigh so many times all beats of this class: what a false positive costs. */
  readonly othersWeight: number;
  readonly hiddenCount: number;
  /** So many weights of the hidden units are left. */
  readonly weightCount: number;
  readonly epochs: number;
  /** How much a beat of a noisy lead weighs beside one of a clean lead; 0 leaves them out. */
  readonly noisyWeight: number;
}

/** Beats that teach: fusion beats and unclassifiable ones are neither one thing nor the other. */
const TAUGHT: ReadonlySet<number> = new Set([BEAT_N, BEAT_S, BEAT_V, LABEL_FALSE]);
/** Least deviation of a feature that counts, of 254 steps. */
const DEVIATION_MIN = 2;
/** Features count up to so many deviations while learning. */
const INPUT_MAX = 4;
/** Of the normal beats, most of which are alike, a random half is enough. */
const NORMAL_BEATS_TAKEN = 2;

/** @returns a network of the features as they are. */
export function trainClass(leads: readonly LabelledBeats[], recipe: ClassRecipe, seed: number): Mlp {
  const rows = rowsOf(leads, recipe, new Prng(seed));
  const scaling = standardise(rows.inputs, recipe.columns.length);
  const { hiddenCount, weightCount, epochs } = recipe;
  return unscaled(trainMlp(rows, { hiddenCount, weightCount, epochs, seed }), scaling);
}

interface Scaling {
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

/**
 * Gives every input mean 0 and about deviation 1, in place: the deviations are taken as powers of two, so that weights that are powers of two
 * are so for the features as they are. An input that hardly ever differs is not blown up.
 */
function standardise(inputs: Float32Array, count: number): Scaling {
  const rowCount = inputs.length / count;
  const means = new Float64Array(count);
  const deviations = new Float64Array(count);
  for (let column = 0; column < count; column++) {
    let mean = 0;
    for (let k = column; k < inputs.length; k += count) mean += inputs[k]! / rowCount;
    let variance = 0;
    for (let k = column; k < inputs.length; k += count) variance += (inputs[k]! - mean) ** 2 / rowCount;
    const deviation = Math.max(DEVIATION_MIN, 2 ** Math.round(Math.log2(Math.sqrt(variance))));
    for (let k = column; k < inputs.length; k += count) inputs[k] = Math.max(-INPUT_MAX, Math.min(INPUT_MAX, (inputs[k]! - mean) / deviation));
    means[column] = mean;
    deviations[column] = deviation;
  }
  return { means, deviations };
}

/** The same network for inputs that were not standardised. */
function unscaled(mlp: Mlp, { means, deviations }: Scaling): Mlp {
  const { inputCount, hiddenCount } = mlp;
  const hiddenWeights = new Float32Array(mlp.hiddenWeights.length);
  const hiddenBias = Float32Array.from(mlp.hiddenBias);
  for (let input = 0; input < inputCount; input++) {
    for (let hidden = 0; hidden < hiddenCount; hidden++) {
      const weight = mlp.hiddenWeights[input * hiddenCount + hidden]! / deviations[input]!;
      hiddenWeights[input * hiddenCount + hidden] = weight;
      hiddenBias[hidden]! -= weight * means[input]!;
    }
  }
  return { ...mlp, hiddenWeights, hiddenBias };
}

/**
 * The rows of some leads. Each lead weighs as the root of its count in each class, so that one patient with many ectopic beats does not
 * decide alone what they look like.
 */
function rowsOf(leads: readonly LabelledBeats[], { label, columns, othersWeight, noisyWeight }: ClassRecipe, prng: Prng): TrainingRows {
  const chosen: { lead: LabelledBeats; beat: number; weight: number }[] = [];
  const totals = [0, 0];
  for (const lead of leads) {
    const leadWeight = lead.isNoisy ? noisyWeight : 1;
    if (leadWeight === 0) continue;
    const beats = [...lead.labels.keys()].filter((beat) => {
      const own = lead.labels[beat]!;
      return TAUGHT.has(own) && (own !== BEAT_N || prng.below(NORMAL_BEATS_TAKEN) === 0);
    });
    const hitCount = beats.filter((beat) => lead.labels[beat] === label).length;
    for (const beat of beats) {
      const isHit = lead.labels[beat] === label;
      const weight = leadWeight / Math.sqrt(isHit ? hitCount : beats.length - hitCount);
      totals[isHit ? 1 : 0]! += weight;
      chosen.push({ lead, beat, weight });
    }
  }
  const rows = { inputs: new Float32Array(chosen.length * columns.length), targets: new Float32Array(chosen.length), weights: new Float32Array(chosen.length) };
  chosen.forEach(({ lead, beat, weight }, row) => {
    const isHit = lead.labels[beat] === label;
    const first = beat * lead.featureCount;
    columns.forEach((column, index) => (rows.inputs[row * columns.length + index] = lead.features[first + column]! ));
    rows.targets[row] = isHit ? 1 : 0;
    // Both classes weigh 1 and othersWeight; the mean over the rows is 1.
    rows.weights[row] = (((isHit ? 1 : othersWeight) * weight) / totals[isHit ? 1 : 0]!) * (chosen.length / (1 + othersWeight));
  });
  return rows;
}

// The network that tells beat classes apart: one for V and one for S, trained apart, with thresholds chosen on patients they did not learn from.
import { BEAT_F, BEAT_LETTERS, BEAT_N, BEAT_S, BEAT_V } from "../vocabulary/beat.js";
import { type ClassRecipe, trainClass } from "./class-net.js";
import type { FloatModel } from "./float-model.js";
import { type LabelledBeats, LABEL_FALSE } from "./labelled-beats.js";
import type { Mlp } from "./mlp.js";

/** A trained network of one class; its score is above 0 for beats of the class. */
export interface ClassNet {
  readonly recipe: ClassRecipe;
  readonly mlp: Mlp;
}

/** Thresholds to choose from, as scores. */
export const THRESHOLDS: readonly number[] = [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1];
/** A threshold is as good as the best when its F1 is at least so much of the best one. */
const NEARLY = 0.97;
/** What counts as a false positive when it is called the class: as EC57, fusion beats excepted for V alone. */
const FALSE_POSITIVES: Readonly<Record<ClassRecipe["label"], readonly number[]>> = {
  [BEAT_V]: [BEAT_N, BEAT_S, LABEL_FALSE],
  [BEAT_S]: [BEAT_N, BEAT_V, BEAT_F, LABEL_FALSE],
};

/**
 * Trains a class on some patients. The threshold is the one that scored best (F1) on patients left out: each fold in turn is judged by a
 * network of the other folds. Then all folds teach the network that is returned.
 * @param folds All leads of each patient; the first lead of each is judged.
 */
export function trainWithThreshold(folds: readonly (readonly (readonly LabelledBeats[])[])[], recipe: ClassRecipe, seed: number): ClassNet {
  const counts = THRESHOLDS.map(() => ({ hits: 0, misses: 0, falseOnes: 0 }));
  if (folds.length > 1) {
    folds.forEach((patients, out) => {
      const mlp = trainClass(folds.filter((_, fold) => fold !== out).flat(2), recipe, seed);
      for (const [lead] of patients) countAt(counts, lead!, scoresOf({ recipe, mlp }, lead!), recipe.label);
    });
  }
  const threshold = chooseThreshold(counts.map(({ hits, misses, falseOnes }) => (2 * hits) / Math.max(1, 2 * hits + misses + falseOnes)));
  const mlp = trainClass(folds.flat(2), recipe, seed);
  return { recipe, mlp: { ...mlp, outputBias: mlp.outputBias.map((bias) => bias - threshold) } };
}

/**
 * The threshold nearest to 0 that scores nearly as well as the best: the best of few patients is often the best by chance.
 * @param f1 One for each of THRESHOLDS.
 */
export function chooseThreshold(f1: readonly number[]): number {
  const enough = NEARLY * Math.max(...f1);
  const good = THRESHOLDS.filter((_, index) => f1[index]! >= enough);
  return good.sort((one, other) => Math.abs(one) - Math.abs(other))[0]!;
}

/** Several classes as one network over all features: its outputs are their scores, in order. What one class does not use has weight 0. */
export function floatModelOf(name: string, nets: readonly ClassNet[], featureNames: readonly string[]): FloatModel {
  const featureCount = featureNames.length;
  const hiddenCount = nets.reduce((sum, { mlp }) => sum + mlp.hiddenCount, 0);
  const hidden = { weights: new Float32Array(hiddenCount * featureCount), biases: new Float32Array(hiddenCount) };
  const scores = { weights: new Float32Array(nets.length * hiddenCount), biases: new Float32Array(nets.length) };
  let first = 0;
  nets.forEach(({ recipe, mlp }, net) => {
    for (let unit = 0; unit < mlp.hiddenCount; unit++) {
      recipe.columns.forEach((column, input) => (hidden.weights[(first + unit) * featureCount + column] = mlp.hiddenWeights[input * mlp.hiddenCount + unit]!));
    }
    hidden.biases.set(mlp.hiddenBias, first);
    scores.weights.set(mlp.outputWeights, net * hiddenCount + first);
    scores.biases[net] = mlp.outputBias[0]!;
    first += mlp.hiddenCount;
  });
  return {
    name,
    inputs: [{ name: "features", length: 1, channels: featureCount, scale: 1, channelNames: featureNames }],
    layers: [
      { name: "hidden", op: "dense", inputs: ["features"], channels: hiddenCount, activation: "relu", ...hidden },
      { name: "scores", op: "dense", inputs: ["hidden"], channels: nets.length, activation: "none", ...scores },
    ],
    outputs: nets.map(({ recipe }) => BEAT_LETTERS[recipe.label]!),
  };
}

/** Scores of all beats of a lead. */
export function scoresOf({ recipe, mlp }: ClassNet, { features, featureCount, labels }: LabelledBeats): Float32Array {
  const { hiddenCount, hiddenWeights, hiddenBias, outputWeights, outputBias } = mlp;
  const sums = new Float32Array(hiddenCount);
  return Float32Array.from(labels, (_label, beat) => {
    sums.set(hiddenBias);
    recipe.columns.forEach((column, input) => {
      const value = features[beat * featureCount + column]!;
      for (let hidden = 0; hidden < hiddenCount; hidden++) sums[hidden]! += value * hiddenWeights[input * hiddenCount + hidden]!;
    });
    return sums.reduce((score, sum, hidden) => score + Math.max(0, sum) * outputWeights[hidden]!, outputBias[0]!);
  });
}

function countAt(counts: readonly { hits: number; misses: number; falseOnes: number }[], { labels }: LabelledBeats, scores: Float32Array, own: ClassRecipe["label"]): void {
  scores.forEach((score, beat) => {
    const label = labels[beat]!;
    const isFalse = FALSE_POSITIVES[own].includes(label);
    THRESHOLDS.forEach((threshold, index) => {
      const count = counts[index]!;
      if (label === own) count[score > threshold ? "hits" : "misses"]++;
      else if (isFalse && score > threshold) count.falseOnes++;
    });
  });
}

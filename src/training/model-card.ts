// The model card: what a model is for, what it learned from, how well it does and where it fails.
import { addBeatMatrices } from "../evaluation/compare-beats.js";
import { beatTable, formatTable, matrixTable, type RecordRow } from "../evaluation/format-table.js";
import { type BeatSummary, summarise } from "../evaluation/summarise-beats.js";
import { pooledF1, type RecordScore, SCORE_FROM_SECONDS, svebCount, vebPredictivity } from "./cross-validate.js";
import type { NoisePlan } from "./noise.js";

/** What cross-validation must reach, as F1. [%] The goals are those of a monitor that a cardiologist would respect. */
export const TARGETS = { veb: { floor: 86, goal: 95 }, sveb: { floor: 58, goal: 75 } } as const;

/** How far the positive predictivity of V may fall in noise. [percentage points] */
const NOISE_FALL_MAX = 20;

/** One cross-validation, by seed. */
export interface SeededScores {
  readonly seed: number;
  readonly scores: readonly RecordScore[];
}

export interface CardFacts {
  readonly name: string;
  readonly dataName: string;
  readonly seed: number;
  readonly folds: readonly (readonly string[])[];
  readonly beatCount: number;
  readonly inputCount: number;
  /** For V and for S. */
  readonly hiddenCounts: readonly number[];
  readonly weightBytes: number;
  /** Weights that are not 0. */
  readonly weightCount: number;
  /** Empty where there were too few patients. */
  readonly crossValidation: readonly SeededScores[];
  readonly paced: readonly RecordScore[];
  /** Undefined where there was none. */
  readonly noise: { readonly teaching: NoisePlan; readonly judging: NoisePlan } | undefined;
}

/** Median, least and most of VEB and SVEB F1 over the seeds, next to floor and goal, as lines of a table. */
export function seedTable(runs: readonly SeededScores[]): string {
  const richest = recordWithMostSveb(runs);
  const rows = SCORE_FROM_SECONDS.flatMap((seconds, from) =>
    [undefined, richest].flatMap((left) => {
      const all = runs.map(({ scores }) => pooledF1(scores.filter(({ record }) => record !== left), from));
      return (["veb", "sveb"] as const).map((name) => {
        const values = all.map((one) => one[name]).sort((one, other) => one - other);
        const { floor, goal } = TARGETS[name];
        return [
          `${name.toUpperCase()} F1, from ${seconds / 60}:00${left === undefined ? "" : `, without ${left}`}`,
          median(values).toFixed(2), values[0]!.toFixed(2), values.at(-1)!.toFixed(2), String(floor), String(goal),
        ];
      });
    }),
  );
  return formatTable({ titles: [`${runs.length} seeds`, "median", "least", "most", "floor", "goal"], rows });
}

/** EC57's table by record, of the run whose SVEB F1 is the median. */
export function recordTables(runs: readonly SeededScores[]): string {
  const byF1 = [...runs].sort((one, other) => pooledF1(one.scores, 0).sveb - pooledF1(other.scores, 0).sveb);
  const { seed, scores } = byF1[Math.floor(byF1.length / 2)]!;
  return SCORE_FROM_SECONDS.map(
    (seconds, from) =>
      `Seed ${seed}, from ${seconds / 60}:00\n${formatTable(beatTable(rowsOf(scores, from)))}\n\n${formatTable(matrixTable(addBeatMatrices(scores.map(({ matrices }) => matrices[from]!))))}`,
  ).join("\n\n");
}

/** What noise does to the predictivity of V, by seed. */
export function noiseTable(runs: readonly SeededScores[]): string {
  const rows = runs.filter(({ scores }) => scores.some(({ noisyMatrices }) => noisyMatrices.length > 0)).map(({ seed, scores }) => {
    const { clean, noisy } = vebPredictivity(scores, 0);
    return [String(seed), clean.toFixed(2), noisy.toFixed(2), (clean - noisy).toFixed(2), String(NOISE_FALL_MAX)];
  });
  return formatTable({ titles: ["seed", "VEB +P", "in noise", "fall", "limit"], rows });
}

export function pacedTable(scores: readonly RecordScore[]): string {
  return formatTable(beatTable(rowsOf(scores, 0)));
}

export function modelCard(facts: CardFacts): string {
  const { crossValidation, paced, noise } = facts;
  return `# ${facts.name}

Tells ventricular (V) and supraventricular (S) ectopic beats from the rest (N) in one ECG lead, beat by beat, one beat later.

## What it is

A network of one hidden layer: ${facts.inputCount} features of a beat (\`src/beats\`), ${facts.hiddenCounts.join(" + ")} ReLUs, two scores. The first ReLUs serve V, the
others S: they were trained apart and share nothing, since what describes the beat's template helps V and harms S. A beat is V where its V score is
positive, else S where its S score is, else N. int8 weights with a scale a row: ${facts.weightBytes} bytes. ${facts.weightCount} weights are not 0: while it
learned, the smallest hidden weights were pruned (Zhu & Gupta 2017), and the others became powers of two, so that many share a multiplication.

## Intended use

Study and development of monitors for adults, single lead, 100 to 1000 samples/s. **Not a medical device**: it has been through no clinical
validation, and no decision about a person may rest on it.

## What it learned from

${facts.dataName}: ${facts.beatCount} beats as the firmware's own detector finds them, all leads taken together (two where
there are two, the second as if it were a further patient), in the features that the firmware computes. Labels: the reference beat within 150 ms (EC57); detections without one are negatives. Fusion and
unclassifiable beats teach nothing. \`e\` and \`j\` beats are S. Seed ${facts.seed}. Each record is a patient, and a patient is in one fold only:

${facts.folds.map((records, fold) => `- fold ${fold + 1}: ${records.join(" ")}`).join("\n")}

${noise ? `V also learned from the same leads with electrode-motion noise (nstdb, the first half of \`em\`) at ${noise.teaching.snrDb} dB, two minutes in four.\n` : ""}
Source of the data: PhysioNet, MIT-BIH Arrhythmia Database 1.0.0 and Noise Stress Test Database 1.0.0, Open Data Commons Attribution License 1.0.
${crossValidation.length === 0 ? "\nToo few patients for a cross-validation: this model shows that the pipeline works, nothing else.\n" : crossValidationText(crossValidation)}
${noise && crossValidation.length > 0 ? `## In noise\n\nThe same cross-validation with noise that taught nothing (the second half of \`em\`) at ${noise.judging.snrDb} dB from 5:00, two minutes in four, added as WFDB's nst does. From 5:00. [%]\n\n\`\`\`\n${noiseTable(crossValidation)}\n\`\`\`\n` : ""}
${paced.length === 0 ? "" : `## Pacemakers\n\nRecords that it never learned from, from 5:00. Paced beats count as neither right nor wrong.\n\n\`\`\`\n${pacedTable(paced)}\n\`\`\`\n`}
## Limits

- 22 patients of one hospital in the 1970s, half an hour each. How far it carries to others is what the spread between folds and seeds hints at.
- SVEB: two in five of DS1's lie in one record (209), and what is early in one patient is usual in another. In atrial fibrillation early beats
  look like SVEB; many false ones come from there (203).
- Fusion beats have no class of their own. Aberrant and wide supraventricular beats are often called V.
- In noise false detections become beats: the quality gate must suspend judgement.
`;
}

function crossValidationText(runs: readonly SeededScores[]): string {
  return `
## How well it does

Leave-patients-out cross-validation, five folds, with the int8 model; thresholds are chosen within the folds that teach. Beats are the detector's: what it missed and what
it invented counts. Pooled over the records. The choice of features and of the size of the network was made on these records too, so a
little optimism remains.

\`\`\`
${seedTable(runs)}
\`\`\`

By record:

\`\`\`
${recordTables(runs)}
\`\`\`
`;
}

function rowsOf(scores: readonly RecordScore[], from: number): RecordRow<BeatSummary>[] {
  return scores.map(({ record, matrices }) => ({ record, summary: summarise(matrices[from]!) })).sort((one, other) => one.record.localeCompare(other.record));
}

function recordWithMostSveb(runs: readonly SeededScores[]): string {
  return [...runs[0]!.scores].sort((one, other) => svebCount(other) - svebCount(one))[0]!.record;
}

function median(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

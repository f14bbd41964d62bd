// The run-by-run comparison of ANSI/AAMI EC57: couplets, short runs and long runs of ectopic beats.
import type { Annotation } from "../wfdb/annotation.js";
import { beatClassOf, beginsShutdown } from "./beat-class.js";
import { type ComparisonOptions, END_OF_TIME, fromSampleOf, matchWindowOf } from "./comparison-options.js";
import type { Ratio } from "./statistics.js";

export type RunKind = "ventricular" | "supraventricular";

/** Counts of runs by length, `[reference length][test length]`; the last index stands for "more than 5 beats". */
export interface RunComparison {
  /** The reference says where the runs are. */
  sensitivity: number[][];
  /** The test says where the runs are. */
  predictivity: number[][];
}

export interface RunSummary {
  coupletSensitivity: Ratio;
  coupletPredictivity: Ratio;
  shortRunSensitivity: Ratio;
  shortRunPredictivity: Ratio;
  longRunSensitivity: Ratio;
  longRunPredictivity: Ratio;
}

/** Runs are counted up to here; one that is longer, and a VF or AF episode, is a "long" run. [beats] Source: EC57. */
const RUN_BEATS_MAX = 6;

/** Beat classes; U: begin of a shutdown; [ ] and { }: begin and end of VF and AF; O: nothing of interest. */
type RunLabel = "N" | "S" | "V" | "F" | "Q" | "U" | "[" | "]" | "{" | "}" | "O";

/** What makes and what ends a run of one kind. */
interface RunRules {
  beats: readonly RunLabel[];
  enders: readonly RunLabel[];
  episodeBegin: RunLabel;
  episodeEnd: RunLabel;
  /** Beginning of the other kind's episode. */
  otherBegin: RunLabel;
}

const RULES: Readonly<Record<RunKind, RunRules>> = {
  ventricular: { beats: ["V", "F"], enders: ["N", "S", "Q", "U"], episodeBegin: "[", episodeEnd: "]", otherBegin: "{" },
  supraventricular: { beats: ["S"], enders: ["N", "V", "F", "Q", "U"], episodeBegin: "{", episodeEnd: "}", otherBegin: "[" },
};

interface Run {
  beats: number;
  /** The run, one match window longer at each end. */
  startSample: number;
  endSample: number;
}

/**
 * Compares runs of ectopic beats. Agrees with WFDB's rxr -S.
 * Fusion beats count in ventricular runs; normal beats in atrial fibrillation or flutter count as supraventricular ones.
 */
export function compareRuns(reference: readonly Annotation[], test: readonly Annotation[], kind: RunKind, options: ComparisonOptions): RunComparison {
  const rules = RULES[kind];
  const comparison = emptyRunComparison();
  const inTest = new RunFinder(test, rules);
  for (const run of findRuns(reference, rules, options)) {
    const found = inTest.longestRun(run.startSample, run.endSample);
    comparison.sensitivity[run.beats]![found]!++;
  }
  const inReference = new RunFinder(reference, rules);
  for (const run of findRuns(test, rules, options)) {
    const found = inReference.longestRun(run.startSample, run.endSample);
    comparison.predictivity[found]![run.beats]!++;
  }
  return comparison;
}

export function emptyRunComparison(): RunComparison {
  const square = (): number[][] => Array.from({ length: RUN_BEATS_MAX + 1 }, () => Array.from({ length: RUN_BEATS_MAX + 1 }, () => 0));
  return { sensitivity: square(), predictivity: square() };
}

/** The sum of several records' counts. */
export function addRunComparisons(comparisons: readonly RunComparison[]): RunComparison {
  const sum = emptyRunComparison();
  for (const key of ["sensitivity", "predictivity"] as const) {
    for (const comparison of comparisons) {
      comparison[key].forEach((row, reference) => row.forEach((count, test) => (sum[key][reference]![test]! += count)));
    }
  }
  return sum;
}

/** EC57's run statistics: a run is found when the other side has one of its own group or longer. */
export function summariseRuns({ sensitivity, predictivity }: RunComparison): RunSummary {
  const sum = (matrix: number[][], references: readonly [number, number], tests: readonly [number, number]): number => {
    let total = 0;
    for (let reference = references[0]; reference <= references[1]; reference++) {
      for (let test = tests[0]; test <= tests[1]; test++) total += matrix[reference]![test]!;
    }
    return total;
  };
  const ratios = (group: readonly [number, number]): [Ratio, Ratio] => [
    { hits: sum(sensitivity, group, [group[0], RUN_BEATS_MAX]), total: sum(sensitivity, group, [0, RUN_BEATS_MAX]) },
    { hits: sum(predictivity, [group[0], RUN_BEATS_MAX], group), total: sum(predictivity, [0, RUN_BEATS_MAX], group) },
  ];
  const [coupletSensitivity, coupletPredictivity] = ratios([2, 2]);
  const [shortRunSensitivity, shortRunPredictivity] = ratios([3, 5]);
  const [longRunSensitivity, longRunPredictivity] = ratios([RUN_BEATS_MAX, RUN_BEATS_MAX]);
  return { coupletSensitivity, coupletPredictivity, shortRunSensitivity, shortRunPredictivity, longRunSensitivity, longRunPredictivity };
}

/** What each annotation means for runs, after rxr: it depends on the rhythm so far. */
function runLabels(annotations: readonly Annotation[]): RunLabel[] {
  let isAf = false;
  let isVf = false;
  let isUnreadable = false;
  return annotations.map((annotation): RunLabel => {
    const beatClass = beatClassOf(annotation.symbol);
    if (beatClass !== undefined) return beatClass === "N" && isAf ? "S" : beatClass;
    const { symbol, text } = annotation;
    const wasAf = isAf;
    const wasVf = isVf;
    if (symbol === "~") {
      const wasUnreadable = isUnreadable;
      isUnreadable = beginsShutdown(annotation);
      return isUnreadable && !wasUnreadable ? "U" : "O";
    }
    if (symbol === "[" || (symbol === "+" && text.startsWith("(VF"))) {
      if (wasVf) return "O";
      isVf = true;
      isAf = false;
      return "[";
    }
    if (symbol === "+" && text.startsWith("(AF")) {
      if (wasAf) return "O";
      isAf = true;
      isVf = false;
      return "{";
    }
    if (symbol === "]") {
      isVf = false;
      return wasVf ? "]" : "O";
    }
    if (symbol === "+" && text !== "") {
      // Any other rhythm ends one of the two; both at once are not possible.
      isAf = false;
      isVf = false;
      if (wasAf) return "}";
      if (wasVf) return "]";
    }
    return "O";
  });
}

/** The runs of one file within the scored part. */
function findRuns(annotations: readonly Annotation[], rules: RunRules, options: ComparisonOptions): Run[] {
  const window = matchWindowOf(options);
  const from = fromSampleOf(options);
  const to = options.toSample ?? END_OF_TIME;
  const labels = runLabels(annotations);
  const runs: Run[] = [];
  let index = 0;
  let beats = 0;
  for (; index < annotations.length && annotations[index]!.sample < from; index++) {
    const label = labels[index]!;
    if (label === rules.episodeBegin) beats = RUN_BEATS_MAX;
    else if (label === "]" || label === "}") beats = 0;
  }
  // An episode that began during the learning period is matched around the start of scoring.
  let startSample = beats > 0 ? from - window : 0;
  // An episode's begin does not set this: until a beat or its end does, the end of the run before stays in force, as in rxr.
  let endSample = beats > 0 ? from + window : 0;
  for (; index < annotations.length; index++) {
    const label = labels[index]!;
    const { sample } = annotations[index]!;
    if (beats > 0 && rules.enders.includes(label)) {
      runs.push({ beats, startSample, endSample });
      beats = 0;
    } else if (rules.beats.includes(label)) {
      if (beats === 0) startSample = sample - window;
      beats = Math.min(beats + 1, RUN_BEATS_MAX);
      endSample = sample + window;
    } else if (beats === 0 && label === rules.episodeBegin) {
      beats = RUN_BEATS_MAX;
      startSample = sample - window;
    } else if (beats > 0 && label === rules.episodeEnd) {
      endSample = sample + window;
    }
    if ((annotations[index + 1]?.sample ?? 0) > to) return runs;
  }
  if (beats > 0) runs.push({ beats, startSample, endSample });
  return runs;
}

/** Finds the longest run of one file in windows that are asked for in order of time. Reads the file once, as rxr does. */
class RunFinder {
  readonly #annotations: readonly Annotation[];
  readonly #rules: RunRules;
  readonly #labels: RunLabel[];
  #index = 0;
  /** End of the last VF or AF episode met; END_OF_TIME if it has none. */
  #episodeEndSample = 0;

  constructor(annotations: readonly Annotation[], rules: RunRules) {
    this.#annotations = annotations;
    this.#rules = rules;
    this.#labels = runLabels(annotations);
  }

  /** Length of the longest run from `startSample` to `endSample`, at most RUN_BEATS_MAX. */
  longestRun(startSample: number, endSample: number): number {
    if (this.#episodeEndSample > startSample) return RUN_BEATS_MAX;
    for (; this.#sample() < startSample; this.#index++) {
      if (this.#label() === this.#rules.episodeBegin && this.#passEpisode() > startSample) return RUN_BEATS_MAX;
    }
    let longest = 0;
    let beats = 0;
    for (; this.#sample() <= endSample; this.#index++) {
      const label = this.#label();
      if (this.#rules.beats.includes(label)) {
        beats = Math.min(beats + 1, RUN_BEATS_MAX);
        longest = Math.max(longest, beats);
      } else if (label === this.#rules.episodeBegin) {
        this.#passEpisode();
        return RUN_BEATS_MAX;
      } else if (this.#rules.enders.includes(label) || label === this.#rules.otherBegin) {
        beats = 0;
      }
    }
    return longest;
  }

  /** From an episode's begin to its end, which then has no further meaning. Returns where it ends. */
  #passEpisode(): number {
    const { episodeEnd, otherBegin } = this.#rules;
    do this.#index++;
    while (this.#index < this.#labels.length && ![episodeEnd, otherBegin, "U"].includes(this.#label()));
    const end = this.#sample();
    this.#labels[this.#index] = "O";
    this.#episodeEndSample = end;
    return end;
  }

  #sample(): number {
    return this.#annotations[this.#index]?.sample ?? END_OF_TIME;
  }

  #label(): RunLabel {
    return this.#labels[this.#index] ?? "O";
  }
}

// Every comparison of ANSI/AAMI EC57 for one recording at once, and the sums of several recordings.
import type { Annotation } from "../wfdb/annotation.js";
import { beatClassOf } from "./beat-class.js";
import { addBeatMatrices, type BeatMatrix, type BeatPair, compareBeats } from "./compare-beats.js";
import { compareEpisodes, type EpisodeOptions, type EpisodeSummary } from "./compare-episodes.js";
import { addRunComparisons, compareRuns, type RunComparison } from "./compare-runs.js";
import { gross } from "./statistics.js";

export interface BeatScore {
  matrix: BeatMatrix;
  ventricularRuns: RunComparison;
  supraventricularRuns: RunComparison;
}

export interface EpisodeScore {
  af: EpisodeSummary;
  vf: EpisodeSummary;
}

export interface AnnotationScore {
  /** Undefined where the reference has no beats. */
  beats: BeatScore | undefined;
  /** Counted pairs in order of time. */
  pairs: BeatPair[];
  episodes: EpisodeScore;
}

/** @param options The end of the recording and the start of scoring, which lies before it. */
export function scoreAnnotations(reference: readonly Annotation[], test: readonly Annotation[], options: EpisodeOptions): AnnotationScore {
  const pairs: BeatPair[] = [];
  const hasBeats = reference.some(({ symbol }) => beatClassOf(symbol) !== undefined);
  const beats = hasBeats
    ? {
        matrix: compareBeats(reference, test, options, (pair) => pairs.push(pair)),
        ventricularRuns: compareRuns(reference, test, "ventricular", options),
        supraventricularRuns: compareRuns(reference, test, "supraventricular", options),
      }
    : undefined;
  const episodes = { af: compareEpisodes(reference, test, "AF", options), vf: compareEpisodes(reference, test, "VF", options) };
  return { beats, pairs, episodes };
}

export function addBeatScores(scores: readonly BeatScore[]): BeatScore {
  return {
    matrix: addBeatMatrices(scores.map(({ matrix }) => matrix)),
    ventricularRuns: addRunComparisons(scores.map(({ ventricularRuns }) => ventricularRuns)),
    supraventricularRuns: addRunComparisons(scores.map(({ supraventricularRuns }) => supraventricularRuns)),
  };
}

/** Durations are sums of samples: the records must have one rate. */
export function addEpisodeSummaries(summaries: readonly EpisodeSummary[]): EpisodeSummary {
  return {
    episodeSensitivity: gross(summaries.map((summary) => summary.episodeSensitivity)),
    episodePredictivity: gross(summaries.map((summary) => summary.episodePredictivity)),
    durationSensitivity: gross(summaries.map((summary) => summary.durationSensitivity)),
    durationPredictivity: gross(summaries.map((summary) => summary.durationPredictivity)),
    durationSpecificity: gross(summaries.map((summary) => summary.durationSpecificity)),
  };
}

// The episode-by-episode comparison of ANSI/AAMI EC57 for atrial fibrillation and for ventricular flutter and fibrillation.
import type { Annotation } from "../wfdb/annotation.js";
import { type ComparisonOptions, fromSampleOf } from "./comparison-options.js";
import type { Ratio } from "./statistics.js";

export type EpisodeKind = "AF" | "VF";

export interface EpisodeSummary {
  episodeSensitivity: Ratio;
  episodePredictivity: Ratio;
  /** Hits and total in samples. */
  durationSensitivity: Ratio;
  /** Hits and total in samples. */
  durationPredictivity: Ratio;
  /** Of the time without an episode, how much the test side left without one. Hits and total in samples. Not in EC57 or epicmp. */
  durationSpecificity: Ratio;
}

/** The end of the record must be known: an episode may last until there. */
export type EpisodeOptions = Pick<ComparisonOptions, "sampleRateHz" | "fromSample"> & { toSample: number };

/** A stretch of one recording. [samples] */
export interface Episode {
  startSample: number;
  endSample: number;
}

/** AF: from the rhythm "(AFIB" to another rhythm. VF: from "[" to "]". */
const BOUNDS: Readonly<Record<EpisodeKind, { begins(annotation: Annotation): boolean; ends(annotation: Annotation): boolean }>> = {
  AF: {
    begins: ({ symbol, text }) => symbol === "+" && text.startsWith("(AFIB"),
    ends: ({ symbol, text }) => symbol === "+" && !text.startsWith("(AFIB"),
  },
  VF: { begins: ({ symbol }) => symbol === "[", ends: ({ symbol }) => symbol === "]" },
};

/**
 * Compares episodes. Agrees with WFDB's epicmp -A and -V: an episode is found when the other side overlaps it at all; parts
 * outside the scored stretch are cut off; atrial flutter is not atrial fibrillation and is not excluded either.
 */
export function compareEpisodes(reference: readonly Annotation[], test: readonly Annotation[], kind: EpisodeKind, options: EpisodeOptions): EpisodeSummary {
  const referenceEpisodes = findEpisodes(reference, kind, options.toSample);
  const testEpisodes = findEpisodes(test, kind, options.toSample);
  const [episodeSensitivity, durationSensitivity] = overlap(referenceEpisodes, testEpisodes, options);
  const [episodePredictivity, durationPredictivity] = overlap(testEpisodes, referenceEpisodes, options);
  const freeSamples = options.toSample - fromSampleOf(options) - durationSensitivity.total;
  const falseSamples = durationPredictivity.total - durationPredictivity.hits;
  const durationSpecificity = { hits: freeSamples - falseSamples, total: freeSamples };
  return { episodeSensitivity, episodePredictivity, durationSensitivity, durationPredictivity, durationSpecificity };
}

/** All episodes of a file. One that is open at the end of the file lasts to the end of the record. */
export function findEpisodes(annotations: readonly Annotation[], kind: EpisodeKind, recordEnd: number): Episode[] {
  const { begins, ends } = BOUNDS[kind];
  const episodes: Episode[] = [];
  let startSample: number | undefined;
  for (const annotation of annotations) {
    if (startSample === undefined) {
      if (begins(annotation)) startSample = annotation.sample;
    } else if (ends(annotation)) {
      episodes.push({ startSample, endSample: annotation.sample });
      startSample = undefined;
    }
  }
  if (startSample !== undefined) episodes.push({ startSample, endSample: Math.max(recordEnd, annotations.at(-1)?.sample ?? 0) });
  return episodes;
}

/** How many of `episodes`, and how much of their time, the others overlap. */
function overlap(episodes: readonly Episode[], others: readonly Episode[], options: EpisodeOptions): [Ratio, Ratio] {
  const from = fromSampleOf(options);
  const count = { hits: 0, total: 0 };
  const duration = { hits: 0, total: 0 };
  for (const episode of episodes) {
    const startSample = Math.max(episode.startSample, from);
    const endSample = Math.min(episode.endSample, options.toSample);
    if (episode.endSample < from || startSample >= options.toSample) continue;
    let shared = 0;
    for (const other of others) {
      shared += Math.max(0, Math.min(other.endSample, endSample) - Math.max(other.startSample, startSample));
    }
    count.total++;
    if (shared > 0) count.hits++;
    duration.total += endSample - startSample;
    duration.hits += shared;
  }
  return [count, duration];
}

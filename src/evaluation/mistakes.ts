// The worst mistakes of a scored recording: stretches to look at, by kind.
import type { Annotation } from "../wfdb/annotation.js";
import type { PairLabel } from "./beat-class.js";
import type { BeatPair } from "./compare-beats.js";
import { type Episode, type EpisodeKind, type EpisodeOptions, findEpisodes } from "./compare-episodes.js";
import { fromSampleOf } from "./comparison-options.js";

/** A stretch with mistakes of one kind. */
export interface Mistake {
  /** Index into the kinds, BEAT_MISTAKES or EPISODE_MISTAKES. */
  kind: number;
  startSample: number;
  endSample: number;
  /** How bad: mistakes in it, or its length. [1 or samples] */
  weight: number;
}

interface BeatMistake {
  title: string;
  isMistake(reference: PairLabel, test: PairLabel): boolean;
}

interface EpisodeMistake {
  title: string;
  kind: EpisodeKind;
  missed: boolean;
}

const isAbsent = (label: PairLabel): boolean => label === "O" || label === "X";

/** Kinds of wrong beats, as the EC57 statistics count them; a beat that is missed or false is not also one of a wrong class. */
export const BEAT_MISTAKES: readonly BeatMistake[] = [
  { title: "Missed beats", isMistake: (_reference, test) => isAbsent(test) },
  { title: "False beats", isMistake: (reference) => isAbsent(reference) },
  { title: "Ventricular beats called otherwise", isMistake: (reference, test) => reference === "V" && test !== "V" && !isAbsent(test) },
  { title: "Other beats called ventricular", isMistake: (reference, test) => test === "V" && (reference === "N" || reference === "S") },
  { title: "Supraventricular beats called otherwise", isMistake: (reference, test) => reference === "S" && test !== "S" && !isAbsent(test) },
  { title: "Other beats called supraventricular", isMistake: (reference, test) => test === "S" && (reference === "N" || reference === "V" || reference === "F") },
];

/** Kinds of wrong stretches. */
export const EPISODE_MISTAKES: readonly EpisodeMistake[] = [
  { title: "Ventricular flutter or fibrillation missed", kind: "VF", missed: true },
  { title: "False ventricular flutter or fibrillation", kind: "VF", missed: false },
  { title: "Atrial fibrillation missed", kind: "AF", missed: true },
  { title: "False atrial fibrillation", kind: "AF", missed: false },
];

/**
 * Stretches of a fixed length around wrong beats, of each kind those with most of them, without overlap, at most `countMax`.
 * @param pairs In order of time.
 */
export function worstBeats(pairs: readonly BeatPair[], stretchSamples: number, countMax: number): Mistake[] {
  return BEAT_MISTAKES.flatMap(({ isMistake }, kind) => {
    const samples = pairs.filter(({ reference, test }) => isMistake(reference, test)).map(({ referenceSample }) => referenceSample);
    const chosen: Mistake[] = [];
    // Each mistake opens a stretch that holds it and those that follow; the fullest ones are taken first.
    const stretches = samples.map((sample, index) => {
      let last = index;
      while (last + 1 < samples.length && samples[last + 1]! < sample + stretchSamples) last++;
      const startSample = Math.max(0, Math.floor((sample + samples[last]! - stretchSamples) / 2));
      return { kind, startSample, endSample: startSample + stretchSamples, weight: last - index + 1 };
    });
    for (const stretch of stretches.sort((one, other) => other.weight - one.weight)) {
      if (chosen.length === countMax) break;
      if (chosen.every(({ startSample }) => Math.abs(startSample - stretch.startSample) >= stretchSamples)) chosen.push(stretch);
    }
    return chosen;
  });
}

/** Of each kind the longest stretches that only one side calls an episode, at most `countMax`. */
export function worstEpisodes(reference: readonly Annotation[], test: readonly Annotation[], options: EpisodeOptions, countMax: number): Mistake[] {
  return EPISODE_MISTAKES.flatMap(({ kind: episodeKind, missed }, kind) => {
    const [episodes, others] = [findEpisodes(missed ? reference : test, episodeKind, options.toSample), findEpisodes(missed ? test : reference, episodeKind, options.toSample)];
    return episodes
      .flatMap((episode) => uncovered(episode, others, fromSampleOf(options), options.toSample))
      .map(({ startSample, endSample }) => ({ kind, startSample, endSample, weight: endSample - startSample }))
      .sort((one, other) => other.weight - one.weight)
      .slice(0, countMax);
  });
}

/** The parts of an episode that no other (in order of time) covers. */
function uncovered(episode: Episode, others: readonly Episode[], from: number, to: number): Episode[] {
  const parts: Episode[] = [];
  let startSample = Math.max(episode.startSample, from);
  const endSample = Math.min(episode.endSample, to);
  for (const other of others) {
    if (other.endSample <= startSample) continue;
    if (other.startSample >= endSample) break;
    if (other.startSample > startSample) parts.push({ startSample, endSample: other.startSample });
    startSample = other.endSample;
  }
  if (startSample < endSample) parts.push({ startSample, endSample });
  return parts;
}

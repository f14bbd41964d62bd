// Results of an evaluation as lines: of text for people, of JSON for programs.
import { beatClassOf } from "../evaluation/beat-class.js";
import type { EpisodeSummary } from "../evaluation/compare-episodes.js";
import { summariseRuns } from "../evaluation/compare-runs.js";
import { addBeatScores, addEpisodeSummaries, type BeatScore, type EpisodeScore } from "../evaluation/score-annotations.js";
import { average, type Ratio } from "../evaluation/statistics.js";
import { summarise } from "../evaluation/summarise-beats.js";
import { durationText } from "./lines.js";
import type { RecordOutcome } from "./record-evaluation.js";

/** What was found in one record. */
export function recordText(outcome: RecordOutcome): string {
  const { record, lead, frameCount, frameRateHz, unreadableSeconds } = outcome;
  const beats = Object.entries(beatCounts(outcome)).map(([symbol, count]) => `${count} ${symbol}`).join(" ");
  const rhythms = Object.entries(rhythmSeconds(outcome)).map(([text, seconds]) => `${text.slice(1)} ${durationText(seconds)}`).join(", ");
  const unreadable = unreadableSeconds > 0 ? `; unreadable ${durationText(unreadableSeconds)}` : "";
  return `${record}  ${lead === undefined ? "" : `${lead}, `}${durationText(frameCount / frameRateHz)}: beats ${beats || "none"}; ${rhythms || "no rhythm"}${unreadable}`;
}

/** Why records have no scores, a line each; "" if all have. */
export function unscoredText(outcomes: readonly RecordOutcome[]): string {
  const without = outcomes.filter(({ reference }) => reference === undefined).length;
  const short = outcomes.filter(({ reference, score }) => reference !== undefined && score === undefined).length;
  const rates = new Set(outcomes.flatMap(({ score, frameRateHz }) => (score === undefined ? [] : [frameRateHz])));
  return [
    ...(without > 0 ? [`${without} of ${outcomes.length} records have no reference annotations (.atr).`] : []),
    ...(short > 0 ? [`${short} of ${outcomes.length} records end before scoring begins; --from 0 scores all of them.`] : []),
    ...(rates.size > 1 ? ["The records have different rates; gross durations are sums of samples."] : []),
  ].join("\n");
}

/** Counts of one record, as one flat object. */
export function recordJson(outcome: RecordOutcome): Record<string, unknown> {
  const { record, lead, frameRateHz, frameCount, unreadableSeconds, score } = outcome;
  return {
    type: "record", record, lead: lead ?? null, sampleRateHz: frameRateHz, seconds: frameCount / frameRateHz, beats: beatCounts(outcome), rhythms: rhythmSeconds(outcome),
    unreadableSeconds, scored: score !== undefined, ...(score?.beats && beatJson(score.beats)), ...score?.episodes,
  };
}

/** Gross counts under the names that records have for theirs; averages over records in percent. */
export function pooledJson(outcomes: readonly RecordOutcome[]): Record<string, unknown> {
  const scores = outcomes.flatMap(({ score }) => score ?? []);
  const beats = scores.flatMap((score) => score.beats ?? []);
  const episodes = (kind: keyof EpisodeScore): EpisodeSummary[] => scores.map((score) => score.episodes[kind]);
  return {
    records: outcomes.length,
    scored: scores.length,
    ...(beats.length > 0 && beatJson(addBeatScores(beats))),
    ...(scores.length > 0 && { af: addEpisodeSummaries(episodes("af")), vf: addEpisodeSummaries(episodes("vf")) }),
    averages: {
      ...averages(beats.map(({ matrix }) => summarise(matrix))),
      ventricularRuns: averages(beats.map(({ ventricularRuns }) => summariseRuns(ventricularRuns))),
      supraventricularRuns: averages(beats.map(({ supraventricularRuns }) => summariseRuns(supraventricularRuns))),
      af: averages(episodes("af")),
      vf: averages(episodes("vf")),
    },
  };
}

function beatJson(score: BeatScore): Record<string, unknown> {
  return {
    pairs: score.matrix.counts, shutdownSamples: score.matrix.shutdownSamples, ...summarise(score.matrix),
    ventricularRuns: summariseRuns(score.ventricularRuns), supraventricularRuns: summariseRuns(score.supraventricularRuns),
  };
}

/** @param summaries objects whose members are all ratios */
function averages(summaries: readonly object[]): Record<string, number | null> {
  const ratios = summaries as readonly Record<string, Ratio>[];
  return Object.fromEntries(Object.keys(ratios[0] ?? {}).map((key) => [key, average(ratios.map((summary) => summary[key]!)) ?? null]));
}

/** How many beats of each class. */
function beatCounts({ annotations }: RecordOutcome): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { symbol } of annotations) if (beatClassOf(symbol) !== undefined) counts[symbol] = (counts[symbol] ?? 0) + 1;
  return counts;
}

/** How long each rhythm lasted, by its text. [s] */
function rhythmSeconds({ annotations, frameCount, frameRateHz }: RecordOutcome): Record<string, number> {
  const seconds: Record<string, number> = {};
  const changes = annotations.filter(({ symbol }) => symbol === "+");
  changes.forEach(({ sample, text }, index) => {
    const endSample = changes[index + 1]?.sample ?? frameCount;
    seconds[text] = (seconds[text] ?? 0) + (endSample - sample) / frameRateHz;
  });
  return seconds;
}

// Scores of classified beats as EC57 has them, and their cross-validation: patients are judged by a network that knows nothing of them.
import { addBeatMatrices, type BeatMatrix, compareBeats } from "../evaluation/compare-beats.js";
import { f1Percent } from "../evaluation/statistics.js";
import { summarise } from "../evaluation/summarise-beats.js";
import { BEAT_LETTERS } from "../vocabulary/beat.js";
import type { LabelledBeats } from "./labelled-beats.js";

/** All leads of a patient; the first one is judged. */
export type Patient = readonly LabelledBeats[];

/** Says the class of every beat of a lead: BEAT_N, BEAT_S or BEAT_V. */
export type Judge = (lead: LabelledBeats) => Uint8Array;

/** Start of scoring. [s] EC57 allows five minutes to learn; the other tells what a patient gets. */
export const SCORE_FROM_SECONDS = [300, 0] as const;

/** What came out for one record. */
export interface RecordScore {
  readonly record: string;
  /** By the index of SCORE_FROM_SECONDS. */
  readonly matrices: readonly BeatMatrix[];
  /** The same with noise. */
  readonly noisyMatrices: readonly BeatMatrix[];
}

/** Detected beats against the reference's: missed ones and false ones count. @param noisy the same record with noise, if it is to be scored too */
export function scoreRecord(lead: LabelledBeats, judge: Judge, noisy?: LabelledBeats): RecordScore {
  return { record: lead.record, matrices: matricesOf(lead, judge), noisyMatrices: noisy ? matricesOf(noisy, judge) : [] };
}

function matricesOf(lead: LabelledBeats, judge: Judge): BeatMatrix[] {
  const classes = judge(lead);
  const found = [...lead.frames].map((sample, beat) => ({ sample, symbol: BEAT_LETTERS[classes[beat]!]!, subtype: 0, channel: 0, annotator: 0, text: "" }));
  return SCORE_FROM_SECONDS.map((seconds) =>
    compareBeats(lead.reference, found, { sampleRateHz: lead.frameRateHz, fromSample: Math.floor(seconds * lead.frameRateHz), toSample: lead.frameCount }),
  );
}

/**
 * Leaves out each fold in turn.
 * @param noisyOf what a record is with noise, if that is to be scored too
 * @param train Makes a judge of the folds that are left; whatever it tunes, it must tune on them.
 */
export function crossValidate(
  folds: readonly (readonly Patient[])[], train: (folds: readonly (readonly Patient[])[], fold: number) => Judge, noisyOf: (record: string) => LabelledBeats | undefined = () => undefined,
): RecordScore[] {
  return folds.flatMap((patients, out) => {
    const judge = train(folds.filter((_, fold) => fold !== out), out);
    return patients.map(([lead]) => scoreRecord(lead!, judge, noisyOf(lead!.record)));
  });
}

/** Positive predictivity of VEB, pooled, without noise and with it. [%] */
export function vebPredictivity(scores: readonly RecordScore[], from: number): { clean: number; noisy: number } {
  const of = (matrices: readonly BeatMatrix[]): number => {
    const { hits, total } = summarise(addBeatMatrices(matrices)).vebPredictivity;
    return (100 * hits) / total;
  };
  return { clean: of(scores.map(({ matrices }) => matrices[from]!)), noisy: of(scores.map(({ noisyMatrices }) => noisyMatrices[from]!)) };
}

/** Pooled F1 of VEB and SVEB. [%] 0 where none is found. */
export function pooledF1(scores: readonly RecordScore[], from: number): { veb: number; sveb: number } {
  const sum = summarise(addBeatMatrices(scores.map(({ matrices }) => matrices[from]!)));
  return { veb: f1Percent(sum.vebSensitivity, sum.vebPredictivity) ?? 0, sveb: f1Percent(sum.svebSensitivity, sum.svebPredictivity) ?? 0 };
}

/** SVEB of a record in the reference. */
export function svebCount({ matrices }: RecordScore): number {
  return summarise(matrices[SCORE_FROM_SECONDS.indexOf(0)]!).svebSensitivity.total;
}

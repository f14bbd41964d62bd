// One record of an evaluation: read it, run it through the chain, write its annotations, score them.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { beatClassOf } from "../evaluation/beat-class.js";
import { type ChainBeat, chainAnnotations, type ChainFindings, toFrame } from "../evaluation/chain-annotations.js";
import type { EpisodeOptions } from "../evaluation/compare-episodes.js";
import { type AnnotationScore, scoreAnnotations } from "../evaluation/score-annotations.js";
import { BEAT_LETTERS, type BeatClass } from "../vocabulary/beat.js";
import { RHYTHM_INCONCLUSIVE } from "../vocabulary/rhythm.js";
import { SAMPLE_RATE_HZ } from "../vocabulary/sample.js";
import type { Annotation } from "../wfdb/annotation.js";
import { RecordError } from "../wfdb/record-error.js";
import { loadAnnotations, loadHeader, loadRecord, writeAnnotations } from "../wfdb/record.js";
import type { ChainRunner } from "./chain-runner.js";
import { type EvaluateOptions, REFERENCE, refuseUnwritable } from "./evaluate-options.js";

/** What came out for one record. */
export interface RecordOutcome {
  readonly record: string;
  /** Path without suffix. */
  readonly path: string;
  /** Undefined where beats took the place of a signal. */
  readonly lead: string | undefined;
  /** Rate in which annotations count, and where the record ends. */
  readonly frameRateHz: number;
  readonly frameCount: number;
  readonly annotations: readonly Annotation[];
  /** Score of each beat annotation that has one, by its sample. [%] */
  readonly confidence: ReadonlyMap<number, number>;
  /** What the model says of each of these beats for V and for S, positive where it is of the class; by its sample. [counts of the model] */
  readonly classScores: ReadonlyMap<number, { readonly V: number; readonly S: number }>;
  /** Time called unreadable. [s] */
  readonly unreadableSeconds: number;
  readonly reference: readonly Annotation[] | undefined;
  /** Undefined without a reference, or where the record ends before scoring begins. */
  readonly score: AnnotationScore | undefined;
}

export async function evaluateRecord(record: string, runner: ChainRunner, options: EvaluateOptions): Promise<RecordOutcome> {
  const path = join(options.db, record);
  const { frameRateHz, frameCount, lead, findings } = options.beats === undefined ? await runSignal(path, runner, options.lead) : await runBeats(path, runner, options.beats);
  const annotations = chainAnnotations(findings, frameRateHz, frameCount);
  refuseUnwritable(options.out, () => writeAnnotations(join(options.out, record), options.annotator, annotations));
  const confidence = new Map(findings.beats.flatMap((beat) => (beat.confidence === undefined ? [] : [[toFrame(beat.sample, frameRateHz), beat.confidence] as const])));
  const classScores = new Map(findings.beats.flatMap(({ sample, vScore, sScore }) => (vScore === undefined || sScore === undefined ? [] : [[toFrame(sample, frameRateHz), { V: vScore, S: sScore }] as const])));
  const reference = existsSync(`${path}.${REFERENCE}`) ? loadAnnotations(path, REFERENCE, frameRateHz) : undefined;
  const scoring = scoringOf({ frameRateHz, frameCount }, options.fromSeconds);
  const score = reference !== undefined && scoring.fromSample! < frameCount ? scoreAnnotations(reference, annotations, scoring) : undefined;
  const unreadableSeconds = unreadableTime(findings, (frameCount * SAMPLE_RATE_HZ) / frameRateHz) / SAMPLE_RATE_HZ;
  return { record, path, lead, frameRateHz, frameCount, annotations, confidence, classScores, unreadableSeconds, reference, score };
}

/** What part of a record is scored. */
export function scoringOf({ frameRateHz, frameCount }: Pick<RecordOutcome, "frameRateHz" | "frameCount">, fromSeconds: number): EpisodeOptions {
  return { sampleRateHz: frameRateHz, fromSample: Math.floor(fromSeconds * frameRateHz + 0.5), toSample: frameCount };
}

interface RunResult extends Pick<RecordOutcome, "frameRateHz" | "frameCount" | "lead"> {
  readonly findings: ChainFindings;
}

async function runSignal(path: string, runner: ChainRunner, lead: string | undefined): Promise<RunResult> {
  const { frameRateHz } = loadHeader(path);
  const recording = loadRecord(path, { lead: lead ?? 0 });
  const { sampleRateHz, sampleCount } = recording;
  const [first] = recording.leads;
  if (!Number.isInteger(sampleRateHz)) throw new RecordError(`${path}.hea: sampling rate is ${sampleRateHz} Hz; expected a whole number, as the firmware's resampler takes`);
  return {
    frameRateHz, frameCount: (sampleCount * frameRateHz) / sampleRateHz, lead: first!.name, findings: await runner.runSignal(first!.samplesUv, sampleRateHz),
  };
}

async function runBeats(path: string, runner: ChainRunner, annotator: string): Promise<RunResult> {
  const header = loadHeader(path);
  const { frameRateHz } = header;
  const beats = loadAnnotations(path, annotator, frameRateHz).flatMap(({ sample, symbol }): ChainBeat[] => {
    const letter = beatClassOf(symbol);
    return letter === undefined ? [] : [{ sample: Math.round((sample * SAMPLE_RATE_HZ) / frameRateHz), beatClass: BEAT_LETTERS.indexOf(letter) as BeatClass }];
  });
  if (beats.length === 0) throw new RecordError(`${path}.${annotator}: has no beats; expected some, to take the place of a signal`);
  const frameCount = header.frameCount ?? toFrame(beats.at(-1)!.sample, frameRateHz) + 1;
  return { frameRateHz, frameCount, lead: undefined, findings: await runner.runBeats(beats, Math.floor((frameCount * SAMPLE_RATE_HZ) / frameRateHz)) };
}

/** @param sampleCount end of the recording. [samples of the chain] @returns in samples of the chain */
function unreadableTime({ rhythms }: ChainFindings, sampleCount: number): number {
  let total = 0;
  let startSample: number | undefined;
  for (const { code, began, sample } of rhythms) {
    if (code !== RHYTHM_INCONCLUSIVE) continue;
    if (began) startSample = sample;
    else if (startSample !== undefined) {
      total += sample - startSample;
      startSample = undefined;
    }
  }
  return startSample === undefined ? total : total + Math.max(0, sampleCount - startSample);
}

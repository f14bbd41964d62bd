// The beats of one lead of a recording as the firmware sees them: found by its detector, described by its features, labelled by the reference.
import { basename } from "node:path";
import { BeatClassifier } from "../beats/beat-classifier.js";
import { FEATURE_COUNT } from "../beats/beat-features.js";
import { QrsDetector } from "../beats/qrs-detector.js";
import { type BeatPair, compareBeats } from "../evaluation/compare-beats.js";
import { toFrame } from "../evaluation/chain-annotations.js";
import { Resampler } from "../samples/resampler.js";
import { BEAT_LETTERS, BEAT_Q } from "../vocabulary/beat.js";
import type { Annotation } from "../wfdb/annotation.js";
import { addNoise, type Noise, type NoisePlan } from "./noise.js";
import { type EcgRecord, loadAnnotations, loadRecord } from "../wfdb/record.js";

/** A beat that the reference does not have. Other labels are BEAT_*. */
export const LABEL_FALSE = 6;
/** A beat that is not judged: in ventricular fibrillation. */
const LABEL_NONE = 7;

/** The firmware gets so many samples at a time. 40 ms */
const BLOCK_SAMPLES = 10;
/** After its end a recording goes on with its last value for so long, so that the last beats are decided. [s] */
const TAIL_SECONDS = 2;

export interface LabelledBeats {
  readonly record: string;
  /** Noise was added. */
  readonly isNoisy: boolean;
  readonly featureCount: number;
  /** `[beat * featureCount + feature]` */
  readonly features: Int8Array;
  /** A label a beat. */
  readonly labels: Uint8Array;
  /** Where each beat is, in the recording's own time. */
  readonly frames: Int32Array;
  readonly frameRateHz: number;
  readonly frameCount: number;
  readonly reference: readonly Annotation[];
}

/** What to add, and how. */
export interface AddedNoise {
  readonly noise: Noise;
  readonly plan: NoisePlan;
}

/**
 * The leads of a recording. The beats are those that the detector finds in the first one; in the others their places are taken from there.
 * @param noise is added to all leads
 * @param path without suffix, with reference annotations `.atr` beside it
 * @throws RecordError
 */
export function readPatient(path: string, leadsMax: number, noise?: AddedNoise): LabelledBeats[] {
  const recording = loadRecord(path);
  const { sampleRateHz } = recording;
  const reference = loadAnnotations(path, "atr", sampleRateHz);
  const samplesUv = recording.leads.map((lead, index) => (noise ? addNoise(lead.samplesUv, index, reference, noise.noise, noise.plan) : lead.samplesUv));
  const detecting = chainSamples(samplesUv[0]!, sampleRateHz);
  return samplesUv.slice(0, leadsMax).map((leadUv, lead): LabelledBeats => {
    const { samples, features } = describeBeats(detecting, lead === 0 ? detecting : chainSamples(leadUv, sampleRateHz));
    const frames = samples.map((sample) => toFrame(sample, sampleRateHz));
    return {
      record: basename(path), isNoisy: noise !== undefined, featureCount: FEATURE_COUNT, features, labels: labelsOf(frames, reference, recording), frames: Int32Array.from(frames),
      frameRateHz: sampleRateHz, frameCount: recording.sampleCount, reference,
    };
  });
}

/** A lead at the rate of the chain. */
function chainSamples(samplesUv: Int32Array, sampleRateHz: number): Int32Array {
  const count = samplesUv.length + TAIL_SECONDS * sampleRateHz;
  const input = Int32Array.from({ length: count }, (_, index) => Math.max(-32_767, Math.min(32_767, samplesUv[Math.min(index, samplesUv.length - 1)]!)));
  const resampler = new Resampler(sampleRateHz);
  const output = new Int32Array(resampler.outputCountMax(count));
  return output.subarray(0, resampler.process(input, count, output));
}

/** The reference's class of each beat, by EC57's matching. */
function labelsOf(frames: readonly number[], reference: readonly Annotation[], { sampleRateHz, sampleCount }: EcgRecord): Uint8Array {
  const labels = new Map<number, number>();
  const onPair = ({ reference: label, test, testSample }: BeatPair): void => {
    if (test !== "O" && test !== "X") labels.set(testSample, label === "O" || label === "X" ? LABEL_FALSE : BEAT_LETTERS.indexOf(label));
  };
  const found = frames.map((sample) => ({ sample, symbol: "N", subtype: 0, channel: 0, annotator: 0, text: "" }));
  compareBeats(reference, found, { sampleRateHz, fromSample: 0, toSample: sampleCount }, onPair);
  return Uint8Array.from(frames, (frame) => labels.get(frame) ?? LABEL_NONE);
}

/** What the firmware's own code says of each beat. Beats that cannot be read are left out. */
function describeBeats(detecting: Int32Array, described: Int32Array): { samples: number[]; features: Int8Array } {
  const vectors: Int8Array[] = [];
  const detector = new QrsDetector();
  const classifier = new BeatClassifier({ run: (vector) => void vectors.push(vector.slice()) });
  const samples: number[] = [];
  for (let first = 0; first < detecting.length; first += BLOCK_SAMPLES) {
    const count = Math.min(BLOCK_SAMPLES, detecting.length - first);
    const beatCount = detector.process(detecting.subarray(first, first + count), count);
    for (let index = 0; index < beatCount; index++) classifier.addBeat(detector.beatSample(index));
    const decidedCount = classifier.judge(classifier.filter(described.subarray(first, first + count), count));
    for (let index = 0; index < decidedCount; index++) if (classifier.beatClass(index) !== BEAT_Q) samples.push(classifier.classSample(index));
  }
  const features = new Int8Array(vectors.length * FEATURE_COUNT);
  vectors.forEach((vector, beat) => features.set(vector, beat * FEATURE_COUNT));
  return { samples, features };
}

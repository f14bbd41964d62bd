// Real recordings for the rhythm tests: signals at the pipeline's rate, reference beats and rhythms in its sample numbers.
import { QrsDetector } from "../../src/beats/qrs-detector.js";
import { beatClassOf } from "../../src/evaluation/beat-class.js";
import { P_WAVE_UNKNOWN } from "../../src/rhythm/af-detector.js";
import { RhythmClassifier, SIGNAL_GOOD, SIGNAL_NOISY, SIGNAL_UNREADABLE } from "../../src/rhythm/rhythm-classifier.js";
import { VfDetector } from "../../src/rhythm/vf-detector.js";
import { QUALITY_NOISY, QUALITY_SATURATED, SignalQuality } from "../../src/samples/quality.js";
import { Resampler } from "../../src/samples/resampler.js";
import { BEAT_F, BEAT_LETTERS, BEAT_N, BEAT_S, BEAT_V, type BeatClass } from "../../src/vocabulary/beat.js";
import { RHYTHM_ATRIAL_FIBRILLATION, type RhythmCode } from "../../src/vocabulary/rhythm.js";
import { SAMPLE_RATE_HZ } from "../../src/vocabulary/sample.js";
import { Prng } from "../../src/base/prng.js";
import { type Annotation } from "../../src/wfdb/annotation.js";
import { loadAnnotations, loadHeader, loadRecord } from "../../src/wfdb/record.js";
import { ecgRecord } from "../ecg-data.js";

/** de Chazal's inter-patient training set. */
export const DS1 = ["101", "106", "108", "109", "112", "114", "115", "116", "118", "119", "122", "124", "201", "203", "205", "207", "208", "209", "215", "220", "223", "230"];
export const PACED = ["102", "104", "107", "217"];
export const AFDB = ["00735", "04015", "04048", "04746", "04936", "05121", "06426", "06995", "07859", "07910", "08219", "08405", "08455"];
export const CUDB = ["cu01", "cu03", "cu04", "cu05", "cu06", "cu07", "cu08", "cu09", "cu10", "cu11", "cu12", "cu13"];

/** Beats as parallel lists. */
export interface Beats {
  samples: number[];
  classes: BeatClass[];
}

/** The first lead, 250 samples/s. [uV] */
export function loadSignal(name: string): Int32Array {
  const { sampleRateHz, leads } = loadRecord(ecgRecord(name), { lead: 0, onChecksum: "warn" });
  const samplesUv = leads[0]!.samplesUv;
  const resampler = new Resampler(sampleRateHz);
  const resampled = new Int32Array(resampler.outputCountMax(samplesUv.length));
  return resampled.subarray(0, resampler.process(samplesUv, samplesUv.length, resampled));
}

/** Annotations in pipeline samples. */
export function loadReference(name: string, annotator: string): Annotation[] {
  const rateHz = loadHeader(ecgRecord(name)).frameRateHz;
  return loadAnnotations(ecgRecord(name), annotator, rateHz).map((annotation) => ({ ...annotation, sample: Math.round((annotation.sample * SAMPLE_RATE_HZ) / rateHz) }));
}

export function beatsOf(annotations: readonly Annotation[]): Beats {
  const beats: Beats = { samples: [], classes: [] };
  for (const { sample, symbol } of annotations) {
    const letter = beatClassOf(symbol);
    if (letter === undefined) continue;
    beats.samples.push(sample);
    beats.classes.push(BEAT_LETTERS.indexOf(letter) as BeatClass);
  }
  return beats;
}

/**
 * Beats as the project's own detector finds them, with the class of the reference beat within 150 ms, made as wrong as a classifier
 * would: VEB Se 85 % and +P 88 %, SVEB Se 58 %, and 2 % of the N called S.
 */
export function detectBeats(samplesUv: Int32Array, reference: Beats, seed: number): Beats {
  const detector = new QrsDetector();
  const beats: Beats = { samples: [], classes: [] };
  for (let first = 0; first < samplesUv.length; first += 50) {
    const block = samplesUv.subarray(first, first + 50);
    const count = detector.process(block, block.length);
    for (let i = 0; i < count; i++) beats.samples.push(detector.beatSample(i));
  }
  let nearest = 0;
  const truth = beats.samples.map((sample): BeatClass => {
    const distance = (index: number): number => Math.abs(reference.samples[index]! - sample);
    while (nearest + 1 < reference.samples.length && distance(nearest + 1) <= distance(nearest)) nearest++;
    const beatClass = distance(nearest) <= 38 ? reference.classes[nearest]! : BEAT_N;
    return beatClass === BEAT_F ? BEAT_N : beatClass;
  });
  const vCount = truth.filter((beatClass) => beatClass === BEAT_V).length;
  const nCount = truth.filter((beatClass) => beatClass === BEAT_N).length;
  const falseVPerMillion = Math.round((vCount * 0.85 * (1 / 0.88 - 1) * 1e6) / nCount);
  const prng = new Prng(seed);
  beats.classes = truth.map((beatClass) => {
    const chance = prng.below(1_000_000);
    if (beatClass === BEAT_V) return chance < 850_000 ? BEAT_V : BEAT_N;
    if (beatClass === BEAT_S) return chance < 580_000 ? BEAT_S : BEAT_N;
    if (beatClass !== BEAT_N) return beatClass;
    return chance < falseVPerMillion ? BEAT_V : chance < falseVPerMillion + 20_000 ? BEAT_S : BEAT_N;
  });
  return beats;
}

/** An onset or end as the classifier tells it. */
export interface RhythmEvent {
  code: RhythmCode;
  began: boolean;
  sample: number;
  toldSample: number;
}

/** A beat is told of at most this long after its R peak, its class at most this long after that. [samples] */
const DETECTION_SAMPLES = 100;
const CLASS_SAMPLES = 275;
const BLOCK_SAMPLES = 25;
const LIMITS = { asystoleMs: 4000, pauseMs: 2500, bradycardiaBpm: 40, tachycardiaBpm: 130, ventricularTachycardiaBpm: 100 };

/** Runs beats, and the signal where there is one (with its quality), through the classifier. */
export function followRhythm(beats: Beats, sampleCount: number, samplesUv?: Int32Array): RhythmEvent[] {
  const events: RhythmEvent[] = [];
  let now = 0;
  const vf = new VfDetector();
  const classifier = new RhythmClassifier(LIMITS, { onRhythm: (code, began, sample) => events.push({ code, began, sample, toldSample: now }) }, vf);
  const quality = new SignalQuality();
  let detected = 0;
  let classified = 0;
  while (now < sampleCount) {
    now += BLOCK_SAMPLES;
    while (detected < beats.samples.length && beats.samples[detected]! + DETECTION_SAMPLES <= now) classifier.detectBeat(beats.samples[detected++]!);
    while (classified < detected && (classified + 1 < detected || beats.samples[classified]! + CLASS_SAMPLES <= now)) {
      classifier.classifyBeat(beats.samples[classified]!, beats.classes[classified]!, P_WAVE_UNKNOWN);
      classified++;
    }
    if (samplesUv === undefined) {
      classifier.advance(BLOCK_SAMPLES);
      continue;
    }
    const block = samplesUv.subarray(now - BLOCK_SAMPLES, now);
    vf.process(block, block.length);
    classifier.advance(block.length);
    if (!quality.process(block, block.length)) continue;
    const { flags } = quality;
    classifier.setSignal((flags & QUALITY_SATURATED) !== 0 ? SIGNAL_UNREADABLE : (flags & QUALITY_NOISY) !== 0 ? SIGNAL_NOISY : SIGNAL_GOOD, false, false);
  }
  return events;
}

/** Episodes of one rhythm; the last may be open. */
export function episodesOf(events: readonly RhythmEvent[], code: RhythmCode): { onsetSample: number; endSample: number; toldSample: number }[] {
  const episodes: { onsetSample: number; endSample: number; toldSample: number }[] = [];
  for (const event of events) {
    if (event.code !== code) continue;
    if (event.began) episodes.push({ onsetSample: event.sample, endSample: Infinity, toldSample: event.toldSample });
    else episodes.at(-1)!.endSample = event.sample;
  }
  return episodes;
}

/** Rhythm annotations that say AF or not AF. */
export function afAnnotations(events: readonly RhythmEvent[]): Annotation[] {
  return events.filter(({ code }) => code === RHYTHM_ATRIAL_FIBRILLATION)
    .map(({ began, sample }) => ({ sample, symbol: "+", subtype: 0, channel: 0, annotator: 0, text: began ? "(AFIB" : "(N" }));
}

// Time from onset to alert and false high-priority alarms, measured with the firmware's own chain: for `npm run bench alarms` and its test.
import { checkConfig, type MonitorConfig } from "../../src/monitor/config.js";
import { EcgChain } from "../../src/monitor/ecg-chain.js";
import { FrontEnd } from "../../src/monitor/front-end.js";
import { Monitor, TICK_MS } from "../../src/monitor/monitor.js";
import { AFE_OK, type Afe } from "../../src/contracts/afe.js";
import { NorFlash } from "../../src/platform/sim/flash.js";
import { parseScenario, SyntheticPatient } from "../../src/platform/sim/synthetic-patient.js";
import { conditionOf } from "../../src/vocabulary/alarm-condition.js";
import { BEAT_V } from "../../src/vocabulary/beat.js";
import {
  RHYTHM_ASYSTOLE, RHYTHM_ATRIAL_FIBRILLATION, RHYTHM_BRADYCARDIA, RHYTHM_TACHYCARDIA, RHYTHM_VENTRICULAR_FIBRILLATION, RHYTHM_VENTRICULAR_TACHYCARDIA,
  type RhythmCode,
} from "../../src/vocabulary/rhythm.js";
import type { Annotation } from "../../src/wfdb/annotation.js";
import { beatsOf, type Beats, loadReference, loadSignal, type RhythmEvent } from "../rhythm/records.js";

const RATE_HZ = 250;
const BLOCK_SAMPLES = (TICK_MS * RATE_HZ) / 1000;

/** What is measured, and the most it may take. [s] VT: from the fifth beat of five V in a row, by the chain's own classes, above 100/min. */
export const LIMITS_S = {
  "asystole": 4.5, "ventricular-fibrillation": 6, "ventricular-tachycardia": 1, "bradycardia": 10, "tachycardia": 10, "atrial-fibrillation": 60, "lead-off": 1,
} as const;
type Timed = keyof typeof LIMITS_S;

/** Time from one onset to its alert; Infinity where it was not told. [s] */
export interface Delay {
  readonly type: Timed;
  readonly source: "records" | "synthetic";
  readonly seconds: number;
}

export interface DelayRow {
  readonly type: Timed;
  readonly source: string;
  readonly count: number;
  readonly medianS: number;
  readonly worstS: number;
  readonly limitS: number;
  readonly passed: boolean;
}

/** One row for each type and source that has delays. */
export function delayRows(delays: readonly Delay[]): DelayRow[] {
  const types = Object.keys(LIMITS_S) as Timed[];
  return types.flatMap((type) => (["records", "synthetic"] as const).flatMap((source) => {
    const sorted = delays.filter((delay) => delay.type === type && delay.source === source).map(({ seconds }) => seconds).sort((one, other) => one - other);
    if (sorted.length === 0) return [];
    const worstS = sorted.at(-1)!;
    return [{ type, source, count: sorted.length, medianS: sorted[(sorted.length - 1) >> 1]!, worstS, limitS: LIMITS_S[type], passed: worstS <= LIMITS_S[type] }];
  }));
}

function defaults(): MonitorConfig {
  const checked = checkConfig({});
  if (!checked.ok) throw new Error(checked.problems.join());
  return checked.config;
}

interface ChainRun {
  readonly events: RhythmEvent[];
  /** With the chain's own classes. */
  readonly beats: Beats;
}

/** The chain over a signal, in the blocks of the monitor's ticks. @param samplesUv 250 samples/s. [uV] */
export function runChain(samplesUv: Int32Array): ChainRun {
  const run: ChainRun = { events: [], beats: { samples: [], classes: [] } };
  let now = 0;
  const chain = new EcgChain(defaults(), {
    onBeat: () => {},
    onBeatClass: (sample, beatClass) => {
      run.beats.samples.push(sample);
      run.beats.classes.push(beatClass);
    },
    onRhythm: (code, began, sample) => run.events.push({ code, began, sample, toldSample: now }),
  }, new FrontEnd());
  for (let first = 0; first < samplesUv.length; first += BLOCK_SAMPLES) {
    const block = samplesUv.subarray(first, first + BLOCK_SAMPLES);
    now = first + block.length;
    chain.process(block, block.length);
  }
  return run;
}

/** From `sample` to when one of the rhythms was told, 0 if it still was active then. [s] Infinity if it was not told before `endSample`. */
function delayOf(events: readonly RhythmEvent[], codes: readonly RhythmCode[], sample: number, endSample: number): number {
  let activeCount = 0;
  for (const event of events) {
    if (!codes.includes(event.code)) continue;
    if (event.toldSample > sample && activeCount > 0) return 0;
    if (event.toldSample > endSample) break;
    if (event.toldSample > sample && event.began) return (event.toldSample - sample) / RATE_HZ;
    activeCount += event.began ? 1 : -1;
  }
  return activeCount > 0 ? 0 : Infinity;
}

/** The fifth beat of each row of V, or the first later one whose last four intervals are above 100/min. [sample numbers] */
export function tachycardiaSamples({ samples, classes }: Beats): number[] {
  const found: number[] = [];
  let row = 0;
  let isFound = false;
  for (let index = 0; index < samples.length; index++) {
    row = classes[index] === BEAT_V ? row + 1 : 0;
    if (row === 0) isFound = false;
    if (isFound || row < 5 || samples[index]! - samples[index - 4]! >= 600) continue;
    isFound = true;
    found.push(samples[index]!);
  }
  return found;
}

/** Where eight intervals or more in a row, of 10 s or more, are all beyond a limit: the beat that ends the first of them. [sample numbers] */
function rateCrossings(samples: readonly number[], isBeyond: (rrSamples: number) => boolean): number[] {
  const found: number[] = [];
  let first = 0;
  for (let index = 1; index <= samples.length; index++) {
    if (index < samples.length && isBeyond(samples[index]! - samples[index - 1]!)) continue;
    if (index - 1 - first >= 8 && samples[index - 1]! - samples[first]! >= 10 * RATE_HZ) found.push(samples[first + 1]!);
    first = index;
  }
  return found;
}

/** Stretches from one kind of annotation to another. [sample numbers] */
function stretches(annotations: readonly Annotation[], begins: (one: Annotation) => boolean, ends: (one: Annotation) => boolean, endSample: number): [number, number][] {
  const found: [number, number][] = [];
  let since = -1;
  for (const annotation of annotations) {
    if (since < 0 && begins(annotation)) since = annotation.sample;
    else if (since >= 0 && ends(annotation)) {
      found.push([since, annotation.sample]);
      since = -1;
    }
  }
  if (since >= 0) found.push([since, endSample]);
  return found;
}

const isRhythm = (text: RegExp) => ({ symbol, text: of }: Annotation): boolean => symbol === "+" && text.test(of);
const flutterOf = (reference: readonly Annotation[], endSample: number): [number, number][] => stretches(reference, ({ symbol }) => symbol === "[", ({ symbol }) => symbol === "]", endSample);
const atrialOf = (reference: readonly Annotation[], endSample: number): [number, number][] => stretches(reference, isRhythm(/^\(AFIB/), isRhythm(/^\((?!AFIB)/), endSample);

/** Delays of one record by its reference annotations. AF counts where it lasts for a minute, VF where it lasts for 6 s and 10 s lie before it. */
export function recordDelays(reference: readonly Annotation[], { events, beats }: ChainRun, sampleCount: number): Delay[] {
  const delays: Delay[] = [];
  const add = (type: Timed, codes: readonly RhythmCode[], sample: number, endSample: number): void => {
    delays.push({ type, source: "records", seconds: delayOf(events, codes, sample, endSample) });
  };
  const flutters = flutterOf(reference, sampleCount);
  for (const sample of tachycardiaSamples(beats)) {
    // Flutter has a limit of its own.
    const isTrue = isVentricularTachycardia(reference, sample - RATE_HZ, sample) && !flutters.some(([start, end]) => start <= sample + 5 * RATE_HZ && end >= sample - 5 * RATE_HZ);
    if (isTrue) add("ventricular-tachycardia", [RHYTHM_VENTRICULAR_TACHYCARDIA, RHYTHM_VENTRICULAR_FIBRILLATION], sample, sample + 10 * RATE_HZ);
  }
  let endedSample = -Infinity;
  for (const [sample, endSample] of flutters) {
    if (endSample - sample >= 6 * RATE_HZ && sample - endedSample >= 10 * RATE_HZ) add("ventricular-fibrillation", [RHYTHM_VENTRICULAR_FIBRILLATION], sample, endSample);
    endedSample = endSample;
  }
  for (const [sample, endSample] of atrialOf(reference, sampleCount)) {
    if (endSample - sample >= 60 * RATE_HZ) add("atrial-fibrillation", [RHYTHM_ATRIAL_FIBRILLATION], sample, endSample);
  }
  const { samples } = beatsOf(reference);
  const { bradycardiaBpm, tachycardiaBpm } = defaults();
  for (const sample of rateCrossings(samples, (rr) => rr * bradycardiaBpm > 60 * RATE_HZ)) add("bradycardia", [RHYTHM_BRADYCARDIA], sample, sample + 30 * RATE_HZ);
  for (const sample of rateCrossings(samples, (rr) => rr * tachycardiaBpm < 60 * RATE_HZ)) add("tachycardia", [RHYTHM_TACHYCARDIA], sample, sample + 30 * RATE_HZ);
  return delays;
}

/** VT by the reference: five V in a row that reach into the stretch, or the rhythm VT, flutter or idioventricular in it. */
function isVentricularTachycardia(reference: readonly Annotation[], fromSample: number, toSample: number): boolean {
  const rhythms = stretches(reference, isRhythm(/^\((VT|VFL|IVR)/), isRhythm(/^\((?!VT|VFL|IVR)/), Infinity);
  if ([...rhythms, ...flutterOf(reference, Infinity)].some(([start, end]) => start <= toSample && end >= fromSample)) return true;
  const { samples, classes } = beatsOf(reference);
  let row = 0;
  for (let index = 0; index < samples.length && samples[index]! <= toSample; index++) {
    row = classes[index] === BEAT_V ? row + 1 : 0;
    if (row >= 5 && samples[index]! >= fromSample) return true;
  }
  return false;
}

/**
 * High-priority alarms without their condition in the reference, each as "rhythm at second". Asystole: there is no interval of 3 s. VT: see
 * above. VF: neither VF nor VT, which are one emergency. All looked for from the onset that the alarm names to when it was told.
 */
export function falseHighAlarms(reference: readonly Annotation[], { events }: ChainRun): string[] {
  const { samples } = beatsOf(reference);
  return events.flatMap(({ code, began, sample, toldSample }) => {
    if (!began) return [];
    const at = `at ${Math.round(toldSample / RATE_HZ)} s`;
    if (code === RHYTHM_ASYSTOLE) {
      const isTrue = samples.some((end, index) => index > 0 && end >= sample && samples[index - 1]! <= toldSample && end - samples[index - 1]! >= 3 * RATE_HZ);
      return isTrue ? [] : [`asystole ${at}`];
    }
    if (code !== RHYTHM_VENTRICULAR_TACHYCARDIA && code !== RHYTHM_VENTRICULAR_FIBRILLATION) return [];
    if (isVentricularTachycardia(reference, sample, toldSample)) return [];
    return [`${code === RHYTHM_VENTRICULAR_TACHYCARDIA ? "VT" : "VF"} ${at}`];
  });
}

const CLEAN_SAMPLES = 300 * RATE_HZ;
const NOISE_SAMPLES = 120 * RATE_HZ;

/**
 * The record with electrode-motion noise in the way of WFDB's nst(1): five minutes clean, then two minutes with and two without in turn.
 * Signal power: a sine wave's of the QRS complexes' mean peak-to-peak height (within 50 ms); noise power: the mean square about the mean
 * of each second. The largest and the smallest 5 % of both are left out. By this measure 118e06 of the noise stress database has 0 dB.
 */
export function addElectrodeMotion(samplesUv: Int32Array, beats: Beats, noiseUv: Int32Array, snrDb: number): Int32Array {
  const heightOf = (sample: number): number => {
    const window = samplesUv.subarray(Math.max(0, sample - 12), sample + 13);
    return window.reduce((high, value) => Math.max(high, value)) - window.reduce((low, value) => Math.min(low, value));
  };
  const heightUv = trimmedMean(beats.samples.slice(0, 300).map(heightOf));
  const noiseRmsUv = trimmedMean(Array.from({ length: 300 }, (_, second) => {
    const values = noiseUv.subarray(second * RATE_HZ, (second + 1) * RATE_HZ);
    const mean = values.reduce((sum, value) => sum + value, 0) / RATE_HZ;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / RATE_HZ);
  }));
  const gain = heightUv / Math.sqrt(8) / noiseRmsUv / 10 ** (snrDb / 20);
  return samplesUv.map((value, index) => {
    const noisyIndex = index - CLEAN_SAMPLES;
    if (noisyIndex < 0 || Math.floor(noisyIndex / NOISE_SAMPLES) % 2 !== 0) return value;
    return Math.max(-32_767, Math.min(32_767, Math.round(value + gain * noiseUv[noisyIndex % noiseUv.length]!)));
  });
}

function trimmedMean(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const cut = Math.floor(sorted.length / 20);
  const kept = sorted.slice(cut, sorted.length - cut);
  return kept.reduce((sum, value) => sum + value, 0) / kept.length;
}

/** One record of mitdb and what came out. @param snrDb with electrode motion; as it is if undefined */
export function measureRecord(record: string, snrDb?: number): { delays: Delay[]; falseAlarms: string[]; hours: number } {
  const reference = loadReference(record, "atr");
  const cleanUv = loadSignal(record);
  const samplesUv = snrDb === undefined ? cleanUv : addElectrodeMotion(cleanUv, beatsOf(reference), loadSignal("nstdb/em_rec"), snrDb);
  const run = runChain(samplesUv);
  return {
    delays: recordDelays(reference, run, samplesUv.length),
    falseAlarms: falseHighAlarms(reference, run).map((alarm) => `${record}: ${alarm}`),
    hours: samplesUv.length / RATE_HZ / 3600,
  };
}

/** Scenarios and when the condition sets in; VT counts from its fifth beat, asystole from the last beat before it. */
const SCENARIOS: readonly (readonly [Timed, RhythmCode, string, onsetS: number])[] = [
  ["asystole", RHYTHM_ASYSTOLE, "sinus:72@30,asystole@12,sinus", 30],
  ["asystole", RHYTHM_ASYSTOLE, "bigeminy:80@30,asystole@12,sinus", 30],
  ["asystole", RHYTHM_ASYSTOLE, "af:95@120,asystole@12,sinus", 120],
  ["ventricular-fibrillation", RHYTHM_VENTRICULAR_FIBRILLATION, "sinus:72@30,vf@20", 30],
  ["ventricular-tachycardia", RHYTHM_VENTRICULAR_TACHYCARDIA, "sinus:72@60,vt:110@20", 60],
  ["ventricular-tachycardia", RHYTHM_VENTRICULAR_TACHYCARDIA, "sinus:72@60,vt:140@20", 60],
  ["ventricular-tachycardia", RHYTHM_VENTRICULAR_TACHYCARDIA, "sinus:72@60,vt:180@20", 60],
  ["ventricular-tachycardia", RHYTHM_VENTRICULAR_TACHYCARDIA, "sinus:72@60,vt:210@20", 60],
  ["bradycardia", RHYTHM_BRADYCARDIA, "sinus:72@30,sinus:40@30", 30],
  ["bradycardia", RHYTHM_BRADYCARDIA, "sinus:110@30,sinus:30@30", 30],
  ["tachycardia", RHYTHM_TACHYCARDIA, "sinus:72@30,sinus:140@30", 30],
  ["tachycardia", RHYTHM_TACHYCARDIA, "sinus:55@30,sinus:190@30", 30],
  ["atrial-fibrillation", RHYTHM_ATRIAL_FIBRILLATION, "sinus:72@90,af:95@120", 90],
  ["atrial-fibrillation", RHYTHM_ATRIAL_FIBRILLATION, "sinus:72@90,af:70@120", 90],
];
const SEEDS = [1, 2, 3, 4, 5];

/** Delays of synthetic onsets. */
export function syntheticDelays(): Delay[] {
  const delays: Delay[] = SEEDS.map((seed) => ({ type: "lead-off", source: "synthetic", seconds: leadOffDelay(seed) }));
  for (const [type, code, text, onsetS] of SCENARIOS) {
    for (const seed of SEEDS) {
      const patient = patientOf(text, seed);
      const { events, beats } = runChain(Int32Array.from({ length: patient.sampleCount }, (_, index) => patient.sampleUv(index)));
      let sample = onsetS * RATE_HZ;
      if (code === RHYTHM_VENTRICULAR_TACHYCARDIA) sample = tachycardiaSamples(beats)[0] ?? sample;
      if (code === RHYTHM_ASYSTOLE) sample = beats.samples.findLast((beat) => beat < sample) ?? sample;
      delays.push({ type, source: "synthetic", seconds: delayOf(events, [code], sample, Infinity) });
    }
  }
  return delays;
}

function patientOf(text: string, seed: number): SyntheticPatient {
  const scenario = parseScenario(text);
  if (!scenario.ok) throw new Error(scenario.problem);
  return new SyntheticPatient(text, scenario.segments, seed);
}

/** The whole monitor, since the lead is none of the chain's business. [s] */
function leadOffDelay(seed: number): number {
  const onsetS = 20;
  const patient = patientOf(`sinus:72@${onsetS},lead-off@10`, seed);
  let next = 0;
  const afe: Afe = {
    identification: { model: "synthetic", classification: "ECG" }, fifoSamples: 32, sampleRateHz: RATE_HZ,
    configure: () => {},
    close: () => {},
    sample: (into) => {
      into.leadOff = patient.leadOff(next);
      for (let index = 0; index < BLOCK_SAMPLES; index++) into.samplesUv[index] = patient.sampleUv(next++);
      into.count = BLOCK_SAMPLES;
      into.overrun = false;
      into.saturated = false;
      return AFE_OK;
    },
  };
  let nowMs = 0;
  let toldMs = Infinity;
  const monitor = new Monitor({
    openAfe: () => afe,
    flash: new NorFlash({ blockBytes: 4096, blockCount: 8 }),
    clock: { monotonicMs: () => nowMs, counterMs: () => nowMs, wallMs: () => 0, quality: () => 0 },
    uplink: { open: () => {}, publish: () => false, close: () => {} },
    indicator: {
      beat: () => {}, beatClass: () => {},
      alert: ({ conditionCode }) => {
        if (conditionOf(conditionCode)?.name === "lead-off") toldMs = Math.min(toldMs, nowMs);
      },
    },
    entropy: seed,
  }, defaults());
  while (nowMs < (onsetS + 5) * 1000) {
    nowMs += TICK_MS;
    monitor.tick();
  }
  return toldMs / 1000 - onsetS;
}

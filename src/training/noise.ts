// Electrode-motion noise in a recording, as WFDB's nst(1) makes it: so many decibels below the QRS complexes, two minutes on, two minutes off.
import type { Annotation } from "../wfdb/annotation.js";
import { beatClassOf } from "../evaluation/beat-class.js";

/** Noise at the rate of the recordings that it is added to. */
export interface Noise {
  readonly sampleRateHz: number;
  readonly leadsUv: readonly Int32Array[];
}

export interface NoisePlan {
  /** 10 log10 (S / N): S is an eighth of the squared height of the QRS complexes (the power of a sine of that height), N the noise's power. [dB] */
  readonly snrDb: number;
  /** Noise begins here, and then every four minutes, for two. [s] */
  readonly fromSeconds: number;
  /** What part of the noise is used, round and round. [0 .. 1] */
  readonly part: readonly [number, number];
}

const ON_SECONDS = 120;
const PERIOD_SECONDS = 240;
/** QRS heights are measured in 50 ms to each side of the annotation. [s] */
const QRS_HALF_SECONDS = 0.05;
/** Noise power is measured second by second. Of heights and powers the outer twentieths do not count: nst(1). */
const OUTER_SHARE = 0.05;

/**
 * A lead with noise added.
 * @param lead number of the lead, which gets the noise of that number
 * @param reference says where the beats are
 */
export function addNoise(samplesUv: Int32Array, lead: number, reference: readonly Annotation[], noise: Noise, plan: NoisePlan): Int32Array {
  const { sampleRateHz, leadsUv } = noise;
  const all = leadsUv[lead % leadsUv.length]!;
  const partUv = all.subarray(Math.floor(plan.part[0] * all.length), Math.floor(plan.part[1] * all.length));
  const gain = Math.sqrt((qrsHeightUv(samplesUv, reference, sampleRateHz) ** 2 / 8 / powerUv2(partUv, sampleRateHz)) * 10 ** (-plan.snrDb / 10));
  return samplesUv.map((sampleUv, sample) => {
    const seconds = sample / sampleRateHz - plan.fromSeconds;
    return seconds >= 0 && seconds % PERIOD_SECONDS < ON_SECONDS ? Math.round(sampleUv + gain * partUv[sample % partUv.length]!) : sampleUv;
  });
}

function qrsHeightUv(samplesUv: Int32Array, reference: readonly Annotation[], sampleRateHz: number): number {
  const half = Math.round(QRS_HALF_SECONDS * sampleRateHz);
  const heights = reference.filter(({ symbol }) => beatClassOf(symbol) !== undefined).map(({ sample }) => {
    const complex = samplesUv.subarray(Math.max(0, sample - half), sample + half + 1);
    return complex.reduce((high, value) => Math.max(high, value), complex[0]!) - complex.reduce((low, value) => Math.min(low, value), complex[0]!);
  });
  return innerMean(heights);
}

function powerUv2(samplesUv: Int32Array, sampleRateHz: number): number {
  const seconds = Math.floor(samplesUv.length / sampleRateHz);
  return innerMean(Array.from({ length: seconds }, (_, second) => {
    const part = samplesUv.subarray(second * sampleRateHz, (second + 1) * sampleRateHz);
    const mean = part.reduce((sum, value) => sum + value, 0) / part.length;
    return part.reduce((sum, value) => sum + (value - mean) ** 2, 0) / part.length;
  }));
}

function innerMean(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const outer = Math.floor(OUTER_SHARE * sorted.length);
  const inner = sorted.slice(outer, sorted.length - outer);
  return inner.reduce((sum, value) => sum + value, 0) / inner.length;
}

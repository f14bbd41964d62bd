// RateMonitor: heart rate, and what the times of beats alone can tell: asystole, pause, bradycardia, tachycardia.
import { SAMPLE_RATE_HZ } from "../vocabulary/sample.js";

export const RATE_ASYSTOLE = 0;
export const RATE_PAUSE = 1;
export const RATE_BRADYCARDIA = 2;
export const RATE_TACHYCARDIA = 3;
export const RATE_CONDITION_COUNT = 4;

/** RR intervals in the mean: a rate of 60 is known after 8 s, and one ectopic beat with its pause hardly moves it. */
const RR_COUNT = 8;
/** Fewest RR intervals that make a rate. */
const RR_COUNT_MIN = 3;
/** A rate alarm ends when the rate is back inside its limit by this much, so that a rate at the limit does not flutter. [1/min] */
const RATE_HYSTERESIS_BPM = 3;
/** Intervals longer than this are no beat-to-beat intervals of one rhythm and leave the mean. [ms] */
const RR_MS_MAX = 3500;

export interface RateLimits {
  readonly asystoleMs: number;
  readonly pauseMs: number;
  readonly bradycardiaBpm: number;
  readonly tachycardiaBpm: number;
}

function msToSamples(ms: number): number {
  return Math.round((ms * SAMPLE_RATE_HZ) / 1000);
}

/** Follows the beats of one patient. Sample numbers in, conditions out; nothing is allocated after the constructor. */
export class RateMonitor {
  readonly #limits: RateLimits;
  readonly #asystoleSamples: number;
  readonly #pauseSamples: number;
  readonly #rrSamples = new Int32Array(RR_COUNT);
  readonly #active = new Uint8Array(RATE_CONDITION_COUNT);
  readonly #onsetSample = new Float64Array(RATE_CONDITION_COUNT);
  readonly #measured = new Int32Array(RATE_CONDITION_COUNT);
  #rrCount = 0;
  #rrIndex = 0;
  /** R peak of the last beat, or -1 if none counts (start, gap, lead-off). */
  #lastBeatSample = -1;
  /** Since when the signal has been whole: silence is counted from here at the earliest. -1: it is not. */
  #watchedSinceSample = -1;
  #heartRateBpm = -1;

  constructor(limits: RateLimits) {
    this.#limits = limits;
    this.#asystoleSamples = msToSamples(limits.asystoleMs);
    this.#pauseSamples = msToSamples(limits.pauseMs);
  }

  /** Heart rate, or -1 while unknown. [1/min] */
  get heartRateBpm(): number {
    return this.#heartRateBpm;
  }
  isActive(condition: number): boolean {
    return this.#active[condition] === 1;
  }
  /** Sample at which the condition's present state began. */
  onsetSample(condition: number): number {
    return this.#onsetSample[condition] as number;
  }
  /** What made the condition's present state: milliseconds of silence, or beats per minute. */
  measured(condition: number): number {
    return this.#measured[condition] as number;
  }

  /** The ECG can't be judged (lead-off, lost samples): intervals across this moment do not count; conditions stay as they are. */
  interrupt(): void {
    this.#lastBeatSample = -1;
    this.#watchedSinceSample = -1;
    this.#rrCount = 0;
    this.#heartRateBpm = -1;
  }

  /** A beat was found. @param sample number of its R peak */
  onBeat(sample: number): void {
    const lastBeatSample = this.#lastBeatSample;
    this.#lastBeatSample = sample;
    if (lastBeatSample < 0) return;
    const rrSamples = sample - lastBeatSample;
    this.#set(RATE_ASYSTOLE, false, sample, (rrSamples * 1000) / SAMPLE_RATE_HZ);
    this.#set(RATE_PAUSE, false, sample, (rrSamples * 1000) / SAMPLE_RATE_HZ);
    if (rrSamples > msToSamples(RR_MS_MAX)) {
      this.#rrCount = 0;
      this.#heartRateBpm = -1;
      return;
    }
    this.#rrSamples[this.#rrIndex] = rrSamples;
    this.#rrIndex = (this.#rrIndex + 1) % RR_COUNT;
    if (this.#rrCount < RR_COUNT) this.#rrCount++;
    if (this.#rrCount < RR_COUNT_MIN) return;
    this.#updateRate(sample);
  }

  /** Time has passed. @param nextSample number of the sample that comes next */
  advance(nextSample: number): void {
    if (this.#watchedSinceSample < 0) this.#watchedSinceSample = nextSample;
    const silenceStart = Math.max(this.#lastBeatSample, this.#watchedSinceSample);
    const silentSamples = nextSample - silenceStart;
    if (silentSamples < this.#pauseSamples) return;
    // Before the first beat there is no rhythm that could pause; silence then is asystole or nothing.
    if (this.#lastBeatSample >= 0) this.#set(RATE_PAUSE, true, silenceStart, (silentSamples * 1000) / SAMPLE_RATE_HZ);
    if (silentSamples < this.#asystoleSamples) return;
    this.#heartRateBpm = -1;
    this.#set(RATE_ASYSTOLE, true, silenceStart, (silentSamples * 1000) / SAMPLE_RATE_HZ);
  }

  #updateRate(sample: number): void {
    let sum = 0;
    for (let age = 1; age <= this.#rrCount; age++) sum += this.#rrSamples[(this.#rrIndex - age + RR_COUNT) % RR_COUNT] as number;
    const rateBpm = Math.round((60 * SAMPLE_RATE_HZ * this.#rrCount) / sum);
    this.#heartRateBpm = rateBpm;
    const { bradycardiaBpm, tachycardiaBpm } = this.#limits;
    if (rateBpm < bradycardiaBpm) this.#set(RATE_BRADYCARDIA, true, sample, rateBpm);
    else if (rateBpm >= bradycardiaBpm + RATE_HYSTERESIS_BPM) this.#set(RATE_BRADYCARDIA, false, sample, rateBpm);
    if (rateBpm > tachycardiaBpm) this.#set(RATE_TACHYCARDIA, true, sample, rateBpm);
    else if (rateBpm <= tachycardiaBpm - RATE_HYSTERESIS_BPM) this.#set(RATE_TACHYCARDIA, false, sample, rateBpm);
  }

  #set(condition: number, active: boolean, sample: number, measured: number): void {
    const value = active ? 1 : 0;
    if (this.#active[condition] === value) return;
    this.#active[condition] = value;
    this.#onsetSample[condition] = sample;
    this.#measured[condition] = measured;
  }
}

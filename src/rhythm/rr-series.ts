// RrSeries: heart rate from the times of beats, and the intervals of conducted beats from their classes.
import { medianOf } from "../base/median.js";
import { BEAT_N, type BeatClass } from "../vocabulary/beat.js";
import { SAMPLE_MS } from "../vocabulary/sample.js";

/** Heart rate while it is not known: after start, a gap or bad signal, until RATE_INTERVALS_MIN intervals have come. */
export const HEART_RATE_UNKNOWN = -1;

/** Most intervals in the rate. [intervals] A single ectopic beat with its pause hardly moves a mean of 8. */
const RATE_INTERVALS_MAX = 8;
/** Fewest intervals that make a rate. */
const RATE_INTERVALS_MIN = 3;
/** Time covered by the intervals of the rate, the newest RATE_INTERVALS_MIN always taken. [ms] A fall to 40/min shows within 8 s; all eight intervals would take 12. */
const RATE_WINDOW_MS = 8000;
/** Longest interval of a rhythm; above, beats are single events. [ms] Asystole is called at 4 s. */
export const RR_MS_MAX = 3500;

/** Shortest and longest interval of conducted beats: 300/min and 24/min. [ms] */
const NORMAL_RR_MS_MIN = 200;
const NORMAL_RR_MS_MAX = 2500;
/** Conducted intervals whose median is the reference for "premature". */
const REFERENCE_COUNT = 8;
const REFERENCE_COUNT_MIN = 4;
/** An interval shorter than this part of the reference is premature. [1/1024] 85 %. */
const PREMATURE_Q10 = 870;
/** The interval after a premature one is a pause when it is longer than this part of the reference. [1/1024] 105 %. */
const PAUSE_Q10 = 1075;
/** A pause compensates when both intervals together are two references to within this. [1/1024 of two references] 8 %. */
const COMPENSATION_Q10 = 82;

/** Keeps the beats of one patient in order. Nothing is allocated after the constructor. */
export class RrSeries {
  readonly #rateRrMs = new Int32Array(RATE_INTERVALS_MAX);
  #rateIndex = 0;
  #rateCount = 0;
  #lastBeatSample = -1;
  #heartRateBpm = HEART_RATE_UNKNOWN;

  #lastClassSample = -1;
  #lastConducted = false;
  readonly #reference = new Int32Array(REFERENCE_COUNT);
  readonly #sorted = new Array<number>(REFERENCE_COUNT).fill(0);
  #referenceIndex = 0;
  #referenceCount = 0;
  #prematureRrMs = 0;
  #prematureSample = 0;
  #prematureReferenceMs = 0;
  readonly #normalRrMs = new Int32Array(2);
  readonly #normalSample = new Float64Array(2);
  #normalCount = 0;

  /** [1/min], or HEART_RATE_UNKNOWN. */
  get heartRateBpm(): number {
    return this.#heartRateBpm;
  }
  /** R peak of the last beat since the last gap, or -1. [sample number] */
  get lastBeatSample(): number {
    return this.#lastBeatSample;
  }
  /** R peak of the last classified beat since the last gap, or -1. [sample number] */
  get lastClassSample(): number {
    return this.#lastClassSample;
  }
  /** How many conducted intervals the last `addClass` settled: 0, 1 or 2. */
  get normalCount(): number {
    return this.#normalCount;
  }
  /** Conducted interval `i` of the last `addClass`, in order of time. [ms] */
  normalRrMs(i: number): number {
    return this.#normalRrMs[i]!;
  }
  /** R peak that ends conducted interval `i` of the last `addClass`. [sample number] */
  normalSample(i: number): number {
    return this.#normalSample[i]!;
  }

  /**
   * A beat was found, its class not yet known; moves the heart rate. A trimmed mean: the shortest and the longest interval do
   * not count, so that neither a missed beat nor a false one makes it jump.
   * @param sample number of its R peak, later than the last one's
   */
  addBeat(sample: number): void {
    const lastBeatSample = this.#lastBeatSample;
    this.#lastBeatSample = sample;
    if (lastBeatSample < 0) return;
    const rrMs = (sample - lastBeatSample) * SAMPLE_MS;
    if (rrMs > RR_MS_MAX) {
      this.#rateCount = 0;
      this.#heartRateBpm = HEART_RATE_UNKNOWN;
      return;
    }
    this.#rateRrMs[this.#rateIndex] = rrMs;
    this.#rateIndex = (this.#rateIndex + 1) & (RATE_INTERVALS_MAX - 1);
    if (this.#rateCount < RATE_INTERVALS_MAX) this.#rateCount++;
    if (this.#rateCount >= RATE_INTERVALS_MIN) this.#heartRateBpm = this.#trimmedRateBpm();
  }

  /**
   * A beat's class became known; settles the conducted intervals, which are those between two beats of class N, without a premature
   * one and its compensatory pause: such a pair is an ectopic beat that the classifier missed.
   * @param sample number of the R peak, later than the last one's
   * @param beatClass BEAT_*
   */
  addClass(sample: number, beatClass: BeatClass): void {
    const lastSample = this.#lastClassSample;
    const lastConducted = this.#lastConducted;
    const conducted = beatClass === BEAT_N;
    this.#lastClassSample = sample;
    this.#lastConducted = conducted;
    this.#normalCount = 0;
    const rrMs = (sample - lastSample) * SAMPLE_MS;
    if (lastSample < 0 || !conducted || !lastConducted || rrMs < NORMAL_RR_MS_MIN || rrMs > NORMAL_RR_MS_MAX) {
      this.#settlePremature();
      return;
    }
    const prematureRrMs = this.#prematureRrMs;
    if (prematureRrMs > 0 && isCompensated(prematureRrMs, rrMs, this.#prematureReferenceMs)) {
      this.#prematureRrMs = 0;
      this.#refer(rrMs);
      return;
    }
    this.#settlePremature();
    const referenceMs = this.#referenceCount < REFERENCE_COUNT_MIN ? 0 : medianOf(this.#reference, this.#referenceCount, this.#sorted);
    this.#refer(rrMs);
    if (rrMs * 1024 < referenceMs * PREMATURE_Q10) {
      this.#prematureRrMs = rrMs;
      this.#prematureSample = sample;
      this.#prematureReferenceMs = referenceMs;
    } else {
      this.#settle(rrMs, sample);
    }
  }

  /** Samples were lost or meant nothing (lead off, noise): no interval reaches across, and the rate is unknown. */
  gap(): void {
    this.#lastBeatSample = -1;
    this.#rateCount = 0;
    this.#heartRateBpm = HEART_RATE_UNKNOWN;
    this.#lastClassSample = -1;
    this.#lastConducted = false;
    this.#prematureRrMs = 0;
    this.#normalCount = 0;
  }

  #trimmedRateBpm(): number {
    const count = this.#rateCount;
    let sumMs = 0;
    let shortestMs = RR_MS_MAX;
    let longestMs = 0;
    let used = 0;
    while (used < count) {
      const rrMs = this.#rateRrMs[(this.#rateIndex - 1 - used) & (RATE_INTERVALS_MAX - 1)]!;
      if (used >= RATE_INTERVALS_MIN && sumMs + rrMs > RATE_WINDOW_MS) break;
      sumMs += rrMs;
      if (rrMs < shortestMs) shortestMs = rrMs;
      if (rrMs > longestMs) longestMs = rrMs;
      used++;
    }
    sumMs -= shortestMs + longestMs;
    used -= 2;
    return ((used * 60_000 + (sumMs >> 1)) / sumMs) | 0;
  }

  #settlePremature(): void {
    if (this.#prematureRrMs > 0) this.#settle(this.#prematureRrMs, this.#prematureSample);
    this.#prematureRrMs = 0;
  }

  #settle(rrMs: number, sample: number): void {
    this.#normalRrMs[this.#normalCount] = rrMs;
    this.#normalSample[this.#normalCount] = sample;
    this.#normalCount++;
  }

  #refer(rrMs: number): void {
    this.#reference[this.#referenceIndex] = rrMs;
    this.#referenceIndex = (this.#referenceIndex + 1) & (REFERENCE_COUNT - 1);
    if (this.#referenceCount < REFERENCE_COUNT) this.#referenceCount++;
  }
}

function isCompensated(prematureRrMs: number, pauseRrMs: number, referenceMs: number): boolean {
  if (pauseRrMs * 1024 <= referenceMs * PAUSE_Q10) return false;
  const off = prematureRrMs + pauseRrMs - 2 * referenceMs;
  return (off < 0 ? -off : off) * 1024 <= 2 * referenceMs * COMPENSATION_Q10;
}

// RrSeries: heart rate from the times of beats, and the intervals of conducted beats from their classes.
import { medianOf } from "../base/median.js";
import { quotient } from "../base/quotient.js";
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

/** Rows of one table: intervals of the rate, and from here on those of the reference, and room to sort these. */
const REFERENCE = RATE_INTERVALS_MAX;
const SORTED = REFERENCE + REFERENCE_COUNT;
export const RR_SERIES_WORDS = SORTED + REFERENCE_COUNT;

/** Keeps the beats of one patient in order. Nothing is allocated after the constructor. */
export class RrSeries {
  /** Behind RR_SERIES_WORDS of its own there is room for others, as a typed array costs more than its elements. */
  readonly table: Int32Array;
  private _rateIndex = 0;
  private _rateCount = 0;
  private _lastBeatSample = -1;
  private _heartRateBpm = HEART_RATE_UNKNOWN;

  private _lastClassSample = -1;
  private _lastConducted = false;
  private _referenceIndex = 0;
  private _referenceCount = 0;
  private _prematureRrMs = 0;
  private _prematureSample = 0;
  private _prematureReferenceMs = 0;
  /** The conducted intervals that the last beat settled, the newest last. */
  private _normalCount = 0;
  private _normalRrMs = 0;
  private _normalSample = 0;
  private _earlierRrMs = 0;
  private _earlierSample = 0;

  /** @param roomWords for others */
  constructor(roomWords = 0) {
    this.table = new Int32Array(RR_SERIES_WORDS + roomWords);
  }

  /** [1/min], or HEART_RATE_UNKNOWN. */
  get heartRateBpm(): number {
    return this._heartRateBpm;
  }
  /** R peak of the last beat since the last gap, or -1. [sample number] */
  get lastBeatSample(): number {
    return this._lastBeatSample;
  }
  /** R peak of the last classified beat since the last gap, or -1. [sample number] */
  get lastClassSample(): number {
    return this._lastClassSample;
  }
  /** How many conducted intervals the last `addClass` settled: 0, 1 or 2. */
  get normalCount(): number {
    return this._normalCount;
  }
  /** Conducted interval `i` of the last `addClass`, in order of time. [ms] */
  normalRrMs(i: number): number {
    return i + 1 === this._normalCount ? this._normalRrMs : this._earlierRrMs;
  }
  /** R peak that ends conducted interval `i` of the last `addClass`. [sample number] */
  normalSample(i: number): number {
    return i + 1 === this._normalCount ? this._normalSample : this._earlierSample;
  }

  /**
   * A beat was found, its class not yet known; moves the heart rate. A trimmed mean: the shortest and the longest interval do
   * not count, so that neither a missed beat nor a false one makes it jump.
   * @param sample number of its R peak, later than the last one's
   */
  addBeat(sample: number): void {
    const lastBeatSample = this._lastBeatSample;
    this._lastBeatSample = sample;
    if (lastBeatSample < 0) return;
    const rrMs = (sample - lastBeatSample) * SAMPLE_MS;
    if (rrMs > RR_MS_MAX) {
      this._rateCount = 0;
      this._heartRateBpm = HEART_RATE_UNKNOWN;
      return;
    }
    this.table[this._rateIndex] = rrMs;
    this._rateIndex = (this._rateIndex + 1) & (RATE_INTERVALS_MAX - 1);
    if (this._rateCount < RATE_INTERVALS_MAX) this._rateCount++;
    if (this._rateCount >= RATE_INTERVALS_MIN) this._heartRateBpm = this._trimmedRateBpm();
  }

  /**
   * A beat's class became known; settles the conducted intervals, which are those between two beats of class N, without a premature
   * one and its compensatory pause: such a pair is an ectopic beat that the classifier missed.
   * @param sample number of the R peak, later than the last one's
   * @param beatClass BEAT_*
   */
  addClass(sample: number, beatClass: BeatClass): void {
    const rrMs = (sample - this._lastClassSample) * SAMPLE_MS;
    const conducted = beatClass === BEAT_N;
    const isNormal = conducted && this._lastConducted && rrMs >= NORMAL_RR_MS_MIN && rrMs <= NORMAL_RR_MS_MAX;
    this._lastClassSample = sample;
    this._lastConducted = conducted;
    this._normalCount = 0;
    if (isNormal && this._isCompensated(rrMs)) {
      this._prematureRrMs = 0;
      this._refer(rrMs);
      return;
    }
    if (this._prematureRrMs > 0) this._settle(this._prematureRrMs, this._prematureSample);
    this._prematureRrMs = 0;
    if (!isNormal) return;
    const referenceMs = this._mayBePremature(rrMs) ? medianOf(this.table, this._referenceCount, this.table, REFERENCE, SORTED) : 0;
    this._refer(rrMs);
    if (rrMs * 1024 < referenceMs * PREMATURE_Q10) {
      this._prematureRrMs = rrMs;
      this._prematureSample = sample;
      this._prematureReferenceMs = referenceMs;
    } else {
      this._settle(rrMs, sample);
    }
  }

  /** Samples were lost or meant nothing (lead off, noise): no interval reaches across, and the rate is unknown. */
  gap(): void {
    this._lastBeatSample = -1;
    this._rateCount = 0;
    this._heartRateBpm = HEART_RATE_UNKNOWN;
    this._lastClassSample = -1;
    this._lastConducted = false;
    this._prematureRrMs = 0;
    this._normalCount = 0;
  }

  /** Is there a premature interval, and this one the pause that compensates it? */
  private _isCompensated(pauseRrMs: number): boolean {
    const prematureRrMs = this._prematureRrMs;
    const referenceMs = this._prematureReferenceMs;
    const off = prematureRrMs + pauseRrMs - 2 * referenceMs;
    return prematureRrMs > 0 && pauseRrMs * 1024 > referenceMs * PAUSE_Q10 && (off < 0 ? -off : off) * 1024 <= 2 * referenceMs * COMPENSATION_Q10;
  }

  /** Is it premature against the longest of the reference? Mostly not, and then nobody needs the median, which takes long. */
  private _mayBePremature(rrMs: number): boolean {
    const count = this._referenceCount;
    if (count < REFERENCE_COUNT_MIN) return false;
    const table = this.table;
    for (let i = 0; i < count; i++) if (rrMs * 1024 < table[REFERENCE + i]! * PREMATURE_Q10) return true;
    return false;
  }

  private _trimmedRateBpm(): number {
    const table = this.table;
    const count = this._rateCount;
    const newest = this._rateIndex - 1;
    let sumMs = 0;
    let shortestMs = RR_MS_MAX;
    let longestMs = 0;
    let used = 0;
    while (used < count) {
      const rrMs = table[(newest - used) & (RATE_INTERVALS_MAX - 1)]!;
      if (used >= RATE_INTERVALS_MIN && sumMs + rrMs > RATE_WINDOW_MS) break;
      sumMs += rrMs;
      if (rrMs < shortestMs) shortestMs = rrMs;
      if (rrMs > longestMs) longestMs = rrMs;
      used++;
    }
    sumMs -= shortestMs + longestMs;
    used -= 2;
    return quotient(used * 60_000 + (sumMs >> 1), sumMs);
  }

  private _settle(rrMs: number, sample: number): void {
    this._earlierRrMs = this._normalRrMs;
    this._earlierSample = this._normalSample;
    this._normalRrMs = rrMs;
    this._normalSample = sample;
    this._normalCount++;
  }

  private _refer(rrMs: number): void {
    this.table[REFERENCE + this._referenceIndex] = rrMs;
    this._referenceIndex = (this._referenceIndex + 1) & (REFERENCE_COUNT - 1);
    if (this._referenceCount < REFERENCE_COUNT) this._referenceCount++;
  }
}

// RrSeries: heart rate from the times of beats, and the intervals of conducted beats from their classes.
import { medianOfLast } from "../base/median.js";
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

/** Rows of one table: intervals of the rate, and from here on those of the reference, as they came and sorted. */
const REFERENCE = RATE_INTERVALS_MAX;
export const RR_SERIES_WORDS = REFERENCE + 2 * REFERENCE_COUNT;

/** Stands for a beat where there is none: no interval from it is one of a rhythm. [sample number] */
const NO_BEAT = -RR_MS_MAX;

/** Gets the conducted intervals, in order of time, as soon as each is known to be one. */
export interface IntervalObserver {
  /** @param rrMs interval @param sample R peak that ends it [sample number] */
  onInterval(rrMs: number, sample: number): void;
}

/** Keeps the beats of one patient in order. Nothing is allocated after the constructor. */
export class RrSeries {
  /** Behind RR_SERIES_WORDS of its own there is room for others, as a typed array costs more than its elements. */
  readonly table: Int32Array;
  private readonly _observer: IntervalObserver;
  private _rateIndex = 0;
  private _rateCount = 0;
  private _lastBeatSample = NO_BEAT;
  private _heartRateBpm = HEART_RATE_UNKNOWN;

  /** The last classified beat, if it was conducted. */
  private _conductedSample = NO_BEAT;
  private _referenceCount = 0;
  private _referenceMs = 0;
  /** The interval before it, if it was premature and may still be compensated, or 0; and against what it was. */
  private _prematureRrMs = 0;
  private _prematureReferenceMs = 0;

  /** @param roomWords for others */
  constructor(roomWords: number, observer: IntervalObserver) {
    this.table = new Int32Array(RR_SERIES_WORDS + roomWords);
    this._observer = observer;
  }

  /** [1/min], or HEART_RATE_UNKNOWN. */
  get heartRateBpm(): number {
    return this._heartRateBpm;
  }
  /** R peak of the last beat since the last gap, or less than 0. [sample number] */
  get lastBeatSample(): number {
    return this._lastBeatSample;
  }

  /**
   * A beat was found, its class not yet known; moves the heart rate. A trimmed mean: the shortest and the longest interval do
   * not count, so that neither a missed beat nor a false one makes it jump.
   * @param sample number of its R peak, later than the last one's
   */
  addBeat(sample: number): void {
    const rrMs = (sample - this._lastBeatSample) * SAMPLE_MS;
    this._lastBeatSample = sample;
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
   * A beat's class became known; tells of the conducted intervals, which are those between two beats of class N, without a premature
   * one and its compensatory pause: such a pair is an ectopic beat that the classifier missed.
   * @param sample number of the R peak, later than the last one's
   * @param beatClass BEAT_*
   * @returns whether there was any to tell of; there may be two
   */
  addClass(sample: number, beatClass: BeatClass): boolean {
    const lastSample = this._conductedSample;
    const rrMs = (sample - lastSample) * SAMPLE_MS;
    const isConducted = beatClass === BEAT_N;
    const isNormal = isConducted && rrMs >= NORMAL_RR_MS_MIN && rrMs <= NORMAL_RR_MS_MAX;
    this._conductedSample = isConducted ? sample : NO_BEAT;
    const referenceMs = this._referenceMs;
    if (isNormal) this._refer(rrMs);
    const prematureRrMs = this._prematureRrMs;
    const hasPremature = prematureRrMs > 0;
    this._prematureRrMs = 0;
    if (hasPremature) {
      if (isNormal && this._isCompensated(prematureRrMs, rrMs)) return false;
      this._observer.onInterval(prematureRrMs, lastSample);
    }
    if (!isNormal) return hasPremature;
    if (rrMs * 1024 < referenceMs * PREMATURE_Q10) {
      this._prematureRrMs = rrMs;
      this._prematureReferenceMs = referenceMs;
      return hasPremature;
    }
    this._observer.onInterval(rrMs, sample);
    return true;
  }

  /** Samples were lost or meant nothing (lead off, noise): no interval reaches across, and the rate is unknown. */
  gap(): void {
    this._lastBeatSample = NO_BEAT;
    this._heartRateBpm = HEART_RATE_UNKNOWN;
    this._conductedSample = NO_BEAT;
    this._prematureRrMs = 0;
  }

  /** Is this one the pause that compensates the premature interval? */
  private _isCompensated(prematureRrMs: number, pauseRrMs: number): boolean {
    const referenceMs = this._prematureReferenceMs;
    const off = prematureRrMs + pauseRrMs - 2 * referenceMs;
    return pauseRrMs * 1024 > referenceMs * PAUSE_Q10 && (off < 0 ? -off : off) * 1024 <= 2 * referenceMs * COMPENSATION_Q10;
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

  /** Takes the interval into the reference, which counts once there are enough of them. */
  private _refer(rrMs: number): void {
    const medianMs = medianOfLast(this.table, REFERENCE, REFERENCE_COUNT, this._referenceCount++, rrMs);
    if (this._referenceCount >= REFERENCE_COUNT_MIN) this._referenceMs = medianMs;
  }
}

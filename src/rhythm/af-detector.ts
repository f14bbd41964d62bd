// AfDetector: onset and end of atrial fibrillation from the irregularity of RR intervals.
//
// Every interval is taken together with the one before it. Two such pairs are alike when both intervals agree within a few
// percent. In sinus rhythm, in bigeminy, in a Wenckebach cycle and with ectopic beats of a fixed coupling many of the pairs in
// a window are alike; in atrial fibrillation hardly any two are. The share of alike pairs is the numerator of sample
// entropy (Richman & Moorman 2000; used on AF by Lake & Moorman 2011); counted alone it takes no logarithm and needs no second threshold.
//
// Atrial flutter is told by its intervals too: with changing block as fibrillation, or as irregular while pairs repeat; with steady block it is
// regular, and not told. Of the flutter of DS1 (record 203, two episodes of 5:14 together) all but 0.8 s is told as fibrillation.
//
// Atrial flutter with an irregular block is told as fibrillation. With a regular block its intervals look like any regular rhythm; where the
// block changes now and then they jump: `irregular` counts such jumps (as frequent unclassified ectopic beats make them too).
//
// P waves before the beats say that the rhythm is the sinus node's: they end AF and forbid its onset, however irregular the intervals.
//
// Intervals beside a ventricular beat, in noise or across a gap never get here: RrSeries leaves them out. An interval after such a hole is
// paired with the last good one before it.

import { quotient } from "../base/quotient.js";
import { SAMPLE_MS } from "../vocabulary/sample.js";

/** Most intervals in the window. 64 keeps the spread of the share small; 48 cost 0.2 points of specificity and 0.5 of sensitivity on AFDB. */
export const AF_WINDOW_INTERVALS = 64;
/** Oldest interval in the window. [samples] 48 s: at slow rates and beside ectopic beats the window gets shorter in beats, so that onset and
 * end are still told within a minute. */
const AF_WINDOW_SAMPLES = 48 * 250;
/** Fewest intervals that can show an onset. */
export const AF_INTERVALS_MIN_ONSET = 28;
/** Least part of the window's time that its intervals must cover to show an onset. [1/8] Where ectopic beats leave less, those that were not
 * recognised spoil the rest. */
const AF_COVER_EIGHTHS_MIN = 4;
/** Fewest intervals that can show an end: beside ectopic beats few normal intervals are left, and they need not last a window. Below, the
 * state stays as it is. */
export const AF_INTERVALS_MIN_END = 12;
/** An episode is over when nothing could be decided for this long (bad signal, ventricular or paced rhythm). [samples] 2 min. */
const AF_UNDECIDED_SAMPLES_MAX = 120 * 250;
/** Two intervals agree when they differ by at most this part of the newer one. [1/1024] 3.3 %: about one and a half times the steps of
 * a clock of 250 Hz at 120/min, and less than the beat-to-beat spread in AF. */
const AF_TOLERANCE_Q10 = 34;
/** AF begins when at most this share of the pairs is alike. [1/4096] 2 %. */
export const AF_ALIKE_Q12_ONSET = 82;
/** AF ends when at least this share is alike. [1/4096] 7.3 %. */
export const AF_ALIKE_Q12_END = 300;
/** How many intervals before the decision AF began, for a full window: when so many of them are irregular the share passes the limit. */
const AF_ONSET_INTERVALS = 44;
/** How many intervals before the decision AF ended, for a full window. */
const AF_END_INTERVALS = 28;
/** An interval jumps when it differs from the one before by more than this part of itself. [right shift] 1/8: more than sinus arrhythmia does. */
const JUMP_SHIFT = 3;
/** The rhythm becomes irregular when this part of the window jumps, and stops when it is less than half of it. [right shift] 1/4. */
const IRREGULAR_SHIFT = 2;
/** P-wave evidence from which on a beat counts as led by a P wave. [0 .. 100] */
const P_WAVE_CERTAIN = 75;
/**
 * The atria do not fibrillate where P waves lead 12 of the last 16 beats or more, however irregular their intervals are (ectopic beats, pauses).
 * In the AF of records 201 and 203 they seem to lead 4 at most, in sinus rhythm mostly 14 or more; in
 * CinC 2017's AF, 30 s whose usual beat is one of AF, 6 % of the places reach 12. Tuned on DS1.
 */
const P_WAVE_BEATS = 16;
const P_WAVE_BEATS_MIN = 12;

/** Given as P-wave evidence when nobody looked for P waves. */
export const P_WAVE_UNKNOWN = -1;

/** The window's intervals lie in a ring with one place more, which keeps the one before the oldest. */
const RING_COUNT = AF_WINDOW_INTERVALS + 1;
// A word of the ring is an interval [ms] from RR_SHIFT on; below, whether it jumped, and how many of the later intervals in the window are alike to it.
const RR_SHIFT = 8;
const JUMP_BIT = 0x80;
const ALIKE_MASK = 0x7f;

/** Words that a detector keeps: those of the intervals, and behind them the lower 32 bits of the numbers of the R peaks that ended them. */
export const AF_WORDS = 2 * RING_COUNT;

/** Follows one patient's normal RR intervals. Nothing is allocated after the constructor; one interval costs one pass over the window, about
 * 2,000 bytecodes of XS. */
export class AfDetector {
  private readonly _ring: Int32Array;
  /** Place of the interval that comes next. */
  private _next = 0;
  private _count = 0;
  private _alikePairs = 0;
  /** Sum of the window's intervals. [ms] */
  private _sumMs = 0;
  /** Whether a P wave led each of the last beats, a bit each, and how many it led. */
  private _pWaveBits = 0;
  private _pWaveCount = 0;
  private _jumpCount = 0;
  private _irregular = false;
  private _lastRrMs = 0;
  private _active = false;
  private _decidedSample = -1;
  private _onsetSample = -1;
  private _endedSample = -1;

  /** @param ring AF_WORDS of zeros */
  constructor(ring: Int32Array) {
    this._ring = ring;
  }

  /** True during atrial fibrillation. */
  get active(): boolean {
    return this._active;
  }
  /** Estimated onset of the last episode, -1 before the first. [sample number] */
  get onsetSample(): number {
    return this._onsetSample;
  }
  /** Estimated end of the last finished episode, -1 before the first. [sample number] */
  get endedSample(): number {
    return this._endedSample;
  }
  /** True while intervals jump without being fibrillation's. */
  get irregular(): boolean {
    return this._irregular && !this._active;
  }
  /** Share of alike pairs in the window, -1 while there are fewer than AF_INTERVALS_MIN_END intervals. [1/4096] */
  get alikeQ12(): number {
    const count = this._count;
    return count < AF_INTERVALS_MIN_END ? -1 : quotient(this._alikePairs * 8192, count * (count - 1));
  }

  /**
   * Takes one interval between two beats that were conducted from the atria.
   * @param rrMs 1 .. 10,000.
   * @param sample number of the R peak that ends it
   * @param pWave evidence for a P wave before that beat, 0 (none) .. 100 (certain), or P_WAVE_UNKNOWN
   */
  addInterval(rrMs: number, sample: number, pWave: number): void {
    const previousRrMs = this._lastRrMs;
    const place = this._next;
    this._lastRrMs = rrMs;
    let word = rrMs << RR_SHIFT;
    if (previousRrMs > 0) {
      this._expire(sample);
      this._alikePairs += this._findAlike(rrMs, previousRrMs);
      const stepMs = rrMs - previousRrMs;
      if ((stepMs < 0 ? -stepMs : stepMs) > rrMs >> JUMP_SHIFT) {
        word |= JUMP_BIT;
        this._jumpCount++;
      }
      this._sumMs += rrMs;
      this._count++;
    }
    this._ring[place] = word;
    this._ring[RING_COUNT + place] = sample;
    this._next = (place + 1) % RING_COUNT;
    if (previousRrMs === 0) return;
    const bits = this._pWaveBits;
    const led = pWave >= P_WAVE_CERTAIN ? 1 : 0;
    this._pWaveCount += led - (bits >> (P_WAVE_BEATS - 1));
    this._pWaveBits = ((bits << 1) | led) & ((1 << P_WAVE_BEATS) - 1);
    this._decide(sample);
  }

  /** Intervals so far mean nothing: they were counted in ventricular fibrillation. The state stays. */
  forget(): void {
    this._count = 0;
    this._alikePairs = 0;
    this._sumMs = 0;
    this._pWaveBits = 0;
    this._pWaveCount = 0;
    this._jumpCount = 0;
    this._lastRrMs = 0;
  }

  /** A beat without such an interval. @param sample number of its R peak */
  addHole(sample: number): void {
    if (!this._active || sample - this._decidedSample <= AF_UNDECIDED_SAMPLES_MAX) return;
    this._active = false;
    this._endedSample = this._decidedSample;
  }

  /** Place of the interval so many before the one that comes next: at most RING_COUNT. */
  private _placeBefore(intervals: number): number {
    return (this._next + RING_COUNT - intervals) % RING_COUNT;
  }

  /** How long before `sample` the R peak of that place was. [samples] */
  private _ageOf(place: number, sample: number): number {
    return (sample - this._ring[RING_COUNT + place]!) | 0;
  }

  /** Makes room in the window, and leaves out what is too old. */
  private _expire(sample: number): void {
    while (this._count > 0) {
      const place = this._placeBefore(this._count);
      if (this._count < AF_WINDOW_INTERVALS && this._ageOf(place, sample) <= AF_WINDOW_SAMPLES) return;
      const word = this._ring[place]!;
      this._alikePairs -= word & ALIKE_MASK;
      this._sumMs -= word >> RR_SHIFT;
      if (word & JUMP_BIT) this._jumpCount--;
      this._count--;
    }
  }

  /** @returns how many pairs of the window are alike to the one of these two; they count it */
  private _findAlike(rrMs: number, previousRrMs: number): number {
    const ring = this._ring;
    const toleranceMs = (rrMs * AF_TOLERANCE_Q10) >> 10;
    const rrMsLow = rrMs - toleranceMs;
    const rrMsHigh = rrMs + toleranceMs;
    const previousMsLow = previousRrMs - toleranceMs;
    const previousMsHigh = previousRrMs + toleranceMs;
    let place = this._placeBefore(this._count + 1);
    let beforeMs = ring[place]! >> RR_SHIFT;
    let alike = 0;
    for (let left = this._count; left > 0; left--) {
      place = (place + 1) % RING_COUNT;
      const word = ring[place]!;
      const otherMs = word >> RR_SHIFT;
      if (otherMs >= rrMsLow && otherMs <= rrMsHigh && beforeMs >= previousMsLow && beforeMs <= previousMsHigh) {
        ring[place] = word + 1;
        alike++;
      }
      beforeMs = otherMs;
    }
    return alike;
  }

  private _decide(sample: number): void {
    const alikeQ12 = this.alikeQ12;
    if (alikeQ12 < 0) return;
    this._decidedSample = sample;
    const count = this._count;
    if (count >= AF_INTERVALS_MIN_ONSET) this._irregular = this._jumpCount >= count >> (this._irregular ? IRREGULAR_SHIFT + 1 : IRREGULAR_SHIFT);
    const pWavesLead = this._pWaveCount >= P_WAVE_BEATS_MIN;
    if (!this._active) {
      if (pWavesLead || alikeQ12 > AF_ALIKE_Q12_ONSET || count < AF_INTERVALS_MIN_ONSET || !this._isCovered(sample)) return;
      this._active = true;
      this._onsetSample = this._sampleBefore(this._share(AF_ONSET_INTERVALS), sample);
    } else if (pWavesLead || alikeQ12 >= AF_ALIKE_Q12_END) {
      this._active = false;
      const endedSample = this._sampleBefore(pWavesLead && count > P_WAVE_BEATS ? P_WAVE_BEATS : this._share(AF_END_INTERVALS), sample);
      this._endedSample = endedSample > this._onsetSample ? endedSample : this._onsetSample;
    }
  }

  private _isCovered(sample: number): boolean {
    const place = this._placeBefore(this._count);
    const spanMs = this._ageOf(place, sample) * SAMPLE_MS + (this._ring[place]! >> RR_SHIFT);
    return this._sumMs * 8 >= spanMs * AF_COVER_EIGHTHS_MIN;
  }

  /** Of a shorter window the same part as `intervals` of a full one. */
  private _share(intervals: number): number {
    return quotient(intervals * this._count, AF_WINDOW_INTERVALS);
  }

  /** R peak so many of the window's intervals ago, seen from the last one. */
  private _sampleBefore(intervals: number, sample: number): number {
    return sample - this._ageOf(this._placeBefore(1 + intervals), sample);
  }
}

// EcgHistory: the last seconds of the ECG, filtered, and the place of a QRS complex in them.
import { INT16_MAX, INT16_MIN } from "../base/fixed.js";

/** A step of a window is two samples (8 ms). */
export const STEP_SAMPLES = 2;

/** Samples kept: 4.1 s. A beat that is found later than that after its R peak cannot be judged. */
const HISTORY_SAMPLES = 1024;
const HISTORY_MASK = HISTORY_SAMPLES - 1;

/** Before the first sample the ECG counts as flat for so long: more than a window reaches back. [samples] 0.5 s */
const LEAD_IN_SAMPLES = 128;

/** Each baseline stage follows 1/2^6 of the distance a step: 0.31 Hz, two in series 0.48 Hz at -3 dB. */
const BASELINE_SHIFT = 6;

/** The notches have zeros at 50 and 60 Hz and poles of radius 0.95 beside them: 4 Hz wide, ringing for 80 ms. Q12 */
const Q12_BITS = 12;
const Q12_HALF = 1 << (Q12_BITS - 1);
const ZERO_50 = 2531;
const POLE_50 = 2405;
const ZERO_60 = 514;
const POLE_60 = 489;
const POLE_SQUARE = 3697;
/** Both notches together amplify by 1.104; this makes the sum of two samples four times one, so that heights are quarters of a microvolt. [1/16] */
const PAIR_GAIN_Q4 = 29;

/** The middle of a complex is looked for so far to each side of its R peak: 80 ms. [samples] */
export const CENTRE_SEARCH_SAMPLES = 20;
/** What `locate` says where there is no ECG: no sample can be so early. */
export const NOT_THERE = -CENTRE_SEARCH_SAMPLES - 1;
/** It is the middle of the 96 ms with the steepest slopes: as wide as a normal complex, so that no single edge of a wide one attracts it. [samples] */
const CENTRE_WINDOW_SAMPLES = 24;
const SLOPE_COUNT = 2 * CENTRE_SEARCH_SAMPLES + CENTRE_WINDOW_SAMPLES;
const HALF_WINDOW_SAMPLES = CENTRE_WINDOW_SAMPLES >> 1;
const LOCATE_SAMPLES = CENTRE_SEARCH_SAMPLES + HALF_WINDOW_SAMPLES + 1;

/**
 * Filters 250 samples/s and keeps them. A wide band, that the edges of a complex stay as steep as they are, with mains frequencies cut out.
 *
 *   notch, twice:  v[n] = u[n] + u[n-2] + ((P v[n-1] - Z u[n-1] - R v[n-2] + 2^11) >> 12)
 *   pair[n] = (29 (w[n] + w[n-1])) >> 4                    gain 4 with the notches; -3 dB at 62 Hz; 50 and 60 Hz below -40 dB
 *   y[n] = pair[n] - ((s1 + s2) >> 6)
 *   baseline, every second sample:  u1 = pair[n] - (s1 >> 6),  s1 += u1,  s2 += u1 - (s2 >> 6)
 *
 * Worst case: the impulse responses of the notches sum to 2.31 and 2.28 in magnitude, so v stays below 75,700, w below 172,600, the products
 * together below 2^30, and s1 and s2 below 2^28. The result is saturated to int16, 8.19 mV.
 */
export class EcgHistory {
  private readonly _ring = new Int16Array(HISTORY_SAMPLES);
  private _sampleCount = 0;
  /** First sample of this stretch of ECG. */
  private _originSample = 0;
  /** Place of sample 0 of the numbering in the ring's own. */
  private _ringOffset = 0;
  private _started = false;
  private _odd = false;
  private _x1 = 0;
  private _x2 = 0;
  private _v1 = 0;
  private _v2 = 0;
  private _w1 = 0;
  private _w2 = 0;
  private _baseline1 = 0;
  private _baseline2 = 0;

  /** Samples taken so far, lost ones included: the number of the next one. */
  get sampleCount(): number {
    return this._sampleCount;
  }

  /**
   * Takes a block of samples. Allocates nothing.
   * @param samplesUv 250 samples/s, int16 range; the first `count` count. [uV]
   */
  process(samplesUv: Int16Array | Int32Array, count: number): void {
    if (count === 0) return;
    if (!this._started) this._start(samplesUv[0]!);
    const ring = this._ring;
    let at = (this._sampleCount + this._ringOffset) & HISTORY_MASK;
    let odd = this._odd;
    let x1 = this._x1;
    let x2 = this._x2;
    let v1 = this._v1;
    let v2 = this._v2;
    let w1 = this._w1;
    let w2 = this._w2;
    let baseline1 = this._baseline1;
    let baseline2 = this._baseline2;
    let baseline = (baseline1 + baseline2) >> BASELINE_SHIFT;
    for (let i = 0; i < count; i++) {
      const x = samplesUv[i]!;
      const v = x + x2 + ((POLE_50 * v1 - ZERO_50 * x1 - POLE_SQUARE * v2 + Q12_HALF) >> Q12_BITS);
      const w = v + v2 + ((POLE_60 * w1 - ZERO_60 * v1 - POLE_SQUARE * w2 + Q12_HALF) >> Q12_BITS);
      const pair = (PAIR_GAIN_Q4 * (w + w1)) >> 4;
      if (odd) {
        const high1 = pair - (baseline1 >> BASELINE_SHIFT);
        baseline1 += high1;
        baseline2 += high1 - (baseline2 >> BASELINE_SHIFT);
        baseline = (baseline1 + baseline2) >> BASELINE_SHIFT;
      }
      odd = !odd;
      const high = pair - baseline;
      ring[at] = high > INT16_MAX ? INT16_MAX : high < INT16_MIN ? INT16_MIN : high;
      at = (at + 1) & HISTORY_MASK;
      x2 = x1;
      x1 = x;
      v2 = v1;
      v1 = v;
      w2 = w1;
      w1 = w;
    }
    this._sampleCount += count;
    this._odd = odd;
    this._x1 = x1;
    this._x2 = x2;
    this._v1 = v1;
    this._v2 = v2;
    this._w1 = w1;
    this._w2 = w2;
    this._baseline1 = baseline1;
    this._baseline2 = baseline2;
  }

  /** Samples were lost or mean nothing (lead off): what lies before can no longer be read. */
  gap(lostCount: number): void {
    this._sampleCount += lostCount;
    this._started = false;
  }

  /**
   * Finds the middle of a complex.
   * @param sample its R peak
   * @returns the sample in the middle, within 80 ms, or NOT_THERE if the ECG is not: 132 ms after the peak must have come, and no gap.
   */
  locate(sample: number): number {
    if (!this._started || sample < this._originSample || sample + LOCATE_SAMPLES > this._sampleCount) return NOT_THERE;
    if (this._sampleCount - sample + LOCATE_SAMPLES > HISTORY_SAMPLES) return NOT_THERE;
    return this._centreNear(sample + this._ringOffset) - this._ringOffset;
  }

  /**
   * Copies the ECG around a sample.
   * @param sample the middle of the window
   * @param before, after Steps before and after it; at most 54 before.
   * @param window Gets before + 1 + after steps. [1/4 uV, int16]
   * @returns Whether the ECG is there: no gap since, no older than 4 s, the last sample already taken.
   */
  read(sample: number, before: number, after: number, window: Int16Array): boolean {
    if (!this._started || sample + CENTRE_SEARCH_SAMPLES < this._originSample || sample + STEP_SAMPLES * after >= this._sampleCount) return false;
    if (this._sampleCount - sample + STEP_SAMPLES * before > HISTORY_SAMPLES) return false;
    const ring = this._ring;
    const count = before + 1 + after;
    let at = sample + this._ringOffset - STEP_SAMPLES * before;
    for (let i = 0; i < count; i++) {
      window[i] = ring[at & HISTORY_MASK]!;
      at += STEP_SAMPLES;
    }
    return true;
  }

  private _start(sampleUv: number): void {
    this._started = true;
    this._odd = false;
    // A steady signal passes the notches with 1.051 and 1.104: as if this sample had always been there.
    const v = settled(sampleUv, ZERO_50, POLE_50);
    const w = settled(v, ZERO_60, POLE_60);
    this._x1 = sampleUv;
    this._x2 = sampleUv;
    this._v1 = v;
    this._v2 = v;
    this._w1 = w;
    this._w2 = w;
    this._baseline1 = ((PAIR_GAIN_Q4 * 2 * w) >> 4) << BASELINE_SHIFT;
    this._baseline2 = 0;
    this._originSample = this._sampleCount;
    const first = this._sampleCount + this._ringOffset;
    for (let i = 0; i < LEAD_IN_SAMPLES; i++) this._ring[(first + i) & HISTORY_MASK] = 0;
    this._ringOffset += LEAD_IN_SAMPLES;
  }

  private _centreNear(near: number): number {
    const ring = this._ring;
    const first = near - CENTRE_SEARCH_SAMPLES - HALF_WINDOW_SAMPLES;
    let sum = 0;
    let before = ring[(first - 1) & HISTORY_MASK]!;
    let left = before;
    for (let i = 0; i < CENTRE_WINDOW_SAMPLES; i++) {
      const here = ring[(first + i) & HISTORY_MASK]!;
      sum += here < before ? before - here : here - before;
      before = here;
    }
    let steepest = 0;
    let centre = near - CENTRE_SEARCH_SAMPLES;
    // The window goes to the right: a slope enters, another leaves.
    for (let i = CENTRE_WINDOW_SAMPLES; ; i++) {
      if (sum > steepest) {
        steepest = sum;
        centre = first + i - 1 - HALF_WINDOW_SAMPLES;
      }
      if (i === SLOPE_COUNT) return centre;
      const here = ring[(first + i) & HISTORY_MASK]!;
      const leaves = ring[(first + i - CENTRE_WINDOW_SAMPLES) & HISTORY_MASK]!;
      sum += (here < before ? before - here : here - before) - (leaves < left ? left - leaves : leaves - left);
      before = here;
      left = leaves;
    }
  }
}

/** What a notch makes of a steady signal. */
function settled(value: number, zero: number, pole: number): number {
  const one = 1 << Q12_BITS;
  return ((value * (2 * one - zero)) / (one - pole + POLE_SQUARE)) | 0;
}

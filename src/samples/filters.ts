// The ECG's conditioning filter: removes baseline wander, mains (50 and 60 Hz alike) and muscle noise, in integers.
import { INT16_MAX, INT16_MIN } from "../base/fixed.js";

/** Delay of a QRS complex through `EcgFilter`. [samples] 1.6 at 10 Hz, 2.0 at 20 Hz, 2.5 at 30 Hz. */
export const ECG_FILTER_DELAY_SAMPLES = 2;

/** Time after a start or a gap until the baseline stage has forgotten a wrong start by 95 %. [samples] 1.5 s. */
export const ECG_FILTER_SETTLE_SAMPLES = 375;

/** Each baseline stage follows 1/2^7 of the distance a sample: 0.31 Hz, two in series 0.48 Hz at -3 dB. The monitoring band begins
 *  at 0.5 Hz (0.67 Hz is its usual upper bound: American Heart Association, Kligfield et al., Circulation 115:1306-1324, 2007). */
const BASELINE_SHIFT = 7;

/** Low-pass coefficients are Q12: the largest product is 4116 * 2.6 * 2^15, below 2^29, and the five together stay below 2^31. */
const Q12_BITS = 12;
const Q12_HALF = 1 << (Q12_BITS - 1);

/** Section 1: zeros at 60 Hz, poles of radius 0.58 at 28 Hz. Gain 1 at 0 Hz; its impulse response sums to 1.14 in magnitude. */
const LOW1_B0 = 988;
const LOW1_B1 = -125;
const LOW1_A1 = 3623;
const LOW1_A2 = -1378;

/** Section 2: zeros at 50 Hz, poles of radius 0.87 at 38 Hz. Gain 1 at 0 Hz; its impulse response sums to 2.51 in magnitude. */
const LOW2_B0 = 2229;
const LOW2_B1 = -1378;
const LOW2_A1 = 4116;
const LOW2_A2 = -3100;

/**
 * Band-pass 0.5 to 37 Hz (-3 dB) with zeros at 50 and 60 Hz, so that no one has to set the mains frequency.
 *
 *   baseline, twice:  u[n] = x[n] - (s[n] >> 7),  s[n+1] = s[n] + u[n]
 *   low-pass, twice:  y[n] = (B0 (x[n] + x[n-2]) + B1 x[n-1] + A1 y[n-1] + A2 y[n-2] + 2^11) >> 12
 *
 * Gain 1 (+0.4, -0.7 dB from 1 to 34 Hz); -40 dB or better within 1 Hz of both mains frequencies, below -18 dB from 45 Hz on.
 * Delay `ECG_FILTER_DELAY_SAMPLES`. Worst case: s 23 bits; between the stages saturated to int16, as is the result.
 */
export class EcgFilter {
  private _started = false;
  private _baseline1 = 0;
  private _baseline2 = 0;
  private _in1 = 0;
  private _in2 = 0;
  private _mid1 = 0;
  private _mid2 = 0;
  private _out1 = 0;
  private _out2 = 0;

  /** Starts anew, for instance after lost samples: the next sample is taken as the baseline. */
  reset(): void {
    this._started = false;
  }

  /**
   * Filters a block.
   * @param input 250 samples/s, int16 range. [uV]
   * @param count How many.
   * @param output Gets `count` samples, int16 range [uV]; may be `input` itself. Allocates nothing.
   */
  process(input: Int16Array | Int32Array, count: number, output: Int16Array | Int32Array): void {
    if (count === 0) return;
    if (!this._started) this._start(input[0]!);
    let baseline1 = this._baseline1;
    let baseline2 = this._baseline2;
    let in1 = this._in1;
    let in2 = this._in2;
    let mid1 = this._mid1;
    let mid2 = this._mid2;
    let out1 = this._out1;
    let out2 = this._out2;
    for (let i = 0; i < count; i++) {
      const high1 = input[i]! - (baseline1 >> BASELINE_SHIFT);
      baseline1 += high1;
      let high2 = high1 - (baseline2 >> BASELINE_SHIFT);
      baseline2 += high2;
      if (high2 > INT16_MAX) high2 = INT16_MAX;
      else if (high2 < INT16_MIN) high2 = INT16_MIN;
      const mid = (LOW1_B0 * (high2 + in2) + LOW1_B1 * in1 + LOW1_A1 * mid1 + LOW1_A2 * mid2 + Q12_HALF) >> Q12_BITS;
      in2 = in1;
      in1 = high2;
      const out = (LOW2_B0 * (mid + mid2) + LOW2_B1 * mid1 + LOW2_A1 * out1 + LOW2_A2 * out2 + Q12_HALF) >> Q12_BITS;
      mid2 = mid1;
      mid1 = mid;
      out2 = out1;
      out1 = out;
      output[i] = out > INT16_MAX ? INT16_MAX : out < INT16_MIN ? INT16_MIN : out;
    }
    this._baseline1 = baseline1;
    this._baseline2 = baseline2;
    this._in1 = in1;
    this._in2 = in2;
    this._mid1 = mid1;
    this._mid2 = mid2;
    this._out1 = out1;
    this._out2 = out2;
  }

  private _start(sampleUv: number): void {
    this._started = true;
    this._baseline1 = sampleUv << BASELINE_SHIFT;
    this._baseline2 = 0;
    this._in1 = 0;
    this._in2 = 0;
    this._mid1 = 0;
    this._mid2 = 0;
    this._out1 = 0;
    this._out2 = 0;
  }
}

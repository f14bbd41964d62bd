// EcgHistory: the last seconds of the ECG, filtered, and the place of a QRS complex in them.
import { assert } from "../base/assert.js";
import { INT16_MAX, INT16_MIN } from "../base/fixed.js";
import { WINDOW_AFTER_STEPS, WINDOW_BEFORE_STEPS, WINDOW_STEPS } from "./beat-shape.js";

/** A step of a window is two samples (8 ms). */
export const STEP_SAMPLES = 2;

/** Samples kept: 4.1 s. A beat that is found later than that after its R peak cannot be judged. */
const HISTORY_SAMPLES = 1024;
/** Two samples are a word of the ring, the even one in the lower half: a write a word costs XS less than two. */
const HISTORY_WORDS = HISTORY_SAMPLES >> 1;
const WORD_MASK = HISTORY_WORDS - 1;

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
/** It is the middle of the 96 ms with the steepest slopes: as wide as a normal complex, so that no single edge of a wide one attracts it. [samples] */
const CENTRE_WINDOW_SAMPLES = 24;
const SLOPE_COUNT = 2 * CENTRE_SEARCH_SAMPLES + CENTRE_WINDOW_SAMPLES;
const HALF_WINDOW_SAMPLES = CENTRE_WINDOW_SAMPLES >> 1;
assert(SLOPE_COUNT < WINDOW_STEPS, "EcgHistory: a window has room for the samples of these slopes");

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
  private readonly _ring = new Int32Array(HISTORY_WORDS);
  /**
   * Takes a block of samples. Allocates nothing.
   * @param samplesUv 250 samples/s, int16 range [uV]
   * @param count so many of them; less than 0: ~count samples were lost, or mean nothing (lead off), and what lies before can no longer be read
   * @returns the number of the sample that comes next
   */
  readonly process = this._filter();
  /** First sample of this stretch of ECG; there is none before the first and after a gap. */
  private _originSample = Infinity;
  /** Place of sample 0 of the numbering in the ring's own. */
  private _ringOffset = 0;

  /**
   * A closure: its variables outlive a call and cost XS no more than locals, a fifth of what members cost. What a turn of the loop sets is declared
   * before it: else XS makes and drops it in every turn.
   */
  private _filter(): (samplesUv: Int16Array | Int32Array, count: number) => number {
    const ring = this._ring;
    let sampleCount = 0;
    let isStarted = false;
    let isOdd = false;
    // Of the last even sample and of the last odd one: x, v, w.
    let x0 = 0, v0 = 0, w0 = 0;
    let x1 = 0, v1 = 0, w1 = 0;
    let high0 = 0;
    let baseline1 = 0, baseline2 = 0, baseline = 0;
    let at = 0;
    return (samplesUv, count) => {
      if (count <= 0) {
        if (count === 0) return sampleCount;
        isStarted = false;
        this._originSample = Infinity;
        return (sampleCount += ~count);
      }
      if (!isStarted) {
        isStarted = true;
        isOdd = false;
        // A steady signal passes the notches with 1.051 and 1.104: as if this sample had always been there.
        x0 = x1 = samplesUv[0]!;
        v0 = v1 = ((x0 * ((2 << Q12_BITS) - ZERO_50)) / ((1 << Q12_BITS) - POLE_50 + POLE_SQUARE)) | 0;
        w0 = w1 = ((v0 * ((2 << Q12_BITS) - ZERO_60)) / ((1 << Q12_BITS) - POLE_60 + POLE_SQUARE)) | 0;
        baseline = (PAIR_GAIN_Q4 * 2 * w0) >> 4;
        baseline1 = baseline << BASELINE_SHIFT;
        baseline2 = 0;
        at = this._start(sampleCount);
      }
      let i = 0;
      let v = 0, high = 0, high1 = 0;
      while (i < count) {
        if (isOdd) isOdd = false;
        else {
          v = x0 + ((POLE_50 * v1 - ZERO_50 * x1 - POLE_SQUARE * v0 + Q12_HALF) >> Q12_BITS);
          x0 = samplesUv[i]!;
          v += x0;
          w0 = v + v0 + ((POLE_60 * w1 - ZERO_60 * v1 - POLE_SQUARE * w0 + Q12_HALF) >> Q12_BITS);
          v0 = v;
          high0 = ((PAIR_GAIN_Q4 * (w0 + w1)) >> 4) - baseline;
          i++;
          if (i >= count) {
            isOdd = true;
            ring[at] = saturated(high0) & 0xffff;
            break;
          }
        }
        v = x1 + ((POLE_50 * v0 - ZERO_50 * x0 - POLE_SQUARE * v1 + Q12_HALF) >> Q12_BITS);
        x1 = samplesUv[i]!;
        i++;
        v += x1;
        w1 = v + v1 + ((POLE_60 * w0 - ZERO_60 * v0 - POLE_SQUARE * w1 + Q12_HALF) >> Q12_BITS);
        v1 = v;
        high = (PAIR_GAIN_Q4 * (w1 + w0)) >> 4;
        high1 = high - (baseline1 >> BASELINE_SHIFT);
        baseline1 += high1;
        baseline2 += high1 - (baseline2 >> BASELINE_SHIFT);
        baseline = (baseline1 + baseline2) >> BASELINE_SHIFT;
        high -= baseline;
        if (((high0 - INT16_MIN) | (high - INT16_MIN)) >> 16) {
          high0 = saturated(high0);
          high = saturated(high);
        }
        ring[at] = (high << 16) | (high0 & 0xffff);
        at = (at + 1) & WORD_MASK;
      }
      return (sampleCount += count);
    };
  }

  /**
   * Finds the middle of a complex and copies the ECG around it.
   * @param sample its R peak; the middle is looked for within 80 ms
   * @param window gets WINDOW_STEPS steps, WINDOW_BEFORE_STEPS of them before the middle [1/4 uV, int16]
   * @returns whether the ECG is there: no gap since the R peak, all of it younger than 4 s, the last sample already taken
   */
  read(sample: number, window: Int16Array): boolean {
    if (sample < this._originSample) return false;
    const near = sample + this._ringOffset;
    const middle = this._middleNear(near, window);
    const first = middle - STEP_SAMPLES * WINDOW_BEFORE_STEPS;
    const end = this.process(this._ring, 0) + this._ringOffset;
    if (middle + STEP_SAMPLES * WINDOW_AFTER_STEPS >= end || end - first > HISTORY_SAMPLES) return false;
    this._copy(first, STEP_SAMPLES, window);
    return true;
  }

  /** @returns where the next sample goes, in words: it is an even one in the ring's numbering */
  private _start(sampleCount: number): number {
    this._originSample = sampleCount;
    this._ringOffset += (sampleCount + this._ringOffset) & 1;
    const first = (sampleCount + this._ringOffset) >> 1;
    const end = first + (LEAD_IN_SAMPLES >> 1);
    for (let at = first; at < end; at++) this._ring[at & WORD_MASK] = 0;
    this._ringOffset += LEAD_IN_SAMPLES;
    return end & WORD_MASK;
  }

  /** In the ring's numbering. @param window is overwritten: with the samples between which the slopes are */
  private _middleNear(near: number, window: Int16Array): number {
    const first = near - CENTRE_SEARCH_SAMPLES - HALF_WINDOW_SAMPLES - 1;
    this._copy(first, 1, window);
    let sum = 0;
    let steepest = 0;
    let middle = near - CENTRE_SEARCH_SAMPLES;
    for (let i = 1; i <= SLOPE_COUNT; i++) {
      const enters = window[i]! - window[i - 1]!;
      sum += enters < 0 ? -enters : enters;
      if (i < CENTRE_WINDOW_SAMPLES) continue;
      if (i > CENTRE_WINDOW_SAMPLES) {
        const leaves = window[i - CENTRE_WINDOW_SAMPLES]! - window[i - CENTRE_WINDOW_SAMPLES - 1]!;
        sum -= leaves < 0 ? -leaves : leaves;
      }
      if (sum > steepest) {
        steepest = sum;
        middle = first + i - HALF_WINDOW_SAMPLES;
      }
    }
    return middle;
  }

  /** Copies every sample or every second one from `first` on. [ring's numbering] */
  private _copy(first: number, stepSamples: number, window: Int16Array): void {
    const ring = this._ring;
    let from = first;
    for (let i = 0; i < WINDOW_STEPS; i++) {
      // Even samples are shifted up into the place of the odd ones.
      window[i] = (ring[(from >> 1) & WORD_MASK]! << (from & 1 ? 0 : 16)) >> 16;
      from += stepSamples;
    }
  }
}

function saturated(high: number): number {
  return high > INT16_MAX ? INT16_MAX : high < INT16_MIN ? INT16_MIN : high;
}

// Signal quality: judges every second of the signal, so that noise suspends judgement instead of inventing a rhythm.
import { assert } from "../base/assert.js";
import { INT16_MAX } from "../base/fixed.js";
import { quotient } from "../base/quotient.js";
import { SAMPLE_RATE_HZ } from "../vocabulary/sample.js";

/** Faults of a second, as bits. */
export const QUALITY_SATURATED = 2;
/** No signal at all. An asystole may look so: it suspends no asystole alarm. */
export const QUALITY_FLAT = 4;
export const QUALITY_BASELINE_JUMP = 8;
/** Ventricular fibrillation looks so too: judge that first, from the waveform. */
export const QUALITY_NOISY = 16;

/** The input's full scale: what is as large is saturated. [uV] */
const RAIL_UV = INT16_MAX;
/** What lies between plus and minus this power of two is not at the rail. */
const INSIDE_BITS = 14;
const INSIDE_UV = 1 << INSIDE_BITS;

/** Samples at the rail that make a second saturated: 20 ms is no pacing spike any more. */
const SATURATED_SAMPLES_MIN = 5;

/** A range within one second that only a dead input has. [uV] An electrode's and amplifier's own noise is above 10 uV peak to peak. */
const FLAT_UV_MAX = 10;

/** Change of the mean from one second to the next that is an electrode's, not a heart's. [uV] Above it lie 2 % of the seconds of the
 *  normal recordings of the CinC 2017 subset, and 11 % of those of the recordings labelled too noisy. */
export const QUALITY_JUMP_UV_MIN = 300;

/** Noise index from which a second is noisy. [%] With it more than half of a recording is bad in 1.5 % (normal), 3 % (AF), 4 % (other
 *  rhythm) and 47 % (too noisy) of the recordings of the CinC 2017 subset. */
const NOISE_PERCENT_MIN = 15;

/** Samples of one mean: 20 ms, with zeros at 50, 100 Hz; -15 dB at 60 Hz. A QRS complex is three to six of them. */
const MEAN_SAMPLES = 5;
/** `| 0`, here as elsewhere: on XS a quotient stays floating point, and makes so what it meets. */
const MEANS_PER_SECOND = (SAMPLE_RATE_HZ / MEAN_SAMPLES) | 0;
/** Added to the largest activity of a second, so that a silent one is not called noisy. [uV, times 5] */
const ACTIVITY_FLOOR = 100;
const PERCENT = 100;

/**
 * Per-second quality of one lead.
 *
 *   mean[k] = x[5k] + .. + x[5k+4];  step[k] = |mean[k] - mean[k-1]|;  activity[k] = step[k] + step[k-1] + step[k-2]
 *
 * An ECG is quiet but for its complexes. The noise index is the median activity of a second as a share of the largest of this second and the
 * one before (so that a slow heart's second without a complex is judged by its neighbour): 3 to 10 % in a clean ECG, 30 % in pure noise.
 * Worst case: activity 3 * 5 * 65535 < 2^20.
 */
export class SignalQuality {
  private readonly _activity = new Int32Array(MEANS_PER_SECOND);
  /**
   * Takes a block of samples. Allocates nothing.
   * @param samplesUv 250 samples/s, int16 range [uV]
   * @param count 0 to 250: at most one second ends in it; less: for `reset`
   * @returns True if a second was completed: `flags` is new.
   */
  readonly process = this._follow();
  /** Faults of the last whole second: 0, or `QUALITY_...` bits. */
  flags = 0;
  private _isFirstSecond = true;
  private _lastMeanUv = 0;
  private _lastLargest = 0;

  /** Forgets the signal, after lost samples: a new second begins with the next sample. */
  reset(): void {
    this.process(this._activity, -1);
  }

  /**
   * A closure: its variables outlive a call and cost XS no more than locals, a fifth of what members cost. What a turn of the loop sets is declared
   * before it: else XS makes and drops it in every turn.
   */
  private _follow(): (samplesUv: Int16Array | Int32Array, count: number) => boolean {
    const activity = this._activity;
    let isStarted = false;
    let meanCount = 0;
    let sampleInMean = 0;
    let sum = 0;
    let lastMean = 0;
    let step1 = 0, step2 = 0;
    /** Highest and lowest sample of the second, as long as it may be flat. */
    let highest = 0, lowest = 0;
    let isFlat = true;
    let saturatedCount = 0;
    let largest = 0;
    let secondSum = 0;
    return (samplesUv, count) => {
      if (count <= 0) {
        if (count < 0) isStarted = false;
        return false;
      }
      if (count > SAMPLE_RATE_HZ) assert(false, "SignalQuality: block longer than a second");
      if (!isStarted) {
        const sampleUv = samplesUv[0]!;
        isStarted = true;
        isFlat = true;
        meanCount = sampleInMean = sum = step1 = step2 = saturatedCount = largest = secondSum = 0;
        lastMean = MEAN_SAMPLES * sampleUv;
        highest = lowest = sampleUv;
        this._isFirstSecond = true;
        this._lastLargest = 0;
      }
      let isCompleted = false;
      let isWhole = false;
      let x0 = 0, x1 = 0, x2 = 0, x3 = 0, x4 = 0;
      let step = 0, active = 0;
      let i = 0;
      while (i < count) {
        isWhole = false;
        // The samples of a mean together, as long as all are far from the rail. (An `if` in another: `&&` takes XS as long as five additions.)
        if (!isFlat) if (sampleInMean === 0) if (i + MEAN_SAMPLES <= count) {
          x0 = samplesUv[i]!;
          x1 = samplesUv[i + 1]!;
          x2 = samplesUv[i + 2]!;
          x3 = samplesUv[i + 3]!;
          x4 = samplesUv[i + 4]!;
          isWhole = (((x0 + INSIDE_UV) | (x1 + INSIDE_UV) | (x2 + INSIDE_UV) | (x3 + INSIDE_UV) | (x4 + INSIDE_UV)) >> (INSIDE_BITS + 1)) === 0;
        }
        if (isWhole) {
          sum = x0 + x1 + x2 + x3 + x4;
          i += MEAN_SAMPLES;
        } else {
          x0 = samplesUv[i]!;
          i++;
          if (isFlat) {
            if (x0 > highest) highest = x0;
            else if (x0 < lowest) lowest = x0;
            if (highest - lowest > FLAT_UV_MAX) isFlat = false;
          }
          if (x0 >= RAIL_UV || x0 <= -RAIL_UV) saturatedCount++;
          sum += x0;
          sampleInMean++;
          if (sampleInMean < MEAN_SAMPLES) continue;
          sampleInMean = 0;
        }
        step = sum - lastMean;
        if (step < 0) step = -step;
        active = step + step1 + step2;
        activity[meanCount] = active;
        if (active > largest) largest = active;
        step2 = step1;
        step1 = step;
        lastMean = sum;
        secondSum += sum;
        sum = 0;
        meanCount++;
        if (meanCount < MEANS_PER_SECOND) continue;
        this._judge(isFlat, saturatedCount, largest, secondSum);
        meanCount = saturatedCount = largest = secondSum = 0;
        highest = lowest = samplesUv[i - 1]!;
        isFlat = true;
        isCompleted = true;
      }
      return isCompleted;
    };
  }

  private _judge(isFlat: boolean, saturatedCount: number, largest: number, secondSum: number): void {
    const meanUv = quotient(secondSum, SAMPLE_RATE_HZ);
    const jumpUv = this._isFirstSecond ? 0 : meanUv - this._lastMeanUv;
    const reference = (largest > this._lastLargest ? largest : this._lastLargest) + ACTIVITY_FLOOR;
    let flags = isFlat ? QUALITY_FLAT : 0;
    if (saturatedCount >= SATURATED_SAMPLES_MIN) flags |= QUALITY_SATURATED;
    if (jumpUv > QUALITY_JUMP_UV_MIN || jumpUv < -QUALITY_JUMP_UV_MIN) flags |= QUALITY_BASELINE_JUMP;
    if (isMostly(this._activity, quotient(NOISE_PERCENT_MIN * reference + PERCENT - 1, PERCENT))) flags |= QUALITY_NOISY;
    this.flags = flags;
    this._isFirstSecond = false;
    this._lastMeanUv = meanUv;
    this._lastLargest = largest;
  }
}

/** Is the median `least` or more? That of an even number of values is the lower of the two in the middle. */
function isMostly(values: Int32Array, least: number): boolean {
  let below = 0;
  for (let k = 0; k < MEANS_PER_SECOND; k++) {
    if (values[k]! >= least) continue;
    below++;
    if (2 * below === MEANS_PER_SECOND) return false;
  }
  return true;
}

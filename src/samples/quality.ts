// Signal quality: judges every second of the signal, so that noise suspends judgement instead of inventing a rhythm.
import { assert } from "../base/assert.js";
import { INT16_MAX } from "../base/fixed.js";
import { quotient } from "../base/quotient.js";
import { SAMPLE_RATE_HZ } from "../vocabulary/sample.js";

/** Faults of a second, as bits. */
export const QUALITY_LEAD_OFF = 1;
export const QUALITY_SATURATED = 2;
/** No signal at all. An asystole may look so: it suspends no asystole alarm. */
export const QUALITY_FLAT = 4;
export const QUALITY_BASELINE_JUMP = 8;
/** Ventricular fibrillation looks so too: judge that first, from the waveform. */
export const QUALITY_NOISY = 16;

/** Samples at the rail that make a second saturated: 20 ms is no pacing spike any more. */
const SATURATED_SAMPLES_MIN = 5;

/** A range within one second that only a dead input has. [uV] An electrode's and amplifier's own noise is above 10 uV peak to peak. */
const FLAT_UV_MAX = 10;

/** Change of the mean from one second to the next that is an electrode's, not a heart's. [uV] Above it lie 2 % of the seconds of the
 *  normal recordings of the CinC 2017 subset, and 11 % of those of the recordings labelled too noisy. */
export const QUALITY_JUMP_UV_MIN = 300;

/** Noise index from which a second is noisy. [%] With it more than half of a recording is bad in 1.5 % (normal), 3 % (AF), 4 % (other
 *  rhythm) and 47 % (too noisy) of the recordings of the CinC 2017 subset. */
export const QUALITY_NOISE_PERCENT_MIN = 15;

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
  private readonly _railUv: number;
  private readonly _activity = new Int32Array(MEANS_PER_SECOND);
  private _meanCount = 0;
  private _sampleInMean = 0;
  private _meanSum = 0;
  private _secondSum = 0;
  private _lastMean = 0;
  private _step1 = 0;
  private _step2 = 0;
  private _highestUv = -INT16_MAX - 1;
  private _lowestUv = INT16_MAX;
  private _saturatedCount = 0;
  private _leadOff = false;
  private _started = false;
  private _secondsSinceStart = 0;
  private _lastSecondMeanUv = 0;
  private _lastActivityMax = 0;
  private _flags = 0;
  private _noisePercent = 0;

  /** @param railUv The input's full scale [uV]: what is as large is saturated. Default: the int16 range. */
  constructor(railUv = INT16_MAX) {
    assert(railUv > 0 && railUv <= INT16_MAX, "SignalQuality: the rail must be 1 to 32767 uV");
    this._railUv = railUv;
  }

  /** Faults of the last whole second: 0, or `QUALITY_...` bits. */
  get flags(): number {
    return this._flags;
  }

  /** Noise index of the last whole second. 0 to 100. [%] */
  get noisePercent(): number {
    return this._noisePercent;
  }

  /** Forgets the signal, after lost samples: a new second begins with the next sample. */
  reset(): void {
    this._started = false;
  }

  /**
   * Takes a block of samples.
   * @param samplesUv 250 samples/s, int16 range. [uV]
   * @param count 0 to 250: at most one second ends in it.
   * @param leadOff True if the AFE reported a lead off during the block.
   * @returns True if a second was completed: `flags` and `noisePercent` are new. Allocates nothing.
   */
  process(samplesUv: Int16Array | Int32Array, count: number, leadOff: boolean): boolean {
    assert(count <= SAMPLE_RATE_HZ, "SignalQuality: block longer than a second");
    if (count === 0) return false;
    if (!this._started) this._start(samplesUv[0]!);
    if (leadOff) this._leadOff = true;
    const rail = this._railUv;
    let highest = this._highestUv;
    let lowest = this._lowestUv;
    let railed = highest >= rail || lowest <= -rail;
    let saturated = this._saturatedCount;
    let sampleInMean = this._sampleInMean;
    let sum = this._meanSum;
    let completed = false;
    for (let i = 0; i < count; i++) {
      const x = samplesUv[i]!;
      if (x > highest) {
        highest = x;
        if (x >= rail) railed = true;
      } else if (x < lowest) {
        lowest = x;
        if (x <= -rail) railed = true;
      }
      if (railed && (x >= rail || x <= -rail)) saturated++;
      sum += x;
      sampleInMean++;
      if (sampleInMean < MEAN_SAMPLES) continue;
      sampleInMean = 0;
      this._addMean(sum);
      sum = 0;
      if (this._meanCount < MEANS_PER_SECOND) continue;
      this._judge(highest, lowest, saturated);
      highest = x;
      lowest = x;
      railed = x >= rail || x <= -rail;
      saturated = 0;
      // What is left of the block belongs to the next second.
      this._leadOff = leadOff && i + 1 < count;
      completed = true;
    }
    this._highestUv = highest;
    this._lowestUv = lowest;
    this._saturatedCount = saturated;
    this._sampleInMean = sampleInMean;
    this._meanSum = sum;
    return completed;
  }

  private _start(sampleUv: number): void {
    this._started = true;
    this._meanCount = 0;
    this._sampleInMean = 0;
    this._meanSum = 0;
    this._secondSum = 0;
    this._lastMean = MEAN_SAMPLES * sampleUv;
    this._step1 = 0;
    this._step2 = 0;
    this._highestUv = sampleUv;
    this._lowestUv = sampleUv;
    this._saturatedCount = 0;
    this._leadOff = false;
    this._secondsSinceStart = 0;
    this._lastActivityMax = 0;
  }

  private _addMean(mean: number): void {
    const rise = mean - this._lastMean;
    const step = rise < 0 ? -rise : rise;
    const step1 = this._step1;
    this._lastMean = mean;
    this._activity[this._meanCount++] = step + step1 + this._step2;
    this._step2 = step1;
    this._step1 = step;
    this._secondSum += mean;
  }

  private _judge(highest: number, lowest: number, saturated: number): void {
    const meanUv = quotient(this._secondSum, SAMPLE_RATE_HZ);
    const jumpUv = this._secondsSinceStart > 0 ? meanUv - this._lastSecondMeanUv : 0;
    const noisePercent = this._noiseIndex();
    let flags = this._leadOff ? QUALITY_LEAD_OFF : 0;
    if (saturated >= SATURATED_SAMPLES_MIN) flags |= QUALITY_SATURATED;
    if (highest - lowest <= FLAT_UV_MAX) flags |= QUALITY_FLAT;
    if (jumpUv > QUALITY_JUMP_UV_MIN || jumpUv < -QUALITY_JUMP_UV_MIN) flags |= QUALITY_BASELINE_JUMP;
    if (noisePercent >= QUALITY_NOISE_PERCENT_MIN) flags |= QUALITY_NOISY;
    this._flags = flags;
    this._noisePercent = noisePercent;
    this._lastSecondMeanUv = meanUv;
    this._secondsSinceStart++;
    this._secondSum = 0;
    this._meanCount = 0;
  }

  /** Median activity as a share of the largest. The activities are put out of order. */
  private _noiseIndex(): number {
    const activity = this._activity;
    let largest = 0;
    for (let k = 0; k < MEANS_PER_SECOND; k++) {
      const value = activity[k]!;
      if (value > largest) largest = value;
    }
    const reference = (largest > this._lastActivityMax ? largest : this._lastActivityMax) + ACTIVITY_FLOOR;
    this._lastActivityMax = largest;
    return quotient(PERCENT * find(activity, (MEANS_PER_SECOND >> 1) - 1), reference);
  }
}

/** The value that would be at `place` if `values` were sorted; puts them in another order. (Hoare, Find, Comm ACM 4:321, 1961) */
function find(values: Int32Array, place: number): number {
  let first = 0;
  let last = values.length - 1;
  while (first < last) {
    const pivot = values[place]!;
    let up = first;
    let down = last;
    while (up <= down) {
      while (values[up]! < pivot) up++;
      while (values[down]! > pivot) down--;
      if (up > down) break;
      const value = values[up]!;
      values[up++] = values[down]!;
      values[down--] = value;
    }
    if (down < place) first = up;
    if (up > place) last = down;
  }
  return values[place]!;
}

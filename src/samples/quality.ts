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
  readonly #railUv: number;
  readonly #activity = new Int32Array(MEANS_PER_SECOND);
  #meanCount = 0;
  #sampleInMean = 0;
  #meanSum = 0;
  #secondSum = 0;
  #lastMean = 0;
  #step1 = 0;
  #step2 = 0;
  #highestUv = -INT16_MAX - 1;
  #lowestUv = INT16_MAX;
  #saturatedCount = 0;
  #leadOff = false;
  #started = false;
  #secondsSinceStart = 0;
  #lastSecondMeanUv = 0;
  #lastActivityMax = 0;
  #flags = 0;
  #noisePercent = 0;

  /** @param railUv The input's full scale [uV]: what is as large is saturated. Default: the int16 range. */
  constructor(railUv = INT16_MAX) {
    assert(railUv > 0 && railUv <= INT16_MAX, "SignalQuality: the rail must be 1 to 32767 uV");
    this.#railUv = railUv;
  }

  /** Faults of the last whole second: 0, or `QUALITY_...` bits. */
  get flags(): number {
    return this.#flags;
  }

  /** Noise index of the last whole second. 0 to 100. [%] */
  get noisePercent(): number {
    return this.#noisePercent;
  }

  /** Forgets the signal, after lost samples: a new second begins with the next sample. */
  reset(): void {
    this.#started = false;
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
    if (!this.#started) this.#start(samplesUv[0]!);
    if (leadOff) this.#leadOff = true;
    const rail = this.#railUv;
    let highest = this.#highestUv;
    let lowest = this.#lowestUv;
    let railed = highest >= rail || lowest <= -rail;
    let saturated = this.#saturatedCount;
    let sampleInMean = this.#sampleInMean;
    let sum = this.#meanSum;
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
      this.#addMean(sum);
      sum = 0;
      if (this.#meanCount < MEANS_PER_SECOND) continue;
      this.#judge(highest, lowest, saturated);
      highest = x;
      lowest = x;
      railed = x >= rail || x <= -rail;
      saturated = 0;
      // What is left of the block belongs to the next second.
      this.#leadOff = leadOff && i + 1 < count;
      completed = true;
    }
    this.#highestUv = highest;
    this.#lowestUv = lowest;
    this.#saturatedCount = saturated;
    this.#sampleInMean = sampleInMean;
    this.#meanSum = sum;
    return completed;
  }

  #start(sampleUv: number): void {
    this.#started = true;
    this.#meanCount = 0;
    this.#sampleInMean = 0;
    this.#meanSum = 0;
    this.#secondSum = 0;
    this.#lastMean = MEAN_SAMPLES * sampleUv;
    this.#step1 = 0;
    this.#step2 = 0;
    this.#highestUv = sampleUv;
    this.#lowestUv = sampleUv;
    this.#saturatedCount = 0;
    this.#leadOff = false;
    this.#secondsSinceStart = 0;
    this.#lastActivityMax = 0;
  }

  #addMean(mean: number): void {
    const rise = mean - this.#lastMean;
    const step = rise < 0 ? -rise : rise;
    const step1 = this.#step1;
    this.#lastMean = mean;
    this.#activity[this.#meanCount++] = step + step1 + this.#step2;
    this.#step2 = step1;
    this.#step1 = step;
    this.#secondSum += mean;
  }

  #judge(highest: number, lowest: number, saturated: number): void {
    const meanUv = quotient(this.#secondSum, SAMPLE_RATE_HZ);
    const jumpUv = this.#secondsSinceStart > 0 ? meanUv - this.#lastSecondMeanUv : 0;
    const noisePercent = this.#noiseIndex();
    let flags = this.#leadOff ? QUALITY_LEAD_OFF : 0;
    if (saturated >= SATURATED_SAMPLES_MIN) flags |= QUALITY_SATURATED;
    if (highest - lowest <= FLAT_UV_MAX) flags |= QUALITY_FLAT;
    if (jumpUv > QUALITY_JUMP_UV_MIN || jumpUv < -QUALITY_JUMP_UV_MIN) flags |= QUALITY_BASELINE_JUMP;
    if (noisePercent >= QUALITY_NOISE_PERCENT_MIN) flags |= QUALITY_NOISY;
    this.#flags = flags;
    this.#noisePercent = noisePercent;
    this.#lastSecondMeanUv = meanUv;
    this.#secondsSinceStart++;
    this.#secondSum = 0;
    this.#meanCount = 0;
  }

  /** Median activity as a share of the largest. The activities are put out of order. */
  #noiseIndex(): number {
    const activity = this.#activity;
    let largest = 0;
    for (let k = 0; k < MEANS_PER_SECOND; k++) {
      const value = activity[k]!;
      if (value > largest) largest = value;
    }
    const reference = (largest > this.#lastActivityMax ? largest : this.#lastActivityMax) + ACTIVITY_FLOOR;
    this.#lastActivityMax = largest;
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

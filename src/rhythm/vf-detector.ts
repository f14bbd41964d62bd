// VfDetector: ventricular flutter and fibrillation, from the waveform alone.
//
// Beats mean nothing in ventricular fibrillation, so this looks at 3 s of signal and asks whether it is a wandering sine wave of 2.4 to 9 Hz
// without organised QRS complexes. The block is decimated to 62.5 Hz, with weights 1 1 2 2 1 1 (gain 8, 0.3 % left of 60 Hz, which would fold
// to 2.5 Hz), and freed of its baseline by two equal high passes:
//   b[n] = b[n-1] + x[n] - (b[n-1] >> 3),  y[n] = x[n] - (b[n] >> 3)      -3 dB at 1.3 Hz each, gain 1 above, delay none
// z is the output and d[n] = z[n] - z[n-2] its slope. All of these must hold in a window (limits below):
//   amplitude   mean |z| is large enough: fine fibrillation is left to asystole
//   leakage     mean |z[n] + z[n-T/2]| is small beside twice mean |z|, T the mean period: half a period back a sine wave cancels
//               (the VF filter of Kuo & Dillman 1978); QRS complexes, noise and baseline wander do not
//   peak slope  the steepest slope is not many times the mean slope, as it is in a QRS complex
//   flat share  few samples are much less steep than the mean: there is no isoelectric line
//   cycles      the signal swings across both +-mean |z| often enough, or its amplitude waxes and wanes: a wide-QRS rhythm below 145/min
//               swings less often and evenly; but not as often as mains hum does (50 Hz folds to 12.5)
// Four windows in favour, half a second apart, make an episode; up to eight against end it.

import { quotient } from "../base/quotient.js";

/** Samples (250/s) to one of the signal looked at (62.5/s). */
const DECIMATION = 4;
/** What the decimator's weights sum to. */
const GAIN = 8;
/** Shift of the high passes: time constant of 8 decimated samples. */
const HIGH_PASS_SHIFT = 3;
/** Decimated samples in a slice: 0.512 s, the step from window to window. */
const SLICE_LENGTH = 32;
/** Slices in a window: 3.07 s. The shortest flutter in record 207 is 4.3 s. */
const WINDOW_SLICES = 6;
/** Two slices: a slice lies in it unbroken, with half a period before it. */
const RING_LENGTH = 2 * SLICE_LENGTH;
const RING_MASK = RING_LENGTH - 1;

/** Smallest mean |z| of coarse fibrillation. [uV] A sine wave of 5 Hz and 270 uV peak to peak; lower would call noise in asystole fibrillation. */
const AMPLITUDE_UV_MIN = 70;
/** Largest leakage. [1/256] 0.55: nine in ten VF windows are below, 99 of 100 windows of any other rhythm and of noise above. */
const LEAKAGE_Q8_MAX = 140;
/** Largest slope as a multiple of the mean slope. [1/4] 5.75; QRS complexes in DS1 begin at 7. */
const PEAK_SLOPE_Q2_MAX = 23;
/** A sample is flat when its slope is below this part of the mean slope. [right shift] 1/4. */
const FLAT_SHIFT = 2;
/** Largest share of flat samples. [of a window] A quarter. */
const FLAT_SAMPLES_MAX = 48;
/** Fewest and most swings from one side to the other in a window: 2.4 and 9 cycles/s. */
const SWINGS_MIN = 15;
const SWINGS_MAX = 55;
/** A window waxes and wanes when its weakest slice has less than this part of its strongest. [1/8] */
const WANING_EIGHTHS = 5;
/** Bounds of half a mean period. [decimated samples] 10 Hz and 1.6 Hz. */
const HALF_PERIOD_MIN = 3;
const HALF_PERIOD_MAX = 20;
/** Windows in favour that start an episode. */
const VOTES_ONSET = 4;
/** Votes that can be saved up; an episode ends when they are used up. */
const VOTES_MAX = 8;

/** Delay from the last sample of fibrillation's first full window to the earliest decision. [samples] */
const VF_CONFIRM_SAMPLES = (VOTES_ONSET - 1) * SLICE_LENGTH * DECIMATION;
const WINDOW_SAMPLES = WINDOW_SLICES * SLICE_LENGTH * DECIMATION;

/**
 * Parts of the memory, which is one array, as each costs 128 bytes of RAM beside its elements: first the ring of z, then for each slice of the
 * window its sums of |z| and of steepness, its steepest slope, leakage, flat samples and swings. [index]
 */
const SIZE_SUMS = RING_LENGTH;
const SLOPE_SUMS = SIZE_SUMS + WINDOW_SLICES;
const STEEPEST = SLOPE_SUMS + WINDOW_SLICES;
const LEAK_SUMS = STEEPEST + WINDOW_SLICES;
const FLAT_COUNTS = LEAK_SUMS + WINDOW_SLICES;
const SWING_COUNTS = FLAT_COUNTS + WINDOW_SLICES;
const MEMORY_WORDS = SWING_COUNTS + WINDOW_SLICES;

/** Streaming detector. Nothing is allocated after the constructor. */
export class VfDetector {
  private readonly _memory = new Int32Array(MEMORY_WORDS);
  /**
   * Takes a block of samples; afterwards `active` holds for its end.
   * @param samplesUv 250 samples/s, int16 range [uV]
   * @param count 0 .. samplesUv.length; less: ~count samples were lost, for `gap`
   * @returns number of the sample that comes next, lost ones included
   */
  readonly process = this._filter();
  /** True during ventricular flutter or fibrillation. */
  active = false;
  /** Estimated onset of the last episode, -1 before the first. [sample number] */
  onsetSample = -1;
  /** Estimated end of the last finished episode, -1 before the first. [sample number] */
  endedSample = -1;
  private _sliceIndex = 0;
  private _sliceCount = 0;
  private _side = 0;
  private _votes = 0;

  /** True when the last window, or one shortly before, spoke for fibrillation: too little to call it, enough not to call asystole. */
  get suspected(): boolean {
    return this._votes > 0;
  }

  /** Samples were lost or mean nothing (lead off): sample numbers go on, the window starts anew, an episode ends here. */
  gap(lostCount: number): void {
    if (this.active) this.endedSample = this.process(this._memory, 0);
    this.process(this._memory, ~lostCount);
    this.active = false;
    this._votes = 0;
  }

  /**
   * A closure: its variables outlive a call and cost XS no more than locals, a fifth of what members cost. What a turn of the loop sets is declared
   * before it: else XS makes and drops it in every turn.
   */
  private _filter(): (samplesUv: Int16Array | Int32Array, count: number) => number {
    const memory = this._memory;
    let sampleCount = 0;
    let isStarted = false;
    /** Samples come in pairs: the first of one whose second is in the next block. */
    let isHalf = false;
    let half = 0;
    /** Sum of the decimated sample's first pair, and whether it has come; that of the second pair of the one before. */
    let first = 0;
    let hasFirst = false;
    let lastPair = 0;
    let base1 = 0, base2 = 0;
    let z1 = 0, z2 = 0;
    let size = 0;
    let slope = 0, slopeMax = 0;
    let at = 0;
    return (samplesUv, count) => {
      if (count <= 0) {
        if (count === 0) return sampleCount;
        isStarted = false;
        return (sampleCount += ~count);
      }
      if (!isStarted) {
        // As if the first sample had stood there for ever.
        const firstUv = samplesUv[0]!;
        isStarted = true;
        isHalf = hasFirst = false;
        lastPair = 2 * firstUv;
        base1 = (firstUv * GAIN) << HIGH_PASS_SHIFT;
        base2 = z1 = z2 = size = slope = slopeMax = 0;
        at = 0;
        memory.fill(0, 0, RING_LENGTH);
        this._sliceIndex = 0;
        this._sliceCount = 0;
        this._side = 0;
      }
      const last = count - 1;
      let i = isHalf ? -1 : 0;
      let pair = 0, z = 0, steepness = 0;
      while (i < last) {
        pair = (i < 0 ? half : samplesUv[i]!) + samplesUv[i + 1]!;
        i += 2;
        if (hasFirst) {
          hasFirst = false;
          // x, y and z in turn. |x| <= 2^18; base1 <= 2^21, |y| <= 2^19, base2 <= 2^22, |z| <= 2^20, |d| <= 2^21: a slice's sums stay below 2^26, a
          // window's below 2^29.
          z = lastPair + (first << 1) + pair;
          lastPair = pair;
          base1 += z - (base1 >> HIGH_PASS_SHIFT);
          z -= base1 >> HIGH_PASS_SHIFT;
          base2 += z - (base2 >> HIGH_PASS_SHIFT);
          z -= base2 >> HIGH_PASS_SHIFT;
          steepness = z - z2;
          if (steepness < 0) steepness = -steepness;
          z2 = z1;
          z1 = z;
          memory[at] = z;
          at = (at + 1) & RING_MASK;
          size += z < 0 ? -z : z;
          slope += steepness;
          if (steepness > slopeMax) slopeMax = steepness;
          if (at & (SLICE_LENGTH - 1)) continue;
          this._closeSlice((at - SLICE_LENGTH) & RING_MASK, size, slope, slopeMax, sampleCount + i);
          size = slope = slopeMax = 0;
        } else {
          hasFirst = true;
          first = pair;
        }
      }
      isHalf = i === last;
      if (isHalf) half = samplesUv[i]!;
      return (sampleCount += count);
    };
  }

  private _closeSlice(first: number, size: number, slope: number, slopeMax: number, nextSample: number): void {
    const memory = this._memory;
    const index = this._sliceIndex;
    memory[SIZE_SUMS + index] = size;
    memory[SLOPE_SUMS + index] = slope;
    memory[STEEPEST + index] = slopeMax;
    if (this._sliceCount < WINDOW_SLICES) this._sliceCount++;
    const sliceCount = this._sliceCount;
    let windowSize = 0;
    let windowSlope = 0;
    for (let i = 0; i < sliceCount; i++) {
      windowSize += memory[SIZE_SUMS + i]!;
      windowSlope += memory[SLOPE_SUMS + i]!;
    }
    this._inspectSlice(index, first, quotient(windowSize, sliceCount * SLICE_LENGTH), quotient(windowSlope, sliceCount * SLICE_LENGTH));
    this._sliceIndex = index + 1 === WINDOW_SLICES ? 0 : index + 1;
    if (sliceCount === WINDOW_SLICES) this._vote(this._windowFibrillates(windowSize, windowSlope), nextSample);
  }

  /** Second look at the newest slice, with the window's mean size and mean slope for measures. */
  private _inspectSlice(slice: number, first: number, meanSize: number, meanSlope: number): void {
    const memory = this._memory;
    // For a sine wave of period T the mean slope over 2 samples is mean size * 4 pi / T. 201 / 32 is 2 pi.
    let halfPeriod = meanSlope > 0 ? quotient(meanSize * 201, meanSlope << 5) : HALF_PERIOD_MAX;
    if (halfPeriod < HALF_PERIOD_MIN) halfPeriod = HALF_PERIOD_MIN;
    if (halfPeriod > HALF_PERIOD_MAX) halfPeriod = HALF_PERIOD_MAX;
    const flatSlope = meanSlope >> FLAT_SHIFT;
    let side = this._side;
    let swings = 0;
    let flat = 0;
    let leak = 0;
    const end = first + SLICE_LENGTH;
    let z = 0, both = 0, slope = 0;
    let beforeLast = memory[(first - 2) & RING_MASK]!;
    let last = memory[(first - 1) & RING_MASK]!;
    for (let index = first; index < end; index++) {
      z = memory[index]!;
      both = z + memory[(index - halfPeriod) & RING_MASK]!;
      leak += both < 0 ? -both : both;
      slope = z - beforeLast;
      beforeLast = last;
      last = z;
      // Not -flatSlope: the negative of 0 is floating point on XS.
      if (slope < flatSlope) if (slope + flatSlope > 0) flat++;
      if (z > meanSize) {
        if (side < 0) swings++;
        side = 1;
      } else if (z + meanSize < 0) {
        if (side > 0) swings++;
        side = -1;
      }
    }
    this._side = side;
    memory[LEAK_SUMS + slice] = leak;
    memory[FLAT_COUNTS + slice] = flat;
    memory[SWING_COUNTS + slice] = swings;
  }

  private _windowFibrillates(windowSize: number, windowSlope: number): boolean {
    const memory = this._memory;
    const count = WINDOW_SLICES * SLICE_LENGTH;
    if (windowSize < AMPLITUDE_UV_MIN * GAIN * count) return false;
    // Most windows of a heart with QRS complexes end here.
    let steepest = 0;
    for (let i = STEEPEST; i < STEEPEST + WINDOW_SLICES; i++) {
      const steep = memory[i]!;
      if (steep > steepest) steepest = steep;
    }
    if (steepest * 4 > quotient(windowSlope, count) * PEAK_SLOPE_Q2_MAX) return false;
    let leak = 0;
    let flat = 0;
    let swings = 0;
    let strongest = 0;
    let weakest = windowSize;
    for (let i = 0; i < WINDOW_SLICES; i++) {
      leak += memory[LEAK_SUMS + i]!;
      flat += memory[FLAT_COUNTS + i]!;
      swings += memory[SWING_COUNTS + i]!;
      const size = memory[SIZE_SUMS + i]!;
      if (size > strongest) strongest = size;
      if (size < weakest) weakest = size;
    }
    if ((leak >> 8) * 128 > (windowSize >> 8) * LEAKAGE_Q8_MAX) return false;
    if (flat > FLAT_SAMPLES_MAX || swings > SWINGS_MAX) return false;
    return swings >= SWINGS_MIN || weakest * 8 < strongest * WANING_EIGHTHS;
  }

  private _vote(inFavour: boolean, nextSample: number): void {
    if (inFavour) {
      if (this._votes < VOTES_MAX) this._votes++;
    } else if (this._votes > 0) this._votes--;
    if (!this.active) {
      if (this._votes < VOTES_ONSET) return;
      this.active = true;
      const onsetSample = nextSample - WINDOW_SAMPLES - VF_CONFIRM_SAMPLES;
      this.onsetSample = onsetSample > this.endedSample ? onsetSample : this.endedSample;
    } else if (this._votes === 0) {
      this.active = false;
      const endedSample = nextSample - WINDOW_SAMPLES;
      this.endedSample = endedSample > this.onsetSample ? endedSample : this.onsetSample;
    }
  }
}

// Streaming integer resampler: any whole rate from 100 to 1000 samples/s to the pipeline's 250.
import { assert } from "../base/assert.js";
import { INT16_MAX, INT16_MIN } from "../base/fixed.js";
import { SAMPLE_RATE_HZ } from "../vocabulary/sample.js";

/** Input rates accepted. [samples/s] Below 100 the QRS band no longer fits; above 1000 the kernel grows past 32 taps. */
export const INPUT_RATE_HZ_MIN = 100;
export const INPUT_RATE_HZ_MAX = 1000;

/** Coefficients are Q14, each phase sums to exactly 1: a constant passes unchanged. */
const COEFFICIENT_BITS = 14;

/** Half the kernel's length, in periods of the slower rate. 4 leaves 0.1 dB at 40 Hz and makes 32 taps at 1000 Hz. */
const HALF_SPAN_PERIODS = 4;

/** Where the kernel falls to one half, as a share of the slower rate: 100 Hz into 250. Aliases can then only land above
 *  100 Hz, outside the ECG's band. */
const CUTOFF_SHARE = 0.4;

/**
 * Polyphase windowed-sinc resampler.
 *
 * Output n is the signal at the time of input n * inputRateHz / 250 exactly: sample numbers convert by the ratio of the
 * rates alone, with no delay to subtract. It is available `lookaheadSamples` inputs later.
 *
 *   y[n] = 2^-14 * sum over k of c[phase][k] * x[i - half + 1 + k],   i + phase / L = n * M / L,   L / M = 250 / inputRateHz
 *
 * Gain 1 (within 0.1 dB to 40 Hz from 200 samples/s up; -2 dB at 40 Hz from 128, -6 dB from 100), linear phase. Worst case: the taps of a phase sum to less than 2 in
 * magnitude, so |accumulator| < 2^15 * 2^14 * 2 = 2^30. 250 to 250 copies.
 *
 * The coefficients come from IEEE additions, multiplications and divisions alone, so they are the same bits on every engine.
 */
export class Resampler {
  readonly inputRateHz: number;
  /** Inputs that must have arrived after the moment of an output. [input samples] */
  readonly lookaheadSamples: number;

  private readonly _phases: number;
  private readonly _stepInputs: number;
  private readonly _stepPhases: number;
  private readonly _taps: number;
  private readonly _coefficients: Int16Array;
  /** The last `taps` inputs, written twice, so that a window never wraps. */
  private readonly _history: Int16Array;
  private _position = 0;
  private _phase = 0;
  private _inputsUntilOutput = 0;
  private _started = false;

  /** @param inputRateHz Whole number, 100 to 1000. */
  constructor(inputRateHz: number) {
    assert(Number.isInteger(inputRateHz) && inputRateHz >= INPUT_RATE_HZ_MIN && inputRateHz <= INPUT_RATE_HZ_MAX,
      "Resampler: the input rate must be a whole number from 100 to 1000 Hz");
    const divisor = greatestCommonDivisor(inputRateHz, SAMPLE_RATE_HZ);
    const ratio = inputRateHz > SAMPLE_RATE_HZ ? inputRateHz / SAMPLE_RATE_HZ : 1;
    const half = Math.ceil(HALF_SPAN_PERIODS * ratio);
    this.inputRateHz = inputRateHz;
    this._phases = SAMPLE_RATE_HZ / divisor;
    this._stepInputs = Math.floor(inputRateHz / SAMPLE_RATE_HZ);
    this._stepPhases = (inputRateHz / divisor) % this._phases;
    this._taps = 2 * half;
    this.lookaheadSamples = inputRateHz === SAMPLE_RATE_HZ ? 0 : half;
    this._coefficients = makeCoefficients(this._phases, half, CUTOFF_SHARE / ratio);
    this._history = new Int16Array(2 * this._taps);
    this.reset();
  }

  /** Forgets the past; the next input is output 0's moment. Inputs before it are taken to equal it. */
  reset(): void {
    this._started = false;
    this._phase = 0;
    this._position = 0;
    this._inputsUntilOutput = this.lookaheadSamples + 1;
  }

  /** Most outputs that `inputCount` inputs can give: the size of the buffer to hand to `process`. */
  outputCountMax(inputCount: number): number {
    return Math.ceil((inputCount * SAMPLE_RATE_HZ) / this.inputRateHz) + 1;
  }

  /**
   * Takes a block of samples and writes the outputs that became due.
   * @param input Samples at the input rate. [int16 range, uV]
   * @param count How many of them.
   * @param output Filled from index 0; at least `outputCountMax(count)` long.
   * @returns How many outputs were written. Allocates nothing.
   */
  process(input: Int16Array | Int32Array, count: number, output: Int16Array | Int32Array): number {
    if (this.inputRateHz === SAMPLE_RATE_HZ) {
      for (let i = 0; i < count; i++) output[i] = input[i]!;
      return count;
    }
    const history = this._history;
    const coefficients = this._coefficients;
    const taps = this._taps;
    const phases = this._phases;
    const stepInputs = this._stepInputs;
    const stepPhases = this._stepPhases;
    let position = this._position;
    let phase = this._phase;
    let inputsUntilOutput = this._inputsUntilOutput;
    let outputCount = 0;
    if (!this._started && count > 0) {
      history.fill(input[0]!);
      this._started = true;
    }
    for (let i = 0; i < count; i++) {
      const sample = input[i]!;
      history[position] = sample;
      history[position + taps] = sample;
      position++;
      if (position === taps) position = 0;
      inputsUntilOutput--;
      // A slow input gives up to three outputs for one sample.
      while (inputsUntilOutput === 0) {
        let sum = 1 << (COEFFICIENT_BITS - 1);
        const base = phase * taps;
        for (let k = 0; k < taps; k++) sum += (coefficients[base + k]! * history[position + k]!) | 0;
        sum >>= COEFFICIENT_BITS;
        output[outputCount] = sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum;
        outputCount++;
        phase += stepPhases;
        inputsUntilOutput = stepInputs;
        if (phase >= phases) {
          phase -= phases;
          inputsUntilOutput++;
        }
      }
    }
    this._position = position;
    this._phase = phase;
    this._inputsUntilOutput = inputsUntilOutput;
    return outputCount;
  }
}

/** Q14 taps of every phase, phase after phase. `cutoffShare` is the half-amplitude frequency over the input rate. */
function makeCoefficients(phases: number, half: number, cutoffShare: number): Int16Array {
  const taps = 2 * half;
  const one = 1 << COEFFICIENT_BITS;
  const coefficients = new Int16Array(phases * taps);
  const kernel = new Float64Array(taps);
  for (let phase = 0; phase < phases; phase++) {
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      const distance = k - half + 1 - phase / phases;
      kernel[k] = sincPi(2 * cutoffShare * distance) * hann(distance / half);
      sum += kernel[k]!;
    }
    let left = one;
    for (let k = 0; k < taps; k++) {
      const tap = Math.floor((kernel[k]! / sum) * one + 0.5);
      coefficients[phase * taps + k] = tap;
      left -= tap;
    }
    // The rounding residue, a few units, goes to the tap nearest to the output's moment.
    coefficients[phase * taps + half - 1 + (2 * phase >= phases ? 1 : 0)]! += left;
  }
  return coefficients;
}

/** sin(pi x) / (pi x). */
function sincPi(x: number): number {
  return x === 0 ? 1 : sinPi(x) / (Math.PI * x);
}

/** Raised cosine from 1 at 0 to 0 at -1 and 1, 0 outside. */
function hann(x: number): number {
  return x <= -1 || x >= 1 ? 0 : 0.5 + 0.5 * sinPi(x + 0.5);
}

/** sin(pi x) by its power series after folding to a quarter turn; error below 1e-12. Math.sin may differ between engines. */
function sinPi(x: number): number {
  let turn = x - 2 * Math.floor(x / 2 + 0.5);
  if (turn > 0.5) turn = 1 - turn;
  else if (turn < -0.5) turn = -1 - turn;
  const angle = Math.PI * turn;
  const square = angle * angle;
  let term = angle;
  let sum = angle;
  for (let k = 2; k <= 16; k += 2) {
    term = (-term * square) / (k * (k + 1));
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) {
    const rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

// Synthetic ECG for tests of the sample and beat stages: Gaussian waves around given R peaks, plus disturbances that a test asks for.
import { Prng } from "../src/base/prng.js";

/** Centre after the R peak [s], height as a share of the R peak, standard deviation [s]. */
type Wave = readonly [number, number, number];
export const NORMAL_WAVES: readonly Wave[] = [[-0.16, 0.12, 0.022], [-0.026, -0.1, 0.009], [0, 1, 0.011], [0.028, -0.2, 0.011], [0.28, 0.25, 0.05]];
/** A ventricular beat: wide, two energy peaks in its QRS, a steep T wave against it. */
export const WIDE_WAVES: readonly Wave[] = [[0, 1, 0.034], [0.085, -0.4, 0.04], [0.3, -0.25, 0.06]];
export const P_WAVE_ONLY: readonly Wave[] = [[0, 1, 0.022]];

/** Adds beats with R peaks at the given samples (250/s) to `signal`. */
export function addBeats(signal: Float64Array, peaks: readonly number[], heightUv: number, waves: readonly Wave[] = NORMAL_WAVES): void {
  for (const peak of peaks) {
    for (const [centreS, height, widthS] of waves) {
      const from = Math.max(0, Math.floor(peak + 250 * (centreS - 4 * widthS)));
      const to = Math.min(signal.length, Math.ceil(peak + 250 * (centreS + 4 * widthS)));
      for (let i = from; i < to; i++) signal[i]! += heightUv * height * Math.exp(-0.5 * (((i - peak) / 250 - centreS) / widthS) ** 2);
    }
  }
}

/** R peaks at an even rate: sample numbers in [from, to). */
export function evenPeaks(from: number, to: number, beatsPerMinute: number): number[] {
  const peaks: number[] = [];
  const step = 15_000 / beatsPerMinute;
  for (let at = from + step / 2; at < to; at += step) peaks.push(Math.round(at));
  return peaks;
}

export function addSine(signal: Float64Array, frequencyHz: number, amplitudeUv: number, from = 0, to = signal.length): void {
  for (let i = from; i < to; i++) signal[i]! += amplitudeUv * Math.sin((2 * Math.PI * frequencyHz * i) / 250);
}

/** White noise, evenly distributed within +-amplitudeUv. */
export function addNoise(signal: Float64Array, amplitudeUv: number, seed: number, from = 0, to = signal.length): void {
  const random = new Prng(seed);
  for (let i = from; i < to; i++) signal[i]! += (random.below(20_001) / 10_000 - 1) * amplitudeUv;
}

/** Microvolts as the sample path carries them: rounded, int16. */
export function toSamples(signal: Float64Array): Int32Array {
  return Int32Array.from(signal, (value) => Math.max(-32_768, Math.min(32_767, Math.round(value))));
}

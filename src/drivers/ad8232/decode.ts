// Conversions of an ADC behind an AD8232 to microvolts: pure, so that vectors can test it.

/** Fraction bits of a scale. */
const SCALE_BITS = 14;

/**
 * @param fullScaleMv voltage of the ADC at its highest code + 1 [mV]
 * @param resolution bits of the ADC
 * @param gain V/V from the electrodes to the ADC
 * @returns microvolts at the electrodes by one count, with SCALE_BITS of fraction. Below 2^31 / 2^resolution for each gain from 100 at up to 12 bits.
 */
export function scaleOf(fullScaleMv: number, resolution: number, gain: number): number {
  return Math.round((fullScaleMv * 1000 * 2 ** SCALE_BITS) / (gain * 2 ** resolution));
}

/**
 * @param count of the ADC
 * @param middleCount of the ADC at REFOUT, where the ECG is 0
 * @param scale from `scaleOf`; |count - middleCount| * scale + 2^13 < 2^31
 * @returns nearest whole number. [uV]
 */
export function microvolts(count: number, middleCount: number, scale: number): number {
  return ((count - middleCount) * scale + (1 << (SCALE_BITS - 1))) >> SCALE_BITS;
}

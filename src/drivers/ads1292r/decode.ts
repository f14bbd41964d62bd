// Frames of the ADS1292R to numbers: pure and without state, so that byte vectors can test it.
import { STATUS_PATTERN } from "./codes.js";

/**
 * From here on a code counts as saturated: 98.9 % of full scale, 399 mV at a gain of 6. Full scale is +-VREF / gain (SBAS502C, "Analog Input"),
 * linear to its end (from memory of "Electrical Characteristics"); the rest is the reference's tolerance.
 */
export const SATURATION_CODE = 8_300_000;
/** Largest code that `microvolts` takes: 32,767 uV. */
export const MICROVOLTS_CODE_MAX = 681_500;

/** @returns whether an ADS1292R can have sent this frame: a bus that is held low or high can't. */
export function isFrame(bytes: Uint8Array): boolean {
  return (bytes[0] as number) >> 4 === STATUS_PATTERN;
}

/**
 * @returns whether an electrode of channel 2 is off. The status is 1100, then LOFF_STAT's bits 4 to 0 (RLD, IN2N, IN2P, IN1N, IN1P).
 * Source: SBAS502C, "Data Retrieval".
 */
export function isLeadOff(bytes: Uint8Array): boolean {
  return ((bytes[0] as number) & 0x06) !== 0;
}

/** @returns the code of channel 2, two's complement of 24 bits. */
export function channel2Code(bytes: Uint8Array): number {
  return (((bytes[6] as number) << 24) | ((bytes[7] as number) << 16) | ((bytes[8] as number) << 8)) >> 8;
}

/**
 * V = code * VREF / (gain * (2^23 - 1)) with gain = 6 and VREF = 2.42 V (SBAS502C, "Reference"; the divisor 2^23 - 1 is from memory of "Data
 * Format", 2^23 would be 0.1 ppm less), so uV = code * 0.0480811, here 3151 / 65536:
 * 13 ppm off, 0.4 uV at the most, rounded to the nearest integer.
 * @param code From -MICROVOLTS_CODE_MAX to MICROVOLTS_CODE_MAX; then |code * 3151 + 32768| <= 2,147,439,268 < 2^31.
 */
export function microvolts(code: number): number {
  return (code * 3151 + 32_768) >> 16;
}

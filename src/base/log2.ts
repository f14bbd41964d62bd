// log2Q10: binary logarithm of whole numbers by table, so that V8 and XS agree to the last bit.
import { deepFreeze } from "./freeze.js";

/** Fraction bits of a logarithm: 1024 is one octave, 0.1 % is 1.5. */
export const LOG2_OCTAVE = 1024;

/** 1024 log2(1 + i / 64), rounded. A text: an array would take more bytecode. */
const TABLE = deepFreeze(`0,23,45,68,90,111,132,153,174,194,214,234,254,273,292,311,330,348,366,384,402,419,436,454,470,487,504,520,536,552,568,584,
599,614,629,644,659,674,689,703,717,731,745,759,773,787,800,813,827,840,853,866,879,891,904,916,929,941,953,965,977,989,1001,1012,
1024`.split(",").map(Number));

/** Bits of the mantissa below its leading one: six select the row, six the place between two rows. */
const MANTISSA_BITS = 12;

/**
 * 1024 log2(value), within 1.5.
 * @param value 1 .. 2^31 - 1; less counts as 1.
 */
export function log2Q10(value: number): number {
  if (value <= 1) return 0;
  const exponent = 31 - Math.clz32(value);
  const mantissa = exponent > MANTISSA_BITS ? value >> (exponent - MANTISSA_BITS) : value << (MANTISSA_BITS - exponent);
  const row = (mantissa >> 6) & 63;
  const low = TABLE[row]!;
  return (exponent << 10) + low + (((TABLE[row + 1]! - low) * (mantissa & 63) + 32) >> 6);
}

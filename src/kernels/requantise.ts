// Requantisation: how a sum of products becomes the int8 of the next layer. The one definition; every target gives the same bits.

/** Fraction bits of a multiplier: with 22, whatever does not saturate fits an int32 after multiplying (see `sumAtHighest`). */
export const MULTIPLIER_BITS = 22;
/** The multiplier that leaves a value as it is, and the largest allowed. */
export const MULTIPLIER_ONE = 1 << MULTIPLIER_BITS;
/** Half a step of the result, in units of the product: makes the floor of the shift a rounding, halves upwards. */
export const ROUNDING = MULTIPLIER_ONE >> 1;
/** Bound of |bias| + sum of |weight| * 128 of every channel. Sums and all their partial sums then fit an int32, in any order. */
export const SUM_MAX = 2 ** 29;

export const INT8_MIN = -128;
export const INT8_MAX = 127;

/**
 * floor(product / 2^22 + 1/2), saturated.
 * @param product whole, |product| <= 2^51 (SUM_MAX * MULTIPLIER_ONE), so that doubles are exact
 * @param lowest 0 behind a ReLU, else INT8_MIN
 */
export function roundProduct(product: number, lowest: number): number {
  const rounded = Math.floor((product + ROUNDING) / MULTIPLIER_ONE);
  if (rounded < lowest) return lowest;
  return rounded > INT8_MAX ? INT8_MAX : rounded;
}

/**
 * @param sum -SUM_MAX .. SUM_MAX
 * @param multiplier real factor * 2^22, 1 .. MULTIPLIER_ONE
 */
export function requantise(sum: number, multiplier: number, lowest: number): number {
  return roundProduct(sum * multiplier, lowest);
}

/**
 * Smallest sum whose result is INT8_MAX. Between `sumAtLowest` and here the rounded result lies within -127..126, so
 * |sum * multiplier + ROUNDING| <= 128 * 2^22 = 2^29: fast code compares the sum first and then multiplies in int32, exactly.
 */
export function sumAtHighest(multiplier: number): number {
  return Math.ceil((INT8_MAX * MULTIPLIER_ONE - ROUNDING) / multiplier);
}

/** Largest sum whose result is `lowest`. */
export function sumAtLowest(multiplier: number, lowest: number): number {
  return Math.floor(((lowest + 1) * MULTIPLIER_ONE - ROUNDING - 1) / multiplier);
}

// quotient: division of whole numbers without floating point, which XS would take for `/`.

/**
 * The quotient, rounded towards zero. Some 700 instructions a bit of the quotient on XS: for what is done now and then in the sample path.
 * @param dividend int32 but -2^31
 * @param divisor 1 .. 2^31 - 1
 */
export function quotient(dividend: number, divisor: number): number {
  let rest = dividend < 0 ? -dividend : dividend;
  const half = rest >> 1;
  let part = divisor;
  while (part <= half) part <<= 1;
  let result = 0;
  for (; part >= divisor; part >>= 1) {
    result <<= 1;
    if (rest < part) continue;
    rest -= part;
    result++;
  }
  return dividend < 0 && result > 0 ? -result : result;
}

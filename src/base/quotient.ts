// Division of whole numbers without floating point, which XS would take for `/`.

/** Functions that XS has beside those of the language. */
const { idiv, imuldiv } = Math as { idiv?: typeof quotient; imuldiv?: typeof productQuotient };

/** dividend / divisor, rounded towards zero; both int32, the divisor not 0. */
export const quotient: (dividend: number, divisor: number) => number = idiv ?? ((dividend, divisor) => (dividend / divisor) | 0);

/** one * other / divisor, rounded towards zero; all int32, the product below 2^53, the quotient int32, the divisor not 0. */
export const productQuotient: (one: number, other: number, divisor: number) => number = imuldiv ?? ((one, other, divisor) => ((one * other) / divisor) | 0);

/**
 * The root of one * other, rounded down, by Newton's method from above.
 * @param one, other 0 .. 2^31 - 1, their product below 2^46
 */
export function rootOfProduct(one: number, other: number): number {
  if (one === 0 || other === 0) return 0;
  let root = 1 << ((65 - Math.clz32(one) - Math.clz32(other)) >> 1);
  for (;;) {
    const next = (root + productQuotient(one, other, root)) >> 1;
    if (next >= root) return root;
    root = next;
  }
}

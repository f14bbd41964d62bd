// Division and roots of whole numbers: exact, against big integers.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { productQuotient, quotient, rootOfProduct } from "../../src/base/quotient.js";

const INT32_MAX = 2 ** 31 - 1;
const bits = (most: number): fc.Arbitrary<number> => fc.oneof(fc.integer({ min: 0, max: 2 ** most - 1 }), fc.integer({ min: 0, max: most - 1 }).map((bit) => 2 ** bit));
const signed = (number: fc.Arbitrary<number>): fc.Arbitrary<number> => fc.tuple(number, fc.boolean()).map(([size, isNegative]) => (isNegative ? -size : size));

describe("quotient", () => {
  it("is the whole part of the division", () => {
    fc.assert(fc.property(signed(bits(31)), signed(bits(31)).filter((divisor) => divisor !== 0), (dividend, divisor) => {
      expect(BigInt(quotient(dividend, divisor))).toBe(BigInt(dividend) / BigInt(divisor));
    }), { numRuns: 5000 });
  });

  it.each([[0, 1], [INT32_MAX, 1], [-INT32_MAX, 1], [INT32_MAX, INT32_MAX], [INT32_MAX - 1, INT32_MAX], [-1, INT32_MAX], [6, 3], [-7, 7]])("%i / %i", (dividend, divisor) => {
    expect(quotient(dividend, divisor)).toBe(Number(BigInt(dividend) / BigInt(divisor)));
  });
});

it("productQuotient is the whole part of the division of the whole product", () => {
  fc.assert(fc.property(signed(bits(22)), bits(30), bits(31), (one, other, least) => {
    const divisor = Math.max(least, (Math.abs(one) >> 1) + 1);
    fc.pre(Math.abs((one * other) / divisor) < INT32_MAX);
    expect(BigInt(productQuotient(one, other, divisor))).toBe((BigInt(one) * BigInt(other)) / BigInt(divisor));
  }), { numRuns: 5000 });
});

describe("rootOfProduct", () => {
  function check(one: number, other: number): void {
    const root = BigInt(rootOfProduct(one, other));
    const product = BigInt(one) * BigInt(other);
    expect(root * root <= product && (root + 1n) * (root + 1n) > product, `${one} * ${other}`).toBe(true);
  }

  it("is the root rounded down", () => {
    fc.assert(fc.property(bits(20), bits(26), check), { numRuns: 20_000 });
  });

  it.each([[0, 0], [2 ** 20, 2 ** 26 - 1], [1, 1], [2 ** 20, 1], [1023, 1023], [1024, 1024], [999_999, 999_999], [2 ** 31 - 1, 1], [1, 2 ** 31 - 1], [3, 1]])("%i * %i", check);
});

// quotient: the same as division rounded towards zero.
import fc from "fast-check";
import { expect, it } from "vitest";
import { quotient } from "../../src/base/quotient.js";

const INT32_MAX = 2 ** 31 - 1;
const dividends = fc.oneof(fc.integer({ min: -INT32_MAX, max: INT32_MAX }), fc.integer({ min: -300, max: 300 }));
const divisors = fc.oneof(fc.integer({ min: 1, max: INT32_MAX }), fc.integer({ min: 1, max: 300 }));

it("is the whole part of the division", () => {
  fc.assert(fc.property(dividends, divisors, (dividend, divisor) => {
    expect(quotient(dividend, divisor)).toBe((dividend / divisor) | 0);
  }), { numRuns: 5000 });
});

it.each([[0, 1], [INT32_MAX, 1], [-INT32_MAX, 1], [INT32_MAX, INT32_MAX], [INT32_MAX - 1, INT32_MAX], [-1, INT32_MAX], [2 ** 30, 2 ** 30], [6, 3], [-7, 7]])("%i / %i", (dividend, divisor) => {
  expect(quotient(dividend, divisor)).toBe((dividend / divisor) | 0);
});

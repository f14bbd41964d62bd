// Requantisation: rounding and saturation at their edges, and the thresholds that let targets work in int32.
import { describe, expect, it } from "vitest";
import { Prng } from "../../src/base/prng.js";
import { INT8_MAX, INT8_MIN, MULTIPLIER_BITS, MULTIPLIER_ONE, requantise, roundProduct, ROUNDING, sumAtHighest, sumAtLowest, SUM_MAX } from "../../src/kernels/requantise.js";

describe("requantise", () => {
  const half = MULTIPLIER_ONE / 2;
  const rows: [string, number, number, number, number][] = [
    ["0 stays 0", 0, 12345, INT8_MIN, 0],
    ["factor 1 changes nothing", -77, MULTIPLIER_ONE, INT8_MIN, -77],
    ["half a step rounds up", 1, half, INT8_MIN, 1],
    ["so does minus half a step", -1, half, INT8_MIN, 0],
    ["just under half a step rounds down", 1, half - 1, INT8_MIN, 0],
    ["one and a half", 3, half, INT8_MIN, 2],
    ["minus one and a half", -3, half, INT8_MIN, -1],
    ["just under the largest", 253, half, INT8_MIN, 127],
    ["over the largest", 255, half, INT8_MIN, 127],
    ["at the smallest", -256, half, INT8_MIN, -128],
    ["under the smallest", -258, half, INT8_MIN, -128],
    ["behind a ReLU", -3, MULTIPLIER_ONE, 0, 0],
    ["just above the ReLU", 1, MULTIPLIER_ONE, 0, 1],
    ["largest sum", SUM_MAX, MULTIPLIER_ONE, INT8_MIN, 127],
    ["smallest sum", -SUM_MAX, MULTIPLIER_ONE, INT8_MIN, -128],
    ["largest sum, smallest multiplier", SUM_MAX, 1, INT8_MIN, 127],
    ["a large sum, exactly", SUM_MAX / 2 - 1, 1, INT8_MIN, 64],
    ["just under the next step", 2 ** 21 * 3 - 1, 1, INT8_MIN, 1],
  ];
  it.each(rows)("%s", (_name, sum, multiplier, lowest, expected) => expect(requantise(sum, multiplier, lowest)).toBe(expected));

  it("is the floor of the exact quotient plus one half, by big integers", () => {
    const prng = new Prng(1);
    for (let count = 0; count < 20_000; count++) {
      const sum = (prng.below(2) === 0 ? prng.below(2 * SUM_MAX) - SUM_MAX : prng.below(20_000) - 10_000);
      const multiplier = 1 + prng.below(2 ** (1 + prng.below(MULTIPLIER_BITS)));
      const exact = Number((BigInt(sum) * BigInt(multiplier) + BigInt(ROUNDING)) >> BigInt(MULTIPLIER_BITS));
      expect(requantise(sum, multiplier, INT8_MIN)).toBe(Math.max(INT8_MIN, Math.min(INT8_MAX, exact)));
    }
  });
});

describe("thresholds", () => {
  const prng = new Prng(2);
  const multipliers = [1, 2, 3, 255, 256, MULTIPLIER_ONE - 1, MULTIPLIER_ONE, ...Array.from({ length: 3000 }, () => 1 + prng.below(2 ** (1 + prng.below(MULTIPLIER_BITS))))];

  it.each([INT8_MIN, 0])("separate what saturates from what does not, lowest %d", (lowest) => {
    for (const multiplier of multipliers) {
      const [low, high] = [sumAtLowest(multiplier, lowest), sumAtHighest(multiplier)];
      expect(roundProduct(high * multiplier, lowest)).toBe(INT8_MAX);
      expect(roundProduct((high - 1) * multiplier, lowest)).toBeLessThan(INT8_MAX);
      expect(roundProduct(low * multiplier, lowest)).toBe(lowest);
      expect(roundProduct((low + 1) * multiplier, lowest)).toBeGreaterThan(lowest);
    }
  });

  it("keep the product of what lies between in 2^29, so that int32 gives the same", () => {
    for (const multiplier of multipliers)
      for (const sum of [sumAtLowest(multiplier, INT8_MIN) + 1, sumAtLowest(multiplier, 0) + 1, sumAtHighest(multiplier) - 1]) {
        expect(Math.abs(sum * multiplier + ROUNDING)).toBeLessThanOrEqual(2 ** 29);
        expect((sum * multiplier + ROUNDING) >> MULTIPLIER_BITS).toBe(requantise(sum, multiplier, INT8_MIN));
      }
  });
});

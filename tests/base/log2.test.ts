// log2Q10: near the true logarithm everywhere, never falling.
import { expect, it } from "vitest";
import { LOG2_OCTAVE, log2Q10 } from "../../src/base/log2.js";

it("is within 1.5/1024 of the logarithm", () => {
  for (let value = 1; value < 2 ** 31; value = Math.ceil(value * 1.003)) expect(Math.abs(log2Q10(value) - 1024 * Math.log2(value))).toBeLessThan(1.5);
});
it("never falls, and a doubling is an octave", () => {
  for (let value = 2; value < 70_000; value++) {
    expect(log2Q10(value)).toBeGreaterThanOrEqual(log2Q10(value - 1));
    if (value >= 4096) expect(log2Q10(2 * value) - log2Q10(value)).toBe(LOG2_OCTAVE);
  }
});
it.each([-5, 0, 1])("takes %i as one", (value) => expect(log2Q10(value)).toBe(0));

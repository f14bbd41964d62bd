// medianOf against a sort.
import { expect, it } from "vitest";
import { medianOf } from "../../src/base/median.js";
import { Prng } from "../../src/base/prng.js";

it("is the middle of any numbers, and leaves them as they are", () => {
  const prng = new Prng(1);
  for (let round = 0; round < 500; round++) {
    const count = 1 + prng.below(12);
    const values = Int32Array.from({ length: 12 }, () => prng.below(50) - 25);
    const before = values.slice();
    const sorted = [...values.subarray(0, count)].sort((one, other) => one - other);
    expect(medianOf(values, count, [])).toBe(Math.floor((sorted[(count - 1) >> 1]! + sorted[count >> 1]!) / 2));
    expect(values).toEqual(before);
  }
});

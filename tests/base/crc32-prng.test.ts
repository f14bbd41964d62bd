// CRC-32 against its published check value, and the generator's promises.
import { describe, expect, it } from "vitest";
import { crc32 } from "../../src/base/crc32.js";
import { Prng } from "../../src/base/prng.js";

describe("crc32", () => {
  const digits = new TextEncoder().encode("123456789");
  // Check value of CRC-32/ISO-HDLC (IEEE 802.3) for "123456789".
  it("gives the published check value", () => expect(crc32(digits, 0, 9) >>> 0).toBe(0xcbf43926));
  it("goes on from a seed", () => expect(crc32(digits, 4, 9, crc32(digits, 0, 4))).toBe(crc32(digits, 0, 9)));
  it("of nothing is 0", () => expect(crc32(digits, 3, 3)).toBe(0));
});

describe("Prng", () => {
  const draw = (seed: number): number[] => {
    const random = new Prng(seed);
    return Array.from({ length: 8 }, () => random.nextInt32());
  };
  it("repeats itself from the same seed", () => expect(draw(7)).toEqual(draw(7)));
  it("differs between neighbouring seeds", () => expect(draw(7)).not.toEqual(draw(8)));
  it("stays below its bound and reaches every value", () => {
    const random = new Prng(1);
    const seen = new Set<number>();
    for (let count = 0; count < 1000; count++) seen.add(random.below(10));
    expect([...seen].sort((one, other) => one - other)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
  it.each([0, -1, 2 ** 31])("refuses the bound %d", (bound) => expect(() => new Prng(1).below(bound)).toThrow("bound"));
});

// Contract suite of a flash: what every NOR flash must do. Call it from the test file of the flash.
import { beforeEach, describe, expect, it } from "vitest";
import type { Flash } from "../../src/contracts/flash.js";

export interface FlashSuiteOptions {
  readonly name: string;
  /** Makes a flash of at least 3 blocks, erased. */
  make(): Flash;
  /** Smallest and aligned program. [bytes] */
  readonly programUnitBytes: number;
}

export function flashSuite(options: FlashSuiteOptions): void {
  const unit = options.programUnitBytes;

  describe(`flash contract: ${options.name}`, () => {
    let flash: Flash;
    beforeEach(() => {
      flash = options.make();
    });

    const readBack = (offset: number, length: number): number[] => {
      const bytes = new Uint8Array(length);
      expect(flash.read(bytes, offset)).toBe(true);
      return [...bytes];
    };
    const pattern = (length: number, seed: number): Uint8Array => Uint8Array.from({ length }, (_, index) => (index * 31 + seed) & 0xff);

    it("has whole blocks of one size", () => {
      expect(flash.blockBytes).toBeGreaterThanOrEqual(256);
      expect(flash.blockCount).toBeGreaterThanOrEqual(3);
    });

    it("reads 0xFF everywhere once erased", () => {
      for (let block = 0; block < flash.blockCount; block++) expect(flash.eraseBlock(block)).toBe(true);
      expect(readBack(0, flash.blockBytes * flash.blockCount).every((byte) => byte === 0xff)).toBe(true);
    });

    for (const units of [1, 2, 3, 8]) {
      it(`reads back a program of ${units} units at every place in a block`, () => {
        for (let offset = 0; offset + units * unit <= flash.blockBytes; offset += units * unit) {
          const bytes = pattern(units * unit, offset);
          expect(flash.write(bytes, flash.blockBytes + offset)).toBe(true);
          expect(readBack(flash.blockBytes + offset, bytes.length)).toEqual([...bytes]);
        }
      });
    }

    it("reads across a block border", () => {
      const bytes = pattern(unit, 1);
      flash.write(bytes, flash.blockBytes - unit);
      flash.write(bytes, flash.blockBytes);
      expect(readBack(flash.blockBytes - unit, 2 * unit)).toEqual([...bytes, ...bytes]);
    });

    it("leaves the bytes beside a program alone", () => {
      flash.write(pattern(unit, 7), 2 * unit);
      expect(readBack(unit, unit).every((byte) => byte === 0xff)).toBe(true);
      expect(readBack(3 * unit, unit).every((byte) => byte === 0xff)).toBe(true);
    });

    it("clears bits and never sets them", () => {
      if (unit > 1) return;
      flash.write(Uint8Array.of(0b11110000), 5);
      flash.write(Uint8Array.of(0b10100000), 5);
      expect(readBack(5, 1)).toEqual([0b10100000]);
    });

    it("erases one block and no other", () => {
      const bytes = pattern(unit, 3);
      for (let block = 0; block < 3; block++) flash.write(bytes, block * flash.blockBytes + 4 * unit);
      expect(flash.eraseBlock(1)).toBe(true);
      expect(readBack(4 * unit, unit)).toEqual([...bytes]);
      expect(readBack(flash.blockBytes + 4 * unit, unit).every((byte) => byte === 0xff)).toBe(true);
      expect(readBack(2 * flash.blockBytes + 4 * unit, unit)).toEqual([...bytes]);
    });

    it("takes a new program after an erase", () => {
      flash.write(pattern(unit, 1), 0);
      flash.eraseBlock(0);
      const bytes = pattern(unit, 200);
      expect(flash.write(bytes, 0)).toBe(true);
      expect(readBack(0, unit)).toEqual([...bytes]);
    });
  });
}

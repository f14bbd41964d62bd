// The map of blocks: in which order blocks are read, and which are passed over.
import { describe, expect, it } from "vitest";
import { BlockMap } from "../../src/journal/block-map.js";
import { placeOf } from "../../src/journal/layout.js";

/** Sequences of the blocks; 0 = no header. */
function mapOf(sequences: readonly number[]): BlockMap {
  const map = new BlockMap(sequences.length, 512);
  map.reset(false);
  sequences.forEach((sequence, block) => sequence > 0 && map.setHeader(block, sequence, 1));
  return map;
}

describe("next", () => {
  for (const [name, sequences, sequence, limit, step, near, expected] of [
    ["the block beside it", [4, 5, 6, 3], 6, 9, 1, 1, 2],
    ["round the end", [4, 1, 2, 3], 4, 9, 1, 3, 0],
    ["round the start, downwards", [4, 1, 2, 3], 3, 1, -1, 0, 3],
    ["over a gap, upwards", [9, 1, 7, 3], 4, 9, 1, 3, 2],
    ["over a gap, downwards", [9, 1, 7, 3], 6, 1, -1, 2, 3],
    ["up to the limit", [9, 1, 7, 3], 8, 9, 1, 2, 0],
    ["not beyond the limit", [9, 1, 7, 3], 8, 8, 1, 2, -1],
    ["down to the limit", [9, 1, 7, 3], 2, 1, -1, 0, 1],
    ["not below the limit: the tail", [9, 1, 7, 3], 2, 2, -1, 0, -1],
    ["never one without a header", [5, 0, 0, 0], 4, 1, -1, 0, -1],
    ["nothing below the first", [1, 0, 0, 0], 0, 1, -1, 0, -1],
    ["nothing above the head", [9, 1, 7, 3], 10, 9, 1, 0, -1],
  ] as const) {
    it(name, () => expect(mapOf(sequences).next(sequence, limit, step, near)).toBe(expected));
  }
});

describe("live records", () => {
  it("are found granule by granule, over the edges of words", () => {
    const map = new BlockMap(2, 4096);
    map.reset(false);
    const granules = [2, 31, 32, 63, 64, 127];
    for (const granule of granules) map.setLive(1, granule, 1);
    const found: number[] = [];
    for (let granule = map.nextLive(1, 0); granule >= 0; granule = map.nextLive(1, granule + 1)) found.push(granule);
    expect(found).toEqual(granules);
    expect(map.nextLive(0, 0)).toBe(-1);
    expect(map.liveBytesOf(1)).toBe(6 * 32);
  });
});

describe("a row", () => {
  it("keeps erases and live bytes apart, up to the largest block", () => {
    const map = new BlockMap(2, 8192);
    map.reset(false);
    map.setHeader(1, 5, 1000);
    map.setLive(1, 2, 254);
    expect([map.eraseCountOf(1), map.liveBytesOf(1)]).toEqual([1000, 254 * 32]);
    map.clearLive(placeOf(1, 2, 254));
    expect([map.eraseCountOf(1), map.liveBytesOf(1)]).toEqual([1000, 0]);
  });

  it("counts no more erases than fit", () => {
    const map = mapOf([1]);
    map.setHeader(0, 2, 0x7fffffff);
    expect([map.eraseCountOf(0), map.liveBytesOf(0)]).toEqual([0x7fffff, 0]);
  });

  it("remembers over a reset under which sequence the block was retired as a whole, and no other is", () => {
    for (const [sequence, expected] of [[7, true], [8, false]] as const) {
      const map = mapOf([7]);
      map.retireBlock(0);
      map.reset(true);
      expect([map.sequenceOf(0), map.isSpent(0)]).toEqual([0, false]);
      map.setHeader(0, sequence, 1);
      expect(map.isSpent(0)).toBe(expected);
    }
  });

  it("knows while a block is erased whether retirements of its records are needed", () => {
    for (const [isRetired, expected] of [[true, false], [false, true]] as const) {
      const map = mapOf([7]);
      if (isRetired) map.retireBlock(0);
      map.clearHeader(0);
      expect(map.isNeeded(7, placeOf(0, 2, 1))).toBe(expected);
      expect(map.isNeeded(7, placeOf(0, 0, 0))).toBe(true);
    }
  });

  for (const [name, retired, tail, isFree] of [
    ["a retirement of a block at the tail", 99_000, 99_000, false],
    ["of one before the tail", 99_000, 99_001, true],
    ["of a newer block", 100_001, 100_000, false],
    ["of the oldest block that can be told", 34_466, 34_466, false],
    ["of that block, before the tail", 34_466, 34_467, true],
    ["of an older one, taken for the next that could not be told", 34_000, 34_465, false],
    ["of an older one, and that before the tail", 34_000, 34_466, true],
  ] as const) {
    it(`${isFree ? "costs nothing" : "costs something"}: ${name}`, () => {
      const map = mapOf([100_000, 1]);
      map.noteRetirement(0, 1, retired);
      map.setTail(tail);
      expect(map.cost(0) === 0).toBe(isFree);
    });
  }
});

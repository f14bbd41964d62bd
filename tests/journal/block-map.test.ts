// The map of blocks: in which order blocks are read, and which are passed over.
import { describe, expect, it } from "vitest";
import { BlockMap, CHEAPEST, COLD, NOWHERE, SPENT } from "../../src/journal/block-map.js";
import { placeOf } from "../../src/journal/layout.js";

/** Sequences of the blocks; 0 = no header. */
function mapOf(sequences: readonly number[]): BlockMap {
  const map = new BlockMap(sequences.length, 512);
  map.reset(false);
  sequences.forEach((sequence, block) => sequence > 0 && map.setHeader(block, sequence, 1));
  return map;
}

describe("next", () => {
  // The head is the block of the highest sequence, if none is named.
  for (const [name, sequences, block, step, expected, tail = 1, head = sequences.indexOf(Math.max(...sequences))] of [
    ["the block beside it", [4, 5, 6, 3], 1, 1, 2],
    ["round the end", [4, 1, 2, 3], 3, 1, 0],
    ["round the start, downwards", [4, 1, 2, 3], 0, -1, 3],
    ["over a gap, upwards", [9, 1, 7, 3], 3, 1, 2],
    ["over a gap, downwards", [9, 1, 7, 3], 2, -1, 3],
    ["the first of all", [9, 3, 7, 1], NOWHERE, 1, 3],
    ["the first from the tail on", [9, 3, 7, 1], NOWHERE, 1, 2, 4],
    ["the tail itself", [9, 3, 7, 1], NOWHERE, 1, 2, 7],
    ["up to the head", [9, 1, 7, 3], 2, 1, 0],
    ["not beyond the head", [9, 1, 7, 3], 2, 1, NOWHERE, 1, 2],
    ["down to the tail", [9, 1, 7, 3], 3, -1, 1],
    ["not below the tail", [9, 1, 7, 3], 3, -1, NOWHERE, 2],
    ["never one without a header", [5, 0, 0, 0], 0, -1, NOWHERE, 0],
    ["nothing below the first", [1, 0, 0, 0], 0, -1, NOWHERE, 0],
    ["nothing without a head", [1, 2, 3, 0], NOWHERE, 1, NOWHERE, 0, 4],
  ] as readonly (readonly [string, readonly number[], number, 1 | -1, number, number?, number?])[]) {
    it(name, () => {
      const map = mapOf(sequences);
      map.head = head;
      map.setTail(tail);
      expect(map.next(block, step)).toBe(expected);
    });
  }
});

describe("the newest block", () => {
  it("is neither suspect nor retired as a whole, and one of two that have the same sequence is as good as the other", () => {
    const map = mapOf([5, 8, 8, 9, 3]);
    map.retireBlock(3);
    expect(map.newestBlock()).toBe(1);
    map.setSuspect(1);
    expect(map.newestBlock()).toBe(2);
    for (const block of [0, 2, 4]) map.setSuspect(block);
    expect(map.newestBlock()).toBe(map.blockCount);
  });
});

describe("the choice of a block", () => {
  /** Block 5 is the head; 0 and 1 are free, 2 to 4 hold a record each. */
  function choiceMap(): BlockMap {
    const map = mapOf([1, 2, 3, 4, 5, 6]);
    map.head = 5;
    for (const [block, sequence, erases, granules] of [[0, 1, 7, 0], [1, 2, 5, 0], [2, 3, 9, 4], [3, 4, 3, 2], [4, 5, 8, 2], [5, 6, 1, 1]] as const) {
      map.setHeader(block, sequence, erases);
      if (granules > 0) map.setLive(block, 2, granules);
    }
    return map;
  }

  it("is the free one that was erased least, the one in use that was, or the cheapest to empty, the oldest of several", () => {
    const map = choiceMap();
    expect([map.chooseFree(), map.choose(COLD, NOWHERE), map.choose(CHEAPEST, NOWHERE), map.choose(CHEAPEST, 3)]).toEqual([1, 3, 3, 4]);
    expect(map.freeCount()).toBe(2);
  });

  it("is first of all a free block that may show an old header again, and never one on which the part failed", () => {
    const map = choiceMap();
    map.clearHeader(0);
    expect(map.chooseFree()).toBe(0);
    for (const block of [0, 3]) map.markUnreadable(block);
    expect([map.chooseFree(), map.choose(COLD, NOWHERE), map.choose(CHEAPEST, NOWHERE), map.choose(CHEAPEST, 4)]).toEqual([1, 4, 4, 2]);
    expect(map.freeCount()).toBe(1);
  });

  it("is never free while it holds a live record, even if it was retired as a whole", () => {
    const map = choiceMap();
    map.retireBlock(0);
    map.setLive(0, 3, 1);
    expect([map.chooseFree(), map.freeCount()]).toEqual([1, 1]);
  });

  it("is none where there is none", () => {
    const map = mapOf([1]);
    map.head = 0;
    expect([map.chooseFree(), map.choose(COLD, NOWHERE), map.choose(CHEAPEST, NOWHERE)]).toEqual([NOWHERE, NOWHERE, NOWHERE]);
  });
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

  it("guesses the erases of a block whose header is gone: one less than the most of any other", () => {
    const map = mapOf([1, 2]);
    map.setHeader(0, 3, 40);
    map.clearHeader(1);
    expect([map.eraseCountOf(0), map.eraseCountOf(1)]).toEqual([40, 39]);
  });

  it("remembers over a reset under which sequence the block was retired as a whole, and no other is", () => {
    for (const [sequence, expected] of [[7, true], [8, false]] as const) {
      const map = mapOf([7]);
      map.retireBlock(0);
      map.reset(true);
      expect([map.sequenceOf(0), map.has(0, SPENT)]).toEqual([0, false]);
      map.setHeader(0, sequence, 1);
      expect(map.has(0, SPENT)).toBe(expected);
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

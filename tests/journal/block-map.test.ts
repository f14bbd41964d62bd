// The map of blocks: in which order blocks are read, and which are passed over.
import { describe, expect, it } from "vitest";
import { BlockMap } from "../../src/journal/block-map.js";

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

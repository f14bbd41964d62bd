// The bounds of blocks in three orders, over boots that may be long ago.
import { describe, expect, it } from "vitest";
import { BlockBounds, DROPPED_FIRST, NEWEST, type Order, SENT_FIRST } from "../../src/journal/block-bounds.js";
import { BlockMap } from "../../src/journal/block-map.js";
import type { RecordLog } from "../../src/journal/record-log.js";

const BOOT_COUNT = 100_000;
/** The boot from which on age does not tell. */
const OLD = BOOT_COUNT - 65_534;

/** Bounds of blocks that hold one record each: rank, boot count and sequence. */
function boundsOf(order: Order, records: readonly (readonly [number, number, number])[]): BlockBounds {
  const map = new BlockMap(records.length, 512);
  map.reset(false);
  const bounds = new BlockBounds({ map, bootCount: BOOT_COUNT } as RecordLog);
  records.forEach(([rank, bootCount, sequence], block) => {
    map.setHeader(block, block + 1, 1);
    map.setLive(block, 2, 1);
    bounds.note(order, block, rank, bootCount, sequence);
  });
  return bounds;
}

describe("the first block", () => {
  for (const [name, order, records, expected] of [
    ["sent first: the older boot", SENT_FIRST, [[7, BOOT_COUNT, 1], [7, BOOT_COUNT - 1, 9]], 1],
    ["sent first: the lower sequence of a boot", SENT_FIRST, [[7, BOOT_COUNT, 2], [7, BOOT_COUNT, 1]], 1],
    ["sent first: the higher rank", SENT_FIRST, [[6, 1, 1], [7, BOOT_COUNT, 9]], 1],
    ["dropped first: the lower rank", DROPPED_FIRST, [[7, 1, 1], [6, BOOT_COUNT, 9]], 1],
    ["newest: the newer boot", NEWEST, [[7, BOOT_COUNT - 1, 9], [7, BOOT_COUNT, 1]], 1],
    ["newest: the higher sequence of a boot", NEWEST, [[7, BOOT_COUNT, 1], [7, BOOT_COUNT, 2]], 1],
    ["the last boots that age tells apart", SENT_FIRST, [[7, OLD + 1, 1], [7, OLD, 9]], 1],
    ["boots before: the lower sequence", SENT_FIRST, [[7, OLD - 2, 9], [7, OLD - 1, 1]], 1],
  ] as const) {
    it(name, () => expect(boundsOf(order, records).first(order, 0)).toBe(expected));
  }

  it("is the same however often its bound is noted, be its boot as old as it may", () => {
    const bounds = boundsOf(SENT_FIRST, [[7, 1, 5], [7, 2, 4]]);
    bounds.note(SENT_FIRST, 0, 7, 1, 5);
    expect(bounds.first(SENT_FIRST, 0)).toBe(1);
    expect([bounds.bootCountOf(SENT_FIRST, 1), bounds.sequenceOf(SENT_FIRST, 1)]).toEqual([OLD, 4]);
  });
});

it("tells boot and sequence of a bound", () => {
  for (const bootCount of [1 + OLD, BOOT_COUNT - 1, BOOT_COUNT]) {
    const bounds = boundsOf(SENT_FIRST, [[7, bootCount, 3]]);
    expect([bounds.bootCountOf(SENT_FIRST, 0), bounds.sequenceOf(SENT_FIRST, 0), bounds.rankOf(SENT_FIRST, 0)]).toEqual([bootCount, 3, 7]);
  }
});

// The pending table: refilling keeps the most urgent of any number of records in any order; records are found by name.
import { describe, expect, it } from "vitest";
import { Prng } from "../../src/base/prng.js";
import { KIND_DROPPED } from "../../src/journal/layout.js";
import { NO_SLOT, PENDING_LIMIT, PendingTable, rankOf } from "../../src/journal/pending-table.js";

interface Item {
  readonly kind: number;
  readonly priority: number;
  readonly bootCount: number;
  readonly sequence: number;
}

const nameOf = ({ kind, bootCount, sequence }: Item): string => `${kind}.${bootCount}.${sequence}`;

function refill(table: PendingTable, items: readonly Item[]): void {
  table.startRefill();
  for (const { kind, priority, bootCount, sequence } of items)
    if (table.hasPlaceFor(kind, rankOf(kind, priority), bootCount, sequence)) table.refill(kind, priority, bootCount, sequence);
}

/** Names in the table in the order of sending. */
function drain(table: PendingTable): string[] {
  const names: string[] = [];
  for (let slot = table.mostUrgent(); slot !== NO_SLOT; slot = table.mostUrgent()) {
    const item = { kind: table.kind[slot]!, priority: table.priority[slot]!, bootCount: table.bootCount[slot]!, sequence: table.sequence[slot]! };
    expect(table.findIdentity(item.kind, item.bootCount, item.sequence)).toBe(slot);
    names.push(nameOf(item));
    table.remove(slot);
    expect(table.findIdentity(item.kind, item.bootCount, item.sequence)).toBe(NO_SLOT);
  }
  return names;
}

function randomItems(prng: Prng, count: number): Item[] {
  return Array.from({ length: count }, (_, index) => ({ kind: prng.below(3) === 0 ? 64 : 2, priority: prng.below(4), bootCount: 1 + prng.below(3), sequence: index + 1 }));
}

describe("refill", () => {
  for (const count of [0, 1, PENDING_LIMIT - 1, PENDING_LIMIT, PENDING_LIMIT + 1, 3000]) {
    it(`keeps the most urgent ${Math.min(count, PENDING_LIMIT)} of ${count}, whatever their order`, () => {
      const prng = new Prng(count + 1);
      const items = randomItems(prng, count);
      const one = new PendingTable();
      refill(one, items);
      const all = new PendingTable();
      // One by one against the whole, by what `isMoreUrgent` says of two slots.
      const isBefore = (a: Item, b: Item): boolean => {
        all.reset();
        all.set(0, a.kind, a.priority, a.bootCount, a.sequence);
        return all.isMoreUrgent(0, rankOf(b.kind, b.priority), b.bootCount, b.sequence);
      };
      const expected = items.toSorted((a, b) => (isBefore(a, b) ? -1 : 1)).slice(0, PENDING_LIMIT).map(nameOf);
      expect(drain(one)).toEqual(expected);
      expect(one.count).toBe(0);
    });
  }

  it("lists every drop report, and records in flight stay", () => {
    const table = new PendingTable();
    table.set(0, 2, 0, 1, 1);
    table.inFlight[0] = 1;
    refill(table, randomItems(new Prng(5), 600).map((item) => ({ ...item, bootCount: 2 })));
    refill(table, Array.from({ length: 40 }, (_, index) => ({ kind: KIND_DROPPED, priority: 0, bootCount: 1, sequence: index + 1 })));
    expect(table.count).toBe(PENDING_LIMIT);
    table.inFlight[0] = 0;
    const names = drain(table);
    expect(names.filter((name) => name.startsWith(`${KIND_DROPPED}.`))).toHaveLength(40);
    expect(names).toContain("2.1.1");
  });
});

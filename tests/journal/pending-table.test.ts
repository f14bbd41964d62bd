// The pending table: whatever its order, the least urgent give way and the most urgent come first; records are found by name.
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

/** Lists all of them; when the table is full, each takes the place of the least urgent one, if that is less urgent. */
function list(table: PendingTable, items: readonly Item[]): void {
  for (const { kind, priority, bootCount, sequence } of items) {
    let slot = table.findFree();
    if (slot === NO_SLOT) {
      slot = table.leastUrgent(NO_SLOT);
      if (slot === NO_SLOT || table.isMoreUrgent(slot, rankOf(kind, priority), bootCount, sequence)) continue;
      table.remove(slot);
    }
    table.set(slot, kind, rankOf(kind, priority), bootCount, sequence);
  }
}

/** Names in the table in the order of sending. */
function drain(table: PendingTable): string[] {
  const names: string[] = [];
  for (let slot = table.mostUrgent(); slot !== NO_SLOT; slot = table.mostUrgent()) {
    const item = { kind: table.kindAt(slot), priority: table.rankAt(slot) % 4, bootCount: table.bootCountAt(slot), sequence: table.sequenceAt(slot) };
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

describe("the pending table", () => {
  for (const count of [0, 1, PENDING_LIMIT - 1, PENDING_LIMIT, PENDING_LIMIT + 1, 3000]) {
    it(`keeps the most urgent ${Math.min(count, PENDING_LIMIT)} of ${count}, whatever their order`, () => {
      const prng = new Prng(count + 1);
      const items = randomItems(prng, count);
      const one = new PendingTable();
      list(one, items);
      // One by one against the whole, by what `isMoreUrgent` says of two slots.
      const isBefore = (a: Item, b: Item): boolean => {
        const all = new PendingTable();
        all.set(0, a.kind, rankOf(a.kind, a.priority), a.bootCount, a.sequence);
        return all.isMoreUrgent(0, rankOf(b.kind, b.priority), b.bootCount, b.sequence);
      };
      const expected = items.toSorted((a, b) => (isBefore(a, b) ? -1 : 1)).slice(0, PENDING_LIMIT).map(nameOf);
      expect(drain(one)).toEqual(expected);
      expect(one.count).toBe(0);
    });
  }

  it("gives up neither drop reports nor records in flight, nor the spared one", () => {
    const table = new PendingTable();
    list(table, [{ kind: 2, priority: 0, bootCount: 1, sequence: 1 }]);
    table.setInFlight(0, true);
    list(table, Array.from({ length: PENDING_LIMIT - 2 }, (_, index) => ({ kind: KIND_DROPPED, priority: 0, bootCount: 1, sequence: index + 1 })));
    list(table, [{ kind: 2, priority: 3, bootCount: 1, sequence: 2 }]);
    const last = table.findIdentity(2, 1, 2);
    expect([table.leastUrgent(NO_SLOT), table.leastUrgent(last)]).toEqual([last, NO_SLOT]);
  });
});

// The order of sending and of dropping, against a plain list, with many more records than there are handles, and scattered over all blocks.
import { describe, expect, it } from "vitest";
import { Prng } from "../../src/base/prng.js";
import { KIND_DROPPED } from "../../src/journal/layout.js";
import { PENDING_LIMIT } from "../../src/journal/pending-table.js";
import { NorFlash } from "../../src/platform/sim/flash.js";
import { FULL_LOADS, runFullLoad } from "./full-loads.js";
import { ProbedJournal } from "./probed-journal.js";

const ALERT = 1;
const ALERT_END = 4;
const EVIDENCE = 64;
const HIGH = 3;
const IN_FLIGHT_MAX = 4;
const payload = new Uint8Array(48);

interface Item {
  readonly kind: number;
  readonly priority: number;
  readonly bootCount: number;
  readonly sequence: number;
}

const nameOf = ({ kind, priority, bootCount, sequence }: Item): string => `${kind}.${priority}.${bootCount}.${sequence}`;
const rankOf = ({ kind, priority }: Item): number => (kind < EVIDENCE ? 10 : 0) + priority;
const isOlder = (a: Item, b: Item): boolean => a.bootCount < b.bootCount || (a.bootCount === b.bootCount && a.sequence < b.sequence);
const isSentBefore = (a: Item, b: Item): boolean => (rankOf(a) === rankOf(b) ? isOlder(a, b) : rankOf(a) > rankOf(b));
const isDroppedBefore = (a: Item, b: Item): boolean => (rankOf(a) === rankOf(b) ? isOlder(a, b) : rankOf(a) < rankOf(b));
const isEmergency = ({ kind, priority }: Item): boolean => kind === ALERT && priority === HIGH;
const firstOf = (items: readonly Item[], isBefore: (a: Item, b: Item) => boolean): Item | undefined =>
  items.reduce<Item | undefined>((first, item) => (first === undefined || isBefore(item, first) ? item : first), undefined);

function itemOf(journal: ProbedJournal, handle: number): Item {
  return { kind: journal.kindOf(handle), priority: journal.priorityOf(handle), bootCount: journal.bootCountOf(handle), sequence: journal.sequenceOf(handle) };
}

describe("the order of sending", () => {
  for (const [name, kinds, priorityMin] of [
    ["of mixed records", [ALERT, ALERT_END, EVIDENCE], 1],
    ["of emergencies alone", [ALERT], HIGH],
    ["of emergencies and their ends", [ALERT, ALERT_END], HIGH],
  ] as const) {
    it(`${name}: the newest emergency, then by priority and age, after every lost link and restart`, () => {
      for (const seed of [1, 2, 3]) {
        const prng = new Prng(seed);
        const flash = new NorFlash({ blockBytes: 4096, blockCount: 64 });
        let journal = new ProbedJournal(flash);
        journal.mount();
        let waiting: Item[] = [];
        let inFlight: { handle: number; item: Item }[] = [];
        let newestSent: Item | undefined;
        let sequence = 0;
        let longest = 0;
        const append = (): void => {
          const item = { kind: kinds[prng.below(kinds.length)]!, priority: priorityMin + prng.below(HIGH + 1 - priorityMin), bootCount: journal.bootCount, sequence: ++sequence };
          expect(journal.append(item.kind, item.priority, item.sequence, payload, 48)).toBeGreaterThanOrEqual(0);
          waiting.push(item);
          longest = Math.max(longest, waiting.length);
        };
        const loseLink = (): void => {
          waiting.push(...inFlight.map(({ item }) => item));
          inFlight = [];
          newestSent = undefined;
        };
        for (let index = 0; index < 600; index++) append();
        for (let step = 0; step < 1500; step++) {
          const die = prng.below(100);
          if (die < 20) append();
          else if (die < 60 && inFlight.length < IN_FLIGHT_MAX) {
            const newest = firstOf(waiting.filter(isEmergency), (a, b) => isOlder(b, a));
            const goesFirst = newest && (newestSent === undefined || isOlder(newestSent, newest));
            const expected = goesFirst ? newest : firstOf(waiting, isSentBefore);
            const handle = journal.nextPending();
            expect(handle < 0 ? undefined : nameOf(itemOf(journal, handle)), `seed ${seed}, step ${step}`).toBe(expected && nameOf(expected));
            if (!expected) continue;
            journal.markInFlight(handle, true);
            if (isEmergency(expected) && (!newestSent || isOlder(newestSent, expected))) newestSent = expected;
            waiting = waiting.filter((item) => item !== expected);
            inFlight.push({ handle, item: expected });
          } else if (die < 96 && inFlight.length > 0) {
            const [arrived] = inFlight.splice(prng.below(inFlight.length), 1);
            expect(journal.acknowledge(arrived!.handle)).toBe(true);
          } else if (die < 99) {
            journal.clearInFlight();
            loseLink();
          } else {
            journal = new ProbedJournal(flash);
            expect(journal.tellMount().pending).toBe(waiting.length + inFlight.length);
            loseLink();
            sequence = 0;
          }
        }
        expect(longest).toBeGreaterThan(4 * PENDING_LIMIT);
        expect(journal.pendingCount).toBe(waiting.length + inFlight.length);
      }
    });
  }
});

describe("the order of dropping", () => {
  /** What is on flash, drop reports aside, as a journal of its own finds it. */
  const stored = (flash: NorFlash): Item[] => {
    const copy = new NorFlash({ blockBytes: flash.blockBytes, blockCount: flash.blockCount });
    copy.copyFrom(flash);
    const journal = new ProbedJournal(copy);
    journal.mount();
    const items: Item[] = [];
    for (let handle = journal.nextPending(); handle >= 0; handle = journal.nextPending()) {
      items.push(itemOf(journal, handle));
      journal.acknowledge(handle);
    }
    return items.filter(({ kind }) => kind !== KIND_DROPPED);
  };

  it("takes the lowest and oldest of all on flash, wherever they lie, and never one in flight", () => {
    let drops = 0;
    for (const seed of [1, 2, 3]) {
      const prng = new Prng(seed);
      const flash = new NorFlash({ blockBytes: 4096, blockCount: 24 });
      const journal = new ProbedJournal(flash);
      journal.mount();
      let before: Item[] = [];
      let inFlight: Item[] = [];
      for (let sequence = 1; sequence <= 1400; sequence++) {
        // From the first drop on, some of what is stored is delivered now and then, so that blocks get mixed.
        if (sequence > 900 && sequence % 7 === 0) {
          const handle = journal.nextPending();
          journal.markInFlight(handle, true);
          if (prng.below(2) === 0) journal.acknowledge(handle);
          else inFlight.push(itemOf(journal, handle));
        }
        if (inFlight.length > 20) {
          journal.clearInFlight();
          inFlight = [];
        }
        const isWatched = sequence > 900 && sequence % 4 === 0;
        if (isWatched) before = stored(flash);
        const kind = [ALERT, ALERT_END, EVIDENCE][prng.below(3)]!;
        journal.append(kind, 1 + prng.below(3), sequence, payload, 48);
        if (!isWatched) continue;
        const after = stored(flash);
        const names = new Set(after.map(nameOf));
        const dropped = before.filter((item) => !names.has(nameOf(item)));
        const flying = new Set(inFlight.map(nameOf));
        const first = firstOf(after.filter((item) => !flying.has(nameOf(item))), isDroppedBefore)!;
        for (const item of dropped) expect(flying.has(nameOf(item)) || !isDroppedBefore(item, first), `seed ${seed}: ${nameOf(item)} went, ${nameOf(first)} stayed`).toBe(false);
        drops += dropped.length;
      }
    }
    expect(drops).toBeGreaterThan(50);
  });
});

describe("the dearest call on 1 MB that is full", () => {
  for (const load of FULL_LOADS) {
    it(`${load.name}: reads a few blocks, whatever is on flash`, () => {
      const { worst, delivered } = runFullLoad(load);
      expect(delivered).toBeGreaterThan(3000);
      expect(worst.nextPending).toBeLessThanOrEqual(4 * 126);
      expect(worst.acknowledge).toBeLessThanOrEqual(600);
      expect(worst.append).toBeLessThanOrEqual(4000);
    });
  }
});

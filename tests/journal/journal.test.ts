// The journal through its public calls: delivery order, durability, dropping, faults of the part, bit rot, wear, downgrade.
import { beforeEach, describe, expect, it } from "vitest";
import { Prng } from "../../src/base/prng.js";
import { crc32 } from "../../src/base/crc32.js";
import { JOURNAL_DAMAGED, JOURNAL_DROPPED, JOURNAL_FAULT, JOURNAL_FOREIGN, JOURNAL_NONE, JOURNAL_NOT_MOUNTED, JOURNAL_TOO_LARGE, JOURNAL_UNLISTED } from "../../src/journal/codes.js";
import { BLOCK_HEADER_BYTES, BLOCK_SEQUENCE_WORD, DROPPED_DAMAGED, DROPPED_FOR_ROOM, GRANULE_BYTES, HEADER_WORDS, KIND_DROPPED, RecordHeader, RECORDS_OFFSET } from "../../src/journal/layout.js";
import { PENDING_LIMIT } from "../../src/journal/pending-table.js";
import { CUT_OUTCOMES, type CutOutcome, NorFlash, PowerCut } from "../../src/platform/sim/flash.js";
import { ProbedJournal } from "./probed-journal.js";

const ALERT = 1;
const ALERT_END = 4;
const EVIDENCE = 64;
const LOW = 1;
const MEDIUM = 2;
const HIGH = 3;

let flash: NorFlash;
let journal: ProbedJournal;
const payload = new Uint8Array(4096);

function start(blockCount = 16, blockBytes = 512): void {
  flash = new NorFlash({ blockBytes, blockCount, strict: true, programUnitBytes: 32 });
  restart();
}

function restart(): ReturnType<ProbedJournal["tellMount"]> {
  journal = new ProbedJournal(flash);
  return journal.tellMount();
}

/** A restart and what comes after it, until the power goes in the flash operation of this number. */
function restartCut(operations: number, outcome: CutOutcome, live = (): void => {}): void {
  flash.cutAfter(operations, outcome);
  try {
    restart();
    live();
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
  }
  flash.powerUp();
}

function append(kind: number, priority: number, sequence: number, byteCount = 48, uptimeS = sequence): number {
  payload.fill(sequence & 0xff, 0, byteCount);
  return journal.append(kind, priority, sequence, payload, byteCount, uptimeS);
}

/** [kind, priority, boot, sequence] of all pending records in the order of sending. */
function pending(): number[][] {
  const list: number[][] = [];
  for (let handle = journal.nextPending(); handle >= 0; handle = journal.nextPending()) {
    list.push([journal.kindOf(handle), journal.priorityOf(handle), journal.bootCountOf(handle), journal.sequenceOf(handle)]);
    journal.markInFlight(handle, true);
  }
  journal.clearInFlight();
  return list;
}

function drain(): number {
  let count = 0;
  for (let handle = journal.nextPending(); handle >= 0; handle = journal.nextPending()) {
    expect(journal.acknowledge(handle)).toBe(true);
    count++;
  }
  return count;
}

/** Drop reports: [reason, lane's first kind, priority, count, first sequence, last sequence]. */
function reports(): number[][] {
  const list: number[][] = [];
  const bytes = new Uint8Array(64);
  for (let handle = journal.nextPending(); handle >= 0; handle = journal.nextPending()) {
    journal.markInFlight(handle, true);
    if (journal.kindOf(handle) !== KIND_DROPPED) continue;
    expect(journal.read(handle, bytes)).toBe(32);
    const view = new DataView(bytes.buffer);
    list.push([bytes[1]!, bytes[2]!, bytes[3]!, view.getInt32(4, true), view.getInt32(16, true), view.getInt32(28, true)]);
  }
  journal.clearInFlight();
  return list;
}

/** RAM in typed arrays, of whatever is reached from `root`. [bytes] */
function typedArrayBytes(root: object, seen = new Set<unknown>()): number {
  if (seen.has(root) || root === flash) return 0;
  seen.add(root);
  if (ArrayBuffer.isView(root)) return typedArrayBytes(root.buffer, seen);
  if (root instanceof ArrayBuffer) return root.byteLength;
  return Object.values(root).reduce((sum: number, value: unknown) => sum + (typeof value === "object" && value ? typedArrayBytes(value, seen) : 0), 0);
}

beforeEach(() => start());

describe("mounting", () => {
  it("starts a log on blank flash and counts boots", () => {
    flash = new NorFlash({ blockBytes: 512, blockCount: 16 });
    for (const bootCount of [1, 2, 3]) expect(restart()).toEqual({ code: 0, bootCount, pending: 0 });
  });

  it("counts boots on when the block of the last boot mark is long gone", () => {
    restart();
    for (let sequence = 1; sequence <= 500; sequence++) {
      append(ALERT, LOW, sequence);
      drain();
    }
    expect(Math.min(...flash.eraseCounts)).toBeGreaterThan(2);
    expect(restart().bootCount).toBe(3);
  });

  it("refuses a log of a newer format, byte for byte untouched", () => {
    append(ALERT, HIGH, 1);
    for (const copy of [0, BLOCK_HEADER_BYTES]) {
      flash.image[copy + 4] = 2;
      new DataView(flash.image.buffer).setInt32(copy + 28, crc32(flash.image, copy, copy + 28), true);
    }
    const before = flash.image.slice();
    expect(restart()).toMatchObject({ code: JOURNAL_FOREIGN });
    expect(append(ALERT, HIGH, 2)).toBe(JOURNAL_NOT_MOUNTED);
    expect(journal.nextPending()).toBe(JOURNAL_NONE);
    expect(flash.image).toEqual(before);
  });

  it("does not format a flash that can't be read", () => {
    start();
    append(ALERT, HIGH, 1);
    for (let block = 0; block < 16; block++) flash.setFaults(block, { read: true });
    const before = flash.image.slice();
    expect(restart()).toMatchObject({ code: JOURNAL_FAULT });
    expect(flash.image).toEqual(before);
    for (let block = 0; block < 16; block++) flash.setFaults(block, undefined);
    expect(restart()).toMatchObject({ code: 0, pending: 1 });
  });

  it("formats what is no log at all", () => {
    flash.image.fill(0x5a);
    expect(restart()).toMatchObject({ code: 0, bootCount: 1 });
    expect(append(ALERT, HIGH, 1)).toBeGreaterThanOrEqual(0);
  });

  it("refuses an unfit flash", () => {
    for (const [blockBytes, blockCount] of [[256, 9], [128, 64], [8224, 8], [500, 16]] as const) {
      expect(() => new ProbedJournal(new NorFlash({ blockBytes, blockCount })), `${blockCount} x ${blockBytes}`).toThrow("journal:");
    }
  });
});

describe("delivery", () => {
  it("offers the newest emergency, then alerts before evidence, by priority, then by age over boots", () => {
    append(EVIDENCE, HIGH, 1);
    append(ALERT, LOW, 2);
    append(ALERT, HIGH, 3);
    restart();
    append(ALERT, HIGH, 1);
    append(ALERT, MEDIUM, 2);
    append(EVIDENCE, LOW, 3);
    const expected = [
      [ALERT, HIGH, 2, 1], [ALERT, HIGH, 1, 3], [ALERT, MEDIUM, 2, 2], [ALERT, LOW, 1, 2], [EVIDENCE, HIGH, 1, 1], [EVIDENCE, LOW, 2, 3],
    ];
    expect(pending()).toEqual(expected);
    restart();
    expect(pending()).toEqual(expected);
  });

  for (const byteCount of [0, 1, 27, 28, 29, 48, 60, 61, 255, 256, 257, 300, 412]) {
    it(`keeps a payload of ${byteCount} bytes`, () => {
      const bytes = Uint8Array.from({ length: byteCount }, (_, index) => (index * 37 + 11) & 0xff);
      journal.append(ALERT, HIGH, 1, bytes, byteCount);
      restart();
      const into = new Uint8Array(512);
      expect(journal.read(journal.nextPending(), into)).toBe(byteCount);
      expect(into.subarray(0, byteCount)).toEqual(bytes);
      expect(into.subarray(byteCount).every((byte) => byte === 0)).toBe(true);
    });
  }

  it("says when a payload is too large to store or to read", () => {
    const payloadBytesMax = 512 - RECORDS_OFFSET - 36;
    expect(append(ALERT, HIGH, 1, payloadBytesMax + 1)).toBe(JOURNAL_TOO_LARGE);
    const handle = append(ALERT, HIGH, 1, payloadBytesMax);
    expect(journal.read(handle, new Uint8Array(100))).toBe(JOURNAL_TOO_LARGE);
  });

  it("never offers an acknowledged record again", () => {
    for (let sequence = 1; sequence <= 5; sequence++) append(ALERT, MEDIUM, sequence);
    journal.acknowledge(journal.nextPending());
    restart();
    expect(pending().map(([, , , sequence]) => sequence)).toEqual([2, 3, 4, 5]);
    drain();
    expect(restart().pending).toBe(0);
  });

  it("passes over records in flight until they are taken back", () => {
    append(ALERT, MEDIUM, 1);
    append(ALERT, MEDIUM, 2);
    const first = journal.nextPending();
    journal.markInFlight(first, true);
    expect(journal.sequenceOf(journal.nextPending())).toBe(2);
    journal.markInFlight(first, false);
    expect(journal.nextPending()).toBe(first);
  });

  it("keeps a handle in flight good while its record is copied to other blocks", () => {
    const handle = append(ALERT, HIGH, 1);
    journal.markInFlight(handle, true);
    for (let sequence = 2; sequence <= 400; sequence++) {
      append(ALERT, LOW, sequence);
      if (sequence % 3 === 0) journal.acknowledge(journal.nextPending());
    }
    expect(journal.reclaims).toBeGreaterThan(0);
    expect([journal.sequenceOf(handle), journal.read(handle, new Uint8Array(48))]).toEqual([1, 48]);
    expect(journal.acknowledge(handle)).toBe(true);
  });

  it("lists the most urgent of more records than the table has room for, and in the end all of them, in order", () => {
    start(40, 4096);
    const total = PENDING_LIMIT * 3;
    const results = Array.from({ length: total }, (_, index) => append(ALERT, 1 + (index % 3), index + 1));
    expect(results.filter((result) => result === JOURNAL_UNLISTED).length).toBeGreaterThan(PENDING_LIMIT);
    expect(journal.pendingCount).toBe(total);
    restart();
    expect(journal.pendingCount).toBe(total);
    const order: number[][] = [];
    for (let handle = journal.nextPending(); handle >= 0; handle = journal.nextPending()) {
      order.push([journal.priorityOf(handle), journal.sequenceOf(handle)]);
      journal.acknowledge(handle);
    }
    const expected = [HIGH, MEDIUM, LOW].flatMap((priority) => Array.from({ length: total }, (_, index) => index).filter((index) => 1 + (index % 3) === priority).map((index) => [priority, index + 1]));
    expect(order).toEqual([[HIGH, total], ...expected.filter(([priority, sequence]) => priority !== HIGH || sequence !== total)]);
  });

  // Found by seed 909 of the swarm: what was in flight when the link was lost kept its slot, and went before what had none.
  it("lists them anew when the link is lost: what was in flight goes behind what is more urgent and has no slot", () => {
    start(16, 4096);
    append(ALERT_END, LOW, 1);
    journal.markInFlight(journal.nextPending(), true);
    for (let sequence = 2; sequence <= PENDING_LIMIT + 20; sequence++) append(ALERT_END, MEDIUM, sequence);
    journal.clearInFlight();
    const order: number[] = [];
    for (let handle = journal.nextPending(); handle >= 0; handle = journal.nextPending()) {
      order.push(journal.priorityOf(handle));
      journal.acknowledge(handle);
    }
    expect(order).toEqual([...Array.from({ length: PENDING_LIMIT + 19 }, () => MEDIUM), LOW]);
  });

  it("reads a pending record by its name, also one that is not listed, and no other", () => {
    start(40, 4096);
    const into = new Uint8Array(48);
    expect(journal.readPending(EVIDENCE, 1, 1, into)).toBe(JOURNAL_NONE);
    append(EVIDENCE, LOW, 1);
    expect([journal.readPending(EVIDENCE, 1, 1, into), into[0]]).toEqual([48, 1]);
    for (let sequence = 1; sequence <= PENDING_LIMIT + 10; sequence++) append(ALERT, LOW, sequence);
    restart();
    into.fill(0);
    expect([journal.readPending(EVIDENCE, 1, 1, into), into[0]]).toEqual([48, 1]);
    expect(journal.readPending(EVIDENCE, 2, 1, into)).toBe(JOURNAL_NONE);
    expect(journal.readPending(EVIDENCE, 1, 1, new Uint8Array(47))).toBe(JOURNAL_TOO_LARGE);
    drain();
    expect(journal.readPending(EVIDENCE, 1, 1, into)).toBe(JOURNAL_NONE);
  });

  describe("the newest emergency", () => {
    const sequences = (): number[] => pending().map((record) => record[3] as number);

    it("goes first, then all by priority and age", () => {
      for (const [sequence, priority] of [LOW, HIGH, MEDIUM, HIGH, HIGH, MEDIUM].entries()) append(ALERT, priority, sequence + 1);
      expect(sequences()).toEqual([5, 2, 4, 3, 6, 1]);
      restart();
      expect(sequences()).toEqual([5, 2, 4, 3, 6, 1]);
    });
    it("is one of kind 1: the end of an emergency waits for its turn", () => {
      for (const [sequence, kind] of [ALERT, ALERT_END, ALERT, ALERT_END].entries()) append(kind, HIGH, sequence + 1);
      expect(sequences()).toEqual([3, 1, 2, 4]);
    });
    it("goes before its turn once: older ones come by age, newer ones at once, and all of it anew after the link was lost", () => {
      for (let sequence = 1; sequence <= 3; sequence++) append(ALERT, HIGH, sequence);
      const send = (): number => {
        const handle = journal.nextPending();
        journal.markInFlight(handle, true);
        return journal.sequenceOf(handle);
      };
      expect([send(), send()]).toEqual([3, 1]);
      append(ALERT, HIGH, 4);
      append(ALERT, HIGH, 5);
      expect([send(), send(), send()]).toEqual([5, 2, 4]);
      journal.clearInFlight();
      expect([send(), send()]).toEqual([5, 1]);
      journal.clearInFlight();
      journal.acknowledge(journal.nextPending());
      expect([send(), send()]).toEqual([1, 2]);
      journal.clearInFlight();
      expect([send(), send()]).toEqual([4, 1]);
    });
    it.each([["appended", false], ["found at a restart", true]])("%s, goes first even if older ones fill the table", (_name, isRestarted) => {
      start(40, 4096);
      const total = PENDING_LIMIT * 2;
      for (let sequence = 1; sequence <= total; sequence++) append(sequence % 2 === 1 ? ALERT : ALERT_END, HIGH, sequence);
      if (isRestarted) restart();
      const expected = Array.from({ length: total }, (_, index) => index + 1).filter((sequence) => sequence !== total - 1);
      const order: number[] = [];
      for (let handle = journal.nextPending(); handle >= 0; handle = journal.nextPending()) {
        order.push(journal.sequenceOf(handle));
        journal.acknowledge(handle);
      }
      expect(order).toEqual([total - 1, ...expected]);
    });
  });
});

describe("a full flash", () => {
  it("drops the oldest evidence first, then the lowest alerts, and says so in the lane and class of what it dropped", () => {
    start(16, 512);
    for (let sequence = 1; sequence <= 40; sequence++) append(ALERT, HIGH, sequence);
    for (let sequence = 41; sequence <= 60; sequence++) append(EVIDENCE, HIGH, sequence, 300);
    const kept = pending().filter(([kind]) => kind === EVIDENCE).map(([, , , sequence]) => sequence!);
    expect(pending().filter(([kind]) => kind === ALERT).length).toBe(40);
    expect(kept.at(-1)).toBe(60);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => 61 - kept.length + index));
    expect(reports()).toEqual([[DROPPED_FOR_ROOM, EVIDENCE, HIGH, 20 - kept.length, 41, 60 - kept.length]]);
  });

  it("drops a new record that is less important than all that is there", () => {
    start(16, 512);
    let sequence = 1;
    while (append(ALERT, HIGH, sequence) >= 0 && reports().length === 0) sequence++;
    expect(append(ALERT, LOW, sequence + 1)).toBe(JOURNAL_DROPPED);
    expect(append(EVIDENCE, HIGH, sequence + 2)).toBe(JOURNAL_DROPPED);
    expect(reports().map(([, kind, priority, count]) => [kind, priority, count])).toContainEqual([EVIDENCE, HIGH, 1]);
    restart();
    expect(reports().map(([, kind, priority, count]) => [kind, priority, count])).toContainEqual([ALERT, LOW, 1]);
  });

  it("accounts for every record, whatever is appended, at every moment", () => {
    for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
      start(12, 512);
      const prng = new Prng(seed);
      const appended = new Map<number, number>();
      for (let sequence = 1; sequence <= 300; sequence++) {
        const kind = prng.below(3) === 0 ? EVIDENCE : ALERT;
        const priority = 1 + prng.below(3);
        append(kind, priority, sequence, kind === EVIDENCE ? 100 + prng.below(250) : 48);
        appended.set(kind * 4 + priority, (appended.get(kind * 4 + priority) ?? 0) + 1);
      }
      const counted = new Map<number, number>();
      const add = (key: number, count: number) => counted.set(key, (counted.get(key) ?? 0) + count);
      for (const [kind, priority] of pending()) if (kind !== KIND_DROPPED) add(kind! * 4 + priority!, 1);
      for (const [, kind, priority, count] of reports()) add(kind! * 4 + priority!, count!);
      expect([...counted].sort()).toEqual([...appended].sort());
      expect(pending().length).toBe(journal.pendingCount);
    }
  });

  it("still takes acknowledgements, and is empty after them", () => {
    for (let sequence = 1; sequence <= 200; sequence++) append(ALERT, HIGH, sequence);
    expect(drain()).toBeGreaterThan(40);
    expect(journal.pendingCount).toBe(0);
    expect(restart().pending).toBe(0);
  });

  it("counts boots and stays mountable however often it restarts", () => {
    for (let sequence = 1; sequence <= 200; sequence++) append(ALERT, HIGH, sequence);
    const before = pending();
    for (let boot = 2; boot <= 500; boot++) expect(restart()).toMatchObject({ code: 0, bootCount: boot });
    expect(pending()).toEqual(before);
  });

  it.each(CUT_OUTCOMES)("mounts after restarts that were all cut at the same place, with outcome %i", (outcome) => {
    for (let operations = 0; operations < 12; operations++) {
      start(8, 512);
      for (let sequence = 1; sequence <= 40; sequence++) append(ALERT, HIGH, sequence);
      const before = pending();
      for (let cut = 1; cut <= 8; cut++) restartCut(operations, outcome);
      expect(restart()).toMatchObject({ code: 0 });
      expect(pending()).toEqual(before);
    }
  });

  it.each([[256, 11], [512, 8]])("can be delivered and takes alerts after the power went again and again: blocks of %i bytes, %i of them", (blockBytes, blockCount) => {
    for (let seed = 1; seed <= 100; seed++) {
      start(blockCount, blockBytes);
      const prng = new Prng(seed);
      for (let sequence = 1; sequence <= 60; sequence++) append(ALERT, 1 + prng.below(3), sequence);
      for (let cut = 2 + prng.below(8); cut > 0; cut--) {
        restartCut(prng.below(14), CUT_OUTCOMES[prng.below(4)]!, () => {
          for (let sequence = 1; sequence <= 20; sequence++) {
            if (prng.below(3) > 0) append(ALERT, 1 + prng.below(3), sequence);
            else if (journal.nextPending() >= 0) journal.acknowledge(journal.nextPending());
          }
        });
      }
      expect(restart()).toMatchObject({ code: 0 });
      drain();
      expect(append(ALERT, HIGH, 1)).toBeGreaterThanOrEqual(0);
    }
  });
});

describe("a part that fails", () => {
  it("tries another block when a program is refused", () => {
    flash.setFaults(1, { program: true });
    flash.setFaults(2, { program: true });
    for (let sequence = 1; sequence <= 20; sequence++) expect(append(ALERT, HIGH, sequence)).toBeGreaterThanOrEqual(0);
    expect([...flash.eraseCounts.subarray(1, 3)]).toEqual([1, 1]);
    expect(flash.image.subarray(512, 3 * 512).every((byte) => byte === 0xff)).toBe(true);
    expect(restart().pending).toBe(20);
  });

  it("notices a bit that stays 1 although the part reports success", () => {
    flash.setFaults(0, { stuckBit: 2 });
    for (let sequence = 1; sequence <= 8; sequence++) append(ALERT, HIGH, sequence);
    expect(flash.eraseCounts[2]).toBe(1);
    restart();
    const into = new Uint8Array(48);
    expect(pending().length).toBe(8);
    expect(journal.read(journal.nextPending(), into)).toBe(48);
  });

  it("does without blocks that can't be erased, until too few are left, and never says that it stored what it did not", () => {
    for (let block = 1; block < 16; block++) flash.setFaults(block, { erase: true });
    let stored = 0;
    for (let sequence = 1; sequence <= 20; sequence++) if (append(ALERT, HIGH, sequence) >= 0) stored++;
    for (let block = 1; block < 16; block++) flash.setFaults(block, undefined);
    expect(stored).toBeLessThan(10);
    expect(restart()).toMatchObject({ code: 0, pending: stored });
  });

  it("does not erase a block that it could not read", () => {
    for (let sequence = 1; sequence <= 12; sequence++) append(ALERT, HIGH, sequence);
    flash.setFaults(1, { read: true });
    restart();
    for (let sequence = 1; sequence <= 100; sequence++) {
      append(ALERT, LOW, sequence);
      drain();
    }
    flash.setFaults(1, undefined);
    restart();
    expect(pending().filter(([, priority]) => priority === HIGH).length).toBeGreaterThan(0);
  });

  it("outlives worn blocks", () => {
    flash = new NorFlash({ blockBytes: 512, blockCount: 16, enduranceErases: 20, seed: 3 });
    restart();
    let stored = 0;
    for (let sequence = 1; sequence <= 3000; sequence++) {
      const handle = append(ALERT, HIGH, sequence);
      if (handle < 0) break;
      stored++;
      journal.acknowledge(handle);
    }
    expect(stored).toBeGreaterThan(16 * 20 * 3 * 0.8);
  });
});

describe("bit rot", () => {
  it("never turns into a false record: every single bit of the flash turned over, one at a time", () => {
    start(11, 256);
    for (let sequence = 1; sequence <= 6; sequence++) append(ALERT, 1 + (sequence % 3), sequence);
    journal.acknowledge(journal.nextPending());
    const clean = flash.image.slice();
    const names = new Set(Array.from({ length: 6 }, (_, index) => index + 1));
    const into = new Uint8Array(300);
    let damaged = 0;
    for (let offset = 0; offset < 4 * 256; offset++) {
      for (let bit = 0; bit < 8; bit++) {
        const rotten = new NorFlash({ blockBytes: 256, blockCount: 11 });
        rotten.image.set(clean);
        rotten.flip(offset, bit);
        const other = new ProbedJournal(rotten);
        expect(other.mount()).toBe(0);
        for (let handle = other.nextPending(); handle >= 0; handle = other.nextPending()) {
          other.markInFlight(handle, true);
          if (other.kindOf(handle) === KIND_DROPPED) continue;
          const sequence = other.sequenceOf(handle);
          expect(names.has(sequence) && other.priorityOf(handle) === 1 + (sequence % 3) && other.kindOf(handle) === ALERT).toBe(true);
          const bytes = other.read(handle, into);
          if (bytes === JOURNAL_DAMAGED) damaged++;
          else expect(bytes === 48 && into.subarray(0, 48).every((byte) => byte === sequence)).toBe(true);
        }
      }
    }
    expect(damaged).toBeGreaterThan(1000);
  });

  it("never lets a boot count come twice: every single bit turned over after a boot that left nothing but its mark", () => {
    start(11, 256);
    for (const boot of [2, 3]) expect(new ProbedJournal(flash).tellMount().bootCount).toBe(boot);
    for (let offset = 0; offset < flash.image.length; offset++) {
      const rotten = new NorFlash({ blockBytes: 256, blockCount: 11 });
      rotten.image.set(flash.image);
      rotten.flip(offset, offset & 7);
      expect(new ProbedJournal(rotten).tellMount().bootCount).toBe(4);
    }
  });

  it("in a payload is found by read, and discard reports the record", () => {
    append(ALERT, HIGH, 7);
    const place = flash.image.indexOf(7, RECORDS_OFFSET + 2 * GRANULE_BYTES);
    flash.flip(place, 3);
    const handle = journal.nextPending();
    expect(journal.read(handle, new Uint8Array(48))).toBe(JOURNAL_DAMAGED);
    expect(journal.discard(handle)).toBe(true);
    expect(reports()).toEqual([[DROPPED_DAMAGED, ALERT, HIGH, 1, 7, 7]]);
    restart();
    expect(reports()).toEqual([[DROPPED_DAMAGED, ALERT, HIGH, 1, 7, 7]]);
  });

  it("in what must be copied is reported, and in a header costs a record", () => {
    for (let sequence = 1; sequence <= 4; sequence++) append(ALERT, HIGH, sequence);
    flash.flip(RECORDS_OFFSET + GRANULE_BYTES, 0);
    flash.flip(RECORDS_OFFSET + 5 * GRANULE_BYTES, 0);
    expect(restart()).toMatchObject({ code: 0, pending: 3 });
  });

  it.each(["the PUBACK comes", "the link is lost"])("in a record in flight gives its handle to no other, until %s", (end) => {
    const handle = append(ALERT, HIGH, 7);
    journal.markInFlight(handle, true);
    flash.flip(flash.image.indexOf(7, RECORDS_OFFSET + 2 * GRANULE_BYTES), 3);
    // Until the log has come round, and its block is emptied into another.
    for (let sequence = 100; journal.kindOf(handle) === ALERT; sequence++) journal.acknowledge(append(ALERT, LOW, sequence));
    const other = append(ALERT, HIGH, 9);
    expect(other).not.toBe(handle);
    if (end === "the link is lost") journal.clearInFlight();
    else expect(journal.acknowledge(handle)).toBe(true);
    expect(() => journal.kindOf(handle)).toThrow("not a handle");
    expect(journal.pendingCount).toBe(2);
    expect(journal.sequenceOf(other)).toBe(9);
    expect(reports()).toEqual([[DROPPED_DAMAGED, ALERT, HIGH, 1, 7, 7]]);
    expect(drain()).toBe(2);
  });

  it("spoils neither the neighbours of a record nor its block, when a header copy rots", () => {
    for (let sequence = 1; sequence <= 3; sequence++) append(ALERT, HIGH, sequence);
    flash.flip(9, 1);
    expect(restart()).toMatchObject({ code: 0, pending: 3, bootCount: 2 });
  });
});

describe("records of a newer firmware", () => {
  it("are carried along unseen, and are there when it comes back", () => {
    const header = new RecordHeader(new Int32Array(HEADER_WORDS));
    header.fill(130, 2, 1, 9, 0, 0);
    header.seal(new DataView(flash.image.buffer, flash.image.byteOffset).getInt32(4 * BLOCK_SEQUENCE_WORD, true), RECORDS_OFFSET + GRANULE_BYTES);
    flash.image.set(header.bytes, RECORDS_OFFSET + GRANULE_BYTES);
    expect(restart()).toMatchObject({ code: 0, pending: 0 });
    for (let sequence = 1; sequence <= 400; sequence++) {
      append(ALERT, LOW, sequence);
      drain();
    }
    expect(Math.min(...flash.eraseCounts)).toBeGreaterThan(2);
    let found = 0;
    for (let block = 0; block < 16; block++) {
      for (let offset = RECORDS_OFFSET; offset < 512; offset += GRANULE_BYTES) {
        const place = block * 512 + offset;
        if (flash.image[place] === 0xeb && flash.image[place + 1] === 130 && flash.image[place + 12] === 9) found++;
      }
    }
    expect(found).toBeGreaterThan(0);
  });
});

describe("wear", () => {
  it("is spread evenly when records are delivered at once", () => {
    for (let sequence = 1; sequence <= 5000; sequence++) {
      append(ALERT, LOW, sequence);
      drain();
    }
    const spread = Math.max(...flash.eraseCounts) - Math.min(...flash.eraseCounts);
    expect(spread).toBeLessThanOrEqual(2);
    expect(journal.reclaims).toBe(0);
  });

  it("is spread evenly although some records stay for good", () => {
    const handle = append(ALERT, LOW, 1);
    journal.markInFlight(handle, true);
    for (let sequence = 2; sequence <= 5000; sequence++) {
      append(ALERT, HIGH, sequence);
      drain();
    }
    const spread = Math.max(...flash.eraseCounts) - Math.min(...flash.eraseCounts);
    expect(spread).toBeLessThanOrEqual(40);
  });
});

describe("bounds", () => {
  it("allocates nothing after the constructor that grows with what it holds", () => {
    start(256, 4096);
    expect(typedArrayBytes(journal)).toBeLessThan(14_000);
  });
});

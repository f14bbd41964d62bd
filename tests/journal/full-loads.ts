// What a journal does on 1 MB of flash that is full and goes on being written, or full and then delivered: its dearest call, counted in reads.
import { NorFlash } from "../../src/platform/sim/flash.js";
import { ALERT_BYTES, BLOCK_BYTES, BLOCK_COUNT, EVIDENCE_BYTES, HIGH, KIND_ALERT, KIND_EVIDENCE, LOW } from "./mount-loads.js";
import { ProbedJournal } from "./probed-journal.js";

/** More than 1 MB holds, by enough to drop from it for a while. */
const ALERTS = 12_000;

/** Kind and priority of the record with this number. */
type Mix = (sequence: number) => readonly [kind: number, priority: number];

export interface FullLoad {
  readonly name: string;
  readonly records: number;
  readonly mix: Mix;
}

export const FULL_LOADS: readonly FullLoad[] = [
  { name: "all high", records: ALERTS, mix: () => [KIND_ALERT, HIGH] },
  { name: "three priorities in turn", records: ALERTS, mix: (sequence) => [KIND_ALERT, 1 + (sequence % 3)] },
  { name: "one low among 40 high", records: ALERTS, mix: (sequence) => [KIND_ALERT, sequence % 40 === 0 ? LOW : HIGH] },
  { name: "low first, then high", records: ALERTS, mix: (sequence) => [KIND_ALERT, sequence < 6000 ? LOW : HIGH] },
  { name: "high first, then low", records: ALERTS, mix: (sequence) => [KIND_ALERT, sequence < 6000 ? HIGH : LOW] },
  { name: "alerts and evidence", records: 5000, mix: (sequence) => [sequence % 4 === 0 ? KIND_ALERT : KIND_EVIDENCE, 1 + (sequence % 3)] },
];

/** Most reads in one call. */
export interface WorstCalls {
  append: number;
  nextPending: number;
  acknowledge: number;
}

/** Fills the flash and goes on; then delivers all of it, in flights of `inFlight`, with a lost link now and then. */
export function runFullLoad({ records, mix }: FullLoad, outages = 40): { worst: WorstCalls; reads: number; delivered: number; reclaims: number } {
  const flash = new NorFlash({ blockBytes: BLOCK_BYTES, blockCount: BLOCK_COUNT });
  const journal = new ProbedJournal(flash);
  journal.mount();
  const worst: WorstCalls = { append: 0, nextPending: 0, acknowledge: 0 };
  const count = <T>(call: keyof WorstCalls, run: () => T): T => {
    const before = flash.reads;
    const result = run();
    if (flash.reads - before > worst[call]) worst[call] = flash.reads - before;
    return result;
  };
  const payload = new Uint8Array(EVIDENCE_BYTES);
  for (let sequence = 1; sequence <= records; sequence++) {
    const [kind, priority] = mix(sequence);
    count("append", () => journal.append(kind, priority, sequence, payload, kind < KIND_EVIDENCE ? ALERT_BYTES : EVIDENCE_BYTES, sequence));
  }
  let delivered = 0;
  const before = flash.reads;
  const outageEvery = Math.ceil(journal.pendingCount / outages);
  while (journal.pendingCount > 0) {
    const handle = count("nextPending", () => journal.nextPending());
    if (handle < 0) continue;
    journal.markInFlight(handle, true);
    if (++delivered % outageEvery === 0) journal.clearInFlight();
    else count("acknowledge", () => journal.acknowledge(handle));
  }
  return { worst, reads: flash.reads - before, delivered, reclaims: journal.reclaims };
}

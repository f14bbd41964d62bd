// What a mount may find on 1 MB of flash, from nothing to the worst: written by the journal itself, as data for the mount's test and benchmark.
import { Journal } from "../../src/journal/journal.js";
import { NorFlash } from "../../src/platform/sim/flash.js";

/** The newest of high priority goes first. */
export const KIND_ALERT = 1;
export const KIND_EVIDENCE = 64;
export const LOW = 1;
export const HIGH = 3;
/** Payload of an alert, and of a part of an evidence strip. [bytes] */
export const ALERT_BYTES = 50;
export const EVIDENCE_BYTES = 240;

export const BLOCK_BYTES = 4096;
export const BLOCK_COUNT = 256;
/** As many as 1 MB holds. */
const ALERTS = 10_400;
const ALERTS_AND_EVIDENCE = 3700;

interface Load {
  readonly name: string;
  readonly records: number;
  /** Does something with record number `sequence`. */
  readonly write: (journal: Journal, sequence: number) => void;
}

const payload = new Uint8Array(EVIDENCE_BYTES).map((_, index) => index * 7);

function append(journal: Journal, kind: number, priority: number, sequence: number): number {
  return journal.append(kind, priority, sequence, payload, kind < KIND_EVIDENCE ? ALERT_BYTES : EVIDENCE_BYTES, sequence);
}

export const MOUNT_LOADS: readonly Load[] = [
  { name: "blank", records: 0, write: () => {} },
  // The tail follows the head.
  { name: "delivered", records: ALERTS, write: (journal, sequence) => journal.acknowledge(append(journal, KIND_ALERT, HIGH, sequence)) },
  // One low alert stays pending at the tail.
  {
    name: "delivered but one",
    records: ALERTS,
    write: (journal, sequence) => {
      const handle = append(journal, KIND_ALERT, sequence === 1 ? LOW : HIGH, sequence);
      if (sequence > 1) journal.acknowledge(handle);
    },
  },
  { name: "undelivered, mixed", records: ALERTS, write: (journal, sequence) => void append(journal, KIND_ALERT, 1 + (sequence % 3), sequence) },
  { name: "undelivered, high", records: ALERTS, write: (journal, sequence) => void append(journal, KIND_ALERT, HIGH, sequence) },
  { name: "undelivered, rising", records: ALERTS, write: (journal, sequence) => void append(journal, KIND_ALERT, 1 + ((sequence / 3500) | 0), sequence) },
  {
    name: "undelivered, with evidence",
    records: ALERTS_AND_EVIDENCE,
    write: (journal, sequence) => void append(journal, sequence % 4 === 0 ? KIND_ALERT : KIND_EVIDENCE, 1 + (sequence % 3), sequence),
  },
];

/** @returns 1 MB of flash on which a journal has lived through `load`. */
export function makeMountLoad(load: Load): NorFlash {
  const flash = new NorFlash({ blockBytes: BLOCK_BYTES, blockCount: BLOCK_COUNT });
  const journal = new Journal(flash);
  journal.mount();
  for (let sequence = 1; sequence <= load.records; sequence++) load.write(journal, sequence);
  return flash;
}

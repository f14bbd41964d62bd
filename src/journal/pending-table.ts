// The most urgent records that wait for delivery, in a table of fixed size; a slot's index is the handle of its record.
import { assert } from "../base/assert.js";
import { KIND_DROPPED, KIND_EVIDENCE_MIN } from "./layout.js";

/** Slots of the table. [records] Enough for an outage of days; what is beyond it waits on flash until the table has drained. */
export const PENDING_LIMIT = 256;
/** No slot. */
export const NO_SLOT = -1;
/** Highest priority of a record: PRIORITY_HIGH of vocabulary/alert. */
export const PRIORITY_MAX = 3;
/** Ranks from here on are those of the alert lane, above every priority of the evidence lane. */
export const ALERT_RANK_MIN = PRIORITY_MAX + 1;

/** @returns the urgency of a record: lane first, then priority. Higher is more urgent. */
export function rankOf(kind: number, priority: number): number {
  return kind < KIND_EVIDENCE_MIN ? ALERT_RANK_MIN + priority : priority;
}

/** Is (bootA, sequenceA) older than (bootB, sequenceB)? */
export function isOlder(bootA: number, sequenceA: number, bootB: number, sequenceB: number): boolean {
  return bootA !== bootB ? bootA < bootB : sequenceA < sequenceB;
}

export class PendingTable {
  readonly used = new Uint8Array(PENDING_LIMIT);
  readonly inFlight = new Uint8Array(PENDING_LIMIT);
  readonly kind = new Uint8Array(PENDING_LIMIT);
  readonly priority = new Uint8Array(PENDING_LIMIT);
  readonly block = new Uint16Array(PENDING_LIMIT);
  readonly granule = new Uint8Array(PENDING_LIMIT);
  readonly granules = new Uint8Array(PENDING_LIMIT);
  readonly bootCount = new Int32Array(PENDING_LIMIT);
  readonly sequence = new Int32Array(PENDING_LIMIT);
  /** Slots in use. */
  count = 0;

  /** Bytes of all the arrays. */
  get ramBytes(): number {
    return PENDING_LIMIT * (6 + 2 + 4 + 4);
  }

  reset(): void {
    this.used.fill(0);
    this.inFlight.fill(0);
    this.count = 0;
  }

  /** @returns the slot of the record at this place, or NO_SLOT. */
  findPlace(block: number, granule: number): number {
    const used = this.used;
    const blocks = this.block;
    const granules = this.granule;
    for (let slot = 0; slot < PENDING_LIMIT; slot++) {
      if (granules[slot] === granule && blocks[slot] === block && used[slot] === 1) return slot;
    }
    return NO_SLOT;
  }

  /** @returns the slot of the record of this name, or NO_SLOT. */
  findIdentity(kind: number, bootCount: number, sequence: number): number {
    const sequences = this.sequence;
    for (let slot = 0; slot < PENDING_LIMIT; slot++) {
      if (sequences[slot] === sequence && this.used[slot] === 1 && this.bootCount[slot] === bootCount && this.kind[slot] === kind) return slot;
    }
    return NO_SLOT;
  }

  /** @returns a free slot, or NO_SLOT. */
  findFree(): number {
    return this.count === PENDING_LIMIT ? NO_SLOT : this.used.indexOf(0);
  }

  set(slot: number, kind: number, priority: number, bootCount: number, sequence: number): void {
    assert(this.used[slot] === 0, "pending-table: slot in use");
    this.used[slot] = 1;
    this.inFlight[slot] = 0;
    this.kind[slot] = kind;
    this.priority[slot] = priority;
    this.bootCount[slot] = bootCount;
    this.sequence[slot] = sequence;
    this.count++;
  }

  place(slot: number, block: number, granule: number, granules: number): void {
    this.block[slot] = block;
    this.granule[slot] = granule;
    this.granules[slot] = granules;
  }

  remove(slot: number): void {
    assert(this.used[slot] === 1, "pending-table: slot not in use");
    this.used[slot] = 0;
    this.inFlight[slot] = 0;
    this.count--;
  }

  /** Is the record in `slot` to be sent before the one described? */
  isMoreUrgent(slot: number, rank: number, bootCount: number, sequence: number): boolean {
    const slotRank = rankOf(this.kind[slot] as number, this.priority[slot] as number);
    if (slotRank !== rank) return slotRank > rank;
    return isOlder(this.bootCount[slot] as number, this.sequence[slot] as number, bootCount, sequence);
  }

  /** @returns the slot to send next: highest rank, then oldest; records in flight are passed over; NO_SLOT if there is none. */
  mostUrgent(): number {
    let best = NO_SLOT;
    let rank = 0;
    let bootCount = 0;
    let sequence = 0;
    for (let slot = 0; slot < PENDING_LIMIT; slot++) {
      if (this.used[slot] === 0 || this.inFlight[slot] === 1) continue;
      if (best !== NO_SLOT && !this.isMoreUrgent(slot, rank, bootCount, sequence)) continue;
      best = slot;
      rank = rankOf(this.kind[slot] as number, this.priority[slot] as number);
      bootCount = this.bootCount[slot] as number;
      sequence = this.sequence[slot] as number;
    }
    return best;
  }

  /** @returns the slot that gives way first when the table is full: lowest rank, then newest. Drop reports and records in flight stay. */
  leastUrgent(): number {
    let worst = NO_SLOT;
    let rank = 0;
    let bootCount = 0;
    let sequence = 0;
    for (let slot = 0; slot < PENDING_LIMIT; slot++) {
      if (this.used[slot] === 0 || this.inFlight[slot] === 1 || this.kind[slot] === KIND_DROPPED) continue;
      if (worst !== NO_SLOT && this.isMoreUrgent(slot, rank, bootCount, sequence)) continue;
      worst = slot;
      rank = rankOf(this.kind[slot] as number, this.priority[slot] as number);
      bootCount = this.bootCount[slot] as number;
      sequence = this.sequence[slot] as number;
    }
    return worst;
  }
}

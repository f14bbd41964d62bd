// The records that have a handle, the most urgent among them, in a table of fixed size; the slot is the handle.
import { assert } from "../base/assert.js";
import { KIND_DROPPED, KIND_EMERGENCY, KIND_EVIDENCE_MIN } from "./layout.js";

/** Slots of the table. [records] What is beyond it waits on flash without a handle. */
export const PENDING_LIMIT = 95;
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

/** Rank of what is life-threatening. */
export const RANK_MAX = ALERT_RANK_MIN + PRIORITY_MAX;

/** Is it a record of which the newest goes first: the onset of something life-threatening? */
export function isEmergency(kind: number, priority: number): boolean {
  return kind === KIND_EMERGENCY && priority === PRIORITY_MAX;
}

/** Chains by which records are found by their names. Names within a boot are consecutive, so that they spread evenly. A power of two. */
const CHAINS = 64;
/** The end of a chain. Slots are bytes below it. */
const END = PENDING_LIMIT;

/** @returns where the chain of a record begins in `_next`. */
function chainOf(bootCount: number, sequence: number): number {
  return PENDING_LIMIT + ((sequence + bootCount * 31) & (CHAINS - 1));
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
  /** Of those, in flight. */
  private _inFlightCount = 0;
  /** The slot of the newest emergency, in flight or not, or NO_SLOT. */
  newestEmergency = NO_SLOT;
  /** The newest emergency that was in flight since the link was lost: only a newer one goes before its turn. */
  private _sentBootCount = 0;
  private _sentSequence = 0;
  /** The slot behind each slot, and from PENDING_LIMIT on the first slot of each chain. */
  private readonly _next = new Uint8Array(PENDING_LIMIT + CHAINS).fill(END);
  /** Bytes of all the arrays. */
  get ramBytes(): number {
    return PENDING_LIMIT * (6 + 2 + 4 + 4 + 1) + CHAINS;
  }

  reset(): void {
    this.used.fill(0);
    this._next.fill(END);
    this.count = 0;
    this.newestEmergency = NO_SLOT;
    this.clearInFlight();
  }

  setInFlight(slot: number, yes: boolean): void {
    const now = yes ? 1 : 0;
    this._inFlightCount += now - (this.inFlight[slot] as number);
    this.inFlight[slot] = now;
    if (yes) this.noteSent(slot);
  }

  /** From now on, only an emergency newer than this record, if it is one, goes before its turn. */
  noteSent(slot: number): void {
    if (!isEmergency(this.kind[slot] as number, this.priority[slot] as number)) return;
    const bootCount = this.bootCount[slot] as number;
    const sequence = this.sequence[slot] as number;
    if (!isOlder(this._sentBootCount, this._sentSequence, bootCount, sequence)) return;
    this._sentBootCount = bootCount;
    this._sentSequence = sequence;
  }

  /** The link is lost: nothing is in flight, and the newest emergency goes first again. */
  clearInFlight(): void {
    this.inFlight.fill(0);
    this._inFlightCount = 0;
    this._sentBootCount = 0;
    this._sentSequence = 0;
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
    let slot = this._next[chainOf(bootCount, sequence)] as number;
    while (slot !== END && !(sequences[slot] === sequence && this.bootCount[slot] === bootCount && this.kind[slot] === kind)) slot = this._next[slot] as number;
    return slot === END ? NO_SLOT : slot;
  }

  /** @returns a free slot, or NO_SLOT. */
  findFree(): number {
    return this.count === PENDING_LIMIT ? NO_SLOT : this.used.indexOf(0);
  }

  set(slot: number, kind: number, priority: number, bootCount: number, sequence: number): void {
    assert(this.used[slot] === 0, "pending-table: slot in use");
    if (this.isNewestEmergency(kind, priority, bootCount, sequence)) this.newestEmergency = slot;
    this.used[slot] = 1;
    this.inFlight[slot] = 0;
    this.kind[slot] = kind;
    this.priority[slot] = priority;
    this.bootCount[slot] = bootCount;
    this.sequence[slot] = sequence;
    this.count++;
    const chain = chainOf(bootCount, sequence);
    this._next[slot] = this._next[chain] as number;
    this._next[chain] = slot;
  }

  place(slot: number, block: number, granule: number, granules: number): void {
    this.block[slot] = block;
    this.granule[slot] = granule;
    this.granules[slot] = granules;
  }

  remove(slot: number): void {
    assert(this.used[slot] === 1, "pending-table: slot not in use");
    this.used[slot] = 0;
    this._inFlightCount -= this.inFlight[slot] as number;
    this.inFlight[slot] = 0;
    this.count--;
    if (this.newestEmergency === slot) this._findNewestEmergency();
    const next = this._next;
    let before = chainOf(this.bootCount[slot] as number, this.sequence[slot] as number);
    while (next[before] !== slot) before = next[before] as number;
    next[before] = next[slot] as number;
  }

  private _findNewestEmergency(): void {
    this.newestEmergency = NO_SLOT;
    for (let slot = 0; slot < PENDING_LIMIT; slot++) {
      if (this.used[slot] === 1 && this.isNewestEmergency(this.kind[slot] as number, this.priority[slot] as number, this.bootCount[slot] as number, this.sequence[slot] as number)) this.newestEmergency = slot;
    }
  }

  rankAt(slot: number): number {
    return rankOf(this.kind[slot] as number, this.priority[slot] as number);
  }

  /** Is the record in `slot` to be sent before the one described? */
  isMoreUrgent(slot: number, rank: number, bootCount: number, sequence: number): boolean {
    const slotRank = this.rankAt(slot);
    if (slotRank !== rank) return slotRank > rank;
    return isOlder(this.bootCount[slot] as number, this.sequence[slot] as number, bootCount, sequence);
  }

  /** Is it an emergency, and newer than all that are listed? */
  isNewestEmergency(kind: number, priority: number, bootCount: number, sequence: number): boolean {
    if (!isEmergency(kind, priority)) return false;
    const newest = this.newestEmergency;
    return newest === NO_SLOT || isOlder(this.bootCount[newest] as number, this.sequence[newest] as number, bootCount, sequence);
  }

  /** @returns the slot of the newest emergency if it goes before its turn, else NO_SLOT. */
  emergencyToSend(): number {
    const newest = this.newestEmergency;
    return newest !== NO_SLOT && this._isUnsent(this.bootCount[newest] as number, this.sequence[newest] as number) ? newest : NO_SLOT;
  }

  /** Would this emergency go before its turn, if it were listed? */
  goesBeforeItsTurn(bootCount: number, sequence: number): boolean {
    return this._isUnsent(bootCount, sequence) && this.isNewestEmergency(KIND_EMERGENCY, PRIORITY_MAX, bootCount, sequence);
  }

  private _isUnsent(bootCount: number, sequence: number): boolean {
    return isOlder(this._sentBootCount, this._sentSequence, bootCount, sequence);
  }

  /**
   * @returns the slot to send next: an emergency newer than all that were sent since the link was lost, then highest rank, then oldest;
   * records in flight are passed over; NO_SLOT if there is none.
   */
  mostUrgent(): number {
    const newest = this.emergencyToSend();
    if (newest !== NO_SLOT) return newest;
    const used = this.used;
    const inFlight = this.inFlight;
    let best = NO_SLOT;
    let rank = 0;
    let bootCount = 0;
    let sequence = 0;
    // Asked for at every tick, most often when nothing waits: then it must cost nothing.
    let waiting = this.count - this._inFlightCount;
    for (let slot = 0; waiting > 0; slot++) {
      if (used[slot] === 0 || inFlight[slot] === 1) continue;
      waiting--;
      if (best !== NO_SLOT && !this.isMoreUrgent(slot, rank, bootCount, sequence)) continue;
      best = slot;
      rank = this.rankAt(slot);
      bootCount = this.bootCount[slot] as number;
      sequence = this.sequence[slot] as number;
    }
    return best;
  }

  /** Drop reports and records in flight stay. */
  mayGiveWay(slot: number): boolean {
    return this.used[slot] === 1 && this.inFlight[slot] === 0 && this.kind[slot] !== KIND_DROPPED;
  }

  /** @returns the slot that gives way first when the table is full: lowest rank, then newest; not `spared`. */
  leastUrgent(spared: number): number {
    let worst = NO_SLOT;
    let rank = 0;
    let bootCount = 0;
    let sequence = 0;
    for (let slot = 0; slot < PENDING_LIMIT; slot++) {
      if (!this.mayGiveWay(slot) || slot === spared) continue;
      if (worst !== NO_SLOT && this.isMoreUrgent(slot, rank, bootCount, sequence)) continue;
      worst = slot;
      rank = this.rankAt(slot);
      bootCount = this.bootCount[slot] as number;
      sequence = this.sequence[slot] as number;
    }
    return worst;
  }
}

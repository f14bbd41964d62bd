// The records that have a handle, the most urgent among them, in a table of fixed size; the slot is the handle.
import { assert } from "../base/assert.js";
import { KIND_DROPPED, KIND_EMERGENCY, KIND_EVIDENCE_MIN } from "./layout.js";

/** Slots of the table. [records] What is beyond it waits on flash without a handle. */
export const PENDING_LIMIT = 64;
/** No slot. */
export const NO_SLOT = -1;
/** Highest priority of a record: PRIORITY_HIGH of vocabulary/alert. */
export const PRIORITY_MAX = 3;
/** Ranks from here on are those of the alert lane, above every priority of the evidence lane. */
export const ALERT_RANK_MIN = PRIORITY_MAX + 1;
/** Rank of what is life-threatening. */
export const RANK_MAX = ALERT_RANK_MIN + PRIORITY_MAX;

/** @returns the urgency of a record: lane first, then priority. Higher is more urgent. */
export function rankOf(kind: number, priority: number): number {
  return kind < KIND_EVIDENCE_MIN ? ALERT_RANK_MIN + priority : priority;
}

/** Is (bootA, sequenceA) older than (bootB, sequenceB)? */
export function isOlder(bootA: number, sequenceA: number, bootB: number, sequenceB: number): boolean {
  return bootA !== bootB ? bootA < bootB : sequenceA < sequenceB;
}

/** Is it a record of which the newest goes first: the onset of something life-threatening? */
export function isEmergency(kind: number, rank: number): boolean {
  return kind === KIND_EMERGENCY && rank === RANK_MAX;
}

// Columns of the table; `indexOf` searches the last ones.
const BOOT_COUNT = 0;
/** Kind, and rank from RANK_SHIFT on. Below zero: in flight, or a free slot. */
const SORT = PENDING_LIMIT;
const RANK_SHIFT = 8;
const IN_FLIGHT = 1 << 31;
/** As `placeOf` says. */
const PLACE = 2 * PENDING_LIMIT;
const SEQUENCE = 3 * PENDING_LIMIT;
const WORDS = 4 * PENDING_LIMIT;
/** Sequence, sort and place of a free slot: no record has such a place, nor kind and rank. */
const FREE = -1;
/** Sequence of a slot in flight whose record is no more: its handle is good until it is out of flight, but stands for nothing. */
const GONE = -2;

export class PendingTable {
  private readonly _words = new Int32Array(WORDS);
  /** Slots in use. */
  count = 0;
  /** Of those, in flight. */
  private _inFlightCount = 0;
  /** No sequence that was ever listed is above it: a mount, which lists the oldest, need not look for the others. */
  private _sequenceMax = 0;
  /** The slot of the newest emergency, in flight or not, or NO_SLOT. */
  newestEmergency = NO_SLOT;
  /** The newest emergency that was in flight since the link was lost: only a newer one goes before its turn. */
  private _sentBootCount = 0;
  private _sentSequence = 0;

  constructor() {
    this._words.fill(FREE);
  }

  /** Slots in use that are not in flight. */
  get waiting(): number {
    return this.count - this._inFlightCount;
  }
  isUsed(slot: number): boolean {
    return this._words[SEQUENCE + slot] !== FREE;
  }
  kindAt(slot: number): number {
    return (this._words[SORT + slot] as number) & 255;
  }
  rankAt(slot: number): number {
    return ((this._words[SORT + slot] as number) >> RANK_SHIFT) & 255;
  }
  bootCountAt(slot: number): number {
    return this._words[BOOT_COUNT + slot] as number;
  }
  sequenceAt(slot: number): number {
    return this._words[SEQUENCE + slot] as number;
  }
  placeAt(slot: number): number {
    return this._words[PLACE + slot] as number;
  }
  setPlace(slot: number, place: number): void {
    this._words[PLACE + slot] = place;
  }
  isInFlight(slot: number): boolean {
    return (this._words[SORT + slot] as number) < 0;
  }

  /** Has the record gone while it was in flight? */
  isGone(slot: number): boolean {
    return this._words[SEQUENCE + slot] === GONE;
  }

  setInFlight(slot: number, yes: boolean): void {
    if (this.isInFlight(slot) !== yes) {
      this._words[SORT + slot] = (this._words[SORT + slot] as number) ^ IN_FLIGHT;
      this._inFlightCount += yes ? 1 : -1;
    }
    if (yes) this.noteSent(slot);
    else if (this.isGone(slot)) this.remove(slot);
  }

  /** From now on, only an emergency newer than this record, if it is one, goes before its turn. */
  noteSent(slot: number): void {
    const bootCount = this.bootCountAt(slot);
    const sequence = this.sequenceAt(slot);
    if (!isEmergency(this.kindAt(slot), this.rankAt(slot)) || !this._isUnsent(bootCount, sequence)) return;
    this._sentBootCount = bootCount;
    this._sentSequence = sequence;
  }

  /** The link is lost: nothing is in flight, and the newest emergency goes first again. */
  clearInFlight(): void {
    for (let slot = 0; this._inFlightCount > 0; slot++) if (this.isUsed(slot)) this.setInFlight(slot, false);
    this._sentBootCount = 0;
    this._sentSequence = 0;
  }

  /** @returns the slot of the record at this place, or NO_SLOT. */
  findPlace(place: number): number {
    const slot = this._words.indexOf(place, PLACE) - PLACE;
    return slot >= 0 && slot < PENDING_LIMIT ? slot : NO_SLOT;
  }

  /** @returns the slot of the record of this name, or NO_SLOT. */
  findIdentity(kind: number, bootCount: number, sequence: number): number {
    let index = sequence > this._sequenceMax ? NO_SLOT : this._words.indexOf(sequence, SEQUENCE);
    while (index >= 0 && !(this.bootCountAt(index - SEQUENCE) === bootCount && this.kindAt(index - SEQUENCE) === kind)) index = this._words.indexOf(sequence, index + 1);
    return index < 0 ? NO_SLOT : index - SEQUENCE;
  }

  /** @returns a free slot, or NO_SLOT. */
  findFree(): number {
    return this.count === PENDING_LIMIT ? NO_SLOT : this._words.indexOf(FREE, SEQUENCE) - SEQUENCE;
  }

  set(slot: number, kind: number, rank: number, bootCount: number, sequence: number): void {
    assert(!this.isUsed(slot), "pending-table: used");
    if (this.isNewestEmergency(kind, rank, bootCount, sequence)) this.newestEmergency = slot;
    const words = this._words;
    words[SEQUENCE + slot] = sequence;
    words[BOOT_COUNT + slot] = bootCount;
    words[SORT + slot] = kind | (rank << RANK_SHIFT);
    if (sequence > this._sequenceMax) this._sequenceMax = sequence;
    this.count++;
  }

  /** The record is no more: frees its slot, at once or when it is out of flight. */
  remove(slot: number): void {
    assert(this.isUsed(slot), "pending-table: not used");
    const words = this._words;
    const isInFlight = this.isInFlight(slot);
    words[SEQUENCE + slot] = isInFlight ? GONE : FREE;
    words[SORT + slot] = isInFlight ? IN_FLIGHT : FREE;
    words[PLACE + slot] = FREE;
    if (!isInFlight) this.count--;
    if (this.newestEmergency !== slot) return;
    this.newestEmergency = NO_SLOT;
    for (let other = 0; other < PENDING_LIMIT; other++) {
      if (this.isNewestEmergency(this.kindAt(other), this.rankAt(other), this.bootCountAt(other), this.sequenceAt(other))) this.newestEmergency = other;
    }
  }

  /** Is the record in `slot` to be sent before the one described? */
  isMoreUrgent(slot: number, rank: number, bootCount: number, sequence: number): boolean {
    const slotRank = this.rankAt(slot);
    if (slotRank !== rank) return slotRank > rank;
    return isOlder(this.bootCountAt(slot), this.sequenceAt(slot), bootCount, sequence);
  }

  /** Is it an emergency, and newer than all that are listed? */
  isNewestEmergency(kind: number, rank: number, bootCount: number, sequence: number): boolean {
    if (!isEmergency(kind, rank)) return false;
    const newest = this.newestEmergency;
    return newest === NO_SLOT || isOlder(this.bootCountAt(newest), this.sequenceAt(newest), bootCount, sequence);
  }

  /** @returns the slot of the newest emergency if it goes before its turn, else NO_SLOT. */
  emergencyToSend(): number {
    const newest = this.newestEmergency;
    return newest !== NO_SLOT && this._isUnsent(this.bootCountAt(newest), this.sequenceAt(newest)) ? newest : NO_SLOT;
  }

  /** Would this emergency go before its turn, if it were listed? */
  goesBeforeItsTurn(bootCount: number, sequence: number): boolean {
    return this._isUnsent(bootCount, sequence) && this.isNewestEmergency(KIND_EMERGENCY, RANK_MAX, bootCount, sequence);
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
    return newest !== NO_SLOT ? newest : this._extreme(this.waiting, false, NO_SLOT);
  }

  /** @returns the slot that gives way first when the table is full: lowest rank, then newest; not `spared`. Drop reports and records in flight stay. */
  leastUrgent(spared: number): number {
    return this._extreme(this.waiting, true, spared);
  }

  /** @returns the most urgent slot of the `waiting` ones, or the least urgent that may give way */
  private _extreme(waiting: number, isLeast: boolean, spared: number): number {
    const words = this._words;
    let best = NO_SLOT;
    let rank = 0;
    let bootCount = 0;
    let sequence = 0;
    for (let slot = 0, left = waiting; left > 0; slot++) {
      const sort = words[SORT + slot] as number;
      if (sort < 0) continue;
      left--;
      if (isLeast && (slot === spared || (sort & 255) === KIND_DROPPED)) continue;
      // Without calls: a full table is looked through within a tick.
      const slotRank = sort >> RANK_SHIFT;
      const slotBootCount = words[BOOT_COUNT + slot] as number;
      const slotSequence = words[SEQUENCE + slot] as number;
      if (best !== NO_SLOT) {
        const isFirst = slotRank !== rank ? slotRank > rank : slotBootCount !== bootCount ? slotBootCount < bootCount : slotSequence < sequence;
        if (isFirst === isLeast) continue;
      }
      best = slot;
      rank = slotRank;
      bootCount = slotBootCount;
      sequence = slotSequence;
    }
    return best;
  }
}

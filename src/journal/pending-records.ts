// The records that live on flash: which wait for delivery, which of those have a handle, where each lies.
import { JOURNAL_DAMAGED, JOURNAL_TOO_LARGE } from "./codes.js";
import { GRANULE_BYTES, KIND_DROPPED, KIND_EVIDENCE_MIN, KIND_RETIRE, recordBytes } from "./layout.js";
import { isEmergency, isOlder, NO_SLOT, PENDING_LIMIT, PendingTable, rankOf } from "./pending-table.js";
import { NOWHERE, type RecordLog } from "./record-log.js";
import { RECORD_PENDING, recordFate } from "./recovery.js";
import type { Victims } from "./victims.js";

/** Keeps the map's live bits, the table of handles and the counts in step with what the log retires and programs. */
export class PendingRecords {
  readonly #log: RecordLog;
  readonly table = new PendingTable();
  /** Live records that wait for delivery, listed or not. */
  count = 0;
  /** Those of them in the alert lane. */
  alertCount = 0;
  /** Something came back from flight: while it was there, it kept its slot, however urgent what has none. */
  isStale = false;
  /** Live records that do not, but are carried along. */
  keptCount = 0;
  /** Records found twice since the mount; the older copy was retired. */
  duplicates = 0;
  /** The newest emergency that a refill came across: where its record is, by what `found` said. */
  #newestBlock = NOWHERE;
  #newestGranule = 0;
  #newestBootCount = 0;
  #newestSequence = 0;

  constructor(log: RecordLog) {
    this.#log = log;
  }

  /** Some that wait have no handle. */
  get isAnyUnlisted(): boolean {
    return this.count > this.table.count;
  }

  reset(): void {
    this.table.reset();
    this.count = 0;
    this.alertCount = 0;
    this.keptCount = 0;
    this.duplicates = 0;
  }

  /** Reads all live records, counts them and lists the most urgent ones. */
  refill(): void {
    this.isStale = false;
    this.#newestBlock = NOWHERE;
    const log = this.#log;
    const map = log.map;
    this.count = 0;
    this.alertCount = 0;
    this.keptCount = 0;
    this.table.startRefill();
    log.orderBlocks();
    for (let index = 0; index < log.orderCount; index++) {
      const block = log.order[index] as number;
      if (map.liveBytes[block] === 0) continue;
      for (let granule = map.nextLive(block, 0); granule !== NOWHERE; granule = map.nextLive(block, granule + 1)) this.#relist(block, granule);
    }
    this.#listNewestEmergency();
  }

  #noteEmergency(block: number, granule: number): void {
    const found = this.#log.found;
    if (!isEmergency(found.kind, found.priority)) return;
    if (this.#newestBlock !== NOWHERE && isOlder(found.bootCount, found.sequence, this.#newestBootCount, this.#newestSequence)) return;
    this.#newestBlock = block;
    this.#newestGranule = granule;
    this.#newestBootCount = found.bootCount;
    this.#newestSequence = found.sequence;
  }

  /** The newest emergency must be listed, even if there are more older ones than slots. */
  #listNewestEmergency(): void {
    const log = this.#log;
    const looked = log.looked;
    const block = this.#newestBlock;
    const granule = this.#newestGranule;
    if (block === NOWHERE || this.table.findPlace(block, granule) !== NO_SLOT || !log.lookUp(block, granule * GRANULE_BYTES)) return;
    const slot = this.#list(looked.kind, looked.priority, looked.bootCount, looked.sequence, false);
    if (slot !== NO_SLOT) this.table.place(slot, block, granule, recordBytes(looked.areaBytes) / GRANULE_BYTES);
  }

  /** Counts the live record at a place and lists it if it is urgent enough. Only then its header is checked again. */
  #relist(block: number, granule: number): void {
    const log = this.#log;
    const found = log.found;
    const table = this.table;
    const offset = granule * GRANULE_BYTES;
    if (!log.peek(block, offset)) return;
    if (recordFate(found.kind) !== RECORD_PENDING) {
      this.keptCount++;
      return;
    }
    this.#noteEmergency(block, granule);
    const rank = rankOf(found.kind, found.priority);
    const same = table.findIdentity(found.kind, found.bootCount, found.sequence);
    if (same !== NO_SLOT && table.block[same] === block && table.granule[same] === granule) {
      this.#countPending(found.kind, 1);
    } else if (same !== NO_SLOT) {
      if (log.peekedIsValid(block, offset)) this.#retireCopy(same, block, granule, recordBytes(found.areaBytes) / GRANULE_BYTES);
    } else if (!table.hasPlaceFor(found.kind, rank, found.bootCount, found.sequence)) {
      this.#countPending(found.kind, 1);
    } else if (log.peekedIsValid(block, offset)) {
      this.#countPending(found.kind, 1);
      const slot = table.refill(found.kind, found.priority, found.bootCount, found.sequence);
      table.place(slot, block, granule, recordBytes(found.areaBytes) / GRANULE_BYTES);
    }
  }

  /** The record in `slot` was found at a later place, too: retires the place it is listed at. */
  #retireCopy(slot: number, block: number, granule: number, granules: number): void {
    const table = this.table;
    this.duplicates++;
    this.#log.batchCount = 0;
    this.retireSlot(slot);
    if (this.#log.appendMark(KIND_RETIRE)) this.#log.map.clearLive(table.block[slot] as number, table.granule[slot] as number, table.granules[slot] as number);
    table.place(slot, block, granule, granules);
  }

  /** Reads a payload by its handle, as `readPlace`. */
  readSlot(slot: number, into: Uint8Array): number {
    return this.readPlace(this.table.block[slot] as number, (this.table.granule[slot] as number) * GRANULE_BYTES, into);
  }

  /** Reads the payload of the record at a place into the start of `into`. @returns its byte count, JOURNAL_DAMAGED or JOURNAL_TOO_LARGE. */
  readPlace(block: number, offset: number, into: Uint8Array): number {
    const log = this.#log;
    if (!log.lookUp(block, offset) || !log.areaIsIntact(log.looked, block, offset)) return JOURNAL_DAMAGED;
    if (log.looked.payloadBytes > into.length) return JOURNAL_TOO_LARGE;
    return log.readPayload(block, offset, into) ? log.looked.payloadBytes : JOURNAL_DAMAGED;
  }

  /** Adds the record of a handle to what the next record retires. */
  retireSlot(slot: number): void {
    const log = this.#log;
    const table = this.table;
    const block = table.block[slot] as number;
    log.addRetirement(log.map.sequence[block] as number, block, table.granule[slot] as number, table.granules[slot] as number);
  }

  /** The record just programmed at `offset` of the head waits for delivery. @returns its slot, or NO_SLOT. */
  admit(kind: number, priority: number, bootCount: number, sequence: number, offset: number, flashBytes: number): number {
    const log = this.#log;
    const { isAnyUnlisted } = this;
    log.map.setLive(log.headBlock, offset / GRANULE_BYTES, flashBytes / GRANULE_BYTES);
    this.#countPending(kind, 1);
    const slot = this.#list(kind, priority, bootCount, sequence, isAnyUnlisted);
    if (slot !== NO_SLOT) this.table.place(slot, log.headBlock, offset / GRANULE_BYTES, flashBytes / GRANULE_BYTES);
    return slot;
  }

  /**
   * Gives a record a slot, if need be that of the least urgent one. While there are records on flash that are not listed, it must be
   * more urgent than some listed one: else it might be sent before them. Drop reports are always listed, so that they can be merged,
   * and so is the newest emergency, since it goes first.
   */
  #list(kind: number, priority: number, bootCount: number, sequence: number, isAnyUnlisted: boolean): number {
    const table = this.table;
    const isNewest = table.isNewestEmergency(kind, priority, bootCount, sequence);
    const mustList = isNewest || kind === KIND_DROPPED;
    if (isNewest && (isAnyUnlisted || table.count === PENDING_LIMIT)) table.demoteNewestEmergency();
    let slot = table.findFree();
    if (slot === NO_SLOT || (isAnyUnlisted && !mustList)) {
      const least = table.leastUrgent(table.newestEmergency);
      if (least === NO_SLOT) return NO_SLOT;
      if (!mustList && table.isMoreUrgent(least, rankOf(kind, priority), bootCount, sequence)) return NO_SLOT;
      if (slot === NO_SLOT) {
        table.remove(least);
        slot = least;
      }
    }
    table.set(slot, kind, priority, bootCount, sequence);
    return slot;
  }

  /** The record of a handle was retired on flash. */
  bury(slot: number): void {
    const table = this.table;
    this.#log.map.clearLive(table.block[slot] as number, table.granule[slot] as number, table.granules[slot] as number);
    table.remove(slot);
    this.#countPending(table.kind[slot] as number, -1);
  }

  #countPending(kind: number, change: number): void {
    this.count += change;
    if (kind < KIND_EVIDENCE_MIN) this.alertCount += change;
  }

  /** One of the victims was retired on flash. */
  buryVictim(victims: Victims, index: number): void {
    const block = victims.block[index] as number;
    const granule = victims.granule[index] as number;
    this.#log.map.clearLive(block, granule, victims.granules[index] as number);
    const slot = this.table.findPlace(block, granule);
    if (slot !== NO_SLOT) this.table.remove(slot);
    const kind = victims.kind[index] as number;
    if (recordFate(kind) === RECORD_PENDING) this.#countPending(kind, -1);
    else this.keptCount--;
  }
}

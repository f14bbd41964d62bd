// The records that live on flash: which wait for delivery, which of those have a handle, where each lies.
import { BlockBounds, DROPPED_FIRST, NEWEST, SENT_FIRST } from "./block-bounds.js";
import { JOURNAL_DAMAGED, JOURNAL_TOO_LARGE } from "./codes.js";
import { GRANULE_BYTES, KIND_DROPPED, KIND_EMERGENCY, KIND_EVIDENCE_MIN, KIND_RETIRE, recordBytes } from "./layout.js";
import { NO_SLOT, PENDING_LIMIT, PendingTable, RANK_MAX, rankOf } from "./pending-table.js";
import { NOWHERE, type RecordLog } from "./record-log.js";
import { RECORD_PENDING, recordFate } from "./recovery.js";
import type { Victims } from "./victims.js";

/** Blocks that are read for records at most, in one search. One is enough, but when what was known of others is out of date. */
const VISITS_MAX = 4;

/** Keeps the map's live bits, the table of handles and the counts in step with what the log retires and programs. */
export class PendingRecords {
  private readonly _log: RecordLog;
  readonly table = new PendingTable();
  /** Live records that wait for delivery, listed or not. */
  count = 0;
  /** Those of them in the alert lane. */
  alertCount = 0;
  /** Records found twice since the mount; the older copy was retired. */
  duplicates = 0;
  private readonly _bounds: BlockBounds;
  /** Blocks that `gatherVictims` has read. */
  private readonly _passed: Uint8Array;

  constructor(log: RecordLog) {
    this._log = log;
    this._bounds = new BlockBounds(log.map);
    this._passed = new Uint8Array(log.blockCount);
  }

  /** Some that wait have no handle. */
  get isAnyUnlisted(): boolean {
    return this.count > this.table.count;
  }

  /** RAM in typed arrays. [bytes] */
  get ramBytes(): number {
    return this.table.ramBytes + this._bounds.ramBytes + this._passed.length;
  }

  reset(): void {
    this.table.reset();
    this._bounds.reset();
    this.count = 0;
    this.alertCount = 0;
    this.duplicates = 0;
  }

  /** Reads the headers of all live records: counts those that wait, and lists them as long as there are slots. */
  takeStock(): void {
    const log = this._log;
    this.count = 0;
    this.alertCount = 0;
    log.orderBlocks();
    for (let index = 0; index < log.orderCount; index++) this._visit(log.order[index] as number, true, undefined, 0);
  }

  /** @returns the slot of the record to send next, or NO_SLOT. Reads at most VISITS_MAX blocks; if that was not enough, the next call goes on. */
  next(): number {
    for (let visits = 0; visits < VISITS_MAX; visits++) {
      const slot = this.table.mostUrgent();
      const block = this._blockBefore(slot);
      if (block === NOWHERE) return slot;
      this._visit(block, false, undefined, 0);
    }
    return NO_SLOT;
  }

  /** @returns the block that may hold a record to be sent before the one in `slot`; NOWHERE if there is none, or none could get a handle now. */
  private _blockBefore(slot: number): number {
    const table = this.table;
    const bounds = this._bounds;
    if (table.count === PENDING_LIMIT && table.leastUrgent(NO_SLOT) === NO_SLOT) return NOWHERE;
    const newest = bounds.first(NEWEST);
    if (newest !== NOWHERE && table.goesBeforeItsTurn(bounds.bootCount[newest] as number, bounds.sequence[newest] as number)) return bounds.blockOf(newest);
    if (slot !== NO_SLOT && slot === table.emergencyToSend()) return NOWHERE;
    let place = bounds.first(SENT_FIRST);
    if (place === NOWHERE && slot === NO_SLOT && this.count > table.count) {
      // Headers of counted records rotted.
      this.takeStock();
      place = bounds.first(SENT_FIRST);
    }
    if (place === NOWHERE) return NOWHERE;
    const isNext = slot !== NO_SLOT && table.isMoreUrgent(slot, bounds.rank[place] as number, bounds.bootCount[place] as number, bounds.sequence[place] as number);
    return isNext ? NOWHERE : bounds.blockOf(place);
  }

  /** Collects the live records that would be dropped first, none above `rankMax`; none in flight and no drop reports. */
  gatherVictims(victims: Victims, rankMax: number): void {
    const bounds = this._bounds;
    const passed = this._passed;
    victims.reset();
    passed.fill(0);
    for (let visits = 0; ; visits++) {
      const place = bounds.firstBut(DROPPED_FIRST, passed);
      if (place === NOWHERE) return;
      const block = bounds.blockOf(place);
      const rank = bounds.rank[place] as number;
      const bootCount = bounds.bootCount[place] as number;
      const sequence = bounds.sequence[place] as number;
      if (rank > rankMax || victims.isSettled(rank, bootCount, sequence)) return;
      if (visits >= VISITS_MAX && victims.keepBefore(rank, bootCount, sequence)) return;
      passed[block] = 1;
      this._visit(block, false, victims, rankMax);
    }
  }

  /**
   * Reads the headers of a block's live records, makes its bounds exact, and lists records: to be sent next in place of less urgent ones, else as long as
   * there are free slots.
   * @param isStock counts them, too
   * @param victims if given, takes those of `rankMax` or lower into account
   */
  private _visit(block: number, isStock: boolean, victims: Victims | undefined, rankMax: number): void {
    const log = this._log;
    const found = log.found;
    const table = this.table;
    const mayReplace = !isStock && victims === undefined;
    this._bounds.clear(block);
    for (let granule = log.map.nextLive(block, 0); granule !== NOWHERE; granule = log.map.nextLive(block, granule + 1)) {
      const offset = granule * GRANULE_BYTES;
      if (!log.peek(block, offset)) continue;
      let slot = table.findIdentity(found.kind, found.bootCount, found.sequence);
      // XS would take seconds for the CRCs of 10,000 headers: at a mount, what gets no handle is not checked before its block is read again.
      if ((!isStock || slot !== NO_SLOT || table.count < PENDING_LIMIT) && !log.peekedIsValid(block, offset)) continue;
      const granules = recordBytes(found.areaBytes) / GRANULE_BYTES;
      const rank = rankOf(found.kind, found.priority);
      if (slot !== NO_SLOT && (table.block[slot] !== block || table.granule[slot] !== granule)) {
        if (!isStock) this._countPending(found.kind, -1);
        if (!this._retireOlder(slot, block, granule, granules)) continue;
      } else if (recordFate(found.kind) === RECORD_PENDING) {
        if (isStock) this._countPending(found.kind, 1);
        if (slot === NO_SLOT) slot = this._list(found.kind, found.priority, found.bootCount, found.sequence, mayReplace);
        if (slot !== NO_SLOT) table.place(slot, block, granule, granules);
      }
      this._note(block, found.kind, rank, found.bootCount, found.sequence, slot !== NO_SLOT);
      if (victims === undefined || rank > rankMax || found.kind === KIND_DROPPED || (slot !== NO_SLOT && table.inFlight[slot] === 1)) continue;
      victims.consider(found.kind, rank, found.bootCount, found.sequence, block, granule, granules);
    }
  }

  /** The record in `slot` was found at another place, too: retires the older copy. @returns whether the other place is the newer one, and now the slot's. */
  private _retireOlder(slot: number, block: number, granule: number, granules: number): boolean {
    const { table } = this;
    const log = this._log;
    const map = log.map;
    const listedBlock = table.block[slot] as number;
    const listedGranule = table.granule[slot] as number;
    const isNewer = block === listedBlock ? granule > listedGranule : (map.sequence[block] as number) > (map.sequence[listedBlock] as number);
    this.duplicates++;
    log.batchCount = 0;
    if (!isNewer) {
      log.addRetirement(map.sequence[block] as number, block, granule, granules);
      if (log.appendMark(KIND_RETIRE)) map.clearLive(block, granule, granules);
      return false;
    }
    this.retireSlot(slot);
    if (log.appendMark(KIND_RETIRE)) map.clearLive(listedBlock, listedGranule, table.granules[slot] as number);
    table.place(slot, block, granule, granules);
    return true;
  }

  /** Reads a payload by its handle, as `readPlace`. */
  readSlot(slot: number, into: Uint8Array): number {
    return this.readPlace(this.table.block[slot] as number, (this.table.granule[slot] as number) * GRANULE_BYTES, into);
  }

  /** Reads the payload of the record at a place into the start of `into`. @returns its byte count, JOURNAL_DAMAGED or JOURNAL_TOO_LARGE. */
  readPlace(block: number, offset: number, into: Uint8Array): number {
    const log = this._log;
    if (!log.lookUp(block, offset) || !log.areaIsIntact(log.looked, block, offset)) return JOURNAL_DAMAGED;
    if (log.looked.payloadBytes > into.length) return JOURNAL_TOO_LARGE;
    return log.readPayload(block, offset, into) ? log.looked.payloadBytes : JOURNAL_DAMAGED;
  }

  /** Adds the record of a handle to what the next record retires. */
  retireSlot(slot: number): void {
    const log = this._log;
    const table = this.table;
    const block = table.block[slot] as number;
    log.addRetirement(log.map.sequence[block] as number, block, table.granule[slot] as number, table.granules[slot] as number);
  }

  /** The record just programmed at `offset` of the head waits for delivery. @returns its slot, or NO_SLOT. */
  admit(kind: number, priority: number, bootCount: number, sequence: number, offset: number, flashBytes: number): number {
    this._countPending(kind, 1);
    this._setLive(offset / GRANULE_BYTES, flashBytes / GRANULE_BYTES);
    const slot = this._list(kind, priority, bootCount, sequence, true);
    if (slot !== NO_SLOT) this.table.place(slot, this._log.headBlock, offset / GRANULE_BYTES, flashBytes / GRANULE_BYTES);
    this._note(this._log.headBlock, kind, rankOf(kind, priority), bootCount, sequence, slot !== NO_SLOT);
    return slot;
  }

  /** The record that lay at this place was copied to `offset` of the head, as the log's draft says. */
  moved(block: number, granule: number, granules: number, offset: number): void {
    const { draft, headBlock } = this._log;
    const slot = this.table.findPlace(block, granule);
    this._setLive(offset / GRANULE_BYTES, granules);
    if (slot !== NO_SLOT) this.table.place(slot, headBlock, offset / GRANULE_BYTES, granules);
    this._note(headBlock, draft.kind, rankOf(draft.kind, draft.priority), draft.bootCount, draft.sequence, slot !== NO_SLOT);
  }

  private _setLive(granule: number, granules: number): void {
    const { map, headBlock } = this._log;
    if (map.liveBytes[headBlock] === 0) this._bounds.clear(headBlock);
    map.setLive(headBlock, granule, granules);
  }

  /** `block` holds this live record. */
  private _note(block: number, kind: number, rank: number, bootCount: number, sequence: number, isListed: boolean): void {
    if (kind !== KIND_DROPPED) this._bounds.note(DROPPED_FIRST, block, rank, bootCount, sequence);
    if (isListed || recordFate(kind) !== RECORD_PENDING) return;
    this._bounds.note(SENT_FIRST, block, rank, bootCount, sequence);
    if (kind === KIND_EMERGENCY && rank === RANK_MAX) this._bounds.note(NEWEST, block, rank, bootCount, sequence);
  }

  /**
   * Gives a record a slot. Drop reports always get one, so that they can be merged.
   * @param mayReplace the newest emergency may take any slot, since it goes first, and others that of a less urgent record
   */
  private _list(kind: number, priority: number, bootCount: number, sequence: number, mayReplace: boolean): number {
    const table = this.table;
    let slot = table.findFree();
    if (slot === NO_SLOT) {
      if (!mayReplace && kind !== KIND_DROPPED) return NO_SLOT;
      const isNewest = table.isNewestEmergency(kind, priority, bootCount, sequence);
      const mustList = isNewest || kind === KIND_DROPPED;
      slot = table.leastUrgent(isNewest ? NO_SLOT : table.newestEmergency);
      if (slot === NO_SLOT || (!mustList && table.isMoreUrgent(slot, rankOf(kind, priority), bootCount, sequence))) return NO_SLOT;
      this._delist(slot);
    }
    table.set(slot, kind, priority, bootCount, sequence);
    return slot;
  }

  /** The record in `slot` waits without a handle from now on. */
  private _delist(slot: number): void {
    const table = this.table;
    table.remove(slot);
    this._note(table.block[slot] as number, table.kind[slot] as number, table.rankAt(slot), table.bootCount[slot] as number, table.sequence[slot] as number, false);
  }

  /** The record of a handle was retired on flash. */
  bury(slot: number): void {
    const table = this.table;
    this._log.map.clearLive(table.block[slot] as number, table.granule[slot] as number, table.granules[slot] as number);
    table.remove(slot);
    this._countPending(table.kind[slot] as number, -1);
  }

  private _countPending(kind: number, change: number): void {
    this.count += change;
    if (kind < KIND_EVIDENCE_MIN) this.alertCount += change;
  }

  /** One of the victims was retired on flash. */
  buryVictim(victims: Victims, index: number): void {
    const block = victims.block[index] as number;
    const granule = victims.granule[index] as number;
    this._log.map.clearLive(block, granule, victims.granules[index] as number);
    const slot = this.table.findPlace(block, granule);
    if (slot !== NO_SLOT) this.table.remove(slot);
    const kind = victims.kind[index] as number;
    if (recordFate(kind) === RECORD_PENDING) this._countPending(kind, -1);
  }
}

// The records that live on flash: which wait for delivery, which of those have a handle, where each lies.
import { BlockBounds, DROPPED_FIRST, NEWEST, SENT_FIRST } from "./block-bounds.js";
import { NOWHERE, PASSED } from "./block-map.js";
import { JOURNAL_DAMAGED, JOURNAL_TOO_LARGE } from "./codes.js";
import { GRANULE_BYTES, KIND_DROPPED, KIND_EVIDENCE_MIN, KIND_RETIRE, blockOf, granuleOf, placeOf, recordBytes } from "./layout.js";
import { NO_SLOT, PENDING_LIMIT, PendingTable, isEmergency, rankOf } from "./pending-table.js";
import type { RecordLog } from "./record-log.js";
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
  private readonly _bounds: BlockBounds;

  constructor(log: RecordLog) {
    this._log = log;
    this._bounds = new BlockBounds(log);
  }

  /** Some that wait have no handle. */
  get isAnyUnlisted(): boolean {
    return this.count > this.table.count;
  }

  /** Reads the headers of all live records: counts those that wait, and lists them as long as there are slots. */
  takeStock(): void {
    const { map } = this._log;
    this.count = 0;
    this.alertCount = 0;
    for (let block = map.next(NOWHERE, 1); block !== NOWHERE; block = map.next(block, 1)) this._visit(block, true, undefined, 0);
  }

  /** @returns the slot of the record to send next, or NO_SLOT. Reads at most VISITS_MAX blocks; if that was not enough, the next call goes on. */
  next(): number {
    for (let visits = 0; visits < VISITS_MAX; visits++) {
      const slot = this.table.mostUrgent();
      const block = this.isAnyUnlisted ? this._blockBefore(slot) : NOWHERE;
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
    const newest = bounds.first(NEWEST, 0);
    if (newest !== NOWHERE && table.goesBeforeItsTurn(bounds.bootCountOf(NEWEST, newest), bounds.sequenceOf(NEWEST, newest))) return newest;
    if (slot !== NO_SLOT && slot === table.emergencyToSend()) return NOWHERE;
    let block = bounds.first(SENT_FIRST, 0);
    if (block === NOWHERE && slot === NO_SLOT) {
      // Headers of counted records rotted.
      this.takeStock();
      block = bounds.first(SENT_FIRST, 0);
    }
    if (block === NOWHERE || slot === NO_SLOT) return block;
    const isNext = table.isMoreUrgent(slot, bounds.rankOf(SENT_FIRST, block), bounds.bootCountOf(SENT_FIRST, block), bounds.sequenceOf(SENT_FIRST, block));
    return isNext ? NOWHERE : block;
  }

  /** Collects the live records that would be dropped first, none above `rankMax`; none in flight and no drop reports. */
  gatherVictims(victims: Victims, rankMax: number): void {
    const bounds = this._bounds;
    const { map } = this._log;
    victims.count = 0;
    map.clearFlagOfAll(PASSED);
    for (let visits = 0; ; visits++) {
      const block = bounds.first(DROPPED_FIRST, PASSED);
      if (block === NOWHERE) return;
      const rank = bounds.rankOf(DROPPED_FIRST, block);
      const bootCount = bounds.bootCountOf(DROPPED_FIRST, block);
      const sequence = bounds.sequenceOf(DROPPED_FIRST, block);
      if (rank > rankMax || victims.isSettled(rank, bootCount, sequence)) return;
      if (visits >= VISITS_MAX && victims.keepBefore(rank, bootCount, sequence)) return;
      map.setFlag(block, PASSED);
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
    const { header, map } = log;
    const table = this.table;
    const mayReplace = !isStock && victims === undefined;
    this._bounds.clear(block);
    for (let granule = map.nextLive(block, 0); granule !== NOWHERE; granule = map.nextLive(block, granule + 1)) {
      const offset = granule * GRANULE_BYTES;
      if (!log.look(block, offset, false)) continue;
      const { kind, bootCount, sequence } = header;
      const rank = rankOf(kind, header.priority);
      let slot = table.findIdentity(kind, bootCount, sequence);
      // XS would take seconds for the CRCs of 10,000 headers: at a mount, what gets no handle is not checked before its block is read again.
      if ((!isStock || slot !== NO_SLOT || table.count < PENDING_LIMIT) && !log.isValid(block, offset)) continue;
      const place = placeOf(block, granule, recordBytes(header.areaBytes) / GRANULE_BYTES);
      if (slot !== NO_SLOT && table.placeAt(slot) !== place) {
        if (!isStock) this._countPending(kind, -1);
        if (!this._retireOlder(slot, place)) continue;
      } else if (recordFate(kind) === RECORD_PENDING) {
        if (isStock) this._countPending(kind, 1);
        if (slot === NO_SLOT) slot = this._list(kind, rank, bootCount, sequence, mayReplace);
        if (slot !== NO_SLOT) table.setPlace(slot, place);
      }
      this._note(block, kind, rank, bootCount, sequence, slot !== NO_SLOT);
      if (victims === undefined || rank > rankMax || kind === KIND_DROPPED || (slot !== NO_SLOT && table.isInFlight(slot))) continue;
      victims.consider(kind, rank, bootCount, sequence, place);
    }
  }

  /** The record in `slot` was found at another place, too: retires the older copy. @returns whether the other place is the newer one, and now the slot's. */
  private _retireOlder(slot: number, place: number): boolean {
    const { table } = this;
    const log = this._log;
    const { map } = log;
    const listed = table.placeAt(slot);
    const isNewer = blockOf(place) === blockOf(listed) ? granuleOf(place) > granuleOf(listed) : map.sequenceOf(blockOf(place)) > map.sequenceOf(blockOf(listed));
    const older = isNewer ? listed : place;
    log.batchCount = 0;
    this.retirePlace(older);
    if (log.appendMark(KIND_RETIRE)) map.clearLive(older);
    if (isNewer) table.setPlace(slot, place);
    return isNewer;
  }

  /** Reads the payload of the record at a place into the start of `into`. @returns its byte count, JOURNAL_DAMAGED or JOURNAL_TOO_LARGE. */
  read(place: number, into: Uint8Array): number {
    const log = this._log;
    const block = blockOf(place);
    const offset = granuleOf(place) * GRANULE_BYTES;
    if (!log.look(block, offset, true)) return JOURNAL_DAMAGED;
    const { payloadBytes } = log.header;
    const fits = payloadBytes <= into.length;
    if (!log.readArea(block, offset, fits ? into : undefined)) return JOURNAL_DAMAGED;
    return fits ? payloadBytes : JOURNAL_TOO_LARGE;
  }

  /** Adds the record at a place to what the next record retires. */
  retirePlace(place: number): void {
    this._log.addRetirement(this._log.map.sequenceOf(blockOf(place)), place);
  }

  /** The record in the log's header, just programmed at `offset` of the head, waits for delivery. @returns its slot, or NO_SLOT. */
  admit(offset: number): number {
    const { header } = this._log;
    const { kind, bootCount, sequence } = header;
    const rank = rankOf(kind, header.priority);
    const isListed = !this._isBehindUnlisted(kind, rank, bootCount, sequence);
    this._countPending(kind, 1);
    const place = this._setLive(offset);
    const slot = isListed ? this._list(kind, rank, bootCount, sequence, true) : NO_SLOT;
    if (slot !== NO_SLOT) this.table.setPlace(slot, place);
    this._note(this._log.map.head, kind, rank, bootCount, sequence, slot !== NO_SLOT);
    return slot;
  }

  /** Is the newest record of all to be sent after one that has no handle? Then free slots are kept for those before it. */
  private _isBehindUnlisted(kind: number, rank: number, bootCount: number, sequence: number): boolean {
    if (!this.isAnyUnlisted || kind === KIND_DROPPED || this.table.isNewestEmergency(kind, rank, bootCount, sequence)) return false;
    const block = this._bounds.first(SENT_FIRST, 0);
    return block !== NOWHERE && rank <= this._bounds.rankOf(SENT_FIRST, block);
  }

  /** The record that lay at this place was copied to `offset` of the head, as the log's header says. */
  moved(place: number, offset: number): void {
    const { header, map } = this._log;
    const slot = this.table.findPlace(place);
    const copy = this._setLive(offset);
    if (slot !== NO_SLOT) this.table.setPlace(slot, copy);
    this._note(map.head, header.kind, rankOf(header.kind, header.priority), header.bootCount, header.sequence, slot !== NO_SLOT);
  }

  /** The record in the log's header lies at `offset` of the head. @returns the place */
  private _setLive(offset: number): number {
    const { header, map } = this._log;
    const { head } = map;
    const granule = offset / GRANULE_BYTES;
    const granules = recordBytes(header.areaBytes) / GRANULE_BYTES;
    if (map.liveBytesOf(head) === 0) this._bounds.clear(head);
    map.setLive(head, granule, granules);
    return placeOf(head, granule, granules);
  }

  /** `block` holds this live record. */
  private _note(block: number, kind: number, rank: number, bootCount: number, sequence: number, isListed: boolean): void {
    if (kind !== KIND_DROPPED) this._bounds.note(DROPPED_FIRST, block, rank, bootCount, sequence);
    if (isListed || recordFate(kind) !== RECORD_PENDING) return;
    this._bounds.note(SENT_FIRST, block, rank, bootCount, sequence);
    if (isEmergency(kind, rank)) this._bounds.note(NEWEST, block, rank, bootCount, sequence);
  }

  /**
   * Gives a record a slot. Drop reports always get one, so that they can be merged.
   * @param mayReplace the newest emergency may take any slot, since it goes first, and others that of a less urgent record
   */
  private _list(kind: number, rank: number, bootCount: number, sequence: number, mayReplace: boolean): number {
    const table = this.table;
    let slot = table.findFree();
    if (slot === NO_SLOT) {
      if (!mayReplace && kind !== KIND_DROPPED) return NO_SLOT;
      const isNewest = table.isNewestEmergency(kind, rank, bootCount, sequence);
      const mustList = isNewest || kind === KIND_DROPPED;
      slot = table.leastUrgent(isNewest ? NO_SLOT : table.newestEmergency);
      if (slot === NO_SLOT || (!mustList && table.isMoreUrgent(slot, rank, bootCount, sequence))) return NO_SLOT;
      // The record in the slot waits without a handle from now on.
      this._note(blockOf(table.placeAt(slot)), table.kindAt(slot), table.rankAt(slot), table.bootCountAt(slot), table.sequenceAt(slot), false);
      table.remove(slot);
    }
    table.set(slot, kind, rank, bootCount, sequence);
    return slot;
  }

  /** The record at a place was retired on flash, and waits no more if it did. */
  bury(kind: number, place: number): void {
    this._log.map.clearLive(place);
    const slot = this.table.findPlace(place);
    if (slot !== NO_SLOT) this.table.remove(slot);
    if (recordFate(kind) === RECORD_PENDING) this._countPending(kind, -1);
  }

  private _countPending(kind: number, change: number): void {
    this.count += change;
    if (kind < KIND_EVIDENCE_MIN) this.alertCount += change;
  }
}

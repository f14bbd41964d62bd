// What is dropped when flash is full or damaged, and the durable report of it.
import { JOURNAL_DROPPED, JOURNAL_FULL } from "./codes.js";
import {
  AREA_CRC_BYTES, DROPPED_BYTES, DROPPED_DAMAGED, DROPPED_FOR_ROOM, GRANULE_BYTES, KIND_ALERT_MIN, KIND_DROPPED, KIND_EVIDENCE_MIN, RECORD_HEADER_BYTES, RETIREMENT_BYTES, blockOf,
  granuleOf, recordBytes,
} from "./layout.js";
import type { PendingRecords } from "./pending-records.js";
import { ALERT_RANK_MIN, isOlder, NO_SLOT, PENDING_LIMIT } from "./pending-table.js";
import { NOWHERE } from "./block-map.js";
import { REPORT, type RecordLog } from "./record-log.js";
import { Victims, VICTIMS_MAX } from "./victims.js";

/** Format of a drop report's payload. */
const DROPPED_VERSION = 1;
/** Its words: version, reason, lane and priority; how many; boot count, seconds and sequence of the oldest, and of the newest. */
const COUNT = REPORT + 1;
const OLDEST = REPORT + 2;
const NEWEST = REPORT + 5;

/** Every call appends one report; the caller has made room for `reportBytes`. */
export class Dropper {
  private readonly _log: RecordLog;
  private readonly _pending: PendingRecords;
  private readonly _victims: Victims;
  /** Most bytes on flash of a drop report: half a block, if that is small. */
  readonly reportBytes: number;
  /** Drop reports are numbered within the boot. */
  private _droppedSequence = 0;

  constructor(log: RecordLog, pending: PendingRecords) {
    this._log = log;
    this._pending = pending;
    const halfBlockBytes = ((log.roomBytes / (2 * GRANULE_BYTES)) | 0) * GRANULE_BYTES;
    this.reportBytes = Math.min(halfBlockBytes, recordBytes(DROPPED_BYTES + VICTIMS_MAX * RETIREMENT_BYTES));
    this._victims = new Victims(((this.reportBytes - RECORD_HEADER_BYTES - DROPPED_BYTES - AREA_CRC_BYTES) / RETIREMENT_BYTES) | 0, log.words);
  }

  /**
   * Drops live records of `rank` or lower, lowest and oldest first, until emptying a block wins `worthwhile` bytes, or as many as go with one report.
   * @returns false if there are none
   */
  evict(worthwhile: number, rank: number): boolean {
    const log = this._log;
    const victims = this._victims;
    this._pending.gatherVictims(victims, rank);
    if (victims.count === 0) return false;
    const left = log.blockBytes - log.headOffset - this.reportBytes;
    for (let count = 1; count <= victims.count; count++) {
      const cost = log.map.cost(blockOf(victims.placeAt(count - 1))) - victims.freedBytes(count);
      if (cost <= left || log.roomBytes - cost >= worthwhile) victims.count = count;
    }
    return this._drop(DROPPED_FOR_ROOM, 0, 0, 0);
  }

  /** The record to be appended is itself the first that must go. @returns JOURNAL_DROPPED once that is durable. */
  dropIncoming(rank: number, sequence: number, uptimeS: number): number {
    return this._dropStray(DROPPED_FOR_ROOM, rank, this._log.bootCount, sequence, uptimeS) ? JOURNAL_DROPPED : JOURNAL_FULL;
  }

  /** The bytes of a live record are damaged: retires it. @returns true once that is durable. */
  dropDamaged(kind: number, rank: number, bootCount: number, sequence: number, place: number): boolean {
    this._victims.count = 0;
    this._victims.rank = rank;
    this._victims.consider(kind, rank, bootCount, sequence, place);
    return this._drop(DROPPED_DAMAGED, 0, 0, 0);
  }

  /** A listed record can no longer be found on flash. */
  reportLost(slot: number): void {
    const { table } = this._pending;
    const rank = table.rankAt(slot);
    const bootCount = table.bootCountAt(slot);
    const sequence = table.sequenceAt(slot);
    table.remove(slot);
    this._dropStray(DROPPED_DAMAGED, rank, bootCount, sequence, 0);
  }

  /** Drops a record that is not, or no longer, on flash. */
  private _dropStray(reason: number, rank: number, bootCount: number, sequence: number, uptimeS: number): boolean {
    this._victims.count = 0;
    this._victims.rank = rank;
    return this._drop(reason, bootCount, sequence, uptimeS);
  }

  /**
   * Retires the victims with a drop report, in one record. An earlier report of their rank that is not in flight goes into it.
   * @param bootCount of a record besides that is not on flash, with its sequence and uptime; 0: there is none
   */
  private _drop(reason: number, bootCount: number, sequence: number, uptimeS: number): boolean {
    const log = this._log;
    const victims = this._victims;
    const pending = this._pending;
    const { rank } = victims;
    const isAlert = rank >= ALERT_RANK_MIN;
    const priority = isAlert ? rank - ALERT_RANK_MIN : rank;
    const head = DROPPED_VERSION | (reason << 8) | ((isAlert ? KIND_ALERT_MIN : KIND_EVIDENCE_MIN) << 16) | (priority << 24);
    const earlier = this._findReport(head);
    if (earlier === NO_SLOT) log.area.fill(0, 0, DROPPED_BYTES);
    log.words[REPORT] = head;
    log.batchCount = 0;
    const earlierPlace = earlier === NO_SLOT ? 0 : pending.table.placeAt(earlier);
    if (earlier !== NO_SLOT) pending.retirePlace(earlierPlace);
    if (bootCount > 0) this._countDropped(bootCount, uptimeS, sequence);
    for (let index = 0; index < victims.count; index++) {
      const place = victims.placeAt(index);
      const isThere = log.look(blockOf(place), granuleOf(place) * GRANULE_BYTES, true);
      this._countDropped(victims.bootCountAt(index), isThere ? log.header.uptimeS : 0, victims.sequenceAt(index));
      pending.retirePlace(place);
    }
    log.header.fill(KIND_DROPPED, priority, log.bootCount, ++this._droppedSequence, DROPPED_BYTES, log.words[NEWEST + 1] as number);
    log.takeBatch();
    const offset = log.program(log.area, 0, 0);
    if (offset === NOWHERE) return false;
    if (earlier !== NO_SLOT) pending.bury(KIND_DROPPED, earlierPlace);
    for (let index = 0; index < victims.count; index++) pending.bury(victims.kindAt(index), victims.placeAt(index));
    pending.admit(offset);
    return true;
  }

  /** @returns the slot of a report that begins with these bytes and is not in flight, its payload now in the log's area; NO_SLOT if there is none. */
  private _findReport(head: number): number {
    const log = this._log;
    const { table } = this._pending;
    for (let slot = 0; slot < PENDING_LIMIT; slot++) {
      if (table.kindAt(slot) !== KIND_DROPPED || table.isInFlight(slot)) continue;
      const place = table.placeAt(slot);
      if (!this._isVictim(place) && this._pending.read(place, log.area) === DROPPED_BYTES && log.words[REPORT] === head) return slot;
    }
    return NO_SLOT;
  }

  /** Of a report that is dropped as damaged, unstable bits may read right the next time. */
  private _isVictim(place: number): boolean {
    const victims = this._victims;
    for (let index = 0; index < victims.count; index++) if (victims.placeAt(index) === place) return true;
    return false;
  }

  /** Adds a record to the report in the log's area. */
  private _countDropped(bootCount: number, uptimeS: number, sequence: number): void {
    const { words } = this._log;
    const count = words[COUNT] as number;
    words[COUNT] = count + 1;
    if (count === 0 || isOlder(bootCount, sequence, words[OLDEST] as number, words[OLDEST + 2] as number)) this._name(OLDEST, bootCount, uptimeS, sequence);
    if (count === 0 || isOlder(words[NEWEST] as number, words[NEWEST + 2] as number, bootCount, sequence)) this._name(NEWEST, bootCount, uptimeS, sequence);
  }

  private _name(at: number, bootCount: number, uptimeS: number, sequence: number): void {
    const { words } = this._log;
    words[at] = bootCount;
    words[at + 1] = uptimeS;
    words[at + 2] = sequence;
  }
}

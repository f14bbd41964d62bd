// What is dropped when flash is full or damaged, and the durable report of it.
import { JOURNAL_DROPPED, JOURNAL_FULL } from "./codes.js";
import {
  AREA_CRC_BYTES,
  DROPPED_BYTES,
  DROPPED_DAMAGED,
  DROPPED_FOR_ROOM,
  GRANULE_BYTES,
  KIND_ALERT_MIN,
  KIND_DROPPED,
  KIND_EVIDENCE_MIN,
  RETIREMENT_BYTES,
  recordBytes,
} from "./layout.js";
import type { PendingRecords } from "./pending-records.js";
import { ALERT_RANK_MIN, isOlder, NO_SLOT, PENDING_LIMIT, rankOf } from "./pending-table.js";
import { NOWHERE, type RecordLog } from "./record-log.js";
import { Victims, VICTIMS_MAX } from "./victims.js";

/** Format of a drop report's payload. */
const DROPPED_VERSION = 1;
/** The longest drop report. [bytes on flash] */
const DROP_REPORT_BYTES_MAX = recordBytes(DROPPED_BYTES + VICTIMS_MAX * RETIREMENT_BYTES);

/** Every call but `reset` appends one report; the caller has made room for `reportBytes`. */
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
    this.reportBytes = halfBlockBytes < DROP_REPORT_BYTES_MAX ? halfBlockBytes : DROP_REPORT_BYTES_MAX;
    this._victims = new Victims(((this.reportBytes - recordBytes(0) - DROPPED_BYTES - AREA_CRC_BYTES) / RETIREMENT_BYTES) | 0);
  }

  /** RAM in typed arrays. [bytes] */
  get ramBytes(): number {
    return this._victims.ramBytes;
  }

  reset(): void {
    this._droppedSequence = 0;
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
      const cost = log.map.cost(victims.block[count - 1] as number) - victims.freedBytes(count);
      const gain = log.roomBytes - cost;
      if (cost <= left || gain >= worthwhile) {
        victims.count = count;
        break;
      }
    }
    return this._drop(DROPPED_FOR_ROOM);
  }

  /** The record to be appended is itself the first that must go. @returns JOURNAL_DROPPED once that is durable. */
  dropIncoming(kind: number, priority: number, sequence: number, uptimeS: number): number {
    this._victims.setStray(rankOf(kind, priority), this._log.bootCount, sequence, uptimeS);
    return this._drop(DROPPED_FOR_ROOM) ? JOURNAL_DROPPED : JOURNAL_FULL;
  }

  /** The bytes of a live record are damaged: retires it. @returns true once that is durable. */
  dropDamaged(kind: number, priority: number, bootCount: number, sequence: number, block: number, granule: number, granules: number): boolean {
    this._victims.reset();
    this._victims.consider(kind, rankOf(kind, priority), bootCount, sequence, block, granule, granules);
    return this._drop(DROPPED_DAMAGED);
  }

  /** A listed record can no longer be found on flash. */
  reportLost(slot: number): void {
    const table = this._pending.table;
    table.remove(slot);
    this._victims.setStray(table.rankAt(slot), table.bootCount[slot] as number, table.sequence[slot] as number, 0);
    this._drop(DROPPED_DAMAGED);
  }

  /** Retires the victims with a drop report, in one record. An earlier report of their rank that is not in flight goes into it. */
  private _drop(reason: number): boolean {
    const log = this._log;
    const victims = this._victims;
    const earlier = this._findReport(reason);
    if (earlier === NO_SLOT) log.area.fill(0, 0, DROPPED_BYTES);
    log.areaView.setUint8(0, DROPPED_VERSION);
    log.areaView.setUint8(1, reason);
    const isAlert = victims.rank >= ALERT_RANK_MIN;
    const priority = isAlert ? victims.rank - ALERT_RANK_MIN : victims.rank;
    log.areaView.setUint8(2, isAlert ? KIND_ALERT_MIN : KIND_EVIDENCE_MIN);
    log.areaView.setUint8(3, priority);
    log.batchCount = 0;
    if (earlier !== NO_SLOT) this._pending.retireSlot(earlier);
    if (victims.hasStray) this._countDropped(victims.strayBootCount, victims.strayUptimeS, victims.straySequence);
    for (let index = 0; index < victims.count; index++) {
      const block = victims.block[index] as number;
      const granule = victims.granule[index] as number;
      const uptimeS = log.lookUp(block, granule * GRANULE_BYTES) ? log.looked.uptimeS : 0;
      this._countDropped(victims.bootCount[index] as number, uptimeS, victims.sequence[index] as number);
      log.addRetirement(log.map.sequence[block] as number, block, granule, victims.granules[index] as number);
    }
    this._droppedSequence++;
    log.startDraft(KIND_DROPPED, priority, log.bootCount, this._droppedSequence, DROPPED_BYTES, log.areaView.getInt32(24, true));
    log.draftRetirements();
    const flashBytes = recordBytes(log.draft.areaBytes);
    const offset = log.program(log.area, 0, 0);
    if (offset === NOWHERE) return false;
    if (earlier !== NO_SLOT) this._pending.bury(earlier);
    for (let index = 0; index < victims.count; index++) this._pending.buryVictim(victims, index);
    this._pending.admit(KIND_DROPPED, priority, log.bootCount, this._droppedSequence, offset, flashBytes);
    return true;
  }

  /** @returns the slot of a report of the victims' rank and this reason that is not in flight, its payload now in `log.area`. */
  private _findReport(reason: number): number {
    const log = this._log;
    const table = this._pending.table;
    for (let slot = 0; slot < PENDING_LIMIT; slot++) {
      if (table.used[slot] === 0 || table.kind[slot] !== KIND_DROPPED || table.inFlight[slot] === 1) continue;
      if (this._pending.readSlot(slot, log.area) !== DROPPED_BYTES) continue;
      const area = log.area;
      if (area[0] === DROPPED_VERSION && area[1] === reason && rankOf(area[2] as number, area[3] as number) === this._victims.rank) return slot;
    }
    return NO_SLOT;
  }

  /** Adds a record to the report in `log.area`. */
  private _countDropped(bootCount: number, uptimeS: number, sequence: number): void {
    const view = this._log.areaView;
    const count = view.getInt32(4, true);
    view.setInt32(4, count + 1, true);
    if (count === 0 || isOlder(bootCount, sequence, view.getInt32(8, true), view.getInt32(16, true))) {
      view.setInt32(8, bootCount, true);
      view.setInt32(12, uptimeS, true);
      view.setInt32(16, sequence, true);
    }
    if (count === 0 || isOlder(view.getInt32(20, true), view.getInt32(28, true), bootCount, sequence)) {
      view.setInt32(20, bootCount, true);
      view.setInt32(24, uptimeS, true);
      view.setInt32(28, sequence, true);
    }
  }
}

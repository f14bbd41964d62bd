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
  readonly #log: RecordLog;
  readonly #pending: PendingRecords;
  readonly #victims: Victims;
  /** Most bytes on flash of a drop report: half a block, if that is small. */
  readonly reportBytes: number;
  /** Drop reports are numbered within the boot. */
  #droppedSequence = 0;

  constructor(log: RecordLog, pending: PendingRecords) {
    this.#log = log;
    this.#pending = pending;
    const halfBlockBytes = ((log.roomBytes / (2 * GRANULE_BYTES)) | 0) * GRANULE_BYTES;
    this.reportBytes = halfBlockBytes < DROP_REPORT_BYTES_MAX ? halfBlockBytes : DROP_REPORT_BYTES_MAX;
    this.#victims = new Victims(((this.reportBytes - recordBytes(0) - DROPPED_BYTES - AREA_CRC_BYTES) / RETIREMENT_BYTES) | 0);
  }

  /** RAM in typed arrays. [bytes] */
  get ramBytes(): number {
    return this.#victims.ramBytes;
  }

  reset(): void {
    this.#droppedSequence = 0;
  }

  /**
   * Drops live records of `rank` or lower, lowest and oldest first, until emptying a block wins `worthwhile` bytes, or as many as go with one report.
   * @returns false if there are none
   */
  evict(worthwhile: number, rank: number): boolean {
    const log = this.#log;
    const victims = this.#victims;
    this.#pending.gatherVictims(victims, rank);
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
    return this.#drop(DROPPED_FOR_ROOM);
  }

  /** The record to be appended is itself the first that must go. @returns JOURNAL_DROPPED once that is durable. */
  dropIncoming(kind: number, priority: number, sequence: number, uptimeS: number): number {
    this.#victims.setStray(rankOf(kind, priority), this.#log.bootCount, sequence, uptimeS);
    return this.#drop(DROPPED_FOR_ROOM) ? JOURNAL_DROPPED : JOURNAL_FULL;
  }

  /** The bytes of a live record are damaged: retires it. @returns true once that is durable. */
  dropDamaged(kind: number, priority: number, bootCount: number, sequence: number, block: number, granule: number, granules: number): boolean {
    this.#victims.reset();
    this.#victims.consider(kind, rankOf(kind, priority), bootCount, sequence, block, granule, granules);
    return this.#drop(DROPPED_DAMAGED);
  }

  /** A listed record can no longer be found on flash. */
  reportLost(slot: number): void {
    const table = this.#pending.table;
    table.remove(slot);
    this.#victims.setStray(table.rankAt(slot), table.bootCount[slot] as number, table.sequence[slot] as number, 0);
    this.#drop(DROPPED_DAMAGED);
  }

  /** Retires the victims with a drop report, in one record. An earlier report of their rank that is not in flight goes into it. */
  #drop(reason: number): boolean {
    const log = this.#log;
    const victims = this.#victims;
    const earlier = this.#findReport(reason);
    if (earlier === NO_SLOT) log.area.fill(0, 0, DROPPED_BYTES);
    log.areaView.setUint8(0, DROPPED_VERSION);
    log.areaView.setUint8(1, reason);
    const isAlert = victims.rank >= ALERT_RANK_MIN;
    const priority = isAlert ? victims.rank - ALERT_RANK_MIN : victims.rank;
    log.areaView.setUint8(2, isAlert ? KIND_ALERT_MIN : KIND_EVIDENCE_MIN);
    log.areaView.setUint8(3, priority);
    log.batchCount = 0;
    if (earlier !== NO_SLOT) this.#pending.retireSlot(earlier);
    if (victims.hasStray) this.#countDropped(victims.strayBootCount, victims.strayUptimeS, victims.straySequence);
    for (let index = 0; index < victims.count; index++) {
      const block = victims.block[index] as number;
      const granule = victims.granule[index] as number;
      const uptimeS = log.lookUp(block, granule * GRANULE_BYTES) ? log.looked.uptimeS : 0;
      this.#countDropped(victims.bootCount[index] as number, uptimeS, victims.sequence[index] as number);
      log.addRetirement(log.map.sequence[block] as number, block, granule, victims.granules[index] as number);
    }
    this.#droppedSequence++;
    log.startDraft(KIND_DROPPED, priority, log.bootCount, this.#droppedSequence, DROPPED_BYTES, log.areaView.getInt32(24, true));
    log.draftRetirements();
    const flashBytes = recordBytes(log.draft.areaBytes);
    const offset = log.program(log.area, 0, 0);
    if (offset === NOWHERE) return false;
    if (earlier !== NO_SLOT) this.#pending.bury(earlier);
    for (let index = 0; index < victims.count; index++) this.#pending.buryVictim(victims, index);
    this.#pending.admit(KIND_DROPPED, priority, log.bootCount, this.#droppedSequence, offset, flashBytes);
    return true;
  }

  /** @returns the slot of a report of the victims' rank and this reason that is not in flight, its payload now in `log.area`. */
  #findReport(reason: number): number {
    const log = this.#log;
    const table = this.#pending.table;
    for (let slot = 0; slot < PENDING_LIMIT; slot++) {
      if (table.used[slot] === 0 || table.kind[slot] !== KIND_DROPPED || table.inFlight[slot] === 1) continue;
      if (this.#pending.readSlot(slot, log.area) !== DROPPED_BYTES) continue;
      const area = log.area;
      if (area[0] === DROPPED_VERSION && area[1] === reason && rankOf(area[2] as number, area[3] as number) === this.#victims.rank) return slot;
    }
    return NO_SLOT;
  }

  /** Adds a record to the report in `log.area`. */
  #countDropped(bootCount: number, uptimeS: number, sequence: number): void {
    const view = this.#log.areaView;
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

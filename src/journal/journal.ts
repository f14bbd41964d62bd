// The journal: an append-only, wear-levelled log over raw NOR flash that holds every alert until its delivery is acknowledged.
import { assert } from "../base/assert.js";
import type { Flash } from "../contracts/flash.js";
import { JOURNAL_FAULT, JOURNAL_FULL, JOURNAL_NONE, JOURNAL_NOT_MOUNTED, JOURNAL_TOO_LARGE, JOURNAL_UNLISTED } from "./codes.js";
import { Dropper } from "./dropper.js";
import { BAD, NOWHERE, SPENT, SUSPECT } from "./block-map.js";
import {
  GRANULE_BYTES, KIND_ALERT_MIN, KIND_BOOT, KIND_DROPPED, KIND_KEPT_MIN, KIND_RETIRE, RECORD_HEADER_BYTES, RETIREMENT_BYTES, placeOf, recordBytes,
} from "./layout.js";
import { LogScan } from "./log-scan.js";
import { PendingRecords } from "./pending-records.js";
import { ALERT_RANK_MIN, NO_SLOT, PENDING_LIMIT, type PendingTable, PRIORITY_MAX, rankOf } from "./pending-table.js";
import { RecordLog } from "./record-log.js";
import { MOUNT_CONTINUE } from "./recovery.js";
import { KEEP_INTERNAL, KEEP_MOUNT, KEEP_ORDINARY, Room } from "./room.js";
import { VICTIMS_WORDS } from "./victims.js";

/** Room for records beside the head and the reserve. [bytes] A drop report for each of 8 ranks, some twice, must fit. */
export const ROOM_BYTES_MIN = 1024;
/** Most blocks, for the width of a block index on flash. */
export const BLOCK_COUNT_MAX = 65535;
/** Smallest erase block. [bytes] Two headers and the longest record the journal writes for itself. */
export const BLOCK_BYTES_MIN = 256;
/** Largest erase block. [bytes] A place within a block is one byte, counted in granules. */
export const BLOCK_BYTES_MAX = 8192;

/**
 * All members may block for as long as the flash does; none keeps anything that was not made by the constructor; none throws for faults of the world.
 * See DESIGN.md for why it loses nothing, FORMAT.md for the bytes.
 */
export class Journal {
  private readonly _log: RecordLog;
  private readonly _pending: PendingRecords;
  private readonly _table: PendingTable;
  private readonly _dropper: Dropper;
  private readonly _room: Room;
  private _mounted = false;
  /** Records appended since the start. */
  appended = 0;

  /**
   * @param flash Blocks of 256 to 8192 bytes, a multiple of 32; at least 5 of 4096 bytes, 7 of 512 or 10 of 256. It is programmed in units of 32 bytes, so any
   * part will do whose own unit is 1, 2, 4, 8, 16 or 32.
   */
  constructor(flash: Flash) {
    const { blockBytes, blockCount } = flash;
    assert(blockCount <= BLOCK_COUNT_MAX, "journal: blockCount");
    assert(blockBytes >= BLOCK_BYTES_MIN && blockBytes <= BLOCK_BYTES_MAX && blockBytes % GRANULE_BYTES === 0, "journal: blockBytes");
    this._log = new RecordLog(flash, VICTIMS_WORDS);
    this._pending = new PendingRecords(this._log);
    this._table = this._pending.table;
    this._dropper = new Dropper(this._log, this._pending);
    this._room = new Room(this._log, this._pending, this._dropper);
    assert((blockCount - 1 - KEEP_ORDINARY) * this._log.roomBytes >= ROOM_BYTES_MIN, "journal: flash too small");
  }

  /** Which start of the device this is, from 1; 0 before a successful mount. Never the same twice. */
  get bootCount(): number {
    return this._mounted ? this._log.bootCount : 0;
  }

  /** Records waiting for delivery. */
  get pendingCount(): number {
    return this._pending.count;
  }

  /** Those of them in the alert lane. */
  get pendingAlerts(): number {
    return this._pending.alertCount;
  }

  /**
   * Finds the log on flash (or starts one), counts the boot, and lists what waits for delivery. To be called once. Never throws.
   * @returns 0, or JOURNAL_FAULT or JOURNAL_FOREIGN
   */
  mount(): number {
    const log = this._log;
    const pending = this._pending;
    const fate = log.readBlockHeaders(false);
    if (fate < 0) return fate;
    const scan = new LogScan(log);
    if (fate === MOUNT_CONTINUE) scan.scan();
    log.bootCount++;
    if ((fate === MOUNT_CONTINUE && !this._settleTail(scan)) || !this._markBoot()) return JOURNAL_FAULT;
    this._room.restoreReserve();
    this._mounted = true;
    pending.takeStock();
    return 0;
  }

  /**
   * Stores a record; on return it survives any loss of power.
   * @param kind 1 to 62 for the alert lane, 64 to 127 for the evidence lane.
   * @param priority 0 to 3; higher is more urgent.
   * @param sequence Number of the record within its kind and boot; the journal does not give numbers.
   * @param bytes Holds the payload in its first `byteCount` bytes: at most a block, less 100 bytes.
   * @param uptimeS Time since start, for drop reports. [s]
   * @returns its handle, or JOURNAL_UNLISTED (durable too), or one of the negative JOURNAL_ codes (not stored).
   */
  append(kind: number, priority: number, sequence: number, bytes: Uint8Array, byteCount: number, uptimeS = 0): number {
    assert(kind >= KIND_ALERT_MIN && kind < KIND_KEPT_MIN && kind !== KIND_DROPPED, "journal: kind");
    assert(priority >= 0 && priority <= PRIORITY_MAX, "journal: priority");
    assert(byteCount >= 0 && byteCount <= bytes.length, "journal: byteCount");
    if (!this._mounted) return JOURNAL_NOT_MOUNTED;
    const log = this._log;
    const flashBytes = recordBytes(byteCount);
    if (flashBytes > log.roomBytes) return JOURNAL_TOO_LARGE;
    const rank = rankOf(kind, priority);
    if (!this._room.make(flashBytes, KEEP_ORDINARY, rank)) return this._room.makeForReport() ? this._dropper.dropIncoming(rank, sequence, uptimeS) : JOURNAL_FULL;
    log.header.fill(kind, priority, log.bootCount, sequence, byteCount, uptimeS);
    const offset = log.program(bytes, 0, 0);
    if (offset === NOWHERE) return JOURNAL_FAULT;
    this.appended++;
    const slot = this._pending.admit(offset);
    return slot === NO_SLOT ? JOURNAL_UNLISTED : slot;
  }

  /**
   * @returns the handle of the record to send next, or JOURNAL_NONE: the newest emergency (kind 1, priority 3) if none as new was sent
   * since `clearInFlight`, then alerts before evidence, then highest priority, then oldest.
   * Records in flight are passed over. A handle stays good while it is marked in flight; else only until the next `append` or `nextPending`.
   * Reads a few blocks at most; if that did not tell, it is JOURNAL_NONE for now, and the next call goes on.
   */
  nextPending(): number {
    if (!this._mounted || this._pending.count === 0) return JOURNAL_NONE;
    const slot = this._pending.next();
    return slot === NO_SLOT ? JOURNAL_NONE : slot;
  }

  /**
   * Reads the payload of a pending record by its name into the start of `into`, in a search of all live records.
   * @returns its byte count, JOURNAL_NONE, JOURNAL_DAMAGED or JOURNAL_TOO_LARGE
   */
  readPending(kind: number, bootCount: number, sequence: number, into: Uint8Array): number {
    const log = this._log;
    const { header, map } = log;
    for (let block = 0; block < log.blockCount; block++) {
      for (let granule = map.nextLive(block, 0); granule !== NOWHERE; granule = map.nextLive(block, granule + 1)) {
        const offset = granule * GRANULE_BYTES;
        if (log.look(block, offset, false) && header.sequence === sequence && header.kind === kind && header.bootCount === bootCount && log.isValid(block, offset))
          return this._pending.read(placeOf(block, granule, 0), into);
      }
    }
    return JOURNAL_NONE;
  }

  markInFlight(handle: number, yes: boolean): void {
    this._assertHandle(handle);
    this._table.setInFlight(handle, yes);
  }

  /** The link is lost: takes every record out of flight, and lets the newest emergency go first again. */
  clearInFlight(): void {
    this._table.clearInFlight();
  }

  kindOf(handle: number): number {
    this._assertHandle(handle);
    return this._table.kindAt(handle);
  }

  priorityOf(handle: number): number {
    this._assertHandle(handle);
    return this._table.rankAt(handle) % ALERT_RANK_MIN;
  }

  /** Reads a payload into the start of `into`. @returns its byte count, JOURNAL_DAMAGED or JOURNAL_TOO_LARGE. */
  read(handle: number, into: Uint8Array): number {
    this._assertHandle(handle);
    return this._pending.read(this._table.placeAt(handle), into);
  }

  /**
   * The record was delivered, and is out of flight then. @returns true once that is durable, or was dropped in flight as damaged; false if the part failed: it
   * stays pending.
   */
  acknowledge(handle: number): boolean {
    this._assertHandle(handle);
    const table = this._table;
    const bootCount = table.bootCountAt(handle);
    const sequence = table.sequenceAt(handle);
    const kind = table.kindAt(handle);
    if (!table.isGone(handle) && !this._room.make(RECORD_HEADER_BYTES, KEEP_INTERNAL, 0)) return false;
    if (table.isGone(handle)) table.setInFlight(handle, false);
    // If making room was to move the record and found it damaged, it was reported as dropped, and its handle may be another record's.
    if (table.findIdentity(kind, bootCount, sequence) !== handle) return true;
    const place = table.placeAt(handle);
    this._log.batchCount = 0;
    this._pending.retirePlace(place);
    if (!this._log.appendMark(KIND_RETIRE)) return false;
    table.noteSent(handle);
    table.setInFlight(handle, false);
    this._pending.bury(kind, place);
    return true;
  }

  /** The record's bytes are damaged (`read` said so): retires it and reports it as dropped. @returns true once that is durable. */
  discard(handle: number): boolean {
    this._assertHandle(handle);
    const table = this._table;
    const bootCount = table.bootCountAt(handle);
    const sequence = table.sequenceAt(handle);
    const kind = table.kindAt(handle);
    if (!this._room.makeForReport()) return false;
    // As above.
    if (table.findIdentity(kind, bootCount, sequence) !== handle) return true;
    return this._dropper.dropDamaged(kind, table.rankAt(handle), bootCount, sequence, table.placeAt(handle));
  }

  // ---- Mounting ----

  /**
   * Appending goes on behind the last byte of the head block that is not erased, since a program was cut there, or in another block if the part failed on this
   * one. If the last record lives, it is written again: its program may have been cut so late that it reads well for now only.
   * @returns false if the part failed
   */
  private _settleTail({ lastOffset, lastEnd, dirtyEnd }: LogScan): boolean {
    const log = this._log;
    const { map } = log;
    const { head } = map;
    log.headOffset = map.has(head, BAD) ? log.blockBytes : Math.max(lastEnd, dirtyEnd);
    // If a block was opened after it, the last record was complete before that.
    if (lastOffset === 0 || map.hasSuspect || !map.isLive(head, lastOffset / GRANULE_BYTES)) return true;
    if (!this._room.make(lastEnd - lastOffset, KEEP_MOUNT, 0)) return false;
    return log.findRecord(head, lastOffset) !== lastOffset || this._room.move(head, lastOffset, false);
  }

  /** Makes the boot count durable, and that nothing in a suspect block counts, whatever it may show later. */
  private _markBoot(): boolean {
    const log = this._log;
    const map = log.map;
    // Before the mark as well: beside what was written again, it may take the room for that. But what a suspect block might show must be retired first.
    if (!map.hasSuspect) this._room.restoreReserve();
    if (!this._room.make(recordBytes(RETIREMENT_BYTES) + recordBytes(0), KEEP_MOUNT, 0)) return false;
    log.batchCount = 0;
    for (let block = 0; block < log.blockCount; block++) {
      if (map.has(block, SUSPECT) && !map.has(block, SPENT) && !log.collect(map.sequenceOf(block), block)) return false;
    }
    // Twice: if a bit of the only mark rotted, the next boot would count as this one, and names of alerts would come twice.
    if (!log.appendMark(KIND_BOOT) || !log.appendMark(KIND_BOOT)) return false;
    for (let block = 0; block < log.blockCount; block++) {
      if (map.has(block, SUSPECT)) map.retireBlock(block);
    }
    return true;
  }

  private _assertHandle(handle: number): void {
    assert(handle >= 0 && handle < PENDING_LIMIT && this._table.isUsed(handle), "journal: not a handle");
  }
}

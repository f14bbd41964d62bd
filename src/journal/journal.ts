// The journal: an append-only, wear-levelled log over raw NOR flash that holds every alert until its delivery is acknowledged.
import { assert } from "../base/assert.js";
import type { Flash } from "../contracts/flash.js";
import {
  AREA_CRC_BYTES,
  DROPPED_BYTES,
  DROPPED_DAMAGED,
  DROPPED_FOR_ROOM,
  GRANULE_BYTES,
  KIND_ALERT_MIN,
  KIND_BOOT,
  KIND_DROPPED,
  KIND_EVIDENCE_MIN,
  KIND_KEPT_MIN,
  KIND_RETIRE,
  RECORD_HEADER_BYTES,
  RECORDS_OFFSET,
  RETIREMENT_BYTES,
  recordBytes,
} from "./layout.js";
import { LogScan } from "./log-scan.js";
import { ALERT_RANK_MIN, isEmergency, isOlder, NO_SLOT, PENDING_LIMIT, PendingTable, PRIORITY_MAX, rankOf } from "./pending-table.js";
import { NOWHERE, RecordLog } from "./record-log.js";
import {
  MOUNT_CONTINUE,
  MOUNT_FAULT,
  MOUNT_FORMAT,
  MOUNT_REFUSE,
  RECORD_PENDING,
  recordFate,
  TAIL_CONTINUE_REWRITE,
  TAIL_OPEN,
  TAIL_OPEN_REWRITE,
  TAIL_STEP_OVER_REWRITE,
  tailFate,
} from "./recovery.js";
import { Victims, VICTIMS_MAX } from "./victims.js";

/** The flash is full of records at least as important as this one; it was dropped, and the drop report says so. */
export const JOURNAL_DROPPED = -1;
/** There is no room, and not even for saying so. */
export const JOURNAL_FULL = -2;
/** The part failed, on every spot that was tried. */
export const JOURNAL_FAULT = -3;
/** The bytes no longer match their CRC, or are not there. */
export const JOURNAL_DAMAGED = -4;
/** The payload does not fit: into a block when appending, into the caller's array when reading. */
export const JOURNAL_TOO_LARGE = -5;
/** `mount` has not succeeded. */
export const JOURNAL_NOT_MOUNTED = -6;
/** A newer firmware, or one with another block size, wrote this flash; nothing was touched. */
export const JOURNAL_FOREIGN = -7;
/** `nextPending`: there is nothing to send now. */
export const JOURNAL_NONE = -8;
/** `append`: the record is durable, but has no handle until more urgent ones are delivered. */
export const JOURNAL_UNLISTED = PENDING_LIMIT;

/** Room for records beside the head and the reserve. [bytes] A drop report for each of 8 ranks, some twice, must fit. */
export const ROOM_BYTES_MIN = 1024;
/** Most blocks, for the width of a block index on flash. */
export const BLOCK_COUNT_MAX = 65535;
/** Smallest erase block. [bytes] Two headers and the longest record the journal writes for itself. */
export const BLOCK_BYTES_MIN = 256;
/** Largest erase block. [bytes] A place within a block is one byte, counted in granules. */
export const BLOCK_BYTES_MAX = 8192;

/**
 * Free blocks that an ordinary record must leave behind. With flash encryption, erased bytes can't be told from written ones, so each
 * restart needs a fresh block; and cuts may leave two blocks half-way through being emptied.
 */
const KEEP_ORDINARY = 4;
/** Free blocks that acknowledgements and drop reports leave behind. */
const KEEP_INTERNAL = 3;
/** Free blocks that they leave when all else fails; emptying a block takes one of them and gives one back. */
const KEEP_LAST = 2;
/** A restart may take the last one. */
const KEEP_MOUNT = 0;

/** Copying a block pays only if it wins at least this part of it: else a full flash would wear itself out. */
const WORTHWHILE_DIVISOR = 8;
/** Erases by which a block may lag behind because what it holds stays pending; then it is emptied to take its turn. */
const WEAR_LAG_MAX = 32;
/** Steps that making room may take, on the smallest flash; each block more adds four. A bound for defects, not reached otherwise. */
const ROUNDS_MIN = 64;
/** Format of a drop report's payload. */
const DROPPED_VERSION = 1;
/** The longest drop report. [bytes on flash] */
const DROP_REPORT_BYTES_MAX = recordBytes(DROPPED_BYTES + VICTIMS_MAX * RETIREMENT_BYTES);

/** What `mount` found and did. The journal owns the object and fills it in anew at each mount. */
export interface MountReport {
  ok: boolean;
  /** 0, or JOURNAL_FAULT, JOURNAL_FOREIGN or JOURNAL_FULL when not `ok`. */
  code: number;
  bootCount: number;
  /** A log was started, on a flash that held none. */
  formatted: boolean;
  /** Valid records read, delivered ones of blocks not yet reused included. */
  recordsFound: number;
  /** Records waiting for delivery. */
  pending: number;
  /** Blocks that were read for records (of `blockCount`). */
  blocksScanned: number;
  /** Blocks on which the part failed. */
  blocksBad: number;
  /** Granules that are neither erased nor part of a valid record: cut programs and bit rot. */
  granulesUnreadable: number;
  /** Records written again, since a restart can't tell whether the last program before it was complete. */
  rewritten: number;
  /** Records found twice; the older copy was retired. */
  duplicates: number;
}

export interface JournalOptions {
  /** Smallest and aligned program of the part. [bytes] 1, 2, 4, 8, 16 or 32: all records are laid out for 32, so any of them is kept. */
  readonly programUnitBytes?: number;
}

/**
 * All members may block for as long as the flash does; none allocates but the constructor; none throws for faults of the world.
 * See DESIGN.md for why it loses nothing, FORMAT.md for the bytes.
 */
export class Journal {
  readonly #log: RecordLog;
  readonly #scan: LogScan;
  readonly #table = new PendingTable();
  readonly #victims: Victims;
  /** Most bytes on flash of a drop report: half a block, if that is small. */
  readonly #dropReportBytes: number;
  #mounted = false;
  /** Live records that wait for delivery, listed or not. */
  #pendingCount = 0;
  #pendingAlerts = 0;
  /** Live records that do not, but are carried along. */
  #keptCount = 0;
  /** Drop reports are numbered within the boot. */
  #droppedSequence = 0;
  #reclaims = 0;
  readonly #report: MountReport = {
    ok: false,
    code: 0,
    bootCount: 0,
    formatted: false,
    recordsFound: 0,
    pending: 0,
    blocksScanned: 0,
    blocksBad: 0,
    granulesUnreadable: 0,
    rewritten: 0,
    duplicates: 0,
  };

  /** @param flash Blocks of 256 to 8192 bytes, a multiple of 32; at least 5 of 4096 bytes, 7 of 512 or 10 of 256. */
  constructor(flash: Flash, options: JournalOptions = {}) {
    const unit = options.programUnitBytes ?? 1;
    assert(unit >= 1 && unit <= GRANULE_BYTES && GRANULE_BYTES % unit === 0, "journal: programUnitBytes must be 1, 2, 4, 8, 16 or 32");
    assert(flash.blockCount <= BLOCK_COUNT_MAX, "journal: blockCount must be at most 65535");
    assert(flash.blockBytes >= BLOCK_BYTES_MIN && flash.blockBytes <= BLOCK_BYTES_MAX, "journal: blockBytes must be 256 to 8192");
    assert(flash.blockBytes % GRANULE_BYTES === 0, "journal: blockBytes must be a multiple of 32");
    this.#log = new RecordLog(flash);
    this.#scan = new LogScan(this.#log);
    const halfBlockBytes = ((this.#log.roomBytes / (2 * GRANULE_BYTES)) | 0) * GRANULE_BYTES;
    this.#dropReportBytes = halfBlockBytes < DROP_REPORT_BYTES_MAX ? halfBlockBytes : DROP_REPORT_BYTES_MAX;
    this.#victims = new Victims(((this.#dropReportBytes - recordBytes(0) - DROPPED_BYTES - AREA_CRC_BYTES) / RETIREMENT_BYTES) | 0);
    assert((flash.blockCount - 1 - KEEP_ORDINARY) * this.#log.roomBytes >= ROOM_BYTES_MIN, "journal: the flash is too small");
  }

  /** The largest payload that `append` takes. [bytes] */
  get payloadBytesMax(): number {
    return this.#log.roomBytes - RECORD_HEADER_BYTES - AREA_CRC_BYTES;
  }

  /** RAM in typed arrays. [bytes] */
  get ramBytes(): number {
    return this.#log.ramBytes + this.#scan.ramBytes + this.#table.ramBytes + this.#victims.ramBytes;
  }

  /** Which start of the device this is, from 1; 0 before a successful mount. Never the same twice. */
  get bootCount(): number {
    return this.#mounted ? this.#log.bootCount : 0;
  }

  /** Records waiting for delivery. */
  get pendingCount(): number {
    return this.#pendingCount;
  }

  /** Those of them in the alert lane. */
  get pendingAlerts(): number {
    return this.#pendingAlerts;
  }

  /** Programs and erases that the part refused or did badly since the mount. */
  get partFaults(): number {
    return this.#log.partFaults;
  }

  /** Blocks emptied by copying since the mount. */
  get reclaims(): number {
    return this.#reclaims;
  }

  /** Finds the log on flash (or starts one), counts the boot, and lists what waits for delivery. Never throws. */
  mount(): MountReport {
    const log = this.#log;
    const report = this.#report;
    this.#forget();
    const fate = log.readBlockHeaders();
    if (fate === MOUNT_REFUSE) report.code = JOURNAL_FOREIGN;
    if (fate === MOUNT_FAULT) report.code = JOURNAL_FAULT;
    if (report.code !== 0) return report;

    if (fate === MOUNT_CONTINUE) {
      this.#scan.scan();
      report.recordsFound = this.#scan.recordsFound;
      report.blocksScanned = this.#scan.blocksScanned;
    }
    report.formatted = fate === MOUNT_FORMAT;
    log.bootCount++;
    if (fate === MOUNT_CONTINUE && !this.#settleTail()) report.code = JOURNAL_FAULT;
    if (report.code === 0 && !this.#markBoot()) report.code = JOURNAL_FAULT;
    if (report.code !== 0) return report;

    this.#restoreReserve();
    this.#mounted = true;
    this.#refill();
    report.ok = true;
    report.bootCount = log.bootCount;
    report.pending = this.#pendingCount;
    report.blocksBad = log.map.badCount;
    report.granulesUnreadable = log.granulesUnreadable;
    return report;
  }

  /**
   * Stores a record; on return it survives any loss of power.
   * @param kind 1 to 62 for the alert lane, 64 to 127 for the evidence lane.
   * @param priority 0 to 3; higher is more urgent.
   * @param sequence Number of the record within its kind and boot; the journal does not give numbers.
   * @param bytes Holds the payload in its first `byteCount` bytes, at most `payloadBytesMax`.
   * @param uptimeS Time since start, for drop reports. [s]
   * @returns its handle, or JOURNAL_UNLISTED (durable too), or one of the negative JOURNAL_ codes (not stored).
   */
  append(kind: number, priority: number, sequence: number, bytes: Uint8Array, byteCount: number, uptimeS = 0): number {
    assert(kind >= KIND_ALERT_MIN && kind < KIND_KEPT_MIN && kind !== KIND_DROPPED, "journal.append: kind must be 1 to 62 or 64 to 127");
    assert(priority >= 0 && priority <= PRIORITY_MAX, "journal.append: priority must be 0 to 3");
    assert(byteCount >= 0 && byteCount <= bytes.length, "journal.append: byteCount beyond the bytes");
    if (!this.#mounted) return JOURNAL_NOT_MOUNTED;
    if (byteCount > this.payloadBytesMax) return JOURNAL_TOO_LARGE;
    const log = this.#log;
    const flashBytes = recordBytes(byteCount);
    if (!this.#makeRoom(flashBytes, KEEP_ORDINARY, rankOf(kind, priority))) return this.#dropIncoming(kind, priority, sequence, uptimeS);
    log.startDraft(kind, priority, log.bootCount, sequence, byteCount, uptimeS);
    const offset = log.program(bytes, 0, 0);
    if (offset === NOWHERE) return JOURNAL_FAULT;
    const slot = this.#admit(kind, priority, log.bootCount, sequence, offset, flashBytes);
    return slot === NO_SLOT ? JOURNAL_UNLISTED : slot;
  }

  /**
   * @returns the handle of the record to send next, or JOURNAL_NONE: the newest emergency (kind 1, priority 3) if none as new was sent
   * since `clearInFlight`, then alerts before evidence, then highest priority, then oldest.
   * Records in flight are passed over. A handle stays good while it is marked in flight; else only until the next `append`.
   */
  nextPending(): number {
    if (!this.#mounted) return JOURNAL_NONE;
    let slot = this.#table.mostUrgent();
    if (slot === NO_SLOT && this.#pendingCount > this.#table.count) {
      this.#refill();
      slot = this.#table.mostUrgent();
    }
    return slot === NO_SLOT ? JOURNAL_NONE : slot;
  }

  /**
   * Reads the payload of a pending record by its name into the start of `into`. If it may be there without being listed, all live records are
   * looked at, as after a mount. @returns its byte count, JOURNAL_NONE, JOURNAL_DAMAGED or JOURNAL_TOO_LARGE.
   */
  readPending(kind: number, bootCount: number, sequence: number, into: Uint8Array): number {
    const slot = this.#mounted ? this.#table.findIdentity(kind, bootCount, sequence) : NO_SLOT;
    if (slot !== NO_SLOT) return this.#readSlot(slot, into);
    if (this.#pendingCount === this.#table.count) return JOURNAL_NONE;
    const log = this.#log;
    const { found, map } = log;
    for (let block = 0; block < log.blockCount; block++) {
      if (map.liveBytes[block] === 0) continue;
      for (let granule = map.nextLive(block, 0); granule !== NOWHERE; granule = map.nextLive(block, granule + 1)) {
        const offset = granule * GRANULE_BYTES;
        if (log.peek(block, offset) && found.sequence === sequence && found.kind === kind && found.bootCount === bootCount && log.peekedIsValid(block, offset))
          return this.#readPlace(block, offset, into);
      }
    }
    return JOURNAL_NONE;
  }

  markInFlight(handle: number, yes: boolean): void {
    this.#assertHandle(handle);
    this.#table.setInFlight(handle, yes);
  }

  /** The link is lost: takes every record out of flight, and lets the newest emergency go first again. */
  clearInFlight(): void {
    this.#table.clearInFlight();
  }

  kindOf(handle: number): number {
    this.#assertHandle(handle);
    return this.#table.kind[handle] as number;
  }

  priorityOf(handle: number): number {
    this.#assertHandle(handle);
    return this.#table.priority[handle] as number;
  }

  sequenceOf(handle: number): number {
    this.#assertHandle(handle);
    return this.#table.sequence[handle] as number;
  }

  /** @returns the boot in which the record was appended. */
  bootCountOf(handle: number): number {
    this.#assertHandle(handle);
    return this.#table.bootCount[handle] as number;
  }

  /** Reads a payload into the start of `into`. @returns its byte count, JOURNAL_DAMAGED or JOURNAL_TOO_LARGE. */
  read(handle: number, into: Uint8Array): number {
    this.#assertHandle(handle);
    return this.#readSlot(handle, into);
  }

  /** The record was delivered. @returns true once that is durable; false if the part failed: the record stays pending. */
  acknowledge(handle: number): boolean {
    this.#assertHandle(handle);
    // Making room may move the record, so its place is looked up afterwards.
    if (!this.#makeRoom(RECORD_HEADER_BYTES, KEEP_INTERNAL, 0)) return false;
    this.#log.batchCount = 0;
    this.#retireSlot(handle);
    if (!this.#appendMark(KIND_RETIRE)) return false;
    this.#table.noteSent(handle);
    this.#bury(handle);
    return true;
  }

  /** The record's bytes are damaged (`read` said so): retires it and reports it as dropped. @returns true once that is durable. */
  discard(handle: number): boolean {
    this.#assertHandle(handle);
    const table = this.#table;
    if (!this.#makeRoom(this.#dropReportBytes, KEEP_INTERNAL, 0)) return false;
    return this.#dropDamaged(
      table.kind[handle] as number,
      table.priority[handle] as number,
      table.bootCount[handle] as number,
      table.sequence[handle] as number,
      table.block[handle] as number,
      table.granule[handle] as number,
      table.granules[handle] as number,
    );
  }

  // ---- Mounting ----

  #forget(): void {
    const report = this.#report;
    report.ok = false;
    report.code = 0;
    report.bootCount = 0;
    report.formatted = false;
    report.recordsFound = 0;
    report.pending = 0;
    report.blocksScanned = 0;
    report.blocksBad = 0;
    report.granulesUnreadable = 0;
    report.rewritten = 0;
    report.duplicates = 0;
    this.#log.reset();
    this.#table.reset();
    this.#mounted = false;
    this.#pendingCount = 0;
    this.#pendingAlerts = 0;
    this.#keptCount = 0;
    this.#droppedSequence = 0;
    this.#reclaims = 0;
  }

  /** Decides where appending goes on in the head block, and writes its last record again if it might be there for now only. */
  #settleTail(): boolean {
    const log = this.#log;
    const head = log.headBlock;
    const { lastOffset, lastEnd, dirtyEnd } = this.#scan;
    const isDirty = dirtyEnd > lastEnd;
    const end = isDirty ? dirtyEnd : lastEnd;
    // If a block was opened after it, the last record was complete before that.
    const lives = lastOffset > 0 && !log.map.hasSuspect && log.map.isLive(head, lastOffset / GRANULE_BYTES);
    const fate = tailFate(lives, isDirty, end >= log.blockBytes || log.map.bad[head] === 1);
    log.headOffset = fate === TAIL_OPEN || fate === TAIL_OPEN_REWRITE ? log.blockBytes : end;
    if (fate !== TAIL_CONTINUE_REWRITE && fate !== TAIL_STEP_OVER_REWRITE && fate !== TAIL_OPEN_REWRITE) return true;
    if (!this.#makeRoom(lastEnd - lastOffset, KEEP_MOUNT, 0)) return false;
    if (log.findRecord(head, lastOffset) !== lastOffset) return true;
    this.#report.rewritten++;
    return this.#move(head, lastOffset, false);
  }

  /** Makes the boot count durable, and that nothing in a suspect block counts, whatever it may show later. */
  #markBoot(): boolean {
    const log = this.#log;
    const map = log.map;
    if (!this.#makeRoom(recordBytes(RETIREMENT_BYTES) + recordBytes(0), KEEP_MOUNT, 0)) return false;
    log.batchCount = 0;
    for (let block = 0; block < log.blockCount; block++) {
      if (map.suspect[block] === 1 && !map.isSpent(block) && !this.#collect(map.sequence[block] as number, block, 0, 0)) return false;
    }
    if (!this.#appendMark(KIND_BOOT)) return false;
    // Once more: if a bit of the only mark rotted, the next boot would count as this one, and names of alerts would come twice.
    log.batchCount = 0;
    if (!this.#appendMark(KIND_BOOT)) return false;
    for (let block = 0; block < log.blockCount; block++) {
      if (map.suspect[block] === 1) map.retireBlock(block, map.sequence[block] as number);
    }
    return true;
  }

  /** Frees blocks that cost little, if cuts have eaten the reserve: the next cut may come before the next append. */
  #restoreReserve(): void {
    const log = this.#log;
    const map = log.map;
    for (let round = 0; round < KEEP_ORDINARY && map.freeCount(log.headBlock) < KEEP_ORDINARY; round++) {
      const cheapest = map.chooseCheapest(log.headBlock, NOWHERE);
      if (cheapest === NOWHERE || map.cost(cheapest) > log.blockBytes - log.headOffset || !this.#reclaim(cheapest)) return;
    }
  }

  /** The newest emergency that a refill came across: where its record is, by what `found` said. */
  #newestBlock = NOWHERE;
  #newestGranule = 0;
  #newestBootCount = 0;
  #newestSequence = 0;

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
    if (block === NOWHERE || this.#table.findPlace(block, granule) !== NO_SLOT || !log.lookUp(block, granule * GRANULE_BYTES)) return;
    const slot = this.#list(looked.kind, looked.priority, looked.bootCount, looked.sequence, false);
    if (slot !== NO_SLOT) this.#table.place(slot, block, granule, recordBytes(looked.areaBytes) / GRANULE_BYTES);
  }

  /** Reads all live records, counts them and lists the most urgent ones. */
  #refill(): void {
    this.#newestBlock = NOWHERE;
    const log = this.#log;
    const map = log.map;
    this.#pendingCount = 0;
    this.#pendingAlerts = 0;
    this.#keptCount = 0;
    this.#table.startRefill();
    log.orderBlocks();
    for (let index = 0; index < log.orderCount; index++) {
      const block = log.order[index] as number;
      if (map.liveBytes[block] === 0) continue;
      for (let granule = map.nextLive(block, 0); granule !== NOWHERE; granule = map.nextLive(block, granule + 1)) this.#relist(block, granule);
    }
    this.#listNewestEmergency();
  }

  /** Counts the live record at a place and lists it if it is urgent enough. Only then its header is checked again. */
  #relist(block: number, granule: number): void {
    const log = this.#log;
    const found = log.found;
    const table = this.#table;
    const offset = granule * GRANULE_BYTES;
    if (!log.peek(block, offset)) return;
    if (recordFate(found.kind) !== RECORD_PENDING) {
      this.#keptCount++;
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
    const table = this.#table;
    this.#report.duplicates++;
    this.#log.batchCount = 0;
    this.#retireSlot(slot);
    if (this.#appendMark(KIND_RETIRE)) this.#log.map.clearLive(table.block[slot] as number, table.granule[slot] as number, table.granules[slot] as number);
    table.place(slot, block, granule, granules);
  }

  // ---- Room ----

  /**
   * Sees to it that a record of `flashBytes` fits at the head and that `keep` blocks stay free.
   * @param rank KEEP_ORDINARY only: live records of this rank or lower may be dropped.
   */
  #makeRoom(flashBytes: number, keep: number, rank: number): boolean {
    const log = this.#log;
    const map = log.map;
    const roundsMax = 4 * log.blockCount + ROUNDS_MIN;
    for (let round = 0; round < roundsMax; round++) {
      const free = map.freeCount(log.headBlock);
      const left = log.blockBytes - log.headOffset;
      const fits = left >= flashBytes;
      if (fits && (free >= keep || keep === KEEP_INTERNAL)) return true;
      if (!fits && free > keep) {
        const cold = keep === KEEP_ORDINARY ? map.chooseCold(log.headBlock, WEAR_LAG_MAX) : NOWHERE;
        if (!(cold === NOWHERE ? log.open() : this.#reclaim(cold))) return false;
        continue;
      }
      const source = this.#chooseReclaim(flashBytes, fits, keep, free, left);
      if (source !== NOWHERE) {
        if (!this.#reclaim(source)) return false;
        continue;
      }
      if (this.#recount()) continue;
      if (keep === KEEP_ORDINARY && this.#evict(flashBytes, rank)) continue;
      // Acknowledgements and reports make room later; to write them, the reserve may be used now.
      return keep === KEEP_INTERNAL && free > KEEP_LAST && log.open();
    }
    return false;
  }

  /** @returns the block whose emptying gets us further, or NOWHERE. */
  #chooseReclaim(flashBytes: number, fits: boolean, keep: number, free: number, left: number): number {
    const log = this.#log;
    const map = log.map;
    const cheapest = map.chooseCheapest(log.headBlock, NOWHERE);
    if (cheapest === NOWHERE) return NOWHERE;
    const cost = map.cost(cheapest);
    // It fits into the head: one more free block for nothing.
    if (cost <= left) return cheapest;
    if (free < KEEP_LAST) return NOWHERE;
    // It takes a fresh block and leaves enough of it.
    const gain = log.roomBytes - cost;
    const worthwhile = keep === KEEP_INTERNAL ? flashBytes : log.roomBytes / WORTHWHILE_DIVISOR;
    if (!fits && gain >= flashBytes && gain >= worthwhile) return cheapest;
    // Two of them fit into one fresh block: one more free block in two steps.
    const second = map.chooseCheapest(log.headBlock, cheapest);
    return second !== NOWHERE && map.cost(second) <= gain ? cheapest : NOWHERE;
  }

  /** Counts anew which retirements are still needed, block by block. @returns whether any block became cheaper to empty. */
  #recount(): boolean {
    const log = this.#log;
    const map = log.map;
    let isCheaper = false;
    for (let block = 0; block < log.blockCount; block++) {
      if (block === log.headBlock || map.retireCount[block] === 0 || map.bad[block] === 1) continue;
      const before = map.cost(block);
      map.clearRetirements(block);
      let offset = log.findRecord(block, RECORDS_OFFSET);
      while (offset !== NOWHERE) {
        this.#countRetirements(block, offset);
        offset = log.findRecord(block, offset + recordBytes(log.found.areaBytes));
      }
      if (map.cost(block) < before) isCheaper = true;
    }
    return isCheaper;
  }

  /** Tells the map which retirements of the record in `log.found` are still needed. */
  #countRetirements(block: number, offset: number): void {
    const log = this.#log;
    const count = log.found.retireCount;
    if (count > 1 && !log.areaIsIntact(log.found, block, offset)) return;
    for (let index = 0; index < count; index++) {
      if (!log.readRetirement(log.found, block, offset, index)) return;
      if (log.map.isNeeded(log.retiredBlock, log.retiredSequence, log.retiredGranule)) log.map.noteRetirement(block, log.retiredBlock, log.retiredSequence);
    }
  }

  /** Copies out of `block` what is still needed, so that it can be erased. */
  #reclaim(block: number): boolean {
    const log = this.#log;
    const map = log.map;
    this.#reclaims++;
    log.batchCount = 0;
    // What a suspect block retires does not count, so there is nothing to save.
    if (map.suspect[block] === 0 && !(this.#saveRetirements(block) && this.#moveLive(block))) return false;
    // A record that did not show at first gets a second look before it counts as lost.
    if (map.liveBytes[block] !== 0 && !this.#moveLive(block)) return false;
    if (map.bad[block] === 1) return false;
    if (map.liveBytes[block] !== 0) this.#giveUp(block);
    // From here on the block counts for nothing.
    return map.isSpent(block) || this.#retireBlock(block);
  }

  /** Collects the retirements in `block` that are still needed, and writes them when there are enough. */
  #saveRetirements(block: number): boolean {
    const log = this.#log;
    let offset = log.findRecord(block, RECORDS_OFFSET);
    while (offset !== NOWHERE) {
      const flashBytes = recordBytes(log.found.areaBytes);
      const lives = log.map.isLive(block, offset / GRANULE_BYTES);
      // A copy keeps the retirements of its area; the one in its header gives way to the copied record's own place.
      if (!this.#saveRetirementsOf(block, offset, lives && log.found.retireCount > 1 ? 1 : log.found.retireCount)) return false;
      offset = log.findRecord(block, offset + flashBytes);
    }
    return true;
  }

  #saveRetirementsOf(block: number, offset: number, count: number): boolean {
    const log = this.#log;
    if (count > 1 && !log.areaIsIntact(log.found, block, offset)) return true;
    for (let index = 0; index < count; index++) {
      if (!log.readRetirement(log.found, block, offset, index)) return false;
      if (log.retiredBlock === block || !log.map.isNeeded(log.retiredBlock, log.retiredSequence, log.retiredGranule)) continue;
      if (!this.#collect(log.retiredSequence, log.retiredBlock, log.retiredGranule, log.retiredGranules)) return false;
    }
    return true;
  }

  /** Adds to the retirements for the next KIND_RETIRE record; writes it first if it is full. */
  #collect(sequence: number, block: number, granule: number, granules: number): boolean {
    const log = this.#log;
    if (log.addRetirement(sequence, block, granule, granules)) return true;
    return this.#appendMark(KIND_RETIRE) && log.addRetirement(sequence, block, granule, granules);
  }

  #moveLive(block: number): boolean {
    const log = this.#log;
    let offset = log.findRecord(block, RECORDS_OFFSET);
    while (offset !== NOWHERE) {
      const flashBytes = recordBytes(log.found.areaBytes);
      if (log.map.isLive(block, offset / GRANULE_BYTES) && !this.#move(block, offset, true)) return false;
      offset = log.findRecord(block, offset + flashBytes);
    }
    return true;
  }

  /** Retires `block` as a whole, in one record with the retirements collected from it, so that a cut leaves no two holders of them. */
  #retireBlock(block: number): boolean {
    const log = this.#log;
    const sequence = log.map.sequence[block] as number;
    if (!this.#collect(sequence, block, 0, 0) || !this.#appendMark(KIND_RETIRE)) return false;
    log.map.retireBlock(block, sequence);
    return true;
  }

  /**
   * Copies the live record in `log.found` to the head; the copy retires the original.
   * @param mayRetireBlock The retirements in the block are saved: the copy of its last live record may retire it as a whole.
   */
  #move(block: number, offset: number, mayRetireBlock: boolean): boolean {
    const log = this.#log;
    const map = log.map;
    const found = log.found;
    const draft = log.draft;
    const granule = offset / GRANULE_BYTES;
    const flashBytes = recordBytes(found.areaBytes);
    const granules = flashBytes / GRANULE_BYTES;
    if (!log.areaIsIntact(found, block, offset)) {
      if (log.batchCount > 0 && !this.#appendMark(KIND_RETIRE)) return false;
      return this.#dropDamaged(found.kind, found.priority, found.bootCount, found.sequence, block, granule, granules);
    }
    log.startDraft(found.kind, found.priority, found.bootCount, found.sequence, found.payloadBytes, found.uptimeS);
    draft.retireCount = found.retireCount > 1 ? found.retireCount : 1;
    draft.retiredSequence = map.sequence[block] as number;
    draft.retiredBlock = block;
    const isLast = mayRetireBlock && log.batchCount === 0 && map.liveBytes[block] === flashBytes;
    draft.retiredGranule = isLast ? 0 : granule;
    draft.retiredGranules = isLast ? 0 : granules;
    const sequence = draft.retiredSequence;
    const copy = log.program(undefined, block, offset);
    if (copy === NOWHERE) return false;
    map.clearLive(block, granule, granules);
    if (isLast) map.retireBlock(block, sequence);
    map.setLive(log.headBlock, copy / GRANULE_BYTES, granules);
    const slot = this.#table.findPlace(block, granule);
    if (slot !== NO_SLOT) this.#table.place(slot, log.headBlock, copy / GRANULE_BYTES, granules);
    return true;
  }

  /** The live records left in `block` can't be found any more: bit rot took their headers. Those that are listed get reported. */
  #giveUp(block: number): void {
    const table = this.#table;
    if (this.#log.batchCount > 0) this.#appendMark(KIND_RETIRE);
    this.#log.map.clearAllLive(block);
    for (let slot = 0; slot < PENDING_LIMIT; slot++) {
      if (table.used[slot] === 0 || table.block[slot] !== block) continue;
      table.remove(slot);
      this.#victims.setStray(rankOf(table.kind[slot] as number, table.priority[slot] as number), table.bootCount[slot] as number, table.sequence[slot] as number, 0);
      this.#drop(DROPPED_DAMAGED);
    }
    this.#refill();
  }

  // ---- Dropping ----

  /** Drops live records of `rank` or lower, lowest and oldest first, until a block is worth emptying. @returns false if there are none. */
  #evict(flashBytes: number, rank: number): boolean {
    const log = this.#log;
    if (!this.#makeRoom(this.#dropReportBytes, KEEP_INTERNAL, 0)) return false;
    this.#gatherVictims(rank);
    const victims = this.#victims;
    if (victims.count === 0) return false;
    const left = log.blockBytes - log.headOffset - this.#dropReportBytes;
    const worthwhile = log.roomBytes / WORTHWHILE_DIVISOR;
    for (let count = 1; count <= victims.count; count++) {
      const cost = log.map.cost(victims.block[count - 1] as number) - victims.freedBytes(count);
      const gain = log.roomBytes - cost;
      if (cost <= left || (gain >= flashBytes && gain >= worthwhile)) {
        victims.count = count;
        break;
      }
    }
    return this.#drop(DROPPED_FOR_ROOM);
  }

  /** Collects the live records that would be dropped first, none above `rank`. */
  #gatherVictims(rank: number): void {
    const log = this.#log;
    const found = log.found;
    const table = this.#table;
    const victims = this.#victims;
    victims.reset();
    if (this.#keptCount === 0 && this.#pendingCount === table.count) {
      for (let slot = 0; slot < PENDING_LIMIT; slot++) {
        if (table.used[slot] === 0 || table.inFlight[slot] === 1) continue;
        const slotRank = rankOf(table.kind[slot] as number, table.priority[slot] as number);
        if (table.kind[slot] === KIND_DROPPED || slotRank > rank) continue;
        victims.consider(table.kind[slot] as number, slotRank, table.bootCount[slot] as number, table.sequence[slot] as number, table.block[slot] as number, table.granule[slot] as number, table.granules[slot] as number);
      }
      return;
    }
    log.orderBlocks();
    for (let index = 0; index < log.orderCount; index++) {
      const block = log.order[index] as number;
      if (log.map.liveBytes[block] === 0) continue;
      let offset = log.findRecord(block, RECORDS_OFFSET);
      while (offset !== NOWHERE) {
        const granule = offset / GRANULE_BYTES;
        const flashBytes = recordBytes(found.areaBytes);
        if (log.map.isLive(block, granule) && found.kind !== KIND_DROPPED && rankOf(found.kind, found.priority) <= rank) {
          const slot = table.findPlace(block, granule);
          if (slot === NO_SLOT || table.inFlight[slot] === 0) {
            victims.consider(found.kind, rankOf(found.kind, found.priority), found.bootCount, found.sequence, block, granule, flashBytes / GRANULE_BYTES);
          }
        }
        offset = log.findRecord(block, offset + flashBytes);
      }
    }
  }

  /** The record to be appended is itself the first that must go. @returns JOURNAL_DROPPED once that is durable. */
  #dropIncoming(kind: number, priority: number, sequence: number, uptimeS: number): number {
    if (!this.#makeRoom(this.#dropReportBytes, KEEP_INTERNAL, 0)) return JOURNAL_FULL;
    this.#victims.setStray(rankOf(kind, priority), this.#log.bootCount, sequence, uptimeS);
    return this.#drop(DROPPED_FOR_ROOM) ? JOURNAL_DROPPED : JOURNAL_FULL;
  }

  #dropDamaged(kind: number, priority: number, bootCount: number, sequence: number, block: number, granule: number, granules: number): boolean {
    this.#victims.reset();
    this.#victims.consider(kind, rankOf(kind, priority), bootCount, sequence, block, granule, granules);
    return this.#drop(DROPPED_DAMAGED);
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
    if (earlier !== NO_SLOT) this.#retireSlot(earlier);
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

    if (earlier !== NO_SLOT) this.#bury(earlier);
    for (let index = 0; index < victims.count; index++) this.#buryVictim(index);
    this.#admit(KIND_DROPPED, priority, log.bootCount, this.#droppedSequence, offset, flashBytes);
    return true;
  }

  /** @returns the slot of a report of the victims' rank and this reason that is not in flight, its payload now in `log.area`. */
  #findReport(reason: number): number {
    const log = this.#log;
    const table = this.#table;
    for (let slot = 0; slot < PENDING_LIMIT; slot++) {
      if (table.used[slot] === 0 || table.kind[slot] !== KIND_DROPPED || table.inFlight[slot] === 1) continue;
      if (this.#readSlot(slot, log.area) !== DROPPED_BYTES) continue;
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

  // ---- Records and their handles ----

  /** Appends a record without payload that carries the retirements collected in `log`. */
  #appendMark(kind: number): boolean {
    const log = this.#log;
    log.startDraft(kind, 0, log.bootCount, 0, 0, 0);
    log.draftRetirements();
    return log.program(log.area, 0, 0) !== NOWHERE;
  }

  #readSlot(slot: number, into: Uint8Array): number {
    return this.#readPlace(this.#table.block[slot] as number, (this.#table.granule[slot] as number) * GRANULE_BYTES, into);
  }

  #readPlace(block: number, offset: number, into: Uint8Array): number {
    const log = this.#log;
    if (!log.lookUp(block, offset) || !log.areaIsIntact(log.looked, block, offset)) return JOURNAL_DAMAGED;
    if (log.looked.payloadBytes > into.length) return JOURNAL_TOO_LARGE;
    return log.readPayload(block, offset, into) ? log.looked.payloadBytes : JOURNAL_DAMAGED;
  }

  /** Adds the record of a handle to what the next record retires. */
  #retireSlot(slot: number): void {
    const log = this.#log;
    const table = this.#table;
    const block = table.block[slot] as number;
    log.addRetirement(log.map.sequence[block] as number, block, table.granule[slot] as number, table.granules[slot] as number);
  }

  /** The record just programmed at `offset` of the head waits for delivery. @returns its slot, or NO_SLOT. */
  #admit(kind: number, priority: number, bootCount: number, sequence: number, offset: number, flashBytes: number): number {
    const log = this.#log;
    const isAnyUnlisted = this.#pendingCount > this.#table.count;
    log.map.setLive(log.headBlock, offset / GRANULE_BYTES, flashBytes / GRANULE_BYTES);
    this.#countPending(kind, 1);
    const slot = this.#list(kind, priority, bootCount, sequence, isAnyUnlisted);
    if (slot !== NO_SLOT) this.#table.place(slot, log.headBlock, offset / GRANULE_BYTES, flashBytes / GRANULE_BYTES);
    return slot;
  }

  /**
   * Gives a record a slot, if need be that of the least urgent one. While there are records on flash that are not listed, it must be
   * more urgent than some listed one: else it might be sent before them. Drop reports are always listed, so that they can be merged,
   * and so is the newest emergency, since it goes first.
   */
  #list(kind: number, priority: number, bootCount: number, sequence: number, isAnyUnlisted: boolean): number {
    const table = this.#table;
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
  #bury(slot: number): void {
    const table = this.#table;
    this.#log.map.clearLive(table.block[slot] as number, table.granule[slot] as number, table.granules[slot] as number);
    table.remove(slot);
    this.#countPending(table.kind[slot] as number, -1);
  }

  #countPending(kind: number, change: number): void {
    this.#pendingCount += change;
    if (kind < KIND_EVIDENCE_MIN) this.#pendingAlerts += change;
  }

  #buryVictim(index: number): void {
    const victims = this.#victims;
    const block = victims.block[index] as number;
    const granule = victims.granule[index] as number;
    this.#log.map.clearLive(block, granule, victims.granules[index] as number);
    const slot = this.#table.findPlace(block, granule);
    if (slot !== NO_SLOT) this.#table.remove(slot);
    const kind = victims.kind[index] as number;
    if (recordFate(kind) === RECORD_PENDING) this.#countPending(kind, -1);
    else this.#keptCount--;
  }

  #assertHandle(handle: number): void {
    assert(this.#mounted && handle >= 0 && handle < PENDING_LIMIT && this.#table.used[handle] === 1, "journal: not a handle");
  }
}

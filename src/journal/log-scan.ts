// What a mount reads: one pass over the log, from the newest block to the oldest, that finds which records live and which boot was last.
import { HAS_RECORDS, NOWHERE, SPENT } from "./block-map.js";
import { GRANULE_BYTES, RECORDS_OFFSET, blockOf, granuleOf, placeOf, recordBytes } from "./layout.js";
import type { RecordLog } from "./record-log.js";
import { RECORD_SPENT, recordFate } from "./recovery.js";

/** Looks at the head block until two agree. One bit that reads badly once takes two. */
const LOOKS_MAX = 4;

/**
 * Fills the map of a RecordLog; of no use afterwards. What retires a record was written after it; read backwards, a block's records are known to be
 * retired (by other blocks) when its turn comes, so that one pass is enough. Only if a record's area is rotten takes it a second one.
 */
export class LogScan {
  private readonly _log: RecordLog;
  /** Where the last record of the head block begins (0: there is none) and ends, and where what is not erased ends. [bytes] */
  lastOffset = 0;
  lastEnd = 0;
  dirtyEnd = 0;
  /** How many records the head block holds. */
  private _count = 0;
  /** A block was found to be retired as a whole after it had been read. */
  private _isSpentLate = false;
  /** Live records that should have retired something, but whose area does not match its CRC. */
  private _doubts = 0;

  constructor(log: RecordLog) {
    this._log = log;
  }

  /**
   * Scans the log whose block headers were read. It begins anew, with the headers, if two looks at the head block differ: the program
   * that a power cut interrupted may have left bits that read as anything the first time, and what follows from them must not be
   * believed in this boot and denied in the next. It also does if a block turns out to be retired by an older one.
   */
  scan(): void {
    const log = this._log;
    let looks = 1;
    while (!this._scanOnce(looks === LOOKS_MAX)) {
      log.readBlockHeaders(this._isSpentLate);
      if (!this._isSpentLate) looks++;
    }
    if (this._doubts > 0) this._settleDoubts();
  }

  /** @returns false if that must be done again. */
  private _scanOnce(mayDiffer: boolean): boolean {
    const log = this._log;
    const { map } = log;
    this._isSpentLate = false;
    this._doubts = 0;
    this._walk(map.head, false);
    const { lastOffset, dirtyEnd, _count: count } = this;
    // Blocks before the tail hold nothing that counts; nor do those that are newer than the head.
    for (let block = map.head; block !== NOWHERE; block = map.next(block, -1)) {
      // What is still needed of a spent block was copied; what it shows now may be half-erased.
      if (map.has(block, SPENT)) continue;
      map.takeMarks(block);
      this._walk(block, true);
      if (!mayDiffer && (this.lastOffset !== lastOffset || this._count !== count || this.dirtyEnd !== dirtyEnd)) return false;
    }
    return !this._isSpentLate;
  }

  /** Looks at every record of a block. @param isTaken and takes account of it */
  private _walk(block: number, isTaken: boolean): void {
    const log = this._log;
    let count = 0;
    let last = 0;
    let end = RECORDS_OFFSET;
    log.dirtyEnd = end;
    for (let offset = log.findRecord(block, end); offset !== NOWHERE; offset = log.findRecord(block, end)) {
      last = offset;
      end = log.foundEnd;
      count++;
      if (isTaken) this._take(block, offset / GRANULE_BYTES, (end - offset) / GRANULE_BYTES);
    }
    if (block !== log.map.head) return;
    this.lastOffset = last;
    this.lastEnd = end;
    this.dirtyEnd = log.dirtyEnd;
    this._count = count;
  }

  private _take(block: number, granule: number, granules: number): void {
    const log = this._log;
    const { header, map } = log;
    if (recordFate(header.kind) !== RECORD_SPENT) {
      if (map.wasMarked(granule)) map.setFlag(block, HAS_RECORDS);
      else map.setLive(block, granule, granules);
    }
    if (header.bootCount > log.bootCount) log.bootCount = header.bootCount;
    if (header.retireCount > 0) this._applyRetirements(block, granule * GRANULE_BYTES);
  }

  /**
   * Applies what the record in the log's header retires. Unless others retire that anyway, the record must prove itself whole first: its block
   * may have been half-erased, and a damaged copy must not take the original with it.
   */
  private _applyRetirements(block: number, offset: number): void {
    const log = this._log;
    const { header, map } = log;
    const count = header.retireCount;
    const payloadBytes = header.payloadBytes;
    const sequence = map.sequenceOf(block);
    let isProven = header.areaBytes === 0;
    for (let index = 0; index < count; index++) {
      if (index > 0 && !isProven) isProven = log.readArea(block, offset);
      if ((index > 0 && !isProven) || !log.readRetirement(payloadBytes, block, offset, index)) return;
      const { retiredSequence, retiredPlace } = log;
      const target = blockOf(retiredPlace);
      const granule = granuleOf(retiredPlace);
      if (target >= log.blockCount) continue;
      map.noteRetirement(block, target, retiredSequence);
      if (map.sequenceOf(target) !== retiredSequence || map.has(target, SPENT)) continue;
      const isNewer = retiredSequence > sequence;
      // Newer blocks can only be retired as a whole, and blocks before the tail are not read.
      if (granule !== 0 && (isNewer || retiredSequence < map.tailSequence)) continue;
      // A bit of this block says that a record lives; one of an older block, that a record is retired.
      if (granule !== 0 && map.isLive(target, granule) !== (target === block)) continue;
      if (!isProven) isProven = log.readArea(block, offset);
      if (!isProven) {
        if (map.isLive(block, offset / GRANULE_BYTES)) this._doubts++;
        return;
      }
      if (granule !== 0 && target === block) map.clearLive(retiredPlace);
      else if (granule !== 0) map.mark(target, granule);
      else {
        map.retireBlock(target);
        if (isNewer) this._isSpentLate = true;
      }
    }
  }

  /** Live records with a rotten area give way to what they should have retired, if that lives. Goes from the oldest block on: copies follow their originals. */
  private _settleDoubts(): void {
    const log = this._log;
    const { header, map } = log;
    for (let block = map.next(NOWHERE, 1); block !== NOWHERE; block = map.next(block, 1)) {
      for (let granule = map.nextLive(block, 0); granule !== NOWHERE; granule = map.nextLive(block, granule + 1)) {
        const offset = granule * GRANULE_BYTES;
        if (log.findRecord(block, offset) !== offset || header.retireCount === 0) continue;
        const { retiredSequence, retiredPlace } = header;
        const target = blockOf(retiredPlace);
        if (target >= log.blockCount || map.sequenceOf(target) !== retiredSequence) continue;
        const lives = granuleOf(retiredPlace) === 0 ? map.liveBytesOf(target) > 0 : map.isLive(target, granuleOf(retiredPlace));
        if (lives && !log.readArea(block, offset)) map.clearLive(placeOf(block, granule, recordBytes(header.areaBytes) / GRANULE_BYTES));
      }
    }
  }
}

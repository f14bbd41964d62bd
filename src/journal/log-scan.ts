// What a mount reads: one pass over the log, from the newest block to the oldest, that finds which records live and which boot was last.
import { GRANULE_BYTES, RECORDS_OFFSET, recordBytes } from "./layout.js";
import type { RecordLog } from "./record-log.js";
import { NOWHERE } from "./record-log.js";
import { RECORD_SPENT, recordFate } from "./recovery.js";

/** Looks at the head block until two agree. One bit that reads badly once takes two. */
const LOOKS_MAX = 4;

/**
 * Fills the map of a RecordLog. What retires a record was written after it; read backwards, a block's records are known to be retired
 * (by other blocks) when its turn comes, so that one pass is enough. Only if a record's area is rotten takes it a second one.
 */
export class LogScan {
  private readonly _log: RecordLog;
  /** A bit for each granule of the block at hand: a record in a newer block retires the one that begins here. */
  private readonly _retired: Uint8Array;
  /** Valid records read, delivered ones of blocks not yet reused included. */
  recordsFound = 0;
  /** Blocks that were read for records. */
  blocksScanned = 0;
  /** Where the last record of the head block begins (0: there is none) and ends, and where what is not erased ends. [bytes] */
  lastOffset = 0;
  lastEnd = 0;
  dirtyEnd = 0;
  /** What the walk over the block at hand has seen so far. */
  private _walkedLast = 0;
  private _walkedEnd = 0;
  private _walked = 0;
  /** A block was found to be retired as a whole after it had been read. */
  private _isSpentLate = false;
  /** Live records that should have retired something, but whose area does not match its CRC. */
  private _doubts = 0;

  constructor(log: RecordLog) {
    this._log = log;
    this._retired = new Uint8Array(log.map.markBytes);
  }

  /** RAM in typed arrays. [bytes] */
  get ramBytes(): number {
    return this._retired.length;
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
      log.reset(this._isSpentLate);
      log.readBlockHeaders();
      if (!this._isSpentLate) looks++;
    }
    if (this._doubts > 0) this._settleDoubts();
  }

  /** @returns false if that must be done again. */
  private _scanOnce(mayDiffer: boolean): boolean {
    const log = this._log;
    this._isSpentLate = false;
    this._doubts = 0;
    this.recordsFound = 0;
    this.blocksScanned = 0;
    this._walk(log.headBlock);
    this.lastOffset = this._walkedLast;
    this.lastEnd = this._walkedEnd;
    this.dirtyEnd = log.dirtyEnd;
    const walked = this._walked;
    log.granulesUnreadable = 0;
    log.orderBlocks();
    for (let index = log.orderCount - 1; index >= 0; index--) {
      const block = log.order[index] as number;
      // What is still needed of a spent block was copied; what it shows now may be half-erased.
      if (log.map.isSpent(block)) continue;
      this._scanBlock(block);
      if (block !== log.headBlock || mayDiffer) continue;
      if (this._walkedLast !== this.lastOffset || this._walked !== walked || log.dirtyEnd !== this.dirtyEnd) return false;
    }
    return !this._isSpentLate;
  }

  /** Looks at every record of a block. */
  private _walk(block: number): void {
    const log = this._log;
    this._startWalk();
    let offset = log.findRecord(block, RECORDS_OFFSET);
    while (offset !== NOWHERE) offset = log.findRecord(block, this._stepWalk(offset));
  }

  private _startWalk(): void {
    this._walkedLast = 0;
    this._walkedEnd = RECORDS_OFFSET;
    this._walked = 0;
    this._log.dirtyEnd = RECORDS_OFFSET;
  }

  /** @returns the end of the record in `log.found`. */
  private _stepWalk(offset: number): number {
    const end = offset + recordBytes(this._log.found.areaBytes);
    this._walkedLast = offset;
    this._walkedEnd = end;
    this._walked++;
    return end;
  }

  private _scanBlock(block: number): void {
    const log = this._log;
    const map = log.map;
    const found = log.found;
    const retired = this._retired;
    map.takeMarks(block, retired);
    this.blocksScanned++;
    this._startWalk();
    let offset = log.findRecord(block, RECORDS_OFFSET);
    while (offset !== NOWHERE) {
      const end = this._stepWalk(offset);
      const granule = offset / GRANULE_BYTES;
      this.recordsFound++;
      if (recordFate(found.kind) !== RECORD_SPENT) {
        if (((retired[granule >> 3] as number) & (1 << (granule & 7))) !== 0) map.setDead(block);
        else map.setLive(block, granule, (end - offset) / GRANULE_BYTES);
      }
      if (found.bootCount > log.bootCount) log.bootCount = found.bootCount;
      if (found.retireCount > 0) this._applyRetirements(block, offset);
      offset = log.findRecord(block, end);
    }
  }

  /**
   * Applies what the record in `log.found` retires. Unless others retire that anyway, the record must prove itself whole first: its block
   * may have been half-erased, and a damaged copy must not take the original with it.
   */
  private _applyRetirements(block: number, offset: number): void {
    const log = this._log;
    const map = log.map;
    const found = log.found;
    const count = found.retireCount;
    const sequence = map.sequence[block] as number;
    let isProven = found.areaBytes === 0;
    for (let index = 0; index < count; index++) {
      if (index > 0 && !isProven) isProven = log.areaIsIntact(found, block, offset);
      if ((index > 0 && !isProven) || !log.readRetirement(found, block, offset, index)) return;
      const target = log.retiredBlock;
      const granule = log.retiredGranule;
      if (target >= log.blockCount) continue;
      map.noteRetirement(block, target, log.retiredSequence);
      if (map.sequence[target] !== log.retiredSequence || map.isSpent(target)) continue;
      const isNewer = log.retiredSequence > sequence;
      // Newer blocks can only be retired as a whole, and blocks before the tail are not read.
      if (granule !== 0 && (isNewer || log.retiredSequence < map.tailSequence)) continue;
      // A bit of this block says that a record lives; one of an older block, that a record is retired.
      if (granule !== 0 && map.isLive(target, granule) !== (target === block)) continue;
      if (!isProven) isProven = log.areaIsIntact(found, block, offset);
      if (!isProven) {
        if (map.isLive(block, offset / GRANULE_BYTES)) this._doubts++;
        return;
      }
      if (granule !== 0 && target === block) map.clearLive(block, granule, log.retiredGranules);
      else if (granule !== 0) map.mark(target, granule);
      else {
        map.retireBlock(target, log.retiredSequence);
        if (isNewer) this._isSpentLate = true;
      }
    }
  }

  /** Live records with a rotten area give way to what they should have retired, if that lives. Goes from the oldest block on: copies follow their originals. */
  private _settleDoubts(): void {
    const log = this._log;
    const map = log.map;
    const found = log.found;
    for (let index = 0; index < log.orderCount; index++) {
      const block = log.order[index] as number;
      for (let granule = map.nextLive(block, 0); granule !== NOWHERE; granule = map.nextLive(block, granule + 1)) {
        const offset = granule * GRANULE_BYTES;
        if (log.findRecord(block, offset) !== offset || found.retireCount === 0) continue;
        const target = found.retiredBlock;
        if (target >= log.blockCount || map.sequence[target] !== found.retiredSequence) continue;
        const lives = found.retiredGranule === 0 ? (map.liveBytes[target] as number) > 0 : map.isLive(target, found.retiredGranule);
        if (lives && !log.areaIsIntact(found, block, offset)) map.clearLive(block, granule, recordBytes(found.areaBytes) / GRANULE_BYTES);
      }
    }
  }
}

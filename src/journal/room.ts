// Room for the next record: opens blocks, empties those that cost least by copying what is still needed, and drops only when nothing else helps.
import { BAD, CHEAPEST, COLD, COUNTED, NOWHERE, SPENT } from "./block-map.js";
import type { Dropper } from "./dropper.js";
import { GRANULE_BYTES, KIND_RETIRE, RECORDS_OFFSET, RETIRE_BATCH, blockOf, placeOf, recordBytes } from "./layout.js";
import type { PendingRecords } from "./pending-records.js";
import { PENDING_LIMIT, rankOf } from "./pending-table.js";
import type { RecordLog } from "./record-log.js";

/**
 * Free blocks that an ordinary record must leave behind. With flash encryption, erased bytes can't be told from written ones, so each
 * restart needs a fresh block; and cuts may leave two blocks half-way through being emptied.
 */
export const KEEP_ORDINARY = 4;
/** Free blocks that acknowledgements and drop reports leave behind. */
export const KEEP_INTERNAL = 3;
/** Free blocks that they leave when all else fails; emptying a block takes one of them and gives one back. */
const KEEP_LAST = 2;
/** A restart may take the last one. */
export const KEEP_MOUNT = 0;

/** Erases by which a block may lag behind because what it holds stays pending; then it is emptied to take its turn. */
const WEAR_LAG_MAX = 32;
/** After so many evictions in one `append`, victims lie scattered: any block is emptied that wins room for the record, so that no more must go. */
const EVICTIONS_MAX = 4;
/** Copying a block pays only if it wins at least this part of it: else a full flash would wear itself out. */
const WORTHWHILE_DIVISOR = 8;
/** Steps that making room may take, on the smallest flash; each block more adds four. A bound for defects, not reached otherwise. */
const ROUNDS_MIN = 64;

/** A cut may come between any two programs: each leaves a log that holds all that it held before. */
export class Room {
  private readonly _log: RecordLog;
  private readonly _pending: PendingRecords;
  private readonly _dropper: Dropper;

  constructor(log: RecordLog, pending: PendingRecords, dropper: Dropper) {
    this._log = log;
    this._pending = pending;
    this._dropper = dropper;
  }

  /** As `make`, for a drop report. */
  makeForReport(): boolean {
    return this.make(this._dropper.reportBytes, KEEP_INTERNAL, 0);
  }

  /**
   * Sees to it that a record of `flashBytes` fits at the head and that `keep` blocks stay free.
   * @param rank KEEP_ORDINARY only: live records of this rank or lower may be dropped.
   */
  make(flashBytes: number, keep: number, rank: number): boolean {
    const log = this._log;
    const map = log.map;
    const roundsMax = 4 * log.blockCount + ROUNDS_MIN;
    let evictions = 0;
    for (let round = 0; round < roundsMax; round++) {
      const free = map.freeCount();
      const left = log.blockBytes - log.headOffset;
      const fits = left >= flashBytes;
      if (fits && (free >= keep || keep === KEEP_INTERNAL)) return true;
      if (!fits && free > keep) {
        const next = map.chooseFree();
        const cold = keep === KEEP_ORDINARY && map.sequenceOf(next) > 0 ? map.choose(COLD, NOWHERE) : NOWHERE;
        const isLagging = cold !== NOWHERE && map.eraseCountOf(cold) <= map.eraseCountOf(next) - WEAR_LAG_MAX;
        if (!(isLagging ? this.reclaim(cold) : log.open())) return false;
        continue;
      }
      const isScattered = evictions >= EVICTIONS_MAX;
      const worthwhile = keep === KEEP_INTERNAL || isScattered ? flashBytes : Math.max(flashBytes, log.roomBytes / WORTHWHILE_DIVISOR);
      const source = this._chooseReclaim(!fits || isScattered, worthwhile, free, left);
      if (source !== NOWHERE) {
        if (!this.reclaim(source)) return false;
        continue;
      }
      if (this._recount(left)) continue;
      if (keep === KEEP_ORDINARY && this.makeForReport() && this._dropper.evict(worthwhile, rank)) {
        evictions++;
        continue;
      }
      // Acknowledgements and reports make room later; to write them, the reserve may be used now.
      return keep === KEEP_INTERNAL && free > KEEP_LAST && log.open();
    }
    return false;
  }

  /**
   * @param mayTakeFresh It is worth a fresh block to win `worthwhile` bytes.
   * @returns the block whose emptying gets us further, or NOWHERE.
   */
  private _chooseReclaim(mayTakeFresh: boolean, worthwhile: number, free: number, left: number): number {
    const log = this._log;
    const map = log.map;
    const cheapest = map.choose(CHEAPEST, NOWHERE);
    if (cheapest === NOWHERE) return NOWHERE;
    const cost = map.cost(cheapest);
    // It fits into the head: one more free block for nothing.
    if (cost <= left) return cheapest;
    // One record takes a block and gives one: a cut leaves that, or a suspect one in its place.
    const isOneRecord = map.liveBytesOf(cheapest) === 0 && map.retireCountOf(cheapest) < RETIRE_BATCH;
    if (free < (isOneRecord ? 1 : KEEP_LAST)) return NOWHERE;
    // It takes a fresh block and leaves enough of it.
    const gain = log.roomBytes - cost;
    if (mayTakeFresh && gain >= worthwhile) return cheapest;
    // Two of them fit into one fresh block: one more free block in two steps.
    const second = map.choose(CHEAPEST, cheapest);
    return second !== NOWHERE && map.cost(second) <= gain ? cheapest : NOWHERE;
  }

  /**
   * Counts anew which retirements are still needed, of the blocks that would be worth emptying if none were.
   * @param left Bytes free in the head block.
   * @returns whether any block became cheaper to empty
   */
  private _recount(left: number): boolean {
    const log = this._log;
    const map = log.map;
    let isCheaper = false;
    for (let block = 0; block < log.blockCount; block++) {
      if (block === map.head || map.retireCountOf(block) === 0 || map.has(block, BAD) || map.has(block, COUNTED)) continue;
      const costMin = map.liveBytesOf(block);
      if (costMin > left && costMin > (log.roomBytes * (WORTHWHILE_DIVISOR - 1)) / WORTHWHILE_DIVISOR) continue;
      const before = map.cost(block);
      map.startRecount(block);
      for (let offset = log.findRecord(block, RECORDS_OFFSET); offset !== NOWHERE; ) {
        const end = log.foundEnd;
        this._eachNeeded(block, offset, log.header.retireCount, false);
        offset = log.findRecord(block, end);
      }
      if (map.cost(block) < before) isCheaper = true;
    }
    return isCheaper;
  }

  /**
   * Looks at the first `count` retirements of the record in the log's header, and at those that are still needed: collects them, or tells the map of them.
   * @returns false on a fault of the part
   */
  private _eachNeeded(block: number, offset: number, count: number, isCollected: boolean): boolean {
    const log = this._log;
    const { payloadBytes } = log.header;
    if (count > 1 && !log.readArea(block, offset)) return true;
    for (let index = 0; index < count; index++) {
      if (!log.readRetirement(payloadBytes, block, offset, index)) return false;
      const { retiredSequence, retiredPlace } = log;
      if (blockOf(retiredPlace) === block || !log.map.isNeeded(retiredSequence, retiredPlace)) continue;
      if (!isCollected) log.map.noteRetirement(block, blockOf(retiredPlace), retiredSequence);
      else if (!log.collect(retiredSequence, retiredPlace)) return false;
    }
    return true;
  }

  /** Copies out of `block` what is still needed, so that it can be erased. */
  reclaim(block: number): boolean {
    const log = this._log;
    const map = log.map;
    log.batchCount = 0;
    if (!(this._walk(block, false) && this._walk(block, true))) return false;
    // A record that did not show at first gets a second look before it counts as lost.
    if (map.liveBytesOf(block) !== 0 && !this._walk(block, true)) return false;
    if (map.has(block, BAD)) return false;
    if (map.liveBytesOf(block) !== 0) this._giveUp(block);
    // From here on the block counts for nothing.
    return map.has(block, SPENT) || this._retireBlock(block);
  }

  /** Moves the live records of `block`, or collects the retirements in it that are still needed, and writes them when there are enough. */
  private _walk(block: number, isMove: boolean): boolean {
    const log = this._log;
    const { header } = log;
    for (let offset = log.findRecord(block, RECORDS_OFFSET); offset !== NOWHERE; ) {
      const end = log.foundEnd;
      const lives = log.map.isLive(block, offset / GRANULE_BYTES);
      // A copy keeps the retirements of its area; the one in its header gives way to the copied record's own place.
      const count = lives && header.retireCount > 1 ? 1 : header.retireCount;
      if (!(isMove ? !lives || this.move(block, offset, true) : this._eachNeeded(block, offset, count, true))) return false;
      offset = log.findRecord(block, end);
    }
    return true;
  }

  /** Retires `block` as a whole, in one record with the retirements collected from it, so that a cut leaves no two holders of them. */
  private _retireBlock(block: number): boolean {
    const log = this._log;
    if (!log.collect(log.map.sequenceOf(block), block) || !log.appendMark(KIND_RETIRE)) return false;
    log.map.retireBlock(block);
    return true;
  }

  /**
   * Copies the live record in the log's header to the head; the copy retires the original.
   * @param mayRetireBlock The retirements in the block are saved: the copy of its last live record may retire it as a whole.
   */
  move(block: number, offset: number, mayRetireBlock: boolean): boolean {
    const log = this._log;
    const { header, map } = log;
    const flashBytes = recordBytes(header.areaBytes);
    const place = placeOf(block, offset / GRANULE_BYTES, flashBytes / GRANULE_BYTES);
    if (!log.readArea(block, offset)) {
      const { kind, priority, bootCount, sequence } = header;
      if (log.batchCount > 0 && !log.appendMark(KIND_RETIRE)) return false;
      return this._dropper.dropDamaged(kind, rankOf(kind, priority), bootCount, sequence, place);
    }
    const sequence = map.sequenceOf(block);
    const isLast = mayRetireBlock && log.batchCount === 0 && map.liveBytesOf(block) === flashBytes;
    header.retire(Math.max(1, header.retireCount), sequence, isLast ? block : place);
    const copy = log.program(undefined, offset, block);
    if (copy === NOWHERE) return false;
    map.clearLive(place);
    if (isLast) map.retireBlock(block);
    this._pending.moved(place, copy);
    return true;
  }

  /** The live records left in `block` can't be found any more: bit rot took their headers. Those that are listed get reported. */
  private _giveUp(block: number): void {
    const { table } = this._pending;
    if (this._log.batchCount > 0) this._log.appendMark(KIND_RETIRE);
    this._log.map.clearAllLive(block);
    for (let slot = 0; slot < PENDING_LIMIT; slot++) {
      if (blockOf(table.placeAt(slot)) === block) this._dropper.reportLost(slot);
    }
    this._pending.takeStock();
  }

  /** Frees blocks that cost little, if cuts have eaten the reserve: the next cut may come before the next append. */
  restoreReserve(): void {
    const log = this._log;
    const map = log.map;
    for (let round = 0; round < KEEP_ORDINARY && map.freeCount() < KEEP_ORDINARY; round++) {
      const cheapest = map.choose(CHEAPEST, NOWHERE);
      if (cheapest === NOWHERE || map.cost(cheapest) > log.blockBytes - log.headOffset || !this.reclaim(cheapest)) return;
    }
  }
}

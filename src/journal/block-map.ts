// What the journal knows of each erase block: its sequence, its wear, which of its records are live, what leaving it would cost.
import { assert } from "../base/assert.js";
import { GRANULE_BYTES, retirementsBytes } from "./layout.js";

/** Cost of a block that must not be touched. */
export const COST_FORBIDDEN = 0x7fffffff;

/** Fixed arrays, one entry a block, and one live bit a granule. */
export class BlockMap {
  readonly blockCount: number;
  /** Sequence in the block's header; 0 = no valid header. */
  readonly sequence: Int32Array;
  /** How often the block was erased, as far as known. */
  readonly eraseCount: Int32Array;
  /** Bytes of live records. */
  readonly liveBytes: Int32Array;
  /** 1 = holds records for delivery, live or dead. */
  readonly hasRecords: Uint8Array;
  /** How many retirements of records in other blocks the block's records hold. */
  readonly retireCount: Uint16Array;
  /** The newest block that those retirements name. */
  readonly retiresUpTo: Int32Array;
  /** The sequence under which the block was retired as a whole. */
  readonly spentSequence: Int32Array;
  /** 1 = has a header but had no record at the mount, although it is newer than the head: what it shows later must not count. */
  readonly suspect: Uint8Array;
  /** 1 = not to be erased in this boot: the part failed on it. */
  readonly bad: Uint8Array;
  /** 1 = has no valid header now, but may show its old one again, since the erase may have been cut half-way. */
  readonly unsure: Uint8Array;
  /** A bit for each granule: a live record starts here. During a scan, in blocks whose turn has not come: a retired record does. */
  private readonly _live: Uint8Array;
  /** Bits of a block, in whole bytes. */
  private readonly _liveStride: number;
  /** The tail as the newest header on flash states it: a restart reads no block below it. */
  tailSequence = 0;
  /** Some block was suspect at the mount. */
  hasSuspect = false;
  /** A block that could not be read may hold live records of any age: the tail must not pass them. */
  private _isTailFrozen = false;
  /** 1 = since the block's retirements were counted, the tail moved, or a block was erased or retired as a whole. */
  private readonly _mayRecount: Uint8Array;
  private _freeCount = 0;
  private _stale = true;

  constructor(blockCount: number, blockBytes: number) {
    this.blockCount = blockCount;
    this.sequence = new Int32Array(blockCount);
    this.eraseCount = new Int32Array(blockCount);
    this.liveBytes = new Int32Array(blockCount);
    this.hasRecords = new Uint8Array(blockCount);
    this.retireCount = new Uint16Array(blockCount);
    this.retiresUpTo = new Int32Array(blockCount);
    this.spentSequence = new Int32Array(blockCount);
    this.suspect = new Uint8Array(blockCount);
    this.bad = new Uint8Array(blockCount);
    this.unsure = new Uint8Array(blockCount);
    this._mayRecount = new Uint8Array(blockCount);
    this._liveStride = Math.ceil(blockBytes / GRANULE_BYTES / 8) * 8;
    this._live = new Uint8Array((blockCount * this._liveStride) / 8);
  }

  /** Bytes of all the arrays. */
  get ramBytes(): number {
    return this.blockCount * (5 * 4 + 2 + 5) + this._live.length;
  }

  /** Bytes of the marks of one block. */
  get markBytes(): number {
    return this._liveStride / 8;
  }

  /**
   * Forgets everything, as before a mount.
   * @param keepSpent but for which blocks are retired as a whole
   */
  reset(keepSpent: boolean): void {
    this.sequence.fill(0);
    this.eraseCount.fill(0);
    this.liveBytes.fill(0);
    this.hasRecords.fill(0);
    this.retireCount.fill(0);
    this.retiresUpTo.fill(0);
    if (!keepSpent) this.spentSequence.fill(0);
    this.suspect.fill(0);
    this.bad.fill(0);
    this.unsure.fill(1);
    this._live.fill(0);
    this._mayRecount.fill(1);
    this.tailSequence = 0;
    this.hasSuspect = false;
    this._isTailFrozen = false;
    this._stale = true;
  }

  /** `block` has a header of this sequence. */
  setHeader(block: number, sequence: number, eraseCount: number): void {
    this.sequence[block] = sequence;
    this.eraseCount[block] = eraseCount;
    this.hasRecords[block] = 0;
    this.suspect[block] = 0;
    this.retireCount[block] = 0;
    this.retiresUpTo[block] = 0;
    this.unsure[block] = 0;
    this._stale = true;
  }

  setSuspect(block: number): void {
    this.suspect[block] = 1;
    this.hasSuspect = true;
    this.hasRecords[block] = 1;
    this._stale = true;
  }

  /** @returns the block of the highest sequence that is neither suspect nor retired as a whole; -1 if there is none. */
  newestBlock(): number {
    let newest = -1;
    for (let block = 0; block < this.blockCount; block++) {
      if (this.suspect[block] === 0 && !this.isSpent(block) && (this.sequence[block] as number) > (newest < 0 ? 0 : (this.sequence[newest] as number))) newest = block;
    }
    return newest;
  }

  /** `block` is about to be erased: whatever happens, only a new header makes sense of it. */
  clearHeader(block: number): void {
    assert(this.liveBytes[block] === 0, "block-map: a block with live records must not be erased");
    this.sequence[block] = 0;
    this.unsure[block] = 1;
    this._mayRecount.fill(1);
    this._stale = true;
  }

  /** How many blocks are bad. */
  get badCount(): number {
    let count = 0;
    for (let block = 0; block < this.blockCount; block++) count += this.bad[block] as number;
    return count;
  }

  /** The part gave no answer: what the block holds may be there after a restart. */
  markUnreadable(block: number): void {
    this._isTailFrozen = true;
    this.markBad(block);
  }

  markBad(block: number): void {
    this.bad[block] = 1;
    this._stale = true;
  }

  /** May retirements in `block` have become needless since they were counted last? */
  mayRecount(block: number): boolean {
    return this._mayRecount[block] === 1;
  }

  /** Takes back what `noteRetirement` counted for `block`; the caller counts anew. */
  startRecount(block: number): void {
    this._mayRecount[block] = 0;
    this.retireCount[block] = 0;
    this.retiresUpTo[block] = 0;
    this._stale = true;
  }

  /** `block` was retired as a whole while its sequence was `sequence`. */
  retireBlock(block: number, sequence: number): void {
    // Older records may still name former uses of the block.
    if (sequence > (this.spentSequence[block] as number)) this.spentSequence[block] = sequence;
    this._mayRecount.fill(1);
    this._stale = true;
    if (this.sequence[block] === sequence) this.clearAllLive(block);
  }

  isLive(block: number, granule: number): boolean {
    const bit = block * this._liveStride + granule;
    return ((this._live[bit >> 3] as number) & (1 << (bit & 7))) !== 0;
  }

  setLive(block: number, granule: number, granules: number): void {
    assert(!this.isLive(block, granule), "block-map: a record became live twice");
    this.hasRecords[block] = 1;
    const bit = block * this._liveStride + granule;
    this._live[bit >> 3] = (this._live[bit >> 3] as number) | (1 << (bit & 7));
    this.liveBytes[block] = (this.liveBytes[block] as number) + granules * GRANULE_BYTES;
  }

  clearLive(block: number, granule: number, granules: number): void {
    assert(this.isLive(block, granule), "block-map: a dead record died again");
    const bit = block * this._liveStride + granule;
    this._live[bit >> 3] = (this._live[bit >> 3] as number) & ~(1 << (bit & 7));
    this.liveBytes[block] = (this.liveBytes[block] as number) - granules * GRANULE_BYTES;
    assert((this.liveBytes[block] as number) >= 0, "block-map: live bytes below zero");
    this._stale = true;
  }

  /** `block` holds a record that is no longer live. */
  setDead(block: number): void {
    this.hasRecords[block] = 1;
    this._stale = true;
  }

  /** The record that begins at this granule of a block yet to be scanned is retired. */
  mark(block: number, granule: number): void {
    const bit = block * this._liveStride + granule;
    this._live[bit >> 3] = (this._live[bit >> 3] as number) | (1 << (bit & 7));
  }

  /** Moves the marks of `block` into `into`, a bit for each granule: from now on its bits say what is live. */
  takeMarks(block: number, into: Uint8Array): void {
    const live = this._live;
    const first = (block * this._liveStride) >> 3;
    const count = this._liveStride >> 3;
    for (let index = 0; index < count; index++) {
      into[index] = live[first + index] as number;
      live[first + index] = 0;
    }
  }

  /** @returns the first granule from `granule` on at which a live record of `block` begins; -1 if there is none. */
  nextLive(block: number, granule: number): number {
    const live = this._live;
    const first = block * this._liveStride;
    const end = first + this._liveStride;
    let bit = first + granule;
    while (bit < end) {
      const bits = (live[bit >> 3] as number) >> (bit & 7);
      if ((bits & 1) !== 0) return bit - first;
      bit = bits === 0 ? (bit | 7) + 1 : bit + 1;
    }
    return -1;
  }

  /** Takes the live mark from all records of `block`: they can no longer be found. @returns how many there were. */
  clearAllLive(block: number): number {
    let count = 0;
    for (let granule = 0; granule < this._liveStride; granule++) {
      if (!this.isLive(block, granule)) continue;
      this.clearLive(block, granule, 0);
      count++;
    }
    this.liveBytes[block] = 0;
    return count;
  }

  /** A record in `holder` retires one in `target`. */
  noteRetirement(holder: number, target: number, targetSequence: number): void {
    if (holder === target) return;
    this.retireCount[holder] = (this.retireCount[holder] as number) + 1;
    this._stale = true;
    if (targetSequence > (this.retiresUpTo[holder] as number)) this.retiresUpTo[holder] = targetSequence;
  }

  isSpent(block: number): boolean {
    return this.sequence[block] !== 0 && this.sequence[block] === this.spentSequence[block];
  }

  /**
   * Is a retirement still needed? Yes, as long as a restart might read what it retires.
   * @param granule Of the retired record; 0 for the block as a whole.
   */
  isNeeded(block: number, sequence: number, granule: number): boolean {
    if (sequence < this.tailSequence || block >= this.blockCount) return false;
    if (this.sequence[block] !== sequence && this.unsure[block] === 0) return false;
    return granule === 0 || this.spentSequence[block] !== sequence;
  }

  /**
   * Bytes that must be programmed elsewhere before `block` may be erased (an upper bound); 0 = free now. A half-erased block may still
   * show its dead records, but no longer the retirements beside them: so it must be retired as a whole, or lie before the tail.
   */
  cost(block: number): number {
    if (this.bad[block] !== 0) return COST_FORBIDDEN;
    const sequence = this.sequence[block] as number;
    if (sequence < this.tailSequence || this.isSpent(block)) return 0;
    const live = this.liveBytes[block] as number;
    const retirements = (this.retiresUpTo[block] as number) < this.tailSequence ? 0 : (this.retireCount[block] as number);
    if (retirements === 0) return live > 0 || this.hasRecords[block] === 0 ? live : retirementsBytes(1);
    // One retirement more: that of the block itself. Without others, it rides on the copy of the last live record.
    return live + retirementsBytes(retirements + 1);
  }

  /** @returns the tail for a new block of `newestSequence`: the lowest sequence of a block with live records, itself if there is none. */
  lowestLive(newestSequence: number): number {
    if (this._isTailFrozen) return this.tailSequence;
    let lowest = newestSequence;
    for (let block = 0; block < this.blockCount; block++) {
      const sequence = this.sequence[block] as number;
      if (sequence < lowest && (this.liveBytes[block] as number) > 0) lowest = sequence;
    }
    return lowest;
  }

  /** Takes over the tail that the newest header on flash states. */
  setTail(tailSequence: number): void {
    this.tailSequence = tailSequence;
    this._mayRecount.fill(1);
    this._stale = true;
  }

  /** @returns how many blocks besides `head` can be erased now. */
  freeCount(head: number): number {
    if (!this._stale) return this._freeCount;
    this._stale = false;
    const { bad, sequence, tailSequence, blockCount } = this;
    let count = 0;
    for (let block = 0; block < blockCount; block++) {
      if (block === head || bad[block] !== 0) continue;
      // Most blocks lie before the tail: on XS the call would cost five times as much.
      if ((sequence[block] as number) < tailSequence || this.cost(block) === 0) count++;
    }
    this._freeCount = count;
    return count;
  }

  /** @returns the free block that was erased least often; -1 if there is none. */
  chooseFree(head: number): number {
    let best = -1;
    for (let block = 0; block < this.blockCount; block++) {
      if (block === head || this.cost(block) !== 0) continue;
      // A block that may show an old header again is erased first of all.
      if (this.sequence[block] === 0) return block;
      if (best < 0 || (this.eraseCount[block] as number) < (this.eraseCount[best] as number)) best = block;
    }
    return best;
  }

  /** @returns a block in use that was erased at least `lag` times less than the next free one, so that it should take its turn; else -1. */
  chooseCold(head: number, lag: number): number {
    const free = this.chooseFree(head);
    if (free < 0 || this.sequence[free] === 0) return -1;
    let cold = -1;
    for (let block = 0; block < this.blockCount; block++) {
      if (block === head || (this.eraseCount[block] as number) + lag > (this.eraseCount[free] as number)) continue;
      const cost = this.cost(block);
      if (cost !== 0 && cost !== COST_FORBIDDEN && (cold < 0 || (this.eraseCount[block] as number) < (this.eraseCount[cold] as number))) cold = block;
    }
    return cold;
  }

  /** @returns the block besides `head` and `except` that costs least to empty, but something; -1 if there is none. */
  chooseCheapest(head: number, except: number): number {
    let best = -1;
    let bestCost = COST_FORBIDDEN;
    for (let block = 0; block < this.blockCount; block++) {
      if (block === head || block === except) continue;
      const cost = this.cost(block);
      if (cost === 0 || cost > bestCost || cost === COST_FORBIDDEN) continue;
      if (cost === bestCost && (this.sequence[block] as number) > (this.sequence[best] as number)) continue;
      best = block;
      bestCost = cost;
    }
    return best;
  }

  /** @returns a guess at the erases of a block whose header is gone: no fewer than any other block's, less one. */
  guessEraseCount(block: number): number {
    let erases = this.eraseCount[block] as number;
    for (let other = 0; other < this.blockCount; other++) {
      if ((this.eraseCount[other] as number) - 1 > erases) erases = (this.eraseCount[other] as number) - 1;
    }
    return erases;
  }
}

// What the journal knows of each erase block: its sequence, its wear, which of its records are live, what leaving it would cost.
import { assert } from "../base/assert.js";
import { GRANULE_BYTES, RECORD_HEADER_BYTES, blockOf, granuleOf, granulesOf, retirementsBytes } from "./layout.js";

/** No record, no place, no block. */
export const NOWHERE = -1;

/** Cost of a block that must not be touched. */
export const COST_FORBIDDEN = 0x7fffffff;

/** Holds records for delivery, live or dead. */
export const HAS_RECORDS = 1;
/** Has a header but had no record at the mount, although it is newer than the head: what it shows later must not count. */
export const SUSPECT = 2;
/** Not to be erased in this boot: the part failed on it. */
export const BAD = 4;
/** Has no valid header now, but may show its old one again, since the erase may have been cut half-way. */
export const UNSURE = 8;
/** Its retirements were counted since the tail moved, or a block was erased or retired as a whole, the last time: a recount would change nothing. */
export const COUNTED = 16;
/** A search has been there. */
export const PASSED = 32;
/** It was retired as a whole. */
export const SPENT = 64;

/** Words of a block's row: the sequence in its header; without a valid header 0, or below 0 that under which it was last retired as a whole. */
const SEQUENCE = 0;
/** Granules of live records, and above them how often it was erased, as far as known. */
const WEAR = 1;
const LIVE_BITS = 8;
const LIVE_MASK = (1 << LIVE_BITS) - 1;
/** A hundred times what flash stands. */
const ERASES_MAX = (1 << 23) - 1;
/** The flags above, the ranks of its bounds, and how many retirements of records in other blocks it holds. */
export const FLAGS = 2;
export const RANKS_SHIFT = 7;
const RETIREMENTS_SHIFT = 16;
/** Half words of a row: for each of three orders the boot of the bound of its records (0: none counts), see BlockBounds; */
export const BOOTS = 6;
/** and the newest block that the retirements in it name, by how far its sequence is above the lowest that can be told: the block's own less HALF_MAX. */
const RETIRES_UP_TO = BOOTS + 3;
export const HALF_MAX = 0xffff;
/** Words again: for each of these orders the sequence of the bound. */
export const BOUNDS = 5;
/** From here on a bit for each granule: a live record starts here. During a scan, in blocks whose turn has not come: a retired record does. */
const LIVE = BOUNDS + 3;

/** Free blocks are counted up to this: nobody keeps as many. */
const FREE_MAX = 5;

// Which block `choose` looks for.
/** Of those that must be emptied first the one that was erased least often. */
export const COLD = 0;
/** Of those that must be emptied first the one for which that costs least, the oldest of several. */
export const CHEAPEST = 1;
export type Choice = typeof COLD | typeof CHEAPEST;

/** A table of a row for each block, and one more for the marks of the block that a scan has at hand. */
export class BlockMap {
  readonly blockCount: number;
  readonly rows: Int32Array;
  /** The same memory. */
  readonly halves: Uint16Array;
  /** Words of a row. */
  readonly stride: number;
  /** The block that is appended to; `blockCount` while there is none. */
  head: number;
  /** The tail as the newest header on flash states it: a restart reads no block below it. */
  tailSequence = 0;
  /** Some block was suspect at the mount. */
  hasSuspect = false;
  /** A block that could not be read may hold live records of any age: the tail must not pass them. */
  private _isTailFrozen = false;
  /** Some block has the flag COUNTED. */
  private _isAnyCounted = false;
  /** What `freeCount` said last, if no block can have ceased to be free since; else 0. */
  private _freeCount = 0;
  /** Most erases of any block. */
  private _erasesMax = 0;

  constructor(blockCount: number, blockBytes: number) {
    this.blockCount = blockCount;
    this.head = blockCount;
    this.stride = LIVE + (((blockBytes / GRANULE_BYTES + 31) / 32) | 0);
    this.rows = new Int32Array((blockCount + 1) * this.stride);
    this.halves = new Uint16Array(this.rows.buffer);
  }

  /**
   * Forgets everything, as before a mount.
   * @param keepSpent but for which blocks are retired as a whole
   */
  reset(keepSpent: boolean): void {
    const { rows, stride } = this;
    for (let row = 0; row < rows.length; row += stride) {
      const former = keepSpent ? this._formerOf(row) : 0;
      rows.fill(0, row, row + stride);
      rows[row + SEQUENCE] = former;
      rows[row + FLAGS] = UNSURE;
    }
    this._erasesMax = 0;
    this.head = this.blockCount;
    this.tailSequence = 0;
    this.hasSuspect = false;
    this._isTailFrozen = false;
  }

  private _get(block: number, word: number): number {
    return this.rows[block * this.stride + word] as number;
  }

  private _set(block: number, word: number, value: number): void {
    this.rows[block * this.stride + word] = value;
  }

  /** @returns what SEQUENCE of that row is without the header */
  private _formerOf(row: number): number {
    const sequence = this.rows[row + SEQUENCE] as number;
    return sequence <= 0 ? sequence : ((this.rows[row + FLAGS] as number) & SPENT) !== 0 ? -sequence : 0;
  }

  /** 0: it has no valid header. */
  sequenceOf(block: number): number {
    const sequence = this.rows[block * this.stride] as number;
    return sequence > 0 ? sequence : 0;
  }
  /** As far as known; if its header is gone, a guess: no fewer than any other block's, less one. */
  eraseCountOf(block: number): number {
    const erases = this._get(block, WEAR) >> LIVE_BITS;
    return this.sequenceOf(block) === 0 ? Math.max(erases, this._erasesMax - 1) : erases;
  }
  liveBytesOf(block: number): number {
    return ((this.rows[block * this.stride + WEAR] as number) & LIVE_MASK) * GRANULE_BYTES;
  }
  /** How many retirements of records in other blocks it holds. */
  retireCountOf(block: number): number {
    return this._get(block, FLAGS) >> RETIREMENTS_SHIFT;
  }

  /** Has the block one of these flags? */
  has(block: number, flags: number): boolean {
    return (this._get(block, FLAGS) & flags) !== 0;
  }
  setFlag(block: number, flag: number): void {
    this._set(block, FLAGS, this._get(block, FLAGS) | flag);
    this._freeCount = 0;
  }
  clearFlagOfAll(flag: number): void {
    const { rows, stride } = this;
    for (let row = FLAGS; row < rows.length; row += stride) rows[row] = (rows[row] as number) & ~flag;
  }

  /** Retirements may have become needless. */
  private _forgetCounts(): void {
    if (this._isAnyCounted) this.clearFlagOfAll(COUNTED);
    this._isAnyCounted = false;
  }

  /** `block` has a valid header of this sequence. */
  setHeader(block: number, sequence: number, eraseCount: number): void {
    const row = block * this.stride;
    const { rows } = this;
    const erases = eraseCount < ERASES_MAX ? eraseCount : ERASES_MAX;
    rows[row + FLAGS] = rows[row + SEQUENCE] === -sequence ? SPENT : 0;
    rows[row + SEQUENCE] = sequence;
    rows[row + WEAR] = erases << LIVE_BITS;
    this.halves[2 * row + RETIRES_UP_TO] = 0;
    if (erases > this._erasesMax) this._erasesMax = erases;
    this._freeCount = 0;
  }

  /** @returns the block of the highest sequence that is neither suspect nor retired as a whole; `blockCount` if there is none. */
  newestBlock(): number {
    let newest = this.blockCount;
    for (let block = 0; block < this.blockCount; block++) if (!this.has(block, SUSPECT | SPENT) && this.sequenceOf(block) > this.sequenceOf(newest)) newest = block;
    return newest;
  }

  setSuspect(block: number): void {
    this.setFlag(block, SUSPECT);
    this.hasSuspect = true;
  }

  /**
   * The log's blocks, from the tail to the head, in the order of their sequences; a suspect one may have that of another.
   * @param block NOWHERE: what lies before the first
   * @param step 1 to go up, -1 to go down
   * @returns the one that comes next to `block`; NOWHERE if there is none
   */
  next(block: number, step: 1 | -1): number {
    const { rows, stride, blockCount, tailSequence } = this;
    const newest = this.sequenceOf(this.head);
    const sequence = block === NOWHERE ? tailSequence - 1 : (rows[block * stride] as number);
    let best = NOWHERE;
    let bestAhead = 0;
    let other = block;
    for (let count = 0; count < blockCount; count++) {
      // It most often lies beside that one.
      other = (other + step + blockCount) % blockCount;
      const otherSequence = rows[other * stride] as number;
      const ahead = (otherSequence - sequence) * step;
      if (ahead <= 0 || otherSequence <= 0 || otherSequence < tailSequence || otherSequence > newest || (best !== NOWHERE && ahead >= bestAhead) || this.has(other, SUSPECT)) continue;
      if (ahead === 1) return other;
      best = other;
      bestAhead = ahead;
    }
    return best;
  }

  /** `block` is about to be erased: whatever happens, only a new header makes sense of it. */
  clearHeader(block: number): void {
    assert(this.liveBytesOf(block) === 0, "block-map: erase of live records");
    const row = block * this.stride;
    this.rows[row + SEQUENCE] = this._formerOf(row);
    this.setFlag(block, UNSURE);
    this._forgetCounts();
  }

  /** The part gave no answer: what the block holds may be there after a restart. */
  markUnreadable(block: number): void {
    this._isTailFrozen = true;
    this.setFlag(block, BAD);
  }

  /** Takes back what `noteRetirement` counted for `block`; the caller counts anew. */
  startRecount(block: number): void {
    this._set(block, FLAGS, (this._get(block, FLAGS) & ((1 << RETIREMENTS_SHIFT) - 1)) | COUNTED);
    this._isAnyCounted = true;
    this.halves[2 * block * this.stride + RETIRES_UP_TO] = 0;
  }

  /** `block`, as its header says it is used now, was retired as a whole. */
  retireBlock(block: number): void {
    if (this.sequenceOf(block) > 0) this.setFlag(block, SPENT);
    this._forgetCounts();
    this.clearAllLive(block);
  }

  isLive(block: number, granule: number): boolean {
    return ((this.rows[block * this.stride + LIVE + (granule >> 5)] as number) & (1 << (granule & 31))) !== 0;
  }

  /** The record that begins at this granule of a block yet to be scanned is retired; or the bit of its state changes. */
  mark(block: number, granule: number): void {
    const index = block * this.stride + LIVE + (granule >> 5);
    this.rows[index] = (this.rows[index] as number) ^ (1 << (granule & 31));
  }

  setLive(block: number, granule: number, granules: number): void {
    assert(!this.isLive(block, granule), "block-map: live twice");
    this.mark(block, granule);
    // No block ceases to be free by it: the head is none.
    const { rows } = this;
    const row = block * this.stride;
    rows[row + FLAGS] = (rows[row + FLAGS] as number) | HAS_RECORDS;
    rows[row + WEAR] = (rows[row + WEAR] as number) + granules;
  }

  /** @param place of the record */
  clearLive(place: number): void {
    const block = blockOf(place);
    const wear = this._get(block, WEAR);
    assert(this.isLive(block, granuleOf(place)) && (wear & LIVE_MASK) >= granulesOf(place), "block-map: dead twice");
    this.mark(block, granuleOf(place));
    this._set(block, WEAR, wear - granulesOf(place));
  }

  /** Moves the marks of `block` out of the way: from now on its bits say what is live. */
  takeMarks(block: number): void {
    const { rows, stride } = this;
    const start = block * stride + LIVE;
    const end = (block + 1) * stride;
    rows.copyWithin(this.blockCount * stride + LIVE, start, end);
    rows.fill(0, start, end);
  }

  /** Was this granule marked when `takeMarks` was last called? */
  wasMarked(granule: number): boolean {
    return this.isLive(this.blockCount, granule);
  }

  /** @returns the first granule from `granule` on at which a live record of `block` begins; NOWHERE if there is none. */
  nextLive(block: number, granule: number): number {
    const end = this.liveBytesOf(block) === 0 ? 0 : (this.stride - LIVE) * 32;
    for (let next = granule; next < end; next++) if (this.isLive(block, next)) return next;
    return NOWHERE;
  }

  /** Takes the live mark from all records of `block`: they can no longer be found. */
  clearAllLive(block: number): void {
    this.rows.fill(0, block * this.stride + LIVE, (block + 1) * this.stride);
    this._set(block, WEAR, this._get(block, WEAR) & ~LIVE_MASK);
  }

  /** A record in `holder` retires one in `target`. */
  noteRetirement(holder: number, target: number, targetSequence: number): void {
    if (holder === target) return;
    this._set(holder, FLAGS, this._get(holder, FLAGS) + (1 << RETIREMENTS_SHIFT));
    // What it retires of newer blocks counts no longer than the block itself.
    const upTo = HALF_MAX - Math.max(0, this.sequenceOf(holder) - targetSequence);
    const index = 2 * holder * this.stride + RETIRES_UP_TO;
    if (upTo > (this.halves[index] as number)) this.halves[index] = upTo;
  }

  /**
   * Is a retirement still needed? Yes, as long as a restart might read what it retires.
   * @param place Of the retired record, or of the block as a whole.
   */
  isNeeded(sequence: number, place: number): boolean {
    const block = blockOf(place);
    if (sequence < this.tailSequence || block >= this.blockCount) return false;
    if (this.sequenceOf(block) !== sequence && !this.has(block, UNSURE)) return false;
    return granuleOf(place) === 0 || this._formerOf(block * this.stride) !== -sequence;
  }

  /**
   * Bytes that must be programmed elsewhere before `block` may be erased (an upper bound); 0 = free now. A half-erased block may still
   * show its dead records, but no longer the retirements beside them: so it must be retired as a whole, or lie before the tail.
   */
  cost(block: number): number {
    const { rows } = this;
    const row = block * this.stride;
    const flags = rows[row + FLAGS] as number;
    if ((flags & BAD) !== 0) return COST_FORBIDDEN;
    const sequence = rows[row] as number;
    if ((flags & (SUSPECT | SPENT)) !== 0 || sequence < this.tailSequence) return 0;
    const live = ((rows[row + WEAR] as number) & LIVE_MASK) * GRANULE_BYTES;
    const retiresUpTo = sequence - HALF_MAX + (this.halves[2 * row + RETIRES_UP_TO] as number);
    const retirements = retiresUpTo < this.tailSequence ? 0 : flags >> RETIREMENTS_SHIFT;
    if (retirements === 0) return live > 0 || (flags & HAS_RECORDS) === 0 ? live : RECORD_HEADER_BYTES;
    // One retirement more: that of the block itself. Without others, it rides on the copy of the last live record.
    return live + retirementsBytes(retirements + 1);
  }

  /** @returns the tail for a new block of `newestSequence`: the lowest sequence of a block with live records, itself if there is none. */
  lowestLive(newestSequence: number): number {
    if (this._isTailFrozen) return this.tailSequence;
    const { rows, stride } = this;
    let lowest = newestSequence;
    for (let row = 0; row < rows.length; row += stride) {
      if (((rows[row + WEAR] as number) & LIVE_MASK) !== 0 && (rows[row] as number) < lowest) lowest = rows[row] as number;
    }
    return lowest;
  }

  /** Takes over the tail that the newest header on flash states. */
  setTail(tailSequence: number): void {
    this.tailSequence = tailSequence;
    this._forgetCounts();
  }

  /** @returns how many blocks besides the head can be erased now; FREE_MAX if there are more. */
  freeCount(): number {
    let count = 0;
    if (this._freeCount === FREE_MAX) return FREE_MAX;
    for (let block = this._nextFree(NOWHERE); block !== NOWHERE && count < FREE_MAX; block = this._nextFree(block)) count++;
    this._freeCount = count;
    return count;
  }

  /** @returns the first block behind `block`, but not the head, that can be erased now, which one with a live record never can; NOWHERE if there is none */
  private _nextFree(block: number): number {
    const { rows, stride, blockCount, head } = this;
    let next = block + 1;
    for (let row = next * stride; next < blockCount; next++, row += stride) {
      // Without a call for most: a block is opened within a tick.
      if (((rows[row + WEAR] as number) & LIVE_MASK) === 0 && next !== head && this.cost(next) === 0) return next;
    }
    return NOWHERE;
  }

  /** @returns the block that can be erased now and was erased least often; NOWHERE if there is none. */
  chooseFree(): number {
    const { rows, stride } = this;
    let best = NOWHERE;
    let least = 0;
    for (let block = this._nextFree(NOWHERE); block !== NOWHERE; block = this._nextFree(block)) {
      const row = block * stride;
      // A block that may show an old header again is erased first of all.
      if ((rows[row] as number) <= 0) return block;
      const erases = (rows[row + WEAR] as number) >> LIVE_BITS;
      if (best !== NOWHERE && erases >= least) continue;
      best = block;
      least = erases;
    }
    return best;
  }

  /** @returns the block besides the head and `except` that comes first in this order; NOWHERE if there is none. */
  choose(choice: Choice, except: number): number {
    const { rows, stride } = this;
    let best = NOWHERE;
    let least = COST_FORBIDDEN;
    for (let block = 0; block < this.blockCount; block++) {
      const erases = (rows[block * stride + WEAR] as number) >> LIVE_BITS;
      // Without a call for most: a block is opened within a tick.
      if (choice === COLD && erases >= least) continue;
      const cost = this.cost(block);
      const key = choice === COLD ? erases : cost;
      if (block === this.head || block === except || cost === COST_FORBIDDEN || cost === 0 || key > least) continue;
      if (key === least && this.sequenceOf(block) > this.sequenceOf(best)) continue;
      best = block;
      least = key;
    }
    return best;
  }
}

// The records to drop next when flash is full: those of the lowest class, oldest first, at most as many as one drop report can retire.
import { GRANULE_BYTES, RETIRE_BATCH, blockOf, granulesOf } from "./layout.js";
import { isOlder } from "./pending-table.js";
import { WORK_WORDS } from "./record-log.js";

/** Most records that one drop report retires; one retirement is kept for an earlier report that it replaces. */
export const VICTIMS_MAX = RETIRE_BATCH - 1;

/** Rows behind the log's work space, as a typed array costs more than its elements: boot count, sequence, place, kind. [words] */
const BOOT_COUNT = WORK_WORDS;
const SEQUENCE = BOOT_COUNT + 1;
const PLACE = BOOT_COUNT + 2;
const KIND = BOOT_COUNT + 3;
const ROW = 4;
export const VICTIMS_WORDS = VICTIMS_MAX * ROW;

export class Victims {
  /** Most victims; 1 to VICTIMS_MAX. */
  readonly limit: number;
  /** Rank of all the victims: their lane and priority. */
  rank = 0;
  count = 0;
  private readonly _words: Int32Array;

  /** @param words of the log, which end with VICTIMS_WORDS for the victims */
  constructor(limit: number, words: Int32Array) {
    this.limit = limit;
    this._words = words;
  }

  bootCountAt(index: number): number {
    return this._words[index * ROW + BOOT_COUNT] as number;
  }
  sequenceAt(index: number): number {
    return this._words[index * ROW + SEQUENCE] as number;
  }
  placeAt(index: number): number {
    return this._words[index * ROW + PLACE] as number;
  }
  kindAt(index: number): number {
    return this._words[index * ROW + KIND] as number;
  }

  /** Takes the record in if it must go before one of those taken in so far, or there is room and it is of their rank. */
  consider(kind: number, rank: number, bootCount: number, sequence: number, place: number): void {
    if (this.count > 0 && rank > this.rank) return;
    if (rank < this.rank) this.count = 0;
    this.rank = rank;
    let index = this.count;
    while (index > 0 && isOlder(bootCount, sequence, this.bootCountAt(index - 1), this.sequenceAt(index - 1))) index--;
    if (index === this.limit) return;
    const words = this._words;
    // What has no room behind the last falls off the end.
    words.copyWithin((index + 1) * ROW + WORK_WORDS, index * ROW + WORK_WORDS, this.count * ROW + WORK_WORDS);
    if (this.count < this.limit) this.count++;
    words[index * ROW + BOOT_COUNT] = bootCount;
    words[index * ROW + SEQUENCE] = sequence;
    words[index * ROW + PLACE] = place;
    words[index * ROW + KIND] = kind;
  }

  /** Would no record that comes from this one on in the order of dropping be taken in? */
  isSettled(rank: number, bootCount: number, sequence: number): boolean {
    if (this.count === 0 || rank !== this.rank) return this.count > 0 && rank > this.rank;
    return this.count === this.limit && this._isOlder(this.count - 1, bootCount, sequence);
  }

  /** Keeps only those that come before this record in the order of dropping, if there are any. @returns whether there are. */
  keepBefore(rank: number, bootCount: number, sequence: number): boolean {
    if (this.count === 0 || rank < this.rank) return false;
    if (rank > this.rank) return true;
    if (!this._isOlder(0, bootCount, sequence)) return false;
    while (!this._isOlder(this.count - 1, bootCount, sequence)) this.count--;
    return true;
  }

  private _isOlder(index: number, bootCount: number, sequence: number): boolean {
    return isOlder(this.bootCountAt(index), this.sequenceAt(index), bootCount, sequence);
  }

  /** @returns bytes that dropping the first `count` victims frees in the block of the last of them. */
  freedBytes(count: number): number {
    const block = blockOf(this.placeAt(count - 1));
    let granules = 0;
    for (let index = 0; index < count; index++) if (blockOf(this.placeAt(index)) === block) granules += granulesOf(this.placeAt(index));
    return granules * GRANULE_BYTES;
  }
}

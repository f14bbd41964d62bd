// The records to drop next when flash is full: those of the lowest class, oldest first, at most as many as one drop report can retire.
import { GRANULE_BYTES, RETIRE_BATCH, blockOf, granulesOf } from "./layout.js";
import { isOlder } from "./pending-table.js";

/** Most records that one drop report retires; one retirement is kept for an earlier report that it replaces. */
export const VICTIMS_MAX = RETIRE_BATCH - 1;

/** Words of a row: boot count, sequence, place, kind. */
const ROW = 4;

export class Victims {
  /** Most victims; 1 to VICTIMS_MAX. */
  readonly limit: number;
  /** Rank of all the victims: their lane and priority. */
  rank = 0;
  count = 0;
  private readonly _rows = new Int32Array(VICTIMS_MAX * ROW);

  constructor(limit: number) {
    this.limit = limit;
  }

  bootCountAt(index: number): number {
    return this._rows[index * ROW] as number;
  }
  sequenceAt(index: number): number {
    return this._rows[index * ROW + 1] as number;
  }
  placeAt(index: number): number {
    return this._rows[index * ROW + 2] as number;
  }
  kindAt(index: number): number {
    return this._rows[index * ROW + 3] as number;
  }

  /** Takes the record in if it must go before one of those taken in so far, or there is room and it is of their rank. */
  consider(kind: number, rank: number, bootCount: number, sequence: number, place: number): void {
    if (this.count > 0 && rank > this.rank) return;
    if (rank < this.rank) this.count = 0;
    this.rank = rank;
    let index = this.count;
    while (index > 0 && isOlder(bootCount, sequence, this.bootCountAt(index - 1), this.sequenceAt(index - 1))) index--;
    if (index === this.limit) return;
    const rows = this._rows;
    // What has no room behind the last falls off the end.
    rows.copyWithin((index + 1) * ROW, index * ROW, this.count * ROW);
    if (this.count < this.limit) this.count++;
    rows[index * ROW] = bootCount;
    rows[index * ROW + 1] = sequence;
    rows[index * ROW + 2] = place;
    rows[index * ROW + 3] = kind;
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

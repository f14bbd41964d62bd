// The records to drop next when flash is full: those of the lowest class, oldest first, at most as many as one drop report can retire.
import { GRANULE_BYTES, RETIRE_BATCH } from "./layout.js";
import { isOlder } from "./pending-table.js";

/** Most records that one drop report retires; one retirement is kept for an earlier report that it replaces. */
export const VICTIMS_MAX = RETIRE_BATCH - 1;

export class Victims {
  /** Most victims; 1 to VICTIMS_MAX. */
  readonly limit: number;
  /** Rank of all the victims: their lane and priority. */
  rank = 0;
  count = 0;
  readonly kind = new Uint8Array(VICTIMS_MAX);
  readonly bootCount = new Int32Array(VICTIMS_MAX);
  readonly sequence = new Int32Array(VICTIMS_MAX);
  readonly block = new Uint16Array(VICTIMS_MAX);
  readonly granule = new Uint8Array(VICTIMS_MAX);
  readonly granules = new Uint8Array(VICTIMS_MAX);
  /** A record that is not on flash is dropped, too. */
  hasStray = false;
  strayBootCount = 0;
  straySequence = 0;
  strayUptimeS = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Bytes of all the arrays. */
  get ramBytes(): number {
    return VICTIMS_MAX * (1 + 4 + 4 + 2 + 1 + 1);
  }

  reset(): void {
    this.count = 0;
    this.hasStray = false;
  }

  /** Makes a record that is not (or no longer) on flash the only victim. */
  setStray(rank: number, bootCount: number, sequence: number, uptimeS: number): void {
    this.count = 0;
    this.rank = rank;
    this.hasStray = true;
    this.strayBootCount = bootCount;
    this.straySequence = sequence;
    this.strayUptimeS = uptimeS;
  }

  /** Takes the record in if it must go before one of those taken in so far, or there is room and it is of their rank. */
  consider(kind: number, rank: number, bootCount: number, sequence: number, block: number, granule: number, granules: number): void {
    if (this.count > 0 && rank > this.rank) return;
    if (rank < this.rank) this.count = 0;
    this.rank = rank;
    let place = this.count;
    while (place > 0 && isOlder(bootCount, sequence, this.bootCount[place - 1] as number, this.sequence[place - 1] as number)) place--;
    if (place === this.limit) return;
    if (this.count < this.limit) this.count++;
    for (let index = this.count - 1; index > place; index--) this._copy(index - 1, index);
    this.kind[place] = kind;
    this.bootCount[place] = bootCount;
    this.sequence[place] = sequence;
    this.block[place] = block;
    this.granule[place] = granule;
    this.granules[place] = granules;
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
    return isOlder(this.bootCount[index] as number, this.sequence[index] as number, bootCount, sequence);
  }

  /** @returns bytes that dropping the first `count` victims frees in the block of the last of them. */
  freedBytes(count: number): number {
    const block = this.block[count - 1];
    let granules = 0;
    for (let index = 0; index < count; index++) {
      if (this.block[index] === block) granules += this.granules[index] as number;
    }
    return granules * GRANULE_BYTES;
  }

  private _copy(from: number, to: number): void {
    this.kind[to] = this.kind[from] as number;
    this.bootCount[to] = this.bootCount[from] as number;
    this.sequence[to] = this.sequence[from] as number;
    this.block[to] = this.block[from] as number;
    this.granule[to] = this.granule[from] as number;
    this.granules[to] = this.granules[from] as number;
  }
}

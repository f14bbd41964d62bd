// For each block, bounds on its records in three orders: none of them comes before its bound. So the first of all is found without a look at every block.
import type { BlockMap } from "./block-map.js";
import { isOlder } from "./pending-table.js";
import { NOWHERE } from "./record-log.js";

/** Of the records without a handle: highest rank, then oldest. */
export const SENT_FIRST = 0;
/** Of the emergencies without a handle: newest. */
export const NEWEST = 1;
/** Of what may be dropped: lowest rank, then oldest. */
export const DROPPED_FIRST = 2;
export type Order = typeof SENT_FIRST | typeof NEWEST | typeof DROPPED_FIRST;
const ORDERS = 3;

/** `_first` must be looked for. */
const UNKNOWN = -2;

/** A bound is exact when its block was just read; when records go, it stays, and may be better than what is left. */
export class BlockBounds {
  private readonly _map: BlockMap;
  /** One entry a block, order by order: the place of a bound is order * blockCount + block. */
  readonly rank: Uint8Array;
  /** 0: none of the block's records counts in this order. */
  readonly bootCount: Int32Array;
  readonly sequence: Int32Array;
  /** What `first` found last in each order, if no bound was taken back since. */
  private readonly _first = new Int32Array(ORDERS);

  constructor(map: BlockMap) {
    this._map = map;
    this.rank = new Uint8Array(ORDERS * map.blockCount);
    this.bootCount = new Int32Array(ORDERS * map.blockCount);
    this.sequence = new Int32Array(ORDERS * map.blockCount);
  }

  /** RAM in typed arrays. [bytes] */
  get ramBytes(): number {
    return ORDERS * (this._map.blockCount * (1 + 4 + 4) + 4);
  }

  reset(): void {
    this.bootCount.fill(0);
    this._first.fill(UNKNOWN);
  }

  /** None of the records in `block` counts. */
  clear(block: number): void {
    for (let order = 0; order < ORDERS; order++) {
      const place = order * this._map.blockCount + block;
      this.bootCount[place] = 0;
      if (this._first[order] === place) this._first[order] = UNKNOWN;
    }
  }

  /** `block` holds this record. */
  note(order: Order, block: number, rank: number, bootCount: number, sequence: number): void {
    const place = order * this._map.blockCount + block;
    if (this.bootCount[place] !== 0 && !this._isBefore(order, rank, bootCount, sequence, place)) return;
    this.rank[place] = rank;
    this.bootCount[place] = bootCount;
    this.sequence[place] = sequence;
    const first = this._first[order] as number;
    if (first === NOWHERE || (first >= 0 && this._isBefore(order, rank, bootCount, sequence, first))) this._first[order] = place;
  }

  /** @returns the place of the bound that comes first, of a block with live records; NOWHERE if none counts. */
  first(order: Order): number {
    const first = this._first[order] as number;
    if (first !== UNKNOWN && (first === NOWHERE || this._map.liveBytes[this.blockOf(first)] !== 0)) return first;
    return (this._first[order] = this.firstBut(order, undefined));
  }

  /** @param passed 1: not this block */
  firstBut(order: Order, passed: Uint8Array | undefined): number {
    const { liveBytes, blockCount } = this._map;
    let first = NOWHERE;
    for (let block = 0; block < blockCount; block++) {
      const place = order * blockCount + block;
      if (this.bootCount[place] === 0 || liveBytes[block] === 0 || passed?.[block] === 1) continue;
      if (first === NOWHERE || this._isBefore(order, this.rank[place] as number, this.bootCount[place] as number, this.sequence[place] as number, first)) first = place;
    }
    return first;
  }

  blockOf(place: number): number {
    return place % this._map.blockCount;
  }

  /** Does a record come before the bound at `place`? */
  private _isBefore(order: Order, rank: number, bootCount: number, sequence: number, place: number): boolean {
    const otherRank = this.rank[place] as number;
    if (order !== NEWEST && rank !== otherRank) return order === SENT_FIRST ? rank > otherRank : rank < otherRank;
    const otherBootCount = this.bootCount[place] as number;
    const otherSequence = this.sequence[place] as number;
    return order === NEWEST ? isOlder(otherBootCount, otherSequence, bootCount, sequence) : isOlder(bootCount, sequence, otherBootCount, otherSequence);
  }
}

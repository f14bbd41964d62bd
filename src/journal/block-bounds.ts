// For each block, bounds on its records in three orders: none of them comes before its bound. So the first of all is found without a look at every block.
import { BOOTS, BOUNDS, type BlockMap, FLAGS, HALF_MAX, NOWHERE, type PASSED, RANKS_SHIFT } from "./block-map.js";
import type { RecordLog } from "./record-log.js";

/** Of the records without a handle: highest rank, then oldest. */
export const SENT_FIRST = 0;
/** Of the emergencies without a handle: newest. */
export const NEWEST = 1;
/** Of what may be dropped: lowest rank, then oldest. */
export const DROPPED_FIRST = 2;
export type Order = typeof SENT_FIRST | typeof NEWEST | typeof DROPPED_FIRST;
const ORDERS = 3;

/**
 * A bound is exact when its block was just read; when records go, it stays, and may be better than what is left. They lie in the map's rows, their boot
 * by its age: 1 for the current one, HALF_MAX for all that were so long ago or longer.
 */
export class BlockBounds {
  private readonly _log: RecordLog;
  private readonly _map: BlockMap;

  constructor(log: RecordLog) {
    this._log = log;
    this._map = log.map;
  }

  /** None of the records in `block` counts. */
  clear(block: number): void {
    const { halves, stride } = this._map;
    const boots = 2 * block * stride + BOOTS;
    halves.fill(0, boots, boots + ORDERS);
  }

  /** Of a bound that counts. */
  bootCountOf(order: Order, block: number): number {
    return this._log.bootCount + 1 - this._ageOf(order, block);
  }
  /** 0: none of the records in `block` counts. */
  private _ageOf(order: Order, block: number): number {
    return this._map.halves[2 * block * this._map.stride + BOOTS + order] as number;
  }
  sequenceOf(order: Order, block: number): number {
    return this._map.rows[block * this._map.stride + BOUNDS + order] as number;
  }
  rankOf(order: Order, block: number): number {
    return ((this._map.rows[block * this._map.stride + FLAGS] as number) >> (RANKS_SHIFT + 3 * order)) & 7;
  }

  /** `block` holds this record. */
  note(order: Order, block: number, rank: number, bootCount: number, sequence: number): void {
    const { rows, halves, stride } = this._map;
    const row = block * stride;
    const boot = 2 * row + BOOTS + order;
    const past = this._log.bootCount - bootCount;
    const age = past < HALF_MAX ? past + 1 : HALF_MAX;
    if (halves[boot] !== 0 && !this._isBefore(order, rank, age, sequence, block)) return;
    const shift = RANKS_SHIFT + 3 * order;
    rows[row + FLAGS] = ((rows[row + FLAGS] as number) & ~(7 << shift)) | (rank << shift);
    halves[boot] = age;
    rows[row + BOUNDS + order] = sequence;
  }

  /**
   * @param passed PASSED: only of blocks without that flag; 0: of all
   * @returns the block with live records whose bound comes first; NOWHERE if none counts
   */
  first(order: Order, passed: typeof PASSED | 0): number {
    const map = this._map;
    let first = NOWHERE;
    for (let block = 0; block < map.blockCount; block++) {
      const age = this._ageOf(order, block);
      if (age === 0 || map.liveBytesOf(block) === 0 || map.has(block, passed)) continue;
      if (first === NOWHERE || this._isBefore(order, this.rankOf(order, block), age, this.sequenceOf(order, block), first)) first = block;
    }
    return first;
  }

  /** Does a record come before the bound of `block`? Without calls: a mount asks it for every record. */
  private _isBefore(order: Order, rank: number, age: number, sequence: number, block: number): boolean {
    const { rows, halves, stride } = this._map;
    const row = block * stride;
    const otherRank = ((rows[row + FLAGS] as number) >> (RANKS_SHIFT + 3 * order)) & 7;
    const otherAge = halves[2 * row + BOOTS + order] as number;
    if (order !== NEWEST && rank !== otherRank) return rank > otherRank === (order === SENT_FIRST);
    const ahead = age === otherAge ? sequence - (rows[row + BOUNDS + order] as number) : otherAge - age;
    return order === NEWEST ? ahead > 0 : ahead < 0;
  }
}

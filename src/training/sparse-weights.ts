// SparseWeights: weights that a device pays little for, few and powers of two, made so while they learn.
import { assert } from "../base/assert.js";

/** Between these shares of all steps the smallest weights go. */
const PRUNE_FROM = 0.2;
const PRUNE_TO = 0.6;

/** Weights in full, which training moves, and what is left of them for the network. */
export class SparseWeights {
  readonly #full: Float32Array;
  readonly #count: number;
  readonly #isLeft: Uint8Array;
  readonly #sparse: Float32Array;

  /**
   * @param full is read whenever the sparse weights are asked for
   * @param count how many are left in the end
   */
  constructor(full: Float32Array, count: number) {
    assert(count > 0, "SparseWeights: none is left");
    this.#full = full;
    this.#count = Math.min(count, full.length);
    this.#isLeft = new Uint8Array(full.length).fill(1);
    this.#sparse = new Float32Array(full.length);
  }

  /**
   * The weights for the network; the array is the same each time. What was pruned stays 0. When the pruning is over the others are rounded
   * to powers of two.
   * @param progress share of all steps, which must not fall [0 .. 1]
   */
  at(progress: number): Float32Array {
    const isOver = progress >= PRUNE_TO;
    this.#prune(isOver ? this.#count : leftCount(this.#full.length, this.#count, progress));
    this.#full.forEach((weight, k) => (this.#sparse[k] = this.#isLeft[k] === 0 ? 0 : isOver ? nearestPowerOfTwo(weight) : weight));
    return this.#sparse;
  }

  #prune(count: number): void {
    const sizes = this.#full.map((weight, k) => (this.#isLeft[k] === 0 ? 0 : Math.abs(weight))).sort();
    const leastSize = sizes[sizes.length - count]!;
    this.#full.forEach((weight, k) => {
      if (Math.abs(weight) < leastSize) this.#isLeft[k] = 0;
    });
  }
}

/** How many weights are left: as the cube of the time that is left for pruning (Zhu & Gupta 2017). */
function leftCount(all: number, inTheEnd: number, progress: number): number {
  const done = Math.max(0, (progress - PRUNE_FROM) / (PRUNE_TO - PRUNE_FROM));
  return Math.round(inTheEnd + (all - inTheEnd) * (1 - done) ** 3);
}

/** Of the same sign, by the ratio. */
function nearestPowerOfTwo(weight: number): number {
  return weight === 0 ? 0 : Math.sign(weight) * 2 ** Math.round(Math.log2(Math.abs(weight)));
}

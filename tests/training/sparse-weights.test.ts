// SparseWeights: how many are left and which, when they become powers of two, and what stays 0.
import { describe, expect, it } from "vitest";
import { SparseWeights } from "../../src/training/sparse-weights.js";

/** 1.1, -2.1, 3.1, -4.1 ... */
const weights = (count: number): Float32Array => Float32Array.from({ length: count }, (_, k) => (k % 2 === 0 ? 1 : -1) * (k + 1.1));
const countLeft = (values: Float32Array): number => values.filter((value) => value !== 0).length;

describe("SparseWeights", () => {
  it.each([[0, 100], [0.2, 100], [0.3, 55], [0.4, 29], [0.5, 20], [0.6, 20], [1, 20]])("on the way from 100 to 20 weights, at %f, leave about %i", (progress, expected) => {
    const left = countLeft(new SparseWeights(weights(100), 20).at(progress));
    expect(Math.abs(left - expected)).toBeLessThanOrEqual(2);
    if (progress >= 0.6) expect(left).toBe(20);
  });
  it("leave the largest, as they are until the pruning is over, then as powers of two, nearest by the ratio", () => {
    const sparse = new SparseWeights(Float32Array.of(0.1, -5, 0.36, 0.35, -0.2, 6), 4);
    expect([...sparse.at(0)]).toEqual([...Float32Array.of(0.1, -5, 0.36, 0.35, -0.2, 6)]);
    expect([...sparse.at(0.6)]).toEqual([0, -4, 0.5, 0.25, 0, 8]);
  });
  it("do not let what was pruned come back, however large it becomes", () => {
    const full = weights(10);
    const sparse = new SparseWeights(full, 3);
    sparse.at(0.6);
    full.fill(100);
    expect([...sparse.at(0.9)]).toEqual([0, 0, 0, 0, 0, 0, 0, 128, 128, 128]);
  });
  it("follow the full ones", () => {
    const full = Float32Array.of(3, 1);
    const sparse = new SparseWeights(full, 2);
    sparse.at(0.7);
    full[1] = -0.13;
    expect([...sparse.at(0.8)]).toEqual([4, -0.125]);
  });
  it("leave all where as many are asked for as there are, or more", () => expect(countLeft(new SparseWeights(weights(5), 9).at(1))).toBe(5));
  it("refuse to leave none", () => expect(() => new SparseWeights(weights(5), 0)).toThrow("none is left"));
});

// medianOfLast against a sort.
import { expect, it } from "vitest";
import { medianOfLast } from "../../src/base/median.js";
import { Prng } from "../../src/base/prng.js";

it.each([Int16Array, Int32Array])("is the middle of the last numbers, few or many, equal or not: %o", (Memory) => {
  const prng = new Prng(1);
  for (let size = 1; size <= 12; size++) {
    const memory = new Memory(2 * size + 2).fill(7);
    const values: number[] = [];
    for (let count = 0; count < 200; count++) {
      const value = prng.below(count < 100 ? 50 : 4) - 25;
      values.push(value);
      const sorted = values.slice(-size).sort((one, other) => one - other);
      expect(medianOfLast(memory, 1, size, count, value)).toBe(Math.floor((sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2));
    }
    expect([memory[0], memory.at(-1)]).toEqual([7, 7]);
  }
});

// deepFreeze: nothing in a table can change any more.
import { describe, expect, it } from "vitest";
import { deepFreeze } from "../../src/base/freeze.js";

describe("deepFreeze", () => {
  it.each([
    ["the table", (table: Table) => table.push({ name: "c", limits: [5] })],
    ["a row", (table: Table) => ((table[0] as Row).name = "x")],
    ["a list in a row", (table: Table) => (table[1] as Row).limits.push(9)],
  ])("lets nobody change %s", (_what, change) => {
    const table: Table = deepFreeze([{ name: "a", limits: [1, 2] }, { name: "b", limits: [3] }]);
    expect(() => change(table)).toThrow(TypeError);
  });

  it.each([["a number", 7], ["a text", "seven"], ["nothing", null], ["undefined", undefined]])("gives back %s", (_what, value) => {
    expect(deepFreeze(value)).toBe(value);
  });

  it("gives back the same table", () => {
    const table = [[1], [2]];
    expect(deepFreeze(table)).toBe(table);
  });
});

interface Row {
  name: string;
  limits: number[];
}
type Table = Row[];

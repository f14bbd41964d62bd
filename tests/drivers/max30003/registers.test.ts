// Consistency of the MAX30003's register table, and its power-on words against values put together by hand.
import { describe, expect, it } from "vitest";
import { field, fieldOf, REGISTERS } from "../../../src/drivers/max30003/registers.js";

const rows = Object.entries(REGISTERS).map(([name, { address, access, reset, section, ...fields }]) => ({
  name, address, access, reset, section, fields: Object.entries(fields) as [string, number][],
}));

describe.each(rows)("$name", ({ address, access, reset, section, fields }) => {
  it("has a 7-bit address, a 24-bit power-on word and a section", () => {
    expect(address).toBeGreaterThanOrEqual(0);
    expect(address).toBeLessThanOrEqual(0x7f);
    expect(reset & ~0xffffff).toBe(0);
    expect(section).toMatch(/0x/);
    expect(["none", "read", "write", "read-write"]).toContain(access);
  });

  it("has fields that are runs of bits and do not overlap", () => {
    let used = 0;
    for (const [name, mask] of fields) {
      const low = mask & -mask;
      expect(mask & ~0xffffff, name).toBe(0);
      expect(mask & (mask + low), `${name} is one run of bits`).toBe(0);
      expect(mask & used, `${name} overlaps`).toBe(0);
      used |= mask;
    }
    if (access === "read-write") expect(reset & ~used).toBe(0);
  });
});

it("has every address once", () => {
  expect(new Set(rows.map((row) => row.address)).size).toBe(rows.length);
});

it("is frozen throughout", () => {
  expect(Object.isFrozen(REGISTERS)).toBe(true);
  for (const row of Object.values(REGISTERS)) expect(Object.isFrozen(row)).toBe(true);
});

// Defaults of the fields as the data sheet's register tables give them.
it.each([
  ["EN_INT", 0x02, [["INTB_TYPE", 3]]],
  ["EN_INT2", 0x03, [["INTB_TYPE", 3]]],
  ["MNGR_INT", 0x04, [["EFIT", 15], ["CLR_SAMP", 1]]],
  ["MNGR_DYN", 0x05, [["FAST_TH", 0x3f]]],
  ["INFO", 0x0f, [["PATTERN", 5], ["PART_ID", 3]]],
  ["CNFG_GEN", 0x10, [["RBIASV", 1]]],
  ["CNFG_CAL", 0x12, [["FCAL", 4], ["FIFTY", 1]]],
  ["CNFG_EMUX", 0x14, [["OPENP", 1], ["OPENN", 1]]],
  ["CNFG_ECG", 0x15, [["RATE", 2], ["DHPF", 1], ["DLPF", 1]]],
  ["CNFG_RTOR1", 0x1d, [["WNDW", 3], ["GAIN", 15], ["PAVG", 2], ["PTSF", 3]]],
  ["CNFG_RTOR2", 0x1e, [["HOFF", 32], ["RAVG", 2], ["RHSF", 4]]],
] as const)("%s comes up with its fields' defaults and nothing else", (name, address, defaults) => {
  const row = rows.find((candidate) => candidate.name === name);
  expect(row?.address).toBe(address);
  const expected = new Map<string, number>(defaults);
  for (const [fieldName, mask] of row?.fields ?? []) {
    expect(fieldOf(row?.reset as number, mask), fieldName).toBe(expected.get(fieldName) ?? 0);
  }
});

it.each([
  [0xf80000, 31, 0xf80000],
  [0xf80000, 7, 0x380000],
  [0x000003, 3, 0x000003],
  [0xc00000, 2, 0x800000],
  [0x080000, 1, 0x080000],
])("field(%i, %i) is %i, and fieldOf goes back", (mask, value, word) => {
  expect(field(mask, value)).toBe(word);
  expect(fieldOf(word | (~mask & 0xffffff), mask)).toBe(value);
});

// The memory of a device: a sliding window over the counts of each boot, alerts by name, and the same after it went through JSON.
import { describe, expect, it } from "vitest";
import { Prng } from "../../src/base/prng.js";
import { DeviceMemory } from "../../src/subscriber/device-memory.js";

/** The same memory, as a restarted subscriber reads it. */
function restart(memory: DeviceMemory): DeviceMemory {
  const read = DeviceMemory.fromJson(JSON.parse(JSON.stringify(memory.toJson())));
  if (typeof read === "string") throw new Error(read);
  return read;
}

describe("messages", () => {
  it.each<[string, readonly number[], number, boolean]>([
    ["the next", [1], 2, true],
    ["the same", [1], 1, false],
    ["one that was overtaken", [1, 3], 2, true],
    ["the first that is heard, whatever its count", [], 4_294_967_295, true],
    ["before the first that is heard", [100], 99, true],
    ["just within the window", [256], 1, true],
    ["just outside the window", [257], 1, false],
    ["the last but one after a jump of the window", [5, 260], 5, false],
    ["a jump by as much as there is", [1, 4_294_967_295], 1, false],
    ["just within the window, heard", [5, 260], 6, true],
  ])("%s", (_name, heard, count, isNew) => {
    const memory = new DeviceMemory();
    for (const each of heard) expect(memory.isNewMessage("1.2.3", each)).toBe(true);
    expect(restart(memory).isNewMessage("1.2.3", count)).toBe(isNew);
    expect(memory.isNewMessage("1.2.3", count)).toBe(isNew);
    expect(memory.isNewMessage("1.2.4", count)).toBe(true);
  });

  it("in any order within the window are told from replays, against a plain set, over restarts", () => {
    const prng = new Prng(7);
    let memory = new DeviceMemory();
    const heard = new Set<number>();
    let newest = 0;
    for (let step = 0; step < 5000; step++) {
      const count = Math.max(1, newest - 300 + prng.below(310));
      const expected = !heard.has(count) && newest - count < 256;
      expect(memory.isNewMessage("1.1.1", count)).toBe(expected);
      if (expected) heard.add(count);
      newest = Math.max(newest, expected ? count : 0);
      if (prng.below(50) === 0) memory = restart(memory);
    }
    expect(newest).toBeGreaterThan(300);
  });

  it("of many boots take bounded room, and the boots of late are known", () => {
    let memory = new DeviceMemory();
    for (let boot = 1; boot <= 500; boot++) for (let count = 1; count <= 3; count++) expect(memory.isNewMessage(`1.${boot}.9`, count)).toBe(true);
    for (let sequence = 0; sequence < 10_000; sequence++) memory.isNewAlert(`1.${sequence}.4294967295`);
    const text = JSON.stringify(memory.toJson());
    expect(text.length).toBeLessThan(250_000);
    memory = restart(memory);
    expect(memory.isNewMessage("1.437.9", 3)).toBe(false);
    expect([memory.isNewAlert("1.9999.4294967295"), memory.isNewAlert("1.2000.4294967295"), memory.isNewAlert("1.1.4294967295")]).toEqual([false, false, true]);
  });
});

it("says whether there is something to keep", () => {
  const memory = new DeviceMemory();
  const changes: boolean[] = [];
  const note = (): void => {
    changes.push(memory.isChanged);
    memory.toJson();
  };
  note();
  memory.isNewAlert("1.1.1");
  note();
  memory.isNewAlert("1.1.1");
  note();
  memory.isNewMessage("1.1.1", 5);
  note();
  memory.isNewMessage("1.1.1", 5);
  note();
  memory.setLatest("status", { at: [1, 2, 3], sentWallMs: 0 });
  note();
  expect(changes).toEqual([false, true, false, true, false, true]);
  expect(restart(memory).latestOf("status")).toEqual({ at: [1, 2, 3], sentWallMs: 0 });
});

describe("what is not a memory is refused by field", () => {
  const good = { version: 1, streams: [{ stream: "1.2.3", newest: 5, heard: "1f" }], alerts: ["1.2.3"], latest: { status: { at: [1, 2, 3], sentWallMs: 4 } } };
  it("and a good one is not", () => expect(DeviceMemory.fromJson(good)).toBeInstanceOf(DeviceMemory));
  it.each<[unknown, RegExp]>([
    [null, /^version: undefined, expected 1$/],
    [{ ...good, version: 2 }, /^version: 2, expected 1$/],
    [{ ...good, streams: {} }, /^streams: expected a list of at most 64$/],
    [{ ...good, streams: Array.from({ length: 65 }, () => good.streams[0]) }, /^streams: expected a list of at most 64$/],
    [{ ...good, streams: [null] }, /^streams\.0\.stream: undefined, expected three numbers/],
    [{ ...good, streams: [{ ...good.streams[0], stream: "1.2" }] }, /^streams\.0\.stream: "1\.2", expected three numbers/],
    [{ ...good, streams: [{ ...good.streams[0], newest: -1 }] }, /^streams\.0\.newest: -1, expected a whole number/],
    [{ ...good, streams: [{ ...good.streams[0], heard: "x" }] }, /^streams\.0\.heard: "x", expected 1 to 64 hexadecimal/],
    [{ ...good, alerts: [5] }, /^alerts\.0: 5, expected a text$/],
    [{ ...good, alerts: undefined }, /^alerts: expected a list of at most 8192$/],
    [{ ...good, latest: { status: null } }, /^latest\.status\.at: undefined, expected three/],
    [{ ...good, latest: { status: { at: [1, 2], sentWallMs: 0 } } }, /^latest\.status\.at: \[1,2\], expected three/],
    [{ ...good, latest: { status: { at: [1, 2, 3], sentWallMs: "x" } } }, /^latest\.status\.sentWallMs: "x", expected a whole number/],
  ])("%j", (input, problem) => expect(DeviceMemory.fromJson(input)).toMatch(problem));
});

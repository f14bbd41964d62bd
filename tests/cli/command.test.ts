// What `edgebeat command` takes, and what it says to the rest before anything is sent.
import { describe, expect, it } from "vitest";
import { parseCommand } from "../../src/cli/command.js";

describe("edgebeat command", () => {
  it("takes", () => {
    expect(parseCommand("set-limits", ["asystoleMs=5000", "pauseMs=2000"], 2)).toEqual({ kind: 1, limits: new Map([["asystoleMs", 5000], ["pauseMs", 2000]]) });
    expect(parseCommand("acknowledge", ["3.17"], 2)).toEqual({ kind: 2, bootCount: 3, alertSequence: 17 });
    expect(parseCommand("set-time", ["2031-05-06T07:08:09Z"], 2)).toEqual({ kind: 3, unixMs: Date.UTC(2031, 4, 6, 7, 8, 9) });
    expect(parseCommand("rotate-key", [], 2)).toMatchObject({ kind: 4, epoch: 2 });
  });

  it.each<[string[], RegExp]>([
    [["dance"], /^command dance: expected one of set-limits, acknowledge, set-time, rotate-key$/],
    [["set-limits"], /^set-limits: expected NAME=VALUE/],
    [["set-limits", "asystoleMs=1"], /^set-limits asystoleMs=1: expected a whole number from 3000 to 10000$/],
    [["set-limits", "volume=1"], /^set-limits volume=1: expected NAME=VALUE with a name of asystoleMs/],
    [["acknowledge", "7"], /^acknowledge 7: expected the number of the onset's alert/],
    [["set-time", "noon"], /^set-time noon: expected a time such as/],
    [["rotate-key", "now"], /^rotate-key now: expected nothing after it/],
  ])("refuses %j", ([action, ...values], message) => {
    expect(() => parseCommand(action as string, values, 2)).toThrow(message);
  });
});

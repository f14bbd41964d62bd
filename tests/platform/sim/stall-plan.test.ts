// The text of --stall, and what is wrong with it; who is free when.
import { describe, expect, it } from "vitest";
import { parseStallPlan, type StallPlan } from "../../../src/platform/sim/stall-plan.js";
import { Stalls } from "../../../src/platform/sim/stalls.js";

function planOf(text: string): StallPlan {
  const parsed = parseStallPlan(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.plan;
}

describe("parseStallPlan", () => {
  it.each([
    ["none", []],
    ["flash 80ms", [["flash", 80, undefined, undefined]]],
    ["tls 2s@120", [["tls", 2000, 120_000, undefined]]],
    ["gc 30ms/5s", [["gc", 30, 5000, 5000]]],
    ["gc 30ms @1.5 /250ms", [["gc", 30, 1500, 250]]],
    ["flash 80ms, tls 2s@120, tick 6.5ms", [["flash", 80, undefined, undefined], ["tls", 2000, 120_000, undefined], ["tick", 6.5, undefined, undefined]]],
  ] as [string, unknown[][]][])("%s", (text, rows) =>
    expect(planOf(text)).toEqual(rows.map(([cause, durationMs, atMs, everyMs]) => ({ cause, durationMs, atMs, everyMs }))));

  it.each([
    ["", /"", expected "CAUSE DURATION"/], ["flash", /"flash", expected/], ["flash 80", /"flash 80", expected/], ["flash 80min", /"flash 80min", expected/],
    ["nap 80ms", /"nap", expected one of flash, tls, gc, tick/], ["flash 0ms", /"flash 0ms" lasts 0 ms, expected 1 to 60000/],
    ["tls 61s@1", /lasts 61000 ms, expected 1 to 60000/], ["gc 30ms", /"gc 30ms" does not say when/], ["gc 30ms/20ms", /"gc 30ms\/20ms" comes again before it ends/],
    ["tls 2s@x", /"tls 2s@x", expected/], ["flash 80ms,", /"", expected/], ["flash -5ms", /expected/],
  ])("refuses %j", (text, reason) => {
    const parsed = parseStallPlan(text);
    expect(!parsed.ok && parsed.problem).toMatch(reason);
    expect(!parsed.ok && parsed.problem).toContain(`stall "${text}"`);
  });
});

/** Milliseconds of a second in which the monitor, and the other core, can't run. */
function busyMs(text: string, causes: Readonly<Record<number, "flash" | "tls" | "tick">>): [number, number] {
  const stalls = new Stalls(planOf(text));
  let [monitor, other] = [0, 0];
  for (let nowMs = 1; nowMs <= 1000; nowMs++) {
    stalls.advanceTo(nowMs);
    const cause = causes[nowMs];
    if (cause) stalls.occurred(cause, nowMs);
    if (!stalls.isMonitorFree(nowMs)) monitor++;
    if (!stalls.isOtherCoreFree(nowMs)) other++;
  }
  return [monitor, other];
}

it.each([
  ["an erase stops both cores", "flash 80ms", { 10: "flash" }, [80, 80]],
  ["two erases one after the other", "flash 80ms", { 10: "flash", 11: "flash" }, [160, 160]],
  ["a handshake stops one", "tls 300ms", { 10: "tls" }, [300, 0]],
  ["what has a time does not wait for its cause, nor come with it", "tls 300ms@0.5", { 10: "tls" }, [300, 0]],
  ["what is not in the plan stops nothing", "tls 300ms", { 10: "flash", 20: "tick" }, [0, 0]],
  ["again and again", "gc 30ms/100ms", {}, [271, 0]],
  ["the work of a tick", "tick 6ms", { 40: "tick", 80: "tick" }, [12, 0]],
] as [string, string, Record<number, "flash" | "tls" | "tick">, number[]][])("%s", (_, text, causes, expected) => expect(busyMs(text, causes)).toEqual(expected));

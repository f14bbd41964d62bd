// The text of --clock, and what is wrong with it.
import { describe, expect, it } from "vitest";
import { type ClockPlan, parseClockPlan } from "../../../src/platform/sim/clock-plan.js";

const NTP: ClockPlan = { silences: [], steps: [], fastPpm: 0, wrapS: undefined };

describe("parseClockPlan", () => {
  it.each<[string, Partial<ClockPlan>]>([
    ["ntp", {}],
    ["unset 0-60", { silences: [{ fromS: 0, toS: 60 }] }],
    ["step 90:3600, step 10:-0.5", { steps: [{ atS: 10, errorS: -0.5 }, { atS: 90, errorS: 3600 }] }],
    ["fast -20", { fastPpm: -20 }],
    ["unset 0-1, unset 2-3,fast 50,wrap 30", { silences: [{ fromS: 0, toS: 1 }, { fromS: 2, toS: 3 }], fastPpm: 50, wrapS: 30 }],
  ])("%s", (text, plan) => expect(parseClockPlan(text)).toEqual({ ok: true, plan: { ...NTP, ...plan } }));

  it.each([
    ["", /"", expected "ntp"/], ["ntp, fast 1", /"ntp", expected/], ["unset 5", /"unset 5", expected/], ["unset 5-5", /ends before it begins/], ["unset -1-5", /ends before it begins/],
    ["step 5", /"step 5", expected/], ["step -1:5", /"step -1:5", expected/], ["fast 1001", /"fast 1001", expected/], ["wrap 0", /"wrap 0", expected/], ["wrap 1e9", /"wrap 1e9", expected/],
  ])("refuses %j", (text, reason) => {
    const parsed = parseClockPlan(text);
    expect(!parsed.ok && parsed.problem).toMatch(reason);
    expect(!parsed.ok && parsed.problem).toContain(`clock "${text}"`);
  });
});

// The text of --link, and what is wrong with it.
import { describe, expect, it } from "vitest";
import { isLinkSilent, isLinkUp, parseLinkPlan } from "../../../src/platform/sim/link-plan.js";

describe("parseLinkPlan", () => {
  it.each([
    ["up", []], ["down 60-120", [[60, 120]]], ["down 1.5-2, 10-20", [[1.5, 2], [10, 20]]], ["down 0-1,1-2", [[0, 1], [1, 2]]],
  ] as [string, number[][]][])("%s", (text, outages) =>
    expect(parseLinkPlan(text)).toEqual({ ok: true, plan: { outages: outages.map(([fromS, toS]) => ({ fromS, toS })), silences: [] } }));

  it("half-open 5-9,20-30; down 40-50", () =>
    expect(parseLinkPlan("half-open 5-9,20-30; down 40-50")).toEqual({ ok: true, plan: { outages: [{ fromS: 40, toS: 50 }], silences: [{ fromS: 5, toS: 9 }, { fromS: 20, toS: 30 }] } }));

  it.each([
    ["", /expected "up", or "down FROM-TO/], ["down", /expected "up"/], ["left 1-2", /expected "up"/], ["down 60", /"60", expected/], ["down 60-", /"60-", expected/],
    ["down 120-60", /"120-60" ends before it begins/], ["down 5-5", /"5-5" ends before/], ["down 10-20,15-30", /"15-30" begins before the outage ahead of it ends/], ["down -5-10", /"-5-10", expected/],
    ["down 1-2; up", /expected "up"/], ["half-open 9-5", /"9-5" ends before it begins/],
  ])("refuses %j", (text, reason) => {
    const parsed = parseLinkPlan(text);
    expect(!parsed.ok && parsed.problem).toMatch(reason);
    expect(!parsed.ok && parsed.problem).toContain(`link "${text}"`);
  });
});

it.each([[59.99, true], [60, false], [119.99, false], [120, true]])("at %d s the link is up: %s", (seconds, up) => {
  const parsed = parseLinkPlan("down 60-120");
  expect(parsed.ok && isLinkUp(parsed.plan, seconds)).toBe(up);
});

it.each([[4.99, false], [5, true], [8.99, true], [9, false]])("at %d s the half-open link is silent: %s, and up", (seconds, silent) => {
  const parsed = parseLinkPlan("half-open 5-9");
  expect(parsed.ok && [isLinkSilent(parsed.plan, seconds), isLinkUp(parsed.plan, seconds)]).toEqual([silent, true]);
});

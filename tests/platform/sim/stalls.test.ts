// What stalls cost in the simulated world, with and without a FIFO or a second core: lost samples, late ones, beats, alarms.
import { describe, expect, it } from "vitest";
import createDevice from "../../../hardware/desk/device.js";
import type { AfeName } from "../../../src/platform/desk/border.js";
import { parseClockPlan } from "../../../src/platform/sim/clock-plan.js";
import { NorFlash } from "../../../src/platform/sim/flash.js";
import { Link } from "../../../src/platform/sim/link.js";
import { NodeEngine } from "../../../src/platform/sim/node-engine.js";
import { parseStallPlan } from "../../../src/platform/sim/stall-plan.js";
import { SyntheticPatient, parseScenario } from "../../../src/platform/sim/synthetic-patient.js";
import { World } from "../../../src/platform/sim/world.js";
import { conditionOf } from "../../../src/vocabulary/alarm-condition.js";

const SECONDS = 40;

/** Runs a device without network on a healthy heart. */
async function run(afe: AfeName, cores: 1 | 2, stall: string) {
  const scenario = parseScenario("sinus");
  const stalls = parseStallPlan(stall);
  const clock = parseClockPlan("ntp");
  if (!scenario.ok || !stalls.ok || !clock.ok) throw new Error(`${stall} or the scenario is wrong`);
  const alerts: string[] = [];
  const world = new World({
    startEngine: async (hostCall) => new NodeEngine(createDevice, hostCall),
    patient: new SyntheticPatient("sinus", scenario.segments, 1), loop: false, flash: new NorFlash({ blockBytes: 4096, blockCount: 16, seed: 1 }),
    link: new Link({ host: "127.0.0.1", port: 1 }, 1), linkPlan: { outages: [{ fromS: 0, toS: Infinity }], silences: [] }, clockPlan: clock.plan,
    afe, cores, stallPlan: stalls.plan, config: {}, seed: 1, wallStartMs: 0,
  }, { onAlert: ({ conditionCode }) => alerts.push(String(conditionOf(conditionCode)?.name)) });
  await world.powerOn();
  while (world.nowMs < SECONDS * 1000) await world.tick();
  const { lostSamples, lateSamples, samples } = await world.figures();
  await world.close();
  return { lostSamples, lateSamples, samples, beats: world.beats, alerts };
}

// The MAX30003's 32 samples are 128 ms; the monitor reads every 40 ms, so that it may come 88 ms late.
it.each([
  ["max30003", 1, "gc 80ms/5s", 0, 0],
  ["max30003", 1, "gc 87ms/5s", 0, 0],
  ["max30003", 1, "gc 100ms@20", 30, 36],
  ["max30003", 1, "tls 2s@20", 505, 515],
  ["max30003", 1, "flash 80ms@20", 0, 0],
  ["max30003", 2, "flash 80ms@20", 0, 0],
  ["max30003", 2, "tls 2s@20", 0, 0],
  ["max30003", 2, "gc 100ms/5s", 0, 0],
  ["ads1292r", 1, "gc 80ms@20", 19, 21],
  ["ads1292r", 1, "tls 2s@20", 498, 502],
  ["ads1292r", 2, "gc 80ms/5s", 0, 0],
  ["ads1292r", 2, "tls 2s@20", 0, 0],
  ["ads1292r", 2, "flash 80ms@20", 19, 21],
  ["ad8232", 1, "gc 80ms@20", 18, 21],
  ["ad8232", 1, "tls 2s@20", 498, 502],
  ["ad8232", 2, "tls 2s@20", 0, 0],
  ["ad8232", 2, "flash 80ms@20", 18, 21],
] as const)("%s, %d core(s), %s: %d to %d samples lost, all of them told", async (afe, cores, stall, min, max) => {
  const { lostSamples, samples, alerts } = await run(afe, cores, stall);
  expect(lostSamples).toBeGreaterThanOrEqual(min);
  expect(lostSamples).toBeLessThanOrEqual(max);
  expect(alerts.includes("samples-lost")).toBe(lostSamples > 0);
  expect(alerts.includes("afe-fault")).toBe(false);
  // Lost samples have numbers too: the device has counted as many as there were, but for those before its start.
  expect(samples).toBeGreaterThan(SECONDS * 250 - 40);
  expect(samples).toBeLessThanOrEqual(SECONDS * 250);
});

describe("ticks that last longer than a sample", () => {
  it("cost the ADS1292R a sample each on one core: told as lost, and no beat is missed", async () => {
    const calm = await run("ads1292r", 1, "none");
    const busy = await run("ads1292r", 1, "tick 6ms");
    expect(calm).toMatchObject({ lostSamples: 0, lateSamples: 0 });
    expect(busy.lostSamples).toBeGreaterThan(SECONDS * 25 - 10);
    expect(busy.alerts).toContain("samples-lost");
    expect(busy.beats).toBe(calm.beats);
  });

  it("make the AD8232's timer late for a sample each: told as late, and no beat is missed", async () => {
    const [calm, busy] = [await run("ad8232", 1, "none"), await run("ad8232", 1, "tick 6ms")];
    expect(calm).toMatchObject({ lostSamples: 0, lateSamples: 0 });
    expect(busy.lateSamples).toBeGreaterThan(SECONDS * 25 - 10);
    expect(busy.beats).toBe(calm.beats);
  });

  it("cost the MAX30003 nothing", async () => expect((await run("max30003", 1, "tick 30ms")).lostSamples).toBe(0));
});

it("a timer that is held up by 2 ms marks the one sample that it takes off its instant", async () => {
  expect(await run("ad8232", 1, "gc 3ms@20.003")).toMatchObject({ lateSamples: 1, lostSamples: 0 });
});

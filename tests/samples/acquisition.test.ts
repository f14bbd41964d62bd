// Acquisition: an AFE read on one side of a ring and judged on the other: numbers, faults and gaps arrive as if it were read directly.
import { describe, expect, it } from "vitest";
import { AFE_BUS_ERROR, AFE_OK } from "../../src/contracts/afe.js";
import { Acquirer } from "../../src/samples/acquirer.js";
import { Acquisition } from "../../src/samples/acquisition.js";
import { RingAfe } from "../../src/samples/ring-afe.js";
import { SAMPLE_RING_BYTES } from "../../src/samples/sample-ring.js";
import { Ads1292rRig } from "../drivers/ads1292r/rig.js";
import { Max30003Rig } from "../drivers/max30003/rig.js";

/** Runs both sides for so long, the acquiring one each `serviceMs`, the other each 40 ms unless it is stalled. */
function sides(rig: Max30003Rig | Ads1292rRig, serviceMs: number) {
  const memory = new SharedArrayBuffer(SAMPLE_RING_BYTES);
  const acquisition = new Acquisition(() => rig.open(), memory);
  const acquirer = new Acquirer(() => new RingAfe(memory, "ring"));
  const numbers: number[] = [];
  const statuses = new Set<number>();
  let nowMs = 0;
  const pass = (durationMs: number, stalled = { acquisition: false, monitor: false }): void => {
    for (const endMs = nowMs + durationMs; nowMs < endMs; ) {
      nowMs++;
      rig.runMs(1);
      if (nowMs % serviceMs === 0 && !stalled.acquisition) acquisition.service(nowMs);
      if (nowMs % 40 !== 0 || stalled.monitor) continue;
      do {
        if (acquirer.poll(nowMs)) for (let index = 0; index < acquirer.block.count; index++) numbers[acquirer.block.firstSample + index] = acquirer.block.samplesUv[index] as number;
      } while (acquirer.hasMore);
      statuses.add(acquirer.status);
    }
  };
  return { acquirer, numbers, statuses, pass };
}

describe.each([
  ["MAX30003", () => new Max30003Rig(), 20], ["ADS1292R", () => new Ads1292rRig(), 4],
] as const)("%s", (_, makeRig, serviceMs) => {
  it("loses nothing while the monitor is away for 2 s, and its numbers follow time", () => {
    const rig = makeRig();
    rig.signal = (sampleIndex) => sampleIndex;
    const { acquirer, numbers, pass } = sides(rig, serviceMs);
    pass(1000);
    const lost = acquirer.lostSamples;
    pass(2000, { acquisition: false, monitor: true });
    pass(1000);
    expect(acquirer.lostSamples).toBe(lost);
    const first = numbers.findIndex((value) => value !== undefined);
    expect(numbers.length - first).toBeGreaterThan(980);
    for (let number = first; number < numbers.length; number++) expect(numbers[number]).toBe((numbers[first] as number) + number - first);
  });

  it("marks a monitor's absence of 10 s as one gap of the right length", () => {
    const rig = makeRig();
    rig.signal = (sampleIndex) => sampleIndex;
    const { acquirer, numbers, pass } = sides(rig, serviceMs);
    pass(1000);
    pass(10_000, { acquisition: false, monitor: true });
    pass(1000);
    expect(acquirer.lostSamples).toBeGreaterThan(1400);
    const last = numbers.length - 1;
    const first = numbers.findIndex((value) => value !== undefined);
    expect((numbers[last] as number) - (numbers[first] as number)).toBe(last - first);
  });

  it("lets the other side see a dead bus, and marks what it cost", () => {
    const rig = makeRig();
    const { acquirer, statuses, pass } = sides(rig, serviceMs);
    pass(1000);
    expect([...statuses]).toEqual([AFE_OK]);
    rig.setBus("throws");
    pass(1000);
    expect(acquirer.status).toBe(AFE_BUS_ERROR);
    rig.setBus("ok");
    pass(1000);
    expect(acquirer.status).toBe(AFE_OK);
    expect(acquirer.lostSamples).toBeGreaterThan(230);
    expect(acquirer.lostSamples).toBeLessThan(290);
  });

  it("waits for a sensor that is not there at first", () => {
    const rig = makeRig();
    rig.setBus("high");
    const { acquirer, statuses, pass } = sides(rig, serviceMs);
    pass(2000);
    expect(statuses).toContain(AFE_BUS_ERROR);
    rig.setBus("ok");
    pass(2000);
    expect(acquirer.status).toBe(AFE_OK);
    expect(acquirer.nextSample).toBeGreaterThan(900);
  });
});

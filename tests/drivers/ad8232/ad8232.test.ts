// AD8232 driver on its emulator: the AFE contract, conversion to microvolts, calls that come late, limits of the output, pins that fail.
import { describe, expect, it } from "vitest";
import { AFE_BUS_ERROR, AFE_OK } from "../../../src/contracts/afe.js";
import type { AfeReading } from "../../../src/contracts/afe.js";
import type { Ad8232 } from "../../../src/drivers/ad8232/ad8232.js";
import { microvolts, scaleOf } from "../../../src/drivers/ad8232/decode.js";
import { afeSuite, makeReading } from "../../contracts/afe.suite.js";
import { Ad8232Rig } from "./rig.js";

afeSuite({
  name: "AD8232",
  makeRig: () => new Ad8232Rig(),
  tickMs: 4,
  roundingUv: 1.1,
  linearUv: 3850,
  saturatingUv: 5000,
  impossibleRateHz: 300,
  supports: { identity: false, clock: false, leadOff: true, fifo: false },
});

/** Calls at the given times. [ms] @returns a letter each: . nothing, ok, late, and the number lost before it */
function call(rig: Ad8232Rig, afe: Ad8232, reading: AfeReading, timesMs: readonly number[]): string {
  return timesMs.map((timeMs) => {
    rig.runMs(timeMs - rig.nowUs / 1000);
    expect(afe.sample(reading)).toBe(AFE_OK);
    if (reading.count === 0) return ".";
    return `${reading.lateSamples > 0 ? "late" : "ok"}${reading.overrun ? `-${reading.lostSamples}` : ""}`;
  }).join(" ");
}

describe("calls", () => {
  it.each([
    ["on time", [4, 8, 12], "ok ok ok ok"],
    ["a little late", [4.4, 8.4, 12.3], "ok ok ok ok"],
    ["one that is late", [4, 9, 12], "ok ok late ok"],
    ["one that is very late, but before the next is due", [4, 10.9, 12], "ok ok late ok"],
    ["one that comes when the next is due", [4, 11.2, 16], "ok ok late-1 ok"],
    ["one just before the next is due", [4, 11.8, 16], "ok ok ok-1 ok"],
    ["80 ms of nothing", [4, 84, 88], "ok ok ok-19 ok"],
    ["80 ms of nothing, and back in another phase", [4, 86, 90], "ok ok late-19 late"],
    ["calls made up for", [4, 24, 24, 24, 24.1, 28], "ok ok ok-4 . . . ok"],
    ["a first call that was late itself", [3, 7, 11], "ok ok ok ok"],
  ])("%s", (_, timesMs, expected) => {
    const rig = new Ad8232Rig();
    const afe = rig.open();
    expect(call(rig, afe, makeReading(1), [0, ...timesMs])).toBe(expected);
  });

  it("in another phase for good are taken as punctual after 64 of them at most", () => {
    const rig = new Ad8232Rig();
    const afe = rig.open();
    const reading = makeReading(1);
    call(rig, afe, reading, Array.from({ length: 64 }, (_, index) => 4 * index));
    const said = call(rig, afe, reading, Array.from({ length: 66 }, (_, index) => 258 + 4 * index)).split(" ");
    expect(said.slice(0, 64).every((word) => word.startsWith("late"))).toBe(true);
    expect(said.slice(64)).toEqual(["ok", "ok"]);
  });

  it.each([125, 200, 250, 500])("at %d/s", (sampleRateHz) => {
    const rig = new Ad8232Rig();
    const afe = rig.open();
    afe.configure({ sampleRateHz });
    expect(call(rig, afe, makeReading(1), [0, 1, 2, 3].map((index) => (1000 * index) / sampleRateHz))).toBe("ok ok ok ok");
  });
});

describe("conversion", () => {
  // 3300 mV / 4096 / 1100 is 0.73242 uV a count.
  it.each([[2048, 0], [2049, 1], [2047, -1], [3414, 1000], [682, -1000], [4095, 1499], [0, -1500]])("count %d is %d uV", (count, uv) =>
    expect(microvolts(count, 2048, scaleOf(3300, 12, 1100))).toBe(uv));

  it.each([[3300, 12, 1100], [3100, 12, 100], [2450, 12, 1100], [1100, 10, 100]])("full scale %d mV, %d bits, gain %d: to within 1 uV, or 1e-4, and within int32", (fullScaleMv, resolution, gain) => {
    const scale = scaleOf(fullScaleMv, resolution, gain);
    const counts = 2 ** resolution;
    for (let count = 0; count < counts; count++) {
      const exact = ((count - counts / 2) * fullScaleMv * 1000) / (gain * counts);
      expect(Math.abs((count - counts / 2) * scale)).toBeLessThan(2 ** 31 - 2 ** 13);
      if (Math.abs(microvolts(count, counts / 2, scale) - exact) > 1 + Math.abs(exact) * 1e-4) throw new Error(`count ${count}`);
    }
  });
});

describe("an output at its limit", () => {
  it("for 96 ms is a clipped complex, flagged; for longer it is no ECG", () => {
    const rig = new Ad8232Rig();
    const afe = rig.open();
    const reading = makeReading(1);
    rig.signal = () => 5000;
    const values = Array.from({ length: 30 }, (_, index) => {
      call(rig, afe, reading, [4 * index]);
      expect(reading.saturated).toBe(true);
      return reading.samplesUv[0] as number;
    });
    expect(values.slice(0, 24).every((value) => value > 3850 && value < 3900)).toBe(true);
    expect(values.slice(24).every((value) => value === 32_767)).toBe(true);
    rig.signal = () => 100;
    call(rig, afe, reading, [120]);
    expect(reading).toMatchObject({ saturated: false });
    expect(reading.samplesUv[0]).toBeCloseTo(100, -1);
  });
});

describe("pins", () => {
  it("that fail are a bus error, and the samples missed a gap of their number", () => {
    const rig = new Ad8232Rig();
    const afe = rig.open();
    const reading = makeReading(1);
    call(rig, afe, reading, [0, 4, 8]);
    rig.setBus("throws");
    for (let tick = 0; tick < 10; tick++) {
      rig.runMs(4);
      expect(afe.sample(reading)).toBe(AFE_BUS_ERROR);
      expect(reading).toMatchObject({ count: 0, overrun: false });
    }
    rig.setBus("ok");
    expect(call(rig, afe, reading, [52, 56])).toBe("ok-10 ok");
  });

  it("that can't be had make the constructor throw, with the others closed", () => {
    const rig = new Ad8232Rig();
    const leadOffClass = rig.chip.leadOffClass.bind(rig.chip);
    rig.chip.leadOffClass = () => Object.assign(class {
      constructor() {
        throw new Error("pin in use");
      }
    }, { InputPullUp: 1, Falling: 2 }) as unknown as ReturnType<typeof leadOffClass>;
    expect(() => rig.open()).toThrow("pin in use");
    expect(rig.openBuses).toBe(0);
  });
});

it("an amplifier that is not there shows as lead-off", () => {
  const rig = new Ad8232Rig();
  const afe = rig.open();
  const reading = makeReading(1);
  rig.setPlugged(false);
  for (let tick = 0; tick < 30; tick++) call(rig, afe, reading, [4 * tick]);
  expect(reading).toMatchObject({ leadOff: true, saturated: true });
});

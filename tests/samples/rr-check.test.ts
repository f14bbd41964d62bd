// RrCheck: intervals of the detector beside those of the chip, by hand and with the emulated MAX30003 on the demo record.
import { describe, expect, it } from "vitest";
import { QrsDetector } from "../../src/beats/qrs-detector.js";
import { Max30003Emulator } from "../../src/drivers/max30003/emulator.js";
import { Max30003 } from "../../src/drivers/max30003/max30003.js";
import { resampleRecording } from "../../src/platform/sim/patient.js";
import { RR_SAME_MS, RrCheck } from "../../src/samples/rr-check.js";
import { loadRecord } from "../../src/wfdb/record.js";
import { makeReading } from "../contracts/afe.suite.js";
import { DEMO_RECORD } from "../ecg-data.js";

/** Beats at 0 ms and after each interval, each with what the chip says at the same time; the chip is `late` beats behind. */
function check(rrMs: readonly number[], chipMs: readonly number[], late = 0): [number, number] {
  const rr = new RrCheck();
  let atMs = 4000;
  rr.beat(atMs / 4);
  rrMs.forEach((ms, index) => {
    atMs += ms;
    const chip = chipMs[index - late];
    if (chip !== undefined) rr.chip(chip);
    rr.beat(atMs / 4);
  });
  return [rr.compared, rr.differing];
}

const STEADY = [800, 800, 800, 800, 800, 800];

describe("intervals", () => {
  // The last two are not judged yet.
  it.each<[string, readonly number[], readonly number[], number, [number, number]]>([
    ["the same", STEADY, STEADY, 0, [4, 0]],
    ["as far apart as may be", STEADY, STEADY.map((ms) => ms + RR_SAME_MS), 0, [4, 0]],
    ["further apart", STEADY, STEADY.map((ms) => ms + RR_SAME_MS + 8), 0, [4, 4]],
    ["the chip is a beat behind", [800, 400, 1200, 800, 600, 700], [800, 400, 1200, 800, 600, 700], 1, [4, 0]],
    ["... or two", [800, 400, 1200, 900, 600, 700, 500, 1000, 500], [800, 400, 1200, 900, 600, 700, 500, 1000, 500], 2, [7, 0]],
    ["... but no more", [800, 400, 1200, 900, 600, 700, 500, 1000, 500], [800, 400, 1200, 900, 600, 700, 500, 1000, 500], 3, [7, 7]],
    ["the chip finds nothing", STEADY, [], 0, [4, 4]],
    ["the chip misses one beat", [800, 700, 600, 800, 800, 800, 800], [800, 0, 1300, 800, 800, 800, 800], 0, [5, 2]],
    ["a gap is no interval", [800, 800, 3004, 800, 800, 800, 800], [800, 800, 9000, 800, 800, 800, 800], 0, [4, 0]],
  ])("%s", (_, rrMs, chipMs, late, expected) => expect(check(rrMs, chipMs, late)).toEqual(expected));
});

it("finds the emulated chip and the detector at one on the demo record, but for a few", () => {
  const record = loadRecord(DEMO_RECORD, { lead: 0 });
  const ecgUv = resampleRecording((record.leads[0] as (typeof record.leads)[number]).samplesUv, record.sampleRateHz);
  const chip = new Max30003Emulator({ nextSample: (_index, timeUs) => ecgUv[Math.round(timeUs / 4000) % ecgUv.length] as number, leadOff: false });
  const rr = new RrCheck();
  const afe = new Max30003({ sensor: { io: chip.busClass() }, onRToR: (intervalMs) => rr.chip(intervalMs) });
  const detector = new QrsDetector();
  const reading = makeReading(32);
  for (let nowMs = 40; nowMs <= 300_000; nowMs += 40) {
    chip.advanceTo(nowMs * 1000);
    afe.sample(reading);
    const beats = detector.process(reading.samplesUv, reading.count);
    for (let index = 0; index < beats; index++) rr.beat(detector.beatSample(index));
  }
  expect(rr.compared).toBeGreaterThan(450);
  // The chip takes some of the record's ventricular beats for no beat or for two.
  expect(rr.differing).toBeGreaterThan(0);
  expect(rr.differing).toBeLessThan(rr.compared / 10);
});

// Patients: recordings resampled to the chip's instants, and synthetic rhythms that are what they say.
import { describe, expect, it } from "vitest";
import { QrsDetector } from "../../../src/beats/qrs-detector.js";
import { RecordPatient, resampleRecording } from "../../../src/platform/sim/patient.js";
import { SEGMENT_KINDS, SyntheticPatient, parseScenario } from "../../../src/platform/sim/synthetic-patient.js";

function synthetic(text: string, seed = 1): SyntheticPatient {
  const scenario = parseScenario(text);
  if (!scenario.ok) throw new Error(scenario.problem);
  return new SyntheticPatient(text, scenario.segments, seed);
}

function samplesOf(patient: SyntheticPatient, fromS = 0, toS = patient.sampleCount / 250): Int32Array {
  return Int32Array.from({ length: Math.round((toS - fromS) * 250) }, (_, index) => patient.sampleUv(index + fromS * 250));
}

/** R peaks that the firmware's detector finds. [samples] */
function beatsOf(samples: Int32Array): number[] {
  const detector = new QrsDetector();
  const beats: number[] = [];
  for (let first = 0; first < samples.length; first += 250) {
    const block = samples.subarray(first, first + 250);
    const count = detector.process(block, block.length);
    for (let index = 0; index < count; index++) beats.push(detector.beatSample(index));
  }
  return beats;
}

describe("resampling", () => {
  it.each([100, 128, 300, 360, 500, 1000])("from %d Hz keeps a 10 Hz wave within 1 %% and its length", (rateHz) => {
    const wave = (hz: number, seconds: number): Int32Array => Int32Array.from({ length: seconds * hz }, (_, index) => Math.round(10_000 * Math.sin((2 * Math.PI * 10 * index) / hz)));
    const output = resampleRecording(wave(rateHz, 10), rateHz);
    const ideal = wave(250, 10);
    expect(Math.abs(output.length - 2500)).toBeLessThanOrEqual(3);
    let worst = 0;
    for (let index = 100; index < 2400; index++) worst = Math.max(worst, Math.abs((output[index] as number) - (ideal[index] as number)));
    expect(worst).toBeLessThan(100);
  });
  it("removes what 250 samples a second can't show", () => {
    const hum = Int32Array.from({ length: 10_000 }, (_, index) => Math.round(10_000 * Math.sin((2 * Math.PI * 200 * index) / 1000)));
    const output = resampleRecording(hum, 1000).subarray(100, 2400);
    expect(Math.max(...output.map(Math.abs))).toBeLessThan(200);
  });
  it("a recording that ended gives 0", () => {
    const lead = { name: "I", unit: "mV", samplesUv: Int32Array.of(5, 5, 5), missingCount: 0 };
    const patient = new RecordPatient("r", lead, 250);
    expect([patient.sampleUv(0), patient.sampleUv(3), patient.sampleCount]).toEqual([5, 0, 3]);
  });
});

describe("synthetic patients", () => {
  it.each(SEGMENT_KINDS)("$name: the same seed gives the same ECG, within the chip's range", ({ name }) => {
    expect(samplesOf(synthetic(name))).toEqual(samplesOf(synthetic(name)));
    expect(samplesOf(synthetic(name))).not.toEqual(samplesOf(synthetic(name, 2)));
    expect(Math.max(...samplesOf(synthetic(name)).map(Math.abs))).toBeLessThan(32_000);
  });
  it.each([[40, 40], [72, 72], [150, 150]])("sinus at %d/min has that many beats", (rate, expected) => {
    const beats = beatsOf(samplesOf(synthetic(`sinus:${rate}@60`)));
    expect(Math.abs(beats.length - expected)).toBeLessThanOrEqual(2);
  });
  it("AF is irregular where sinus rhythm is not", () => {
    const spread = (text: string): number => {
      const beats = beatsOf(samplesOf(synthetic(text)));
      const rr = beats.slice(1).map((beat, index) => beat - (beats[index] as number));
      const mean = rr.reduce((sum, value) => sum + value, 0) / rr.length;
      return Math.sqrt(rr.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rr.length) / mean;
    };
    expect(spread("sinus@60")).toBeLessThan(0.03);
    expect(spread("af@20,af@60")).toBeGreaterThan(0.15);
  });
  it("asystole has no beat and VF no flat line", () => {
    const asystole = samplesOf(synthetic("sinus@10,asystole@20,sinus@10"), 11, 29);
    expect(Math.max(...asystole) - Math.min(...asystole)).toBeLessThan(200);
    const vf = samplesOf(synthetic("vf"), 22, 33);
    expect(Math.max(...vf) - Math.min(...vf)).toBeGreaterThan(600);
  });
  it("says when an electrode is off", () => {
    const patient = synthetic("lead-off");
    expect([19.9, 20.1, 29.9, 30.1].map((seconds) => patient.leadOff(Math.round(seconds * 250)))).toEqual([false, true, true, false]);
  });
  it.each([
    ["", /unknown rhythm "", expected one of sinus, af/], ["sinusoid", /unknown rhythm "sinusoid"/], ["sinus:10", /beats per minute "10", expected 20 to 300/], ["sinus@0", /lasts "0"/],
    ["sinus@x", /lasts "x"/], ["vf:3", /takes no parameter/], ["sinus:72:3", /expected name/], ["sinus@3@4", /expected name/], ["noise:1", /microvolts "1", expected 10 to 5000/],
  ])("refuses %j", (text, reason) => {
    const scenario = parseScenario(text);
    expect(!scenario.ok && scenario.problem).toMatch(reason);
  });
});

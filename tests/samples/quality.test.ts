// SignalQuality: each fault just under and just over its limit, on synthetic seconds, and the shares on the CinC 2017 recordings.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadRecord } from "../../src/wfdb/record.js";
import { Resampler } from "../../src/samples/resampler.js";
import {
  QUALITY_BASELINE_JUMP, QUALITY_FLAT, QUALITY_JUMP_UV_MIN, QUALITY_NOISY, QUALITY_SATURATED, SignalQuality,
} from "../../src/samples/quality.js";
import { ECG_DATA_NOTE, ecgRecord, noEcgData } from "../ecg-data.js";
import { addBeats, addNoise, addSine, evenPeaks, toSamples } from "../synthetic-ecg.js";

/** Flags of every second. */
function flagsOf(samples: Int32Array, block = 10): number[] {
  const quality = new SignalQuality();
  const flags: number[] = [];
  for (let i = 0; i < samples.length; i += block) {
    const count = Math.min(block, samples.length - i);
    if (quality.process(samples.subarray(i, i + count), count)) flags.push(quality.flags);
  }
  return flags;
}

function ecg(seconds: number, beatsPerMinute: number, heightUv: number, more?: (signal: Float64Array) => void): Int32Array {
  const signal = new Float64Array(250 * seconds);
  addBeats(signal, evenPeaks(0, signal.length, beatsPerMinute), heightUv);
  addNoise(signal, 10, 1);
  more?.(signal);
  return toSamples(signal);
}

const all = (flags: readonly number[], bit: number): boolean => flags.every((flag) => (flag & bit) !== 0);
const none = (flags: readonly number[], bits: number): boolean => flags.every((flag) => (flag & bits) === 0);

describe("SignalQuality", () => {
  it.each([
    ["40 beats/min, 1 mV", ecg(20, 40, 1000)], ["70 beats/min, 0.3 mV", ecg(20, 70, 300)], ["200 beats/min, 1 mV", ecg(20, 200, 1000)],
    ["with 0.5 mV of 50 Hz", ecg(20, 70, 1000, (s) => addSine(s, 50, 500))], ["with 0.2 mV of 60 Hz", ecg(20, 70, 1000, (s) => addSine(s, 60, 200))],
    ["with 0.5 mV of breathing at 0.25 Hz", ecg(20, 70, 1000, (s) => addSine(s, 0.25, 150))], ["upside down", ecg(20, 70, -1000)],
  ])("finds no fault in an ECG, %s", (_, samples) => {
    expect(none(flagsOf(samples).slice(1), 31)).toBe(true);
  });

  it.each([["white noise", (s: Float64Array) => addNoise(s, 1000, 2)], ["a tremor of 8 Hz", (s: Float64Array) => addSine(s, 8, 600)]])("calls an ECG under %s noisy", (_, disturb) => {
    expect(all(flagsOf(ecg(20, 70, 1000, disturb)).slice(1), QUALITY_NOISY)).toBe(true);
  });

  it.each([[0, false], [200, false], [400, true], [1600, true]])("calls an ECG in %i uV of white noise noisy: %s", (noiseUv, noisy) => {
    const quality = new SignalQuality();
    quality.process(ecg(2, 60, 1000).subarray(0, 250), 250);
    quality.process(ecg(2, 60, 1000, (s) => addNoise(s, noiseUv, 3)).subarray(250), 250);
    expect(quality.flags).toBe(noisy ? QUALITY_NOISY : 0);
  });

  it.each([[0, true], [10, true], [11, false], [40, false]])("a range of %i uV: flat is %s", (rangeUv, flat) => {
    const samples = Int32Array.from({ length: 500 }, (_, i) => -3000 + (i % 100 < 50 ? 0 : rangeUv));
    expect(all(flagsOf(samples), QUALITY_FLAT)).toBe(flat);
    expect(none(flagsOf(samples), QUALITY_FLAT)).toBe(!flat);
  });

  it.each([[4, false], [5, true], [250, true]])("%i samples at the rail: saturated is %s", (count, saturated) => {
    for (const rail of [32_767, -32_767]) {
      const samples = ecg(1, 70, 1000);
      samples.fill(rail, 0, count);
      expect((flagsOf(samples)[0]! & QUALITY_SATURATED) !== 0).toBe(saturated);
    }
  });

  it.each([[QUALITY_JUMP_UV_MIN, 0], [QUALITY_JUMP_UV_MIN + 1, QUALITY_BASELINE_JUMP], [-QUALITY_JUMP_UV_MIN, 0], [-QUALITY_JUMP_UV_MIN - 1, QUALITY_BASELINE_JUMP]])(
    "a mean that moves by %i uV between two seconds gives %i", (jumpUv, expected) => {
      const samples = Int32Array.from({ length: 750 }, (_, i) => (i < 250 ? 0 : jumpUv));
      expect(flagsOf(samples).map((flag) => flag & QUALITY_BASELINE_JUMP)).toEqual([0, expected, 0]);
    },
  );

  it("does not depend on the size of the blocks, and begins anew after reset", () => {
    const samples = ecg(10, 70, 1000, (s) => addNoise(s, 900, 4, 1000, 1500));
    const whole = flagsOf(samples, 250);
    expect(whole.some((flag) => flag !== 0)).toBe(true);
    for (const block of [1, 7, 32]) expect(flagsOf(samples, block)).toEqual(whole);
    const quality = new SignalQuality();
    quality.process(new Int32Array(100).fill(20_000), 100);
    quality.reset();
    expect(quality.process(samples.subarray(0, 250), 250)).toBe(true);
    expect(quality.flags).toBe(whole[0]);
  });

  it("refuses an impossible rail and too long a block", () => {
    expect(() => new SignalQuality().process(new Int32Array(251), 251)).toThrow("block");
  });
});

if (noEcgData) console.warn(`SignalQuality on recordings${ECG_DATA_NOTE}`);
describe.skipIf(noEcgData)(`SignalQuality on the CinC 2017 subset${ECG_DATA_NOTE}`, () => {
  it("calls at most 10 % of the N and O recordings unreadable, and at least 40 % of the too noisy ones", () => {
    const unreadable: Record<string, number> = {};
    const total: Record<string, number> = {};
    for (const line of readFileSync(ecgRecord("cinc2017/REFERENCE.csv"), "latin1").trim().split(/\r?\n/)) {
      const [name, label] = line.split(",") as [string, string];
      const record = loadRecord(ecgRecord(`cinc2017/${name}`), { onChecksum: "warn" });
      const resampler = new Resampler(record.sampleRateHz);
      const samples = new Int32Array(resampler.outputCountMax(record.sampleCount));
      const flags = flagsOf(samples.subarray(0, resampler.process(record.leads[0]!.samplesUv, record.sampleCount, samples)));
      total[label] = (total[label] ?? 0) + 1;
      if (2 * flags.filter((flag) => flag !== 0).length > flags.length) unreadable[label] = (unreadable[label] ?? 0) + 1;
    }
    const percent = (label: string): number => (100 * (unreadable[label] ?? 0)) / total[label]!;
    expect(percent("N")).toBeLessThanOrEqual(3);
    expect(percent("O")).toBeLessThanOrEqual(6);
    expect(percent("A")).toBeLessThanOrEqual(6);
    expect(percent("~")).toBeGreaterThanOrEqual(40);
  });
});

// Alarms come in time, and high-priority ones only where there is reason: limits of `npm run bench alarms`.
import { describe, expect, it } from "vitest";
import { ECG_DATA_NOTE, noEcgData } from "../ecg-data.js";
import { DS1, PACED } from "../rhythm/records.js";
import { type Delay, delayRows, measureRecord, syntheticDelays } from "./alarm-timing.js";

if (noEcgData) console.warn(`alarm times${ECG_DATA_NOTE}`);

const late = (delays: readonly Delay[]): string[] => delayRows(delays).flatMap(({ type, count, worstS, limitS, passed }) => (passed ? [] : [`${type}: ${worstS} s in ${count}, limit ${limitS} s`]));

describe("alarms of synthetic onsets", () => {
  it("are raised within their limits", () => {
    const delays = syntheticDelays();
    expect(new Set(delays.map(({ type }) => type)).size).toBe(7);
    expect(late(delays)).toEqual([]);
  });
});

describe.skipIf(noEcgData)(`alarms on recordings${ECG_DATA_NOTE}`, () => {
  it("are raised within their limits, none of high priority falsely", () => {
    const results = [...[...DS1, ...PACED].map((record) => `mitdb/${record}`), "cudb/cu01"].map((record) => measureRecord(record));
    const delays = results.flatMap((result) => result.delays);
    const count = (type: Delay["type"]): number => delays.filter((delay) => delay.type === type).length;
    expect(count("ventricular-tachycardia")).toBeGreaterThanOrEqual(8);
    expect(count("ventricular-fibrillation")).toBeGreaterThanOrEqual(3);
    expect(late(delays)).toEqual([]);
    expect(results.flatMap(({ falseAlarms }) => falseAlarms)).toEqual([]);
  });

  it("of high priority are false at most once with electrode motion at 6 dB on half the time", () => {
    const falseAlarms = [...DS1, ...PACED].flatMap((record) => measureRecord(`mitdb/${record}`, 6).falseAlarms);
    expect(falseAlarms.length, falseAlarms.join(", ")).toBeLessThanOrEqual(1);
  });
});

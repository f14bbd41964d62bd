// addNoise: as loud as asked for, where asked for, and nowhere else.
import { describe, expect, it } from "vitest";
import { addNoise, type Noise } from "../../src/training/noise.js";
import type { Annotation } from "../../src/wfdb/annotation.js";

const RATE_HZ = 360;
const HEIGHT_UV = 1000;
const BEATS = Array.from({ length: 600 }, (_, beat): Annotation => ({ sample: 360 * beat + 180, symbol: "N", subtype: 0, channel: 0, annotator: 0, text: "" }));
const ECG_UV = new Int32Array(600 * RATE_HZ);
for (const { sample } of BEATS) ECG_UV[sample] = HEIGHT_UV;
/** A sine of another amplitude in each half. */
const NOISE: Noise = {
  sampleRateHz: RATE_HZ,
  leadsUv: [Int32Array.from({ length: 40 * RATE_HZ }, (_, i) => Math.round((i < 20 * RATE_HZ ? 5000 : 50) * Math.sin(i)))],
};

describe("addNoise", () => {
  it.each([[0, 6], [0, 12], [0.5, 6]] as const)("from the part that begins at %f is %i dB below the complexes", (from, snrDb) => {
    const noisy = addNoise(ECG_UV, 0, BEATS, NOISE, { snrDb, fromSeconds: 0, part: [from, from + 0.5] });
    const added = noisy.subarray(0, 120 * RATE_HZ).map((value, i) => value - ECG_UV[i]!);
    const power = added.reduce((sum, value) => sum + value * value, 0) / added.length;
    expect(10 * Math.log10(HEIGHT_UV ** 2 / 8 / power)).toBeCloseTo(snrDb, 1);
  });
  it("comes for two minutes in four, from the given second on", () => {
    const noisy = addNoise(ECG_UV, 0, BEATS, NOISE, { snrDb: 6, fromSeconds: 100, part: [0, 1] });
    const isNoisy = (second: number): boolean => noisy.subarray(second * RATE_HZ, (second + 1) * RATE_HZ).some((value, i) => value !== ECG_UV[second * RATE_HZ + i]);
    expect([0, 99, 100, 219, 220, 339, 340, 459, 460].map(isNoisy)).toEqual([false, false, true, true, false, false, true, true, false]);
  });
});

// EcgFilter: gain, delay, mains, overflow and independence of block size.
import { describe, expect, it } from "vitest";
import { ECG_FILTER_DELAY_SAMPLES, ECG_FILTER_SETTLE_SAMPLES, EcgFilter } from "../../src/samples/filters.js";

function filter(input: Int32Array, block = input.length): Int32Array {
  const ecgFilter = new EcgFilter();
  const output = new Int32Array(input.length);
  for (let i = 0; i < input.length; i += block) {
    const count = Math.min(block, input.length - i);
    ecgFilter.process(input.subarray(i, i + count), count, output.subarray(i, i + count));
  }
  return output;
}

const sine = (frequencyHz: number, amplitude: number, seconds: number): Int32Array =>
  Int32Array.from({ length: 250 * seconds }, (_, i) => Math.round(amplitude * Math.sin((2 * Math.PI * frequencyHz * i) / 250)));

/** Gain in dB and delay in samples of the settled second half. */
function response(frequencyHz: number): { gainDb: number; delaySamples: number } {
  const amplitude = 20_000;
  const output = filter(sine(frequencyHz, amplitude, 40));
  let re = 0;
  let im = 0;
  for (let i = 5000; i < 10_000; i++) {
    re += output[i]! * Math.sin((2 * Math.PI * frequencyHz * i) / 250);
    im += output[i]! * Math.cos((2 * Math.PI * frequencyHz * i) / 250);
  }
  return { gainDb: 20 * Math.log10(Math.hypot(re, im) / 2500 / amplitude + 1e-9), delaySamples: (-Math.atan2(im, re) / (2 * Math.PI * frequencyHz)) * 250 };
}

describe("EcgFilter", () => {
  it.each([
    [0.05, -200, -31], [0.2, -12, -9], [0.48, -3.5, -2.5], [1, -1, -0.5], [5, -0.2, 0.3], [10, -0.2, 0.4], [20, -0.2, 0.5], [30, -0.5, 0.3], [34, -1, 0],
    [37, -3, -2], [45, -200, -18], [49, -200, -38], [50, -200, -60], [51, -200, -38], [59, -200, -40], [60, -200, -50], [61, -200, -40], [100, -200, -18],
  ])("%f Hz: gain between %f and %f dB", (frequencyHz, lowest, highest) => {
    const { gainDb } = response(frequencyHz);
    expect(gainDb).toBeGreaterThanOrEqual(lowest);
    expect(gainDb).toBeLessThanOrEqual(highest);
  });

  it.each([10, 20, 30])("%i Hz is delayed by the stated samples, to within one", (frequencyHz) => {
    expect(Math.abs(response(frequencyHz).delaySamples - ECG_FILTER_DELAY_SAMPLES)).toBeLessThan(1);
  });

  it("starts at 0 on any offset, and forgets a step of 1 mV by 95 % in the stated time", () => {
    expect(filter(new Int32Array(50).fill(30_000)).every((sample) => sample === 0)).toBe(true);
    const step = Int32Array.from({ length: 1000 }, (_, i) => (i < 10 ? 0 : 1000));
    const output = filter(step);
    for (let i = 10 + ECG_FILTER_SETTLE_SAMPLES; i < 1000; i++) expect(Math.abs(output[i]!)).toBeLessThan(150);
    for (let i = 900; i < 1000; i++) expect(Math.abs(output[i]!)).toBeLessThan(80);
  });

  // A wrapped accumulator would break the proportion between a small and a large input; saturation only cuts it off.
  it.each([1, 2, 3, 4, 7, 20, 125, 1000])("a square wave of half the range, %i samples a half, is filtered like one a hundredth as large", (half) => {
    const square = (uv: number): Int32Array => Int32Array.from({ length: 3000 }, (_, i) => (Math.floor(i / half) % 2 ? uv : -uv));
    const small = filter(square(163));
    filter(square(16_300)).forEach((sample, i) => {
      const expected = Math.max(-32_768, Math.min(32_767, 100 * small[i]!));
      expect(Math.abs(sample - expected)).toBeLessThan(600);
    });
  });

  it("saturates a full-scale step at the ends of the int16 range", () => {
    const output = filter(Int32Array.from({ length: 500 }, (_, i) => (i < 100 ? -32_768 : 32_767)));
    expect(Math.max(...output)).toBe(32_767);
    expect(Math.min(...output.subarray(0, 150))).toBeGreaterThanOrEqual(-32_768);
  });

  it("comes to rest: no limit cycle above 3 uV", () => {
    const input = new Int32Array(5000);
    input[10] = 20_000;
    for (const sample of filter(input).subarray(4000)) expect(Math.abs(sample)).toBeLessThanOrEqual(3);
  });

  it("gives the same samples in blocks of 1, 7 and 32, in place, and after reset", () => {
    const input = sine(3, 5000, 4);
    const whole = filter(input);
    for (const block of [1, 7, 32]) expect(filter(input, block)).toEqual(whole);
    const ecgFilter = new EcgFilter();
    ecgFilter.process(new Int32Array(100).fill(-20_000), 100, new Int32Array(100));
    ecgFilter.reset();
    const inPlace = input.slice();
    ecgFilter.process(inPlace, inPlace.length, inPlace);
    expect(inPlace).toEqual(whole);
  });
});

// Resampler: gain, timing, limits and independence of block size, at every kind of ratio.
import { describe, expect, it } from "vitest";
import { INPUT_RATE_HZ_MAX, INPUT_RATE_HZ_MIN, Resampler } from "../../src/samples/resampler.js";

function resample(rateHz: number, input: Int32Array, block = input.length): Int32Array {
  const resampler = new Resampler(rateHz);
  const output: number[] = [];
  const buffer = new Int32Array(resampler.outputCountMax(block));
  for (let i = 0; i < input.length; i += block) {
    const part = input.subarray(i, i + block);
    const count = resampler.process(part, part.length, buffer);
    expect(count).toBeLessThanOrEqual(resampler.outputCountMax(part.length));
    output.push(...buffer.subarray(0, count));
  }
  return Int32Array.from(output);
}

const sine = (rateHz: number, frequencyHz: number, amplitude: number, seconds: number): Int32Array =>
  Int32Array.from({ length: rateHz * seconds }, (_, i) => Math.round(amplitude * Math.sin((2 * Math.PI * frequencyHz * i) / rateHz)));

describe("Resampler", () => {
  it("passes 250 samples/s through unchanged, extremes included", () => {
    const input = Int32Array.from([0, 32_767, -32_768, 5, -1]);
    expect(resample(250, input)).toEqual(input);
  });

  // Sample numbers must convert by the ratio of the rates alone: the output equals the sine at the output's own moment.
  it.each([
    [100, 10, 1], [100, 20, 1], [128, 20, 2], [128, 30, 4], [200, 5, 1], [200, 40, 3], [249, 40, 3], [257, 40, 3], [300, 40, 1.5], [360, 1, 0.5],
    [360, 20, 0.5], [360, 40, 1.5], [500, 40, 1.5], [999, 40, 1.5], [1000, 10, 0.5], [1000, 40, 1.5],
  ])("%i Hz: a sine of %i Hz comes out within %f %% of full scale at the right moment", (rateHz, frequencyHz, percent) => {
    const output = resample(rateHz, sine(rateHz, frequencyHz, 20_000, 8));
    for (let n = 250; n < output.length - 250; n++) {
      expect(Math.abs(output[n]! - 20_000 * Math.sin((2 * Math.PI * frequencyHz * n) / 250))).toBeLessThanOrEqual(200 * percent + 1);
    }
  });

  it.each([[360, 180], [500, 200], [500, 240], [1000, 200], [1000, 450]])("%i Hz: %i Hz, which would alias, is damped to a tenth", (rateHz, frequencyHz) => {
    const output = resample(rateHz, sine(rateHz, frequencyHz, 20_000, 4));
    for (let n = 100; n < output.length - 100; n++) expect(Math.abs(output[n]!)).toBeLessThan(2000);
  });

  it.each([100, 101, 128, 200, 251, 360, 500, 997, 1000])("%i Hz: a constant stays exact at both ends of the range", (rateHz) => {
    for (const value of [32_767, -32_768, 1, 0]) {
      const output = resample(rateHz, new Int32Array(rateHz).fill(value));
      expect(output.every((sample) => sample === value)).toBe(true);
    }
  });

  it.each([100, 360, 500, 1000])("%i Hz: a full-scale square wave saturates instead of wrapping", (rateHz) => {
    const input = Int32Array.from({ length: 2 * rateHz }, (_, i) => (i % 40 < 20 ? 32_767 : -32_768));
    const output = resample(rateHz, input);
    expect(Math.max(...output)).toBe(32_767);
    expect(Math.min(...output)).toBe(-32_768);
  });

  it.each([100, 128, 300, 360, 999])("%i Hz: the outputs do not depend on the size of the blocks, and their number is the time's", (rateHz) => {
    const input = sine(rateHz, 7, 9000, 10);
    const whole = resample(rateHz, input);
    for (const block of [1, 7, 32]) expect(resample(rateHz, input, block)).toEqual(whole);
    const resampler = new Resampler(rateHz);
    expect(whole.length).toBe(Math.ceil(((input.length - resampler.lookaheadSamples) * 250) / rateHz));
  });

  it("starts anew after reset", () => {
    const resampler = new Resampler(360);
    const output = new Int32Array(resampler.outputCountMax(360));
    const input = sine(360, 3, 1000, 1);
    const count = resampler.process(input, 360, output);
    const first = output.slice(0, count);
    resampler.reset();
    expect(resampler.process(input, 360, output)).toBe(count);
    expect(output.slice(0, count)).toEqual(first);
  });

  it("360 Hz: an impulse gives the same integers on every engine (unchanged, not derived)", () => {
    const input = new Int32Array(40);
    input[18] = 16_384;
    expect([...resample(360, input).subarray(7, 18)]).toMatchInlineSnapshot(`
      [
        0,
        0,
        38,
        0,
        -1014,
        6660,
        6660,
        -1014,
        0,
        38,
        0,
      ]
    `);
  });

  it.each([INPUT_RATE_HZ_MIN - 1, INPUT_RATE_HZ_MAX + 1, 250.5, Number.NaN])("refuses a rate of %f Hz", (rateHz) => {
    expect(() => new Resampler(rateHz)).toThrow("input rate");
  });
});

// EcgHistory: mains cut out, baseline removed, complexes found and kept where they are; gaps and age make samples unreadable.
import { describe, expect, it } from "vitest";
import { WINDOW_BEFORE_STEPS, WINDOW_STEPS } from "../../src/beats/beat-shape.js";
import { EcgHistory, STEP_SAMPLES } from "../../src/beats/ecg-history.js";

const RATE_HZ = 250;
const NOTHING = new Int32Array(0);

function historyOf(signalUv: (sample: number) => number, count: number, history = new EcgHistory(), first = 0): EcgHistory {
  for (let start = 0; start < count; start += 50) history.process(Int32Array.from({ length: 50 }, (_, i) => Math.round(signalUv(first + start + i))), 50);
  return history;
}
const read = (history: EcgHistory, sample: number): Int16Array | undefined => {
  const window = new Int16Array(WINDOW_STEPS);
  return history.read(sample, window) ? window : undefined;
};
const largest = (window: Int16Array): number => window.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
const sine = (hz: number) => (sample: number) => 1000 * Math.sin((2 * Math.PI * hz * sample) / RATE_HZ);

describe("the band", () => {
  it.each([[50, 40], [60, 40], [0, 8], [0.05, 130]])("%f Hz of 1 mV is left with at most %i uV", (hz, mostUv) => {
    const history = historyOf(hz === 0 ? () => 1000 : sine(hz), 3000);
    expect(largest(read(history, 2800)!) / 4).toBeLessThanOrEqual(mostUv);
  });
  it.each([5, 10, 20, 35])("%i Hz passes within an eighth", (hz) => {
    const history = historyOf(sine(hz), 3000);
    expect(largest(read(history, 2800)!) / 4).toBeGreaterThan(880);
    expect(largest(read(history, 2800)!) / 4).toBeLessThan(1150);
  });
  it("begins without a jump at an electrode's offset, also after a gap", () => {
    const history = historyOf(() => 9000, 250);
    expect(largest(read(history, 100)!) / 4).toBeLessThan(5);
    history.process(NOTHING, ~700);
    historyOf(() => -12000, 250, history);
    expect(largest(read(history, 1070)!) / 4).toBeLessThan(5);
  });
  it("saturates instead of wrapping", () => {
    const history = historyOf((sample) => ((sample >> 3) % 2 === 0 ? 32767 : -32767), 1000);
    expect(largest(read(history, 800)!)).toBe(32767 + 1);
  });
});

describe("a complex", () => {
  const complex = (at: number, halfSamples: number) => (sample: number) => 1200 * Math.max(0, 1 - Math.abs(sample - at) / halfSamples);
  it.each([[1000, 0], [1000, -15], [1000, 15]])("is centred on its middle, though the beat is said to be at %i%+i", (at, off) => {
    const history = historyOf(complex(at, 10), 1500);
    const window = read(history, at + off)!;
    // The filters delay by up to two samples.
    expect(Math.abs(window.indexOf(largest(window)) - WINDOW_BEFORE_STEPS) * STEP_SAMPLES).toBeLessThanOrEqual(4);
  });
  it("cannot be read before its samples have come, and not across a gap", () => {
    const history = historyOf(complex(1000, 10), 1100);
    expect(read(history, 1000)).toBeUndefined();
    historyOf(complex(1000, 10), 50, history, 1100);
    expect(read(history, 1000)).toBeDefined();
    history.process(NOTHING, ~100);
    expect(read(history, 1000)).toBeUndefined();
    historyOf(() => 0, 150, history);
    expect(read(history, 1000)).toBeUndefined();
    expect(read(history, 1270)).toBeDefined();
  });
  it("can be read for four seconds", () => {
    const history = historyOf(complex(1000, 10), 1900);
    expect(read(history, 1000)).toBeDefined();
    historyOf(() => 0, 250, history, 1900);
    expect(read(history, 1000)).toBeUndefined();
    expect(history.process(NOTHING, 0)).toBe(2150);
  });
});

// VfDetector: sine waves just inside and outside each limit, rhythms with complexes, noise, and the bookkeeping of sample numbers.
import { describe, expect, it } from "vitest";
import { Prng } from "../../src/base/prng.js";
import { VfDetector } from "../../src/rhythm/vf-detector.js";

const RATE_HZ = 250;
/** Value at a sample number. [uV] */
type Signal = (sample: number) => number;
const sine = (frequencyHz: number, peakUv: number): Signal => (sample) => peakUv * Math.sin((2 * Math.PI * frequencyHz * sample) / RATE_HZ);
/** Waxes and wanes by a half every 2 s, as fibrillation does. */
const coarse = (frequencyHz: number, peakUv: number): Signal => (sample) => sine(frequencyHz, peakUv)(sample) * (0.75 + 0.25 * Math.sin(sample / 80));
/** Triangular complexes and a rounded T wave. */
const complexes = (bpm: number, qrsMs: number, peakUv: number, tUv: number): Signal => {
  const period = Math.round((60 * RATE_HZ) / bpm);
  const half = (qrsMs * RATE_HZ) / 2000;
  return (sample) => {
    const at = sample % period;
    const qrs = Math.max(0, 1 - Math.abs(at - half) / half) * peakUv;
    const t = at > 2 * half + 20 && at < 2 * half + 60 ? tUv * Math.sin((Math.PI * (at - 2 * half - 20)) / 40) : 0;
    return qrs + t;
  };
};
const white = (peakUv: number, seed = 5): Signal => {
  const prng = new Prng(seed);
  return () => prng.below(2 * peakUv + 1) - peakUv;
};
/** Electrode motion: steps of chance about every half second, each decaying at once. */
const motion = (peakUv: number): Signal => {
  const prng = new Prng(9);
  let value = 0;
  return () => {
    if (prng.below(125) === 0) value += prng.below(2 * peakUv) - peakUv;
    value -= value / 30;
    return value;
  };
};
const sum = (...parts: Signal[]): Signal => (sample) => parts.reduce((total, part) => total + part(sample), 0);

/** Number of the sample that comes next. */
const nextSampleOf = (vf: VfDetector): number => vf.process(new Int32Array(0), 0);

/** Feeds a signal from sample `from` on in blocks; returns the seconds until `active` became true, -1 if it never did. */
function feed(vf: VfDetector, signal: Signal, seconds: number, from = nextSampleOf(vf), blockSamples = 10): number {
  let toldAfterS = -1;
  const block = new Int32Array(blockSamples);
  for (let first = 0; first < seconds * RATE_HZ; first += blockSamples) {
    for (let i = 0; i < blockSamples; i++) block[i] = Math.round(signal(from + first + i));
    vf.process(block, blockSamples);
    if (toldAfterS < 0 && vf.active) toldAfterS = (first + blockSamples) / RATE_HZ;
  }
  return toldAfterS;
}

describe("fibrillation", () => {
  it.each([2.6, 3, 4, 5, 6, 8])("of %d Hz is told within 6 s after a normal rhythm, with its onset to within 2 s", (frequencyHz) => {
    for (let phase = 0; phase < 128; phase += 32) {
      const vf = new VfDetector();
      expect(feed(vf, complexes(75, 90, 1200, 200), 20 + phase / RATE_HZ)).toBe(-1);
      const onset = nextSampleOf(vf);
      const toldAfterS = feed(vf, coarse(frequencyHz, 400), 10);
      expect(toldAfterS).toBeGreaterThan(0);
      expect(toldAfterS).toBeLessThanOrEqual(6);
      expect(Math.abs(vf.onsetSample - onset)).toBeLessThanOrEqual(2 * RATE_HZ);
    }
  });

  it("is one episode however long, and ends within 8 s of a normal rhythm", () => {
    const vf = new VfDetector();
    feed(vf, coarse(4.5, 500), 120);
    expect([vf.active, vf.endedSample]).toEqual([true, -1]);
    const end = nextSampleOf(vf);
    feed(vf, complexes(80, 90, 1200, 200), 8);
    expect(vf.active).toBe(false);
    expect(Math.abs(vf.endedSample - end)).toBeLessThanOrEqual(4 * RATE_HZ);
  });

  it.each([
    [130, false],
    [146, true],
  ])("counts as coarse from a mean of 70 uV on: peak %d uV at 5 Hz: %s", (peakUv, told) => expect(feed(new VfDetector(), sine(5, peakUv), 15) >= 0).toBe(told));

  it.each([
    [1.8, false],
    [2.2, false],
    [2.6, true],
    [8.5, true],
    [9.5, false],
    [12, false],
  ])("has an even wave of %d Hz: %s", (frequencyHz, told) => expect(feed(new VfDetector(), sine(frequencyHz, 500), 15) >= 0).toBe(told));

  it("is suspected before it is told, and asystole is not", () => {
    const vf = new VfDetector();
    feed(vf, coarse(4, 400), 3.6);
    expect([vf.active, vf.suspected]).toEqual([false, true]);
    const still = new VfDetector();
    feed(still, white(8), 10);
    expect([still.active, still.suspected]).toEqual([false, false]);
  });

  it("does not depend on the blocks it comes in", () => {
    const signal = sum(coarse(4.2, 350), sine(0.3, 500));
    const outcomes = [1, 7, 10, 32, 250].map((blockSamples) => {
      const vf = new VfDetector();
      feed(vf, signal, 14, 0, blockSamples);
      return [vf.active, vf.onsetSample];
    });
    expect(new Set(outcomes.map(String)).size).toBe(1);
    expect(outcomes[0]![0]).toBe(true);
  });

  it("is told through a wandering baseline and muscle noise", () => expect(feed(new VfDetector(), sum(coarse(4, 400), sine(0.25, 1500), white(60)), 8)).toBeGreaterThan(0));
});

describe("what is not fibrillation", () => {
  it.each<[string, Signal]>([
    ["nothing", () => 0],
    ["the rail", () => 32767],
    ["asystole with mains noise", sum(white(10), sine(50, 40))],
    ["P waves without complexes", complexes(80, 110, 150, 0)],
    ["a slow rhythm", complexes(35, 100, 1000, 300)],
    ["a normal rhythm", complexes(75, 90, 1200, 250)],
    ["tall T waves", complexes(75, 90, 600, 600)],
    ["a supraventricular tachycardia", complexes(190, 80, 900, 150)],
    ["a wide rhythm", complexes(100, 160, 1500, 400)],
    ["a ventricular tachycardia of 140/min", complexes(140, 160, 1500, 300)],
    ["white noise", white(600)],
    ["electrode motion", motion(3000)],
    ["baseline wander", sine(0.4, 3000)],
    ["a wave of the chest at 1.7 Hz", sine(1.7, 1000)],
    ["mains of 50 Hz at full scale", sine(50, 32000)],
    ["mains of 60 Hz at full scale", sine(60, 32000)],
    ["a normal rhythm under mains of 60 Hz", sum(complexes(75, 90, 1200, 250), sine(60, 3000))],
  ])("%s: none in five minutes", (_name, signal) => expect(feed(new VfDetector(), signal, 300)).toBe(-1));
});

describe("a gap", () => {
  it("ends an episode where the signal ended and begins a new window after it", () => {
    const vf = new VfDetector();
    feed(vf, coarse(4, 400), 10);
    expect(vf.active).toBe(true);
    vf.gap(500);
    expect([vf.active, vf.suspected, vf.endedSample, nextSampleOf(vf)]).toEqual([false, false, 2500, 3000]);
    expect(feed(vf, coarse(4, 400), 3)).toBe(-1);
    expect(feed(vf, coarse(4, 400), 3)).toBeGreaterThan(0);
    expect(vf.onsetSample).toBeGreaterThanOrEqual(2990);
  });

  it("leaves no trace of what was before", () => {
    const fresh = new VfDetector();
    const used = new VfDetector();
    feed(used, sum(white(900), sine(0.2, 3000)), 7);
    used.gap(0);
    for (let step = 0; step < 40; step++) {
      feed(fresh, coarse(5, 300), 0.2, step * 50);
      feed(used, coarse(5, 300), 0.2, step * 50);
      expect([used.active, used.suspected]).toEqual([fresh.active, fresh.suspected]);
    }
    expect(fresh.active).toBe(true);
  });
});

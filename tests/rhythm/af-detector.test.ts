// AfDetector: synthetic rhythms at every rate, its limits, and the states around them.
import { describe, expect, it } from "vitest";
import { Prng } from "../../src/base/prng.js";
import { AF_ALIKE_Q12_END, AF_ALIKE_Q12_ONSET, AF_INTERVALS_MIN_END, AF_INTERVALS_MIN_ONSET, AF_WINDOW_INTERVALS, AF_WORDS, AfDetector, P_WAVE_UNKNOWN } from "../../src/rhythm/af-detector.js";

/** Next interval of a rhythm. [ms] */
type Rhythm = (index: number, prng: Prng) => number;
const spread = (prng: Prng, percent: number, meanMs: number): number => Math.round((meanMs * (100 + prng.below(2 * percent + 1) - percent)) / 400) * 4;
const sinus = (meanMs: number): Rhythm => (_index, prng) => spread(prng, 3, meanMs);
const breathing = (meanMs: number): Rhythm => (index) => Math.round((meanMs * (1 + 0.12 * Math.sin(index / 2.2))) / 4) * 4;
const fibrillation = (meanMs: number): Rhythm => (_index, prng) => spread(prng, 30, meanMs);
/** Wenckebach: 4:3, the pause every third interval. */
const wenckebach: Rhythm = (index) => [720, 640, 1080][index % 3]!;
const flutter: Rhythm = (index, prng) => 440 + (prng.below(3) === 0 ? 220 : 0) + 4 * (index % 2);

interface Run {
  af: AfDetector;
  prng: Prng;
  sample: number;
}
const start = (seed = 1): Run => ({ af: new AfDetector(new Int32Array(AF_WORDS)), prng: new Prng(seed), sample: 0 });

/** Goes on for `count` intervals; returns the seconds until `active` first changed, or -1. */
function go(run: Run, rhythm: Rhythm, count: number, pWave: number = P_WAVE_UNKNOWN): number {
  const before = run.af.active;
  const from = run.sample;
  let changedAfterS = -1;
  for (let index = 0; index < count; index++) {
    const rrMs = rhythm(index, run.prng);
    run.sample += rrMs / 4;
    run.af.addInterval(rrMs, run.sample, pWave);
    if (changedAfterS < 0 && run.af.active !== before) changedAfterS = (run.sample - from) / 250;
  }
  return changedAfterS;
}

describe("onset", () => {
  it.each([45, 60, 75, 90, 110, 140, 170])("is told within 60 s at %d/min after sinus rhythm, and the onset estimated to within 20 s", (bpm) => {
    for (let seed = 1; seed <= 20; seed++) {
      const run = start(seed);
      go(run, sinus(860), 150);
      const onset = run.sample;
      const toldAfterS = go(run, fibrillation(60_000 / bpm), Math.ceil((65 * bpm) / 60));
      expect(toldAfterS).toBeGreaterThan(0);
      expect(toldAfterS).toBeLessThanOrEqual(60);
      expect(Math.abs(run.af.onsetSample - onset)).toBeLessThanOrEqual(20 * 250);
    }
  });

  it("is told once and stays, for an hour of fibrillation", () => {
    const run = start();
    let changes = 0;
    let before = false;
    for (let index = 0; index < 5400; index++) {
      go(run, fibrillation(660), 1);
      if (run.af.active !== before) changes++;
      before = run.af.active;
    }
    expect(changes).toBe(1);
  });

  it("needs AF_INTERVALS_MIN_ONSET pairs of intervals", () => {
    const run = start();
    go(run, fibrillation(660), AF_INTERVALS_MIN_ONSET);
    expect(run.af.active).toBe(false);
    go(run, fibrillation(660), 1);
    expect(run.af.active).toBe(true);
  });

  it("does not come when the window's intervals cover less than half its time", () => {
    const run = start();
    for (let index = 0; index < 300; index++) {
      go(run, fibrillation(660), 1);
      run.sample += 200;
    }
    expect(run.af.active).toBe(false);
  });
});

describe("end", () => {
  it.each([45, 60, 75, 100])("is told within 60 s of sinus rhythm at %d/min, and estimated to within 20 s", (bpm) => {
    for (let seed = 1; seed <= 20; seed++) {
      const run = start(seed);
      go(run, fibrillation(600), 150);
      const end = run.sample;
      const toldAfterS = go(run, sinus(60_000 / bpm), bpm + 5);
      expect(toldAfterS).toBeGreaterThan(0);
      expect(toldAfterS).toBeLessThanOrEqual(60);
      expect(Math.abs(run.af.endedSample - end)).toBeLessThanOrEqual(20 * 250);
    }
  });

  it("comes when nothing could be decided for 2 min, at the last decision", () => {
    const run = start();
    go(run, fibrillation(600), 100);
    const last = run.sample;
    run.af.addHole(last + 120 * 250);
    expect(run.af.active).toBe(true);
    run.af.addHole(last + 120 * 250 + 1);
    expect([run.af.active, run.af.endedSample]).toEqual([false, last]);
  });

  it("does not come with the intervals forgotten, but needs AF_INTERVALS_MIN_END new ones", () => {
    const run = start();
    go(run, fibrillation(600), 100);
    run.af.forget();
    go(run, () => 800, AF_INTERVALS_MIN_END);
    expect(run.af.active).toBe(true);
    go(run, () => 800, 1);
    expect(run.af.active).toBe(false);
  });
});

describe("rhythms that are not fibrillation", () => {
  it.each<[string, Rhythm, boolean]>([
    ["sinus at 45/min", sinus(1332), false],
    ["sinus at 70/min", sinus(860), false],
    ["sinus at 150/min", sinus(400), false],
    ["sinus arrhythmia of 12 %", breathing(900), false],
    ["bigeminy of atrial beats", (index) => (index % 2 === 0 ? 520 : 1080), true],
    ["Wenckebach 4:3", wenckebach, true],
    ["flutter that changes between 2:1 and 3:1", flutter, true],
    ["a metronome", () => 800, false],
  ])("%s: none in an hour", (_name, rhythm, irregular) => {
    const run = start();
    expect(go(run, rhythm, 4000)).toBe(-1);
    expect(run.af.irregular).toBe(irregular);
  });

  it("are not irregular while they fibrillate", () => {
    const run = start();
    go(run, fibrillation(660), 200);
    expect([run.af.active, run.af.irregular]).toEqual([true, false]);
  });
});

describe("share of alike pairs", () => {
  it("is unknown below AF_INTERVALS_MIN_END pairs of intervals, then all for a metronome", () => {
    const run = start();
    go(run, () => 800, AF_INTERVALS_MIN_END);
    expect(run.af.alikeQ12).toBe(-1);
    go(run, () => 800, 1);
    expect(run.af.alikeQ12).toBe(4096);
  });

  it.each([
    [26, true],
    [28, false],
  ])("counts 800 and %d ms more as alike: %s", (moreMs, alike) => {
    const run = start();
    // Each half alternates with itself only, so that all pairs of a half are alike.
    go(run, (index) => (index < 40 ? 800 : 800 + moreMs), 65);
    expect(run.af.alikeQ12 === 4096).toBe(alike);
  });

  it("forgets the intervals that leave the window, by count and by time", () => {
    const run = start();
    go(run, fibrillation(660), 100);
    go(run, () => 400, AF_WINDOW_INTERVALS + 1);
    expect(run.af.alikeQ12).toBe(4096);
    go(run, fibrillation(660), 100);
    go(run, () => 2000, 26);
    expect(run.af.alikeQ12).toBe(4096);
  });

  it("has an onset below its end", () => expect(AF_ALIKE_Q12_ONSET).toBeLessThan(AF_ALIKE_Q12_END));
});

describe("P waves", () => {
  /** 100 where P waves lead `led` beats of 16. */
  const goLed = (run: Run, led: number, count: number): number => {
    const from = run.sample;
    for (let index = 0; index < count; index++) {
      const before = run.af.active;
      go(run, fibrillation(660), 1, index % 16 < led ? 100 : 0);
      if (run.af.active !== before) return (run.sample - from) / 250;
    }
    return -1;
  };

  it.each([
    ["nobody looked", P_WAVE_UNKNOWN, true],
    ["none there", 0, true],
    ["just uncertain", 74, true],
    ["certain", 75, false],
  ])("%s: irregular intervals are told as fibrillation: %s", (_name, pWave, told) => {
    const run = start();
    go(run, () => 700, 70);
    expect(go(run, fibrillation(660), 300, pWave) >= 0).toBe(told);
  });

  it.each([[11, true], [12, false]])("before %i beats of 16: fibrillation is told: %s", (led, told) => {
    expect(goLed(start(), led, 300) >= 0).toBe(told);
  });

  it("before 12 of 16 beats end it at once, where they begin; 11 do not", () => {
    const run = start();
    go(run, fibrillation(660), 100, 0);
    expect(goLed(run, 11, 160)).toBe(-1);
    go(run, fibrillation(660), 16, 0);
    const end = run.sample;
    expect(goLed(run, 16, 16)).toBeGreaterThan(0);
    expect(Math.abs(run.af.endedSample - end)).toBeLessThanOrEqual(5 * 250);
  });

  it("are forgotten with the intervals", () => {
    const run = start();
    go(run, fibrillation(660), 100, 100);
    run.af.forget();
    expect(go(run, fibrillation(660), AF_INTERVALS_MIN_ONSET + 1, 0)).toBeGreaterThan(0);
  });
});

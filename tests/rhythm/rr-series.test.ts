// RrSeries: heart rate and conducted intervals, from written-out intervals.
import { describe, expect, it } from "vitest";
import { HEART_RATE_UNKNOWN, RR_MS_MAX, RrSeries } from "../../src/rhythm/rr-series.js";
import { BEAT_LETTERS, type BeatClass } from "../../src/vocabulary/beat.js";

/** A series after a first beat and beats at these intervals; `rates` holds the heart rate after each interval. */
function beat(intervalsMs: readonly number[]): { rr: RrSeries; rates: number[] } {
  const rr = new RrSeries(0, { onInterval: () => {} });
  let sample = 1000;
  rr.addBeat(sample);
  const rates = intervalsMs.map((rrMs) => {
    sample += rrMs / 4;
    rr.addBeat(sample);
    return rr.heartRateBpm;
  });
  return { rr, rates };
}
const repeat = (rrMs: number, count: number): number[] => Array.from({ length: count }, () => rrMs);

describe("heart rate", () => {
  it.each([[1000, 60], [500, 120], [2400, 25], [752, 80], [200, 300], [RR_MS_MAX, 17]])("RR %d ms: %d/min", (rrMs, bpm) => {
    expect(beat(repeat(rrMs, 10)).rates.at(-1)).toBe(bpm);
  });

  it("is unknown before three intervals", () => expect(beat(repeat(1000, 4)).rates).toEqual([-1, -1, 60, 60]));

  it("is unknown after an interval that is no rhythm's, until there are three again", () => {
    expect(beat([...repeat(1000, 5), RR_MS_MAX + 4, ...repeat(1000, 3)]).rates.slice(4)).toEqual([60, -1, -1, -1, 60]);
  });

  it("is unknown after a gap, and no interval spans it", () => {
    const { rr } = beat(repeat(1000, 8));
    rr.gap();
    expect(rr.heartRateBpm).toBe(HEART_RATE_UNKNOWN);
    expect(rr.lastBeatSample).toBeLessThan(0);
    for (const sample of [9000, 9200, 9400]) rr.addBeat(sample);
    expect(rr.heartRateBpm).toBe(HEART_RATE_UNKNOWN);
    rr.addBeat(9600);
    expect(rr.heartRateBpm).toBe(75);
  });

  it.each([
    ["a beat found twice at 27/min", repeat(2220, 6), [172, 2048], 26, 30],
    ["two false beats in a row at 27/min", repeat(2220, 6), [172, 400, 1648], 26, 75],
    ["a beat missed at 75/min", repeat(800, 8), [1600], 70, 76],
    ["an ectopic beat with its pause", repeat(1000, 8), [600, 1400], 58, 66],
    ["bigeminy", repeat(800, 8), [500, 1100, 500, 1100, 500, 1100, 500, 1100, 500, 1100], 65, 95],
  ])("does not jump: %s", (_name, before, after, lowest, highest) => {
    const { rates } = beat([...before, ...after, ...before]);
    const disturbed = rates.slice(before.length - 1);
    expect(Math.min(...disturbed)).toBeGreaterThanOrEqual(lowest);
    expect(Math.max(...disturbed)).toBeLessThanOrEqual(highest);
  });

  it.each([
    ["fall from 70 to 38 below 40", 857, 1580, (bpm: number) => bpm < 40],
    ["fall from 110 to 38 below 40", 544, 1580, (bpm: number) => bpm < 40],
    ["rise from 38 to 140 above 130", 1580, 428, (bpm: number) => bpm > 130],
    ["rise from 75 to 140 above 130", 800, 428, (bpm: number) => bpm > 130],
  ])("shows a %s within 10 s", (_name, fromMs, toMs, shown) => {
    const rounded = Math.round(toMs / 4) * 4;
    const { rates } = beat([...repeat(Math.round(fromMs / 4) * 4, 12), ...repeat(rounded, 30)]);
    const beatsNeeded = rates.slice(12).findIndex(shown) + 1;
    expect(beatsNeeded).toBeGreaterThan(0);
    expect(beatsNeeded * rounded).toBeLessThanOrEqual(10_000);
  });
});

/** Conducted intervals from "N800 V520 N1080 ...": class and interval before it. */
function settle(notation: string): number[] {
  const settled: number[] = [];
  const rr = new RrSeries(0, { onInterval: (rrMs) => void settled.push(rrMs) });
  let sample = 0;
  for (const word of notation.split(" ")) {
    sample += Number(word.slice(1)) / 4;
    const before = settled.length;
    expect(rr.addClass(sample, BEAT_LETTERS.indexOf(word.charAt(0)) as BeatClass)).toBe(settled.length > before);
  }
  return settled;
}
const sinus = "N800 N800 N800 N800 N800";

describe("conducted intervals", () => {
  it.each([
    ["are those between two N", sinus, [800, 800, 800, 800]],
    ["leave out both sides of a V", `${sinus} V520 N1080 N800`, [800, 800, 800, 800, 800]],
    ["leave out both sides of an S, an F and a Q", `${sinus} S520 N900 F800 N800 Q800 N800 N800`, [800, 800, 800, 800, 800]],
    ["leave out what is shorter than 200 ms", `${sinus} N196 N604 N800`, [800, 800, 800, 800, 604, 800]],
    ["leave out what is longer than 2500 ms", `${sinus} N2504 N800`, [800, 800, 800, 800, 800]],
    ["leave out a premature interval with its pause", `${sinus} N520 N1080 N800`, [800, 800, 800, 800, 800]],
    ["keep a premature interval without a pause, told one beat later", `${sinus} N520 N800`, [800, 800, 800, 800, 520, 800]],
    ["keep one with a pause that does not compensate", `${sinus} N520 N1300`, [800, 800, 800, 800, 520, 1300]],
    ["keep a premature interval before a V", `${sinus} N520 V400 N1080 N800`, [800, 800, 800, 800, 520, 800]],
    ["keep an interval that is short by less than 15 %", `${sinus} N684 N916`, [800, 800, 800, 800, 684, 916]],
    ["know no premature interval before there are four to compare with", "N800 N800 N800 N500 N1100", [800, 800, 500, 1100]],
  ])("%s", (_name, notation, expected) => expect(settle(notation)).toEqual(expected));

  it("do not reach across a gap", () => {
    const told: number[][] = [];
    const rr = new RrSeries(0, { onInterval: (...interval) => void told.push(interval) });
    rr.addClass(1000, 0);
    rr.gap();
    rr.addClass(1200, 0);
    expect(told).toEqual([]);
    rr.addClass(1400, 0);
    expect(told).toEqual([[800, 1400]]);
  });
});

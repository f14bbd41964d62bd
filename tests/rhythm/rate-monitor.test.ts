// RateMonitor: each limit just under, at and just over.
import { describe, expect, it } from "vitest";
import { RATE_ASYSTOLE, RATE_BRADYCARDIA, RATE_PAUSE, RATE_TACHYCARDIA, RateMonitor } from "../../src/rhythm/rate-monitor.js";

const LIMITS = { asystoleMs: 4000, pauseMs: 2500, bradycardiaBpm: 50, tachycardiaBpm: 120 };

/** A monitor after `beatCount` beats, `rrSamples` apart; the last at the returned sample. */
function beating(rrSamples: number, beatCount = 10): { rate: RateMonitor; last: number } {
  const rate = new RateMonitor(LIMITS);
  rate.advance(0);
  let last = 0;
  for (let beat = 1; beat <= beatCount; beat++) {
    last = beat * rrSamples;
    rate.onBeat(last);
    rate.advance(last + 1);
  }
  return { rate, last };
}

describe("heart rate", () => {
  it.each([[250, 60], [125, 120], [300, 50], [600, 25], [188, 80]])("RR %d samples: %d/min", (rr, bpm) => expect(beating(rr).rate.heartRateBpm).toBe(bpm));
  it("is unknown before three intervals", () => {
    expect(beating(250, 3).rate.heartRateBpm).toBe(-1);
    expect(beating(250, 4).rate.heartRateBpm).toBe(60);
  });
  it("moves little with one early beat and its pause", () => {
    const { rate, last } = beating(250);
    rate.onBeat(last + 150);
    expect(rate.heartRateBpm).toBe(63);
    rate.onBeat(last + 500);
    expect(rate.heartRateBpm).toBe(60);
  });
  it("is unknown, not 0, after an interruption, and no interval spans it", () => {
    const { rate, last } = beating(250);
    rate.interrupt();
    expect(rate.heartRateBpm).toBe(-1);
    for (let beat = 0; beat < 4; beat++) rate.onBeat(last + 5000 + beat * 200);
    expect(rate.heartRateBpm).toBe(75);
  });
});

describe("silence", () => {
  it.each([[624, false, false], [625, true, false], [999, true, false], [1000, true, true]])("%d samples after a beat: pause %s, asystole %s", (samples, pause, asystole) => {
    const { rate, last } = beating(250);
    rate.advance(last + samples);
    expect(rate.isActive(RATE_PAUSE)).toBe(pause);
    expect(rate.isActive(RATE_ASYSTOLE)).toBe(asystole);
    if (asystole) expect(rate.measured(RATE_ASYSTOLE)).toBe(4000);
    if (pause) expect(rate.onsetSample(RATE_PAUSE)).toBe(last);
  });
  it("from the start is asystole too, but no pause", () => {
    const rate = new RateMonitor(LIMITS);
    rate.advance(0);
    rate.advance(999);
    expect(rate.isActive(RATE_ASYSTOLE)).toBe(false);
    rate.advance(1000);
    expect(rate.isActive(RATE_ASYSTOLE)).toBe(true);
    expect(rate.isActive(RATE_PAUSE)).toBe(false);
  });
  it("ends with the next beat, with the interval that passed", () => {
    const { rate, last } = beating(250);
    rate.advance(last + 1200);
    rate.onBeat(last + 1250);
    expect(rate.isActive(RATE_ASYSTOLE)).toBe(false);
    expect(rate.isActive(RATE_PAUSE)).toBe(false);
    expect(rate.measured(RATE_PAUSE)).toBe(5000);
    expect(rate.onsetSample(RATE_ASYSTOLE)).toBe(last + 1250);
  });
  it("does not count while the ECG can't be judged", () => {
    const { rate, last } = beating(250);
    rate.interrupt();
    rate.advance(last + 3000);
    rate.advance(last + 3999);
    expect(rate.isActive(RATE_ASYSTOLE)).toBe(false);
    rate.advance(last + 4000);
    expect(rate.isActive(RATE_ASYSTOLE)).toBe(true);
  });
});

describe("rate limits", () => {
  it.each([[306, true], [300, false]])("RR %d samples: bradycardia %s", (rr, active) => expect(beating(rr).rate.isActive(RATE_BRADYCARDIA)).toBe(active));
  it.each([[124, true], [125, false]])("RR %d samples: tachycardia %s", (rr, active) => expect(beating(rr).rate.isActive(RATE_TACHYCARDIA)).toBe(active));
  it("bradycardia ends 3/min above its limit, not before", () => {
    const { rate, last } = beating(310);
    let sample = last;
    for (let beat = 0; beat < 8; beat++) rate.onBeat((sample += 290));
    expect(rate.heartRateBpm).toBe(52);
    expect(rate.isActive(RATE_BRADYCARDIA)).toBe(true);
    for (let beat = 0; beat < 8; beat++) rate.onBeat((sample += 283));
    expect(rate.heartRateBpm).toBe(53);
    expect(rate.isActive(RATE_BRADYCARDIA)).toBe(false);
  });
});

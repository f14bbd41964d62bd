// EcgChain: many beats at once, as the QRS detector finds them when it has learned its levels.
import { describe, expect, it } from "vitest";
import { BEAT_Q } from "../../src/vocabulary/beat.js";
import { runChain } from "../alerts/alarm-timing.js";
import { addBeats, addNoise, evenPeaks, NORMAL_WAVES, toSamples, WIDE_WAVES } from "../synthetic-ecg.js";

/** Sinus rhythm, then wide complexes that are too flat for its levels. */
const flat = (beatsPerMinute: number) => (signal: Float64Array): void => {
  addBeats(signal, evenPeaks(0, 7500, 72), 1000);
  addBeats(signal, evenPeaks(7500, signal.length, beatsPerMinute), 600, WIDE_WAVES.map(([centreS, height, widthS]) => [centreS, height, 1.3 * widthS]));
};
const fromStart = (beatsPerMinute: number) => (signal: Float64Array): void => {
  addBeats(signal, evenPeaks(0, signal.length, beatsPerMinute), 1000, NORMAL_WAVES.slice(1, 4));
};

describe("every beat has a class, in order", () => {
  it.each([
    ["a start at 190/min", fromStart(190)], ["a start at 240/min", fromStart(240)],
    ["a wide, flat tachycardia of 150/min, learned after 8 s", flat(150)], ["one of 200/min", flat(200)],
  ])("%s", (_name, render) => {
    const signal = new Float64Array(250 * 60);
    render(signal);
    addNoise(signal, 10, 1);
    const { samples, classes } = runChain(toSamples(signal)).beats;
    expect(samples.length).toBeGreaterThan(90);
    expect(samples).toEqual(samples.toSorted((one, other) => one - other));
    expect(new Set(samples).size).toBe(samples.length);
    // All but the last have all of their window.
    expect(classes.slice(0, -1).filter((beatClass) => beatClass === BEAT_Q).length).toBeLessThan(classes.length / 4);
  });
});

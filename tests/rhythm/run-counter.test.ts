// RunCounter: rows of one class, as strings of class letters.
import { describe, expect, it } from "vitest";
import { RunCounter } from "../../src/rhythm/run-counter.js";
import { BEAT_LETTERS, BEAT_V, type BeatClass } from "../../src/vocabulary/beat.js";

/** Feeds beats, 0.4 s apart unless said. */
function count(letters: string, apartSamples = 100): RunCounter {
  const run = new RunCounter(BEAT_V, new Int32Array(4), 1, 2);
  [...letters].forEach((letter, index) => run.add(index * apartSamples, BEAT_LETTERS.indexOf(letter) as BeatClass));
  return run;
}

describe("RunCounter", () => {
  it.each([
    ["", 0, 0, -1, -1],
    ["NN", 0, 2, -1, -1],
    ["NV", 1, 0, 100, 100],
    ["NVV", 2, 0, 100, 200],
    ["VVVN", 0, 1, 0, 200],
    ["VNNS", 0, 3, 0, 0],
    ["VNFQ", 0, 1, 0, 0],
    ["VVFV", 1, 0, 300, 300],
  ])("%s: row %d, others %d, from %d to %d", (letters, row, otherRow, onsetSample, lastSample) => {
    const run = count(letters);
    expect([run.row, run.otherRow, run.onsetSample, run.lastSample]).toEqual([row, otherRow, onsetSample, lastSample]);
  });

  it.each([
    ["VVV", 100, 150, 149, 150],
    ["NVVVV", 150, 100, 99, 100],
    ["VVVNVVV", 125, 120, 119, 120],
    ["VVV", 101, 149, 148, 149],
  ])("%s %d samples apart: %d/min, above %d/min and not above %d/min", (letters, apart, rateBpm, above, notAbove) => {
    const run = count(letters, apart);
    expect([run.rateBpm, run.isFasterThan(above), run.isFasterThan(notAbove)]).toEqual([rateBpm, true, false]);
  });

  it("takes the last intervals, not the first", () => {
    const run = new RunCounter(BEAT_V, new Int32Array(4), 1, 2);
    for (const sample of [0, 500, 600, 700]) run.add(sample, BEAT_V);
    expect(run.rateBpm).toBe(150);
  });

  it("begins anew after a reset", () => {
    const run = count("VVV");
    run.reset();
    run.add(1000, BEAT_V);
    expect([run.row, run.onsetSample, run.rateBpm]).toEqual([1, 1000, -1]);
  });
});

it.each([
  ["even", [0, 100, 200], true],
  ["half as long again", [0, 100, 250], true],
  ["and a sample more", [0, 100, 251], false],
  ["shorter by a third", [0, 150, 250], true],
  ["and a sample less", [0, 150, 249], false],
  ["a jump before the last intervals", [0, 500, 600, 700], true],
])("tells whether the last intervals are even: %s", (_name, samples, isEven) => {
  const run = new RunCounter(BEAT_V, new Int32Array(4), 1, 2);
  for (const sample of samples) run.add(sample, BEAT_V);
  expect(run.isEven).toBe(isEven);
});

it("knows where a slow row became fast", () => {
  const run = new RunCounter(BEAT_V, new Int32Array(4), 1, 2);
  for (const sample of [0, 250, 500, 600, 700]) run.add(sample, BEAT_V);
  expect([run.onsetSample, run.recentOnsetSample]).toEqual([0, 500]);
});

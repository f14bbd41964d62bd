// What the history remembers of numbered samples: order, gaps, restarts, and its limit.
import { describe, expect, it } from "vitest";
import { HISTORY_SAMPLES, SampleHistory } from "../../src/dashboard/sample-history.js";

const LOST = Number.NaN;
const ramp = (from: number, count: number): Int16Array => Int16Array.from({ length: count }, (_, index) => (from + index) % 30_000);

describe("SampleHistory", () => {
  const ROWS: { name: string; frames: [number, number[]][]; first: number; next: number; from: number; samples: number[] }[] = [
    { name: "nothing", frames: [], first: 0, next: 0, from: 0, samples: [LOST] },
    { name: "frames in order", frames: [[0, [1, 2]], [2, [3]]], first: 0, next: 3, from: 0, samples: [1, 2, 3, LOST] },
    { name: "a page opened in the middle", frames: [[5000, [7, 8]]], first: 5000, next: 5002, from: 4999, samples: [LOST, 7, 8, LOST] },
    { name: "a gap stays a gap, and shifts nothing", frames: [[0, [1, 2]], [4, [5]]], first: 0, next: 5, from: 0, samples: [1, 2, LOST, LOST, 5] },
    { name: "a step back is a restart", frames: [[1000, [1, 2, 3]], [0, [9]]], first: 0, next: 1, from: 0, samples: [9, LOST] },
    { name: "a gap longer than the history begins anew", frames: [[0, [1]], [1 + HISTORY_SAMPLES, [2]]], first: 1 + HISTORY_SAMPLES, next: 2 + HISTORY_SAMPLES, from: HISTORY_SAMPLES, samples: [LOST, 2] },
    { name: "an empty frame", frames: [[0, [1]], [1, []]], first: 0, next: 1, from: 0, samples: [1, LOST] },
  ];
  it.each(ROWS)("$name", ({ frames, first, next, from, samples }) => {
    const history = new SampleHistory();
    for (const [firstSample, values] of frames) history.push({ firstSample, samplesUv: Int16Array.from(values) });
    expect([history.firstSample, history.nextSample]).toEqual([first, next]);
    expect(samples.map((_, index) => history.at(from + index))).toEqual(samples);
  });

  it("forgets the oldest when it is full", () => {
    const history = new SampleHistory();
    history.push({ firstSample: 0, samplesUv: ramp(0, HISTORY_SAMPLES) });
    expect(history.at(0)).toBe(0);
    history.push({ firstSample: HISTORY_SAMPLES, samplesUv: ramp(HISTORY_SAMPLES, 1) });
    expect(history.at(0)).toBeNaN();
    expect(history.at(1)).toBe(1);
    expect(history.at(HISTORY_SAMPLES)).toBe(HISTORY_SAMPLES);
  });

  it("forgets beats at a restart, and the oldest of very many", () => {
    const history = new SampleHistory();
    history.push({ firstSample: 0, samplesUv: ramp(0, 10) });
    for (let sample = 0; sample < 1000; sample++) history.pushBeat({ sample, class: "", heartRateBpm: 60 });
    expect(history.beats.length).toBeLessThan(1000);
    expect(history.beats.at(-1)?.sample).toBe(999);
    history.push({ firstSample: 0, samplesUv: ramp(0, 1) });
    expect(history.beats).toEqual([]);
  });
});

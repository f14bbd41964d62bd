// Which stretches are the worst mistakes.
import { describe, expect, it } from "vitest";
import type { PairLabel } from "../../src/evaluation/beat-class.js";
import type { BeatPair } from "../../src/evaluation/compare-beats.js";
import { BEAT_MISTAKES, EPISODE_MISTAKES, type Mistake, worstBeats, worstEpisodes } from "../../src/evaluation/mistakes.js";
import { mark } from "./disturb.js";

/** "NO@100 VV@200": pairs of reference and test. */
const pairs = (notation: string): BeatPair[] =>
  notation.split(" ").map((word) => {
    const [labels, sample] = word.split("@") as [string, string];
    return { reference: labels[0] as PairLabel, test: labels[1] as PairLabel, referenceSample: Number(sample), testSample: Number(sample) };
  });

/** "AFIB@100 N@200 [@300 ]@400". */
const marks = (notation: string): ReturnType<typeof mark>[] =>
  notation.split(" ").filter((word) => word !== "").map((word) => {
    const [what, sample] = word.split("@") as [string, string];
    return what === "[" || what === "]" ? mark(Number(sample), what) : mark(Number(sample), "+", 0, `(${what}`);
  });

const show = (mistakes: readonly Mistake[], titles: readonly { title: string }[]): string[] =>
  mistakes.map(({ kind, startSample, endSample, weight }) => `${titles[kind]!.title} ${startSample}-${endSample}: ${weight}`);

describe("worstBeats", () => {
  it.each([
    ["right beats", "NN@100 VV@200 SS@300 QQ@400", []],
    ["one missed", "NN@100 NO@500", ["Missed beats 450-550: 1"]],
    ["the fullest stretch first, no overlap", "NO@500 NO@1000 NO@1050 NO@1120", ["Missed beats 975-1075: 2", "Missed beats 450-550: 1"]],
    ["near the start", "NO@10", ["Missed beats 0-100: 1"]],
    ["F called V and Q called V are none", "FV@500 QV@900", []],
    ["F called S is one", "FS@500", ["Other beats called supraventricular 450-550: 1"]],
    ["one pair, two kinds", "VS@500", ["Ventricular beats called otherwise 450-550: 1", "Other beats called supraventricular 450-550: 1"]],
    ["a missed V is missed only, a false V is false only", "VX@500 OV@900", ["Missed beats 450-550: 1", "False beats 850-950: 1"]],
  ])("%s", (_name, notation, expected) => expect(show(worstBeats(pairs(notation), 100, 2), BEAT_MISTAKES)).toEqual(expected));

  it("gives no more than it is asked for", () => expect(worstBeats(pairs("NO@500 NO@1000 NO@2000"), 100, 2)).toHaveLength(2));
});

describe("worstEpisodes", () => {
  it.each([
    ["the same", "AFIB@2000 N@3000", "AFIB@2000 N@3000", []],
    ["late and long", "AFIB@2000 N@3000", "AFIB@2100 N@3500", ["Atrial fibrillation missed 2000-2100: 100", "False atrial fibrillation 3000-3500: 500"]],
    ["two holes, the longer first", "AFIB@2000 N@4000", "AFIB@2100 N@2200 AFIB@2900 N@4000", ["Atrial fibrillation missed 2200-2900: 700", "Atrial fibrillation missed 2000-2100: 100"]],
    ["from before scoring to its end", "", "AFIB@0", ["False atrial fibrillation 1000-10000: 9000"]],
    ["before scoring", "", "[@100 ]@1000", []],
    ["VF", "[@2000 ]@3000", "", ["Ventricular flutter or fibrillation missed 2000-3000: 1000"]],
  ])("%s", (_name, reference, test, expected) => {
    expect(show(worstEpisodes(marks(reference), marks(test), { sampleRateHz: 360, fromSample: 1000, toSample: 10_000 }, 5), EPISODE_MISTAKES)).toEqual(expected);
  });
});

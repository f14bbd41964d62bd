// The episode-by-episode comparison: rules in small. WFDB's epicmp (10.7.0) gives the same counts for each row:
//   epicmp -r REC -a ref tst -f s1000 -A - -V -      (360 Hz, 10,000 samples; times read in samples)
import { describe, expect, it } from "vitest";
import { compareEpisodes, type EpisodeKind } from "../../src/evaluation/compare-episodes.js";
import type { Annotation } from "../../src/wfdb/annotation.js";
import { mark } from "./disturb.js";

const OPTIONS = { sampleRateHz: 360, fromSample: 1000, toSample: 10_000 };

/** "AFIB@100 N@200 [300 ]400 V500" as annotations: rhythms have an "@". */
function parse(notation: string): Annotation[] {
  return notation
    .split(" ")
    .filter((word) => word !== "")
    .map((word) => {
      const [rhythm, sample] = word.split("@");
      return sample === undefined ? mark(Number(word.slice(1)), word.slice(0, 1)) : mark(Number(sample), "+", 0, `(${rhythm}`);
    });
}

const CASES: [name: string, kind: EpisodeKind, reference: string, test: string, counts: string][] = [
  ["none", "AF", "N@100", "N@100", "0/0 0/0 0/0 0/0"],
  ["the same", "AF", "AFIB@2000 N@5000", "AFIB@2000 N@5000", "1/1 1/1 3000/3000 3000/3000"],
  ["late and long", "AF", "AFIB@2000 N@5000", "AFIB@2500 N@6000", "1/1 1/1 2500/3000 2500/3500"],
  ["any overlap is enough", "AF", "AFIB@2000 N@5000", "AFIB@4999 N@9000", "1/1 1/1 1/3000 1/4001"],
  ["touching is not", "AF", "AFIB@2000 N@5000", "AFIB@5000 N@9000", "0/1 0/1 0/3000 0/4000"],
  ["one against two", "AF", "AFIB@2000 N@8000", "AFIB@2500 N@3000 AFIB@7000 N@8500", "1/1 2/2 1500/6000 1500/2000"],
  ["AFIB again does not begin a new one", "AF", "AFIB@2000 AFIB@3000 N@5000", "AFIB@2000 N@5000", "1/1 1/1 3000/3000 3000/3000"],
  ["flutter is another rhythm", "AF", "AFIB@2000 AFL@3000 AFIB@4000 N@5000", "AFL@2000 N@5000", "0/2 0/0 0/2000 0/0"],
  ["open at the end", "AF", "AFIB@9000", "AFIB@9500 V9900", "1/1 1/1 500/1000 500/500"],
  ["over the start", "AF", "AFIB@500 N@2000", "AFIB@700 N@1500", "1/1 1/1 500/1000 500/500"],
  ["before the start", "AF", "AFIB@500 N@999", "AFIB@500 N@2000", "0/0 0/1 0/0 0/1000"],
  ["up to the start: an episode of no length", "AF", "AFIB@500 N@1000", "AFIB@500 N@2000", "0/1 0/1 0/0 0/1000"],
  ["from the end on", "AF", "AFIB@10000 N@10001", "AFIB@9999 N@10001", "0/0 0/1 0/0 0/1"],
  ["VF", "VF", "[2000 !2100 ]3000", "[2500 ]2600 [2900 ]4000", "1/1 2/2 200/1000 200/1200"],
  ["VF is not AF", "AF", "[2000 ]3000", "[2000 ]3000", "0/0 0/0 0/0 0/0"],
  ["rhythm VFL alone is not VF", "VF", "[2000 ]3000", "VFL@2000 N@3000", "0/1 0/0 0/1000 0/0"],
];

describe("compareEpisodes", () => {
  it.each(CASES)("%s (%s)", (_, kind, reference, test, counts) => {
    const summary = compareEpisodes(parse(reference), parse(test), kind, OPTIONS);
    const ratios = [summary.episodeSensitivity, summary.episodePredictivity, summary.durationSensitivity, summary.durationPredictivity];
    expect(ratios.map(({ hits, total }) => `${hits}/${total}`).join(" ")).toBe(counts);
  });

  it.each([
    ["nothing false", "AFIB@2000 N@5000", "AFIB@2500 N@4000", "6000/6000"],
    ["late and long", "AFIB@2000 N@5000", "AFIB@2500 N@6000", "5000/6000"],
    ["no reference episode", "", "AFIB@500 N@1900", "8100/9000"],
    ["nothing but episode", "AFIB@0", "AFIB@0", "0/0"],
  ])("specificity of time, %s", (_, reference, test, expected) => {
    const { hits, total } = compareEpisodes(parse(reference), parse(test), "AF", OPTIONS).durationSpecificity;
    expect(`${hits}/${total}`).toBe(expected);
  });

  it("scores from 5:00 unless told otherwise", () => {
    const file = parse("AFIB@2000 N@109000");
    expect(compareEpisodes(file, file, "AF", { sampleRateHz: 360, toSample: 200_000 }).durationSensitivity).toEqual({ hits: 1000, total: 1000 });
  });
});

// Findings of the chain as WFDB annotations: order, rates, rhythm texts, stretches.
import { describe, expect, it } from "vitest";
import { chainAnnotations, type RhythmChange, toFrame } from "../../src/evaluation/chain-annotations.js";
import { type BeatClass, BEAT_F, BEAT_N, BEAT_Q, BEAT_S, BEAT_UNCLASSIFIED, BEAT_V } from "../../src/vocabulary/beat.js";
import { type RhythmName, RHYTHMS } from "../../src/vocabulary/rhythm-table.js";
import type { Annotation } from "../../src/wfdb/annotation.js";

/** "+normal@100 -normal@900": onsets and ends, in order of decision. */
function parse(notation: string): RhythmChange[] {
  return notation.split(" ").filter((word) => word !== "").map((word) => {
    const [name, sample] = word.slice(1).split("@") as [RhythmName, string];
    return { code: RHYTHMS.find((rhythm) => rhythm.name === name)!.code, began: word.startsWith("+"), sample: Number(sample) };
  });
}

/** As "N@100 (AFIB@200 ~33@300". */
function show(annotations: readonly Annotation[]): string {
  return annotations.map(({ sample, symbol, text, subtype }) => `${symbol === "+" ? text : symbol === "~" ? `~${subtype.toString(16)}` : symbol}@${sample}`).join(" ");
}

function beats(...list: [sample: number, beatClass: BeatClass][]): { sample: number; beatClass: BeatClass }[] {
  return list.map(([sample, beatClass]) => ({ sample, beatClass }));
}

describe("toFrame", () => {
  it.each([[0, 360, 0], [1, 360, 1], [125, 360, 180], [2, 360, 3], [3, 125, 2], [1, 125, 1], [7, 250, 7], [250, 1000, 1000], [-3, 360, 0]])("%i at %i Hz is %i", (sample, rate, expected) => {
    expect(toFrame(sample, rate)).toBe(expected);
  });
});

describe("chainAnnotations", () => {
  it("writes each class, N without one, nothing past the end", () => {
    const found = beats([10, BEAT_N], [20, BEAT_S], [30, BEAT_V], [40, BEAT_F], [50, BEAT_Q], [60, BEAT_UNCLASSIFIED], [70, BEAT_N]);
    expect(show(chainAnnotations({ beats: found, rhythms: [] }, 250, 70))).toBe("N@10 S@20 V@30 F@40 Q@50 N@60");
  });

  it.each([
    ["one rhythm", "+normal@100", "(N@100"],
    ["texts that do not change are not repeated", "+normal@100 -normal@300 +tachycardia@300 -tachycardia@500 +irregular@500", "(N@100"],
    ["an onset that is put back", "+normal@100 -normal@900 +atrial-fibrillation@400 -atrial-fibrillation@2000 +normal@2000", "(N@100 (AFIB@400 (N@2000"],
    ["the more urgent hides the less urgent", "+atrial-fibrillation@100 +veb-run@500 -veb-run@700 -atrial-fibrillation@900 +normal@900", "(AFIB@100 (VT@500 (AFIB@700 (N@900"],
    ["a pause belongs to its rhythm", "+normal@100 -normal@300 +pause@300 -pause@900 +normal@900", "(N@100"],
    ["a pause after atrial fibrillation does not prolong it", "+atrial-fibrillation@100 -atrial-fibrillation@300 +pause@400 -pause@900 +normal@900", "(AFIB@100 (N@300"],
    ["a couplet leaves no mark", "+normal@100 +veb-couplet@300 -veb-couplet@400", "(N@100"],
    ["what is put back ends what is known: the next rhythm follows at once", "+atrial-fibrillation@100 -atrial-fibrillation@300 +normal@500", "(AFIB@100 (N@300"],
    ["nothing follows", "+atrial-fibrillation@100 -atrial-fibrillation@300", "(AFIB@100 (NOISE@300"],
    ["bad signal", "+normal@100 -normal@300 +inconclusive@300 -inconclusive@600 +normal@700", "(N@100 (NOISE@300 ~33@300 ~0@600 (N@600"],
    ["bad signal does not end a rhythm", "+atrial-fibrillation@100 +inconclusive@300 -inconclusive@600", "(AFIB@100 ~33@300 ~0@600"],
    ["fibrillation", "+normal@100 -normal@300 +ventricular-fibrillation@300 -ventricular-fibrillation@600 +normal@700", "(N@100 (VFL@300 [@300 ]@600 (N@600"],
    ["fibrillation at the end", "+ventricular-fibrillation@300", "(VFL@300 [@300"],
    ["an onset before the start", "+normal@-20", "(N@0"],
  ])("rhythms: %s", (_name, notation, expected) => {
    expect(show(chainAnnotations({ beats: [], rhythms: parse(notation) }, 250, 5000))).toBe(expected);
  });

  it("has no beats in fibrillation, keeps those in bad signal, and puts marks before a beat at their sample", () => {
    const rhythms = parse("+ventricular-fibrillation@100 -ventricular-fibrillation@200 +inconclusive@300");
    const found = beats([99, BEAT_N], [100, BEAT_V], [199, BEAT_V], [200, BEAT_N], [300, BEAT_N], [310, BEAT_Q]);
    expect(show(chainAnnotations({ beats: found, rhythms }, 500, 5000))).toBe("N@198 (VFL@200 [@200 ]@400 (NOISE@400 N@400 ~33@600 N@600 Q@620");
  });
});

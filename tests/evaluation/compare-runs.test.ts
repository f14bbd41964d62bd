// The run-by-run comparison: rules in small. WFDB's rxr (10.7.0) gives the same counts for each row:
//   rxr -r REC -a ref tst -f s1000 -S -      (360 Hz, 10,000 samples)
import { describe, expect, it } from "vitest";
import { addRunComparisons, compareRuns, emptyRunComparison, type RunComparison, type RunKind, summariseRuns } from "../../src/evaluation/compare-runs.js";
import type { Annotation } from "../../src/wfdb/annotation.js";
import { mark } from "./disturb.js";

const OPTIONS = { sampleRateHz: 360, fromSample: 1000, toSample: 10_000 };

/** Beats of the given symbols, 200 samples apart; ".": none there; "{", "}": atrial fibrillation begins, ends; "U", "u": unreadable, readable. */
function beats(symbols: string, from = 1200): Annotation[] {
  return [...symbols].flatMap((symbol, index) => {
    const sample = from + 200 * index;
    if (symbol === ".") return [];
    if (symbol === "{" || symbol === "}") return [mark(sample, "+", 0, symbol === "{" ? "(AFIB" : "(N")];
    if (symbol === "U" || symbol === "u") return [mark(sample, "~", symbol === "U" ? 0x30 : 0)];
    return [mark(sample, symbol)];
  });
}

/** "2>1" for a reference run of 2 that the test has as 1, first from the reference's point of view, then from the test's. */
function describeRuns({ sensitivity, predictivity }: RunComparison): string {
  const list = (matrix: number[][]): string =>
    matrix.flatMap((row, reference) => row.flatMap((count, test) => Array.from({ length: count }, () => `${reference}>${test}`))).join(" ");
  return `${list(sensitivity)} | ${list(predictivity)}`;
}

const CASES: [name: string, kind: RunKind, reference: string, test: string, runs: string][] = [
  ["no runs", "ventricular", "NNNN", "NNNN", " | "],
  ["single, couplet, triplet", "ventricular", "NVNVVNVVVN", "NVNVVNVVVN", "1>1 2>2 3>3 | 1>1 2>2 3>3"],
  ["fusion beats count", "ventricular", "NVFN", "NFVN", "2>2 | 2>2"],
  ["an interrupted run", "ventricular", "NVVVVN", "NVVNVN", "4>2 | 1>1 2>2"],
  ["joined runs", "ventricular", "NVVNVN", "NVVVVN", "1>1 2>2 | 2>4"],
  ["more than 6 is 6", "ventricular", "NVVVVVVVVN", "NVVVVVVN..", "6>6 | 6>6"],
  ["a missed beat does not break a run", "ventricular", "NVVVN", "NV.VN", "3>2 | 3>2"],
  ["shutdown ends a run", "ventricular", "NVVVVN", "NVVUuVVN", "4>2 | 0>2 2>2"],
  ["a run at the end of the file", "ventricular", "NVV", "NVV", "2>2 | 2>2"],
  ["VF is a long run", "ventricular", "N[!!]NN", "NVVVNNN", "6>3 | 6>3"],
  ["VF against VF", "ventricular", "N[!!]NN", "N[.]NN", "6>6 | 6>6"],
  ["VF of the test without end", "ventricular", "NVVNNVNN", "N[", "1>6 2>6 | 0>6"],
  ["supraventricular beats end a ventricular run", "ventricular", "NVVAVN", "NVVAVN", "1>1 2>2 | 1>1 2>2"],
  ["supraventricular runs", "supraventricular", "NANAANJeAN", "NANAANJVAN", "1>1 2>2 3>1 | 1>1 1>1 1>1 2>2"],
  ["atrial fibrillation is a long run", "supraventricular", "N{NNN}NN", "NNAAAN", "6>3 | 6>3"],
  ["ventricular beats end it", "supraventricular", "N{NVNN}NN", "NNNNNNNN", "2>0 6>0 | "],
];

describe("compareRuns", () => {
  it.each(CASES)("%s (%s)", (_, kind, reference, test, runs) => {
    const comparison = compareRuns(beats(reference), beats(test), kind, OPTIONS);
    const sorted = (text: string): string[][] => text.split(" | ").map((side) => side.split(" ").filter((run) => run !== "").sort());
    expect(sorted(describeRuns(comparison))).toEqual(sorted(runs));
  });

  it.each<[string, string, string]>([
    ["a run over the start is cut there", "VVVVN", "1>1 | 1>1"],
    ["VF over the start is a long run", "[!!!!]N", "6>6 | 6>6"],
    ["VF before the start is none", "[]NN", " | "],
  ])("%s", (_, symbols, runs) => {
    const file = beats(symbols, 550);
    expect(describeRuns(compareRuns(file, file, "ventricular", OPTIONS))).toBe(runs);
  });

  it("leaves a run over the end out", () => {
    const file = beats("NVVN");
    expect(describeRuns(compareRuns(file, file, "ventricular", { ...OPTIONS, toSample: 1700 }))).toBe(" | ");
  });
});

describe("sums", () => {
  const comparison = emptyRunComparison();
  // [reference length, test length, count as found in the reference, count as found in the test]
  for (const [reference, test, se, p] of [[2, 1, 1, 10], [2, 2, 2, 20], [2, 6, 3, 30], [3, 2, 4, 40], [4, 5, 5, 50], [6, 5, 6, 60], [6, 6, 7, 70], [1, 6, 8, 80]] as const) {
    comparison.sensitivity[reference]![test] = se;
    comparison.predictivity[reference]![test] = p;
  }

  it("summariseRuns groups lengths 2, 3-5 and 6", () => {
    expect(summariseRuns(comparison)).toEqual({
      coupletSensitivity: { hits: 5, total: 6 },
      coupletPredictivity: { hits: 60, total: 60 },
      shortRunSensitivity: { hits: 5, total: 9 },
      shortRunPredictivity: { hits: 110, total: 110 },
      longRunSensitivity: { hits: 7, total: 13 },
      longRunPredictivity: { hits: 70, total: 180 },
    });
  });

  it("addRunComparisons adds every cell", () => {
    const sum = addRunComparisons([comparison, comparison]);
    expect(sum.sensitivity[4]![5]).toBe(10);
    expect(sum.predictivity[1]![6]).toBe(160);
    expect(sum.sensitivity.flat().reduce((a, b) => a + b)).toBe(72);
  });
});

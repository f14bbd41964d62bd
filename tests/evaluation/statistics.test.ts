// Ratios, gross and average statistics, the EC57 rules for F and Q, and the text tables.
import { describe, expect, it } from "vitest";
import { addBeatMatrices, type BeatMatrix, emptyBeatMatrix } from "../../src/evaluation/compare-beats.js";
import { compareEpisodes } from "../../src/evaluation/compare-episodes.js";
import { emptyRunComparison, summariseRuns } from "../../src/evaluation/compare-runs.js";
import { beatTable, episodeTable, formatTable, matrixTable, runTable } from "../../src/evaluation/format-table.js";
import { average, f1Percent, gross, percentOf } from "../../src/evaluation/statistics.js";
import { type BeatSummary, summarise } from "../../src/evaluation/summarise-beats.js";
import type { PairLabel } from "../../src/evaluation/beat-class.js";

/** "NN:90 VO:1" as a matrix: pairs with their counts. */
function matrix(cells: string): BeatMatrix {
  const result = emptyBeatMatrix();
  for (const cell of cells.split(" ")) {
    const [pair, count] = cell.split(":");
    result.counts[pair![0] as PairLabel][pair![1] as PairLabel] = Number(count);
  }
  return result;
}

describe("ratios", () => {
  const ratios = [{ hits: 1, total: 2 }, { hits: 9, total: 10 }, { hits: 0, total: 0 }];

  it("percentOf is undefined without events", () => {
    expect(ratios.map(percentOf)).toEqual([50, 90, undefined]);
  });

  it("gross weighs events, average weighs records that have some", () => {
    expect(gross(ratios)).toEqual({ hits: 10, total: 12 });
    expect(average(ratios)).toBe(70);
    expect(average([{ hits: 0, total: 0 }])).toBeUndefined();
  });

  it.each([
    [{ hits: 1, total: 1 }, { hits: 1, total: 3 }, 50],
    [{ hits: 0, total: 1 }, { hits: 0, total: 3 }, 0],
    [{ hits: 0, total: 0 }, { hits: 1, total: 3 }, undefined],
  ])("f1Percent of %j and %j is %s", (sensitivity, predictivity, expected) => {
    expect(f1Percent(sensitivity, predictivity)).toBe(expected);
  });
});

describe("which pair counts where", () => {
  const statistics: (keyof BeatSummary)[] = ["qrsSensitivity", "qrsPredictivity", "vebSensitivity", "vebPredictivity", "vebFalsePositiveRate", "svebSensitivity", "svebPredictivity"];

  // Per pair, in the order above: "+" a hit, "-" in the total only, "." not counted.
  it.each([
    ["NN", "++..-.."], ["NS", "++..-.-"], ["NV", "++.-+.."], ["NF", "++..-.."], ["NQ", "++..-.."], ["NO", "-......"], ["NX", "-......"],
    ["SN", "++..--."], ["SS", "++..-++"], ["SV", "++.-+-."], ["SF", "++..--."], ["SQ", "++..--."], ["SO", "-....-."], ["SX", "-....-."],
    ["VN", "++-...."], ["VS", "++-...-"], ["VV", "++++..."], ["VF", "++-...."], ["VQ", "++-...."], ["VO", "-.-...."], ["VX", "-.-...."],
    ["FN", "++..-.."], ["FS", "++..-.-"], ["FV", "++....."], ["FF", "++..-.."], ["FQ", "++..-.."], ["FO", "-......"], ["FX", "-......"],
    ["QN", "++..-.."], ["QS", "++..-.."], ["QV", "++....."], ["QF", "++..-.."], ["QQ", "++..-.."], ["QO", "-......"], ["QX", "-......"],
    ["ON", ".-..-.."], ["OS", ".-..-.-"], ["OV", ".-.-+.."], ["OF", ".-..-.."], ["OQ", ".-..-.."],
    ["XN", ".-..-.."], ["XS", ".-..-.-"], ["XV", ".-.-+.."], ["XF", ".-..-.."], ["XQ", ".-..-.."],
  ])("%s: %s", (pair, expected) => {
    const summary = summarise(matrix(`${pair}:1`));
    const signs = statistics.map((name) => (summary[name].hits === 1 ? "+" : summary[name].total === 1 ? "-" : "."));
    expect(signs.join("")).toBe(expected);
  });
});

describe("tables", () => {
  const one = matrix("NN:98 NV:2 VV:3 VO:1 ON:4");
  const two = matrix("NN:9 SS:1 SN:1 FV:1");

  it("formatTable lines up", () => {
    expect(formatTable({ titles: ["name", "x"], rows: [["a", "1.25"], ["longer", "-"]] })).toBe(["name       x", "a       1.25", "longer     -"].join("\n"));
  });

  it("matrixTable has the reference down and the test across", () => {
    expect(formatTable(matrixTable(addBeatMatrices([one, two]))).split("\n").slice(0, 4)).toEqual([
      "     n  s  v  f  q  o  x",
      "N  107  0  2  0  0  0  0",
      "S    1  1  0  0  0  0  0",
      "V    0  0  3  0  0  1  0",
    ]);
  });

  it("beatTable has a row per record, gross and average", () => {
    const text = formatTable(beatTable([{ record: "1", summary: summarise(one) }, { record: "2", summary: summarise(two) }]));
    expect(text.split("\n").map((line) => line.split(/\s{2,}/))).toEqual([
      ["record", "QRS Se", "QRS +P", "VEB Se", "VEB +P", "VEB FPR", "VEB F1", "SVEB Se", "SVEB +P", "SVEB F1"],
      ["1", "99.04", "96.26", "75.00", "60.00", "1.923", "66.67", "-", "-", "-"],
      ["2", "100.00", "100.00", "-", "-", "0.000", "-", "50.00", "100.00", "66.67"],
      ["gross", "99.14", "96.64", "75.00", "60.00", "1.739", "66.67", "50.00", "100.00", "66.67"],
      ["average", "99.52", "98.13", "75.00", "60.00", "0.962", "50.00", "100.00"],
    ]);
  });

  it("runTable and episodeTable show what is not there as a hyphen", () => {
    const runs = formatTable(runTable([{ record: "1", summary: summariseRuns(emptyRunComparison()) }]));
    expect(runs.split("\n")[1]!.split(/\s+/)).toEqual(["1", "-", "-", "-", "-", "-", "-"]);
    const episodes = formatTable(episodeTable([{ record: "1", summary: compareEpisodes([], [], "AF", { sampleRateHz: 360, fromSample: 0, toSample: 1 }) }]));
    expect(episodes.split("\n").map((line) => line.split(/\s{2,}/))).toEqual([
      ["record", "episode Se", "episode +P", "duration Se", "duration +P", "duration Sp"],
      ["1", "-", "-", "-", "-", "100.00"],
      ["gross", "-", "-", "-", "-", "100.00"],
      ["average", "-", "-", "-", "-", "100.00"],
    ]);
  });
});

// The beat-by-beat comparison: rules in small, sums, and what must hold for any two files.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PAIR_LABELS } from "../../src/evaluation/beat-class.js";
import { addBeatMatrices, type BeatPair, compareBeats, emptyBeatMatrix } from "../../src/evaluation/compare-beats.js";
import { BEAT_CASES, parseNotation } from "./beat-cases.js";
import { mark } from "./disturb.js";

describe("rules", () => {
  it.each(BEAT_CASES)("$name", ({ rateHz, from, to, reference, test, pairs }) => {
    const seen: BeatPair[] = [];
    const options = { sampleRateHz: rateHz, fromSample: from, toSample: to };
    const matrix = compareBeats(parseNotation(reference), parseNotation(test), options, (pair) => seen.push(pair));
    expect(seen.map((pair) => pair.reference + pair.test).join(" ")).toBe(pairs);
    const counted = PAIR_LABELS.flatMap((ref) => PAIR_LABELS.flatMap((tst) => Array.from({ length: matrix.counts[ref][tst] }, () => ref + tst)));
    expect(counted.sort()).toEqual(pairs.split(" ").filter((pair) => pair !== "").sort());
  });

  it("scores from 5:00 to the last reference beat unless told otherwise", () => {
    const beats = parseNotation("N107999 N108000 N120000");
    expect(compareBeats(beats, beats, { sampleRateHz: 360 }).counts.N.N).toBe(2);
    expect(compareBeats(beats, [...beats, mark(130_000, "V")], { sampleRateHz: 360 }).counts.O.V).toBe(0);
  });

  it("takes another match window", () => {
    const options = { sampleRateHz: 360, fromSample: 0, matchWindowSamples: 10 };
    expect(compareBeats([mark(1000, "N")], [mark(1010, "N")], options).counts.N.N).toBe(1);
    expect(compareBeats([mark(1000, "N")], [mark(1011, "N")], options).counts.N.N).toBe(0);
  });

  it("tells where the beats of a pair lie", () => {
    const seen: BeatPair[] = [];
    compareBeats(parseNotation("N1000 N2000"), parseNotation("V1010 V3000"), { sampleRateHz: 360, fromSample: 0, toSample: 9000 }, (pair) => seen.push(pair));
    expect(seen).toEqual([
      { reference: "N", test: "V", referenceSample: 1000, testSample: 1010 },
      { reference: "N", test: "O", referenceSample: 2000, testSample: 2000 },
      { reference: "O", test: "V", referenceSample: 3000, testSample: 3000 },
    ]);
  });
});

describe("shutdown time", () => {
  it.each([
    ["none", "N1000", 0],
    ["with an end", "~48@1000 ~0@1500", 500],
    ["two", "~48@1000 ~0@1500 N2000 ~48@3000 ~0@3100", 600],
    ["without an end: to the end of the record", "~48@9000", 1000],
    ["with one mark: from beat to beat, but for the windows", "N1000 ~48@1500 N2000", 1000 - 2 * 54],
  ])("%s", (_, test, samples) => {
    expect(compareBeats([], parseNotation(test), { sampleRateHz: 360, fromSample: 0, toSample: 10_000 }).shutdownSamples).toBe(samples);
  });
});

it("addBeatMatrices adds every cell", () => {
  const one = emptyBeatMatrix();
  one.counts.V.F = 2;
  one.shutdownSamples = 5;
  const other = emptyBeatMatrix();
  other.counts.V.F = 3;
  other.counts.O.Q = 1;
  other.shutdownSamples = 7;
  const sum = addBeatMatrices([one, other]);
  expect([sum.counts.V.F, sum.counts.O.Q, sum.counts.N.N, sum.shutdownSamples]).toEqual([5, 1, 0, 12]);
});

describe("any two files", () => {
  const beats = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 20_000 }), fc.constantFrom("N", "A", "V", "F", "Q")), { maxLength: 60 })
    .map((pairs) => pairs.map(([sample, symbol]) => mark(sample, symbol)).sort((a, b) => a.sample - b.sample));
  const options = { sampleRateHz: 360, fromSample: 0, toSample: 20_000 };

  it("each beat is counted once", () => {
    fc.assert(
      fc.property(beats, beats, (reference, test) => {
        const { counts } = compareBeats(reference, test, options);
        const total = (row: readonly string[], column: readonly string[]): number =>
          PAIR_LABELS.filter((label) => row.includes(label)).reduce(
            (sum, ref) => sum + PAIR_LABELS.filter((label) => column.includes(label)).reduce((part, tst) => part + counts[ref][tst], 0),
            0,
          );
        expect(total(["N", "S", "V", "F", "Q"], ["N", "S", "V", "F", "Q", "O", "X"])).toBe(reference.length);
        expect(total(["N", "S", "V", "F", "Q", "O", "X"], ["N", "S", "V", "F", "Q"])).toBe(test.length);
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it("a file agrees with itself when its beats are not at one time", () => {
    fc.assert(
      fc.property(beats, (file) => {
        const distinct = file.filter((beat, index) => beat.sample !== file[index - 1]?.sample);
        const { counts } = compareBeats(distinct, distinct, options);
        expect(PAIR_LABELS.reduce((sum, label) => sum + counts[label][label], 0)).toBe(distinct.length);
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});

// Fuzzing in the suite: a short run from fixed seeds, and inputs that once broke a decoder.
import { describe, expect, it } from "vitest";
import { countSteps } from "../../scripts/count-steps.js";
import { importBundled } from "../../scripts/import-bundled.js";

const { PLANTED, fuzz, fuzzText, newFuzzFigures } = (await importBundled("tests/fuzz/fuzz-run.ts", [countSteps])) as typeof import("./fuzz-run.js");

const INPUTS = 100_000;

describe("decoders under varied inputs", () => {
  it(`take ${INPUTS} of them without a crash, a hang or more memory than they may`, () => {
    const figures = newFuzzFigures();
    fuzz(1, INPUTS, figures);
    console.log(`fuzz: ${fuzzText(figures)}`);
    expect(figures.failures).toEqual([]);
    // All were reached, and inputs came out in many ways: else they would all fail at the first byte.
    expect(figures.byTarget.size).toBe(25);
    expect(figures.outcomes).toBeGreaterThan(200);
    expect(figures.places.size).toBeGreaterThan(1000);
  });

  it("give the same figures for the same seed", () => {
    const [one, other] = [newFuzzFigures(), newFuzzFigures()];
    for (const figures of [one, other]) fuzz(7, 20_000, figures);
    expect(other).toEqual(one);
  });

  it.each(PLANTED)("are caught: one that $name", (target) => {
    const figures = newFuzzFigures();
    fuzz(1, 20_000, figures, [target]);
    expect(figures.failures).toEqual([expect.stringMatching(target.failure)]);
  });
});

// The power-cut suite: every case, a cut at every flash operation in four ways, and cuts in the recovery; and proof that it can fail.
import { describe, expect, it } from "vitest";
import { GEOMETRIES, namedCases } from "./power-cut-cases.js";
import { type PowerCutCase, newFigures, runCase } from "./power-cut-engine.js";
import { runRandom, runStandard } from "./power-cut-runs.js";
import { EarlyJournal, ForgetfulJournal, LazyFlashJournal, UnmarkedBootJournal } from "./wrong-journals.js";

/** What the standard run must reach. */
const CUTS_MIN = 250_000;
const SEED = 1;
const STANDARD_TIMEOUT_MS = 300_000;

describe("power loss", () => {
  it(
    `standard run: at least ${CUTS_MIN} cuts, nothing lost, nothing false`,
    () => {
      const figures = runStandard(SEED);
      const { complaints, ...counts } = figures;
      console.log(JSON.stringify(counts));
      expect(complaints).toEqual([]);
      expect(counts.lost).toBe(0);
      expect(counts.falseRecords).toBe(0);
      expect(counts.acknowledged).toBeGreaterThan(100_000);
      expect(counts.cuts).toBeGreaterThanOrEqual(CUTS_MIN);
    },
    STANDARD_TIMEOUT_MS,
  );

  it.each([
    ["cuts in the recovery from a recovery", 16],
    ["a cut and three restarts on a full flash of which each restart takes a block, since it is encrypted", 26],
  ])("%s: random case %i", (_name, seed) => {
    const figures = newFigures();
    runRandom(seed, figures);
    expect(figures.complaints).toEqual([]);
    expect(figures.cuts).toBeGreaterThan(1000);
  });
});

describe("the suite catches", () => {
  const geometry = GEOMETRIES[0]!;
  const casesNamed = (...names: string[]): PowerCutCase[] => namedCases(geometry.evidenceBytes).filter(({ name }) => names.includes(name));
  for (const [name, makeJournal, complaint, cases] of [
    ["a journal that announces before it is durable", EarlyJournal, "gone without a word", casesNamed("first alerts", "outage and drain")],
    ["a journal that acknowledges before it is durable", ForgetfulJournal, "pending again after its acknowledgement", casesNamed("first alerts", "outage and drain")],
    ["a flash that acknowledges before it is durable", LazyFlashJournal, "gone without a word", casesNamed("first alerts", "outage and drain")],
    ["nonces of a boot whose number is not durable", UnmarkedBootJournal, "nonces were used before", casesNamed("brown-outs")],
  ] as const) {
    it(name, () => {
      const figures = newFigures();
      for (const each of cases) runCase(each, geometry, { seed: SEED, depth: 1, makeJournal: (flash) => new makeJournal(flash) }, figures);
      expect(figures.complaints.join("\n")).toContain(complaint);
    });
  }
});

// What the power-cut suite runs: a standard set of at least 250,000 cuts, and an endless one from a seed.
import { GEOMETRIES, namedCases, randomCase, wearCase } from "./power-cut-cases.js";
import { newFigures, runCase } from "./power-cut-engine.js";
import type { Geometry, PowerCutCase, PowerCutFigures, PowerCutOptions } from "./power-cut-engine.js";

/** Steps of a random case. */
const RANDOM_STEPS = 60;
/** Cuts in a case that is run again with cuts in its recoveries: cases with more at the first level would take too long. */
const DEEP_CUTS_MAX = 500;

/** Alerts, each delivered at once, that wear a flash; and the flash. One alert stays for good. */
const WEAR_ALERTS = 1500;
const WEAR_GEOMETRY: Geometry = { blockBytes: 512, blockCount: 10 };

/** Every named case on every geometry; those that are short also with cuts in each recovery; and some random ones. */
export function runStandard(seed: number, makeJournal?: PowerCutOptions["makeJournal"]): PowerCutFigures {
  const figures = newFigures();
  for (const geometry of GEOMETRIES) {
    for (const each of [...namedCases(geometry.evidenceBytes), randomCase(seed, RANDOM_STEPS, geometry.evidenceBytes)]) {
      const cuts = runOne(each, geometry, { seed, depth: 1, ...(makeJournal && { makeJournal }) }, figures);
      if (cuts <= DEEP_CUTS_MAX) runOne(each, geometry, { seed, depth: 2, ...(makeJournal && { makeJournal }) }, figures);
    }
  }
  // A long life without cuts, for the wear.
  runOne(wearCase(WEAR_ALERTS), WEAR_GEOMETRY, { seed, depth: 0, ...(makeJournal && { makeJournal }) }, figures);
  return figures;
}

/** Random case number `seed`: its geometry and depth follow from the seed, too. */
export function runRandom(seed: number, figures: PowerCutFigures): void {
  const geometry = GEOMETRIES[seed % GEOMETRIES.length]!;
  // Two levels on every fourth case, three on every sixteenth, of fewer steps.
  const depth = seed % 16 === 0 ? 3 : seed % 4 === 0 ? 2 : 1;
  const steps = [0, RANDOM_STEPS, 24, 8][depth]!;
  runOne(randomCase(seed, steps, geometry.evidenceBytes), geometry, { seed, depth }, figures);
}

function runOne(each: PowerCutCase, geometry: Geometry, options: PowerCutOptions, figures: PowerCutFigures): number {
  const before = figures.cuts;
  runCase(each, geometry, options, figures);
  return figures.cuts - before;
}

// Short runs of the swarm: seeds 1001 to 2000 on V8.
import { afterAll, expect, it } from "vitest";
import { PROJECT, importBundled } from "../../scripts/import-bundled.js";

const FIRST_SEED = 1001;
const RUNS = 1000;

const swarm = (await importBundled("tests/swarm/swarm-run.ts")) as typeof import("./swarm-run.js");
afterAll(() => swarm.removeBundles());

it(`the swarm runs ${RUNS} seeds from ${FIRST_SEED} on without a complaint`, async () => {
  const starts = await swarm.startsOf(PROJECT, undefined);
  const figures = swarm.newSwarmFigures();
  for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) await swarm.runSeed(seed, starts, figures);
  console.log(`swarm: ${swarm.figuresText(figures)}`);
  expect(figures.failed.map(({ seed, complaints }) => `npm run swarm -- --seed ${seed} --runs 1: ${complaints.map(({ text }) => text).join("; ")}`)).toEqual([]);
  // A swarm in which nothing happens proves nothing.
  expect(figures.announced).toBeGreaterThan(5 * RUNS);
  expect(figures.dropped).toBeGreaterThan(RUNS / 10);
  expect(figures.alarmsMet).toBeGreaterThan(RUNS / 20);
});

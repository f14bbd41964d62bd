// Short runs of the swarm as a test, for files that run beside each other.
import { afterAll, expect, it } from "vitest";
import { PROJECT, importBundled } from "../../scripts/import-bundled.js";

/** A test that runs `runs` seeds from `firstSeed` on, on V8. */
export async function testSeeds(firstSeed: number, runs: number): Promise<void> {
  const swarm = (await importBundled("tests/swarm/swarm-run.ts")) as typeof import("./swarm-run.js");
  afterAll(() => swarm.removeBundles());

  it(`the swarm runs ${runs} seeds from ${firstSeed} on without a complaint`, async () => {
    const starts = await swarm.startsOf(PROJECT, undefined);
    const figures = swarm.newSwarmFigures();
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) await swarm.runSeed(seed, starts, figures);
    console.log(`swarm: ${swarm.figuresText(figures)}`);
    expect(figures.failed.map(({ seed, complaints }) => `npm run swarm -- --seed ${seed} --runs 1: ${complaints.map(({ text }) => text).join("; ")}`)).toEqual([]);
    // A swarm in which nothing happens proves nothing.
    expect(figures.announced).toBeGreaterThan(5 * runs);
    expect(figures.dropped).toBeGreaterThan(runs / 10);
    expect(figures.alarmsMet).toBeGreaterThan(runs / 20);
  });
}

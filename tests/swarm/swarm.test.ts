// The swarm in the suite: named scenarios on V8, and the same digests on XS.
import { afterAll, describe, expect, it } from "vitest";
import { buildXsHost } from "../../scripts/build-xs-host.js";
import { PROJECT, importBundled } from "../../scripts/import-bundled.js";
import type { Complaint } from "./judge.js";

const swarm = (await importBundled("tests/swarm/swarm-run.ts")) as typeof import("./swarm-run.js");
const onNode = await swarm.startsOf(PROJECT, undefined);
const host = await buildXsHost({ quiet: true });
if (!host.ok) console.warn(`SKIPPED: the swarm on the XS engine: ${host.reason}`);
const hostPath = host.ok ? host.path : "";

afterAll(() => swarm.removeBundles());

/** Seeds whose runs are repeated on XS: with and without small tables, power cuts, commands, intruders, a patient in danger. */
const SEEDS_ON_XS = [5, 10, 16, 38];

const told = (complaints: readonly Complaint[]): string[] => complaints.map(({ checker, text }) => `${checker}: ${text}`);

describe("the swarm", () => {
  it.each(swarm.SCENARIOS)("scenario: $name", async ({ plan, raised, dropped, met }) => {
    const result = await swarm.runPlan(plan, onNode);
    expect(told(result.complaints)).toEqual([]);
    expect(result.announced).toBeGreaterThanOrEqual(raised);
    expect(result.dropped).toBeGreaterThanOrEqual(dropped ?? 0);
    expect(result.alarmsMet).toBeGreaterThanOrEqual(met ?? 0);
    if (raised === 0) expect(result.announced).toBe(0);
  });

  it.each([
    [832_435, "a damaged record is found to be damaged again while room is made to report it"],
    [824_319, "two restarts that are cut leave one free block, and it must do to store acknowledgements"],
    [812_163, "the chip has given just as many samples as the strips' checker remembers when a strip ends"],
  ])("seed %i: %s", async (seed) => {
    expect(told((await swarm.runSeed(seed, onNode, swarm.newSwarmFigures())).complaints)).toEqual([]);
  });

  it("gives the same digest when a seed is run again", async () => {
    const figures = swarm.newSwarmFigures();
    for (const seed of SEEDS_ON_XS) expect((await swarm.runSeed(seed, onNode, figures)).digest).toBe((await swarm.runSeed(seed, onNode, figures)).digest);
  });
});

describe.skipIf(!host.ok)("the swarm on XS", () => {
  it("lets memory stay as it is for a minute", async () => {
    const { plan } = swarm.SCENARIOS[0] as (typeof swarm.SCENARIOS)[number];
    expect(told((await swarm.runPlan(plan, await swarm.startsOf(PROJECT, hostPath))).complaints)).toEqual([]);
  });

  it.each(SEEDS_ON_XS)("seed %i: the digest of V8, and memory that stays as it is", async (seed) => {
    const figures = swarm.newSwarmFigures();
    const onXs = await swarm.runSeed(seed, await swarm.startsOf(PROJECT, hostPath), figures);
    expect(told(onXs.complaints)).toEqual([]);
    expect(onXs.digest).toBe((await swarm.runSeed(seed, onNode, figures)).digest);
  });
});

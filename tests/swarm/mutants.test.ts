// The mutation run: every checker of the swarm finds the defects that are planted for it.
import { afterAll, describe, expect, it } from "vitest";
import { buildXsHost } from "../../scripts/build-xs-host.js";
import { PROJECT, importBundled } from "../../scripts/import-bundled.js";

const swarm = (await importBundled("tests/swarm/swarm-run.ts")) as typeof import("./swarm-run.js");
const host = await buildXsHost({ quiet: true });
if (!host.ok) console.warn(`SKIPPED: planted defects on the XS engine: ${host.reason}`);
afterAll(() => swarm.removeBundles());

/** Seeds that a planted defect may take to be found. Most take fewer than ten. */
const HUNT_RUNS = 400;
const CHECKERS = ["delivery", "falsehood", "once", "order", "numbering", "time", "marks", "session", "patient", "work", "exception", "restart", "memory", "secrecy", "keys", "commands", "strips"];

// V8 does not tell of memory.
const ofMemory = swarm.MUTANTS.filter(({ checker }) => checker === "memory");
const others = swarm.MUTANTS.filter(({ checker }) => checker !== "memory");

describe("a planted defect", () => {
  it.each(others)("is found by the checker of $checker: firmware that $name", async (mutant) => {
    const { seed } = await swarm.huntMutant(mutant, await swarm.startsOf(PROJECT, undefined, mutant), 1, HUNT_RUNS);
    expect(seed).toBeGreaterThan(0);
  });

  it.skipIf(!host.ok).each(ofMemory)("is found by the checker of $checker: firmware that $name", async (mutant) => {
    const { plan } = swarm.SCENARIOS[0] as (typeof swarm.SCENARIOS)[number];
    const { complaints } = await swarm.runPlan(plan, await swarm.startsOf(PROJECT, host.ok ? host.path : "", mutant));
    expect(complaints.map(({ checker }) => checker)).toEqual(["memory"]);
  });

  it("is looked for by every checker", () => expect([...new Set(swarm.MUTANTS.map(({ checker }) => checker as string))].toSorted()).toEqual(CHECKERS.toSorted()));
});

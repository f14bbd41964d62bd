// One run of the swarm from plan to verdict, and the loop over seeds.
import { Judge, type Complaint } from "./judge.js";
import type { HostCall } from "../../src/platform/desk/border.js";
import { bundleBuilds, bundleFirmware, nodeStart, xsStart } from "./firmware.js";
import type { Mutant } from "./mutants.js";
import { type SwarmPlan, planFromSeed } from "./plan.js";
import { type EngineStart, SwarmWorld } from "./swarm-world.js";

export interface SwarmResult {
  readonly seed: number;
  readonly complaints: readonly Complaint[];
  readonly digest: string;
  readonly simulatedMs: number;
  readonly announced: number;
  readonly arrived: number;
  readonly dropped: number;
  readonly alarmsMet: number;
  readonly commandsDone: number;
  /** Strips that showed all they must. */
  readonly stripsWhole: number;
}

export type Starts = Readonly<Record<SwarmPlan["build"], EngineStart>>;

export async function runPlan(plan: SwarmPlan, starts: Starts): Promise<SwarmResult> {
  const judge = new Judge();
  const world = new SwarmWorld(plan, starts[plan.build], judge);
  await world.run();
  return {
    seed: plan.seed, complaints: judge.complaints, digest: world.digest(), simulatedMs: world.nowMs, announced: world.delivery.announcedCount, arrived: world.delivery.arrivedCount,
    dropped: world.delivery.droppedCount, alarmsMet: world.patient.met, commandsDone: world.commands.done, stripsWhole: world.strips.whole,
  };
}

export interface SwarmFigures {
  runs: number;
  simulatedMs: number;
  announced: number;
  arrived: number;
  dropped: number;
  alarmsMet: number;
  commandsDone: number;
  stripsWhole: number;
  failed: SwarmResult[];
}

export function newSwarmFigures(): SwarmFigures {
  return { runs: 0, simulatedMs: 0, announced: 0, arrived: 0, dropped: 0, alarmsMet: 0, commandsDone: 0, stripsWhole: 0, failed: [] };
}

/** The figures as one line for people. */
export function figuresText({ runs, simulatedMs, announced, arrived, dropped, alarmsMet, commandsDone, stripsWhole, failed }: SwarmFigures): string {
  return (
    `${runs} runs, ${(simulatedMs / 3_600_000).toFixed(1)} h simulated, ${announced} alerts raised, ${arrived} delivered, ${dropped} reported as dropped, ` +
    `${alarmsMet} planted alarms in time, ${stripsWhole} strips whole, ${commandsDone} commands carried out, ${failed.length} runs failed`
  );
}

/** Runs one seed and adds to `figures`. */
export async function runSeed(seed: number, starts: Starts, figures: SwarmFigures): Promise<SwarmResult> {
  const result = await runPlan(planFromSeed(seed), starts);
  figures.runs++;
  figures.simulatedMs += result.simulatedMs;
  figures.announced += result.announced;
  figures.arrived += result.arrived;
  figures.dropped += result.dropped;
  figures.alarmsMet += result.alarmsMet;
  figures.commandsDone += result.commandsDone;
  figures.stripsWhole += result.stripsWhole;
  if (result.complaints.length > 0) figures.failed.push(result);
  return result;
}

export interface Hunt {
  /** The first seed in which the mutant's checker complained, or -1. */
  readonly seed: number;
  readonly text: string;
}

/**
 * Starters of both builds of the firmware.
 * @param root the project's folder
 * @param xsHost the XS host's program for XS, undefined for V8
 */
export async function startsOf(root: string, xsHost: string | undefined, mutant?: Mutant): Promise<Starts> {
  // A defect shows with any tables, and its bundle takes longer than many a hunt.
  const bundles = mutant === undefined ? await bundleBuilds(root) : { full: await bundleFirmware(root, mutant.patches ?? []) };
  const wrap = mutant?.wrap ?? ((hostCall: HostCall) => hostCall);
  const startOf = async (path: string): Promise<EngineStart> => {
    const start = xsHost === undefined ? await nodeStart(path) : xsStart(root, path, xsHost);
    return (hostCall) => start(wrap(hostCall));
  };
  const full = await startOf(bundles.full);
  return { full, small: "small" in bundles ? await startOf(bundles.small) : full };
}

/** Runs seeds on firmware with a planted defect until its checker finds it. */
export async function huntMutant(mutant: Mutant, starts: Starts, firstSeed: number, runs: number): Promise<Hunt> {
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    const found = (await runPlan(planFromSeed(seed), starts)).complaints.find(({ checker }) => checker === mutant.checker);
    if (found) return { seed, text: found.text };
  }
  return { seed: -1, text: "" };
}

export { runSoak } from "./soak-run.js";
export { removeBundles } from "./firmware.js";
export { MUTANTS } from "./mutants.js";
export { SCENARIOS } from "./scenarios.js";

// npm run swarm: runs the fault swarm from a seed on and prints the figures; a seed that fails comes with the command that repeats it.
import { buildXsHost } from "./build-xs-host.js";
import { PROJECT, importBundled } from "./import-bundled.js";
import { readOptions } from "./options.js";

const SEED_MAX = 0xffff_ffff;
/** How often the figures are printed. [ms] */
const REPORT_MS = 10_000;
/** Failing seeds that are enough for one night. */
const FAILED_MAX = 10;
/** Seeds that a planted defect may take to be found. */
const HUNT_RUNS = 2000;

const options = readOptions("swarm", {
  seed: { initial: 1, min: 0, max: SEED_MAX, whole: true },
  runs: { initial: 0, min: 1, max: SEED_MAX, whole: true },
  minutes: { initial: 0, min: 0.01, max: 100_000 },
  engine: { initial: "node", choices: ["node", "xs"] },
  mutants: { initial: false },
});
const swarm = await importBundled("tests/swarm/swarm-run.ts");
const host = options.engine === "xs" ? await buildXsHost() : undefined;
if (host && !host.ok) {
  console.error(`swarm: --engine xs: ${host.reason}; --engine node needs no compiler`);
  process.exit(2);
}
process.exitCode = options.mutants ? await huntMutants() : await runSeeds();
swarm.removeBundles();

async function runSeeds() {
  const starts = await swarm.startsOf(PROJECT, host?.path);
  const runs = options.runs || (options.minutes ? Infinity : 1000);
  const minutes = options.minutes || Infinity;
  const figures = swarm.newSwarmFigures();
  const start = performance.now();
  let printed = start;
  let seed = options.seed;
  for (; figures.runs < runs && performance.now() - start < minutes * 60_000 && figures.failed.length < FAILED_MAX; seed++) {
    const result = await swarm.runSeed(seed, starts, figures);
    if (result.complaints.length > 0) console.log(`FAILED: npm run swarm -- --seed ${seed} --runs 1${host ? " --engine xs" : ""}`);
    for (const { checker, text } of result.complaints) console.log(`  ${checker}: ${text}`);
    if (runs === 1) console.log(`digest ${result.digest}`);
    if (performance.now() - printed < REPORT_MS) continue;
    printed = performance.now();
    print();
  }
  print();
  return figures.failed.length === 0 ? 0 : 1;

  function print() {
    console.log(`seeds ${options.seed}-${seed - 1}: ${swarm.figuresText(figures)}, ${((performance.now() - start) / 1000).toFixed(0)} s`);
  }
}

async function huntMutants() {
  let survivors = 0;
  for (const mutant of swarm.MUTANTS) {
    // V8 does not tell of memory.
    const needsXs = mutant.checker === "memory";
    if (needsXs && !host) continue;
    const { seed, text } = await swarm.huntMutant(mutant, await swarm.startsOf(PROJECT, host?.path, mutant), options.seed, options.runs || HUNT_RUNS);
    if (seed < 0) survivors++;
    console.log(`firmware that ${mutant.name}: ${seed < 0 ? "NOT FOUND" : `found by the checker of ${mutant.checker} in seed ${seed}: ${text.split("\n")[0]}`}`);
  }
  return survivors === 0 ? 0 : 1;
}

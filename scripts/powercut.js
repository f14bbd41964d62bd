// npm run powercut -- --minutes N --seed S: goes on cutting the power of the journal in random cases, from a seed on, and prints the figures.
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
/** How often the figures are printed. [ms] */
const REPORT_MS = 10_000;

const usage = "usage: npm run powercut -- [--minutes N] [--seed S]   (0 < N <= 10000, default 5; 0 <= S <= 1000000000, default 1)";
const minutes = option("--minutes", 5);
const firstSeed = option("--seed", 1);
if (!(minutes > 0 && minutes <= 10_000)) fail(`powercut: --minutes ${minutes}, expected more than 0 and at most 10000`);
if (!(Number.isInteger(firstSeed) && firstSeed >= 0 && firstSeed <= 1_000_000_000)) fail(`powercut: --seed ${firstSeed}, expected a whole number from 0 to 1000000000`);

const bundle = join(PROJECT, "build", `powercut-${process.pid}.mjs`);
await build({
  stdin: { contents: 'export * from "./power-cut-runs.ts"; export { newFigures } from "./power-cut-engine.ts";', resolveDir: join(PROJECT, "tests/journal") },
  bundle: true,
  platform: "node",
  format: "esm",
  outfile: bundle,
  logLevel: "error",
});
const { newFigures, runRandom } = await import(pathToFileURL(bundle).href);
await rm(bundle);

const figures = newFigures();
const start = performance.now();
let printed = start;
let seed = firstSeed;
while (performance.now() - start < minutes * 60_000 && figures.complaints.length === 0) {
  runRandom(seed++, figures);
  if (performance.now() - printed < REPORT_MS) continue;
  printed = performance.now();
  print();
}
print();
for (const complaint of figures.complaints) console.log(complaint);
process.exitCode = figures.complaints.length === 0 ? 0 : 1;

function print() {
  const { cases, cuts, remounts, acknowledged, lost, falseRecords, wearSpread } = figures;
  console.log(
    `seeds ${firstSeed}-${seed - 1}: ${cases} cases, ${cuts} cuts, ${remounts} remounts, ${acknowledged} records acknowledged, ` +
      `${lost} lost, ${falseRecords} false, wear spread ${wearSpread}, ${((performance.now() - start) / 1000).toFixed(0)} s`,
  );
}

function option(name, fallback) {
  const index = process.argv.indexOf(name);
  const unknown = process.argv.slice(2).filter((word, place, words) => !["--minutes", "--seed"].includes(word) && !["--minutes", "--seed"].includes(words[place - 1]));
  if (unknown.length > 0) fail(`powercut: unknown argument ${unknown[0]}\n${usage}`);
  return index < 0 ? fallback : Number(process.argv[index + 1]);
}

function fail(message) {
  console.error(message);
  process.exit(2);
}

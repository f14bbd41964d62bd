// npm run fuzz: varied inputs for every decoder, from a seed on; prints figures, and the input that breaks one.
import { countSteps } from "./count-steps.js";
import { importBundled } from "./import-bundled.js";
import { readOptions } from "./options.js";

/** Inputs from one seed, before the next takes its turn with a fresh corpus. */
const INPUTS_PER_SEED = 200_000;

const options = readOptions("fuzz", {
  inputs: { initial: 1_000_000, min: 1, max: 1e12, whole: true },
  seed: { initial: 1, min: 0, max: 0xffff_ffff, whole: true },
});
const { fuzz, fuzzText, newFuzzFigures } = await importBundled("tests/fuzz/fuzz-run.ts", [countSteps]);
const figures = newFuzzFigures();
const start = performance.now();
let seed = options.seed;
for (; figures.inputs < options.inputs && figures.failures.length === 0; seed++) {
  fuzz(seed, Math.min(INPUTS_PER_SEED, options.inputs - figures.inputs), figures);
  if ((seed - options.seed) % 10 === 9) print();
}
print();
for (const failure of figures.failures) console.log(`FAILED: npm run fuzz -- --seed ${seed - 1} --inputs ${INPUTS_PER_SEED}\n${failure}`);
process.exitCode = figures.failures.length === 0 ? 0 : 1;

function print() {
  console.log(`seeds ${options.seed}-${seed}: ${fuzzText(figures)}, ${((performance.now() - start) / 1000).toFixed(0)} s`);
}

// npm run mcu [-- --seconds N]: runs the firmware on the emulated microcontroller and prints what it costs there.
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { buildMcu } from "./build-mcu.js";

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
const USAGE = "usage: npm run mcu [-- --seconds N]   (30 <= N <= 600, default 60)";

const words = process.argv.slice(2);
const seconds = words.length === 0 ? 60 : words[0] === "--seconds" && words.length === 2 ? Number(words[1]) : fail(`mcu: ${words.join(" ")}\n${USAGE}`);
if (!(seconds >= 30 && seconds <= 600)) fail(`mcu: --seconds ${words[1]}, expected 30 to 600\n${USAGE}`);

const mcu = await buildMcu();
if (!mcu.ok) fail(`mcu: ${mcu.reason}`);
const bundle = join(PROJECT, "build", `mcu-${process.pid}.mjs`);
await build({
  stdin: {
    contents: 'export * from "./tests/platform/mcu/metered-run.ts"; export * from "./tests/platform/mcu/budgets.ts"; export { XsEngine } from "./src/platform/sim/xs-engine.ts";',
    resolveDir: PROJECT,
  },
  bundle: true, platform: "node", format: "esm", outfile: bundle, logLevel: "error",
});
const { BUDGETS, XsEngine, costsOf, figuresOf, meteredRun } = await import(pathToFileURL(bundle).href);
await rm(bundle);

const run = await meteredRun((onHostCall) => XsEngine.start({ hostPath: mcu.emulator, hostWords: mcu.emulatorWords, onHostCall }), seconds);
const figures = figuresOf(run, mcu.sizes);
const width = Math.max(...BUDGETS.map(({ name }) => name.length));
console.log(`The demo record for ${seconds} s on RV32IMC, ${costsOf(run).beats} beats; TypeScript path.`);
for (const { name, unit, key, target, limit } of BUDGETS) {
  const measured = figures[key];
  const mark = measured <= target ? "" : measured <= limit ? "  above the target" : "  ABOVE THE LIMIT";
  const wanted = target === Infinity ? "" : `  (target ${number(target)})`;
  console.log(`${name.padEnd(width)}  ${number(measured).padStart(12)} ${unit}${wanted}${mark}`);
}
console.log(`digest of alerts and flash: ${run.digest}`);
process.exitCode = BUDGETS.some(({ key, limit }) => figures[key] > limit) ? 1 : 0;

function number(value) {
  return Math.round(value).toLocaleString("en-US");
}

function fail(message) {
  console.error(message);
  process.exit(2);
}

// npm run mcu [-- --seconds N --native]: runs the firmware on the emulated microcontroller and prints what it costs there.
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { buildMcu } from "./build-mcu.js";

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
const USAGE = "usage: npm run mcu [-- --seconds N --native]   (30 <= N <= 600, default 60; --native: with the kernels in C)";

const { seconds, native } = readOptions();

const mcu = await buildMcu({ native });
if (!mcu.ok) fail(`mcu: ${mcu.reason}`);
const bundle = join(PROJECT, "build", `mcu-${process.pid}.mjs`);
await build({
  stdin: {
    contents: 'export * from "./tests/platform/mcu/metered-run.ts"; export * from "./tests/platform/mcu/budgets.ts"; export { XsEngine } from "./src/platform/sim/xs-engine.ts";',
    resolveDir: PROJECT,
  },
  bundle: true, platform: "node", format: "esm", outfile: bundle, logLevel: "error",
});
const { BUDGETS, NATIVE_BUDGETS, XsEngine, costsOf, figuresOf, meteredChain, meteredRun } = await import(pathToFileURL(bundle).href);
await rm(bundle);

const chain = await buildMcu({ entry: join(PROJECT, "tests/platform/mcu/chain-device.ts"), native });
const starter = ({ emulator, emulatorWords }) => (onHostCall) => XsEngine.start({ hostPath: emulator, hostWords: emulatorWords, onHostCall });
const run = await meteredRun(starter(mcu), seconds);
const figures = figuresOf(run, mcu.sizes, await meteredChain(starter(chain), seconds));
const budgets = native ? NATIVE_BUDGETS : BUDGETS;
const width = Math.max(...budgets.map(({ name }) => name.length));
console.log(`The demo record for ${seconds} s on RV32IMC, ${costsOf(run).beats} beats; ${native ? "native" : "TypeScript"} path.`);
for (const { name, unit, key, target, limit } of budgets) {
  const measured = figures[key];
  const mark = measured <= target ? "" : measured <= limit ? "  above the target" : "  ABOVE THE LIMIT";
  const wanted = target === Infinity ? "" : `  (target ${number(target)})`;
  console.log(`${name.padEnd(width)}  ${number(measured).padStart(12)} ${unit}${wanted}${mark}`);
}
console.log(`digest of alerts and flash: ${run.digest}`);
process.exitCode = budgets.some(({ key, limit }) => figures[key] > limit) ? 1 : 0;

function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({ options: { seconds: { type: "string", default: "60" }, native: { type: "boolean", default: false } } }));
  } catch (error) {
    fail(`mcu: ${error.message}\n${USAGE}`);
  }
  const seconds = Number(values.seconds);
  if (!(seconds >= 30 && seconds <= 600)) fail(`mcu: --seconds ${values.seconds}, expected 30 to 600\n${USAGE}`);
  return { seconds, native: values.native };
}

function number(value) {
  return Math.round(value).toLocaleString("en-US");
}

function fail(message) {
  console.error(message);
  process.exit(2);
}

// npm run mcu [-- options]: runs the firmware on the emulated microcontroller and prints what it costs there, or where.
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { Profiles, tellFloats, tellModules, tellProfile } from "./mcu-profile.js";
import { buildMcu } from "./build-mcu.js";

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
const USAGE = `usage: npm run mcu [-- options]
  --seconds N     of the demo record, 30 to 600 (default 60)
  --native        with the kernels in C
  --modules       bytes of bytecode by module instead; nothing runs
  --profile       instructions by function instead, of a quiet tick, a tick with a beat and the worst one
  --rows N        functions told of each (default 40)
  --floats        soft-float calls of the same ticks instead, by function, and by the C that makes them`;

const { seconds, native, modules, profile, rows, floats } = readOptions();

if (modules) await tellModules(await built({ native }));
else if (profile || floats) await profileRun();
else await budgetRun();

async function budgetRun() {
  const mcu = await built({ native });
  const { BUDGETS, NATIVE_BUDGETS, costsOf, figuresOf, meteredChain, meteredRun, starter } = await importRun();
  const chain = await built({ entry: join(PROJECT, "tests/platform/mcu/chain-device.ts"), native });
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
}

async function profileRun() {
  const mcu = await built({ native, profile: true });
  const { CALL_TICK, meteredRun, starter, tickKinds } = await importRun();
  const profiles = new Profiles();
  const run = await meteredRun(async (hostCall) => profiles.watch(await starter(mcu, (line) => profiles.take(line))(hostCall), CALL_TICK), seconds);
  if (profile) await tellProfile(mcu, profiles.ticks, tickKinds(run), rows);
  if (floats) await tellFloats(mcu, profiles.ticks, tickKinds(run));
}

async function built(options) {
  const mcu = await buildMcu(options);
  if (!mcu.ok) fail(`mcu: ${mcu.reason}`);
  return mcu;
}

/** What runs the microcontroller, which is TypeScript. */
async function importRun() {
  const bundle = join(PROJECT, "build", `mcu-${process.pid}.mjs`);
  const modules = ["tests/platform/mcu/metered-run.ts", "tests/platform/mcu/budgets.ts", "src/platform/sim/xs-engine.ts", "src/platform/desk/border.ts"];
  await build({
    stdin: { contents: modules.map((path) => `export * from "./${path}";`).join("\n"), resolveDir: PROJECT },
    bundle: true, platform: "node", format: "esm", outfile: bundle, logLevel: "error",
  });
  const run = await import(pathToFileURL(bundle).href);
  await rm(bundle);
  const starter = ({ emulator, emulatorWords }, onTrace) => (onHostCall) => run.XsEngine.start({ hostPath: emulator, hostWords: emulatorWords, onHostCall, onTrace });
  return { ...run, starter };
}

function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        seconds: { type: "string", default: "60" }, native: { type: "boolean", default: false }, modules: { type: "boolean", default: false },
        profile: { type: "boolean", default: false }, rows: { type: "string", default: "40" }, floats: { type: "boolean", default: false }, help: { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    fail(`mcu: ${error.message}\n${USAGE}`);
  }
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  const seconds = Number(values.seconds);
  if (!(seconds >= 30 && seconds <= 600)) fail(`mcu: --seconds ${values.seconds}, expected 30 to 600\n${USAGE}`);
  const rows = Number(values.rows);
  if (!(Number.isInteger(rows) && rows >= 1)) fail(`mcu: --rows ${values.rows}, expected a number from 1\n${USAGE}`);
  return { ...values, seconds, rows };
}

function number(value) {
  return Math.round(value).toLocaleString("en-US");
}

function fail(message) {
  console.error(message);
  process.exit(2);
}

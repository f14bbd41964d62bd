// npm run compile-model -- models/NAME: an int8 model to TypeScript and C, with proof and figures. --help has the options.
import { copyFile, rm } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { buildXsHost } from "./build-xs-host.js";
import { bundleForXs } from "./bundle-xs.js";

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
const RANDOM_MAX = 1_000_000;
const SEED_MAX = 1_000_000_000;
const USAGE = `usage: npm run compile-model -- models/NAME [--out DIR] [--random N] [--seed N] [--inputs FILE] [--install]
  --out DIR      where NAME.ts and NAME.c are written (default build/models)
  --random N     random inputs that reference, V8, XS and C must agree on (0 to ${RANDOM_MAX}, default 10000)
  --seed N       their seed (0 to ${SEED_MAX}, default 1)
  --inputs FILE  more inputs to agree on: int8, all inputs of the model one after the other for each run
  --install      also writes NAME.ts into src/models, where the firmware takes it from`;

const options = readOptions();
const bundle = join(PROJECT, "build", `compile-model-${process.pid}.mjs`);
await build({ entryPoints: [join(PROJECT, "src/model-compiler/compile-model.ts")], bundle: true, packages: "external", platform: "node", format: "esm", outfile: bundle, logLevel: "error" });
try {
  const { compileModel } = await import(pathToFileURL(bundle).href);
  await compileModel(options);
  if (options.install) {
    const name = basename(resolve(options.folder));
    const targets = [`src/models/${name}.ts`, `src/native/${name}.c`];
    for (const target of targets) await copyFile(join(options.out, basename(target)), join(PROJECT, target));
    console.log(`  installed   ${targets.join(", ")}`);
  }
} catch (error) {
  // A model that is not as it should be; all else is a defect and shows its stack.
  if (error?.name !== "CompileError") throw error;
  console.error(`compile-model: ${error.message}`);
  process.exitCode = 2;
} finally {
  await rm(bundle);
}

function readOptions() {
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: {
        out: { type: "string" }, random: { type: "string", default: "10000" }, seed: { type: "string", default: "1" }, inputs: { type: "string" },
        install: { type: "boolean", default: false }, help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    fail(`${error.message}\n${USAGE}`);
  }
  const { values, positionals } = parsed;
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  if (positionals.length !== 1) fail(`${positionals.length} folders, expected one, e.g. models/beat-mlp\n${USAGE}`);
  return {
    folder: positionals[0],
    out: relative("", resolve(values.out ?? join(PROJECT, "build/models"))) || ".",
    randomCount: whole("--random", values.random, RANDOM_MAX),
    seed: whole("--seed", values.seed, SEED_MAX),
    inputsFile: values.inputs,
    install: values.install,
    tools: { buildXsHost, bundleForXs },
    print: (line) => console.log(line),
  };
}

function whole(name, text, most) {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > most) fail(`${name} ${text}, expected a whole number from 0 to ${most}`);
  return value;
}

function fail(message) {
  console.error(`compile-model: ${message}`);
  process.exit(2);
}

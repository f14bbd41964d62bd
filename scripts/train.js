// npm run train: from the recordings to an int8 model of the beat classes. --help has the options.
import { rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
const SEEDS_MAX = 20;
const MODELS = ["beat-mlp", "beat-tiny"];
const USAGE = `usage: npm run train -- [--cv] [--quick] [--seed N] [--seeds N] [--model NAME] [--out DIR] [--beats FILE]
  (nothing)   cross-validates on DS1, trains on all of it and writes models/beat-mlp
  --cv        only cross-validates, and prints the tables
  --quick     trains a small network in seconds, on a few recordings or on the demo record alone; writes build/beat-mlp-quick
  --seed N    seed of the model, and first seed of the cross-validation (0 to 1000000, default 1)
  --seeds N   how many seeds the cross-validation takes (1 to ${SEEDS_MAX}, default 3)
  --model N   which network: beat-mlp (default), or beat-tiny, of less than 2 KB
  --out DIR   where the model is written (default models/NAME)
  --beats F   trains nothing: writes the features of every beat of DS1, as inputs for  npm run compile-model -- models/NAME --inputs F
The folder ECG_DATA (default ../shared/data) must hold mitdb/, the MIT-BIH Arrhythmia Database (physionet.org/content/mitdb/1.0.0).`;

const options = readOptions();
const bundle = join(PROJECT, "build", `train-${process.pid}.mjs`);
await build({ entryPoints: [join(PROJECT, "src/training/train.ts")], bundle: true, packages: "external", platform: "node", format: "esm", outfile: bundle, logLevel: "error" });
try {
  const { train } = await import(pathToFileURL(bundle).href);
  await train(options);
} catch (error) {
  // A recording or a folder that is not as it should be; all else is a defect and shows its stack.
  if (!["RecordError", "TrainingError"].includes(error?.name)) throw error;
  console.error(error.message);
  process.exitCode = 2;
} finally {
  await rm(bundle);
}

function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        cv: { type: "boolean", default: false }, quick: { type: "boolean", default: false }, help: { type: "boolean", default: false },
        seed: { type: "string", default: "1" }, seeds: { type: "string", default: "3" }, out: { type: "string" }, model: { type: "string", default: "beat-mlp" }, beats: { type: "string" },
      },
    }));
  } catch (error) {
    fail(`${error.message}\n${USAGE}`);
  }
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  if (values.cv && values.quick) fail("train: --cv and --quick, expected one of them");
  if (!MODELS.includes(values.model)) fail(`train: --model ${values.model}, expected ${MODELS.join(" or ")}`);
  return {
    model: values.model,
    beatsFile: values.beats,
    cv: values.cv,
    quick: values.quick,
    seed: whole("--seed", values.seed, 0, 1_000_000),
    seedCount: whole("--seeds", values.seeds, 1, SEEDS_MAX),
    out: resolve(values.out ?? join(PROJECT, values.quick ? `build/${values.model}-quick` : `models/${values.model}`)),
    dataFolder: resolve(PROJECT, process.env["ECG_DATA"] ?? "../shared/data"),
    demoRecord: join(PROJECT, "demo/208-excerpt"),
    print: (line) => console.log(line),
  };
}

function whole(name, text, least, most) {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) fail(`train: ${name} ${text}, expected a whole number from ${least} to ${most}`);
  return value;
}

function fail(message) {
  console.error(message);
  process.exit(2);
}

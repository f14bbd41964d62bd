// Bundles the edgebeat command into dist/. Exports `build` and `isStale` for bin/edgebeat.js; as a command it always builds.
import { readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build as bundle } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const output = join(root, "dist", "edgebeat.js");
const sources = ["src", "hardware/desk", "models", "scripts/build.js", "package.json"];

/** @returns time of the newest file at or below a path, 0 if there is none [ms] */
function newestMs(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return 0;
  if (!stats.isDirectory()) return stats.mtimeMs;
  let newest = stats.mtimeMs;
  for (const name of readdirSync(path)) newest = Math.max(newest, newestMs(join(path, name)));
  return newest;
}

/** Is the bundle missing or older than a source? */
export function isStale() {
  const builtMs = statSync(output, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return sources.some((source) => newestMs(join(root, source)) > builtMs);
}

/** Bundles our own code; npm packages stay where they are. The bundle appears at once, so that several commands may start together. */
export async function build() {
  const unfinished = `${output}.${process.pid}`;
  await bundle({
    entryPoints: [join(root, "src/cli/main.ts")], outfile: unfinished, bundle: true, platform: "node", format: "esm", target: "node20",
    packages: "external", sourcemap: "inline", logLevel: "warning",
  });
  renameSync(unfinished, output);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await build();

// Imports TypeScript of the tests at full speed: bundles it first.
import { mkdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

export const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * @param {string} entry a TypeScript module, as a path from the project's root; npm packages it imports stay where they are
 * @param {import("esbuild").Plugin[]} [plugins]
 * @returns {Promise<any>} its exports
 */
export async function importBundled(entry, plugins = []) {
  const outfile = join(PROJECT, "build", `${basename(entry, ".ts")}-${process.pid}.mjs`);
  mkdirSync(dirname(outfile), { recursive: true });
  await build({ entryPoints: [join(PROJECT, entry)], bundle: true, platform: "node", format: "esm", target: "node20", packages: "external", sourcemap: "inline", outfile, logLevel: "error", plugins });
  try {
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(outfile);
  }
}

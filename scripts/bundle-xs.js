// Makes one ES module for XS out of a firmware entry and all it imports.
import { rename, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { nativeModules } from "./native-kernels.js";
import { shrinkCode } from "./shrink-code.js";

/**
 * Bundles a firmware entry for the XS host (or for Node: the module is the same).
 *
 * The file appears at once, so that several commands may bundle together. It is shrunk as the boards' modules are, and nothing is left to be
 * imported. There is no source map comment: XS would take it for an instruction. Errors of the build are thrown by esbuild,
 * with file and line.
 *
 * @param {string} entry a TypeScript or JavaScript module
 * @param {string} outfile the bundle to write
 * @param {{native?: boolean}} [options] native: with the native kernels, as on boards that have them
 * @returns {Promise<void>}
 */
export async function bundleForXs(entry, outfile, { native = false } = {}) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    write: false,
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2023",
    minify: false,
    keepNames: false,
    sourcemap: false,
    legalComments: "none",
    logLevel: "silent",
    plugins: native ? [nativeModules] : [],
  });
  const unfinished = `${outfile}.${process.pid}`;
  await writeFile(unfinished, (await shrinkCode(outputFiles[0].text)).code);
  await rename(unfinished, outfile);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [entry, outfile] = process.argv.slice(2);
  if (entry === undefined || outfile === undefined) {
    console.error("usage: node scripts/bundle-xs.js <entry.ts> <bundle.js>");
    process.exitCode = 2;
  } else {
    await bundleForXs(entry, outfile);
  }
}

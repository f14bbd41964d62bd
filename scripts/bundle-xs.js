// Makes one ES module for XS out of a firmware entry and all it imports.
import { rename, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { nativeModules } from "./native-kernels.js";
import { CLASS_FIELDS, shrinkCode } from "./shrink-code.js";

/**
 * Bundles a firmware entry for the XS host (or for Node: the module is the same).
 *
 * The file appears at once, so that several commands may bundle together. It is shrunk as the boards' modules are, and nothing is left to be
 * imported. There is no source map comment: XS would take it for an instruction. Errors of the build are thrown by esbuild,
 * with file and line.
 *
 * @param {string} entry a TypeScript or JavaScript module
 * @param {string} outfile the bundle to write
 * @param {{native?: boolean, map?: boolean}} [options] native: with the native kernels, as on boards that have them; map: with a source map beside it
 * @returns {Promise<void>}
 */
export async function bundleForXs(entry, outfile, { native = false, map = false } = {}) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    outfile,
    write: false,
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2023",
    minify: false,
    keepNames: false,
    sourcemap: map && "external",
    legalComments: "none",
    tsconfigRaw: { compilerOptions: CLASS_FIELDS },
    logLevel: "silent",
    plugins: native ? [nativeModules] : [],
  });
  const unfinished = `${outfile}.${process.pid}`;
  const textOf = (end) => outputFiles.find(({ path }) => path.endsWith(end))?.text;
  const shrunk = await shrinkCode(textOf(".js"), map ? { sourceMap: { content: textOf(".map") } } : {});
  await writeFile(unfinished, shrunk.code);
  if (map) await writeFile(`${outfile}.map`, shrunk.map);
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

// Makes one ES module for XS out of a firmware entry and all it imports.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { nativeModules } from "./native-kernels.js";
import { CLASS_FIELDS, shrinkCode } from "./shrink-code.js";

/** What hardware/xs-host/host.c does with the device, in JavaScript. */
const HOST = "device.call(op, a, b, device.mailbox.length)";

/**
 * Bundles a firmware entry for the XS host (or for Node: the module is the same).
 *
 * The file appears at once, so that several commands may bundle together. Nothing is left to be imported. There is no source map comment: XS would take
 * it for an instruction. Errors of the build are thrown by esbuild, with file and line.
 *
 * @param {string} entry a TypeScript or JavaScript module
 * @param {string} outfile the bundle to write
 * @param {{native?: boolean, map?: boolean}} [options] native: with the native kernels, as on boards that have them; map: with a source map beside it
 * @returns {Promise<void>}
 */
export async function bundleForXs(entry, outfile, { native = false, map = false } = {}) {
  const unfinished = `${outfile}.${process.pid}`;
  const bundle = await bundleCode({ entryPoints: [entry], outfile, sourcemap: map && "external", plugins: native ? [nativeModules] : [] }, [HOST]);
  await writeFile(unfinished, bundle.code);
  if (map) await writeFile(`${outfile}.map`, bundle.map);
  await rename(unfinished, outfile);
}

/**
 * @param {import("esbuild").BuildOptions} options entry, plugins, source map
 * @param {string[]} [rest] as of shrinkCode
 * @returns {Promise<{code: string, map?: string}>} one ES module, shrunk as all for XS
 */
export async function bundleCode(options, rest) {
  const { outputFiles } = await build({
    write: false,
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2023",
    legalComments: "none",
    tsconfigRaw: { compilerOptions: CLASS_FIELDS },
    logLevel: "silent",
    ...options,
  });
  const map = outputFiles.find(({ path }) => path.endsWith(".map"));
  const code = outputFiles.find((file) => file !== map).text;
  return shrinkOnce(withConstants(code), { isBundle: true, ...(map && { sourceMap: { content: map.text } }), rest });
}

const SCRIPTS = dirname(fileURLToPath(import.meta.url));
const SHRUNK = join(dirname(SCRIPTS), "build", "shrunk");

/** What shrinkCode makes, which takes seconds, is kept under a name of all that it depends on. */
async function shrinkOnce(code, options) {
  const path = join(SHRUNK, `${createHash("sha256").update(JSON.stringify([code, options, tools()])).digest("hex").slice(0, 24)}.json`);
  const kept = await readFile(path, "utf8").catch(() => undefined);
  if (kept !== undefined) return JSON.parse(kept);
  const shrunk = await shrinkCode(code, options);
  await mkdir(SHRUNK, { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, JSON.stringify(shrunk));
  await rename(unfinished, path);
  return shrunk;
}

/** @returns {string[]} the texts of all that changes code */
function tools() {
  const scripts = readdirSync(SCRIPTS).filter((name) => name.endsWith(".js")).sort().map((name) => join(SCRIPTS, name));
  return [...scripts, createRequire(import.meta.url).resolve("terser/package.json")].map((path) => readFileSync(path, "utf8"));
}

/** What a module of ours defines is never assigned again; esbuild writes "var", for which XS has more bytecode and, once preloaded, a copy in RAM. */
function withConstants(code) {
  return code.replace(/^var (?=[\w$]+ = |\{)/gm, "const ");
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

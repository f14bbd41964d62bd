// npm run bench [section]: costs that matter on the device, counted rather than timed where that is possible. Each section prints a table.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { buildXsHost } from "./build-xs-host.js";
import { bundleForXs } from "./bundle-xs.js";

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Name of each section, and what prints it; it gets a folder for its files. */
const SECTIONS = { "journal-mount": journalMount };

const wanted = process.argv.slice(2);
for (const name of wanted) {
  if (name in SECTIONS) continue;
  console.error(`bench: section "${name}", expected one of ${Object.keys(SECTIONS).join(", ")}`);
  process.exit(2);
}
const folder = await mkdtemp(join(tmpdir(), "edgebeat-bench-"));
try {
  for (const name of wanted.length > 0 ? wanted : Object.keys(SECTIONS)) {
    console.log(`\n# ${name}`);
    await SECTIONS[name](folder);
  }
} finally {
  await rm(folder, { recursive: true });
}

/** @returns the exports of a TypeScript module, given as text with imports from the project's root. */
async function load(folder, contents) {
  const outfile = join(folder, "module.mjs");
  await build({ stdin: { contents, resolveDir: PROJECT, loader: "ts" }, bundle: true, platform: "node", format: "esm", outfile, logLevel: "error" });
  return import(`${pathToFileURL(outfile).href}?${Date.now()}`);
}

/** Mounting 1 MB of flash: reads, bytes read, time on V8, and bytecodes of the whole firmware's start on XS. */
async function journalMount(folder) {
  const { MOUNT_LOADS, makeMountLoad, Journal, bootOnXs } = await load(folder, `
    export { MOUNT_LOADS, makeMountLoad } from "./tests/journal/mount-loads.ts";
    export { Journal } from "./src/journal/journal.ts";
    export { bootOnXs } from "./tests/journal/boot-on-xs.ts";
  `);
  const host = await buildXsHost({ quiet: true });
  if (!host.ok) console.log(`no XS: ${host.reason}`);
  const bundlePath = join(folder, "device.js");
  await bundleForXs(join(PROJECT, "hardware/desk/device.ts"), bundlePath);
  const rows = [];
  for (const each of MOUNT_LOADS) {
    const flash = makeMountLoad(each);
    const image = flash.image.slice();
    const { reads, bytesRead } = flash;
    const startMs = performance.now();
    const report = new Journal(flash).mount();
    const v8Ms = Math.round(performance.now() - startMs);
    const row = { load: each.name, records: report.recordsFound, pending: report.pending, reads: flash.reads - reads, "bytes read": flash.bytesRead - bytesRead, "V8 ms": v8Ms };
    flash.image.set(image);
    if (host.ok) row["XS bytecodes"] = await bootOnXs(host.path, bundlePath, flash);
    rows.push(row);
  }
  console.table(rows);
}

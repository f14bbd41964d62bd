// npm run bench [section]: costs that matter on the device, counted rather than timed where that is possible. Each section prints a table.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { buildXsHost } from "./build-xs-host.js";
import { bundleForXs } from "./bundle-xs.js";

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Name of each section, and what prints it; it gets a folder for its files. */
const SECTIONS = { alarms, energy, evaluation, "journal-full": journalFull, "journal-mount": journalMount };

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

/** 1 MB of flash that is full: most reads of 32 bytes or so in one call, while it goes on being written and while all of it is delivered. */
async function journalFull(folder) {
  const { FULL_LOADS, runFullLoad } = await load(folder, 'export { FULL_LOADS, runFullLoad } from "./tests/journal/full-loads.ts";');
  console.table(FULL_LOADS.map((each) => {
    const { worst, reads, delivered, reclaims } = runFullLoad(each);
    return { load: each.name, append: worst.append, nextPending: worst.nextPending, acknowledge: worst.acknowledge, delivered, "reads a delivery": (reads / delivered).toFixed(1), reclaims };
  }));
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
    const journal = new Journal(flash);
    journal.mount();
    const v8Ms = Math.round(performance.now() - startMs);
    const row = { load: each.name, records: each.records, pending: journal.pendingCount, reads: flash.reads - reads, "bytes read": flash.bytesRead - bytesRead, "V8 ms": v8Ms };
    flash.image.set(image);
    if (host.ok) row["XS bytecodes"] = await bootOnXs(host.path, bundlePath, flash);
    rows.push(row);
  }
  console.table(rows);
}

/** Mean current and battery days by chip and scenario, from what five minutes of the firmware on XS cost. */
async function energy() {
  // Beside node_modules, since the simulator needs npm packages.
  const outfile = join(PROJECT, "build", "bench-energy.mjs");
  const contents = `
    export * from "./src/energy/energy-model.ts";
    export { countRun } from "./src/energy/count-run.ts";
  `;
  await build({ stdin: { contents, resolveDir: PROJECT, loader: "ts" }, bundle: true, platform: "node", format: "esm", outfile, packages: "external", logLevel: "error" });
  const { CHIPS, batteryDays, countRun, meanCurrent, scenarios } = await import(pathToFileURL(outfile).href);
  let run;
  try {
    run = await countRun("sinus:72@140,asystole@6,sinus:72@154");
  } catch (error) {
    console.log(`no figures: ${error.message}`);
    return;
  }
  const { hour, alertsPerHour, minutes } = run;
  console.log(`counted over ${minutes.toFixed(1)} simulated minutes, an hour's worth: ${(hour.bytecodes / 1e6).toFixed(0)} million bytecodes, ${Math.round(hour.packets)} packets, ${Math.round(hour.bytes)} bytes, ${Math.round(hour.programmedBytes)} bytes programmed, ${hour.erases.toFixed(1)} erases, ${alertsPerHour.toFixed(0)} alerts`);
  const statusPerHour = 360;
  const statusBytes = hour.bytes / hour.packets;
  const rows = [];
  // A patient who is well: two alerts an hour, not the test's.
  for (const scenario of scenarios(statusPerHour, statusBytes, 2)) {
    for (const chip of CHIPS) {
      const current = meanCurrent(chip, hour, scenario);
      rows.push({
        scenario: scenario.name, chip: chip.name, "CPU %": (100 * current.cpuShare).toFixed(1), "CPU mA": current.cpuMa.toFixed(2), "radio mA": current.radioMa.toFixed(2),
        "flash mA": current.flashMa.toFixed(4), "total mA": current.totalMa.toFixed(2), "days of 500 mAh": batteryDays(500, current.totalMa).toFixed(1),
      });
    }
  }
  console.table(rows);
  console.log("AFE 0.1 mA included; regulator, lamp and USB bridge of a board are not. Light sleep and a radio that sleeps between alerts are not built yet: those rows say what they would give.");
}

/** The firmware's chain over recordings on V8: at least 200 times real time on one core is wanted. DS1 where it is there, else the demo record. */
async function evaluation(folder) {
  const db = join(resolve(PROJECT, process.env["ECG_DATA"] ?? "../shared/data"), "mitdb");
  const args = existsSync(join(db, "208.hea")) ? ["--db", db, "--records", "101,106,208,209"] : ["--db", join(PROJECT, "demo"), "--from", "0"];
  const { stdout } = spawnSync(process.execPath, [join(PROJECT, "bin/edgebeat.js"), "evaluate", ...args, "--out", join(folder, "out"), "--json"], { encoding: "utf8" });
  const { timesRealTime } = JSON.parse(stdout.trim().split("\n").at(-1));
  console.table([{ records: args.includes("--records") ? args[args.indexOf("--records") + 1] : "demo", "times real time": timesRealTime, wanted: 200 }]);
}

/** Time from onset to alert by type, on recordings (where ECG_DATA has them) and on synthetic onsets; then high-priority alarms without cause. */
async function alarms(folder) {
  // The bundle does not lie where the tests do.
  process.env["ECG_DATA"] = resolve(PROJECT, process.env["ECG_DATA"] ?? "../shared/data");
  const { DS1, PACED, noEcgData, delayRows, measureRecord, syntheticDelays } = await load(folder, `
    export { DS1, PACED } from "./tests/rhythm/records.ts";
    export { noEcgData } from "./tests/ecg-data.ts";
    export { delayRows, measureRecord, syntheticDelays } from "./tests/alerts/alarm-timing.ts";
  `);
  const records = noEcgData ? [] : [...DS1, ...PACED].map((record) => `mitdb/${record}`);
  if (noEcgData) console.log("no recordings: set ECG_DATA to a folder with mitdb/, cudb/ and nstdb/");
  const clean = records.map((record) => measureRecord(record));
  const cu01 = noEcgData ? [] : measureRecord("cudb/cu01").delays;
  const delays = [...clean.flatMap((result) => result.delays), ...cu01, ...syntheticDelays()];
  console.table(delayRows(delays).map(({ type, source, count, medianS, worstS, limitS, passed }) => (
    { type, source, count, "median s": medianS, "worst s": worstS, "limit s": limitS, result: passed ? "pass" : "FAIL" }
  )));
  if (noEcgData) return;
  const rows = [["none", clean, 0], ["electrode motion, 6 dB", records.map((record) => measureRecord(record, 6)), 1], ["electrode motion as in 118e06", records.map((record) => measureRecord(record, 0))]];
  console.table(rows.map(([noise, results, limit]) => {
    const falseAlarms = results.flatMap((result) => result.falseAlarms);
    const hours = results.reduce((sum, result) => sum + result.hours, 0);
    return { noise, hours: hours.toFixed(1), "false high-priority alarms": falseAlarms.length, limit: limit ?? "", result: limit === undefined ? "" : falseAlarms.length <= limit ? "pass" : "FAIL" };
  }));
}

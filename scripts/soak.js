// npm run soak: the whole firmware for days of simulated time, with an outage every day and a loss of power every week; prints figures a day.
import { buildXsHost } from "./build-xs-host.js";
import { PROJECT, importBundled } from "./import-bundled.js";
import { readOptions } from "./options.js";

const DAYS_PER_YEAR = 365.25;

const options = readOptions("soak", {
  days: { initial: 30, min: 0.05, max: 10_000 },
  years: { initial: 0, min: 0.01, max: 100 },
  seed: { initial: 1, min: 0, max: 0xffff_ffff, whole: true },
  engine: { initial: "node", choices: ["node", "xs"] },
});
const swarm = await importBundled("tests/swarm/swarm-run.ts");
const host = options.engine === "xs" ? await buildXsHost() : undefined;
if (host && !host.ok) {
  console.error(`soak: --engine xs: ${host.reason}; --engine node needs no compiler`);
  process.exit(2);
}
const sparse = options.years > 0;
const start = performance.now();
const result = await swarm.runSoak({ days: sparse ? options.years * DAYS_PER_YEAR : options.days, seed: options.seed, sparse, onDay }, await swarm.startsOf(PROJECT, host?.path));
swarm.removeBundles();
for (const { checker, text } of result.complaints) console.log(`FAILED: ${checker}: ${text}`);
const { raised, delivered, dropped, alarmsMet, boots, outages, simulatedMs, yearsOfFlash, digest } = result;
const realMs = performance.now() - start;
console.log(
  `${(simulatedMs / 86_400_000).toFixed(1)} days at ${Math.round(simulatedMs / realMs)} times real time: ${outages} outages, ${boots} starts, ${raised} alerts raised, ${delivered} delivered, ` +
    `${dropped} reported as dropped, ${result.complaints.length} complaints, ${alarmsMet} planted alarms in time; flash lasts ${Math.round(yearsOfFlash)} years at this pace; digest ${digest}`,
);
process.exitCode = result.complaints.length === 0 ? 0 : 1;

function onDay({ day, raised: soFar, delivered: arrived, erasesMost, erasesLeast, heapBytes, slots, chunksBytes }) {
  // In years mode a line a month is enough.
  if (sparse && day % 30 !== 0) return;
  const memory = slots > 0 ? `${slots} slots and ${chunksBytes} bytes of chunks alive` : `heap of the process ${(heapBytes / 1048576).toFixed(1)} MiB`;
  console.log(`day ${day}: ${soFar} alerts raised, ${arrived} delivered, erases ${erasesLeast} to ${erasesMost} a block, ${memory}, ${((performance.now() - start) / 1000).toFixed(0)} s`);
}

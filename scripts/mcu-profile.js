// What `npm run mcu` tells of where the costs lie: bytes by module, instructions and soft-float calls by function.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { BENCH_MODULES } from "./build-mcu.js";
import { listImage } from "./image-listing.js";

const run = promisify(execFile);

/** Bytecode by module, largest first: the firmware's, then the test bench's. */
export async function tellModules(built) {
  const { modules } = await listImage(built);
  const rows = [...modules].sort((one, other) => other[1] - one[1]);
  const isBench = ([module]) => BENCH_MODULES.includes(module);
  tellRows("bytecode by module", rows.filter((row) => !isBench(row)));
  tellRows("the test bench's, which is on no board", rows.filter(isBench));
}

function tellRows(title, rows) {
  console.log(`${title} [bytes], ${number(rows.reduce((sum, [, bytes]) => sum + bytes, 0))} in all:`);
  for (const [module, bytes] of rows) console.log(`${number(bytes).padStart(9)}  ${module}`);
}

/** Takes what the build with a profile traces: one text after each call into the firmware. */
export class Profiles {
  /** Of each tick, in order. */
  ticks = [];
  #latest = new Map();

  /** @param {string} line of trace */
  take(line) {
    const [mark, code, rows, floats] = line.split(" ");
    if (mark !== "profile") return console.error(line);
    this.#latest = { code: Number.parseInt(code, 16), rows: rows.split(";").slice(0, -1).map(rowOf), floats: floats.split(",").slice(0, -1) };
  }

  /** @returns the engine; notes the profile of each of its ticks */
  watch(engine, callTick) {
    const call = engine.call.bind(engine);
    engine.call = async (op, ...more) => {
      const result = await call(op, ...more);
      if (op === callTick) this.ticks.push(this.#latest);
      return result;
    };
    return engine;
  }
}

function rowOf(text) {
  const [address, calls, self, all, floats] = text.split(",");
  return { address: Number.parseInt(address, 16), calls: Number(calls), self: Number(self), all: Number(all), floats: Number(floats) };
}

/**
 * @param {{program: string, image: string, bundle: string, hostPath: string}} built with a profile
 * @param {Profiles["ticks"]} ticks
 * @param {{name: string, indexes: number[]}[]} kinds of ticks, by their numbers
 * @param {number} rowCount functions told of each
 */
export async function tellProfile(built, ticks, kinds, rowCount) {
  const nameOf = await namer(built, ticks[0].code);
  for (const { name, indexes } of kinds) {
    const sums = sumOf(indexes.flatMap((index) => ticks[index].rows));
    const total = sums.reduce((sum, { self }) => sum + self, 0);
    console.log(`\n${name}: ${number(total / indexes.length)} instructions`);
    console.log(`${"self".padStart(9)} ${"%".padStart(5)} ${"with callees".padStart(12)} ${"calls".padStart(8)}`);
    for (const { address, calls, self, all } of sums.sort((one, other) => other.self - one.self).slice(0, rowCount)) {
      const share = ((100 * self) / total).toFixed(1);
      console.log(`${number(self / indexes.length).padStart(9)} ${share.padStart(5)} ${number(all / indexes.length).padStart(12)} ${(calls / indexes.length).toFixed(1).padStart(8)}  ${nameOf(address)}`);
    }
  }
}

/** Who calls soft-float routines in a tick: functions of JavaScript, and the C under them. */
export async function tellFloats(built, ticks, kinds) {
  const nameOf = await namer(built, ticks[0].code);
  for (const { name, indexes } of kinds) {
    const rows = sumOf(indexes.flatMap((index) => ticks[index].rows)).filter(({ floats }) => floats > 0);
    console.log(`\n${name}: ${number(rows.reduce((sum, { floats }) => sum + floats, 0) / indexes.length)} soft-float calls`);
    for (const { address, floats } of rows.sort((one, other) => other.floats - one.floats))
      console.log(`${(floats / indexes.length).toFixed(1).padStart(9)}  ${nameOf(address)}`);
    const callers = new Map();
    for (const address of indexes.flatMap((index) => ticks[index].floats)) {
      const caller = nameOf(Number.parseInt(address, 16));
      callers.set(caller, (callers.get(caller) ?? 0) + 1);
    }
    if (callers.size > 0) console.log("  called by C, of the first 1024 of each tick:");
    for (const [caller, count] of [...callers].sort((one, other) => other[1] - one[1])) console.log(`${(count / indexes.length).toFixed(1).padStart(9)}  ${caller}`);
  }
}

function sumOf(rows) {
  const sums = new Map();
  for (const row of rows) {
    const sum = sums.get(row.address) ?? { address: row.address, calls: 0, self: 0, all: 0, floats: 0 };
    for (const key of ["calls", "self", "all", "floats"]) sum[key] += row[key];
    sums.set(row.address, sum);
  }
  return [...sums.values()];
}

/** @returns names of addresses: functions of JavaScript with their place in the source, built-ins by their C */
async function namer(built, code) {
  const { functions } = await listImage(built);
  const starts = new Map(functions.map((listed) => [code + listed.start, listed]));
  const { stdout } = await run("riscv64-unknown-elf-nm", ["--defined-only", "--numeric-sort", built.program], { maxBuffer: 1 << 26 });
  const symbols = stdout.split("\n").map((line) => line.split(" ")).filter(([, kind]) => /^[tTwW]$/.test(kind)).map(([address, , name]) => ({ address: Number.parseInt(address, 16), name }));
  return (address) => {
    if (address === 0) return "(between functions)";
    const listed = starts.get(address);
    if (listed) return `${listed.name}  ${listed.module}:${listed.line}`;
    const symbol = symbols.findLast((one) => one.address <= address);
    return `[C] ${symbol?.name ?? address.toString(16)}`;
  };
}

function number(value) {
  return Math.round(value).toLocaleString("en-US");
}

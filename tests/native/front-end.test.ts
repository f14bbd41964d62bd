// The native front end gives the bits of the TypeScript: on recordings and on signals that no heart makes, on this machine with gcc's sanitizers
// watching, and on RV32IMC, the ESP32-C3's instruction set, under QEMU. RV32_MINUTES=60 takes all of each recording there, not just its start.
import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { Prng } from "../../src/base/prng.js";
import { BURST_COMMAND, BURST_WORDS, READ_BROKEN, READ_COUNT, READ_MORE, READ_OVERFLOW } from "../../src/drivers/max30003/codes.js";
import { Frames } from "../../src/drivers/max30003/frames.js";
import { findCompiler } from "../../src/model-compiler/c-runner.js";
import { DeltaRing } from "../../src/monitor/delta-ring.js";
import { FrontEnd } from "../../src/monitor/front-end.js";
import { resampleRecording } from "../../src/platform/sim/patient.js";
import { loadRecord } from "../../src/wfdb/record.js";
import { DEMO_RECORD, ECG_DATA_NOTE, noEcgData } from "../ecg-data.js";
import { CUDB, DS1, loadSignal, PACED } from "../rhythm/records.js";

const SOURCES = fileURLToPath(new URL("../../src/native", import.meta.url));
const FLAGS = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-O1", "-g", "-ffp-contract=off"];
const SANITIZERS = ["-fsanitize=undefined,address", "-fno-sanitize-recover=all"];
const RV32_COMPILER = "riscv64-unknown-elf-gcc";
/** As for the emulated microcontroller (scripts/build-mcu.js), with picolibc's start and files; QEMU's virt machine has its RAM at 0x80000000. */
const RV32_FLAGS = [
  "-march=rv32imc", "-mabi=ilp32", "--specs=picolibc.specs", "--oslib=semihost", "--crt0=semihost", "-Os", "-fno-inline-functions", "-ffp-contract=off",
  ...["__flash=0x80000000", "__flash_size=0x400000", "__ram=0x80400000", "__ram_size=0x400000"].map((symbol) => `-Wl,--defsym=${symbol}`),
];
const EMULATOR = "qemu-system-riscv32";
const EMULATOR_FLAGS = [
  "-M", "virt", "-cpu", "rv32,d=false,f=false", "-m", "16M", "-bios", "none", "-display", "none", "-monitor", "none", "-serial", "none",
  "-semihosting-config", "enable=on,target=native", "-kernel",
];
/** What of a recording RV32 gets: the emulator takes 5 s for half an hour of it. [samples] */
const RV32_SAMPLES = Number(process.env["RV32_MINUTES"] ?? 4) * 60 * 250;
const VF_ACTIVE = 1 << 14;
/** Random signals, and samples of each. */
const SEEDS = 24;
const RV32_SEEDS = 6;
const RANDOM_SAMPLES = 60_000;
/** Answers of a MAX30003 of each seed. */
const FRAMES = 20_000;

const folder = mkdtempSync(join(tmpdir(), "edgebeat-native-"));
const runner = join(folder, "runner");
const compiler = await findCompiler();
if (compiler === undefined) console.warn("SKIPPED: the native front end: no C compiler");
else await build(compiler);
const rv32Runner = join(folder, "runner-rv32");
const hasRv32 = await buildForRv32();
if (!hasRv32) console.warn(`SKIPPED: the native front end on RV32: no ${RV32_COMPILER} or ${EMULATOR}`);
afterAll(() => rmSync(folder, { recursive: true }));

function sourcesOfRunner(): string[] {
  return [...readdirSync(SOURCES).filter((name) => name.endsWith(".c")).map((name) => join(SOURCES, name)), fileURLToPath(new URL("front-end-runner.c", import.meta.url))];
}

/** @returns whether compiler and emulator are there */
async function buildForRv32(): Promise<boolean> {
  for (const tool of [RV32_COMPILER, EMULATOR]) if (!(await promisify(execFile)(tool, ["--version"]).then(() => true, () => false))) return false;
  await promisify(execFile)(RV32_COMPILER, [...RV32_FLAGS, `-I${SOURCES}`, ...sourcesOfRunner(), "-lm", "-o", rv32Runner]);
  return true;
}

/** With the sanitizers where the compiler has them. */
async function build(command: string): Promise<void> {
  const compile = (flags: readonly string[]): Promise<unknown> => promisify(execFile)(command, [...FLAGS, ...flags, `-I${SOURCES}`, ...sourcesOfRunner(), "-lm", "-o", runner]);
  await compile(SANITIZERS).catch((error: Error & { stderr?: string }) => {
    if (!/sanitize|asan|ubsan/.test(error.stderr ?? "")) throw error;
    console.warn("SKIPPED: sanitizers, which this compiler lacks");
    return compile([]);
  });
}

const DELTA_RING_BYTES = 330;

/** The block into the delta ring, as the runner does it. */
function appendDeltas(deltas: DeltaRing, samplesUv: Int32Array, out: number[]): void {
  for (let index = 0; index < samplesUv.length; ) {
    const result = deltas.append(samplesUv, index, samplesUv.length);
    out.push(result, deltas.size & 0xff, deltas.size >> 8, deltas.memory.reduce((sum, byte, place) => sum + byte * (place + 1), 0));
    if (result < 0) deltas.startPiece();
    index = result < 0 ? -1 - result : result;
  }
}

/** Blocks of samples, gaps as numbers of lost samples, and answers of a MAX30003: STATUS and the burst but for its last byte, after what the reading was before. */
type Call = Int32Array | number | { readonly before: number; readonly frames: Uint8Array };

/** The answers through `frames`, as the runner does it. @returns the reading */
function decodeFrames(frames: Frames, before: number, bytes: Uint8Array, out: number[]): number {
  const samplesUv = new Int32Array(2 * BURST_WORDS);
  frames.status.set(bytes.subarray(0, 4));
  frames.burst.set(bytes.subarray(4));
  frames.burst[48] = bytes[4]!;
  // C does not go where there is no room.
  const reading = (before & READ_COUNT) > BURST_WORDS ? READ_BROKEN : frames.decode(samplesUv, before);
  // The TypeScript has the driver ready the frames again after what it can't use, the C does it in any case.
  if ((reading & (READ_BROKEN | READ_OVERFLOW)) !== 0) frames.burst[0] = BURST_COMMAND;
  out.push(reading, ...samplesUv, ...new Int32Array(frames.status.slice().buffer), frames.burst[0]!);
  return reading;
}

/** What the runner prints for these calls, computed by the TypeScript. */
function onTypescript(calls: readonly Call[]): Int32Array {
  const frontEnd = new FrontEnd();
  const { detector, classifier, vf } = frontEnd;
  const deltas = new DeltaRing(DELTA_RING_BYTES, 0);
  const out: number[] = [];
  const frames = new Frames();
  let next = 0;
  let vfActive = false;
  for (const call of calls) {
    if (typeof call === "object" && "frames" in call) {
      decodeFrames(frames, call.before, call.frames, out);
      continue;
    }
    next += typeof call === "number" ? call : call.length;
    if (typeof call !== "number") appendDeltas(deltas, call, out);
    const isQuiet = typeof call !== "number" && !frontEnd.process(call, call.length);
    if (typeof call === "number") frontEnd.gap(call);
    const [beatCount, classCount] = isQuiet ? [0, 0] : [frontEnd.beatCount, frontEnd.classCount];
    const second = !isQuiet && frontEnd.secondCompleted ? (1 << 16) | (frontEnd.qualityFlags << 17) | (frontEnd.noiseGoverns ? 1 << 22 : 0) : 0;
    out.push(beatCount | (classCount << 7) | (vf.active ? VF_ACTIVE : 0) | (vf.suspected ? 1 << 15 : 0) | second);
    for (let i = 0; i < beatCount; i++) out.push(detector.beatSample(i) - next, detector.beatConfidence(i));
    for (let i = 0; i < classCount; i++) out.push(classifier.classSample(i) - next, classifier.beatClass(i), classifier.pWave(i));
    if (vf.active !== vfActive) out.push((vfActive ? vf.endedSample : vf.onsetSample) - next);
    vfActive = vf.active;
  }
  return Int32Array.from(out);
}

/** What the runner reads for these calls. */
function wordsOf(calls: readonly Call[]): Uint8Array[] {
  return calls.map((call) => {
    if (typeof call === "number") return new Uint8Array(Int32Array.of(-1, call).buffer);
    return new Uint8Array(("frames" in call ? Int32Array.of(-2, call.before, ...new Int32Array(call.frames.slice().buffer)) : Int32Array.of(call.length, ...call)).buffer);
  });
}

let runsOnRv32 = 0;

async function onRv32(calls: readonly Call[]): Promise<Int32Array> {
  const cwd = join(folder, `rv32-${++runsOnRv32}`);
  mkdirSync(cwd);
  writeFileSync(join(cwd, "calls"), Buffer.concat(wordsOf(calls)));
  await promisify(execFile)(EMULATOR, [...EMULATOR_FLAGS, rv32Runner], { cwd });
  const bytes = readFileSync(join(cwd, "results"));
  rmSync(cwd, { recursive: true });
  return new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

async function onC(calls: readonly Call[]): Promise<Int32Array> {
  const program = spawn(runner, [], { stdio: ["pipe", "pipe", "pipe"] });
  const chunks: Buffer[] = [];
  let complaint = "";
  program.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  program.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  program.stdin.on("error", () => {});
  program.stdin.end(Buffer.concat(wordsOf(calls)));
  const code = await new Promise((resolve) => program.once("close", resolve));
  if (code !== 0) throw new Error(`the runner ended with ${code}: ${complaint}`);
  const bytes = Buffer.concat(chunks);
  return new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Both do the same; @returns how many words they gave. (`toEqual` on long arrays takes longer than all else.) */
async function compare(calls: readonly Call[], onNative = onC): Promise<number> {
  const [found, expected] = [await onNative(calls), onTypescript(calls)];
  const place = expected.findIndex((word, index) => word !== found[index]);
  expect(place < 0 ? "" : `word ${place}: ${found.subarray(place, place + 8).join(" ")}, expected ${expected.subarray(place, place + 8).join(" ")}`).toBe("");
  expect(found.length).toBe(expected.length);
  return found.length;
}

function blocksOf(samplesUv: Int32Array, block: number): Int32Array[] {
  return Array.from({ length: Math.ceil(samplesUv.length / block) }, (_, index) => samplesUv.slice(index * block, (index + 1) * block));
}

const demo = loadRecord(DEMO_RECORD, { lead: 0 });
const demoUv = resampleRecording(demo.leads[0]!.samplesUv, demo.sampleRateHz);

/** Kinds of signal, by sample and a source of chance; int16. */
const SIGNALS: readonly ((index: number, random: Prng) => number)[] = [
  (index) => demoUv[index % demoUv.length]!,
  (index, random) => demoUv[index % demoUv.length]! + random.below(800) - 400,
  (index) => 8 * demoUv[index % demoUv.length]!,
  (index, random) => demoUv[index % demoUv.length]! + (random.below(300) === 0 ? 65_536 : 0),
  (index) => 400 * Math.sin(index / 8.8) * (0.75 + 0.25 * Math.sin(index / 80)),
  () => 0,
  (_, random) => random.below(65_536) - 32_768,
  (index) => (index % 20 < 10 ? 32_767 : -32_768),
  (index) => (index % 180 < 12 ? 32_767 : -32_768),
  (index) => 32_767 * Math.sin(index / 30),
  (_, random) => random.below(3) - 1,
  (index, random) => (index % 200 < 10 ? 1000 + random.below(50) : random.below(20)),
];

/** A patient out of a seed: stretches of signals, blocks of any length, gaps that are none, short, long or longer than any number's range. */
function randomCalls(seed: number): Call[] {
  const random = new Prng(seed);
  const calls: Call[] = [];
  let index = 0;
  while (index < RANDOM_SAMPLES) {
    const signal = SIGNALS[random.below(SIGNALS.length)]!;
    const end = index + 250 * (1 + random.below(40));
    while (index < end) {
      const block = new Int32Array(random.below(4) === 0 ? random.below(251) : random.below(33));
      for (let i = 0; i < block.length; i++) block[i] = Math.max(-32_768, Math.min(32_767, Math.round(signal(index++, random))));
      calls.push(block);
    }
    if (random.below(3) === 0) calls.push([0, 1, 3, 375, 65_536, 2 ** 31 - 1, 2 ** 32 + 7][random.below(7)]!);
  }
  return calls;
}

const RECORDINGS = [...[...DS1, ...PACED].map((record) => `mitdb/${record}`), "nstdb/118e06", "nstdb/118e24", "nstdb/em_rec", ...CUDB.map((record) => `cudb/${record}`)];

/** Answers out of a seed: words with likely tags, and with any; second bursts after first ones that ask for them. */
function randomFrames(seed: number): Call[] {
  const random = new Prng(seed);
  const frames = new Frames();
  const calls: Call[] = [];
  let before = 0;
  for (let round = 0; round < FRAMES; round++) {
    const bytes = new Uint8Array(52);
    const [wildness, samples] = [random.below(4), random.below(18)];
    for (let at = 0; at < bytes.length; at++) bytes[at] = wildness === 1 ? 0 : random.below(256);
    if (random.below(8) > 0) bytes.set([0, 0xf0 & random.below(256), 0x0f & random.below(256), 0x0f & random.below(256)]);
    if (wildness > 1) for (let word = 0; word < 15; word++) bytes[7 + 3 * word] = [0x00, 0x10, 0x30, 8 * random.below(8)][word < samples ? 0 : word === samples ? 1 : random.below(16) > 0 ? 2 : 3]! | (random.below(32) << 6);
    if (wildness === 3) for (let word = 0; word < 16; word++) bytes[5 + 3 * word] = random.below(2) * 255;
    if (random.below(50) === 0) before = random.below(0x2000);
    calls.push({ before, frames: bytes });
    const reading = decodeFrames(frames, before, bytes, []);
    before = (reading & READ_MORE) !== 0 ? reading : 0;
  }
  return calls;
}

describe.skipIf(compiler === undefined)("the native front end", () => {
  it.each([1, 10, 32, 250])("gives the bits of the TypeScript on the demo record in blocks of %d", async (block) => {
    expect(await compare(blocksOf(demoUv, block))).toBeGreaterThan(demoUv.length / block);
  });

  it.each(Array.from({ length: SEEDS }, (_, index) => index + 1))("... on signals that no heart makes, seed %d", async (seed) => {
    await compare(randomCalls(seed));
  });

  it.each([1, 2, 3, 4])("... on answers of the MAX30003 that are likely, and on such as no chip gives, seed %d", async (seed) => {
    await compare(randomFrames(seed));
  });

  it.skipIf(noEcgData).each(RECORDINGS)(`... on %s${ECG_DATA_NOTE}`, async (record) => void (await compare(blocksOf(loadSignal(record), 10))), 60_000);
});

describe.skipIf(!hasRv32)("the native front end on RV32", () => {
  it.each([1, 10, 32, 250])("gives the bits of the TypeScript on the demo record in blocks of %d", async (block) => {
    expect(await compare(blocksOf(demoUv, block), onRv32)).toBeGreaterThan(demoUv.length / block);
  });

  it.each(Array.from({ length: RV32_SEEDS }, (_, index) => index + 1))("... on signals that no heart makes, seed %d", async (seed) => {
    await compare(randomCalls(seed), onRv32);
  });

  it("... on answers of the MAX30003", async () => void (await compare(randomFrames(5), onRv32)));

  it.skipIf(noEcgData).each(RECORDINGS)(
    `... on the start of %s${ECG_DATA_NOTE}`,
    async (record) => void (await compare(blocksOf(loadSignal(record).slice(0, RV32_SAMPLES), 10), onRv32)),
    60_000,
  );
});

// Builds the firmware for the emulated microcontroller (hardware/mcu): XS from the npm package @agoric/xsnap and the linked bytecode
// of a bundle, for bare-metal RV32IMC.
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildXsHost, exists, findXs, firstLines, hash, inParallel, intoPlace, readDefaults, readFolder, readNatives } from "./build-xs-host.js";
import { bundleForXs } from "./bundle-xs.js";
import { listImage } from "./image-listing.js";

const run = promisify(execFile);

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
const BUILD = join(PROJECT, "build/mcu");
const BOARD = join(PROJECT, "hardware/mcu");
const NATIVE = join(PROJECT, "src/native");
const HOST = join(PROJECT, "hardware/xs-host");

const COMPILER = "riscv64-unknown-elf-gcc";
const EMULATOR = "qemu-system-riscv32";
const PACKAGES = "Debian: qemu-system-misc gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf";

/** Parts of XS that the device's build does without, and the defaults, for which `readDefaults` has others. */
const XS_PARTS_LEFT_OUT = new Set(["xsDefaults.c", "xsLockdown.c", "xsProfile.c", "xsSnapshot.c"]);
const HOST_PARTS = ["host.c", "machine.c", "memory.c", "rom.c"];

/** What the build with a profile has besides: C that counts, and calls of it where XS can trace functions. */
const PROFILE = "profile.c";
const PROFILE_FLAGS = ["-DEDGEBEAT_PROFILE", "-DmxTraceCall=1"];

/**
 * Modules of the image that are no firmware but the test bench's: the border, what carries the world's calls, and the MQTT client. A board has timers, interrupts
 * and the SDK's client in their place, and no module of ours. The other stand-ins count as firmware, as there are modules of ours that they stand for.
 */
export const BENCH_MODULES = Object.freeze(["src/platform/desk/border.ts", "src/platform/desk/mqtt.ts", "hardware/desk/composition.ts"]);

/** The ESP32-C3's instruction set, as the libraries of Debian name it; its control registers have a name of their own since 2019. */
const LINK_FLAGS = ["-march=rv32imc", "-mabi=ilp32", "--specs=picolibc.specs"];
const FLAGS = [
  "-march=rv32imc_zicsr",
  "-mabi=ilp32",
  "--specs=picolibc.specs",
  // What Moddable SDK 8.2.3 compiles XS with for the ESP32-C3 (tools/mcconfig/make.esp32.mk, C_COMMON_FLAGS).
  "-Os",
  "-fno-inline-functions",
  "-fno-jump-tables",
  "-falign-functions=4",
  "-fdata-sections",
  "-ffunction-sections",
  "-fno-common",
  "-ffp-contract=off",
  "-DPICOLIBC_INTEGER_PRINTF_SCANF",
  "-DEDGEBEAT_MCU",
  "-DINCLUDE_XSPLATFORM",
  '-DXSPLATFORM="xs-platform.h"',
  "-DmxRun=1",
  "-DmxHostFunctionPrimitive=1",
  "-DmxBoundsCheck=1",
];

/**
 * Builds the emulated microcontroller's program if need be. Never throws for want of tools: that is a fact, not an error.
 *
 * @param {{entry?: string, quiet?: boolean, native?: boolean}} [options] entry: TypeScript module whose default export makes the device; one with a MAX30003
 * by default. native: with the native kernels. profile: with hardware/mcu/profile.c.
 * @returns {Promise<{ok: true, program: string, emulator: string, emulatorWords: string[], sizes: object, image: string, bundle: string, hostPath: string} |
 * {ok: false, reason: string}>} image, bundle, hostPath: for listImage
 */
export async function buildMcu({ entry = join(PROJECT, "hardware/mcu/device.ts"), quiet = false, native = false, profile = false } = {}) {
  const say = quiet ? () => {} : (text) => console.log(`mcu: ${text}`);
  for (const tool of [COMPILER, EMULATOR]) {
    const isThere = await run(tool, ["--version"]).then(() => true, () => false);
    if (!isThere) return { ok: false, reason: `${tool} is not installed (${PACKAGES})` };
  }
  const host = await buildXsHost({ quiet: true });
  if (!host.ok) return host;
  try {
    return await build(entry, host.path, { native, profile }, say);
  } catch (error) {
    return { ok: false, reason: firstLines(error.stderr || error.message) };
  }
}

async function build(entry, hostPath, { native, profile }, say) {
  const xs = findXs();
  const folder = join(BUILD, `${basename(entry, ".ts")}${native ? "-native" : ""}`);
  await mkdir(folder, { recursive: true });
  const { image, bundle } = await compileImage(entry, hostPath, folder, native);
  const { stack } = JSON.parse(await readFile(join(PROJECT, "manifest.json"), "utf8")).creation;
  const flags = [...FLAGS, `-DSTACK_SLOTS=${stack}`];
  const compilerKey = hash((await run(COMPILER, ["--version"])).stdout, flags.join(" "));
  const units = await planObjects(xs, image, compilerKey, native, profile);
  const script = join(BOARD, "mcu.ld");
  const program = join(folder, `firmware-${hash(await readFile(script, "utf8"), ...units.map((unit) => unit.object))}.elf`);
  if (!(await exists(program))) {
    const missing = [];
    for (const unit of units) if (!(await exists(unit.object))) missing.push(unit);
    const started = performance.now();
    say(`compiling ${missing.length} of ${units.length} files (${COMPILER})`);
    await inParallel(missing, (unit) => compile(flags, xs, unit));
    await link(units, script, program);
    say(`built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
  const { modules } = await listImage({ image, bundle, hostPath });
  return { ok: true, program, emulator: "sh", emulatorWords: emulatorWords(program), sizes: await measure(program, units, modules), image, bundle, hostPath };
}

/** The bundle's bytecode as a C file, compiled and linked by the desktop's XS: the microcontroller holds no parser. */
async function compileImage(entry, hostPath, folder, native) {
  const bundle = join(folder, "firmware.js");
  await bundleForXs(entry, bundle, { native, map: true });
  const image = join(folder, `image-${hash(await readFile(bundle, "utf8"), hostPath)}.c`);
  await intoPlace(image, (unfinished) => run(hostPath, ["--image", unfinished, bundle]));
  return { image, bundle };
}

async function planObjects(xs, image, compilerKey, native, profile) {
  const ours = [...(await readFolder(BOARD)), ...(await readFolder(HOST)).filter(({ path }) => path.endsWith(".h") && basename(path) !== "xs-platform.h")];
  const theirs = [];
  for (const part of ["sources", "platforms", "includes"]) theirs.push(...(await readFolder(join(xs, part))));
  const isHeader = ({ path }) => path.endsWith(".h");
  const platform = ours.filter(({ path }) => basename(path) === "xs-platform.h");
  const xsKey = hash(compilerKey, ...[...theirs.filter(isHeader), ...platform].map(({ text }) => text));
  const ourKey = hash(xsKey, ...ours.filter(isHeader).map(({ text }) => text));
  const objects = join(BUILD, "objects");
  await mkdir(objects, { recursive: true });
  const plan = (files, key, flags = []) =>
    files.map(({ path, text }) => ({ path, flags, object: join(objects, `${basename(path).replace(/\.[cS]$/, "")}-${hash(key, text, ...flags)}.o`) }));
  const profileFlags = profile ? PROFILE_FLAGS : [];
  const hostParts = [];
  for (const name of HOST_PARTS) hostParts.push({ path: join(HOST, name), text: await readFile(join(HOST, name), "utf8") });
  const boardParts = ours.filter(({ path }) => path.startsWith(BOARD) && !isHeader({ path }) && (profile || basename(path) !== PROFILE));
  for (const name of ["start.S", "floats.S"]) boardParts.push({ path: join(BOARD, name), text: await readFile(join(BOARD, name), "utf8") });
  const natives = native ? await readNatives(BUILD) : { files: [], headers: "" };
  return [
    ...plan(natives.files, hash(xsKey, natives.headers)),
    ...plan(theirs.filter((file) => file.path.endsWith(".c") && !XS_PARTS_LEFT_OUT.has(basename(file.path)) && !(profile && basename(file.path) === "xsRun.c")), xsKey),
    ...plan([await readDefaults(xs, BUILD)], xsKey),
    ...(profile ? plan([await tracedRun(xs)], xsKey, profileFlags) : []),
    ...plan([...hostParts, { path: image, text: await readFile(image, "utf8") }], ourKey),
    ...plan(boardParts, ourKey, profileFlags),
  ];
}

/** XS's interpreter, which where it traces functions calls the profile instead of printing them. */
async function tracedRun(xs) {
  let text = await readFile(join(xs, "sources/xsRun.c"), "utf8");
  for (const [name, call] of [["Begin", "profileBegin"], ["End", "profileEnd"]]) {
    const head = `static void fxTraceCall${name}(txMachine* the, txSlot* function)\n{\n`;
    if (!text.includes(head)) throw new Error(`no profile: this XS has no fxTraceCall${name}`);
    text = text.replace(head, `extern void ${call}(const txSlot* function);\n${head}\t${call}(function);\n`);
  }
  text = text.replaceAll("if (gxTraceCall)", "if (0)");
  const path = join(BUILD, `traced-${hash(text)}.c`);
  await intoPlace(path, (unfinished) => writeFile(unfinished, text));
  return { path, text };
}

async function compile(flags, xs, unit) {
  const isOurs = !unit.path.startsWith(xs);
  const includes = [BOARD, HOST, join(xs, "includes"), join(xs, "platforms"), join(xs, "sources")].map((path) => `-I${path}`);
  await intoPlace(unit.object, (path) => run(COMPILER, [...flags, ...unit.flags, isOurs ? "-Wall" : "-w", ...includes, "-c", unit.path, "-o", path]));
}

async function link(units, script, program) {
  const floats = await readFile(join(BOARD, "floats.S"), "utf8");
  const wraps = [...floats.matchAll(/^ {2}counted (\w+)$/gm)].map((match) => `-Wl,--wrap=${match[1]}`);
  const objects = units.map((unit) => unit.object);
  await intoPlace(program, (path) =>
    run(COMPILER, [...LINK_FLAGS, "-nostartfiles", "-Wl,--gc-sections", "-T", script, ...wraps, ...objects, "-lm", "-lc", "-lgcc", "-o", path, `-Wl,-Map=${program}.map`]),
  );
}

/**
 * Command that runs the program with the border on stdin and stdout. One instruction is one nanosecond of the emulated machine. Input goes
 * through a named pipe (hardware/mcu/border.c says why), which the program removes when it has opened it.
 */
function emulatorWords(program) {
  const script = 'pipe="$1.$$"; shift; mkfifo "$pipe" && { cat <&3 >"$pipe" & } 3<&0 && ' +
    'exec "$@" -semihosting-config "enable=on,target=native,chardev=border,arg=$pipe" </dev/null';
  return [
    "-c", script, "sh", join(BUILD, "border"), EMULATOR,
    "-M", "virt", "-cpu", "rv32,d=false,f=false", "-m", "16M", "-bios", "none", "-display", "none", "-monitor", "none", "-serial", "none",
    "-icount", "shift=0", "-chardev", "stdio,id=border,signal=off", "-kernel", program,
  ];
}

/** Sizes of what lies in flash, and of RAM taken before the program starts. [bytes] @param modules bytecode of each */
async function measure(program, units, modules) {
  const { stdout } = await run("riscv64-unknown-elf-nm", ["--size-sort", "--radix=d", program]);
  const symbols = new Map();
  for (const line of stdout.split("\n")) {
    const [size, , name] = line.split(" ");
    if (name) symbols.set(name, Number(size));
  }
  const all = (await run("riscv64-unknown-elf-nm", ["--radix=d", program])).stdout;
  const address = (name) => Number(new RegExp(`^(\\d+) . ${name}$`, "m").exec(all)?.[1]);
  const benchBytes = BENCH_MODULES.reduce((sum, module) => sum + (modules.get(module) ?? 0), 0);
  return {
    codeBytes: address("__text_end") - address("__flash_start"),
    nativeBytes: await sizeOf(units.filter(({ path }) => path.startsWith(NATIVE)).map(({ object }) => object)),
    bytecodeBytes: (symbols.get("imageCode") ?? 0) - benchBytes,
    benchBytes,
    staticRamBytes: address("__heap_start") - address("__data_start"),
  };
}

/** Code and constants of objects. [bytes] */
async function sizeOf(objects) {
  if (objects.length === 0) return 0;
  const { stdout } = await run("riscv64-unknown-elf-size", objects);
  return stdout.trim().split("\n").slice(1).reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[0]), 0);
}

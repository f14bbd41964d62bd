// Builds the desktop host for the XS engine (hardware/xs-host) with the C compiler of this machine, from the XS sources
// that come with the npm package @agoric/xsnap. No make, no shell; objects are kept by content, so a second run is quick.
import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { access, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { availableParallelism, endianness, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { nativeGlue, nativeSources } from "./native-kernels.js";

const run = promisify(execFile);

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
const HOST_SOURCES = join(PROJECT, "hardware/xs-host");
const BUILD = join(PROJECT, "build/xs-host");

/** Parts of XS that the host does without: SES lockdown, profiler, snapshots; and the defaults, for which `readDefaults` has others. */
const XS_PARTS_LEFT_OUT = new Set(["xsDefaults.c", "xsLockdown.c", "xsProfile.c", "xsSnapshot.c"]);

const FLAGS = [
  "-O2",
  "-fno-common",
  // Floating point must give the same bits as V8 and the device: no fused multiply-add.
  "-ffp-contract=off",
  // A 32-bit build must be able to open files whose inode numbers need 64 bits.
  "-D_FILE_OFFSET_BITS=64",
  "-DINCLUDE_XSPLATFORM",
  '-DXSPLATFORM="xs-platform.h"',
  "-DmxRun=1",
  "-DmxParse=1",
  "-DmxHostFunctionPrimitive=1",
  // Stack overflow must be an exit, not a crash.
  "-DmxBoundsCheck=1",
  // Counters of collections, floating point operations and bytecodes; their cost is below the noise.
  "-DmxInstrument=1",
  "-DmxMetering=1",
];

/** x87 arithmetic would round twice; SSE2 has IEEE doubles. */
const FLAGS_32 = ["-m32", "-msse2", "-mfpmath=sse"];

/** Compilers to try when the environment variable CC names none. */
const COMPILERS = ["gcc", "cc", "clang"];

/**
 * Builds the host if need be. Never throws: a machine without a compiler is a fact, not an error.
 *
 * A 32-bit build is preferred, because its slots have the device's 16 bytes; it needs a compiler with 32-bit libraries
 * (Debian: gcc-multilib) and a kernel that runs 32-bit programs.
 *
 * @param {{quiet?: boolean}} [options] quiet: say nothing on the console.
 * @returns {Promise<{ok: true, path: string, bits: 32 | 64} | {ok: false, reason: string}>}
 */
export async function buildXsHost({ quiet = false } = {}) {
  const say = quiet ? () => {} : (text) => console.log(`xs-host: ${text}`);
  try {
    return await build(say);
  } catch (error) {
    return { ok: false, reason: firstLines(error.stderr || error.message) };
  }
}

async function build(say) {
  if (process.platform === "win32") return { ok: false, reason: "the XS host needs a POSIX system; use WSL on Windows" };
  if (endianness() !== "LE") return { ok: false, reason: "the XS host needs a little-endian machine" };
  const compiler = await findCompiler();
  if (!compiler) return { ok: false, reason: `no C compiler found (tried ${compilerNames().join(", ")})` };
  const xs = findXs();
  if (!xs) return { ok: false, reason: "the npm package @agoric/xsnap, which brings the XS sources, is not installed" };

  const bits = (await canRun32Bit(compiler, say)) ? 32 : 64;
  if (bits === 64)
    say("64-bit build: slots have 32 bytes here; they are charged to the arena as the 16 bytes they have on the device");

  const folder = join(BUILD, bits === 32 ? "m32" : "m64");
  await mkdir(folder, { recursive: true });
  const flags = [...FLAGS, ...(bits === 32 ? FLAGS_32 : [])];
  const objects = await planObjects(xs, folder, hash(compiler.version, flags.join(" ")));
  const host = join(folder, `xs-host-${hash(...objects.map((unit) => unit.object))}`);
  if (await exists(host)) return { ok: true, path: host, bits };

  const started = performance.now();
  const missing = [];
  for (const unit of objects) if (!(await exists(unit.object))) missing.push(unit);
  say(`compiling ${missing.length} of ${objects.length} files (${bits}-bit, ${compiler.command})`);
  await inParallel(missing, (unit) => compile(compiler, flags, xs, unit));
  await link(compiler, bits, objects, host);
  say(`built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return { ok: true, path: host, bits };
}

function compilerNames() {
  return process.env.CC ? [process.env.CC] : COMPILERS;
}

async function findCompiler() {
  for (const command of compilerNames()) {
    try {
      return { command, version: (await run(command, ["--version"])).stdout };
    } catch {
      // Not this one.
    }
  }
  return undefined;
}

export function findXs() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("@agoric/xsnap/package.json")), "moddable/xs");
  } catch {
    return undefined;
  }
}

/** Compiles a small program and runs it: libraries may be missing, and so may the kernel's support. */
async function canRun32Bit(compiler, say) {
  const probe = join(tmpdir(), `xs-host-probe-${randomUUID()}`);
  try {
    await writeFile(`${probe}.c`, "#include <math.h>\n#include <stdio.h>\nint main(int n, char** v) { return sqrt(n) != 1; }\n");
    await run(compiler.command, [...FLAGS_32, `${probe}.c`, "-o", probe, "-lm"]);
  } catch {
    say("no 32-bit build: the compiler cannot make 32-bit programs (Debian: install gcc-multilib)");
    await removeProbe(probe);
    return false;
  }
  try {
    await run(probe, []);
    return true;
  } catch {
    say("no 32-bit build: this system does not run 32-bit programs");
    return false;
  } finally {
    await removeProbe(probe);
  }
}

async function removeProbe(probe) {
  await rm(`${probe}.c`, { force: true });
  await rm(probe, { force: true });
}

/** Every C file and the object it becomes; the object's name stands for all that goes into it. */
async function planObjects(xs, folder, compilerKey) {
  const ours = await readFolder(HOST_SOURCES);
  const theirs = [];
  for (const part of ["sources", "platforms", "includes"]) theirs.push(...(await readFolder(join(xs, part))));
  const isHeader = (file) => file.path.endsWith(".h");
  // XS sees of our headers only the platform's: the others can change without compiling XS again.
  const platform = ours.filter((file) => basename(file.path) === "xs-platform.h");
  const xsKey = hash(compilerKey, ...[...theirs.filter(isHeader), ...platform].map((file) => file.text));
  const hostKey = hash(xsKey, ...ours.filter(isHeader).map((file) => file.text));
  const plan = (files, key) =>
    files
      .filter((file) => file.path.endsWith(".c") && !XS_PARTS_LEFT_OUT.has(basename(file.path)))
      .map((file) => ({ path: file.path, object: join(folder, `${basename(file.path, ".c")}-${hash(key, file.text)}.o`) }));
  const natives = await readNatives(BUILD);
  return [...plan([...theirs, await readDefaults(xs, BUILD)], xsKey), ...plan(ours, hostKey), ...plan(natives.files, hash(xsKey, natives.headers))];
}

/**
 * XS's table of defaults as the SDK's linker writes it for a device (8.2.3, xs/tools/xslStrip.c, `fxStripDefaults`): a function gets neither `length` nor
 * `name`, a slot each.
 * @param {string} folder where that C is written
 */
export async function readDefaults(xs, folder) {
  let text = await readFile(join(xs, "sources/xsDefaults.c"), "utf8");
  for (const maker of ["fxNewFunctionLength", "fxNewFunctionName"]) {
    const line = `\t${maker},\n`;
    if (!text.includes(line)) throw new Error(`this XS has no ${maker} among its defaults`);
    text = text.replace(line, "\tC_NULL,\n");
  }
  const path = join(folder, `defaults-${hash(text)}.c`);
  await intoPlace(path, (unfinished) => writeFile(unfinished, text));
  return { path, text };
}

/**
 * The native kernels and the C that binds them.
 * @param {string} folder where that C is written
 */
export async function readNatives(folder) {
  const sources = await nativeSources();
  const glue = await nativeGlue();
  const path = join(folder, `natives-${hash(glue)}.c`);
  await intoPlace(path, (unfinished) => writeFile(unfinished, glue));
  const headers = (await readFolder(dirname(sources[0]))).filter((file) => file.path.endsWith(".h")).map(({ text }) => text).join("");
  const files = await Promise.all([...sources, path].map(async (source) => ({ path: source, text: await readFile(source, "utf8") })));
  return { files, headers };
}

export async function readFolder(folder) {
  const names = (await readdir(folder)).filter((name) => /\.[ch]$/.test(name)).sort();
  return Promise.all(names.map(async (name) => ({ path: join(folder, name), text: await readFile(join(folder, name)) })));
}

async function compile(compiler, flags, xs, unit) {
  const ours = !unit.path.startsWith(xs);
  const includes = [HOST_SOURCES, join(xs, "includes"), join(xs, "platforms"), join(xs, "sources")].map((path) => `-I${path}`);
  await intoPlace(unit.object, (path) =>
    run(compiler.command, [...flags, ours ? "-Wall" : "-w", ...includes, "-c", unit.path, "-o", path]),
  );
}

async function link(compiler, bits, objects, host) {
  await intoPlace(host, (path) =>
    run(compiler.command, [...(bits === 32 ? ["-m32"] : []), ...objects.map((unit) => unit.object), "-lm", "-o", path]),
  );
}

/** Two builds may run at the same time: a file appears under its name only when it is whole. */
export async function intoPlace(path, write) {
  const unfinished = `${path}.${randomUUID()}`;
  await write(unfinished);
  await rename(unfinished, path);
}

export async function inParallel(items, work) {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await work(items[next++]);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

export async function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}

export function hash(...parts) {
  const sum = createHash("sha256");
  for (const part of parts) sum.update(part).update("\0");
  return sum.digest("hex").slice(0, 16);
}

export function firstLines(text) {
  return String(text).trim().split("\n").slice(0, 5).join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const result = await buildXsHost();
  if (result.ok) console.log(result.path);
  else {
    console.error(`xs-host: not built: ${result.reason}`);
    process.exitCode = 1;
  }
}

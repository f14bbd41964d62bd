// Reads the bytecode of the emulated microcontroller's image: which module and which function of our source each byte of it belongs to.
import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { SourceMap } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findXs } from "./build-xs-host.js";

const run = promisify(execFile);

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Opcodes that only a build with lines has. */
const OF_LINES = new Set(["FILE", "LINE", "PROFILE"]);
const FUNCTIONS = new Set(["FUNCTION", "CONSTRUCTOR_FUNCTION", "GENERATOR_FUNCTION", "ASYNC_FUNCTION", "ASYNC_GENERATOR_FUNCTION"]);
const CODES = new Map([["CODE_ARCHIVE_1", 1], ["CODE_ARCHIVE_2", 2], ["CODE_ARCHIVE_4", 4]]);
const BRANCHES = /^(BRANCH|CATCH|CODE_ARCHIVE).*_[124]$/;
const ID_BYTES = 2;

/**
 * @typedef {{start: number, bytes: number, name: string, module: string, line: number}} ListedFunction a function whose code begins at `start`; its bytes
 * without those of functions in it
 * @param {{image: string, bundle: string, hostPath: string}} built by buildMcu: the C file that xs-host has written, what it was made of (with its source map
 * beside it), and xs-host
 * @returns {Promise<{modules: Map<string, number>, functions: ListedFunction[]}>}
 */
export async function listImage({ image, bundle, hostPath }) {
  const withLines = `${image}.${process.pid}.lines`;
  await run(hostPath, ["--image", withLines, "--lines", bundle]);
  const [plain, lined] = [parseImage(await readFile(image, "utf8")), parseImage(await readFile(withLines, "utf8"))];
  await rm(withLines);
  const opcodes = await readOpcodes();
  const sources = new SourceMap(JSON.parse(await readFile(`${bundle}.map`, "utf8")));
  const lines = (await readFile(bundle, "utf8")).split("\n");
  const placeOf = (line) => {
    const code = lines[line - 1] ?? "";
    const entry = sources.findEntry(line - 1, code.length - code.trimStart().length);
    return entry.originalSource === undefined ? undefined : { module: relative(PROJECT, join(dirname(bundle), entry.originalSource)), line: entry.originalLine + 1 };
  };
  const steps = withLinesOf(walk(plain.code, opcodes), walk(lined.code, opcodes), lined.names);
  const modules = new Map();
  const functions = [];
  for (const { offset, bytes, line, function: owner } of steps) {
    const place = placeOf(line);
    const module = place?.module ?? "(all)";
    modules.set(module, (modules.get(module) ?? 0) + bytes);
    const listed = (functions[owner.number] ??= { start: offset, bytes: 0, name: nameOf(owner, lines), module, line: place?.line ?? 0 });
    listed.bytes += bytes;
  }
  return { modules, functions: functions.filter(Boolean) };
}

/**
 * Methods and closures have no name in the bytecode. A function is told by the line of its first statement: its head is the nearest one above that is
 * indented less, and that of its class the next.
 */
function nameOf({ name, line }, lines) {
  if (name !== "" || line === 0) return name || "(module)";
  const indentOf = (at) => /^ */.exec(lines[at])[0].length;
  const above = (at) => {
    let up = at - 1;
    while (up >= 0 && (lines[up] === "" || indentOf(up) >= indentOf(at))) up--;
    return up;
  };
  const classOf = (at) => /([\w$]+) = class\b|class ([\w$]+)/.exec(lines[at] ?? "")?.slice(1).find(Boolean);
  const own = line - 1;
  const head = above(own);
  if (classOf(head)) return `${classOf(head)}.${/^ *(?:static |async )*((?:get |set )?[\w$]+)\(/.exec(lines[own])?.[1] ?? "(fields)"}`;
  // A loop or a switch may be the first statement, and what is in it have the first line.
  let at = head;
  while (/^ *(if|for|while|do|switch|try|case|default|\} else)\b/.test(lines[at] ?? "")) at = above(at);
  const method = /^ *(?:static |async )*((?:get |set )?[\w$]+)\(.*\{$/.exec(lines[at] ?? "")?.[1];
  if (method) return classOf(above(at)) ? `${classOf(above(at))}.${method}` : method;
  return /(?:const|let|var) ([\w$]+) = [^;]*=>|([\w$]+): [^;]*=>/.exec(lines[own])?.slice(1).find(Boolean) ?? /([\w$]+)(?: =|:) .*=> \{$/.exec(lines[at] ?? "")?.[1] ?? "(anonymous)";
}

/** The tables of the bytecode in XS's own source: name and size by number. */
async function readOpcodes() {
  const text = await readFile(join(findXs(), "sources/xsCommon.c"), "utf8");
  const table = /gxCodeSizes\[XS_CODE_COUNT\][^{]*\{([^}]*)\}/.exec(text)[1].replace(/#ifdef mx32bitID[^#]*#else([^#]*)#endif/g, "$1");
  return [...table.matchAll(/(-?\d+) \/\* XS_(?:CODE_)?(\w+) \*\//g)].map(([, size, name]) => ({ name, size: Number(size) }));
}

function parseImage(text) {
  const code = /imageCode\[\][^{]*\{([^}]*)\}/.exec(text)[1];
  const names = /imageNames\[\] = \{\n([\s\S]*?)\n0 \};/.exec(text)[1];
  return {
    code: Buffer.from(Int8Array.from(code.split(",").filter((word) => word.trim() !== ""), Number).buffer),
    names: names.split("\n").map((line) => line.slice(1, -2)),
  };
}

/** @returns every instruction in the order of bytes; those of a function's code come after the one that carries it */
function walk(code, opcodes) {
  const steps = [];
  for (let offset = 0; offset < code.length; ) {
    const { name, size } = opcodes[code[offset]];
    let bytes = size > 0 ? size : 1 + ID_BYTES;
    if (size === -1) bytes = 2 + code[offset + 1];
    else if (size === -2) bytes = 3 + code.readUInt16LE(offset + 1);
    else if (size === -4) bytes = 5 + code.readInt32LE(offset + 1);
    const countBytes = CODES.get(name);
    const step = { name, offset, bytes, operand: name === "LINE" ? code.readUInt16LE(offset + 1) : size === 0 ? code.readInt16LE(offset + 1) : 0, end: 0 };
    if (countBytes !== undefined) step.end = offset + 1 + countBytes + code.readIntLE(offset + 1, countBytes);
    steps.push(step);
    offset += bytes;
  }
  return steps;
}

/** The steps of the image, each with the line and the function that the same step has in the build with lines. */
function withLinesOf(plain, lined, names) {
  const generic = (name) => (BRANCHES.test(name) || /_[12]$/.test(name) ? name.replace(/_[124]$/, "") : name);
  const root = { number: 0, name: "(module)", end: Infinity, line: 0, early: [] };
  const makers = [];
  const stack = [root];
  const steps = [];
  let [count, at, name] = [0, 0, ""];
  for (const step of plain) {
    let twin = lined[at++];
    while (OF_LINES.has(twin.name) && twin.name !== step.name) {
      if (twin.name === "LINE") {
        stack[0].line = twin.operand;
        for (const early of stack[0].early.splice(0)) early.line = twin.operand;
      }
      twin = lined[at++];
    }
    if (generic(twin.name) !== generic(step.name)) throw new Error(`the bytecode with lines differs at ${step.offset}: ${twin.name} for ${step.name}`);
    while (step.offset >= stack[0].end) stack.shift();
    const told = { offset: step.offset, bytes: step.bytes, line: stack[0].line, function: stack[0] };
    steps.push(told);
    if (stack[0].line === 0) stack[0].early.push(told);
    if (FUNCTIONS.has(step.name)) {
      name = names[twin.operand - 1] ?? "";
      makers.push(told);
    }
    if (step.end > 0) {
      // What makes the function belongs to its line.
      stack.unshift({ number: ++count, name, end: step.end, line: 0, early: [...makers.splice(0), told] });
    }
  }
  return steps;
}

// XsEngine: numbers and bytes across the border, the device's memory limits, and how firmware comes to its end.
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildXsHost } from "../../../scripts/build-xs-host.js";
import type { HostCall } from "../../../src/platform/desk/border.js";
import { XsEngine } from "../../../src/platform/sim/xs-engine.js";
import { XsEngineError } from "../../../src/platform/sim/xs-engine-error.js";

const host = await buildXsHost({ quiet: true });
if (!host.ok) console.warn(`XsEngine IS NOT TESTED HERE: ${host.reason}`);

/** Operations of the test bundle. */
const ECHO_A = 1;
const ECHO_B = 2;
const IS_INTEGER = 3;
const SUM_MAILBOX = 4;
const PASS_ON = 5;
const PASS_VIEW = 6;
const SEE_VIEW = 7;
const NEST = 8;
const FILL_MEMORY = 9;
const THROW = 10;
const RECURSE = 11;
const MAKE_GARBAGE = 12;
const WRITE_CONSTANT = 13;
const PASS_CONSTANT = 14;
const REJECT = 15;
const RUN_JOBS = 16;
const TRACE = 17;

/** XS says that a number is kept as an integer by counting no float operation: 64 additions of integers cost none. */
const BUNDLE = `
  const CONSTANT = Uint8Array.of(1, 2, 3, 4);
  const bytes = new Uint8Array(16);
  export default function createDevice(hostCall) {
    const mailbox = new Uint8Array(64);
    const backing = new Uint8Array(32);
    const view = backing.subarray(8, 14);
    const kept = [];
    let jobs = 0;
    const call = (op, a, b, byteCount) => {
      switch (op) {
        case ${ECHO_A}: return a;
        case ${ECHO_B}: return b;
        case ${IS_INTEGER}: { let x = a; for (let i = 0; i < 64; i++) x = x & a; return x; }
        case ${SUM_MAILBOX}: { let sum = 0; for (let i = 0; i < byteCount; i++) sum += mailbox[i]; return sum; }
        case ${PASS_ON}: return hostCall(a, b, -b);
        case ${PASS_VIEW}: for (let i = 0; i < 32; i++) backing[i] = i; return hostCall(99, 0, 0, view);
        case ${SEE_VIEW}: return backing[a];
        case ${NEST}: { let sum = 0; for (let i = 0; i < a; i++) sum += hostCall(i, i, 0, backing); return sum; }
        case ${FILL_MEMORY}: for (;;) kept.push(new Uint8Array(100));
        case ${THROW}: return failBadly(a);
        case ${RECURSE}: return 1 + call(op, a, b, 0);
        case ${MAKE_GARBAGE}: for (let i = 0; i < a; i++) kept[0] = new Uint8Array(200); return 0;
        case ${WRITE_CONSTANT}: CONSTANT[0] = 9; return CONSTANT[0];
        case ${PASS_CONSTANT}: return hostCall(98, 0, 0, CONSTANT);
        case ${REJECT}: Promise.reject(new Error("nobody listens")); return 0;
        case ${RUN_JOBS}: Promise.resolve().then(() => jobs++); return jobs;
        case ${TRACE}: trace("heard"); return 0;
      }
      return -1;
    };
    return { mailbox, call };
  }
  function failBadly(value) {
    throw new RangeError("value " + value + " is bad");
  }
`;

describe.skipIf(!host.ok)("XsEngine", () => {
  let folder: string;
  let bundlePath: string;
  const engines: XsEngine[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "xs-engine-"));
    bundlePath = await bundle("device.js", BUNDLE);
  });
  afterAll(async () => {
    await Promise.all(engines.map((engine) => engine.close()));
    await rm(folder, { recursive: true, force: true });
  });

  async function bundle(name: string, source: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, source);
    return path;
  }

  async function start(onHostCall: HostCall = () => 0, more: { bundlePath?: string; arenaBytes?: number; onTrace?: (line: string) => void } = {}): Promise<XsEngine> {
    const engine = await XsEngine.start({ hostPath: host.ok ? host.path : "", bundlePath, onHostCall, ...more });
    engines.push(engine);
    return engine;
  }

  /** The error of a promise that must be rejected. */
  async function failure(promise: Promise<unknown>): Promise<XsEngineError> {
    const error: unknown = await promise.then(() => undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(XsEngineError);
    return error as XsEngineError;
  }

  describe("numbers", () => {
    const numbers: [string, number][] = [
      ["zero", 0], ["minus zero", -0], ["one", 1], ["negative", -77], ["largest int32", 2 ** 31 - 1], ["smallest int32", -(2 ** 31)],
      ["just over int32", 2 ** 31], ["just under int32", -(2 ** 31) - 1], ["time of day in ms", 1767225600123], ["fraction", 0.1],
      ["negative fraction", -2.5], ["largest", Number.MAX_VALUE], ["smallest", Number.MIN_VALUE], ["infinity", -Infinity], ["not a number", NaN],
    ];
    it.each(numbers)("%s passes through both arguments and through hostCall", async (_name, number) => {
      const heard: number[] = [];
      const engine = await start((_op, a, b) => {
        heard.push(a, b);
        return a;
      });
      expect(await engine.call(ECHO_A, number, 0)).toBe(number);
      expect(await engine.call(ECHO_B, 0, number)).toBe(number);
      expect(await engine.call(PASS_ON, 3, number)).toBe(number);
      expect(heard).toEqual([number, -number]);
    });

    it.each([[12345, 0], [-1, 0], [2 ** 31 - 1, 0]])("%d arrives as an integer", async (number, floatOperations) => {
      const engine = await start();
      const before = await engine.memory();
      expect(await engine.call(IS_INTEGER, number, 0)).toBe(number);
      expect((await engine.memory()).floatOperations - before.floatOperations).toBe(floatOperations);
    });

    it("counts float operations on a number that is none", async () => {
      const engine = await start();
      await engine.call(IS_INTEGER, 2.5, 0);
      expect((await engine.memory()).floatOperations).toBeGreaterThanOrEqual(64);
    });
  });

  describe("bytes", () => {
    it("of a call lie in the mailbox, those of a subarray too", async () => {
      const engine = await start();
      const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
      expect(await engine.call(SUM_MAILBOX, 0, 0, bytes.subarray(10, 14))).toBe(10 + 11 + 12 + 13);
      expect(await engine.call(SUM_MAILBOX, 0, 0, bytes.subarray(0, 64))).toBe((63 * 64) / 2);
      expect(await engine.call(SUM_MAILBOX, 0, 0, new Uint8Array(0))).toBe(0);
    });

    it("that do not fit into the mailbox are refused, and the device goes on", async () => {
      const engine = await start();
      await expect(engine.call(SUM_MAILBOX, 0, 0, new Uint8Array(65))).rejects.toThrow("65 bytes for a mailbox of 64");
      expect(await engine.call(ECHO_A, 5, 0)).toBe(5);
    });

    it("of a view are seen by the world, and only they are changed by it", async () => {
      let seen: number[] = [];
      const engine = await start((_op, _a, _b, bytes) => {
        seen = [...(bytes ?? [])];
        bytes?.set([101, 102], 4);
        return bytes?.length ?? 0;
      });
      expect(await engine.call(PASS_VIEW, 0, 0)).toBe(6);
      expect(seen).toEqual([8, 9, 10, 11, 12, 13]);
      const after = [];
      for (let index = 7; index < 15; index++) after.push(await engine.call(SEE_VIEW, index, 0));
      expect(after).toEqual([7, 8, 9, 10, 11, 101, 102, 14]);
    });

    it("can be copied by the world with slice", async () => {
      let kept: Uint8Array | undefined;
      const engine = await start((_op, _a, _b, bytes) => {
        kept = bytes?.slice();
        bytes?.fill(0);
        return 0;
      });
      await engine.call(PASS_VIEW, 0, 0);
      expect([...(kept ?? [])]).toEqual([8, 9, 10, 11, 12, 13]);
    });

    it("of a constant can be passed, but not changed by the world", async () => {
      const engine = await start((_op, _a, _b, bytes) => bytes?.[2] ?? -1);
      expect(await engine.call(PASS_CONSTANT, 0, 0)).toBe(3);
      const writer = await start((_op, _a, _b, bytes) => {
        bytes?.fill(0);
        return 0;
      });
      const error = await failure(writer.call(PASS_CONSTANT, 0, 0));
      expect(error.message).toContain("read-only buffer");
    });
  });

  describe("calls", () => {
    it("nest: many host calls in one call", async () => {
      const ops: number[] = [];
      const engine = await start((op, a) => {
        ops.push(op);
        return a * 2;
      });
      expect(await engine.call(NEST, 100, 0)).toBe(99 * 100);
      expect(ops).toEqual(Array.from({ length: 100 }, (_, index) => index));
    });

    it("that are not awaited come in order", async () => {
      const engine = await start();
      const results = await Promise.all([1, 2, 3, 4].map((value) => engine.call(ECHO_A, value, 0)));
      expect(results).toEqual([1, 2, 3, 4]);
    });

    it("run promise jobs before they return", async () => {
      const engine = await start();
      expect(await engine.call(RUN_JOBS, 0, 0)).toBe(0);
      expect(await engine.call(RUN_JOBS, 0, 0)).toBe(1);
    });

    it("10,000 round trips", async () => {
      const engine = await start();
      let sum = 0;
      for (let index = 0; index < 10_000; index++) sum += await engine.call(ECHO_A, index, 0);
      expect(sum).toBe((9_999 * 10_000) / 2);
    });

    it("pass trace lines on", async () => {
      const lines: string[] = [];
      const engine = await start(undefined, { onTrace: (line) => lines.push(line) });
      await engine.call(TRACE, 0, 0);
      await engine.close();
      expect(lines).toEqual(["heard"]);
    });
  });

  describe("memory", () => {
    it("is the ESP32-C3's pool, and a small preloaded firmware takes little more than the empty machine", async () => {
      const engine = await start();
      const report = await engine.memory(true);
      expect(report.arenaBytes).toBe(94208);
      expect(report.stackSlots).toBe(384);
      expect(report.slots).toBeLessThan(150);
      expect(report.arenaPeakBytes).toBeLessThan(17_000);
      expect(report.cStackPeakBytes).toBeLessThan(report.cStackBytes);
    });

    it("holds no bytecode and no functions of a preloaded bundle", async () => {
      const functions = Array.from({ length: 400 }, (_, index) => `function f${index}(a) { return "text of some length " + a + ${index}; }`);
      const source = `${functions.join("\n")}\nconst all = [${functions.map((_, index) => `f${index}`).join()}];
        export default () => ({ mailbox: new Uint8Array(8), call: (op, a) => all[op](a).length });`;
      const engine = await start(undefined, { bundlePath: await bundle("functions.js", source) });
      const report = await engine.memory(true);
      expect(report.codeBytes).toBeGreaterThan(10_000);
      expect(report.chunksBytes).toBeLessThan(500);
      expect(report.slots).toBeLessThan(150);
      expect(await engine.call(399, 7, 0)).toBe("text of some length 7399".length);
    });

    it("holds no bytecode of a bundle that is not preloaded either, but its functions", async () => {
      const functions = Array.from({ length: 100 }, (_, index) => `(a) => "text of some length " + a + ${index}`);
      const source = `const all = [${functions.join(",\n")}];
        globalThis.edgebeatDevice = { mailbox: new Uint8Array(8), call: (op, a) => all[op](a).length };`;
      const engine = await start(undefined, { bundlePath: await bundle("plain.js", source) });
      const report = await engine.memory(true);
      // A list of 100 slots, 32 bytes each in a 64-bit build.
      expect(report.chunksBytes).toBeLessThan(100 * 32 + 500);
      expect(report.slots).toBeGreaterThan(300);
      expect(await engine.call(99, 7, 0)).toBe("text of some length 799".length);
    });

    it("is collected, and does not grow while the firmware only makes garbage", async () => {
      const engine = await start();
      await engine.call(MAKE_GARBAGE, 1000, 0);
      const before = await engine.memory(true);
      await engine.call(MAKE_GARBAGE, 20_000, 0);
      const after = await engine.memory(true);
      expect(after.collections).toBeGreaterThan(before.collections + 1);
      expect(after.arenaPeakBytes).toBe(before.arenaPeakBytes);
      expect(after.chunksBytes).toBe(before.chunksBytes);
      expect(after.slots).toBe(before.slots);
      expect(after.bytecodes).toBeGreaterThan(before.bytecodes + 20_000);
    });

    it("that is as large as the reported peak is enough, a little less is not", async () => {
      const first = await start();
      await first.call(MAKE_GARBAGE, 100, 0);
      const { arenaPeakBytes } = await first.memory();
      const second = await start(undefined, { arenaBytes: arenaPeakBytes });
      expect(await second.call(MAKE_GARBAGE, 100, 0)).toBe(0);
      const error = await failure(start(undefined, { arenaBytes: arenaPeakBytes - 2048 }).then((engine) => engine.call(MAKE_GARBAGE, 100, 0)));
      expect(error.reason).toBe("memory full");
    });
  });

  describe("ends", () => {
    const ends: [string, number, string, number, RegExp][] = [
      ["memory full", FILL_MEMORY, "memory full", 11, /no room for .* \(arena 94208, /],
      ["endless recursion", RECURSE, "stack overflow", 12, /stack overflow/],
      ["an exception", THROW, "unhandled exception", 15, /RangeError: value 42 is bad\n at failBadly/],
      ["a write to a constant", WRITE_CONSTANT, "unhandled exception", 15, /TypeError: read-only buffer/],
    ];
    it.each(ends)("by %s", async (_name, op, reason, exitCode, message) => {
      const engine = await start();
      const error = await failure(engine.call(op, 42, 0));
      expect(error).toMatchObject({ reason, exitCode });
      expect(error.message).toMatch(message);
      expect(await failure(engine.call(ECHO_A, 1, 0))).toBe(error);
      await engine.close();
    });

    it("by a rejection that nobody handles", async () => {
      const engine = await start();
      const error = await failure((async () => {
        for (let index = 0; index < 100; index++) {
          await engine.call(REJECT, 0, 0);
          await engine.memory(true);
        }
      })());
      expect(error).toMatchObject({ reason: "unhandled rejection", exitCode: 18 });
      expect(error.message).toContain("nobody listens");
    });

    it("by a world that throws: the call fails with its error as the cause", async () => {
      const cause = new Error("the world is broken");
      const engine = await start(() => {
        throw cause;
      });
      const error = await failure(engine.call(PASS_ON, 1, 0));
      expect(error.reason).toBe("world failed");
      expect(error.cause).toBe(cause);
    });

    it("by a power cut in the middle of a call", async () => {
      const engine: XsEngine = await start(() => {
        void engine.kill();
        return 0;
      });
      const error = await failure(engine.call(NEST, 1000, 0));
      expect(error.reason).toBe("switched off");
      await engine.kill();
      await engine.close();
    });

    it("by closing, more than once", async () => {
      const engine = await start();
      await engine.close();
      await engine.close();
      expect((await failure(engine.call(ECHO_A, 1, 0))).reason).toBe("switched off");
    });
  });

  describe("bundles that cannot start", () => {
    const bundles: [string, string, string, RegExp][] = [
      ["no JavaScript", "const a = ;", "bad bundle", /SyntaxError: broken\.js:1: /],
      ["throws while preloading", "export default () => 0; throw new Error('too early')", "unhandled exception", /while preloading: Error: too early/],
      ["calls the world while preloading", "hostCall(1, 2, 3); export default () => 0;", "unhandled exception", /while preloading: ReferenceError: .*hostCall/],
      ["throws while creating", "export default () => { throw new Error('no device'); }", "unhandled exception", /Error: no device/],
      ["exports no function", "export default 5;", "unhandled exception", /must export by default a function/],
      ["sets no device", "const nothing = 0;", "unhandled exception", /did not set globalThis\.edgebeatDevice/],
      ["imports something", "import 'elsewhere'; export default () => 0;", "unhandled exception", /elsewhere/],
      ["needs too much memory", "export default () => ({ mailbox: new Uint8Array(94208), call: () => 0 })", "memory full", /arena 94208/],
    ];
    it.each(bundles)("%s", async (_name, source, reason, message) => {
      const error = await failure(start(undefined, { bundlePath: await bundle("broken.js", source) }));
      expect(error.reason).toBe(reason);
      expect(error.message).toMatch(message);
    });

    it("is not there", async () => {
      const error = await failure(start(undefined, { bundlePath: join(folder, "nowhere.js") }));
      expect(error.reason).toBe("bad bundle");
      expect(error.message).toContain("nowhere.js");
    });

    it("has no host", async () => {
      const error = await failure(XsEngine.start({ hostPath: join(folder, "no-host"), bundlePath, onHostCall: () => 0 }));
      expect(error.reason).toBe("host failed");
      expect(error.message).toContain("no-host");
    });
  });

  it("lets a bundle call the world while it loads, if it is not preloaded", async () => {
    const ops: number[] = [];
    const source = `const first = hostCall(7, 1, 2);
      globalThis.edgebeatDevice = { mailbox: new Uint8Array(8), call: () => first };`;
    const engine = await start((op) => ops.push(op) * 10, { bundlePath: await bundle("eager.js", source) });
    expect(ops).toEqual([7]);
    expect(await engine.call(1, 0, 0)).toBe(10);
  });

  describe("the host program", () => {
    const run = (words: string[]) => spawnSync(host.ok ? host.path : "", words, { input: "" });

    it("ends quietly when the world goes away", () => {
      const { status, stderr, stdout } = run(["--preload", bundlePath]);
      expect({ status, stderr: stderr.toString(), frames: stdout.length / 24, kind: stdout[0] }).toEqual({ status: 0, stderr: "", frames: 1, kind: 16 });
    });

    const mistakes: [string[], RegExp][] = [
      [[], /no bundle/],
      [["--arena"], /positive number must follow --arena/],
      [["--arena", "many", "a.js"], /positive number must follow --arena/],
      [["--colour", "a.js"], /unknown option --colour/],
      [["a.js", "b.js"], /more than one bundle: b\.js/],
    ];
    it.each(mistakes)("called with %j says what is wrong", (words, message) => {
      const { status, stderr } = run(words);
      expect(status).toBe(2);
      expect(stderr.toString()).toMatch(message);
    });
  });
});

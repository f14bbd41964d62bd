// XsEngine: the firmware on the real XS engine, in a process of its own, in the memory of the device.
import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { Readable, Writable } from "node:stream";
import type { HostCall } from "../desk/border.js";
import type { Engine } from "./engine.js";
import { XsEngineError } from "./xs-engine-error.js";
import { type XsMemoryReport, decodeMemoryReport } from "./xs-memory-report.js";

export interface XsEngineOptions {
  /** The program that `scripts/build-xs-host.js` makes. */
  readonly hostPath: string;
  /**
   * One ES module. If it has a default export, that is a function `(hostCall) => Device`, and the module is preloaded: it is
   * run at link time, without a world, and its functions, classes and constants lie in ROM as on the device. If it has none,
   * it sets `globalThis.edgebeatDevice` as it loads, calling the global `hostCall`; all it makes then lies in the arena.
   */
  readonly bundlePath?: string;
  /** Words for `hostPath` where it is an emulator that holds firmware and memory sizes already; all but the callbacks is then of no use. */
  readonly hostWords?: readonly string[];
  /** Pool for chunks, slots and stack; the ESP32-C3's by default. [bytes of the device] */
  readonly arenaBytes?: number;
  /** JavaScript stack; the ESP32-C3's 384 by default. [slots] */
  readonly stackSlots?: number;
  /** C stack of the firmware; the ESP32-C3's 10 KB by default, twice that in a 64-bit build. [bytes] */
  readonly cStackBytes?: number;
  /** Answers the firmware at once. An empty byte string arrives as none. */
  readonly onHostCall: HostCall;
  /** Takes the lines of `trace`; without it they go to stderr. */
  readonly onTrace?: (line: string) => void;
  /** Takes the operation in the middle of which a cut (`cutAfter`) took the power. */
  readonly onTorn?: HostCall;
}

/** The frames of hardware/xs-host/border.h. */
const HEADER_BYTES = 24;
const FRAME_CALL = 1;
const FRAME_ANSWER = 2;
const FRAME_MEMORY = 3;
const FRAME_QUIT = 4;
const FRAME_CUT = 5;
const FRAME_READY = 16;
const FRAME_HOST_CALL = 17;
const FRAME_RESULT = 18;
const FRAME_REPORT = 19;
const FRAME_ABORT = 20;
const FRAME_TORN = 21;
const FRAME_TRACE = 22;

const NO_BYTES = new Uint8Array(0);

/** One frame sent that has not been answered yet. */
interface Exchange {
  readonly send: () => void;
  readonly resolve: (result: number, bytes: Uint8Array) => void;
  readonly reject: (error: XsEngineError) => void;
}

export class XsEngine implements Engine {
  readonly #process: ChildProcess;
  readonly #stdin: Writable;
  readonly #onHostCall: HostCall;
  readonly #onTorn: HostCall | undefined;
  readonly #onTrace: (line: string) => void;
  /** Resolves when the process is gone. */
  readonly #gone: Promise<unknown>;
  /** In order; the first has been sent. While the bundle loads, a first one waits for READY. */
  readonly #exchanges: Exchange[] = [];
  #mailboxBytes = 0;
  #pointerBits = 0;
  #instructions = 0;
  #floatCalls = 0;
  #end: XsEngineError | undefined;
  /** The start of a frame that has not come whole yet. */
  #rest: Buffer = Buffer.alloc(0);
  /** Every frame to the host is built here: none is begun before the host has taken the one before. */
  #outgoing = new Uint8Array(4096);
  #outgoingView = new DataView(this.#outgoing.buffer);

  /**
   * Starts the firmware.
   * @throws XsEngineError when the process cannot be started or the bundle fails to load
   */
  static async start(options: XsEngineOptions): Promise<XsEngine> {
    const engine = new XsEngine(options, options.hostWords ?? (await XsEngine.#words(options)));
    await engine.#exchange(() => {});
    return engine;
  }

  static async #words(options: XsEngineOptions): Promise<string[]> {
    const { bundlePath } = options;
    if (bundlePath === undefined) throw new XsEngineError("bad bundle", "no bundle");
    const words: string[] = [];
    if (options.arenaBytes !== undefined) words.push("--arena", String(options.arenaBytes));
    if (options.stackSlots !== undefined) words.push("--stack", String(options.stackSlots));
    if (options.cStackBytes !== undefined) words.push("--c-stack", String(options.cStackBytes));
    if (await hasDefaultExport(bundlePath)) words.push("--preload");
    return [...words, bundlePath];
  }

  /** Use `start`. */
  private constructor(options: XsEngineOptions, words: readonly string[]) {
    const { hostPath, onHostCall, onTrace } = options;
    const child = spawn(hostPath, words, { stdio: ["pipe", "pipe", onTrace ? "pipe" : "inherit"] });
    this.#process = child;
    this.#stdin = child.stdin as Writable;
    this.#onHostCall = onHostCall;
    this.#onTorn = options.onTorn;
    this.#onTrace = onTrace ?? ((line) => process.stderr.write(`${line}\n`));
    this.#gone = new Promise((resolve) => {
      child.once("error", (error) => {
        this.#fail(new XsEngineError("host failed", `cannot start ${hostPath}: ${error.message}`));
        resolve(undefined);
      });
      child.once("close", (code, signal) => {
        this.#fail(new XsEngineError("host failed", `the host ended without a word (${signal ?? `exit code ${code}`})`, code ?? undefined));
        resolve(undefined);
      });
    });
    // A host that is gone is noticed by "close"; that the pipe to it broke adds nothing.
    this.#stdin.on("error", () => {});
    (child.stdout as Readable).on("data", (chunk: Buffer) => this.#receive(chunk));
    if (onTrace) passLines(child.stderr as Readable, onTrace);
  }

  /** 32 or 64; slots have the device's 16 bytes only with 32. */
  get pointerBits(): number {
    return this.#pointerBits;
  }

  /** Instructions that the firmware took for the latest call; 0 where they cannot be counted. */
  get instructions(): number {
    return this.#instructions;
  }
  /** Soft-float routines that the firmware called in the latest call, at most 65535; 0 where they cannot be counted. */
  get floatCalls(): number {
    return this.#floatCalls;
  }

  /** Lets the power go after so many more instructions of the firmware: the call under way then rejects with the reason "power cut". */
  cutAfter(instructions: number): void {
    this.#send(FRAME_CUT, 0, instructions, 0, NO_BYTES);
  }

  /** @throws (rejects with) XsEngineError when the firmware ends; RangeError for more bytes than the mailbox holds */
  async call(op: number, a: number, b: number, bytes: Uint8Array = NO_BYTES): Promise<number> {
    if (bytes.length > this.#mailboxBytes)
      throw new RangeError(`${bytes.length} bytes for a mailbox of ${this.#mailboxBytes}`);
    return this.#exchange(() => this.#send(FRAME_CALL, op, a, b, bytes));
  }

  async memory(collect = false): Promise<XsMemoryReport> {
    let report: Uint8Array = NO_BYTES;
    await this.#exchange(() => this.#send(FRAME_MEMORY, 0, collect ? 1 : 0, 0, NO_BYTES), (bytes) => { report = bytes; });
    return decodeMemoryReport(report);
  }

  async close(): Promise<void> {
    if (!this.#end) {
      if (this.#exchanges.length > 0) return this.kill();
      this.#send(FRAME_QUIT, 0, 0, 0, NO_BYTES);
      this.#fail(new XsEngineError("switched off", "the device was switched off"));
    }
    await this.#gone;
  }

  async kill(): Promise<void> {
    this.#fail(new XsEngineError("switched off", "the power of the device was cut"));
    this.#process.kill("SIGKILL");
    await this.#gone;
  }

  #exchange(send: () => void, onBytes?: (bytes: Uint8Array) => void): Promise<number> {
    if (this.#end) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      const settle = (result: number, bytes: Uint8Array): void => {
        onBytes?.(bytes);
        resolve(result);
      };
      this.#exchanges.push({ send, resolve: settle, reject });
      if (this.#exchanges.length === 1) send();
    });
  }

  /** The open exchange is answered; the next one may begin. */
  #settle(result: number, bytes: Uint8Array): void {
    this.#exchanges.shift()?.resolve(result, bytes);
    this.#exchanges[0]?.send();
  }

  /** The first end is the one that counts. */
  #fail(error: XsEngineError): void {
    if (this.#end) return;
    this.#end = error;
    for (const exchange of this.#exchanges.splice(0)) exchange.reject(error);
  }

  #send(kind: number, op: number, a: number, b: number, bytes: Uint8Array): void {
    const frameBytes = HEADER_BYTES + bytes.length;
    if (frameBytes > this.#outgoing.length) {
      this.#outgoing = new Uint8Array(2 * frameBytes);
      this.#outgoingView = new DataView(this.#outgoing.buffer);
    }
    const view = this.#outgoingView;
    view.setUint8(0, kind);
    view.setUint8(1, 0);
    view.setUint16(2, op, true);
    view.setUint32(4, bytes.length, true);
    view.setFloat64(8, a, true);
    view.setFloat64(16, b, true);
    this.#outgoing.set(bytes, HEADER_BYTES);
    this.#stdin.write(this.#outgoing.subarray(0, frameBytes));
  }

  #receive(chunk: Buffer): void {
    const buffer = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let offset = 0;
    while (buffer.length - offset >= HEADER_BYTES) {
      const end = offset + HEADER_BYTES + buffer.readUInt32LE(offset + 4);
      if (end > buffer.length) break;
      this.#onFrame(buffer, offset, end);
      offset = end;
    }
    this.#rest = buffer.subarray(offset);
  }

  #onFrame(buffer: Buffer, start: number, end: number): void {
    if (this.#end) return;
    const op = buffer.readUInt16LE(start + 2);
    const a = buffer.readDoubleLE(start + 8);
    const b = buffer.readDoubleLE(start + 16);
    // Not a Buffer: the world expects `slice` to copy.
    const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset + start + HEADER_BYTES, end - start - HEADER_BYTES);
    switch (buffer[start]) {
      case FRAME_HOST_CALL:
        this.#answer(op, a, b, bytes);
        break;
      case FRAME_RESULT:
        this.#instructions = b;
        this.#floatCalls = op;
        this.#settle(a, bytes);
        break;
      case FRAME_REPORT:
        this.#settle(a, bytes);
        break;
      case FRAME_READY:
        this.#mailboxBytes = a;
        this.#pointerBits = b;
        this.#settle(0, bytes);
        break;
      case FRAME_TORN:
        this.#onTorn?.(op, a, b, bytes);
        break;
      case FRAME_TRACE:
        this.#onTrace(new TextDecoder().decode(bytes));
        break;
      case FRAME_ABORT:
        this.#fail(XsEngineError.fromAbort(op, describeAbort(bytes)));
        break;
    }
  }

  #answer(op: number, a: number, b: number, bytes: Uint8Array): void {
    let result: number;
    try {
      result = bytes.length > 0 ? this.#onHostCall(op, a, b, bytes) : this.#onHostCall(op, a, b);
    } catch (error) {
      this.#fail(new XsEngineError("world failed", `the world failed to answer operation ${op}: ${String(error)}`, undefined, error));
      this.#process.kill("SIGKILL");
      return;
    }
    this.#send(FRAME_ANSWER, op, result, 0, bytes);
  }
}

/** esbuild ends a module with `export { x as default };`, people begin a statement with `export default`. */
async function hasDefaultExport(bundlePath: string): Promise<boolean> {
  const source = await readFile(bundlePath, "utf8").catch((error: Error) => {
    throw new XsEngineError("bad bundle", `cannot read the bundle: ${error.message}`);
  });
  return /\bexport\s*\{[^}]*\bas default\b[^}]*\};?\s*$/.test(source) || /(^|[;}\n])\s*export default\b/.test(source);
}

/** XS shows frames as " at name (file:line)", but knows no files here. */
function describeAbort(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replaceAll(" at ()", " at (anonymous)").replaceAll(/ \(\)$/gm, "");
}

function passLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
}

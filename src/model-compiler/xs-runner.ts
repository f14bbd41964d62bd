// XsRunner: the generated TypeScript on the real XS engine, in a process of its own; it also counts what a run costs there.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Int8Model } from "../kernels/int8-model.js";
import { valueCount } from "../kernels/model-spec.js";
import { XsEngine } from "../platform/sim/xs-engine.js";
import { type InputRow, packRows, rowBytes, type RunnerStart, type TargetRunner, unpackLogits } from "./target-runner.js";
import { className } from "./typescript-target.js";

/** The two scripts that make XS ready: see scripts/build-xs-host.js and scripts/bundle-xs.js. */
export interface XsTools {
  readonly buildXsHost: (options: { quiet: boolean }) => Promise<{ readonly ok: true; readonly path: string } | { readonly ok: false; readonly reason: string }>;
  readonly bundleForXs: (entry: string, outfile: string) => Promise<void>;
}

/** What the generated code costs on XS. */
export interface XsCost {
  /** Bytecode of the model, in flash. */
  readonly codeBytes: number;
  /** Executed in a run on average. */
  readonly bytecodes: number;
  /** Operations on doubles in a run: there should be none. */
  readonly floatOperations: number;
  /** Slots of the JavaScript stack that the model takes at its deepest, its caller's not counted. */
  readonly stackSlots: number;
}

// Operations of the bench.
const CALL_RUN = 1;
const OP_LOGITS = 1;

const MAILBOX_BYTES_MIN = 16_384;
/** The bench's mailbox and results lie in the arena too, so it gets more than a device has. [bytes] */
const ARENA_BYTES = 1 << 20;

export class XsRunner implements TargetRunner {
  readonly name = "XS";
  readonly #engine: XsEngine;
  readonly #idle: XsEngine;
  readonly #folder: string;
  readonly #model: Int8Model;
  readonly #rowsAtATime: number;
  readonly #received: Uint8Array[];

  static async start(model: Int8Model, typescript: string, tools: XsTools): Promise<RunnerStart<XsRunner>> {
    const host = await tools.buildXsHost({ quiet: true });
    if (!host.ok) return host;
    const folder = await mkdtemp(join(tmpdir(), "edgebeat-model-"));
    const received: Uint8Array[] = [];
    const rowsAtATime = Math.max(1, Math.floor(MAILBOX_BYTES_MIN / rowBytes(model)));
    const startEngine = async (name: string, text: string): Promise<XsEngine> => {
      await writeFile(join(folder, `${name}.ts`), text);
      await writeFile(join(folder, `${name}-bench.ts`), benchCode(model, name, rowsAtATime));
      const bundlePath = join(folder, `${name}.xs.js`);
      await tools.bundleForXs(join(folder, `${name}-bench.ts`), bundlePath);
      const onHostCall = (op: number, _a: number, _b: number, bytes?: Uint8Array): number => {
        if (op === OP_LOGITS && bytes) received.push(bytes.slice());
        return 0;
      };
      return XsEngine.start({ hostPath: host.path, bundlePath, onHostCall, arenaBytes: ARENA_BYTES });
    };
    // The same bench around a model that does nothing: what it costs is not the model's.
    const idleModel = `export class ${className(model.spec.name)} { run(): void {} }\n`;
    const engine = await startEngine("model", typescript);
    const idle = await startEngine("idle", idleModel);
    return { ok: true, runner: new XsRunner(engine, idle, folder, model, rowsAtATime, received) };
  }

  /** Use `start`. */
  private constructor(engine: XsEngine, idle: XsEngine, folder: string, model: Int8Model, rowsAtATime: number, received: Uint8Array[]) {
    this.#engine = engine;
    this.#idle = idle;
    this.#folder = folder;
    this.#model = model;
    this.#rowsAtATime = rowsAtATime;
    this.#received = received;
  }

  async run(rows: readonly InputRow[]): Promise<Int32Array[]> {
    await this.#runOn(this.#engine, rows);
    return this.#received.splice(0).flatMap((bytes) => unpackLogits(bytes, this.#model.spec.outputs.length));
  }

  /** @param rows typical inputs: the cost depends on them a little */
  async cost(rows: readonly InputRow[]): Promise<XsCost> {
    const model = await this.#measure(this.#engine, rows);
    const idle = await this.#measure(this.#idle, rows);
    return {
      codeBytes: model.codeBytes - idle.codeBytes,
      bytecodes: Math.round(model.bytecodes - idle.bytecodes),
      floatOperations: Math.round(model.floatOperations - idle.floatOperations),
      stackSlots: model.stackSlots - idle.stackSlots,
    };
  }

  async close(): Promise<void> {
    await Promise.all([this.#engine.close(), this.#idle.close()]);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #runOn(engine: XsEngine, rows: readonly InputRow[]): Promise<void> {
    for (let first = 0; first < rows.length; first += this.#rowsAtATime) {
      const some = rows.slice(first, first + this.#rowsAtATime);
      await engine.call(CALL_RUN, some.length, 0, packRows(some));
    }
  }

  /** What a run costs, the bench included. */
  async #measure(engine: XsEngine, rows: readonly InputRow[]): Promise<XsCost> {
    const before = await engine.memory();
    await this.#runOn(engine, rows);
    const after = await engine.memory();
    this.#received.length = 0;
    return {
      codeBytes: after.codeBytes,
      bytecodes: (after.bytecodes - before.bytecodes) / rows.length,
      floatOperations: (after.floatOperations - before.floatOperations) / rows.length,
      stackSlots: after.stackSlotsPeak,
    };
  }
}

/** A device that runs the model on what lies in its mailbox. */
function benchCode({ inputs, spec }: Int8Model, module: string, rowsAtATime: number): string {
  const rowSize = inputs.reduce((sum, tensor) => sum + valueCount(tensor), 0);
  const arrays = inputs.map((tensor, index) => `  const input${index} = new Int8Array(${valueCount(tensor)});\n`);
  const copies = inputs.map((tensor, index) => `      for (let index = 0; index < ${valueCount(tensor)}; index++) input${index}[index] = mailbox[from++]!;\n`);
  const args = inputs.map((_, index) => `input${index}`).join(", ");
  const logitCount = spec.outputs.length;
  return `import { ${className(spec.name)} } from "./${module}.js";
export default function createDevice(hostCall: (op: number, a: number, b: number, bytes: Uint8Array) => number) {
  const mailbox = new Uint8Array(${rowSize * rowsAtATime});
  const results = new Int32Array(${rowsAtATime * logitCount});
  const logits = new Int32Array(${logitCount});
  const model = new ${className(spec.name)}();
${arrays.join("")}  const call = (_op: number, count: number) => {
    for (let row = 0, from = 0; row < count; row++) {
${copies.join("")}      model.run(${args}, logits);
      for (let index = 0; index < ${logitCount}; index++) results[row * ${logitCount} + index] = logits[index]!;
    }
    return hostCall(${OP_LOGITS}, 0, 0, new Uint8Array(results.buffer, 0, count * ${4 * logitCount}));
  };
  return { mailbox, call };
}
`;
}

// CRunner: the generated C, compiled by the C compiler of this machine and run in processes of its own; it also counts what a run costs.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Int8Model } from "../kernels/int8-model.js";
import { valueCount } from "../kernels/model-spec.js";
import { cFunctionName } from "./c-target.js";
import { type InputRow, packRows, type RunnerStart, type TargetRunner, unpackLogits } from "./target-runner.js";

const run = promisify(execFile);

/** Compilers to try when the environment variable CC names none. */
const COMPILERS = ["gcc", "cc", "clang"];
/** As strict as C99 gets, without a library to lean on, and without the vector unit that a microcontroller lacks. */
const FLAGS = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O2", "-ffreestanding", "-fno-tree-vectorize"];

/** What the generated C costs on this machine. */
export interface CCost {
  /** Code and tables. */
  readonly codeBytes: number;
  /** Executed in a run on average, as valgrind's callgrind counts them; undefined where there is no valgrind. */
  readonly instructions: number | undefined;
}

export class CRunner implements TargetRunner {
  readonly name = "C";
  readonly #folder: string;
  readonly #model: Int8Model;

  /** @throws if the compiler rejects the code: that would be a defect of ours */
  static async start(model: Int8Model, c: string): Promise<RunnerStart<CRunner>> {
    const compiler = await findCompiler();
    if (compiler === undefined) return { ok: false, reason: `no C compiler found (tried ${compilerNames().join(", ")})` };
    const folder = await mkdtemp(join(tmpdir(), "edgebeat-model-"));
    await writeFile(join(folder, "model.c"), c);
    await writeFile(join(folder, "bench.c"), benchCode(model));
    await run(compiler, [...FLAGS, "-c", join(folder, "model.c"), "-o", join(folder, "model.o")]);
    await run(compiler, ["-O2", join(folder, "bench.c"), join(folder, "model.o"), "-o", join(folder, "bench")]);
    return { ok: true, runner: new CRunner(folder, model) };
  }

  /** Use `start`. */
  private constructor(folder: string, model: Int8Model) {
    this.#folder = folder;
    this.#model = model;
  }

  async run(rows: readonly InputRow[]): Promise<Int32Array[]> {
    const bench = spawn(join(this.#folder, "bench"), [], { stdio: ["pipe", "pipe", "inherit"] });
    const chunks: Buffer[] = [];
    bench.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    bench.stdin.end(packRows(rows));
    await once(bench, "close");
    return unpackLogits(Buffer.concat(chunks), this.#model.spec.outputs.length);
  }

  /** Names that the compiled code takes from a library. */
  async undefinedSymbols(): Promise<string[]> {
    const { stdout } = await run("nm", ["-u", join(this.#folder, "model.o")]);
    return stdout.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  }

  /** @param rows typical inputs: the cost depends on them a little */
  async cost(rows: readonly InputRow[]): Promise<CCost> {
    const { stdout } = await run("size", [join(this.#folder, "model.o")]);
    return { codeBytes: Number(stdout.split("\n")[1]!.trim().split(/\s+/)[0]), instructions: await this.#countInstructions(rows) };
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #countInstructions(rows: readonly InputRow[]): Promise<number | undefined> {
    const args = ["--tool=callgrind", `--toggle-collect=${cFunctionName(this.#model.spec.name)}`, `--callgrind-out-file=${join(this.#folder, "callgrind")}`];
    const valgrind = spawn("valgrind", [...args, join(this.#folder, "bench")], { stdio: ["pipe", "ignore", "pipe"] });
    let report = "";
    valgrind.stderr.setEncoding("utf8").on("data", (text: string) => (report += text));
    valgrind.stdin.on("error", () => {});
    valgrind.stdin.end(packRows(rows));
    const isThere = await new Promise<boolean>((resolve) => {
      valgrind.once("error", () => resolve(false));
      valgrind.once("close", () => resolve(true));
    });
    const collected = /Collected : (\d+)/.exec(report);
    return isThere && collected ? Math.round(Number(collected[1]) / rows.length) : undefined;
  }
}

function compilerNames(): string[] {
  const own = process.env["CC"];
  return own === undefined ? COMPILERS : [own];
}

/** @returns the command of a C compiler, if there is one */
export async function findCompiler(): Promise<string | undefined> {
  for (const command of compilerNames()) {
    const isThere = await run(command, ["--version"]).then(() => true, () => false);
    if (isThere) return command;
  }
  return undefined;
}

/** A program that reads rows from stdin and writes their logits to stdout. */
function benchCode({ inputs, spec }: Int8Model): string {
  const name = cFunctionName(spec.name);
  const types = [...inputs, "logits"].map(() => "void *").join(", ");
  const buffers = inputs.map((tensor, index) => `static int8_t input${index}[${valueCount(tensor)}];\n`);
  const reads = inputs.map((_, index) => `fread(input${index}, 1, sizeof input${index}, stdin) == sizeof input${index}`);
  const args = [...inputs.map((_, index) => `input${index}`), "logits"].join(", ");
  return `#include <stdint.h>
#include <stdio.h>
void ${name}(${types});
${buffers.join("")}static int32_t logits[${spec.outputs.length}];
int main(void)
{
	while (${reads.join(" && ")}) {
		${name}(${args});
		fwrite(logits, 1, sizeof logits, stdout);
	}
	return 0;
}
`;
}

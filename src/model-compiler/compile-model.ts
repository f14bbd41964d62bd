// The compile-model command: one int8 model to TypeScript and C, proven equal to the reference, with what each costs.
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Prng } from "../base/prng.js";
import { type Int8Model, multiplyCount, weightCount } from "../kernels/int8-model.js";
import { valueCount } from "../kernels/model-spec.js";
import { runReference } from "../kernels/reference.js";
import { CompileError } from "./compile-error.js";
import { CRunner } from "./c-runner.js";
import { cScratchBytes, generateC } from "./c-target.js";
import { type GoldenVector, readModel } from "./model-files.js";
import { type InputRow, rowBytes, type TargetRunner, unpackRows } from "./target-runner.js";
import { generateTypescript } from "./typescript-target.js";
import { V8Runner } from "./v8-runner.js";
import { XsRunner, type XsTools } from "./xs-runner.js";

export interface CompileOptions {
  /** Folder of the model: models/NAME. */
  readonly folder: string;
  /** Where NAME.ts and NAME.c are written. */
  readonly out: string;
  /** How many random inputs every target must agree on. */
  readonly randomCount: number;
  readonly seed: number;
  /** More inputs to agree on: a file of int8, all inputs of the model one after the other for each run. */
  readonly inputsFile?: string;
  readonly tools: XsTools;
  readonly print: (line: string) => void;
}

/** Of an RV32IMC core in code of this kind: a convolution with literal weights took 229 instructions (QEMU, -O2) and 4.7 bytecodes a MAC. */
const RV32_INSTRUCTIONS_PER_BYTECODE = 48;
/** What is not measured is said in capitals. */
const SKIPPED = "SKIPPED";
/** Inputs that the cost is averaged over. */
const COST_ROWS_MAX = 64;

/**
 * Writes NAME.ts and NAME.c and prints the figures.
 * @throws CompileError for a model or a file that is not as it should be, and for a target that differs from the reference
 */
export async function compileModel(options: CompileOptions): Promise<void> {
  const { folder, out, tools, print } = options;
  const { model, golden } = readModel(folder);
  const { name } = model.spec;
  const sets = [
    { what: "golden vectors", rows: golden.map(rowOf) },
    { what: "random inputs", rows: randomRows(model, options.randomCount, options.seed) },
    ...(options.inputsFile === undefined ? [] : [{ what: `inputs of ${options.inputsFile}`, rows: readRows(model, options.inputsFile) }]),
  ];
  const expected = sets.map(({ rows }) => rows.map((row) => runReference(model, row)));
  requireEqual("the reference", sets[0]!.what, golden.map(({ logits }) => Int32Array.from(logits)), expected[0]!);
  const costRows = sets[0]!.rows.slice(-COST_ROWS_MAX);

  const typescript = generateTypescript(model);
  const c = generateC(model);
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, `${name}.ts`), typescript);
  writeFileSync(join(out, `${name}.c`), c);

  const allCount = model.layers.reduce((sum, { weights }) => sum + weights.length, 0);
  print(`${name}: ${model.inputs.map((tensor) => `${tensor.name} (${valueCount(tensor)})`).join(", ")} to ${model.spec.outputs.join(", ")}`);
  print(`  weights     ${figure(model.spec.weights.bytes)} bytes: ${figure(allCount)} weights, ${figure(weightCount(model))} of them not 0, the rest biases and multipliers`);
  print(`  MACs        ${figure(multiplyCount(model))} a run, those by 0 included`);

  const runners: TargetRunner[] = [await V8Runner.start(model, typescript)];
  const xs = await XsRunner.start(model, typescript, tools);
  const native = await CRunner.start(model, c);
  try {
    print(`  TypeScript  ${join(out, `${name}.ts`)}: ${figure(typescript.length)} bytes of source`);
    if (xs.ok) {
      runners.push(xs.runner);
      const { codeBytes, bytecodes, floatOperations, stackSlots } = await xs.runner.cost(costRows);
      print(`    on XS     ${figure(codeBytes)} bytes of bytecode in flash, ${stackSlots} slots of stack`);
      print(`              ${figure(bytecodes)} bytecodes a run, about ${figure(bytecodes * RV32_INSTRUCTIONS_PER_BYTECODE)} RV32 instructions; ${floatOperations} float operations`);
    } else print(`    on XS     ${SKIPPED}: ${xs.reason}`);
    print(`  C           ${join(out, `${name}.c`)}: ${figure(c.length)} bytes of source, ${figure(cScratchBytes(model))} bytes of RAM`);
    if (native.ok) {
      runners.push(native.runner);
      const { codeBytes, instructions } = await native.runner.cost(costRows);
      print(`    here      ${figure(codeBytes)} bytes of code and tables (${process.arch}, -O2)`);
      print(`              ${instructions === undefined ? `${SKIPPED}: instructions a run (no valgrind)` : `${figure(instructions)} instructions a run (callgrind)`}`);
    } else print(`    here      ${SKIPPED}: ${native.reason}`);
    for (const runner of runners)
      for (const [index, { what, rows }] of sets.entries()) requireEqual(runner.name, what, await runner.run(rows), expected[index]!);
    print(`  equal       reference, ${runners.map((runner) => runner.name).join(", ")}: on ${sets.map(({ what, rows }) => `${figure(rows.length)} ${what}`).join(", ")}`);
  } finally {
    for (const runner of runners) await runner.close();
  }
}

/** @throws CompileError naming the first difference */
function requireEqual(target: string, what: string, found: readonly Int32Array[], expected: readonly Int32Array[]): void {
  if (found.length !== expected.length) throw new CompileError(`${target}: ${found.length} results on ${what}, expected ${expected.length}`);
  const different = expected.findIndex((logits, row) => logits.some((logit, index) => logit !== found[row]![index]));
  if (different >= 0) throw new CompileError(`${target}: logits [${found[different]!.join(", ")}] on ${what}[${different}], expected [${expected[different]!.join(", ")}]`);
}

function rowOf({ inputs }: GoldenVector): InputRow {
  return inputs.map((values) => Int8Array.from(values));
}

/** Uniform inputs, every fourth row of extremes alone. */
function randomRows(model: Int8Model, count: number, seed: number): InputRow[] {
  const prng = new Prng(seed);
  const value = (row: number): number => (row % 4 === 0 ? prng.below(2) * 255 : prng.below(256)) - 128;
  return Array.from({ length: count }, (_, row) => model.inputs.map((tensor) => Int8Array.from({ length: valueCount(tensor) }, () => value(row))));
}

function readRows(model: Int8Model, path: string): InputRow[] {
  const bytes = statSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path) : undefined;
  if (!bytes) throw new CompileError(`${path}: no such file, expected int8 inputs`);
  if (bytes.length === 0 || bytes.length % rowBytes(model) !== 0) throw new CompileError(`${path}: ${bytes.length} bytes, expected a multiple of ${rowBytes(model)}, the inputs of ${model.spec.name}`);
  return unpackRows(model, bytes);
}

function figure(count: number): string {
  return count.toLocaleString("en");
}

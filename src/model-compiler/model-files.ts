// The files of a model (models/README.md has their formats): read, checked, written.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Int8Model, loadModel } from "../kernels/int8-model.js";
import { type ModelSpec, valueCount } from "../kernels/model-spec.js";
import { INT8_MAX, INT8_MIN } from "../kernels/requantise.js";
import { CompileError } from "./compile-error.js";

export const GOLDEN_FORMAT = 1;

/** Inputs of a model and its exact logits. */
export interface GoldenVector {
  /** One list for each input of the model, in its order. */
  readonly inputs: readonly (readonly number[])[];
  readonly logits: readonly number[];
}

/** What a folder of a model holds, its card excepted. */
export interface ModelFiles {
  readonly spec: ModelSpec;
  readonly weights: Uint8Array;
  readonly golden: readonly GoldenVector[];
}

/** @throws CompileError naming the file and its first problem */
export function readModel(folder: string): { model: Int8Model; golden: GoldenVector[] } {
  const specPath = join(folder, "spec.json");
  const loaded = loadModel(readJson(specPath), readBytes(join(folder, "weights.bin")));
  if (!loaded.ok) throw new CompileError(`${specPath}: ${loaded.problems[0]}${loaded.problems.length > 1 ? ` (and ${loaded.problems.length - 1} more)` : ""}`);
  const { model } = loaded;
  const goldenPath = join(folder, "golden.json");
  const golden = readJson(goldenPath);
  const problem = goldenProblem(golden, model);
  if (problem) throw new CompileError(`${goldenPath}: ${problem}`);
  return { model, golden: (golden as { vectors: GoldenVector[] }).vectors };
}

export function writeModel(folder: string, { spec, weights, golden }: ModelFiles): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "spec.json"), `${JSON.stringify(spec, null, 2)}\n`);
  writeFileSync(join(folder, "weights.bin"), weights);
  const vectors = golden.map((vector) => `    ${JSON.stringify(vector)}`).join(",\n");
  writeFileSync(join(folder, "golden.json"), `{\n  "format": ${GOLDEN_FORMAT},\n  "vectors": [\n${vectors}\n  ]\n}\n`);
}

/** @returns what is wrong with a golden.json, or "" */
export function goldenProblem(json: unknown, model: Int8Model): string {
  const { format, vectors } = (json ?? {}) as { format?: unknown; vectors?: unknown };
  if (format !== GOLDEN_FORMAT) return `format: ${show(format)}, expected ${GOLDEN_FORMAT}`;
  if (!Array.isArray(vectors) || vectors.length === 0) return `vectors: ${show(vectors)}, expected a list of at least 1`;
  for (const [index, vector] of vectors.entries()) {
    const { inputs, logits } = (vector ?? {}) as { inputs?: unknown; logits?: unknown };
    if (!Array.isArray(inputs) || inputs.length !== model.inputs.length) return `vectors[${index}].inputs: ${show(inputs)}, expected ${model.inputs.length} lists`;
    for (const [place, tensor] of model.inputs.entries()) {
      const count = valueCount(tensor);
      if (!isWholeNumbers(inputs[place], count, INT8_MIN, INT8_MAX)) return `vectors[${index}].inputs[${place}]: ${show(inputs[place])}, expected ${count} whole numbers from ${INT8_MIN} to ${INT8_MAX}`;
    }
    const count = model.spec.outputs.length;
    if (!isWholeNumbers(logits, count, -(2 ** 31), 2 ** 31 - 1)) return `vectors[${index}].logits: ${show(logits)}, expected ${count} int32`;
  }
  return "";
}

function isWholeNumbers(value: unknown, count: number, min: number, max: number): boolean {
  return Array.isArray(value) && value.length === count && value.every((number) => Number.isInteger(number) && number >= min && number <= max);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CompileError(`${path}: ${(error as NodeJS.ErrnoException).code ?? error}, expected a file that can be read`);
  }
}

function readJson(path: string): unknown {
  const text = readBytes(path).toString("utf8");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CompileError(`${path}: ${(error as Error).message}, expected JSON`);
  }
}

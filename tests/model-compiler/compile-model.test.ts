// npm run compile-model: what it writes and prints, and one clear line for a model, a file or an option that is not as it should be.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { runReference } from "../../src/kernels/reference.js";
import { readModel, writeModel } from "../../src/model-compiler/model-files.js";
import { packRows } from "../../src/model-compiler/target-runner.js";
import { fillModel, randomInputs } from "../kernels/random-model.js";
import { SMALL } from "./models.js";

const folder = mkdtempSync(join(tmpdir(), "edgebeat-compile-"));
afterAll(() => rmSync(folder, { recursive: true }));

const { model, json, bytes } = fillModel(SMALL, 3, "small-net");
const rows = randomInputs(model, 30, 4);
const golden = rows.map((row) => ({ inputs: row.map((values) => [...values]), logits: [...runReference(model, row)] }));
const modelFolder = join(folder, "small-net");
const file = (name: string): string => join(modelFolder, name);

beforeEach(() => writeModel(modelFolder, { spec: json, weights: bytes, golden }));

function compileModel(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [fileURLToPath(new URL("../../scripts/compile-model.js", import.meta.url)), ...args], { encoding: "utf8", cwd: folder });
}

it("a model that is written is read as it was", () => expect(readModel(modelFolder)).toEqual({ model, golden }));

describe("compile-model", () => {
  it("writes TypeScript and C and says what they cost and that they are right", () => {
    const inputs = join(folder, "beats.bin");
    writeFileSync(inputs, packRows(rows));
    const { status, stdout, stderr } = compileModel(modelFolder, "--out", "out", "--random", "500", "--inputs", inputs);
    expect([status, stderr]).toEqual([0, ""]);
    expect(readFileSync(join(folder, "out/small-net.ts"), "utf8")).toContain("export class SmallNetModel {");
    expect(readFileSync(join(folder, "out/small-net.c"), "utf8")).toContain("void edgebeat_small_net(void *featuresInput, void *logits)");
    expect(stdout).toMatch(/^small-net: features \(64\) to class 0, class 1, class 2\n/);
    expect(stdout).toMatch(/ 1,824 bytes: 1,556 weights/);
    expect(stdout).toMatch(/MACs +1,556 a run/);
    expect(stdout).toMatch(/on XS +([\d,]+ bytes of bytecode in flash|SKIPPED)/);
    expect(stdout).toMatch(/here +([\d,]+ bytes of code and tables|SKIPPED)/);
    expect(stdout).toMatch(/equal +reference, V8.*: on 30 golden vectors, 500 random inputs, 30 inputs of /);
  });

  const spec = (change: (spec: Record<string, unknown>) => void): void => {
    const changed = JSON.parse(readFileSync(file("spec.json"), "utf8")) as Record<string, unknown>;
    change(changed);
    writeFileSync(file("spec.json"), JSON.stringify(changed));
  };
  const firstVector = (change: (vector: { inputs: number[][]; logits: number[] }) => void): void => {
    const changed = JSON.parse(readFileSync(file("golden.json"), "utf8")) as { vectors: { inputs: number[][]; logits: number[] }[] };
    change(changed.vectors[0]!);
    writeFileSync(file("golden.json"), JSON.stringify(changed));
  };

  const bad: [string, () => void, string[], string][] = [
    ["no folder", () => {}, [], "compile-model: 0 folders, expected one, e.g. models/beat-mlp"],
    ["a folder without a model", () => {}, [join(folder, "none")], `compile-model: ${join(folder, "none", "spec.json")}: ENOENT, expected a file that can be read`],
    ["too many random inputs", () => {}, [modelFolder, "--random", "1000001"], "compile-model: --random 1000001, expected a whole number from 0 to 1000000"],
    ["a seed that is no number", () => {}, [modelFolder, "--seed", "x"], "compile-model: --seed x, expected a whole number from 0 to 1000000000"],
    ["an unknown option", () => {}, [modelFolder, "--fast"], "compile-model: Unknown option '--fast'"],
    ["no inputs file", () => {}, [modelFolder, "--inputs", "nope.bin"], "compile-model: nope.bin: no such file, expected int8 inputs"],
    ["an inputs file of the wrong size", () => writeFileSync(join(folder, "odd.bin"), new Uint8Array(65)), [modelFolder, "--inputs", "odd.bin"], "compile-model: odd.bin: 65 bytes, expected a multiple of 64, the inputs of small-net"],
    ["a specification that is no JSON", () => writeFileSync(file("spec.json"), "{"), [modelFolder], `compile-model: ${file("spec.json")}: `],
    ["a bad specification", () => spec((changed) => (changed["format"] = 3)), [modelFolder], `compile-model: ${file("spec.json")}: spec.format: 3, expected 1`],
    ["other weights", () => writeFileSync(file("weights.bin"), new Uint8Array(bytes.length)), [modelFolder], `compile-model: ${file("spec.json")}: weights: CRC-32 `],
    ["no golden vectors", () => writeFileSync(file("golden.json"), '{ "format": 1, "vectors": [] }'), [modelFolder], `compile-model: ${file("golden.json")}: vectors: [], expected a list of at least 1`],
    ["golden.json of another format", () => writeFileSync(file("golden.json"), "null"), [modelFolder], `compile-model: ${file("golden.json")}: format: missing, expected 1`],
    ["a golden input too few", () => firstVector(({ inputs }) => inputs[0]!.pop()), [modelFolder], `compile-model: ${file("golden.json")}: vectors[0].inputs[0]: `],
    ["a golden input out of range", () => firstVector(({ inputs }) => (inputs[0]![3] = 128)), [modelFolder], `compile-model: ${file("golden.json")}: vectors[0].inputs[0]: `],
    ["golden logits too few", () => firstVector(({ logits }) => logits.pop()), [modelFolder], `compile-model: ${file("golden.json")}: vectors[0].logits: `],
    ["golden logits that are wrong", () => firstVector(({ logits }) => (logits[1]! += 1)), [modelFolder], "compile-model: the reference: logits ["],
  ];
  it.each(bad)("%s is one line", (_name, prepare, args, line) => {
    prepare();
    const { status, stdout, stderr } = compileModel(...args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr.startsWith(line)).toBe(true);
    expect(stderr.replace(/\nusage:[\s\S]*/, "\n").trimEnd().split("\n")).toHaveLength(1);
  });
});

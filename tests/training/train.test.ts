// npm run train --quick: on the demo record alone, to a model that loads, gives its golden vectors, and comes out the same again.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FEATURE_COUNT } from "../../src/beats/beat-features.js";
import { featureNames } from "../../src/training/feature-names.js";
import { runReference } from "../../src/kernels/reference.js";
import { readModel } from "../../src/model-compiler/model-files.js";

const folder = mkdtempSync(join(tmpdir(), "edgebeat-train-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Without databases: on the demo record. */
function train(...args: string[]) {
  return spawnSync(process.execPath, ["scripts/train.js", ...args], { encoding: "utf8", env: { ...process.env, ECG_DATA: join(folder, "none") } });
}

describe("npm run train -- --quick", () => {
  const out = join(folder, "one");
  beforeAll(() => expect(train("--quick", "--seed", "7", "--out", out)).toMatchObject({ status: 0, stderr: "" }), 60_000);

  it("writes a model of all features that gives its golden vectors", () => {
    const { model, golden } = readModel(out);
    expect(model.spec.inputs.map(({ channels, channelNames }) => [channels, channelNames])).toEqual([[FEATURE_COUNT, featureNames()]]);
    expect(model.spec.outputs).toEqual(["V", "S"]);
    expect(golden.length).toBeGreaterThan(10);
    for (const { inputs, logits } of golden) expect([...runReference(model, inputs.map((input) => Int8Array.from(input)))]).toEqual(logits);
  });

  it("learns: the scores of V differ between the beats of a record with many", () => {
    const scores = readModel(out).golden.map(({ logits }) => logits[0]!);
    expect(Math.max(...scores)).toBeGreaterThan(0);
    expect(Math.min(...scores)).toBeLessThan(0);
  });

  it("writes a card that says what the model may not be used for", () => {
    const card = readFileSync(join(out, "MODEL.md"), "utf8");
    expect(card).toContain("Not a medical device");
    expect(card).toContain("Too few patients");
    expect(card).not.toMatch(/NaN|undefined/);
  });

  it.each([["the same", "7", true], ["another", "8", false]])("gives %s weights for seed %s again", (name, seed, isSame) => {
    const again = join(folder, name as string);
    train("--quick", "--seed", seed as string, "--out", again);
    expect(readFileSync(join(again, "weights.bin")).equals(readFileSync(join(out, "weights.bin")))).toBe(isSame);
  }, 60_000);
});

describe("npm run train", () => {
  it.each([
    ["without the databases", [], "22 recordings missing"],
    ["with a seed that is none", ["--seed", "1.5"], "train: --seed 1.5, expected a whole number from 0 to 1000000"],
    ["with no seeds at all", ["--seeds", "0"], "train: --seeds 0, expected a whole number from 1 to 20"],
    ["with both ways to run", ["--cv", "--quick"], "train: --cv and --quick, expected one of them"],
    ["with an option that it does not know", ["--epochs", "3"], "--epochs"],
  ])("refuses to run %s", (_, args, message) => {
    const { status, stderr } = train(...(args as string[]));
    expect(status).toBe(2);
    expect(stderr.split("\n")[0]).toContain(message);
  }, 30_000);
});

// The models as code are those of models/: made from the same weights, by today's compiler, and equal to their golden vectors.
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { featureNames } from "../../src/training/feature-names.js";
import { generateC } from "../../src/model-compiler/c-target.js";
import { readModel } from "../../src/model-compiler/model-files.js";
import { generateTypescript } from "../../src/model-compiler/typescript-target.js";
import { BeatMlpModel } from "../../src/models/beat-mlp.js";

const path = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));

describe.each(readdirSync(path("src/models")).map((file) => file.replace(".ts", "")))("%s", (name) => {
  it("is what the compiler makes of its weights: else run  npm run compile-model -- models/NAME --install", () => {
    const { model } = readModel(path(`models/${name}`));
    expect(readFileSync(path(`src/models/${name}.ts`), "utf8")).toBe(generateTypescript(model));
    expect(readFileSync(path(`src/native/${name}.c`), "utf8")).toBe(generateC(model));
  });
});

describe("beat-mlp", () => {
  const { model, golden } = readModel(path("models/beat-mlp"));
  it("gives the golden logits", () => {
    const compiled = new BeatMlpModel();
    for (const { inputs, logits } of golden) {
      const scores = new Int32Array(2);
      compiled.run(Int8Array.from(inputs[0]!), scores);
      expect([...scores]).toEqual(logits);
    }
  });
  it("takes the features that the firmware computes, in their order", () => {
    expect(model.spec.inputs[0]!.channelNames).toEqual(featureNames());
    expect(model.spec.outputs).toEqual(["V", "S"]);
  });
});

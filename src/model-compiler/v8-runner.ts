// V8Runner: the generated TypeScript in this process.
import { transform } from "esbuild";
import type { Int8Model } from "../kernels/int8-model.js";
import type { InputRow, TargetRunner } from "./target-runner.js";
import { className } from "./typescript-target.js";

interface GeneratedModel {
  run(...inputsAndLogits: (Int8Array | Int32Array)[]): void;
}

export class V8Runner implements TargetRunner {
  readonly name = "V8";
  readonly #model: GeneratedModel;
  readonly #logitCount: number;

  static async start(model: Int8Model, typescript: string): Promise<V8Runner> {
    const { code } = await transform(typescript, { loader: "ts", format: "esm", target: "es2023" });
    const module = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`)) as Record<string, new () => GeneratedModel>;
    return new V8Runner(new module[className(model.spec.name)]!(), model.spec.outputs.length);
  }

  /** Use `start`. */
  private constructor(model: GeneratedModel, logitCount: number) {
    this.#model = model;
    this.#logitCount = logitCount;
  }

  async run(rows: readonly InputRow[]): Promise<Int32Array[]> {
    return rows.map((row) => {
      const logits = new Int32Array(this.#logitCount);
      this.#model.run(...row, logits);
      return logits;
    });
  }

  async close(): Promise<void> {}
}

// The network's gradients against finite differences, and what training must do.
import { beforeAll, describe, expect, it } from "vitest";
import { Prng } from "../../src/base/prng.js";
import { type Mlp, lossOf, newMlp, startTensorflow, trainMlp } from "../../src/training/mlp.js";

const ROWS = 40;
const INPUTS = 5;
const HIDDEN = 4;

/** Rows whose class depends on the product of two inputs, which no linear function can tell. */
function someRows(rowCount: number, seed: number) {
  const prng = new Prng(seed);
  const inputs = Float32Array.from({ length: rowCount * INPUTS }, () => prng.nextInt32() / 2 ** 30);
  const targets = Float32Array.from({ length: rowCount }, (_, row) => (inputs[row * INPUTS]! * inputs[row * INPUTS + 1]! > 0 ? 1 : 0));
  const weights = Float32Array.from({ length: rowCount }, (_, row) => 0.5 + (row % 3) / 2);
  return { inputs, targets, weights };
}

beforeAll(startTensorflow);

describe("lossOf", () => {
  it.each(["hiddenWeights", "hiddenBias", "outputWeights", "outputBias"] as const)("has the gradient of %s that finite differences have", (name) => {
    const rows = someRows(ROWS, 1);
    const mlp = newMlp(INPUTS, HIDDEN, new Prng(2));
    const keep = Float32Array.from({ length: ROWS * HIDDEN }, (_, k) => (k % 5 === 0 ? 0 : 1.25));
    const { gradients } = lossOf(mlp, rows, keep);
    mlp[name].forEach((value, k) => {
      const lossAt = (moved: number): number => {
        const parameters = Float32Array.from(mlp[name]);
        parameters[k] = moved;
        return lossOf({ ...mlp, [name]: parameters } as Mlp, rows, keep).loss;
      };
      const step = 0.002;
      const slope = (lossAt(value + step) - lossAt(value - step)) / (2 * step);
      expect(gradients[name][k]).toBeCloseTo(slope, 2);
    });
  });

  it("is ln 2 for a network that knows nothing", () => {
    const rows = { ...someRows(ROWS, 1), weights: new Float32Array(ROWS).fill(1) };
    const mlp = { ...newMlp(INPUTS, HIDDEN, new Prng(2)), outputWeights: new Float32Array(HIDDEN), outputBias: new Float32Array(1) };
    expect(lossOf(mlp, rows, new Float32Array(ROWS * HIDDEN).fill(1)).loss).toBeCloseTo(Math.LN2, 5);
  });
});

describe("trainMlp", () => {
  it("learns what no linear function can tell", () => {
    const mlp = trainMlp(someRows(4000, 3), { hiddenCount: 16, weightCount: 40, epochs: 60, seed: 1 });
    const fresh = someRows(500, 4);
    const wrong = [...fresh.targets.keys()].filter((row) => {
      let score = mlp.outputBias[0]!;
      for (let hidden = 0; hidden < mlp.hiddenCount; hidden++) {
        let sum = mlp.hiddenBias[hidden]!;
        for (let input = 0; input < INPUTS; input++) sum += mlp.hiddenWeights[input * mlp.hiddenCount + hidden]! * fresh.inputs[row * INPUTS + input]!;
        score += Math.max(0, sum) * mlp.outputWeights[hidden]!;
      }
      return score > 0 !== (fresh.targets[row] === 1);
    });
    expect(wrong.length).toBeLessThan(60);
  });

  it("leaves so many hidden weights as it is told, each a power of two", () => {
    const { hiddenWeights } = trainMlp(someRows(600, 5), { hiddenCount: 4, weightCount: 12, epochs: 2, seed: 1 });
    const left = hiddenWeights.filter((weight) => weight !== 0);
    expect(left).toHaveLength(12);
    for (const weight of left) expect(Number.isInteger(Math.log2(Math.abs(weight)))).toBe(true);
  });

  it("gives the same network for the same seed, another one for another", () => {
    const rows = someRows(600, 5);
    const train = (seed: number) => trainMlp(rows, { hiddenCount: 4, weightCount: 12, epochs: 2, seed }).hiddenWeights;
    expect(train(1)).toEqual(train(1));
    expect(train(2)).not.toEqual(train(1));
  });
});

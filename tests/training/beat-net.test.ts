// From the demo record's beats to a scored network: labels, weights in one model, thresholds, and folds that stay apart.
import { beforeAll, describe, expect, it } from "vitest";
import { FEATURE_COUNT } from "../../src/beats/beat-features.js";
import { featureNames } from "../../src/training/feature-names.js";
import { runFloat, shapesOf } from "../../src/training/float-model.js";
import { type ClassNet, chooseThreshold, floatModelOf, scoresOf, THRESHOLDS, trainWithThreshold } from "../../src/training/beat-net.js";
import type { ClassRecipe } from "../../src/training/class-net.js";
import { crossValidate, pooledF1, scoreRecord } from "../../src/training/cross-validate.js";
import { type LabelledBeats, LABEL_FALSE, readPatient } from "../../src/training/labelled-beats.js";
import { startTensorflow } from "../../src/training/mlp.js";
import { BEAT_F, BEAT_N, BEAT_S, BEAT_V } from "../../src/vocabulary/beat.js";
import { DEMO_RECORD } from "../ecg-data.js";

const ALL = [...new Array(FEATURE_COUNT).keys()];
const RECIPE: ClassRecipe = { label: BEAT_V, columns: ALL, othersWeight: 1, hiddenCount: 4, weightCount: 120, epochs: 60, noisyWeight: 0 };
let demo: LabelledBeats;

beforeAll(async () => {
  await startTensorflow();
  [demo] = readPatient(DEMO_RECORD, 1) as [LabelledBeats];
});

/** F1 of V in the demo record, from 0:00. */
function vebF1(judge: (lead: LabelledBeats) => Uint8Array): number {
  return pooledF1([scoreRecord(demo, judge)], 1).veb;
}

describe("readPatient", () => {
  it("labels the beats that the detector finds as the reference does", () => {
    const count = (label: number): number => demo.labels.filter((own) => own === label).length;
    // The reference has 358 N, 93 V and 56 F; what the detector misses has no label.
    expect(count(BEAT_N)).toBeGreaterThan(350);
    expect(count(BEAT_V)).toBeGreaterThan(88);
    expect(count(BEAT_F)).toBeGreaterThan(50);
    expect(count(LABEL_FALSE)).toBeLessThan(5);
    expect(demo.features.length).toBe(demo.labels.length * FEATURE_COUNT);
    expect([...demo.frames].every((frame, beat) => beat === 0 || frame > demo.frames[beat - 1]!)).toBe(true);
  });
});

describe("scoreRecord", () => {
  it.each([
    ["full marks for the labels", (lead: LabelledBeats) => lead.labels.map((label) => (label === BEAT_V ? BEAT_V : BEAT_N)), 98, 100],
    ["none for calling nothing V", (lead: LabelledBeats) => new Uint8Array(lead.labels.length), 0, 0],
    ["few for calling everything V", (lead: LabelledBeats) => new Uint8Array(lead.labels.length).fill(BEAT_V), 20, 45],
  ])("gives %s", (_, judge, least, most) => {
    expect(vebF1(judge)).toBeGreaterThanOrEqual(least);
    expect(vebF1(judge)).toBeLessThanOrEqual(most);
  });
});

describe("trainWithThreshold", () => {
  it("tells the beats apart that it has learned from", () => {
    const net = trainWithThreshold([[[demo]]], RECIPE, 1);
    expect(vebF1((lead) => Uint8Array.from(scoresOf(net, lead), (score) => (score > 0 ? BEAT_V : BEAT_N)))).toBeGreaterThan(90);
  });
});

describe("chooseThreshold", () => {
  it.each([
    ["0 where all are alike", () => 0.6, 0],
    ["0 where the best is hardly better", (threshold: number) => 0.6 + threshold / 100, 0],
    ["the best where it is far better", (threshold: number) => 0.6 + threshold / 5, 1],
    ["one on the way to the best where that is nearly as good", (threshold: number) => (threshold >= 0.5 ? 0.6 : 0.5), 0.5],
    ["0 where nothing is ever found", () => 0, 0],
  ])("takes %s", (_, f1, expected) => expect(chooseThreshold(THRESHOLDS.map(f1))).toBe(expected));
});

describe("floatModelOf", () => {
  it("gives the scores of the networks that it joins", () => {
    const some = ALL.filter((feature) => feature % 3 === 0);
    const nets: ClassNet[] = [trainWithThreshold([[[demo]]], { ...RECIPE, epochs: 1 }, 1), trainWithThreshold([[[demo]]], { ...RECIPE, label: BEAT_S, columns: some, epochs: 1 }, 2)];
    const model = floatModelOf("joined", nets, featureNames());
    const shapes = shapesOf(model);
    const expected = nets.map((net) => scoresOf(net, demo));
    for (const beat of [0, 17, 100, 400]) {
      const scores = runFloat(model, shapes, [demo.features.subarray(beat * FEATURE_COUNT, (beat + 1) * FEATURE_COUNT)]).get("scores")!;
      expected.forEach((own, net) => expect(scores[net]).toBeCloseTo(own[beat]!, 3));
    }
    expect(model.outputs).toEqual(["V", "S"]);
  });
});

describe("crossValidate", () => {
  it("judges every patient once, by a judge that was taught all others and not that one", () => {
    const folds = [["a", "b"], ["c"], ["d"]].map((records) => records.map((record) => [{ ...demo, record }]));
    const judged: string[] = [];
    const scores = crossValidate(folds, (taught) => {
      const known = taught.flat(2).map(({ record }) => record);
      return (lead) => {
        judged.push(`${lead.record} by ${known.join("")}`);
        return lead.labels;
      };
    });
    expect(judged).toEqual(["a by cd", "b by cd", "c by abd", "d by abc"]);
    expect(scores.map(({ record }) => record)).toEqual(["a", "b", "c", "d"]);
  });
});

// The scorer against WFDB's own bxb, rxr and epicmp, to the beat.
import { describe, expect, it } from "vitest";
import { PAIR_LABELS } from "../../src/evaluation/beat-class.js";
import { compareBeats } from "../../src/evaluation/compare-beats.js";
import { compareEpisodes, type EpisodeKind } from "../../src/evaluation/compare-episodes.js";
import { compareRuns, type RunKind, summariseRuns } from "../../src/evaluation/compare-runs.js";
import type { Ratio } from "../../src/evaluation/statistics.js";
import { summarise } from "../../src/evaluation/summarise-beats.js";
import { loadAnnotations, loadHeader } from "../../src/wfdb/record.js";
import { DEMO_RECORD, ECG_DATA_NOTE, ecgRecord, noEcgData } from "../ecg-data.js";
import { disturb } from "./disturb.js";
import { type Golden, GOLDEN } from "./golden-ec57.js";

const isDemo = (golden: Golden): boolean => golden.record === "208-excerpt";
const counts = (ratios: readonly Ratio[]): number[][] => ratios.map(({ hits, total }) => [hits, total]);

function check(golden: Golden): void {
  const path = isDemo(golden) ? DEMO_RECORD : ecgRecord(`mitdb/${golden.record}`);
  const { frameRateHz: sampleRateHz, frameCount } = loadHeader(path);
  const sampleCount = frameCount!;
  const right = loadAnnotations(path, "atr");
  const wrong = disturb(right, { ...golden, sampleRateHz, sampleCount });
  const [reference, test] = golden.swap ? [wrong, right] : [right, wrong];
  const options = { sampleRateHz, fromSample: golden.fromS * sampleRateHz, toSample: sampleCount };

  const matrix = compareBeats(reference, test, options);
  const rows = PAIR_LABELS.map((ref) => PAIR_LABELS.slice(0, ref === "O" || ref === "X" ? 5 : 7).map((tst) => matrix.counts[ref][tst]));
  expect(rows).toEqual(golden.matrix);
  expect(Math.floor(matrix.shutdownSamples / sampleRateHz + 0.5)).toBe(golden.shutdownS);

  const beats = summarise(matrix);
  expect(counts([beats.qrsSensitivity, beats.qrsPredictivity, beats.vebSensitivity, beats.vebPredictivity, beats.svebSensitivity, beats.svebPredictivity])).toEqual(golden.beats);
  expect(counts([beats.vebFalsePositiveRate])).toEqual([golden.vebFalsePositiveRate]);

  const runs = (kind: RunKind): number[][] => {
    const r = summariseRuns(compareRuns(reference, test, kind, options));
    return counts([r.coupletSensitivity, r.coupletPredictivity, r.shortRunSensitivity, r.shortRunPredictivity, r.longRunSensitivity, r.longRunPredictivity]);
  };
  expect(runs("ventricular")).toEqual(golden.ventricularRuns);
  expect(runs("supraventricular")).toEqual(golden.supraventricularRuns);

  const episodes = (kind: EpisodeKind): number[][] => {
    const e = compareEpisodes(reference, test, kind, options);
    return counts([e.episodeSensitivity, e.episodePredictivity, e.durationSensitivity, e.durationPredictivity]);
  };
  expect(episodes("AF")).toEqual(golden.af);
  expect(episodes("VF")).toEqual(golden.vf);
}

describe("the demo record", () => {
  it.each(GOLDEN.filter(isDemo))("$record, seed $seed, level $level, swap $swap", check);
});

describe.skipIf(noEcgData)(`the MIT-BIH Arrhythmia Database${ECG_DATA_NOTE}`, () => {
  it.each(GOLDEN.filter((golden) => !isDemo(golden)))("$record, seed $seed, level $level, swap $swap", check);
});

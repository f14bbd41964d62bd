// The beat classes on real ECG: the firmware's chain over recordings that taught the model. What patients it has never seen get stands in
// models/beat-mlp/MODEL.md; this holds that training, features and chain are one.
import { describe, expect, it } from "vitest";
import { addBeatMatrices, type BeatMatrix, compareBeats } from "../../src/evaluation/compare-beats.js";
import { chainAnnotations, type ChainBeat, toFrame } from "../../src/evaluation/chain-annotations.js";
import { f1Percent } from "../../src/evaluation/statistics.js";
import { summarise } from "../../src/evaluation/summarise-beats.js";
import { BEAT_UNCLASSIFIED } from "../../src/vocabulary/beat.js";
import { checkConfig } from "../../src/monitor/config.js";
import { EcgChain } from "../../src/monitor/ecg-chain.js";
import { FrontEnd } from "../../src/monitor/front-end.js";
import { Resampler } from "../../src/samples/resampler.js";
import { loadAnnotations, loadRecord } from "../../src/wfdb/record.js";
import { DEMO_RECORD, ECG_DATA_NOTE, ecgRecord, noEcgData } from "../ecg-data.js";

const BLOCK_SAMPLES = 10;
const TAIL_SECONDS = 2;
const DS1 = "101 106 108 109 112 114 115 116 118 119 122 124 201 203 205 207 208 209 215 220 223 230".split(" ");

function beatsOf(path: string): { beats: ChainBeat[]; frameRateHz: number; frameCount: number } {
  const { leads, sampleRateHz, sampleCount } = loadRecord(path, { lead: 0 });
  const resampler = new Resampler(sampleRateHz);
  const input = new Int32Array(sampleCount + TAIL_SECONDS * sampleRateHz).fill(leads[0]!.samplesUv.at(-1)!);
  input.set(leads[0]!.samplesUv);
  const output = new Int32Array(resampler.outputCountMax(input.length));
  const count = resampler.process(input, input.length, output);
  const checked = checkConfig({});
  if (!checked.ok) throw new Error("default settings");
  const beats: ChainBeat[] = [];
  const chain = new EcgChain(checked.config, {
    onBeat: () => {},
    onBeatClass: (sample, beatClass) => beats.push({ sample, beatClass }),
    onRhythm: () => {},
  }, new FrontEnd());
  const block = new Int32Array(BLOCK_SAMPLES);
  for (let first = 0; first + BLOCK_SAMPLES <= count; first += BLOCK_SAMPLES) {
    block.set(output.subarray(first, first + BLOCK_SAMPLES));
    chain.process(block, BLOCK_SAMPLES);
  }
  return { beats, frameRateHz: sampleRateHz, frameCount: sampleCount };
}

function matrixOf(path: string, fromSeconds: number): BeatMatrix {
  const { beats, frameRateHz, frameCount } = beatsOf(path);
  const annotations = chainAnnotations({ beats, rhythms: [] }, frameRateHz, frameCount);
  return compareBeats(loadAnnotations(path, "atr", frameRateHz), annotations, { sampleRateHz: frameRateHz, fromSample: fromSeconds * frameRateHz, toSample: frameCount });
}

describe("the demo record", () => {
  it("has its ventricular beats found", () => {
    const { vebSensitivity, vebPredictivity } = summarise(matrixOf(DEMO_RECORD, 0));
    expect(vebSensitivity.hits / vebSensitivity.total).toBeGreaterThan(0.9);
    expect(vebPredictivity.hits / vebPredictivity.total).toBeGreaterThan(0.85);
  });
  it("has a class for every beat, in order", () => {
    const { beats, frameRateHz } = beatsOf(DEMO_RECORD);
    expect(beats.some(({ beatClass }) => beatClass === BEAT_UNCLASSIFIED)).toBe(false);
    const frames = beats.map(({ sample }) => toFrame(sample, frameRateHz));
    expect(frames).toEqual([...frames].sort((one, other) => one - other));
  });
});

describe.skipIf(noEcgData)(`DS1, which taught the model, from 5:00${ECG_DATA_NOTE}`, () => {
  it("VEB F1 95 and SVEB F1 75 at least", () => {
    const { vebSensitivity, vebPredictivity, svebSensitivity, svebPredictivity } = summarise(addBeatMatrices(DS1.map((record) => matrixOf(ecgRecord(`mitdb/${record}`), 300))));
    const f1 = { veb: f1Percent(vebSensitivity, vebPredictivity)!, sveb: f1Percent(svebSensitivity, svebPredictivity)! };
    console.log(`DS1, taught: VEB F1 ${f1.veb.toFixed(2)}, SVEB F1 ${f1.sveb.toFixed(2)}`);
    expect(f1.veb).toBeGreaterThan(95);
    expect(f1.sveb).toBeGreaterThan(75);
  }, 120_000);
});

describe.skipIf(noEcgData)(`pacemakers, which did not teach it, from 5:00${ECG_DATA_NOTE}`, () => {
  it("VEB Se 90 at +P 98 at least", () => {
    const { vebSensitivity, vebPredictivity } = summarise(addBeatMatrices(["102", "104", "107", "217"].map((record) => matrixOf(ecgRecord(`mitdb/${record}`), 300))));
    expect(vebSensitivity.hits / vebSensitivity.total).toBeGreaterThan(0.9);
    expect(vebPredictivity.hits / vebPredictivity.total).toBeGreaterThan(0.98);
  }, 60_000);
});

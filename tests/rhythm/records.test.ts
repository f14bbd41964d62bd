// Floors of the rhythm stage on real recordings: atrial fibrillation, ventricular flutter and fibrillation, silence.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compareEpisodes } from "../../src/evaluation/compare-episodes.js";
import { gross, percentOf, type Ratio } from "../../src/evaluation/statistics.js";
import { VfDetector } from "../../src/rhythm/vf-detector.js";
import { BEAT_N } from "../../src/vocabulary/beat.js";
import { RHYTHM_ASYSTOLE, RHYTHM_ATRIAL_FIBRILLATION, RHYTHM_VENTRICULAR_FIBRILLATION } from "../../src/vocabulary/rhythm.js";
import { runChain } from "../alerts/alarm-timing.js";
import { ECG_DATA_NOTE, ecgRecord, noEcgData } from "../ecg-data.js";
import {
  AFDB, CUDB, DS1, PACED, afAnnotations, beatsOf, detectBeats, episodesOf, followRhythm, loadReference, loadSignal, type Beats, type RhythmEvent,
} from "./records.js";

if (noEcgData) console.warn(`rhythm floors${ECG_DATA_NOTE}`);

const RATE_HZ = 250;
const percent = (ratio: Ratio): number => percentOf(ratio)!;
const whole = { sampleRateHz: RATE_HZ, fromSample: 0 };

/** Of the time that is not AF, how much is not called so. */
function specificity(reference: ReturnType<typeof compareEpisodes>, sampleCount: number): Ratio {
  const negative = sampleCount - reference.durationSensitivity.total;
  const falsePositive = reference.durationPredictivity.total - reference.durationPredictivity.hits;
  return { hits: negative - falsePositive, total: negative };
}

/** Alarm times of a detector run over a signal. [s] */
function vfAlarms(samplesUv: Int32Array): { toldS: number; endS: number }[] {
  const vf = new VfDetector();
  const alarms: { toldS: number; endS: number }[] = [];
  for (let first = 0; first < samplesUv.length; first += 10) {
    const before = vf.active;
    const block = samplesUv.subarray(first, first + 10);
    vf.process(block, block.length);
    if (vf.active && !before) alarms.push({ toldS: vf.process(samplesUv, 0) / RATE_HZ, endS: samplesUv.length / RATE_HZ });
    if (!vf.active && before) alarms.at(-1)!.endS = vf.endedSample / RATE_HZ;
  }
  return alarms;
}

describe.skipIf(noEcgData)(`atrial fibrillation${ECG_DATA_NOTE}`, () => {
  it("on AFDB, intervals alone: duration Se of at least 96 % and specificity of at least 98 %", () => {
    const results = AFDB.map((record) => {
      const samples = loadReference(`afdb_rr/${record}`, "qrs").map(({ sample }) => sample);
      const toSample = samples.at(-1)!;
      const events = followRhythm({ samples, classes: samples.map(() => BEAT_N) }, toSample + 500);
      const result = compareEpisodes(loadReference(`afdb_rr/${record}`, "atr"), afAnnotations(events), "AF", { ...whole, toSample });
      return { ...result, specificity: specificity(result, toSample) };
    });
    const sensitivity = gross(results.map(({ durationSensitivity }) => durationSensitivity));
    const specific = gross(results.map((result) => result.specificity));
    const episodeSe = gross(results.map(({ episodeSensitivity }) => episodeSensitivity));
    const episodeP = gross(results.map(({ episodePredictivity }) => episodePredictivity));
    console.log(`AFDB: duration Se ${percent(sensitivity).toFixed(2)} Sp ${percent(specific).toFixed(2)}, episodes Se ${episodeSe.hits}/${episodeSe.total} +P ${episodeP.hits}/${episodeP.total}`);
    expect(percent(sensitivity)).toBeGreaterThanOrEqual(96);
    expect(percent(specific)).toBeGreaterThanOrEqual(98);
  });

  it("on DS1, detected beats with as many wrong classes as a classifier has: duration Se of at least 92 % and +P of at least 70 %, flutter called false", () => {
    const results = DS1.map((record) => {
      const samplesUv = loadSignal(`mitdb/${record}`);
      const reference = loadReference(`mitdb/${record}`, "atr");
      const events = followRhythm(detectBeats(samplesUv, beatsOf(reference), Number(record)), samplesUv.length, samplesUv);
      return compareEpisodes(reference, afAnnotations(events), "AF", { ...whole, toSample: samplesUv.length });
    });
    const sensitivity = gross(results.map(({ durationSensitivity }) => durationSensitivity));
    const predictivity = gross(results.map(({ durationPredictivity }) => durationPredictivity));
    console.log(`DS1: AF duration Se ${percent(sensitivity).toFixed(2)} +P ${percent(predictivity).toFixed(2)}`);
    expect(percent(sensitivity)).toBeGreaterThanOrEqual(92);
    expect(percent(predictivity)).toBeGreaterThanOrEqual(70);
  });

  it("on DS1, the chain's own beats, classes and P waves: duration Se of at least 97 % and +P of at least 80 %, flutter called false", () => {
    const results = DS1.map((record) => {
      const samplesUv = loadSignal(`mitdb/${record}`);
      return compareEpisodes(loadReference(`mitdb/${record}`, "atr"), afAnnotations(runChain(samplesUv).events), "AF", { ...whole, toSample: samplesUv.length });
    });
    const sensitivity = gross(results.map(({ durationSensitivity }) => durationSensitivity));
    const predictivity = gross(results.map(({ durationPredictivity }) => durationPredictivity));
    console.log(`DS1, the chain: AF duration Se ${percent(sensitivity).toFixed(2)} +P ${percent(predictivity).toFixed(2)}`);
    expect(percent(sensitivity)).toBeGreaterThanOrEqual(97);
    expect(percent(predictivity)).toBeGreaterThanOrEqual(80);
  });

  it("on CinC 2017: at most 5 % of the recordings that are too noisy, of the normal and of the other rhythms", () => {
    const called = new Map<string, Ratio>();
    for (const line of readFileSync(ecgRecord("cinc2017/REFERENCE.csv"), "utf8").trim().split("\n")) {
      const [record, label] = line.trim().split(",") as [string, string];
      const samplesUv = loadSignal(`cinc2017/${record}`);
      const beats = detectBeats(samplesUv, { samples: [-1e6], classes: [BEAT_N] }, 1);
      beats.classes.fill(BEAT_N);
      const ratio = called.get(label) ?? { hits: 0, total: 0 };
      ratio.total++;
      if (episodesOf(followRhythm(beats, samplesUv.length, samplesUv), RHYTHM_ATRIAL_FIBRILLATION).length > 0) ratio.hits++;
      called.set(label, ratio);
    }
    console.log(`CinC 2017: AF called in ${[...called].map(([label, { hits, total }]) => `${label} ${hits}/${total}`).join(", ")}`);
    for (const label of ["~", "N", "O"]) expect(percent(called.get(label)!)).toBeLessThanOrEqual(5);
    expect(percent(called.get("A")!)).toBeGreaterThanOrEqual(40);
  });
});

describe.skipIf(noEcgData)(`ventricular flutter and fibrillation${ECG_DATA_NOTE}`, () => {
  /** From "[" to "]". [s] */
  const referenceOf = (name: string): { startS: number; endS: number }[] => {
    const marks = loadReference(name, "atr").filter(({ symbol }) => symbol === "[" || symbol === "]");
    return marks.flatMap(({ symbol, sample }, index) => (symbol === "[" ? [{ startS: sample / RATE_HZ, endS: (marks[index + 1]?.sample ?? Infinity) / RATE_HZ }] : []));
  };

  it("of record 207 is found, each episode, within 6.5 s", () => {
    const alarms = vfAlarms(loadSignal("mitdb/207"));
    const reference = referenceOf("mitdb/207");
    expect(reference).toHaveLength(6);
    const delays = reference.map(({ startS, endS }) => alarms.find(({ toldS, endS: alarmEndS }) => alarmEndS > startS && toldS <= endS + 1)!).map((alarm, index) => alarm.toldS - reference[index]!.startS);
    console.log(`record 207: flutter told after ${delays.map((delay) => delay.toFixed(1)).join(", ")} s`);
    // The fourth begins 1.6 s after the third and is called new.
    expect(Math.max(...delays)).toBeLessThanOrEqual(6.5);
    expect(alarms.filter(({ toldS, endS }) => !reference.some((episode) => endS > episode.startS && toldS < episode.endS + 3))).toEqual([]);
  });

  it("of cu01 is found within 6 s and followed to its end, and nothing before it", () => {
    const alarms = vfAlarms(loadSignal("cudb/cu01"));
    const [{ startS, endS }] = referenceOf("cudb/cu01") as [{ startS: number; endS: number }];
    expect(alarms[0]!.toldS).toBeGreaterThanOrEqual(startS);
    expect(alarms[0]!.toldS - startS).toBeLessThanOrEqual(6);
    const followedS = alarms.reduce((sum, alarm) => sum + Math.min(alarm.endS, endS) - alarm.toldS, 0);
    expect(followedS / (endS - startS)).toBeGreaterThanOrEqual(0.95);
  });

  it.each(CUDB)("of %s is alarmed", (record) => expect(vfAlarms(loadSignal(`cudb/${record}`)).length).toBeGreaterThan(0));

  it.each([...DS1.filter((record) => record !== "207").map((record) => `mitdb/${record}`), ...PACED.map((record) => `mitdb/${record}`), "nstdb/118e06", "nstdb/118e24", "nstdb/em_rec"])(
    "is nowhere in %s", (name) => expect(vfAlarms(loadSignal(name))).toEqual([]),
  );
});

describe.skipIf(noEcgData)(`high-priority rhythms${ECG_DATA_NOTE}`, () => {
  const noBeats: Beats = { samples: [], classes: [] };
  const count = (events: readonly RhythmEvent[], code: 5 | 15): number => episodesOf(events, code).length;

  it("has no asystole in DS1 and the paced records with the project's own beats", () => {
    const wrong = [...DS1, ...PACED].filter((record) => {
      const samplesUv = loadSignal(`mitdb/${record}`);
      return count(followRhythm(detectBeats(samplesUv, beatsOf(loadReference(`mitdb/${record}`, "atr")), 1), samplesUv.length, samplesUv), RHYTHM_ASYSTOLE) > 0;
    });
    expect(wrong).toEqual([]);
  });

  it("calls coarse fibrillation without any beat fibrillation, not asystole", () => {
    const samplesUv = loadSignal("cudb/cu01").subarray(214 * RATE_HZ);
    const events = followRhythm(noBeats, 60 * RATE_HZ, samplesUv);
    expect([count(events, RHYTHM_VENTRICULAR_FIBRILLATION), count(events, RHYTHM_ASYSTOLE)]).toEqual([1, 0]);
  });
});

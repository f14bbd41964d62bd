// QrsDetector: synthetic signals for each promise (rates, amplitudes, start, gaps, asystole, blocks), then the floors on recordings.
import { describe, expect, it } from "vitest";
import { QRS_AMPLITUDE_UV_MIN, QRS_BLOCK_SAMPLES_MAX, QRS_DECISION_SAMPLES_MAX, QrsDetector } from "../../src/beats/qrs-detector.js";
import { type BeatMatrix, addBeatMatrices, compareBeats } from "../../src/evaluation/compare-beats.js";
import { percentOf } from "../../src/evaluation/statistics.js";
import { summarise } from "../../src/evaluation/summarise-beats.js";
import { Resampler } from "../../src/samples/resampler.js";
import { loadAnnotations, loadRecord } from "../../src/wfdb/record.js";
import { ECG_DATA_NOTE, ecgRecord, noEcgData } from "../ecg-data.js";
import { NORMAL_WAVES, P_WAVE_ONLY, WIDE_WAVES, addBeats, addNoise, addSine, evenPeaks, toSamples } from "../synthetic-ecg.js";

interface Found {
  sample: number;
  confidence: number;
  /** Samples taken when the beat was reported. */
  reportedAt: number;
}

function collect(detector: QrsDetector, count: number, reportedAt: number, found: Found[]): void {
  for (let k = 0; k < count; k++) found.push({ sample: detector.beatSample(k), confidence: detector.beatConfidence(k), reportedAt });
}

/** @param first number of the first sample */
function detect(samples: Int32Array, block = 10, detector = new QrsDetector(), first = 0): Found[] {
  const found: Found[] = [];
  for (let i = 0; i < samples.length; i += block) {
    const count = Math.min(block, samples.length - i);
    collect(detector, detector.process(samples.subarray(i, i + count), count), first + i + count, found);
  }
  return found;
}

/** An ECG with its R peaks. The last peak is left out of `peaks`: it may not be decided by the end. */
function ecg(seconds: number, beatsPerMinute: number, heightUv: number, more?: (signal: Float64Array) => void): { samples: Int32Array; peaks: number[] } {
  const signal = new Float64Array(250 * seconds);
  const peaks = evenPeaks(0, signal.length - 150, beatsPerMinute);
  addBeats(signal, peaks, heightUv);
  addNoise(signal, 10, 1);
  more?.(signal);
  return { samples: toSamples(signal), peaks };
}

/** Every peak found once, within `toleranceSamples`, and nothing else. */
function expectPeaks(found: readonly Found[], peaks: readonly number[], toleranceSamples = 2): void {
  expect(found.map((beat) => Math.round(beat.sample))).toHaveLength(peaks.length);
  peaks.forEach((peak, k) => expect(Math.abs(found[k]!.sample - peak)).toBeLessThanOrEqual(toleranceSamples));
}

describe("QrsDetector on synthetic signals", () => {
  it.each([25, 40, 60, 75, 110, 160, 200, 220])("finds every beat at %i beats/min from the first on, at its R peak, within 400 ms", (beatsPerMinute) => {
    const { samples, peaks } = ecg(40, beatsPerMinute, 1000);
    const found = detect(samples, 1);
    expectPeaks(found, peaks);
    for (const beat of found) {
      if (beat.sample > Math.max(750, peaks[1]!)) expect(beat.reportedAt - beat.sample).toBeLessThanOrEqual(QRS_DECISION_SAMPLES_MAX);
      // Levels need two complexes; without them the detector looks again every second.
      else expect(beat.reportedAt).toBeLessThanOrEqual(Math.max(751, peaks[1]! + 250) + QRS_DECISION_SAMPLES_MAX);
    }
  });

  it.each([
    ["0.3 mV", 300, undefined], ["5 mV", 5000, undefined], ["30 mV", 30_000, undefined], ["upside down", -1000, undefined],
    ["with 1 mV of 50 Hz", 1000, (s: Float64Array) => addSine(s, 50, 1000)], ["with 0.3 mV of 60 Hz", 1000, (s: Float64Array) => addSine(s, 60, 300)],
    ["on 5 mV of wander at 0.3 Hz", 1000, (s: Float64Array) => addSine(s, 0.3, 5000)], ["in 0.1 mV of white noise", 1000, (s: Float64Array) => addNoise(s, 100, 2)],
  ])("finds every beat of an ECG, %s", (_, heightUv, more) => {
    const { samples, peaks } = ecg(30, 70, heightUv as number, more as undefined);
    expectPeaks(detect(samples), peaks, more === undefined ? 2 : 4);
  });

  it("is sure of clean beats, up and down", () => {
    for (const heightUv of [1000, -1000]) for (const beat of detect(ecg(30, 70, heightUv).samples).slice(3)) expect(beat.confidence).toBe(100);
  });

  it.each([["narrow, early by half", 0.5, 1], ["narrow, early by a third", 0.67, 1], ["twice as high, early by half", 0.5, 2], ["half as high", 0.7, 0.5]])(
    "finds an extra beat: %s", (_, phase, height) => {
      const signal = new Float64Array(7500);
      const peaks = evenPeaks(0, 7000, 70);
      const extra = peaks.filter((_peak, k) => k % 6 === 5).map((peak) => Math.round(peak + phase * 214));
      addBeats(signal, peaks, 1000);
      addBeats(signal, extra, 1000 * height, NORMAL_WAVES.slice(1));
      addNoise(signal, 10, 1);
      // Complexes on a T wave: the sum has its peak a little aside.
      expectPeaks(detect(toSamples(signal)), [...peaks, ...extra].sort((a, b) => a - b), 3);
    },
  );

  it.each([[110, 1700], [140, 1700], [180, 1700], [110, -1700], [140, -1700], [180, -1700]])(
    "finds every beat of a ventricular tachycardia that begins at once, %i beats/min and %i uV, within 400 ms", (beatsPerMinute, heightUv) => {
      const signal = new Float64Array(250 * 50);
      const sinus = evenPeaks(0, 7500, 72);
      const ventricular = evenPeaks(7500, signal.length - 150, beatsPerMinute);
      addBeats(signal, sinus, 1000);
      addBeats(signal, ventricular, heightUv, WIDE_WAVES);
      addNoise(signal, 10, 1);
      const found = detect(toSamples(signal), 1);
      expectPeaks(found, [...sinus, ...ventricular], 3);
      for (const beat of found.slice(sinus.length)) expect(beat.reportedAt - beat.sample).toBeLessThanOrEqual(QRS_DECISION_SAMPLES_MAX);
    },
  );

  it.each([["silence", 0, 0], ["noise of 50 uV", 50, 0], ["P waves of 0.2 mV, no ventricular beat", 10, 200], ["P waves of 0.1 mV in noise", 30, 100]])(
    "reports no beat in 30 s of asystole, %s", (_, noiseUv, pWaveUv) => {
      const signal = new Float64Array(250 * 60);
      const peaks = evenPeaks(0, 7300, 70);
      addBeats(signal, peaks, 1000);
      addBeats(signal, evenPeaks(7500, signal.length, 80), pWaveUv, P_WAVE_ONLY);
      addNoise(signal, noiseUv, 3);
      expectPeaks(detect(toSamples(signal)), peaks);
    },
  );

  it.each([[0.9, 0], [1.4, 20]])("takes %f of the smallest QRS amplitude for %i or more beats when it never saw a larger one", (share, least) => {
    // Height of the R peak from which the 20 ms means span the smallest amplitude, the S wave included.
    const { samples, peaks } = ecg(30, 70, (share * QRS_AMPLITUDE_UV_MIN) / 0.97);
    const count = detect(samples).length;
    if (least === 0) expect(count).toBe(0);
    else expectPeaks(detect(samples), peaks, 3);
  });

  it("starts in silence and locks within 4 s of the first beats", () => {
    const signal = new Float64Array(250 * 40);
    const peaks = evenPeaks(5000, signal.length - 150, 70);
    addBeats(signal, peaks, 1000);
    const found = detect(toSamples(signal), 1);
    expectPeaks(found, peaks);
    for (const beat of found) expect(beat.reportedAt).toBeLessThanOrEqual(Math.max(5000 + 1000, beat.sample + QRS_DECISION_SAMPLES_MAX));
  });

  it("recovers from two artefacts of 10 mV in its first 3 s", () => {
    const { samples, peaks } = ecg(40, 70, 1000, (s) => addBeats(s, [200, 500], 10_000, P_WAVE_ONLY));
    const found = detect(samples).filter((beat) => beat.sample > 1750);
    expectPeaks(found, peaks.filter((peak) => peak > 1750));
  });

  it.each([["the same", 1000], ["a fifth of", 200], ["five times", 5000]])("after a gap of 5 s goes on with %s amplitude", (_, heightUv) => {
    const before = ecg(20, 70, 1000);
    const after = ecg(20, 70, heightUv);
    const detector = new QrsDetector();
    const found = detect(before.samples, 10, detector);
    const offset = before.samples.length + 1250;
    collect(detector, detector.gap(1250), offset, found);
    const foundAfter = detect(after.samples, 1, detector, offset);
    expectPeaks(found, before.peaks);
    expectPeaks(foundAfter, after.peaks.map((peak) => peak + offset));
    // With levels that fit there is no second start-up; else 3 s.
    for (const beat of foundAfter) {
      const learned = heightUv < 1000 ? offset + 751 + QRS_DECISION_SAMPLES_MAX : 0;
      expect(beat.reportedAt).toBeLessThanOrEqual(Math.max(learned, beat.sample + QRS_DECISION_SAMPLES_MAX));
    }
  });

  it("a gap decides the complexes before it, and a second gap adds nothing", () => {
    const { samples, peaks } = ecg(20, 70, 1000);
    const detector = new QrsDetector();
    const last = peaks[10]!;
    const found = detect(samples.subarray(0, last + 50), 1, detector);
    expect(found).toHaveLength(10);
    collect(detector, detector.gap(7), last + 57, found);
    expectPeaks(found, peaks.slice(0, 11));
    expect(detector.gap(7)).toBe(0);
  });

  it("gives the same beats in blocks of 1, 7, 10, 32 and 1000 samples", () => {
    const { samples } = ecg(120, 73, 1000, (s) => {
      addNoise(s, 300, 5, 7500, 15_000);
      addSine(s, 7, 400, 18_000, 22_000);
    });
    const bare = (found: readonly Found[]): unknown[] => found.map(({ sample, confidence }) => [sample, confidence]);
    const whole = bare(detect(samples, 1000));
    expect(whole.length).toBeGreaterThan(100);
    for (const block of [1, 7, 10, 32]) expect(bare(detect(samples, block))).toEqual(whole);
  });

  it("keeps its beats apart in a recording of 45 minutes, in which steps are renumbered", () => {
    const { samples, peaks } = ecg(45 * 60, 70, 1000);
    expectPeaks(detect(samples), peaks);
  });

  it("measures noise: none in a clean ECG, much in a disturbed one, none again after it", () => {
    const detector = new QrsDetector();
    const { samples } = ecg(90, 70, 1000, (s) => addNoise(s, 600, 5, 7500, 15_000));
    detect(samples.subarray(0, 7400), 10, detector);
    expect(detector.noiseQ8).toBe(0);
    detect(samples.subarray(7400, 14_000), 10, detector);
    expect(detector.noiseQ8).toBeGreaterThan(51);
    detect(samples.subarray(14_000), 10, detector);
    expect(detector.noiseQ8).toBe(0);
  });

  it("refuses too long a block", () => {
    const detector = new QrsDetector();
    expect(() => detector.process(new Int32Array(QRS_BLOCK_SAMPLES_MAX + 1), QRS_BLOCK_SAMPLES_MAX + 1)).toThrow("block");
  });
});

const DS1 = ["101", "106", "108", "109", "112", "114", "115", "116", "118", "119", "122", "124", "201", "203", "205", "207", "208", "209", "215", "220", "223", "230"];
const PACED = ["102", "104", "107", "217"];

function score(path: string, fromS: number): BeatMatrix {
  const record = loadRecord(ecgRecord(path), { lead: 0 });
  const resampler = new Resampler(record.sampleRateHz);
  const samples = new Int32Array(resampler.outputCountMax(record.sampleCount));
  const count = resampler.process(record.leads[0]!.samplesUv, record.sampleCount, samples);
  const test = detect(samples.subarray(0, count)).map((beat) => ({
    sample: Math.round((beat.sample * record.sampleRateHz) / 250), symbol: "N", subtype: 0, channel: 0, annotator: 0, text: "",
  }));
  return compareBeats(loadAnnotations(ecgRecord(path), "atr"), test, {
    sampleRateHz: record.sampleRateHz, fromSample: fromS * record.sampleRateHz, toSample: record.sampleCount,
  });
}

if (noEcgData) console.warn(`QrsDetector on recordings${ECG_DATA_NOTE}`);
describe.skipIf(noEcgData)(`QrsDetector on recordings, bxb rules, pooled${ECG_DATA_NOTE}`, () => {
  it.each([
    ["DS1 from 5:00", DS1.map((name) => `mitdb/${name}`), 300, 99.75, 99.85],
    ["DS1 from 0:00", DS1.map((name) => `mitdb/${name}`), 0, 99.7, 99.8],
    ["paced", PACED.map((name) => `mitdb/${name}`), 300, 99.8, 99.8],
    ["118e06", ["nstdb/118e06"], 300, 99, 92],
    ["118e24", ["nstdb/118e24"], 300, 99.9, 99.9],
  ])("%s", (_, paths, fromS, sensitivityMin, predictivityMin) => {
    const { qrsSensitivity, qrsPredictivity } = summarise(addBeatMatrices(paths.map((path) => score(path, fromS))));
    expect(percentOf(qrsSensitivity)).toBeGreaterThanOrEqual(sensitivityMin);
    expect(percentOf(qrsPredictivity)).toBeGreaterThanOrEqual(predictivityMin);
  });
});

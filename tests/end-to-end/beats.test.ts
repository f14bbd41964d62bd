// Beats that the whole chain marks in the demo record, against the record's own annotations.
import { describe, expect, it } from "vitest";
import { compareBeats } from "../../src/evaluation/compare-beats.js";
import { summarise } from "../../src/evaluation/summarise-beats.js";
import { percentOf } from "../../src/evaluation/statistics.js";
import { type Annotation, BEAT_SYMBOLS } from "../../src/wfdb/annotation.js";
import { loadAnnotations } from "../../src/wfdb/record.js";
import { DEMO_RECORD } from "../ecg-data.js";
import { runSim } from "./command.js";

const RECORD_HZ = 360;
const DEVICE_HZ = 250;

describe("the demo record", async () => {
  const reference = loadAnnotations(DEMO_RECORD, "atr", RECORD_HZ);
  const { command } = await runSim([]);
  const found = command.of("beat").map(({ sample }): Annotation => ({
    sample: Math.round(((sample as number) * RECORD_HZ) / DEVICE_HZ), symbol: "N", subtype: 0, channel: 0, annotator: 0, text: "",
  }));

  // In the artefact from 209 to 214 s, which the database marks as noise, six QRS complexes are smaller than QRS_AMPLITUDE_UV_MIN.
  it("has its beats found: QRS Se of at least 98 % and +P of at least 99.5 % from the first second on", () => {
    const { qrsSensitivity, qrsPredictivity } = summarise(compareBeats(reference, found, { sampleRateHz: RECORD_HZ, fromSample: RECORD_HZ }));
    console.log(`demo record: ${qrsSensitivity.hits} of ${qrsSensitivity.total} annotated beats found, ${qrsPredictivity.total - qrsPredictivity.hits} false`);
    expect(percentOf(qrsSensitivity)).toBeGreaterThanOrEqual(98);
    expect(percentOf(qrsPredictivity)).toBeGreaterThanOrEqual(99.5);
  });

  it("has them marked where they are: the median is within 8 ms of the annotation", () => {
    const offsetsMs = reference.filter(({ symbol }) => BEAT_SYMBOLS.has(symbol)).map(({ sample }) => {
      const distances = found.map((beat) => beat.sample - sample);
      return (distances.reduce((best, distance) => (Math.abs(distance) < Math.abs(best) ? distance : best), 1e9) * 1000) / RECORD_HZ;
    }).toSorted((one, other) => one - other);
    const median = offsetsMs[offsetsMs.length >> 1] as number;
    console.log(`demo record: median offset ${median.toFixed(1)} ms`);
    expect(Math.abs(median)).toBeLessThanOrEqual(8);
  });
});

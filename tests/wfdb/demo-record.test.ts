// The demo record: that it is what its README says, and what the database says.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { BEAT_SYMBOLS } from "../../src/wfdb/annotation.js";
import { loadAnnotations, loadRecord } from "../../src/wfdb/record.js";
import { DEMO_RECORD, ECG_DATA_NOTE, ecgRecord, noEcgData } from "../ecg-data.js";

/** Where the excerpt begins in record 208. */
const FROM_SAMPLE = 422_820;
const SAMPLE_COUNT = 108_000;

const record = loadRecord(DEMO_RECORD);
const annotations = loadAnnotations(DEMO_RECORD, "atr");

describe("the demo record", () => {
  it("is five minutes of MLII at 360 Hz", () => {
    expect(record).toMatchObject({ name: "208-excerpt", sampleRateHz: 360, sampleCount: SAMPLE_COUNT });
    expect(record.leads.map((lead) => [lead.name, lead.missingCount])).toEqual([["MLII", 0]]);
    expect([...record.leads[0]!.samplesUv.subarray(0, 4)]).toEqual([-245, -215, -185, -175]);
  });

  it("has 509 beats: 358 N, 93 V, 56 F, 2 Q", () => {
    const counts = new Map<string, number>();
    for (const { symbol } of annotations) if (BEAT_SYMBOLS.has(symbol)) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({ N: 358, V: 93, F: 56, Q: 2 });
  });

  it("has the checksums that its README lists", () => {
    const readme = readFileSync(join(dirname(DEMO_RECORD), "README.md"), "utf8");
    for (const suffix of ["hea", "dat", "atr"]) {
      const sum = createHash("sha256").update(readFileSync(`${DEMO_RECORD}.${suffix}`)).digest("hex");
      expect(readme).toContain(`\`208-excerpt.${suffix}\``);
      expect(readme).toContain(sum);
    }
  });

  describe.skipIf(noEcgData)(`against record 208${ECG_DATA_NOTE}`, () => {
    it("has the same samples", () => {
      const [lead] = loadRecord(ecgRecord("mitdb/208"), { lead: "MLII" }).leads;
      const { samplesUv } = record.leads[0]!;
      expect(samplesUv.findIndex((sample, index) => sample !== lead!.samplesUv[FROM_SAMPLE + index])).toBe(-1);
    });

    it("has the same annotations, after the rhythm that reigns at its start", () => {
      const all = loadAnnotations(ecgRecord("mitdb/208"), "atr");
      const rhythm = all.findLast(({ sample, symbol }) => symbol === "+" && sample < FROM_SAMPLE)!;
      const inside = all.filter(({ sample }) => sample >= FROM_SAMPLE && sample < FROM_SAMPLE + SAMPLE_COUNT);
      expect(annotations).toEqual([{ ...rhythm, sample: 0 }, ...inside.map((annotation) => ({ ...annotation, sample: annotation.sample - FROM_SAMPLE }))]);
    });
  });
});

// Records on disk: leads in microvolts, lead choice, and one clear line for every way in which a record can be bad.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { formatAnnotations, parseAnnotations } from "../../src/wfdb/annotation.js";
import { RecordError } from "../../src/wfdb/record-error.js";
import { type EcgRecord, loadAnnotations, loadHeader, loadRecord, writeAnnotations, writeRecord } from "../../src/wfdb/record.js";
import { ECG_DATA_NOTE, ecgRecord, noEcgData } from "../ecg-data.js";

const folder = mkdtempSync(join(tmpdir(), "edgebeat-wfdb-"));
afterAll(() => rmSync(folder, { recursive: true }));

let nextName = 0;

/** Writes a record from its header text and signal bytes; "NAME" in the header stands for its name. Returns its path. */
function put(header: string, bytes: number[]): string {
  const name = `r${nextName++}`;
  const path = join(folder, name);
  writeFileSync(`${path}.hea`, header.replaceAll("NAME", name));
  writeFileSync(`${path}.dat`, Uint8Array.from(bytes));
  return path;
}

function folderNamed(name: string): string {
  mkdirSync(join(folder, name));
  return join(folder, name);
}

function failure(load: () => unknown): string {
  try {
    load();
  } catch (error) {
    expect(error).toBeInstanceOf(RecordError);
    return (error as RecordError).message.replaceAll(folder, "DIR");
  }
  throw new Error("expected a RecordError");
}

const TWO_LEADS = "NAME 2 360 3\nNAME.dat 16 200(100)/mV 11 0 1 6 0 MLII\nNAME.dat 16 2000/V 11 0 4 0 0 V1\n";
const TWO_LEADS_BYTES = [1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6, 0];

describe("loadRecord", () => {
  it("gives every lead in microvolts, rounded", () => {
    const path = put(TWO_LEADS, TWO_LEADS_BYTES);
    const record = loadRecord(path);
    expect(record).toMatchObject({ sampleRateHz: 360, sampleCount: 3 });
    expect(record.leads.map((lead) => [lead.name, lead.unit, [...lead.samplesUv]])).toEqual([
      ["MLII", "mV", [-495, -490, -485]],
      ["V1", "V", [2000, 2500, 3000]],
    ]);
  });

  it.each(["", ".hea", ".dat", ".mat"])('takes the path with suffix "%s"', (suffix) => {
    expect(loadRecord(put(TWO_LEADS, TWO_LEADS_BYTES) + suffix).sampleCount).toBe(3);
  });

  it.each<[string | number, string]>([["MLII", "MLII"], ["v1", "V1"], [0, "MLII"], [1, "V1"], ["1", "V1"]])("lead %j is %s", (lead, name) => {
    expect(loadRecord(put(TWO_LEADS, TWO_LEADS_BYTES), { lead }).leads.map((one) => one.name)).toEqual([name]);
  });

  it("leaves out signals that are no voltage", () => {
    const header = TWO_LEADS.replace("200(100)/mV", "1/mmHg");
    expect(loadRecord(put(header, TWO_LEADS_BYTES)).leads.map((lead) => lead.name)).toEqual(["V1"]);
  });

  it("reads signals from several files, and does not touch those of other leads", () => {
    const path = put("NAME 2 360 2\nNAME.dat 16 1000 11 0 0 0 0 A\nabsent.dat 16 1000 11 0 0 0 0 B\n", [1, 0, 2, 0]);
    expect([...loadRecord(path, { lead: "A" }).leads[0]!.samplesUv]).toEqual([1, 2]);
    expect(failure(() => loadRecord(path))).toBe("DIR/absent.dat: not found; expected the signal file that the header names");
  });

  it("gives a lead with several samples per frame its own rate", () => {
    const path = put("NAME 2 125 2\nNAME.dat 16x2 1000 11 0 0 0 0 fast\nNAME.dat 16 1000 11 0 0 0 0 slow\n", [1, 0, 2, 0, 9, 0, 3, 0, 4, 0, 9, 0]);
    const record: EcgRecord = loadRecord(path, { lead: "fast" });
    expect(record).toMatchObject({ sampleRateHz: 250, sampleCount: 4 });
    expect(failure(() => loadRecord(path))).toMatch(/leads have different rates \(2 and 1 samples per frame\); expected one lead to be chosen of fast \(0\), slow \(1\)$/);
  });

  it("does not mind a wrong initial value", () => {
    const header = TWO_LEADS.replace("0 1 6 0 MLII", "0 77 6 0 MLII");
    expect(loadRecord(put(header, TWO_LEADS_BYTES)).sampleCount).toBe(3);
  });

  it("refuses a wrong checksum, or reports it when told to", () => {
    const path = put(TWO_LEADS.replace(" 6 0 MLII", " 7 0 MLII"), TWO_LEADS_BYTES);
    const message = expect.stringMatching(/\.dat: checksum of lead MLII is 6; expected 7, so the file is damaged$/);
    expect(failure(() => loadRecord(path))).toEqual(message);
    const warnings: string[] = [];
    const record = loadRecord(path, { onChecksum: "warn", warn: (warning) => warnings.push(warning) });
    expect(record.sampleCount).toBe(3);
    expect(warnings).toEqual([message]);
    expect(loadRecord(path, { lead: "V1" }).leads).toHaveLength(1);
  });

  it.each([
    ["missing", () => loadRecord(join(folder, "nowhere")), "DIR/nowhere.hea: not found; expected a WFDB header"],
    ["a folder", () => loadHeader(folderNamed("folder.hea")), "DIR/folder.hea: cannot be read (EISDIR); expected a WFDB header"],
    ["truncated", () => loadRecord(put(TWO_LEADS, TWO_LEADS_BYTES.slice(0, -1))), /\.dat: holds 2 samples per signal; expected 3, so the file is truncated$/],
    ["too slow", () => loadRecord(put(TWO_LEADS.replace("360", "99.9"), [])), /\.hea: sampling rate is 99\.9 Hz; expected 100 to 1000 Hz$/],
    ["too fast", () => loadRecord(put(TWO_LEADS.replace("360", "1000.1"), [])), /\.hea: sampling rate is 1000\.1 Hz; expected 100 to 1000 Hz$/],
    ["lead too fast", () => loadRecord(put("NAME 1 501 1\nNAME.dat 16x2 200 11 0 0 0 0 A\n", [1, 0, 1, 0])), /\.hea: sampling rate of lead A is 1002 Hz; expected 100 to 1000 Hz$/],
    ["unknown format", () => loadRecord(put(TWO_LEADS.replaceAll(".dat 16", ".dat 310"), [])), /\.dat: format is 310; expected one of 16, 61, 80, 212$/],
    ["unknown lead", () => loadRecord(put(TWO_LEADS, TWO_LEADS_BYTES), { lead: "V9" }), /\.hea: has no lead "V9"; expected one of MLII \(0\), V1 \(1\)$/],
    ["lead number", () => loadRecord(put(TWO_LEADS, TWO_LEADS_BYTES), { lead: 2 }), /\.hea: has no lead "2"; expected one of MLII \(0\), V1 \(1\)$/],
    ["no signals", () => loadRecord(put("NAME 0 250 100\n", [])), /\.hea: has 0 signals, none of them a voltage; expected at least one ECG lead$/],
    ["no samples", () => loadRecord(put("NAME 1 250\nNAME.dat 16\n", [])), /\.hea: the signal holds 0 samples; expected at least 1$/],
    ["no annotations", () => loadAnnotations(join(folder, "nowhere"), "atr"), "DIR/nowhere.atr: not found; expected a WFDB annotation file"],
  ])("refuses: %s", (_, load, message) => {
    const said = failure(load);
    expect(said).toMatch(message);
    expect(said).not.toContain("\n");
  });

  it.each([100, 1000])("accepts %i Hz, the limit", (rateHz) => {
    expect(loadRecord(put(TWO_LEADS.replace("360", String(rateHz)), TWO_LEADS_BYTES)).sampleRateHz).toBe(rateHz);
  });
});

describe("writing", () => {
  it.each([16, 61, 80, 212])("writeRecord in format %i gives back the samples, with a right checksum", (format) => {
    const path = join(folder, `w${format}`);
    const samples = [Int32Array.of(1, -2, 127, 4, 5), Int32Array.of(-127, 7, 8, 9, 10)];
    writeRecord(path, {
      sampleRateHz: 250,
      format,
      signals: [
        { samples: samples[0]!, description: "I", gain: 1000, adcZero: 0 },
        { samples: samples[1]!, description: "two words", gain: 1, adcZero: 2, baseline: 3, unit: "uV", adcBits: 8 },
      ],
      comments: ["made by a test"],
    });
    const record = loadRecord(path);
    expect(record.leads.map((lead) => [...lead.samplesUv])).toEqual([[1, -2, 127, 4, 5], [-130, 4, 5, 6, 7]]);
    expect(record.leads.map((lead) => lead.name)).toEqual(["I", "two words"]);
    expect(readFileSync(`${path}.hea`, "utf8")).toBe(
      `w${format} 2 250 5\nw${format}.dat ${format} 1000 12 0 1 135 0 I\nw${format}.dat ${format} 1(3)/uV 8 2 -127 -93 0 two words\n# made by a test\n`,
    );
  });

  it("writeAnnotations and loadAnnotations agree; times can be converted to the record's rate", () => {
    const path = join(folder, "annotated");
    const beat = { sample: 1001, symbol: "N", subtype: 0, channel: 0, annotator: 0, text: "" };
    writeAnnotations(path, "eb", [beat]);
    expect(loadAnnotations(path, "eb")).toEqual([beat]);
    writeAnnotations(path, "hi", [{ ...beat, sample: 0, symbol: '"', text: "## time resolution: 1000" }, beat]);
    expect(loadAnnotations(path, "hi")).toEqual([beat]);
    expect(loadAnnotations(path, "hi", 360)).toEqual([{ ...beat, sample: 360 }]);
    expect(loadAnnotations(path, "eb", 360)).toEqual([beat]);
  });
});

describe.skipIf(noEcgData)(`real databases${ECG_DATA_NOTE}`, () => {
  it.each([
    ["mitdb/207", 360, 650000, ["MLII", "V1"]],
    ["nstdb/118e06", 360, 650000, ["MLII", "V1"]],
    ["cudb/cu01", 250, 127232, ["ECG"]],
    ["cudb/cu03", 250, 127232, ["ECG"]],
    ["cinc2017/A00002", 300, 9000, ["ECG"]],
    ["cinc2017/A00147", 300, 18000, ["ECG"]],
  ])("%s", (name, sampleRateHz, sampleCount, leads) => {
    const record = loadRecord(ecgRecord(name));
    expect(record).toMatchObject({ sampleRateHz, sampleCount });
    expect(record.leads.map((lead) => lead.name)).toEqual(leads);
  });

  it.each(["afdb_rr/04015.atr", "afdb_rr/04015.qrs"])("writes the bytes of %s again", (name) => {
    const bytes = readFileSync(ecgRecord(name));
    const { annotations } = parseAnnotations(bytes, name);
    expect(annotations.length).toBeGreaterThan(10);
    expect(Buffer.compare(formatAnnotations(annotations, name), bytes)).toBe(0);
  });

  it.each(["mitdb/207.atr", "mitdb/106.atr", "cudb/cu01.atr"])("keeps all of %s but the final NUL of its texts", (name) => {
    const { annotations } = parseAnnotations(readFileSync(ecgRecord(name)), name);
    expect(parseAnnotations(formatAnnotations(annotations, name), name).annotations).toEqual(annotations);
  });
});

// `edgebeat evaluate`: annotation files that read back, the figures they give, the report, other rates and formats, XS, bad input.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Prng } from "../../src/base/prng.js";
import { compareBeats } from "../../src/evaluation/compare-beats.js";
import { compareEpisodes } from "../../src/evaluation/compare-episodes.js";
import { BEAT_SYMBOLS, formatAnnotations } from "../../src/wfdb/annotation.js";
import { loadAnnotations, loadHeader, writeAnnotations, writeRecord } from "../../src/wfdb/record.js";
import { DEMO_RECORD, ECG_DATA_NOTE, ecgRecord, noEcgData } from "../ecg-data.js";
import { mark } from "../evaluation/disturb.js";
import { NORMAL_WAVES } from "../synthetic-ecg.js";
import { Command, type JsonLine } from "./command.js";

interface BuildXsHost {
  buildXsHost(options: { quiet: boolean }): Promise<{ ok: true; path: string } | { ok: false; reason: string }>;
}

const script: string = "../../scripts/build-xs-host.js";
const { buildXsHost } = (await import(script)) as BuildXsHost;
const host = await buildXsHost({ quiet: true });
if (!host.ok) console.warn(`SKIPPED: the evaluation on the XS engine: ${host.reason}`);

const folder = mkdtempSync(join(tmpdir(), "edgebeat-evaluate-"));
const at = (name: string): string => join(folder, name);
const fresh = (name: string): string => {
  mkdirSync(at(name), { recursive: true });
  return at(name);
};
afterAll(() => rmSync(folder, { recursive: true }));

const DEMO_FOLDER = dirname(DEMO_RECORD);
const RATIO = expect.objectContaining({ hits: expect.any(Number), total: expect.any(Number) });

async function evaluate(args: readonly string[]): Promise<{ status: number | null; command: Command; records: JsonLine[]; pooled: JsonLine | undefined }> {
  const command = new Command(["evaluate", ...args, "--json"]);
  const status = await command.ended();
  return { status, command, records: command.of("record"), pooled: command.of("pooled")[0] };
}

describe("the demo record", async () => {
  const out = at("demo");
  const { status, command, records, pooled } = await evaluate(["--db", DEMO_FOLDER, "--from", "0", "--out", out]);
  const annotations = loadAnnotations(join(out, "208-excerpt"), "eb");

  it("ends well, with one line for the record and one pooled", () => {
    expect([status, command.stderr]).toEqual([0, ""]);
    expect(command.lines.map(({ type }) => type)).toEqual(["record", "pooled"]);
    expect(records[0]).toMatchObject({ record: "208-excerpt", lead: "MLII", sampleRateHz: 360, seconds: 300, scored: true, qrsSensitivity: RATIO, af: { durationSensitivity: RATIO }, vf: { episodeSensitivity: RATIO } });
    expect(pooled).toMatchObject({ records: 1, scored: 1, qrsSensitivity: records[0]!["qrsSensitivity"], pairs: records[0]!["pairs"], af: records[0]!["af"] });
  });

  it("writes annotations at the record's own rate that give the printed figures", () => {
    const reference = loadAnnotations(DEMO_RECORD, "atr");
    const options = { sampleRateHz: 360, fromSample: 0, toSample: 108_000 };
    expect(compareBeats(reference, annotations, options).counts).toEqual(records[0]!["pairs"]);
    expect(compareEpisodes(reference, annotations, "AF", options)).toEqual(records[0]!["af"]);
    const sensitivity = records[0]!["qrsSensitivity"] as { hits: number; total: number };
    expect(sensitivity.total).toBeGreaterThan(400);
    expect(sensitivity.hits / sensitivity.total).toBeGreaterThan(0.97);
  });

  it("says what the rhythm is", () => {
    expect(annotations.filter(({ symbol }) => symbol === "+").length).toBeGreaterThan(0);
    expect(annotations.every(({ symbol, text }) => (symbol === "+") === text.startsWith("("))).toBe(true);
  });

  it("writes a report that needs nothing from elsewhere, with strips, matrix and curve", () => {
    const html = readFileSync(join(out, "report.html"), "utf8");
    expect(html).not.toMatch(/https?:|src=|<script|@import|url\((?!#)/);
    for (const part of [/<h2>Confusion matrix<\/h2>/, /<h2>QRS detection by confidence<\/h2>/, /<h2>VEB by score<\/h2>/, /class="curve"/, /<h3>Missed beats<\/h3>/, /class="strip"/, /25 mm\/s, 10 mm\/mV/, /<th>gross<\/th>/]) expect(html).toMatch(part);
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("has nothing to score from 5:00 on, and says so", async () => {
    const late = new Command(["evaluate", "--db", DEMO_FOLDER, "--out", at("late")]);
    expect(await late.ended()).toBe(0);
    expect(late.stdout).toMatch(/1 of 1 records end before scoring begins; --from 0 scores all of them/);
    expect(late.stdout).not.toMatch(/QRS Se/);
  });

  it("prints tables for people", async () => {
    const plain = new Command(["evaluate", "--db", DEMO_FOLDER, "--from", "0", "--out", at("plain"), "--lead", "mlii", "--annotator", "mine"]);
    expect(await plain.ended()).toBe(0);
    expect(plain.stdout).toMatch(/^208-excerpt  MLII, 5:00\.0: beats \d+/m);
    expect(plain.stdout).toMatch(/^record .*QRS Se .*\n208-excerpt .*\ngross .*\naverage /m);
    expect(plain.stdout).toMatch(/5:00\.0 of ECG at \d+ times real time/);
    expect(loadAnnotations(join(at("plain"), "208-excerpt"), "mine").length).toBeGreaterThan(400);
  });

  it.skipIf(!host.ok)("gives the same annotations on XS", async () => {
    const xs = await evaluate(["--db", DEMO_FOLDER, "--from", "0", "--out", at("xs"), "--engine", "xs"]);
    expect([xs.status, xs.command.stderr]).toEqual([0, ""]);
    expect(readFileSync(join(at("xs"), "208-excerpt.eb"))).toEqual(readFileSync(join(out, "208-excerpt.eb")));
  });
});

/** Thirty seconds at 72/min, sampled at any rate; R peaks in seconds. */
function synthetic(rateHz: number): { samples: Int32Array; peaks: number[] } {
  const peaks = Array.from({ length: 36 }, (_, index) => 0.5 + (index * 60) / 72);
  const samples = Int32Array.from({ length: 31 * rateHz }, (_, index) => {
    let uv = 0;
    for (const peak of peaks)
      for (const [centre, height, width] of NORMAL_WAVES) {
        const distance = (index / rateHz - peak - centre) / width;
        if (Math.abs(distance) < 6) uv += 1000 * height * Math.exp(-0.5 * distance * distance);
      }
    return Math.round(uv);
  });
  return { samples, peaks };
}

describe("rates and formats", () => {
  it.each([
    [100, 16], [128, 212], [200, 16], [250, 212], [300, 16], [360, 212], [500, 16], [977, 16], [1000, 16],
  ])("%i Hz, format %i: every beat within 16 ms, and in the record's own samples", async (rateHz, format) => {
    const db = fresh(`rate-${rateHz}`);
    const { samples, peaks } = synthetic(rateHz);
    writeRecord(join(db, "r"), { sampleRateHz: rateHz, format, signals: [{ samples, description: "II", gain: 1000, adcZero: 0 }] });
    writeAnnotations(join(db, "r"), "atr", peaks.map((peak) => mark(Math.round(peak * rateHz), "N")));
    const { status, records } = await evaluate(["--db", db, "--out", db, "--from", "0"]);
    expect(status).toBe(0);
    expect(records[0]).toMatchObject({ sampleRateHz: rateHz, qrsSensitivity: { hits: 36, total: 36 }, qrsPredictivity: { hits: 36, total: 36 } });
    const found = loadAnnotations(join(db, "r"), "eb").filter(({ symbol }) => BEAT_SYMBOLS.has(symbol));
    found.forEach(({ sample }, index) => expect(Math.abs(sample / rateHz - peaks[index]!)).toBeLessThanOrEqual(0.016));
  });

  it("a .mat file of the CinC Challenge 2017, without a reference", async () => {
    const db = fresh("mat");
    const { samples } = synthetic(300);
    writeFileSync(join(db, "A1.mat"), Buffer.concat([Buffer.alloc(24, 7), Buffer.from(Int16Array.from(samples).buffer)]));
    writeFileSync(join(db, "A1.hea"), `A1 1 300 ${samples.length}\nA1.mat 16+24 1000/mV 16 0 0 0 0 ECG\n`);
    const { status, records, pooled } = await evaluate(["--db", db, "--out", db]);
    expect(status).toBe(0);
    expect(records[0]).toMatchObject({ record: "A1", scored: false, beats: { N: 36 } });
    expect(pooled).toMatchObject({ records: 1, scored: 0 });
  });
});

describe("beats instead of a signal", () => {
  it("finds atrial fibrillation in intervals, and scores it at a rate that is not the chain's", async () => {
    const db = fresh("rr");
    const rateHz = 128;
    const beats: number[] = [];
    const random = new Prng(1);
    // Five minutes each: even, irregular without order, even.
    for (let seconds = 0.5; seconds < 900; ) {
      seconds += seconds > 300 && seconds < 600 ? 0.45 + random.below(600) / 1000 : 0.8;
      beats.push(Math.round(seconds * rateHz));
    }
    writeFileSync(join(db, "r.hea"), `r 0 ${rateHz} ${900 * rateHz}\n`);
    writeAnnotations(join(db, "r"), "qrs", beats.map((sample) => mark(sample, "N")));
    writeAnnotations(join(db, "r"), "atr", [mark(0, "+", 0, "(N"), mark(300 * rateHz, "+", 0, "(AFIB"), mark(600 * rateHz, "+", 0, "(N")]);
    const { status, records } = await evaluate(["--db", db, "--out", db, "--beats", "qrs", "--from", "0"]);
    expect(status).toBe(0);
    const { af, beats: counts } = records[0] as unknown as { af: Record<string, { hits: number; total: number }>; beats: Record<string, number> };
    expect(af["episodeSensitivity"]).toEqual({ hits: 1, total: 1 });
    expect(af["episodePredictivity"]).toEqual({ hits: 1, total: 1 });
    expect(af["durationSensitivity"]!.total).toBe(300 * rateHz);
    expect(af["durationSensitivity"]!.hits / af["durationSensitivity"]!.total).toBeGreaterThan(0.9);
    expect(counts["N"]).toBe(beats.filter((sample) => sample < 900 * rateHz).length);
    expect(readFileSync(join(db, "report.html"), "utf8")).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("takes the classes of the annotations: five V in a row at 150/min are VT", async () => {
    const db = fresh("classes");
    writeFileSync(join(db, "r.hea"), "r 0 250 15000\n");
    const beats = [...Array.from({ length: 20 }, (_, index) => mark(200 * (index + 1), "L")), ...Array.from({ length: 8 }, (_, index) => mark(4100 + 100 * index, "V")), ...Array.from({ length: 20 }, (_, index) => mark(5000 + 200 * index, "N"))];
    writeAnnotations(join(db, "r"), "qrs", beats);
    const { records } = await evaluate(["--db", db, "--out", db, "--beats", "qrs"]);
    expect(records[0]).toMatchObject({ lead: null, beats: { N: 40, V: 8 }, rhythms: { "(VT": expect.any(Number) } });
    expect(loadAnnotations(join(db, "r"), "eb").find(({ text }) => text === "(VT")?.sample).toBe(4100);
  });
});

describe("bad input: one line, exit status 2", () => {
  const bad = fresh("bad");
  copyFileSync(`${DEMO_RECORD}.dat`, join(bad, "cut.dat"));
  truncateSync(join(bad, "cut.dat"), 1000);
  const header = readFileSync(`${DEMO_RECORD}.hea`, "utf8");
  writeFileSync(join(bad, "cut.hea"), header.replaceAll("208-excerpt", "cut"));
  writeFileSync(join(bad, "odd.hea"), header.replaceAll("208-excerpt", "odd").replace("odd.dat 212", "odd.dat 310"));
  writeFileSync(join(bad, "half.hea"), "half 1 250.5 250\nhalf.dat 16 200 12 0 0 0 0 II\n");
  writeFileSync(join(bad, "half.dat"), new Uint8Array(500));
  writeFileSync(join(bad, "bare.hea"), "bare 0 250 1000\n");
  writeFileSync(join(bad, "bare.qrs"), formatAnnotations([], "bare.qrs"));
  writeFileSync(join(bad, "torn.hea"), "torn 0 250 1000\n");
  writeFileSync(join(bad, "torn.qrs"), new Uint8Array([1, 4]));
  writeFileSync(join(bad, "file"), "");
  const none = fresh("none");
  const out = ["--out", at("bad-out")];
  const demo = ["--db", DEMO_FOLDER];

  it.each<[string, string[], RegExp]>([
    ["no --db", [...out], /required option '--db <folder>'/],
    ["no --out", [...demo], /required option '--out <folder>'/],
    ["a folder that is not there", ["--db", at("nowhere"), ...out], /--db .*nowhere: no such folder/],
    ["a file for a folder", ["--db", join(bad, "file"), ...out], /--db .*file: no such folder/],
    ["an empty folder", ["--db", none, ...out], /--db .*none: has no \*\.hea file/],
    ["an unknown record", [...demo, ...out, "--records", "208-excerpt,999"], /there is no record "999" in .*, expected some of 208-excerpt/],
    ["an unknown lead", [...demo, ...out, "--lead", "V9"], /no lead "V9".*MLII/],
    ["a truncated file", ["--db", bad, ...out, "--records", "cut"], /cut\.dat: .*truncated/],
    ["an unknown format", ["--db", bad, ...out, "--records", "odd"], /(310|odd\.dat)/],
    ["a rate that is no whole number", ["--db", bad, ...out, "--records", "half"], /250\.5 Hz; expected a whole number/],
    ["a record without signals", ["--db", bad, ...out, "--records", "bare"], /0 signals.*expected at least one ECG lead/],
    ["beats that are not there", [...demo, ...out, "--beats", "qrs"], /208-excerpt\.qrs: not found/],
    ["an empty file of beats", ["--db", bad, ...out, "--records", "bare", "--beats", "qrs"], /bare\.qrs: has no beats/],
    ["a truncated file of beats", ["--db", bad, ...out, "--records", "torn", "--beats", "qrs"], /torn\.qrs: ends after 1 annotations/],
    ["a lead of beats", [...demo, ...out, "--beats", "atr", "--lead", "MLII"], /--lead and --beats: expected one of them/],
    ["an unknown engine", [...demo, ...out, "--engine", "v9"], /--engine v9: expected node, xs, xs-native/],
    ["a start in words", [...demo, ...out, "--from", "soon"], /--from soon: expected a whole number of seconds/],
    ["an annotator that would overwrite the reference", [...demo, ...out, "--annotator", "atr"], /--annotator atr: names annotations that are read/],
    ["an annotator that would overwrite a header", [...demo, ...out, "--annotator", "hea"], /--annotator hea: expected letters and digits/],
    ["an annotator that is a path", [...demo, ...out, "--annotator", "../x"], /--annotator \.\.\/x: expected letters/],
    ["an output that is a file", [...demo, "--out", join(bad, "file")], /--out .*file: cannot be written \(EEXIST\)/],
    ["an output below a file", [...demo, "--out", join(bad, "file", "x")], /--out .*: cannot be written \(ENOTDIR\)/],
    ["an unknown flag", [...demo, ...out, "--fast"], /unknown option '--fast'/],
  ])("%s", async (_name, args, message) => {
    const command = new Command(["evaluate", ...args]);
    expect(await command.ended()).toBe(2);
    expect(command.stderr).toMatch(message);
    expect(command.stderr).not.toMatch(/\n\s+at /);
    expect(command.stderr.trim().split("\n")).toHaveLength(1);
  });

  it("an annotation file that cannot be written", async () => {
    const blocked = fresh("blocked");
    mkdirSync(join(blocked, "208-excerpt.eb"));
    const command = new Command(["evaluate", ...demo, "--out", blocked]);
    expect(await command.ended()).toBe(2);
    expect(command.stderr).toMatch(/^edgebeat: --out .*blocked: cannot be written \(EISDIR\)/);
  });
});

describe.skipIf(noEcgData)(`the databases${ECG_DATA_NOTE}`, () => {
  it("MIT-BIH: printed figures are those of the files, 207's flutter is marked", async () => {
    const out = at("mitdb");
    const { records } = await evaluate(["--db", ecgRecord("mitdb"), "--records", "201,203,207,217", "--out", out]);
    for (const { record, pairs, af, vf } of records as unknown as { record: string; pairs: unknown; af: unknown; vf: unknown }[]) {
      const path = ecgRecord(`mitdb/${record}`);
      const reference = loadAnnotations(path, "atr");
      const test = loadAnnotations(join(out, record), "eb");
      const options = { sampleRateHz: 360, fromSample: 108_000, toSample: loadHeader(path).frameCount! };
      expect(compareBeats(reference, test, options).counts).toEqual(pairs);
      expect([compareEpisodes(reference, test, "AF", options), compareEpisodes(reference, test, "VF", options)]).toEqual([af, vf]);
    }
    const marks = loadAnnotations(join(out, "207"), "eb").filter(({ symbol }) => symbol === "[" || symbol === "]");
    expect(marks.length).toBeGreaterThanOrEqual(2);
    expect(marks.every(({ symbol }, index) => symbol === "[]"[index % 2])).toBe(true);
  });
});

// Headers: every optional part, the defaults of header(5), and one clear line for what is wrong.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatHeader, type Header, parseHeader, type SignalSpec } from "../../src/wfdb/header.js";

const FILE = "x.hea";

describe("the record line", () => {
  it.each([
    ["208 2 360 650000", { frameRateHz: 360, frameCount: 650000, counterRateHz: undefined, counterBase: undefined }],
    ["208 2 360/361.5 650000", { frameRateHz: 360, counterRateHz: 361.5, counterBase: undefined }],
    ["208 2 360/360(0) 650000", { frameRateHz: 360, counterRateHz: 360, counterBase: 0 }],
    ["208 2 128/256(-12.5) 10", { frameRateHz: 128, counterRateHz: 256, counterBase: -12.5 }],
    ["208 2", { frameRateHz: 250, frameCount: undefined }],
    ["208 2 360 0", { frameCount: undefined }],
    ["208 2 1e3 5 11:05:25 1/05/2000", { frameRateHz: 1000, startTime: "11:05:25", startDate: "1/05/2000" }],
  ])("%s", (line, expected) => {
    expect(parseHeader(`${line}\nx.dat 16\nx.dat 16\n`, FILE)).toMatchObject(expected);
  });

  it("takes the comments, wherever they stand", () => {
    const header = parseHeader("# first\nr 0 250 10\n#second\n#  third\n", FILE);
    expect(header.comments).toEqual(["first", "second", " third"]);
    expect(header.signals).toEqual([]);
  });
});

describe("the signal line", () => {
  const parse = (line: string): SignalSpec => parseHeader(`r 1 360 100\n${line}\n`, FILE).signals[0]!;

  it.each<[string, Partial<SignalSpec>]>([
    ["r.dat 212 200 11 1024 995 -22131 0 MLII", { fileName: "r.dat", format: 212, gain: 200, baseline: 1024, unit: "mV", adcBits: 11, adcZero: 1024, initialValue: 995, checksum: -22131, blockSizeBytes: 0, description: "MLII" }],
    ["A.mat 16+24 1000/mV 16 0 128 0 0 ECG ", { format: 16, byteOffset: 24, gain: 1000, baseline: 0, checksum: undefined, description: "ECG" }],
    ["r.dat 16 200(-7)/uV 11 5", { gain: 200, baseline: -7, unit: "uV", adcZero: 5, initialValue: undefined, checksum: undefined }],
    ["r.dat 16x4:3+512 1.5e2", { samplesPerFrame: 4, skewSamples: 3, byteOffset: 512, gain: 150 }],
    ["r.dat 16", { gain: 200, baseline: 0, unit: "mV", adcBits: 12, samplesPerFrame: 1, skewSamples: 0, byteOffset: 0, description: "record r, signal 0" }],
    ["r.dat 16 0", { gain: 200 }],
    ["r.dat 16 200 12 0 0 40000 0 two words", { checksum: 40000 - 65536, description: "two words" }],
  ])("%s", (line, expected) => {
    expect(parse(line)).toMatchObject(expected);
  });
});

describe("what is wrong is said in one line", () => {
  it.each([
    ["empty", "", "x.hea: empty; expected a WFDB header"],
    ["only comments", "# hello\n", "x.hea: empty; expected a WFDB header"],
    ["segments", "r/5 2 360 100\n", "x.hea: has 5 segments; expected a single-segment record"],
    ["name", "a.b 2 360 100\n", 'x.hea: record name is "a.b"; expected letters, digits, "_" or "-"'],
    ["no signal count", "r\n", 'x.hea: number of signals is ""; expected a whole number, 0 or more'],
    ["signal count", "r -1\n", 'x.hea: number of signals is "-1"; expected a whole number, 0 or more'],
    ["rate", "r 0 fast\n", 'x.hea: sampling rate is "fast"; expected a positive number of Hz, such as 360 or 360/360(0)'],
    ["zero rate", "r 0 0\n", 'x.hea: sampling rate is "0"; expected a positive number of Hz, such as 360 or 360/360(0)'],
    ["counter", "r 0 360/x\n", 'x.hea: sampling rate is "360/x"; expected a positive number of Hz, such as 360 or 360/360(0)'],
    ["samples", "r 0 360 1.5\n", 'x.hea: number of samples is "1.5"; expected a whole number, 0 or more'],
    ["too few lines", "r 2 360 100\nr.dat 16\n", "x.hea: has 1 signal lines; expected 2"],
    ["format", "r 1 360\nr.dat 16y\n", 'x.hea: signal 0: format is "16y"; expected such as 16, 212 or 16+24'],
    ["no format", "r 1 360\nr.dat\n", 'x.hea: signal 0: format is ""; expected such as 16, 212 or 16+24'],
    ["no samples in a frame", "r 1 360\nr.dat 16x0\n", 'x.hea: signal 0: format is "16x0"; expected at least 1 sample per frame'],
    ["gain", "r 1 360\nr.dat 16 much\n", 'x.hea: signal 0: gain is "much"; expected such as 200, 200(1024) or 200/mV'],
    ["checksum", "r 1 360\nr.dat 16 200 12 0 0 sum\n", 'x.hea: signal 0: checksum is "sum"; expected a whole number'],
  ])("%s", (_, text, message) => {
    expect(() => parseHeader(text, FILE)).toThrowError(expect.objectContaining({ name: "RecordError", message }));
  });
});

describe("round trip", () => {
  const word = fc.stringMatching(/^[A-Za-z0-9_]{1,8}$/);
  const signal = fc.record<SignalSpec>({
    fileName: word.map((name) => `${name}.dat`),
    format: fc.constantFrom(16, 61, 80, 212),
    samplesPerFrame: fc.integer({ min: 1, max: 8 }),
    skewSamples: fc.nat(20),
    byteOffset: fc.nat(600),
    gain: fc.constantFrom(1, 200, 1000, 12.5, 0.01),
    baseline: fc.integer({ min: -4096, max: 4096 }),
    unit: fc.constantFrom("mV", "uV", "V", "mmHg"),
    adcBits: fc.nat(24),
    adcZero: fc.integer({ min: -4096, max: 4096 }),
    initialValue: fc.integer({ min: -2048, max: 2047 }),
    checksum: fc.integer({ min: -32768, max: 32767 }).filter((sum) => sum !== 0),
    blockSizeBytes: fc.nat(512),
    description: fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(" ")),
  });
  const header = fc.record<Header>({
    name: word,
    frameRateHz: fc.constantFrom(100, 250, 360, 128.5, 999.99),
    counterRateHz: fc.constantFrom(undefined, 250, 12.5),
    counterBase: fc.constant(undefined),
    frameCount: fc.option(fc.integer({ min: 1, max: 1e9 }), { nil: undefined }),
    startTime: fc.constantFrom(undefined, "11:05:25"),
    startDate: fc.constant(undefined),
    signals: fc.array(signal, { maxLength: 4 }),
    comments: fc.array(word, { maxLength: 3 }),
  });

  it("gives back what was written", () => {
    fc.assert(
      fc.property(header, (value) => {
        expect(parseHeader(formatHeader(value), FILE)).toEqual(value);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("leaves out a checksum that is not known", () => {
    const value = parseHeader("r 1 360\nA.mat 16+24 1000/mV 16 0 128 0 0 ECG\n", FILE);
    expect(formatHeader(value)).toBe("r 1 360\nA.mat 16+24 1000 16 0 128 0 0 ECG\n");
  });
});

// Annotation files: bytes worked out by hand from annot(5), round trips, and what is refused.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Annotation, ANNOTATION_SYMBOLS, BEAT_SYMBOLS, formatAnnotations, parseAnnotations } from "../../src/wfdb/annotation.js";

const FILE = "r.atr";

function annotation(sample: number, symbol: string, more: Partial<Annotation> = {}): Annotation {
  return { sample, symbol, subtype: 0, channel: 0, annotator: 0, text: "", ...more };
}

/** Little-endian 16-bit words. */
function words(...values: number[]): number[] {
  return values.flatMap((value) => [value & 0xff, value >> 8]);
}

const SKIP = 59 << 10;
const NUM = 60 << 10;
const SUB = 61 << 10;
const CHN = 62 << 10;
const AUX = 63 << 10;
const N = 1 << 10;
const V = 5 << 10;

const CASES: [string, number[], Annotation[]][] = [
  ["an empty file", words(0), []],
  ["two beats", words(N | 18, V | 1023, 0), [annotation(18, "N"), annotation(1041, "V")]],
  ["two at one time", words(N | 7, V, 0), [annotation(7, "N"), annotation(7, "V")]],
  ["a long gap: the high half comes first", words(SKIP, 0x0001, 0x0002, N, 0), [annotation(0x10002, "N")]],
  ["rhythm, odd text", words((28 << 10) | 5, AUX | 5, 0x4128, 0x4946, 0x0042, 0), [annotation(5, "+", { text: "(AFIB" })]],
  ["rhythm, even text", words((28 << 10) | 5, AUX | 2, 0x4e28, 0), [annotation(5, "+", { text: "(N" })]],
  ["noise with a negative subtype", words((14 << 10) | 1, SUB | 0xff, 0), [annotation(1, "~", { subtype: -1 })]],
  [
    "channel and annotator last until changed, the subtype does not",
    words(N | 1, SUB | 3, CHN | 2, NUM | 0xfe, V | 1, N | 1, CHN, NUM, 0),
    [annotation(1, "N", { subtype: 3, channel: 2, annotator: -2 }), annotation(2, "V", { channel: 2, annotator: -2 }), annotation(3, "N")],
  ],
];

describe("the MIT format", () => {
  it.each(CASES)("reads %s", (_, bytes, annotations) => {
    expect(parseAnnotations(Uint8Array.from(bytes), FILE)).toEqual({ annotations, timeResolutionHz: undefined });
  });

  it.each(CASES)("writes %s", (_, bytes, annotations) => {
    expect([...formatAnnotations(annotations, FILE)]).toEqual(bytes);
  });

  it("reads what a real file may hold besides: steps back, a final NUL in a text, codes of the user", () => {
    const bytes = words(N | 9, SKIP, 0xffff, 0xfffe, V, AUX | 3, 0x4e28, 0x0000, 42 << 10, 0);
    expect(parseAnnotations(Uint8Array.from(bytes), FILE).annotations).toEqual([
      annotation(9, "N"),
      annotation(7, "V", { text: "(N" }),
      annotation(7, "[42]"),
    ]);
  });

  it("takes the file's own time resolution from its first notes, and drops them", () => {
    const notes = ["## time resolution: 500.5", "## annotation type definitions", "42 X mine", "## end of definitions"].map((text) => annotation(0, '"', { text }));
    const later = annotation(0, '"', { text: "## not at the front", subtype: 1 });
    const bytes = formatAnnotations([...notes, later, annotation(4, "N")], FILE);
    expect(parseAnnotations(bytes, FILE)).toEqual({ annotations: [later, annotation(4, "N")], timeResolutionHz: 500.5 });
  });

  it("keeps an ordinary first note", () => {
    const note = annotation(0, '"', { text: "hello" });
    expect(parseAnnotations(formatAnnotations([note], FILE), FILE).annotations).toEqual([note]);
  });

  it("gives back what was written", () => {
    const value = fc.record({
      step: fc.oneof(fc.nat(1100), fc.integer({ min: 0, max: 200_000 }), fc.constantFrom(1023, 1024, 65535, 65536)),
      symbol: fc.constantFrom(...ANNOTATION_SYMBOLS.slice(1)).filter((symbol) => symbol !== '"'),
      subtype: fc.integer({ min: -128, max: 127 }),
      channel: fc.nat(255),
      annotator: fc.integer({ min: -128, max: 127 }),
      text: fc.oneof(fc.constant(""), fc.stringMatching(/^[ -~]{1,255}$/)),
    });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 40 }), (values) => {
        let sample = 0;
        const annotations = values.map(({ step, ...rest }) => ({ sample: (sample += step), ...rest }));
        expect(parseAnnotations(formatAnnotations(annotations, FILE), FILE).annotations).toEqual(annotations);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it.each<[string, number[]]>([
    ["nothing", []],
    ["half a word", [0x12]],
    ["no end mark", words(N | 1)],
    ["cut in a SKIP", words(N | 1, SKIP, 1)],
    ["cut in a text", words(N | 1, AUX | 5, 0x4128)],
  ])("refuses a truncated file: %s", (_, bytes) => {
    const count = bytes.length < 2 ? 0 : 1;
    expect(() => parseAnnotations(Uint8Array.from(bytes), FILE)).toThrowError(
      expect.objectContaining({ name: "RecordError", message: `r.atr: ends after ${count} annotations without an end mark; expected a whole MIT-format annotation file` }),
    );
  });

  it.each<[string, Annotation[], string]>([
    ["symbol", [annotation(1, "W")], 'r.atr: annotation 0: symbol is "W"; expected one of annot(5)'],
    ["blank symbol", [annotation(1, " ")], 'r.atr: annotation 0: symbol is " "; expected one of annot(5)'],
    ["order", [annotation(9, "N"), annotation(8, "N")], "r.atr: annotation 1: sample is 8; expected a whole number from 9 to 2147483647"],
    ["fraction", [annotation(1.5, "N")], "r.atr: annotation 0: sample is 1.5; expected a whole number from 0 to 2147483647"],
    ["negative", [annotation(-1, "N")], "r.atr: annotation 0: sample is -1; expected a whole number from 0 to 2147483647"],
    ["too late", [annotation(2 ** 31, "N")], "r.atr: annotation 0: sample is 2147483648; expected a whole number from 0 to 2147483647"],
    ["text", [annotation(1, "+", { text: "x".repeat(256) })], "r.atr: annotation 0: text has 256 bytes; expected at most 255"],
  ])("refuses to write a bad %s", (_, annotations, message) => {
    expect(() => formatAnnotations(annotations, FILE)).toThrowError(expect.objectContaining({ name: "RecordError", message }));
  });
});

describe("the code table", () => {
  it.each([
    [1, "N"], [5, "V"], [6, "F"], [8, "A"], [12, "/"], [13, "Q"], [14, "~"], [16, "|"], [22, '"'], [28, "+"],
    [30, "?"], [31, "!"], [32, "["], [33, "]"], [34, "e"], [35, "n"], [37, "x"], [38, "f"], [41, "r"],
  ])("code %i is %s", (code, symbol) => {
    expect(ANNOTATION_SYMBOLS[code]).toBe(symbol);
  });

  it("has 50 different symbols, 19 of them beats", () => {
    expect(new Set(ANNOTATION_SYMBOLS).size).toBe(50);
    expect([...BEAT_SYMBOLS].filter((symbol) => ANNOTATION_SYMBOLS.includes(symbol))).toHaveLength(19);
    for (const symbol of ["!", "[", "]", "+", "~", "|", "x", '"']) expect(BEAT_SYMBOLS.has(symbol)).toBe(false);
  });
});

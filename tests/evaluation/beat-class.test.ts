// Beat classes: the table of bxb, and de Chazal's escape beats.
import { describe, expect, it } from "vitest";
import { beatClassOf, beginsShutdown, withEscapeBeatsNormal } from "../../src/evaluation/beat-class.js";
import { ANNOTATION_SYMBOLS, BEAT_SYMBOLS } from "../../src/wfdb/annotation.js";
import { mark } from "./disturb.js";

describe("beatClassOf", () => {
  it.each([
    ["N", "NLRB"],
    ["S", "AaJSjen"],
    ["V", "VEr"],
    ["F", "F"],
    ["Q", "Q/f?"],
  ])("%s holds %s", (beatClass, symbols) => {
    for (const symbol of symbols) expect(beatClassOf(symbol)).toBe(beatClass);
  });

  it("has a class for the beat symbols and for no others", () => {
    for (const symbol of ANNOTATION_SYMBOLS) expect(beatClassOf(symbol) !== undefined).toBe(BEAT_SYMBOLS.has(symbol));
  });
});

it("withEscapeBeatsNormal changes j and e only", () => {
  const symbols = withEscapeBeatsNormal([..."jenAV"].map((symbol, sample) => mark(sample, symbol))).map(({ symbol }) => symbol);
  expect(symbols.join("")).toBe("NNnAV");
});

it.each([
  ["~", 0x30, true],
  ["~", 0x3f, true],
  ["~", -1, true],
  ["~", 0x10, false],
  ["~", 0x20, false],
  ["~", 0, false],
  ["|", 0x30, false],
])("beginsShutdown: %s with subtype %i: %s", (symbol, subtype, expected) => {
  expect(beginsShutdown(mark(0, symbol, subtype))).toBe(expected);
});

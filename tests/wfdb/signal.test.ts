// Signal files: bytes worked out by hand from signal(5), round trips, skew, missing samples, and what is refused.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseHeader, type SignalSpec } from "../../src/wfdb/header.js";
import { checksumOf, decodeSignals, encodeSignals } from "../../src/wfdb/signal.js";

function specs(...lines: string[]): SignalSpec[] {
  return parseHeader([`r ${lines.length} 360`, ...lines].join("\n"), "r.hea").signals;
}

function decode(bytes: number[], lines: string[], frameCount?: number): number[][] {
  return decodeSignals(Uint8Array.from(bytes), specs(...lines), frameCount, "r.dat").map((signal) => [...signal.samples]);
}

describe("decoding", () => {
  it.each<[string, number[], string[], number[][]]>([
    ["16: low byte first", [0x01, 0x00, 0xff, 0xff, 0x34, 0x12, 0x01, 0x80], ["r 16", "r 16"], [[1, 0x1234], [-1, -0x7fff]]],
    ["61: high byte first", [0x00, 0x01, 0xff, 0xff], ["r 61"], [[1, -1]]],
    ["80: offset by 128", [0x80, 0x81, 0xff, 0x01], ["r 80"], [[0, 1, 127, -127]]],
    ["212: two in three bytes", [0xe3, 0x33, 0xf3, 0xff, 0x80, 0x01], ["r 212", "r 212"], [[0x3e3, 0x0ff], [0x3f3, -0x7ff]]],
    ["212: an odd last sample in two bytes", [0xe3, 0x33, 0xf3, 0x01, 0x08], ["r 212"], [[0x3e3, 0x3f3, -0x7ff]]],
    ["16+24: bytes before the data", [...Array.from({ length: 24 }, () => 9), 0x02, 0x00], ["r 16+24"], [[2]]],
    ["16x2: two samples of the first signal per frame", [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0], ["r 16x2", "r 16"], [[1, 2, 4, 5], [3, 6]]],
    ["16:1: the second signal is stored one sample late", [1, 0, 0, 0, 2, 0, 11, 0, 3, 0, 12, 0], ["r 16", "r 16:1"], [[1, 2, 3], [11, 12, 12]]],
  ])("%s", (_, bytes, lines, expected) => {
    expect(decode(bytes, lines)).toEqual(expected);
  });

  it("repeats the last good sample where one is missing, first of all the baseline, and counts them", () => {
    const [signal] = decodeSignals(Uint8Array.from([0, 0x80, 5, 0, 0, 0x80, 0, 0x80, 7, 0]), specs("r 16 200(3)"), undefined, "r.dat");
    expect([...signal!.samples]).toEqual([3, 5, 5, 5, 7]);
    expect(signal!.invalidCount).toBe(3);
  });

  it("takes no more frames than the header promises", () => {
    expect(decode([1, 0, 2, 0, 3, 0], ["r 16"], 2)).toEqual([[1, 2]]);
  });

  it.each<[string, number[], string[], number | undefined, string]>([
    ["truncated 16", [1, 0, 2, 0, 3], ["r 16"], 3, "r.dat: holds 2 samples per signal; expected 3, so the file is truncated"],
    ["truncated 212", [1, 2, 3, 4], ["r 212", "r 212"], 2, "r.dat: holds 1 samples per signal; expected 2, so the file is truncated"],
    ["shorter than its offset", [1, 2], ["r 16+24"], 1, "r.dat: holds 0 samples per signal; expected 1, so the file is truncated"],
    ["format", [], ["r 8"], 0, "r.dat: format is 8; expected one of 16, 61, 80, 212"],
    ["mixed formats", [], ["r 16", "r 212"], 0, "r.dat: signals have formats 16+0 and 212+0; expected one format per file"],
  ])("refuses: %s", (_, bytes, lines, frameCount, message) => {
    expect(() => decode(bytes, lines, frameCount)).toThrowError(expect.objectContaining({ name: "RecordError", message }));
  });
});

describe("encoding", () => {
  const limits = { 16: 0x7fff, 61: 0x7fff, 80: 0x7f, 212: 0x7ff };

  it.each(Object.entries(limits))("format %s gives back what was written", (format, max) => {
    const sample = fc.oneof(fc.integer({ min: -max, max }), fc.constantFrom(-max, max));
    const signals = fc.integer({ min: 1, max: 50 }).chain((length) => fc.array(fc.array(sample, { minLength: length, maxLength: length }), { minLength: 1, maxLength: 3 }));
    fc.assert(
      fc.property(signals, (samples) => {
        const bytes = encodeSignals(samples.map((signal) => Int32Array.from(signal)), Number(format), "r.dat");
        expect(decode([...bytes], samples.map(() => `r ${format}`))).toEqual(samples);
      }),
      { seed: 2, numRuns: 100 },
    );
  });

  it.each(Object.entries(limits))("format %s refuses a sample beyond its range", (format, max) => {
    for (const sample of [max + 1, -max - 1]) {
      expect(() => encodeSignals([Int32Array.of(0, sample)], Number(format), "r.dat")).toThrowError(
        `r.dat: signal 0, sample 1 is ${sample}; expected ${-max} to ${max} in format ${format}`,
      );
    }
  });

  it("refuses signals of unequal length", () => {
    expect(() => encodeSignals([Int32Array.of(1), Int32Array.of(1, 2)], 16, "r.dat")).toThrowError("r.dat: signal 1 has 2 samples; expected 1, as signal 0");
  });
});

describe("checksum", () => {
  it.each([
    [[], 0],
    [[1, 2, -4], -1],
    [[32767, 1], -32768],
    [[-32767, -2], 32767],
    [[65536], 0],
  ])("of %j is %i", (samples, sum) => {
    expect(checksumOf(Int32Array.from(samples))).toBe(sum);
  });
});

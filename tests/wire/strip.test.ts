// Parts of evidence strips: any samples survive the bytes, anything else is refused, and no bytes do harm.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeStripPart } from "../../src/wire/decode.js";
import { DELTA_BYTES_MAX, STRIP_SAMPLES_MAX, type StripHead } from "../../src/wire/strip.js";
import { encodeStrip, zigzag } from "./encode-strip.js";

const HEAD: StripHead = { partIndex: 3, isLast: true, bootCount: 7, sequence: 12, firstSample: 0x1_0000_0005, sampleCount: 0, firstUv: 0 };

const int16 = fc.integer({ min: -32768, max: 32767 });
const samples = fc.array(int16, { maxLength: STRIP_SAMPLES_MAX });
const heads = fc.record({
  partIndex: fc.integer({ min: 0, max: 255 }), isLast: fc.boolean(), bootCount: fc.integer({ min: 1, max: 0xffff_ffff }), sequence: fc.integer({ min: 1, max: 0xffff_ffff }),
  firstSample: fc.integer({ min: 0, max: 2 ** 48 - 1 }), sampleCount: fc.constant(0), firstUv: fc.constant(0),
});

describe("a part", () => {
  it("comes back as it was, whatever its samples", () => {
    fc.assert(fc.property(heads, samples, (head, samplesUv) => {
      const decoded = decodeStripPart(encodeStrip(head, samplesUv));
      expect(decoded).toEqual({ ok: true, value: { ...head, sampleCount: samplesUv.length, firstUv: samplesUv[0] ?? 0, samplesUv: Int16Array.from(samplesUv) } });
    }), { numRuns: 2000 });
  });

  it("has the bytes of FORMAT.md", () => {
    const bytes = encodeStrip(HEAD, [-2, -1, 1000, -31_768]);
    expect([...bytes]).toEqual([1, 3, 1, 0, 7, 0, 0, 0, 12, 0, 0, 0, 5, 0, 0, 0, 1, 0, 4, 0, 0xfe, 0xff, 2, 0xd2, 0x0f, 0xff, 0xff, 0x03]);
  });

  it.each([0, -1, 1, -64, 63, 64, -65, 8191, 8192, 65_535, -65_535])("difference %i takes at most three bytes", (delta) => {
    expect(zigzag(delta)).toBe(delta < 0 ? -2 * delta - 1 : 2 * delta);
    expect(zigzag(delta)).toBeLessThan(2 ** (7 * DELTA_BYTES_MAX));
  });

  it("is refused when it is cut short, has a byte too many, is of another version, or leaves int16", () => {
    const whole = encodeStrip(HEAD, [5, 700, -800]);
    for (let length = 0; length < whole.length; length++) expect(decodeStripPart(whole.subarray(0, length)), `${length} bytes`).toMatchObject({ ok: false, problem: expect.stringMatching(/^strip/) });
    expect(decodeStripPart(Uint8Array.from([...whole, 0]))).toEqual({ ok: false, problem: `strip: ${whole.length + 1} bytes, expected ${whole.length}` });
    for (const [offset, value, problem] of [[0, 2, "strip: version 2, expected 1"], [18, 251, "strip.sampleCount: 251, expected at most 250"], [18, 4, "strip: sample 3 is damaged"]] as const) {
      const bytes = whole.slice();
      bytes[offset] = value;
      expect(decodeStripPart(bytes)).toEqual({ ok: false, problem });
    }
    expect(decodeStripPart(encodeStrip(HEAD, [0, 32_768]))).toEqual({ ok: false, problem: "strip: sample 1 is 32768, expected an int16" });
    expect(decodeStripPart(Uint8Array.from([...encodeStrip(HEAD, []).fill(2, 18, 19), 0xff, 0xff, 0xff, 0x01]))).toMatchObject({ ok: false });
  });

  it("of any bytes whatever is either refused or holds the samples it says", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 450 }), fc.boolean(), (bytes, isMarked) => {
      if (isMarked && bytes.length > 20) {
        bytes.set([1, 0, 0], 0);
        bytes.set([bytes.length % 256, 0], 18);
      }
      const decoded = decodeStripPart(bytes);
      if (decoded.ok) expect(decoded.value.samplesUv.length).toBe(decoded.value.sampleCount);
      else expect(decoded.problem).toMatch(/^strip/);
    }), { numRuns: 5000 });
  });
});

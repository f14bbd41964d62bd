// Byte vectors for the decoder of the MAX30003's FIFO words.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BURST_BROKEN, BURST_DRAINED, BURST_MORE, BURST_OVERFLOW, decodeBurst, SATURATION_UV } from "../../../src/drivers/max30003/decode.js";
import { makeReading } from "../../contracts/afe.suite.js";

function decode(...words: number[]) {
  const bytes = new Uint8Array(1 + 3 * words.length);
  bytes[0] = 0xa5; // whatever the chip shows during the command
  words.forEach((word, index) => bytes.set([word >> 16, word >> 8, word], 1 + 3 * index));
  const reading = makeReading(words.length);
  const result = decodeBurst(bytes, reading);
  return { result, reading, samplesUv: [...reading.samplesUv.subarray(0, reading.count)] };
}

// Voltages by the data sheet's V = ADC * 1000 mV / (2^17 * 20) in a calculator; words are ADC << 6 | ETAG << 3.
describe("voltage of one word", () => {
  it.each([
    // label, word, uV, saturated
    ["zero", 0x000010, 0, false],
    ["+1 count is 0.381 uV", 0x000050, 0, false],
    ["+2 counts are 0.763 uV", 0x000090, 1, false],
    ["-1 count is -0.381 uV", 0xffffd0, 0, false],
    ["-2 counts are -0.763 uV", 0xffff90, -1, false],
    ["-4 counts are -1.526 uV", 0xffff10, -2, false],
    ["+4096 counts are exactly 1562.5 uV: a half goes up", 0x040010, 1563, false],
    ["-4096 counts are exactly -1562.5 uV: a half goes up", 0xfc0010, -1562, false],
    ["+1 mV: 2621 counts are 999.83 uV", 0x028f50, 1000, false],
    ["-1 mV: -2621 counts are -999.83 uV", 0xfd70d0, -1000, false],
    ["just inside the linear range: 83884 counts are 31999.21 uV", 0x51eb10, 31999, false],
    ["at the limit: 83886 counts are 31999.97 uV", 0x51eb90, 32000, true],
    ["at the lower limit: -83886 counts", 0xae1490, -32000, true],
    ["positive full scale, +131071 counts (50 mV), held within int16", 0x7fffd0, 32767, true],
    ["negative full scale, -131072 counts (-50 mV), held within int16", 0x800010, -32767, true],
  ])("%s", (_, word, uv, saturated) => {
    const { result, reading, samplesUv } = decode(word);
    expect(result).toBe(BURST_DRAINED);
    expect(samplesUv).toEqual([uv]);
    expect(reading.saturated).toBe(saturated);
  });

  it("is the nearest integer at all 262,144 counts", () => {
    const bytes = new Uint8Array(4);
    const reading = makeReading(1);
    for (let adc = -131_072; adc <= 131_071; adc++) {
      bytes[1] = adc >> 10;
      bytes[2] = adc >> 2;
      bytes[3] = ((adc & 3) << 6) | 0x10;
      reading.count = 0;
      decodeBurst(bytes, reading);
      const exactUv = Math.max(-32_767, Math.min(32_767, (adc * 1_000_000) / 2_621_440));
      if (Math.abs((reading.samplesUv[0] as number) - exactUv) > 0.5) expect.fail(`count ${adc} gives ${reading.samplesUv[0]}, exact is ${exactUv}`);
    }
  });

  it("ignores the three lowest bits", () => {
    expect(decode(0x028f57).samplesUv).toEqual([1000]);
  });
});

describe("tags", () => {
  const VALID = 0x028f40;
  const FAST = VALID | 0x08;
  const LAST = VALID | 0x10;
  const FAST_LAST = VALID | 0x18;
  const EMPTY = 0x30;
  it.each([
    // label, words, result, samples, saturated
    ["nothing there", [EMPTY, EMPTY], BURST_DRAINED, 0, false],
    ["one sample", [LAST, EMPTY], BURST_DRAINED, 1, false],
    ["three samples", [VALID, VALID, LAST, EMPTY], BURST_DRAINED, 3, false],
    ["more than the burst holds", [VALID, VALID], BURST_MORE, 2, false],
    ["fast recovery keeps the sample and says saturated", [FAST, VALID, LAST], BURST_DRAINED, 3, true],
    ["fast recovery at the end", [VALID, FAST_LAST], BURST_DRAINED, 2, true],
    ["a sample that arrives right after the last", [VALID, LAST, LAST, EMPTY], BURST_DRAINED, 3, false],
    ["a sample that arrives a little later", [VALID, LAST, EMPTY, LAST, EMPTY], BURST_DRAINED, 3, false],
    ["a sample that arrives in an empty FIFO", [EMPTY, LAST, EMPTY], BURST_DRAINED, 1, false],
    ["two late samples can't be", [LAST, LAST, LAST], BURST_BROKEN, 0, false],
    ["overflow", [VALID | 0x38, VALID | 0x38], BURST_OVERFLOW, 0, false],
    ["overflow that comes during the burst", [VALID, VALID | 0x38], BURST_OVERFLOW, 0, false],
    ["tag 4 does not exist", [VALID | 0x20], BURST_BROKEN, 0, false],
    ["tag 5 does not exist", [VALID | 0x28], BURST_BROKEN, 0, false],
    ["bus held low", [0, 0, 0], BURST_BROKEN, 3, false],
    ["zero volts for a whole burst, but with an end", [0, 0, 0x10], BURST_DRAINED, 3, false],
    ["bus held high looks like an overflow", [0xffffff, 0xffffff], BURST_OVERFLOW, 0, false],
  ])("%s", (_, words, result, count, saturated) => {
    const decoded = decode(...words);
    expect(decoded.result).toBe(result);
    expect(decoded.reading.count).toBe(count);
    expect(decoded.reading.saturated).toBe(saturated);
  });

  it("goes on after what is already in the reading", () => {
    const reading = makeReading(4);
    reading.samplesUv[0] = 7;
    reading.count = 1;
    reading.saturated = true;
    expect(decodeBurst(Uint8Array.of(0, 0x02, 0x8f, 0x50), reading)).toBe(BURST_DRAINED);
    expect([...reading.samplesUv]).toEqual([7, 1000, 0, 0]);
    expect(reading).toMatchObject({ count: 2, saturated: true });
  });
});

it("flags exactly the samples from SATURATION_UV on", () => {
  fc.assert(
    fc.property(fc.integer({ min: -131_072, max: 131_071 }), (adc) => {
      const { reading, samplesUv } = decode(((adc & 0x3ffff) << 6) | 0x10);
      return reading.saturated === Math.abs(samplesUv[0] as number) >= SATURATION_UV;
    }),
    { seed: 30003 },
  );
});

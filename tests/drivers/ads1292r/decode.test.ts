// Byte vectors of ADS1292R frames, and the conversion to microvolts against exact arithmetic.
import { describe, expect, it } from "vitest";
import { MICROVOLTS_CODE_MAX, channel2Code, isFrame, isLeadOff, microvolts } from "../../../src/drivers/ads1292r/decode.js";

const frame = (...bytes: number[]): Uint8Array => Uint8Array.from({ length: 9 }, (_, at) => bytes[at] ?? 0);

describe("frames", () => {
  it.each([
    ["data", frame(0xc0), true], ["data with lead-off", frame(0xc6, 0x80), true], ["bus held low", frame(), false],
    ["bus held high", frame(...Array<number>(9).fill(0xff)), false], ["a bit too late", frame(0x60), false],
  ])("%s: %s", (_, bytes, valid) => expect(isFrame(bytes)).toBe(valid));

  // LOFF_STAT: RLD, IN2N, IN2P, IN1N in the first byte, IN1P in the second.
  it.each([
    ["nothing off", 0xc0, 0x00, false], ["IN2P", 0xc2, 0x00, true], ["IN2N", 0xc4, 0x00, true], ["both", 0xc6, 0x00, true],
    ["channel 1 alone, which is not in use", 0xc1, 0x80, false], ["right leg alone", 0xc8, 0x00, false],
  ])("%s", (_, first, second, off) => expect(isLeadOff(frame(first, second))).toBe(off));

  it.each([
    [[0x00, 0x00, 0x00], 0], [[0x00, 0x00, 0x01], 1], [[0xff, 0xff, 0xff], -1], [[0x7f, 0xff, 0xff], 8_388_607], [[0x80, 0x00, 0x00], -8_388_608], [[0x01, 0x23, 0x45], 74_565],
  ])("channel 2 of %j is %d", (bytes, code) => expect(channel2Code(frame(0xc0, 0, 0, 1, 2, 3, ...bytes))).toBe(code));
});

describe("microvolts", () => {
  it("are within 1 of the exact value over the whole range, without passing 2^31", () => {
    for (let code = -MICROVOLTS_CODE_MAX; code <= MICROVOLTS_CODE_MAX; code += 61) {
      expect(Math.abs(code * 3151 + 32_768)).toBeLessThan(2 ** 31);
      const exact = (code * 2_420_000) / (6 * 8_388_607);
      if (Math.abs(microvolts(code) - exact) > 1) throw new Error(`${code}: ${microvolts(code)}, exactly ${exact}`);
    }
  });

  it.each([[0, 0], [MICROVOLTS_CODE_MAX, 32_767], [-MICROVOLTS_CODE_MAX, -32_767], [20_798, 1000], [-20_798, -1000]])("of code %d: %d", (code, uv) => expect(microvolts(code)).toBe(uv));
});

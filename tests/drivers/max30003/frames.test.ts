// Byte vectors for the frames of a reading of the MAX30003: STATUS, and the FIFO's words.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BURST_COMMAND, BURST_WORDS, CHECK_READINGS, ECHO, READ_BROKEN, READ_CHECK, READ_COUNT, READ_LEAD_OFF, READ_MORE, READ_OVERFLOW, READ_R_TO_R, READ_SATURATED, READ_UNLOCKED,
  STATUS_COMMAND,
} from "../../../src/drivers/max30003/codes.js";
import { Frames, SATURATION_UV } from "../../../src/drivers/max30003/frames.js";
import { REGISTERS } from "../../../src/drivers/max30003/registers.js";

const EMPTY = 0x30;

/** A burst of these words, and after them empty ones. */
function fill(frames: Frames, words: readonly number[]): void {
  frames.burst[0] = 0xa5; // whatever the chip shows during the command
  for (let index = 0; index < BURST_WORDS; index++) {
    const word = words[index] ?? EMPTY;
    frames.burst.set([word >> 16, word >> 8, word], 1 + 3 * index);
  }
}

function answer(frames: Frames, word: number): void {
  frames.status.set([0xa5, word >> 16, word >> 8, word]);
}

function decode(...words: number[]) {
  const frames = new Frames();
  answer(frames, 0);
  fill(frames, words);
  const samplesUv = new Int32Array(2 * BURST_WORDS);
  const reading = frames.decode(samplesUv, 0);
  return { reading, samplesUv: [...samplesUv.subarray(0, reading & READ_COUNT)], saturated: (reading & READ_SATURATED) !== 0 };
}

/** As many of a word as a burst has. */
const full = (word: number): number[] => Array.from({ length: BURST_WORDS }, () => word);

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
    const decoded = decode(word);
    expect(decoded).toEqual({ reading: 1 | (saturated ? READ_SATURATED : 0), samplesUv: [uv], saturated });
  });

  it("is the nearest integer at all 262,144 counts", () => {
    const frames = new Frames();
    const samplesUv = new Int32Array(2 * BURST_WORDS);
    fill(frames, []);
    for (let adc = -131_072; adc <= 131_071; adc++) {
      answer(frames, 0);
      frames.burst[1] = adc >> 10;
      frames.burst[2] = adc >> 2;
      frames.burst[3] = ((adc & 3) << 6) | 0x10;
      frames.decode(samplesUv, 0);
      const exactUv = Math.max(-32_767, Math.min(32_767, (adc * 1_000_000) / 2_621_440));
      if (Math.abs((samplesUv[0] as number) - exactUv) > 0.5) expect.fail(`count ${adc} gives ${samplesUv[0]}, exact is ${exactUv}`);
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
  it.each([
    // label, words before the empty ones, reading
    ["nothing there: a register is checked", [], READ_CHECK],
    ["one sample", [LAST], 1],
    ["three samples", [VALID, VALID, LAST], 3],
    ["more than the burst holds", full(VALID), BURST_WORDS | READ_MORE],
    ["just as many as the burst holds", [...full(VALID).slice(1), LAST], BURST_WORDS],
    ["fast recovery keeps the sample and says saturated", [FAST, VALID, LAST], 3 | READ_SATURATED],
    ["fast recovery at the end", [VALID, FAST_LAST], 2 | READ_SATURATED],
    ["a sample that arrives right after the last", [VALID, LAST, LAST], 3],
    ["a sample that arrives a little later", [VALID, LAST, EMPTY, LAST], 3],
    ["a sample that arrives in an empty FIFO", [EMPTY, LAST], 1],
    ["two late samples can't be", [LAST, LAST, LAST], READ_BROKEN],
    ["overflow", full(VALID | 0x38), READ_OVERFLOW],
    ["overflow that comes during the burst", [VALID, VALID | 0x38], READ_OVERFLOW],
    ["overflow after the last", [LAST, VALID | 0x38], READ_OVERFLOW],
    ["tag 4 does not exist", [VALID | 0x20], READ_BROKEN],
    ["tag 5 does not exist", [VALID | 0x28], READ_BROKEN],
    ["bus held low", full(0), READ_BROKEN],
    ["zero volts for a whole burst, but with an end", [...full(0).slice(1), 0x10], BURST_WORDS],
    ["zero volts, but for one bit that means nothing", [...full(0).slice(1), 1], BURST_WORDS | READ_MORE],
  ])("%s", (_, words, reading) => {
    expect(decode(...words).reading).toBe(reading);
  });

  it("a second burst goes on after the first, with what that has said", () => {
    const frames = new Frames();
    const samplesUv = new Int32Array(2 * BURST_WORDS);
    answer(frames, REGISTERS.STATUS.DCLOFFINT);
    fill(frames, full(FAST));
    const first = frames.decode(samplesUv, 0);
    expect(first).toBe(BURST_WORDS | READ_MORE | READ_SATURATED | READ_LEAD_OFF);
    fill(frames, [0xfd70d0]);
    expect(frames.decode(samplesUv, first)).toBe((BURST_WORDS + 1) | READ_SATURATED | READ_LEAD_OFF);
    expect([...samplesUv.subarray(0, BURST_WORDS + 2)]).toEqual([...full(1000), -1000, 0]);
  });

  it("and there is no third: the FIFO holds no more", () => {
    const frames = new Frames();
    fill(frames, full(VALID));
    expect(frames.decode(new Int32Array(2 * BURST_WORDS), BURST_WORDS | READ_MORE)).toBe(2 * BURST_WORDS);
  });
});

describe("STATUS", () => {
  const { STATUS } = REGISTERS;
  it.each([
    ["samples wait", STATUS.EINT, 0],
    ["overflow shows in the words", STATUS.EOVF, 0],
    ["lead-off, held", STATUS.DCLOFFINT, READ_LEAD_OFF],
    ["ECGP above", STATUS.LDOFF_PH, READ_LEAD_OFF],
    ["ECGP below", STATUS.LDOFF_PL, READ_LEAD_OFF],
    ["ECGN above", STATUS.LDOFF_NH, READ_LEAD_OFF],
    ["ECGN below", STATUS.LDOFF_NL, READ_LEAD_OFF],
    ["PLL not locked", STATUS.PLLINT, READ_UNLOCKED],
    ["an interval was measured", STATUS.RRINT, READ_R_TO_R],
    ["other terms", STATUS.FSTINT | STATUS.LONINT | STATUS.SAMP, 0],
  ])("%s", (_, word, flags) => {
    const frames = new Frames();
    answer(frames, word);
    fill(frames, [0x10]);
    expect(frames.decode(new Int32Array(2 * BURST_WORDS), 0)).toBe(flags | 1);
  });

  it("with a bit that is in no field is broken", () => {
    const { address: _a, access: _b, reset: _c, section: _d, ...fields } = STATUS;
    const used = Object.values(fields).reduce((mask, bits) => mask | bits, 0);
    for (let bit = 1; bit <= 0x800000; bit *= 2) {
      const frames = new Frames();
      answer(frames, bit);
      fill(frames, [0x10]);
      expect(frames.decode(new Int32Array(2 * BURST_WORDS), 0) === READ_BROKEN).toBe((used & bit) === 0);
    }
  });
});

it("readies the frames for the next reading, such that a bus that answers what it is sent is broken", () => {
  const frames = new Frames();
  const samplesUv = new Int32Array(2 * BURST_WORDS);
  answer(frames, 0);
  fill(frames, [0x10]);
  frames.decode(samplesUv, 0);
  expect([frames.status[0], frames.status[2], frames.burst[0]]).toEqual([STATUS_COMMAND, ECHO, BURST_COMMAND]);
  expect(frames.decode(samplesUv, 0)).toBe(READ_BROKEN);
});

it("asks for the check of a register every CHECK_READINGS", () => {
  const frames = new Frames();
  const asked: number[] = [];
  for (let reading = 1; reading <= 3 * CHECK_READINGS; reading++) {
    answer(frames, 0);
    fill(frames, [0x10]);
    if ((frames.decode(new Int32Array(2 * BURST_WORDS), 0) & READ_CHECK) !== 0) asked.push(reading);
  }
  expect(asked).toEqual([1, 2, 3].map((times) => times * CHECK_READINGS));
});

it("flags exactly the samples from SATURATION_UV on", () => {
  fc.assert(
    fc.property(fc.integer({ min: -131_072, max: 131_071 }), (adc) => {
      const { saturated, samplesUv } = decode(((adc & 0x3ffff) << 6) | 0x10);
      return saturated === Math.abs(samplesUv[0] as number) >= SATURATION_UV;
    }),
    { seed: 30003 },
  );
});

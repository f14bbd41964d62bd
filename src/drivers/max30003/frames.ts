// The two frames of a reading of the MAX30003, STATUS and a burst of FIFO words, and what the chip's answers say. This is the reference;
// boards with native kernels have src/native/max30003/frames.ts under this name.
import {
  BURST_COMMAND, BURST_WORDS, CHECK_READINGS, ECHO, READ_BROKEN, READ_CHECK, READ_COUNT, READ_LEAD_OFF, READ_MORE, READ_OVERFLOW, READ_R_TO_R, READ_SATURATED, READ_UNLOCKED,
  STATUS_COMMAND,
} from "./codes.js";

/** Bits of STATUS that are in no field and so read as 0, by byte. */
const UNUSED_HIGH = 0x0f;
const UNUSED_MIDDLE = 0xf0;
const UNUSED_LOW = 0xf0;
/** DCLOFFINT in the high byte of STATUS, LDOFF_PH to LDOFF_NL in the low one; PLLINT and RRINT in the middle one. */
const LEAD_OFF_HIGH = 0x10;
const LEAD_OFF_LOW = 0x0f;
const UNLOCKED_MIDDLE = 0x01;
const R_TO_R_MIDDLE = 0x04;

/*
 * Tags of a FIFO word, in bits 8 to 15 where the word stands in the upper 24. Source: data sheet, "ECG FIFO memory (0x20 and 0x21)", table of
 * ECG FIFO tags.
 */
const TAG = 0x3800;
const TAG_EMPTY = 0x3000;
const TAG_OVERFLOW = 0x3800;
/** Of tags up to TAG_SAMPLE: fast recovery was on, the voltage is no ECG; nothing was left behind it. */
const TAG_FAST_BIT = 0x0800;
const TAG_LAST_BIT = 0x1000;
const TAG_SAMPLE = 0x1800;
/** The same where the second of four words has it, and the third and the fourth together. */
const TAG_SECOND = 0x380000;
const EMPTY_SECOND = 0x300000;
const TAGS_REST = 0x38000038;
const EMPTY_REST = 0x30000030;

/**
 * From here on a sample counts as saturated. [uV] The amplifier is linear up to +-32.5 mV at a gain of 20 (data sheet, "Electrical
 * Characteristics", AC differential input range at 1.8 V); 0.5 mV less, since the limit itself has a tolerance.
 */
export const SATURATION_UV = 32_000;
/** Results are held within int16, as the contract asks; the converter itself goes to +-50 mV. [uV] */
const LIMIT_UV = 32_767;

/** Half the range of int16, to which voltages of no more than so much either way are added. [uV] */
const SMALL_UV = 16_384;
const SMALL_MASK = -32_768;

/** A word more than those of the FIFO has the burst, for its command. */
const STATUS_WORD = 1 + (3 * BURST_WORDS) / 4;

/** Nothing is allocated after the constructor. Processors are taken to keep the lowest byte first, as those of all boards do. */
export class Frames {
  /** Both frames, as each array's memory has its price: the burst, and from STATUS_WORD on the other. */
  private readonly _words = new Int32Array(STATUS_WORD + 1);
  readonly status = new Uint8Array(this._words.buffer, STATUS_WORD * 4);
  readonly burst = new Uint8Array(this._words.buffer, 0, 1 + 3 * BURST_WORDS);
  private _readings = 0;

  constructor() {
    this.arm();
  }

  /** Puts the commands back, after the frames have been sent in vain or `status` served for another register. */
  arm(): void {
    const { status } = this;
    status[0] = STATUS_COMMAND;
    status[2] = ECHO;
    this.burst[0] = BURST_COMMAND;
  }

  /**
   * Takes both answers, or after a reading with READ_MORE that of another burst, and readies the frames for the next reading.
   *
   * V = ADC * VREF / (2^17 * gain) with VREF = 1000 mV and gain = 20 V/V (data sheet, "ECG FIFO memory"), so
   * uV = ADC * 1,000,000 / 2,621,440 = ADC * 3125 / 8192, rounded to the nearest integer, halves upwards. ADC has 18 bits, hence
   * |ADC * 3125 + 4096| <= 409,604,096 < 2^31.
   *
   * Read from its end, the burst is a row of integers, of which three hold four words: a typed array's element costs XS as much as ten operations.
   * Four samples of no particular kind are taken at once, all others one by one.
   *
   * @param samplesUv room for 2 * BURST_WORDS @param before what the reading has been so far, with READ_MORE; 0 at first
   * @returns a reading (READ_*)
   */
  decode(samplesUv: Int32Array, before: number): number {
    const { status, burst } = this;
    let flags = before & (READ_SATURATED | READ_LEAD_OFF | READ_UNLOCKED | READ_CHECK | READ_R_TO_R);
    let count = before & READ_COUNT;
    if (before === 0) {
      const high = status[1] as number;
      const middle = status[2] as number;
      const low = status[3] as number;
      status[0] = STATUS_COMMAND;
      status[2] = ECHO;
      if (((high & UNUSED_HIGH) | (middle & UNUSED_MIDDLE) | (low & UNUSED_LOW)) !== 0) return READ_BROKEN;
      if (((high & LEAD_OFF_HIGH) | (low & LEAD_OFF_LOW)) !== 0) flags |= READ_LEAD_OFF;
      if (middle !== 0) {
        if ((middle & UNLOCKED_MIDDLE) !== 0) flags |= READ_UNLOCKED;
        if ((middle & R_TO_R_MIDDLE) !== 0) flags |= READ_R_TO_R;
      }
      if (++this._readings === CHECK_READINGS) {
        this._readings = 0;
        flags |= READ_CHECK;
      }
    }
    burst.reverse();
    const words = this._words;
    let ended = false;
    let late = false;
    // Declared here: within the loop XS would make and drop them each time.
    let high = 0;
    let middle = 0;
    let low = 0;
    let word = 0;
    let tag = 0;
    let uv = 0;
    let second = 0;
    let third = 0;
    let fourth = 0;
    for (let at = (3 * BURST_WORDS) / 4 - 1; at > 0; at -= 3) {
      high = words[at] as number;
      middle = words[at - 1] as number;
      low = words[at - 2] as number;
      if (!ended && ((high & TAG) | (middle & TAG_SECOND) | (low & TAGS_REST)) === 0) {
        uv = ((high >> 14) * 3125 + 4096) >> 13;
        second = ((((high << 24) | ((middle >> 8) & 0xffff00)) >> 14) * 3125 + 4096) >> 13;
        third = ((((middle << 16) | ((low >> 16) & 0xff00)) >> 14) * 3125 + 4096) >> 13;
        fourth = (((low << 8) >> 14) * 3125 + 4096) >> 13;
        if ((((uv + SMALL_UV) | (second + SMALL_UV) | (third + SMALL_UV) | (fourth + SMALL_UV)) & SMALL_MASK) === 0) {
          samplesUv[count] = uv;
          samplesUv[count + 1] = second;
          samplesUv[count + 2] = third;
          samplesUv[count + 3] = fourth;
          count += 4;
          continue;
        }
      } else if ((high & TAG) === TAG_EMPTY && (middle & TAG_SECOND) === EMPTY_SECOND && (low & TAGS_REST) === EMPTY_REST) {
        ended = true;
        continue;
      }
      for (let place = 0; place < 4; place++) {
        if (place === 0) word = high;
        else if (place === 1) word = (high << 24) | ((middle >> 8) & 0xffff00);
        else if (place === 2) word = (middle << 16) | ((low >> 16) & 0xff00);
        else word = low << 8;
        tag = word & TAG;
        if (tag === TAG_EMPTY) {
          ended = true;
          continue;
        }
        if (tag > TAG_SAMPLE) return tag === TAG_OVERFLOW ? flags | READ_OVERFLOW : READ_BROKEN;
        // The chip goes on sampling during the burst, so that one sample may follow the "last" one. A second can't: a burst is short.
        if (ended) {
          if (late) return READ_BROKEN;
          late = true;
        }
        if ((tag & TAG_FAST_BIT) !== 0) flags |= READ_SATURATED;
        if ((tag & TAG_LAST_BIT) !== 0) ended = true;
        uv = ((word >> 14) * 3125 + 4096) >> 13;
        if (uv >= SATURATION_UV || uv <= -SATURATION_UV) {
          flags |= READ_SATURATED;
          if (uv > LIMIT_UV) uv = LIMIT_UV;
          else if (uv < -LIMIT_UV) uv = -LIMIT_UV;
        }
        samplesUv[count++] = uv;
      }
    }
    if (!ended && isAllZero(words)) return READ_BROKEN;
    // In the place of the last word. What has gone wrong is answered by `arm`.
    burst[0] = BURST_COMMAND;
    // A burst more would find no room: the FIFO does not hold so much.
    if (!ended && before === 0) flags |= READ_MORE;
    return count === 0 ? flags | READ_CHECK : flags | count;
  }
}

/** A bus held low looks like samples of exactly 0 uV for ever; the chip's noise (several counts) makes that impossible for real ones. */
function isAllZero(words: Int32Array): boolean {
  for (let at = 0; at < (3 * BURST_WORDS) / 4; at++) if (words[at] !== 0) return false;
  return true;
}

// Words of the MAX30003's FIFO to microvolts: pure and without state, so that byte vectors can test it.
import type { AfeReading } from "../../contracts/afe.js";
import { ETAG_EMPTY, ETAG_FAST_LAST, ETAG_OVERFLOW } from "./registers.js";

/** The FIFO is drained. */
export const BURST_DRAINED = 0;
/** Every word was a sample and none of them the last: there are more. */
export const BURST_MORE = 1;
/** The FIFO has overflowed; `count` is not to be used. */
export const BURST_OVERFLOW = 2;
/** No MAX30003 sends such words; `count` is not to be used. */
export const BURST_BROKEN = 3;
export type BurstResult = typeof BURST_DRAINED | typeof BURST_MORE | typeof BURST_OVERFLOW | typeof BURST_BROKEN;

/**
 * From here on a sample counts as saturated. [uV] The amplifier is linear up to +-32.5 mV at a gain of 20 (data sheet, "Electrical
 * Characteristics", AC differential input range at 1.8 V); 0.5 mV less, since the limit itself has a tolerance.
 */
export const SATURATION_UV = 32_000;
/** Results are held within int16, as the contract asks; the converter itself goes to +-50 mV. [uV] */
const LIMIT_UV = 32_767;

/**
 * Appends the samples of a burst to a reading.
 *
 * V = ADC * VREF / (2^17 * gain) with VREF = 1000 mV and gain = 20 V/V (data sheet, "ECG FIFO memory"), so
 * uV = ADC * 1,000,000 / 2,621,440 = ADC * 3125 / 8192, rounded to the nearest integer, halves upwards. ADC has 18 bits, hence
 * |ADC * 3125 + 4096| <= 409,604,096 < 2^31.
 *
 * One loop without calls, for it is in the sample path: a call a word would add a quarter to its cost on XS.
 *
 * @param bytes One frame as received: the byte of the command, then 3 bytes a word.
 * @param into Its `count`, `saturated` and `samplesUv` go on from what they are; there must be room for all the words.
 */
export function decodeBurst(bytes: Uint8Array, into: AfeReading): BurstResult {
  const samplesUv = into.samplesUv;
  const end = bytes.length;
  let count = into.count;
  let ended = false;
  let late = false;
  for (let at = 3; at < end; at += 3) {
    const low = bytes[at] as number;
    const tag = (low >> 3) & 7;
    if (tag === ETAG_EMPTY) {
      ended = true;
    } else {
      if (tag > ETAG_FAST_LAST) return tag === ETAG_OVERFLOW ? BURST_OVERFLOW : BURST_BROKEN;
      // The chip goes on sampling during the burst, so that one sample may follow the "last" one. A second can't: a burst is short.
      if (ended) {
        if (late) return BURST_BROKEN;
        late = true;
      }
      if (tag > 1) ended = true;
      const adc = (((bytes[at - 2] as number) << 24) | ((bytes[at - 1] as number) << 16) | (low << 8)) >> 14;
      let uv = (adc * 3125 + 4096) >> 13;
      if (uv >= SATURATION_UV || uv <= -SATURATION_UV) {
        into.saturated = true;
        if (uv > LIMIT_UV) uv = LIMIT_UV;
        else if (uv < -LIMIT_UV) uv = -LIMIT_UV;
      }
      if ((tag & 1) === 1) into.saturated = true;
      samplesUv[count] = uv;
      count++;
    }
  }
  into.count = count;
  if (ended) return BURST_DRAINED;
  return isAllZero(bytes) ? BURST_BROKEN : BURST_MORE;
}

/** A bus held low looks like samples of exactly 0 uV for ever; the chip's noise (several counts) makes that impossible for real ones. */
function isAllZero(bytes: Uint8Array): boolean {
  for (let index = 1; index < bytes.length; index++) if (bytes[index] !== 0) return false;
  return true;
}

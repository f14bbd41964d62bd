// A part of a strip, encoded plainly as FORMAT.md says, for tests.
import { STRIP_HEAD_BYTES, encodeStripHead, type StripHead } from "../../src/wire/strip.js";

/** Small for small differences of either sign. */
export function zigzag(delta: number): number {
  return (delta << 1) ^ (delta >> 31);
}

export function encodeStrip(head: StripHead, samplesUv: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(STRIP_HEAD_BYTES);
  encodeStripHead({ ...head, sampleCount: samplesUv.length, firstUv: samplesUv[0] ?? 0 }, bytes);
  const deltas: number[] = [];
  samplesUv.slice(1).forEach((sampleUv, index) => {
    let code = zigzag(sampleUv - samplesUv[index]!);
    for (; code > 0x7f; code >>= 7) deltas.push((code & 0x7f) | 0x80);
    deltas.push(code);
  });
  return Uint8Array.from([...bytes, ...deltas]);
}

// A part of an evidence strip, the ECG around an alert: a head, and samples as differences in zigzag varints. See FORMAT.md.
import { putU16, putU32, putU48 } from "./bytes.js";
import { startRecord } from "./record.js";

/** Kind of record of the evidence lane; the journal sends it after every alert and drops it before any. */
export const KIND_STRIP = 64;
export const STRIP_HEAD_BYTES = 22;
/** Most samples in a part: one second, so that storing it takes a small part of a tick. */
export const STRIP_SAMPLES_MAX = 250;
/** Most bytes of differences in a part; an ECG takes about one a sample, noise up to three. */
export const STRIP_DELTA_BYTES_MAX = 320;
export const STRIP_BYTES_MAX = STRIP_HEAD_BYTES + STRIP_DELTA_BYTES_MAX;
/** Most parts of a strip: their number is a byte. */
export const STRIP_PARTS_MAX = 256;
/** Bytes that the difference of two int16 may take. */
export const DELTA_BYTES_MAX = 3;

export const FLAG_LAST = 1;

/** Which part it is, and the sample it starts with. */
export interface StripHead {
  /** Number of the part within its strip, from 0. */
  partIndex: number;
  /** Nothing of this strip comes after it. */
  isLast: boolean;
  /** Boot count and sequence of the alert. */
  bootCount: number;
  sequence: number;
  /** Number of the part's first sample since start, 250 samples/s. */
  firstSample: number;
  sampleCount: number;
  /** The first sample; the others follow as differences. [uV] */
  firstUv: number;
}

/** Encodes a head into the first STRIP_HEAD_BYTES of `into`; the differences belong behind it. */
export function encodeStripHead(head: StripHead, into: Uint8Array): void {
  startRecord(into, STRIP_HEAD_BYTES, head.bootCount);
  into[1] = head.partIndex;
  into[2] = head.isLast ? FLAG_LAST : 0;
  into[3] = 0;
  putU32(into, 8, head.sequence);
  putU48(into, 12, head.firstSample);
  putU16(into, 18, head.sampleCount);
  putU16(into, 20, head.firstUv);
}

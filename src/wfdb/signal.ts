// WFDB signal files: bytes to ADC samples and back, for formats 16, 61, 80 and 212. Pure; files are opened in record.ts.
import type { SignalSpec } from "./header.js";
import { RecordError } from "./record-error.js";

/** A storage format of WFDB signal(5). */
interface SignalFormat {
  /** Size of one sample. [bits] */
  bits: number;
  /** Smallest sample that can be stored as data. */
  min: number;
  /** Largest sample that can be stored. */
  max: number;
  /** The pattern that means "no sample here". */
  invalid: number;
  /** Fills `out` from `bytes`; there are enough bytes. */
  decode(bytes: Uint8Array, out: Int32Array): void;
  /** Fills `bytes` from `samples`; the samples are in range. */
  encode(samples: Int32Array, bytes: Uint8Array): void;
}

/** Formats that are read and written. The invalid patterns are those of the WFDB library's signal.c. */
const FORMATS: ReadonlyMap<number, SignalFormat> = new Map([
  [16, { bits: 16, min: -0x7fff, max: 0x7fff, invalid: -0x8000, decode: decode16, encode: encode16 }],
  [61, { bits: 16, min: -0x7fff, max: 0x7fff, invalid: -0x8000, decode: decode61, encode: encode61 }],
  [80, { bits: 8, min: -0x7f, max: 0x7f, invalid: -0x80, decode: decode80, encode: encode80 }],
  [212, { bits: 12, min: -0x7ff, max: 0x7ff, invalid: -0x800, decode: decode212, encode: encode212 }],
]);

/** One decoded signal, in ADC units. */
export interface RawSignal {
  /** All samples in order; where a sample is missing from the recording the last good one is repeated (first of all: the baseline). */
  samples: Int32Array;
  /** How many samples are missing, that is stored as the format's "invalid" pattern. */
  invalidCount: number;
  /** 16-bit signed sum of the samples as stored. */
  checksum: number;
}

/**
 * Decodes a group of signals that share a file.
 * @param bytes The whole signal file.
 * @param signals The group's header lines, in order; at least one.
 * @param frameCount Frames the header promises; undefined to take what the file holds.
 * @param fileName Named in errors.
 * @throws RecordError for an unknown format, formats mixed in a file or a file that is too short.
 */
export function decodeSignals(bytes: Uint8Array, signals: readonly SignalSpec[], frameCount: number | undefined, fileName: string): RawSignal[] {
  const format = formatOf(signals, fileName);
  const byteOffset = signals[0]?.byteOffset ?? 0;
  const samplesPerFrame = signals.reduce((sum, signal) => sum + signal.samplesPerFrame, 0);
  const dataBytes = Math.max(0, bytes.length - byteOffset);
  const foundFrames = Math.floor((dataBytes * 8) / format.bits / samplesPerFrame);
  const frames = frameCount ?? foundFrames;
  if (foundFrames < frames) {
    throw new RecordError(`${fileName}: holds ${foundFrames} samples per signal; expected ${frames}, so the file is truncated`);
  }
  const stored = new Int32Array(frames * samplesPerFrame);
  format.decode(bytes.subarray(byteOffset), stored);
  let firstInFrame = 0;
  return signals.map((signal) => {
    const raw = unpack(stored, samplesPerFrame, firstInFrame, signal, format.invalid);
    firstInFrame += signal.samplesPerFrame;
    return raw;
  });
}

/**
 * Encodes a group of signals, one sample each per frame, as one signal file.
 * @param signals Samples of each signal in ADC units; all of one length.
 * @param format 16, 61, 80 or 212.
 * @param fileName Named in errors.
 * @throws RecordError for an unknown format, unequal lengths or a sample that the format cannot hold.
 */
export function encodeSignals(signals: readonly Int32Array[], format: number, fileName: string): Uint8Array {
  const { bits, min, max, encode } = lookUpFormat(format, fileName);
  const frames = signals[0]?.length ?? 0;
  const stored = new Int32Array(frames * signals.length);
  signals.forEach((samples, signalIndex) => {
    if (samples.length !== frames) {
      throw new RecordError(`${fileName}: signal ${signalIndex} has ${samples.length} samples; expected ${frames}, as signal 0`);
    }
    for (let index = 0; index < frames; index++) {
      const sample = samples[index]!;
      if (sample < min || sample > max) {
        throw new RecordError(`${fileName}: signal ${signalIndex}, sample ${index} is ${sample}; expected ${min} to ${max} in format ${format}`);
      }
      stored[index * signals.length + signalIndex] = sample;
    }
  });
  const bytes = new Uint8Array(Math.ceil((stored.length * bits) / 8));
  encode(stored, bytes);
  return bytes;
}

/** The checksum of header(5): the 16-bit signed sum of all samples. */
export function checksumOf(samples: Int32Array): number {
  let sum = 0;
  for (let index = 0; index < samples.length; index++) sum = (sum + samples[index]!) | 0;
  return (sum << 16) >> 16;
}

function formatOf(signals: readonly SignalSpec[], fileName: string): SignalFormat {
  const first = signals[0]!;
  for (const signal of signals) {
    if (signal.format !== first.format || signal.byteOffset !== first.byteOffset) {
      throw new RecordError(`${fileName}: signals have formats ${first.format}+${first.byteOffset} and ${signal.format}+${signal.byteOffset}; expected one format per file`);
    }
  }
  return lookUpFormat(first.format, fileName);
}

function lookUpFormat(format: number, fileName: string): SignalFormat {
  const known = FORMATS.get(format);
  if (known === undefined) throw new RecordError(`${fileName}: format is ${format}; expected one of ${[...FORMATS.keys()].join(", ")}`);
  return known;
}

/** Takes one signal out of the interleaved samples: skew removed, invalid samples replaced. */
function unpack(stored: Int32Array, samplesPerFrame: number, firstInFrame: number, signal: SignalSpec, invalid: number): RawSignal {
  const perFrame = signal.samplesPerFrame;
  const frames = stored.length / samplesPerFrame;
  const inOrder = new Int32Array(frames * perFrame);
  for (let frame = 0, out = 0; frame < frames; frame++) {
    for (let index = 0; index < perFrame; index++) inOrder[out++] = stored[frame * samplesPerFrame + firstInFrame + index]!;
  }
  const checksum = checksumOf(inOrder);
  // The WFDB library corrects skew in whole frames.
  const skew = Math.round(signal.skewSamples / perFrame) * perFrame;
  const samples = new Int32Array(inOrder.length);
  let invalidCount = 0;
  let last = signal.baseline;
  for (let index = 0; index < samples.length; index++) {
    const sample = index + skew < inOrder.length ? inOrder[index + skew]! : invalid;
    if (sample === invalid) invalidCount++;
    else last = sample;
    samples[index] = last;
  }
  return { samples, invalidCount, checksum };
}

function decode16(bytes: Uint8Array, out: Int32Array): void {
  for (let index = 0; index < out.length; index++) out[index] = ((bytes[2 * index]! | (bytes[2 * index + 1]! << 8)) << 16) >> 16;
}

function encode16(samples: Int32Array, bytes: Uint8Array): void {
  for (let index = 0; index < samples.length; index++) {
    bytes[2 * index] = samples[index]!;
    bytes[2 * index + 1] = samples[index]! >> 8;
  }
}

function decode61(bytes: Uint8Array, out: Int32Array): void {
  for (let index = 0; index < out.length; index++) out[index] = (((bytes[2 * index]! << 8) | bytes[2 * index + 1]!) << 16) >> 16;
}

function encode61(samples: Int32Array, bytes: Uint8Array): void {
  for (let index = 0; index < samples.length; index++) {
    bytes[2 * index] = samples[index]! >> 8;
    bytes[2 * index + 1] = samples[index]!;
  }
}

function decode80(bytes: Uint8Array, out: Int32Array): void {
  for (let index = 0; index < out.length; index++) out[index] = bytes[index]! - 0x80;
}

function encode80(samples: Int32Array, bytes: Uint8Array): void {
  for (let index = 0; index < samples.length; index++) bytes[index] = samples[index]! + 0x80;
}

/** Two 12-bit samples in three bytes: low byte of the first; high nibble of the second and of the first; low byte of the second. */
function decode212(bytes: Uint8Array, out: Int32Array): void {
  for (let index = 0, at = 0; index < out.length; index += 2, at += 3) {
    const nibbles = bytes[at + 1]!;
    out[index] = ((bytes[at]! | ((nibbles & 0x0f) << 8)) << 20) >> 20;
    if (index + 1 < out.length) out[index + 1] = ((bytes[at + 2]! | ((nibbles & 0xf0) << 4)) << 20) >> 20;
  }
}

function encode212(samples: Int32Array, bytes: Uint8Array): void {
  for (let index = 0, at = 0; index < samples.length; index += 2, at += 3) {
    const first = samples[index]!;
    const second = samples[index + 1] ?? 0;
    bytes[at] = first;
    bytes[at + 1] = ((first >> 8) & 0x0f) | ((second >> 4) & 0xf0);
    if (index + 1 < samples.length) bytes[at + 2] = second;
  }
}

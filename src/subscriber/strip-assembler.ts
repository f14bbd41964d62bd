// StripAssembler: parts of evidence strips, in any order and each any number of times, to strips.
import type { StripPart } from "../wire/decode.js";

/** The ECG around an alert, as far as it has arrived. */
export interface Strip {
  /** The alert it belongs to. */
  readonly bootCount: number;
  readonly sequence: number;
  /** Number of the first sample since that start of the device, 250 samples/s. */
  readonly firstSample: number;
  /** One a sample, NaN where there is none: lost, or not arrived. [uV] */
  readonly samplesUv: Float32Array;
  /** Every part has arrived; what is missing now was lost before the device could store it. */
  readonly complete: boolean;
  readonly partsReceived: number;
  /** -1 until the last one has arrived. */
  readonly partCount: number;
}

/** Strips of all devices that are not complete yet, before the oldest is forgotten; each takes some 10 KB. */
const STRIPS_MAX = 200;
/** Longest strip. [samples] Twice the 11 s that there are; a part that lies farther away is not believed. */
const SAMPLES_MAX = 5500;

export class StripAssembler {
  readonly #parts = new Map<string, StripPart[]>();

  /** Takes in a part that was not seen before. @returns its strip, or undefined if it cannot belong to one with the parts so far. */
  add(deviceId: string, part: StripPart): Strip | undefined {
    const key = `${deviceId} ${part.bootCount}.${part.sequence}`;
    const parts = [...(this.#parts.get(key) ?? []), part].toSorted((a, b) => a.partIndex - b.partIndex);
    const strip = assemble(parts);
    if (!strip) return undefined;
    this.#parts.delete(key);
    if (!strip.complete) this.#parts.set(key, parts);
    if (this.#parts.size > STRIPS_MAX) this.#parts.delete(this.#parts.keys().next().value as string);
    return strip;
  }
}

/** @param parts At least one, in order. */
function assemble(parts: readonly StripPart[]): Strip | undefined {
  const [first, last] = [parts[0] as StripPart, parts.at(-1) as StripPart];
  const endSample = last.firstSample + last.sampleCount;
  for (let index = 1; index < parts.length; index++) {
    const [before, part] = [parts[index - 1] as StripPart, parts[index] as StripPart];
    if (part.partIndex === before.partIndex || before.isLast || part.firstSample < before.firstSample + before.sampleCount) return undefined;
  }
  if (endSample - first.firstSample > SAMPLES_MAX) return undefined;
  const samplesUv = new Float32Array(endSample - first.firstSample).fill(Number.NaN);
  for (const part of parts) samplesUv.set(part.samplesUv, part.firstSample - first.firstSample);
  const partCount = last.isLast ? last.partIndex + 1 : -1;
  return {
    bootCount: first.bootCount, sequence: first.sequence, firstSample: first.firstSample, samplesUv, complete: parts.length === partCount, partsReceived: parts.length, partCount,
  };
}

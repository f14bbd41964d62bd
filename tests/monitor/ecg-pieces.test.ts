// EcgPieces: what goes in comes out of the pieces with its numbers, gaps stay gaps, and the ring keeps as much of the past as it promises.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EcgPieces } from "../../src/monitor/ecg-pieces.js";
import { resampleRecording } from "../../src/platform/sim/patient.js";
import { decodeStripPart } from "../../src/wire/decode.js";
import { STRIP_HEAD_BYTES, encodeStripHead } from "../../src/wire/strip.js";
import { loadRecord } from "../../src/wfdb/record.js";
import { DEMO_RECORD } from "../ecg-data.js";

/** Decodes one piece. @returns its samples by number */
function readPiece(pieces: EcgPieces, piece: number, into: Map<number, number>): number {
  const head = { partIndex: 0, isLast: false, bootCount: 1, sequence: 1, firstSample: pieces.firstSampleOf(piece), sampleCount: pieces.sampleCountOf(piece), firstUv: pieces.firstUvOf(piece) };
  const { record } = pieces;
  encodeStripHead(head, record);
  const bytes = STRIP_HEAD_BYTES + pieces.copy(piece, STRIP_HEAD_BYTES);
  const decoded = decodeStripPart(record.subarray(0, bytes));
  if (!decoded.ok) throw new Error(decoded.problem);
  decoded.value.samplesUv.forEach((sampleUv, index) => into.set(decoded.value.firstSample + index, sampleUv));
  return bytes;
}

const int16 = fc.oneof(fc.integer({ min: -32768, max: 32767 }), fc.integer({ min: -30, max: 30 }));
const steps = fc.array(fc.oneof({ weight: 5, arbitrary: fc.array(int16, { minLength: 1, maxLength: 32 }) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 2000 }) }), { maxLength: 200 });

describe("pieces", () => {
  it("hold every sample of the latest seconds under its number, and none across a gap", () => {
    fc.assert(fc.property(steps, (history) => {
      const pieces = new EcgPieces();
      const block = new Int32Array(32);
      const truth = new Map<number, number>();
      let next = 0;
      for (const step of history) {
        if (typeof step === "number") {
          pieces.gap(step);
          next += step;
          continue;
        }
        step.forEach((sampleUv, index) => truth.set(next + index, (block[index] = sampleUv)));
        pieces.process(block, step.length);
        next += step.length;
      }
      pieces.closePiece();
      expect(pieces.nextSample).toBe(next);
      const found = new Map<number, number>();
      for (let piece = pieces.oldest; piece < pieces.open; piece++) readPiece(pieces, piece, found);
      const first = pieces.oldest < pieces.open ? pieces.firstSampleOf(pieces.oldest) : next;
      expect(found).toEqual(new Map([...truth].filter(([sample]) => sample >= first)));
      if (pieces.oldest === 0) expect(found.size).toBe(truth.size);
    }), { numRuns: 300 });
  });

  it("of real ECG take less than two thirds of int16, heads included, and reach back 12 s at least", () => {
    const recording = loadRecord(DEMO_RECORD, { lead: 0 });
    const ecgUv = resampleRecording(recording.leads[0]!.samplesUv, recording.sampleRateHz);
    const pieces = new EcgPieces();
    const block = new Int32Array(10);
    let [bytes, samples, seen, reach] = [0, 0, 0, Infinity];
    for (let first = 0; first + 10 <= ecgUv.length; first += 10) {
      for (let index = 0; index < 10; index++) block[index] = ecgUv[first + index]!;
      pieces.process(block, 10);
      for (; seen < pieces.open; seen++) {
        bytes += readPiece(pieces, seen, new Map());
        samples += pieces.sampleCountOf(seen);
      }
      if (first > 30 * 250) reach = Math.min(reach, pieces.nextSample - pieces.firstSampleOf(pieces.oldest));
    }
    console.log(`delta-coded: ${(bytes / samples).toFixed(3)} bytes a sample, ${((100 * bytes) / (2 * samples)).toFixed(1)} % of int16; reach ${(reach / 250).toFixed(1)} s`);
    expect(bytes / samples).toBeLessThan(1.34);
    expect(reach).toBeGreaterThan(12 * 250);
  });
});

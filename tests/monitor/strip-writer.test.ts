// StripWriter: which ECG an alert gets, in which parts, and what becomes of it when the ECG, the flash or the time runs out.
import { beforeEach, describe, expect, it } from "vitest";
import { EcgPieces } from "../../src/monitor/ecg-pieces.js";
import { StripWriter } from "../../src/monitor/strip-writer.js";
import { type Strip, StripAssembler } from "../../src/subscriber/strip-assembler.js";
import type { Alert } from "../../src/vocabulary/alert.js";
import { type StripPart, decodeStripPart } from "../../src/wire/decode.js";

const SAMPLES_A_TICK = 10;
const CLOCK = { monotonicMs: () => 1000 };
const SECOND = 250;

let pieces: EcgPieces;
let writer: StripWriter;
let stored: { kind: number; priority: number; sequence: number; part: StripPart }[];
let journalTakes: number;

beforeEach(() => {
  pieces = new EcgPieces();
  stored = [];
  journalTakes = Infinity;
  writer = new StripWriter(pieces, {
    append(kind, priority, sequence, bytes, byteCount) {
      if (journalTakes-- <= 0) return -1;
      const part = decodeStripPart(bytes.subarray(0, byteCount));
      if (!part.ok) throw new Error(part.problem);
      stored.push({ kind, priority, sequence, part: part.value });
      return 0;
    },
  }, 4);
});

/** A sample whose value tells its number. */
const uvOf = (sample: number): number => (sample * 7) % 301;

function tick(): void {
  const block = Int32Array.from({ length: SAMPLES_A_TICK }, (_, index) => uvOf(pieces.nextSample + index));
  pieces.process(block, SAMPLES_A_TICK);
  writer.step(CLOCK);
}

function passTo(sample: number): void {
  while (pieces.nextSample < sample) tick();
}

function alert(fields: Partial<Alert>): Alert {
  return {
    conditionCode: 1, phase: 0, priority: 3, latching: true, bootCount: 4, sequence: 1, onsetSequence: 1, onsetUptimeMs: 0, raisedUptimeMs: 0, onsetWallMs: 0, clockQuality: 0,
    onsetSample: pieces.nextSample - SECOND, measured: 0, limit: 0, ...fields,
  };
}

/** The strip of an alert as a subscriber assembles it; complete or not. */
function stripOf(sequence: number): Strip | undefined {
  const assembler = new StripAssembler();
  let strip: Strip | undefined;
  for (const { part } of stored) if (part.sequence === sequence) strip = assembler.add("bed-1", part);
  return strip;
}

function expectEcg(strip: Strip, from: number, to: number): void {
  for (let sample = from; sample < to; sample++) expect(strip.samplesUv[sample - strip.firstSample], `sample ${sample}`).toBe(uvOf(sample));
}

describe("a strip", () => {
  it("shows 7 s before the onset and 3 s after it, a second more at most, in parts that name their alert", () => {
    passTo(20 * SECOND);
    const onset = 19 * SECOND + 77;
    writer.begin(alert({ onsetSample: onset, sequence: 9, priority: 2 }));
    passTo(24 * SECOND);
    expect(writer.count).toBe(0);
    const strip = stripOf(9)!;
    expect(strip).toMatchObject({ bootCount: 4, sequence: 9, complete: true });
    expect(strip.firstSample).toBeGreaterThan(onset - 8 * SECOND);
    expect(strip.firstSample).toBeLessThanOrEqual(onset - 7 * SECOND);
    expect(strip.firstSample + strip.samplesUv.length).toBe(Math.ceil((onset + 3 * SECOND) / SAMPLES_A_TICK) * SAMPLES_A_TICK);
    expectEcg(strip, onset - 7 * SECOND, onset + 3 * SECOND);
    expect(stored.every(({ kind, priority }) => kind === 64 && priority === 2)).toBe(true);
    expect(stored.map(({ sequence }) => sequence)).toEqual(stored.map((_, index) => index + 1));
  });

  it("begins with the first sample when the device has just started", () => {
    passTo(2 * SECOND);
    writer.begin(alert({}));
    passTo(6 * SECOND);
    const strip = stripOf(1)!;
    expect(strip).toMatchObject({ firstSample: 0, complete: true });
    expectEcg(strip, 0, 4 * SECOND);
  });

  it("shows the 10 s from the oldest sample when the onset was found too late", () => {
    passTo(60 * SECOND);
    const oldest = pieces.firstSampleOf(pieces.oldest + 1);
    writer.begin(alert({ onsetSample: 20 * SECOND }));
    passTo(64 * SECOND);
    const strip = stripOf(1)!;
    expect(strip).toMatchObject({ firstSample: oldest, complete: true });
    expectEcg(strip, oldest, oldest + 10 * SECOND);
  });

  it("keeps a gap in it, as wide as it was", () => {
    passTo(18 * SECOND);
    pieces.gap(123);
    passTo(20 * SECOND);
    writer.begin(alert({}));
    passTo(24 * SECOND);
    const strip = stripOf(1)!;
    const missing = [...strip.samplesUv].flatMap((sampleUv, index) => (Number.isNaN(sampleUv) ? [strip.firstSample + index] : []));
    expect(missing).toEqual(Array.from({ length: 123 }, (_, index) => 18 * SECOND + index));
    expectEcg(strip, 18 * SECOND + 123, 22 * SECOND);
  });

  it("ends with an empty part when the ECG ends before it", () => {
    passTo(20 * SECOND);
    writer.begin(alert({ onsetSample: 20 * SECOND }));
    passTo(21 * SECOND);
    pieces.gap(5 * SECOND);
    for (let step = 0; step < 20; step++) writer.step(CLOCK);
    expect(writer.count).toBe(0);
    expect(stored.at(-1)!.part).toMatchObject({ isLast: true, sampleCount: 0, firstSample: 23 * SECOND });
    expect(stripOf(1)).toMatchObject({ complete: true });
  });

  it("ends early when monitoring is suspended", () => {
    passTo(20 * SECOND);
    writer.begin(alert({}));
    writer.cutShort();
    for (let step = 0; step < 20; step++) writer.step(CLOCK);
    expect(writer.count).toBe(0);
    const strip = stripOf(1)!;
    expect(strip.complete).toBe(true);
    expect(strip.firstSample + strip.samplesUv.length).toBe(20 * SECOND);
  });

  it("is given up when flash does not take it, and so not complete", () => {
    passTo(20 * SECOND);
    writer.begin(alert({}));
    journalTakes = 4;
    passTo(24 * SECOND);
    expect(writer.count).toBe(0);
    expect(stripOf(1)).toMatchObject({ complete: false, partsReceived: 4, partCount: -1 });
  });
});

describe("the writer", () => {
  it("stores one part a tick at most, of the most important alert first", () => {
    passTo(20 * SECOND);
    writer.begin(alert({ sequence: 1, priority: 1 }));
    writer.begin(alert({ sequence: 2, priority: 3 }));
    for (let count = 1; count <= 8; count++) {
      tick();
      expect(stored.length).toBe(count);
    }
    expect(stored.every(({ part }) => part.sequence === 2)).toBe(true);
    passTo(24 * SECOND);
    expect(stripOf(1)!.complete && stripOf(2)!.complete).toBe(true);
  });

  it.each<[string, Partial<Alert>]>([["the end of a condition", { phase: 1 }], ["a technical alert", { conditionCode: 64 }]])("gives no strip to %s", (_name, fields) => {
    passTo(20 * SECOND);
    writer.begin(alert(fields));
    expect(writer.count).toBe(0);
  });

  it("writes eight strips at a time, and no ninth", () => {
    passTo(20 * SECOND);
    for (let sequence = 1; sequence <= 9; sequence++) writer.begin(alert({ sequence }));
    passTo(30 * SECOND);
    expect([1, 2, 3, 4, 5, 6, 7, 8].map((sequence) => stripOf(sequence)?.complete)).toEqual(new Array(8).fill(true));
    expect(stripOf(9)).toBeUndefined();
  });
});

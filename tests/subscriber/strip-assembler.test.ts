// StripAssembler: parts in any order make the same strip, missing ones are said to be missing, and what contradicts is refused.
import { describe, expect, it } from "vitest";
import { Prng } from "../../src/base/prng.js";
import { type Strip, StripAssembler } from "../../src/subscriber/strip-assembler.js";
import { Subscriber } from "../../src/subscriber/subscriber.js";
import type { StripPart } from "../../src/wire/decode.js";
import { DELIVERY_BYTES, encodeDelivery } from "../../src/wire/delivery.js";
import { KIND_STRIP, STRIP_HEAD_BYTES, encodeStripHead } from "../../src/wire/strip.js";

function part(partIndex: number, firstSample: number, samplesUv: readonly number[], isLast = false): StripPart {
  return { partIndex, isLast, bootCount: 2, sequence: 5, firstSample, sampleCount: samplesUv.length, firstUv: samplesUv[0] ?? 0, samplesUv: Int16Array.from(samplesUv) };
}

const PARTS = [part(0, 100, [1, 2, 3]), part(1, 103, [4]), part(2, 106, [7, 8]), part(3, 110, [], true)];

function addAll(parts: readonly StripPart[]): Strip | undefined {
  const assembler = new StripAssembler();
  let strip: Strip | undefined;
  for (const each of parts) strip = assembler.add("bed-1", each);
  return strip;
}

describe("parts", () => {
  it("make the same strip in any order", () => {
    const expected = { bootCount: 2, sequence: 5, firstSample: 100, samplesUv: Float32Array.of(1, 2, 3, 4, NaN, NaN, 7, 8, NaN, NaN), complete: true, partsReceived: 4, partCount: 4 };
    const prng = new Prng(1);
    for (let round = 0; round < 50; round++) {
      const shuffled = PARTS.map((each) => [prng.below(1000), each] as const).toSorted((a, b) => a[0] - b[0]).map(([, each]) => each);
      expect(addAll(shuffled)).toEqual(expected);
    }
  });

  it.each<[string, StripPart[], Partial<Strip>]>([
    ["the last", PARTS.slice(0, 3), { complete: false, partsReceived: 3, partCount: -1, firstSample: 100 }],
    ["the first", PARTS.slice(1), { complete: false, partsReceived: 3, partCount: 4, firstSample: 103 }],
    ["one in the middle", [PARTS[0]!, PARTS[2]!, PARTS[3]!], { complete: false, partsReceived: 3, partCount: 4 }],
  ])("without %s make a partial strip", (_name, parts, expected) => expect(addAll(parts)).toMatchObject(expected));

  it.each<[string, StripPart]>([
    ["overlaps", part(4, 99, [1, 1], true)],
    ["comes after the last", part(9, 200, [1])],
    ["has the number of another one", part(2, 106, [7, 9])],
    ["lies far away", part(9, 100_000, [1])],
  ])("are refused if one %s", (_name, odd) => expect(addAll([...(odd.firstSample === 100_000 ? PARTS.slice(0, 2) : PARTS.slice(1)), odd])).toBeUndefined());

  it("of many strips that are never completed are forgotten in the end", () => {
    const assembler = new StripAssembler();
    for (let sequence = 1; sequence <= 1000; sequence++) assembler.add("bed-1", { ...PARTS[0]!, sequence });
    expect(assembler.add("bed-1", { ...PARTS[1]!, sequence: 1 })?.partsReceived).toBe(1);
    expect(assembler.add("bed-1", { ...PARTS[1]!, sequence: 1000 })?.partsReceived).toBe(2);
  });
});

describe("the subscriber", () => {
  const message = (head: StripPart): Uint8Array => {
    const bytes = new Uint8Array(DELIVERY_BYTES + STRIP_HEAD_BYTES + Math.max(0, head.sampleCount - 1)).fill(2);
    encodeDelivery({ kind: KIND_STRIP, late: false, redelivered: false, dated: 0, bootCount: 2, sentUptimeMs: 0, sentWallMs: 0, recordBytes: bytes.length - DELIVERY_BYTES }, bytes);
    encodeStripHead(head, bytes.subarray(DELIVERY_BYTES));
    return bytes;
  };
  const TOPIC = "edgebeat/v1/bed-1/evidence";

  it("tells of a strip with each part, once, and drops what is damaged or contradicts", () => {
    const subscriber = new Subscriber();
    const first = message(part(0, 0, [1, 2, 3]));
    expect(subscriber.accept(TOPIC, first, 0)).toMatchObject({ type: "strip", deviceId: "bed-1", strip: { complete: false } });
    expect(subscriber.accept(TOPIC, first, 0)).toEqual({ type: "duplicate", deviceId: "bed-1", bootCount: 2, sequence: 5 });
    expect(subscriber.accept(TOPIC, message(part(0, 1, [1, 2])), 0)).toEqual({ type: "problem", topic: TOPIC, problem: "strip 2.5: part 0 contradicts the others" });
    expect(subscriber.accept(TOPIC, message(part(1, 3, [4, 5], true)), 0)).toMatchObject({ type: "strip", strip: { complete: true, samplesUv: Float32Array.of(1, 2, 3, 4, 5) } });
    const damaged = first.slice();
    damaged[DELIVERY_BYTES] = 9;
    expect(subscriber.accept(TOPIC, damaged, 0)).toEqual({ type: "problem", topic: TOPIC, problem: "strip: version 9, expected 1" });
  });
});

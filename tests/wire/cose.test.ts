// COSE_Encrypt0: the bytes that RFC 9052 asks for, read back, and nothing else taken for one.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { associatedData, encodeEnvelope, isSealed } from "../../src/wire/cose.js";
import { decodeEnvelope } from "../../src/wire/decode.js";

const NONCE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const sealedOf = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(0xab);

/** A reader of CBOR (RFC 8949), as far as the test needs one. @returns the item and where the next begins */
function readCbor(bytes: Uint8Array, offset: number): [unknown, number] {
  const head = bytes[offset] as number;
  const [type, short] = [head >> 5, head & 31];
  const lengthBytes = short < 24 ? 0 : 1 << (short - 24);
  let value = short < 24 ? short : 0;
  for (let index = 1; index <= lengthBytes; index++) value = value * 256 + (bytes[offset + index] as number);
  let next = offset + 1 + lengthBytes;
  if (type === 0) return [value, next];
  if (type === 2) return [bytes.slice(next, next + value), next + value];
  if (type === 3) return [Buffer.from(bytes.slice(next, next + value)).toString(), next + value];
  const items: unknown[] = [];
  for (let index = 0; index < (type === 5 ? 2 * value : type === 4 ? value : 1); index++) {
    const [item, after] = readCbor(bytes, next);
    items.push(item);
    next = after;
  }
  if (type === 4) return [items, next];
  if (type === 5) return [new Map(Array.from({ length: value }, (_, index) => [items[2 * index], items[2 * index + 1]])), next];
  return [{ tag: value, item: items[0] }, next];
}

describe("an envelope", () => {
  it.each([[16, 16, 1], [32, 23, 3], [16, 24, 1], [32, 255, 3], [16, 256, 1], [16, 65_535, 1]])("of a key of %i bytes and a ciphertext of %i is COSE_Encrypt0", (keyBytes, sealedBytes, algorithm) => {
    const message = encodeEnvelope({ keyBytes, epoch: 0x01020304, nonce: NONCE, sealed: sealedOf(sealedBytes) });
    const [read, end] = readCbor(message, 0);
    expect(end).toBe(message.length);
    const { tag, item } = read as { tag: number; item: [Uint8Array, Map<number, Uint8Array>, Uint8Array] };
    expect(tag).toBe(16);
    const [protectedHeader, unprotectedHeader, ciphertext] = item;
    expect(readCbor(protectedHeader, 0)[0]).toEqual(new Map<number, unknown>([[1, algorithm], [4, Uint8Array.of(1, 2, 3, 4)]]));
    expect(unprotectedHeader).toEqual(new Map([[5, NONCE]]));
    expect(ciphertext).toEqual(sealedOf(sealedBytes));
    const [structure] = readCbor(associatedData(keyBytes, 0x01020304, "edgebeat/v1/bed-4/alert"), 0);
    expect(structure).toEqual(["Encrypt0", protectedHeader, new Uint8Array(Buffer.from("edgebeat/v1/bed-4/alert"))]);
    expect(decodeEnvelope(message)).toEqual({ ok: true, value: { keyBytes, epoch: 0x01020304, nonce: NONCE, sealed: sealedOf(sealedBytes) } });
    expect(isSealed(message)).toBe(true);
  });

  it("has these bytes", () => {
    expect(hexOf(encodeEnvelope({ keyBytes: 32, epoch: 7, nonce: NONCE, sealed: sealedOf(17) }))).toBe(`d08349a20103044400000007a1054c0102030405060708090a0b0c51${"ab".repeat(17)}`);
    expect(hexOf(associatedData(16, 7, "t"))).toBe("8368456e63727970743049a201010444000000074174");
  });

  it("is refused with any byte of its heads changed, and cut at any place", () => {
    const message = encodeEnvelope({ keyBytes: 16, epoch: 7, nonce: NONCE, sealed: sealedOf(90) });
    const isContent = (index: number): boolean => (index >= 8 && index < 12) || (index >= 15 && index < 27) || index >= 29;
    for (let index = 0; index < message.length; index++) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = message.slice();
        changed[index] = (changed[index] as number) ^ (1 << bit);
        const decoded = decodeEnvelope(changed);
        // A bit of the algorithm may name the other one; the tag then tells.
        if (decoded.ok) expect(isContent(index) || index === 5).toBe(true);
        else expect(isContent(index)).toBe(false);
      }
    }
    for (let bytes = 0; bytes < message.length; bytes++) expect(decodeEnvelope(message.slice(0, bytes)).ok).toBe(false);
  });

  it("takes any bytes without throwing, and what it takes it would have made", () => {
    const valid = fc.record({ keyBytes: fc.constantFrom(16, 32), epoch: fc.nat(), nonce: fc.uint8Array({ minLength: 12, maxLength: 12 }), sealed: fc.uint8Array({ minLength: 16, maxLength: 400 }) });
    const damaged = fc.tuple(valid.map(encodeEnvelope), fc.array(fc.tuple(fc.nat(420), fc.nat(255)), { maxLength: 3 }), fc.nat(450)).map(([bytes, changes, length]) => {
      for (const [index, value] of changes) if (index < bytes.length) bytes[index] = value;
      return bytes.slice(0, length);
    });
    fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), damaged, valid.map(encodeEnvelope)), (bytes) => {
      const decoded = decodeEnvelope(bytes);
      if (decoded.ok) expect(encodeEnvelope(decoded.value)).toEqual(bytes);
      else expect(decoded.problem).toMatch(/^envelope/);
    }), { seed: 8, numRuns: 20_000 });
  });
});

// The bytes of FORMAT.md: golden headers, what a header accepts, and sizes.
import { describe, expect, it } from "vitest";
import {
  BLOCK_SEQUENCE_WORD, BOOT_COUNT_WORD, blockHeaderState, blockOf, ERASE_COUNT_WORD, granuleOf, granulesOf, HEADER_FOREIGN, HEADER_INVALID, HEADER_VALID, HEADER_WORDS, placeOf,
  recordBytes, RecordHeader, RETIRE_BATCH, retirementsBytes, sealBlockHeader, TAIL_SEQUENCE_WORD,
} from "../../src/journal/layout.js";

/** Words of four bytes in hexadecimal. */
const hex = (words: Int32Array): string => Buffer.from(words.buffer).toString("hex").replace(/(.{8})(?=.)/g, "$1 ");

function acknowledgement(): RecordHeader {
  const header = new RecordHeader(new Int32Array(HEADER_WORDS));
  header.fill(193, 0, 1, 0, 0, 0);
  header.retire(1, 2, placeOf(1, 3, 3));
  header.seal(3, 160);
  return header;
}

/** Of block 9, behind a word that is none of its. */
function blockHeader(): Int32Array {
  const words = new Int32Array(1 + HEADER_WORDS);
  words[1 + BLOCK_SEQUENCE_WORD] = 7;
  words[1 + TAIL_SEQUENCE_WORD] = 5;
  words[1 + BOOT_COUNT_WORD] = 3;
  words[1 + ERASE_COUNT_WORD] = 2;
  sealBlockHeader(words, 1, 4096, 9);
  return words;
}

describe("record header", () => {
  it("of the example in FORMAT.md", () => {
    expect(hex(acknowledgement().words).slice(0, -9)).toBe("ebc10001 00000000 01000000 00000000 00000000 02000000 01000303");
  });

  it("is valid in its place only", () => {
    const header = acknowledgement();
    for (const [sequence, offset, valid] of [[3, 160, true], [4, 160, false], [2, 160, false], [3, 128, false], [3, 192, false]] as const) {
      expect(header.isValid(sequence, offset), `sequence ${sequence}, offset ${offset}`).toBe(valid);
    }
  });

  it("keeps its fields", () => {
    const header = new RecordHeader(new Int32Array(HEADER_WORDS));
    header.fill(64, 3, 70_000, 0x7fffffff, 3000, 86_400);
    header.retire(16, 1, placeOf(65534, 255, 97));
    header.seal(1, 64);
    const other = new RecordHeader(new Int32Array(HEADER_WORDS));
    other.bytes.set(header.bytes);
    expect(other.isValid(1, 64)).toBe(true);
    const { kind, priority, retireCount, payloadBytes, bootCount, sequence, uptimeS, retiredSequence, retiredPlace, areaBytes } = other;
    expect([kind, priority, retireCount, payloadBytes, bootCount, sequence, uptimeS, retiredSequence, areaBytes]).toEqual([64, 3, 16, 3000, 70_000, 0x7fffffff, 86_400, 1, 3000 + 15 * 8]);
    expect([blockOf(retiredPlace), granuleOf(retiredPlace), granulesOf(retiredPlace)]).toEqual([65534, 255, 97]);
  });

  it("finds every flip of a single bit", () => {
    const header = acknowledgement();
    for (let bit = 0; bit < 256; bit++) {
      header.bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(header.isValid(3, 160), `bit ${bit}`).toBe(false);
      header.bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
  });

  it("has no sequence below zero", () => {
    const header = new RecordHeader(new Int32Array(HEADER_WORDS));
    expect(() => header.fill(1, 1, 1, -1, 0, 0)).toThrow("identity");
    header.fill(1, 1, 1, 0, 0, 0);
    header.words[3] = -1;
    header.seal(1, 64);
    expect(header.isValid(1, 64)).toBe(false);
  });
});

describe("block header", () => {
  it("has the bytes of FORMAT.md", () => {
    expect(hex(blockHeader()).slice(9, -9)).toBe("45424a31 01008000 07000000 05000000 03000000 02000000 09000000");
  });

  for (const [name, blockBytes, blockIndex, expected] of [
    ["in its place", 4096, 9, HEADER_VALID],
    ["with another block size", 512, 9, HEADER_FOREIGN],
    ["in another block", 4096, 8, HEADER_FOREIGN],
  ] as const) {
    it(name, () => expect(blockHeaderState(blockHeader(), 1, blockBytes, blockIndex)).toBe(expected));
  }

  it("finds every flip of a single bit", () => {
    const words = blockHeader();
    for (let bit = 0; bit < 256; bit++) {
      words[1 + (bit >> 5)]! ^= 1 << (bit & 31);
      expect(blockHeaderState(words, 1, 4096, 9), `bit ${bit}`).toBe(HEADER_INVALID);
      words[1 + (bit >> 5)]! ^= 1 << (bit & 31);
    }
  });
});

describe("sizes", () => {
  for (const [areaBytes, expected] of [[0, 32], [1, 64], [28, 64], [29, 96], [48, 96], [60, 96], [61, 128], [2500, 2560]] as const) {
    it(`a record with an area of ${areaBytes} bytes takes ${expected}`, () => expect(recordBytes(areaBytes)).toBe(expected));
  }
  for (const [count, expected] of [[0, 0], [1, 32], [2, 64], [4, 64], [5, 96], [RETIRE_BATCH, 160], [RETIRE_BATCH + 1, 192]] as const) {
    it(`${count} retirements take ${expected}`, () => expect(retirementsBytes(count)).toBe(expected));
  }
});

// The bytes of FORMAT.md: golden headers, what a header accepts, and sizes.
import { describe, expect, it } from "vitest";
import { BlockHeader, HEADER_FOREIGN, HEADER_INVALID, HEADER_VALID, recordBytes, RecordHeader, RETIRE_BATCH, retirementsBytes } from "../../src/journal/layout.js";

/** Words of four bytes in hexadecimal. */
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex").replace(/(.{8})(?=.)/g, "$1 ");

function acknowledgement(): RecordHeader {
  const header = new RecordHeader();
  Object.assign(header, { kind: 193, retireCount: 1, bootCount: 1, retiredSequence: 2, retiredBlock: 1, retiredGranule: 3, retiredGranules: 3 });
  return header;
}

function blockHeader(): BlockHeader {
  const header = new BlockHeader();
  Object.assign(header, { blockSequence: 7, tailSequence: 5, bootCount: 3, eraseCount: 2 });
  header.encode(4096, 9);
  return header;
}

describe("record header", () => {
  it("of the example in FORMAT.md", () => {
    const header = acknowledgement();
    header.encode(3, 160);
    expect(hex(header.bytes.subarray(0, 28))).toBe("ebc10001 00000000 01000000 00000000 00000000 02000000 01000303");
  });

  it("is valid in its place only", () => {
    const header = acknowledgement();
    header.encode(3, 160);
    for (const [sequence, offset, valid] of [[3, 160, true], [4, 160, false], [2, 160, false], [3, 128, false], [3, 192, false]] as const) {
      expect(header.decode(sequence, offset), `sequence ${sequence}, offset ${offset}`).toBe(valid);
    }
  });

  it("keeps its fields", () => {
    const fields = { kind: 64, priority: 3, retireCount: 16, payloadBytes: 3000, bootCount: 70_000, sequence: 0x7fffffff, uptimeS: 86_400, retiredSequence: 1, retiredBlock: 65534, retiredGranule: 255, retiredGranules: 97 };
    const header = Object.assign(new RecordHeader(), fields);
    header.encode(1, 64);
    const other = new RecordHeader();
    other.bytes.set(header.bytes);
    expect(other.decode(1, 64)).toBe(true);
    expect(other).toMatchObject(fields);
    expect(other.areaBytes).toBe(3000 + 15 * 8);
  });

  it("finds every flip of a single bit", () => {
    const header = acknowledgement();
    header.encode(3, 160);
    for (let bit = 0; bit < 256; bit++) {
      header.bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(header.decode(3, 160), `bit ${bit}`).toBe(false);
      header.bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
  });
});

describe("block header", () => {
  it("has the bytes of FORMAT.md", () => {
    expect(hex(blockHeader().bytes.subarray(0, 28))).toBe("45424a31 01008000 07000000 05000000 03000000 02000000 09000000");
  });

  for (const [name, blockBytes, blockIndex, expected] of [
    ["in its place", 4096, 9, HEADER_VALID],
    ["with another block size", 512, 9, HEADER_FOREIGN],
    ["in another block", 4096, 8, HEADER_FOREIGN],
  ] as const) {
    it(name, () => expect(blockHeader().decode(blockBytes, blockIndex)).toBe(expected));
  }

  it("finds every flip of a single bit", () => {
    const header = blockHeader();
    for (let bit = 0; bit < 256; bit++) {
      header.bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(header.decode(4096, 9), `bit ${bit}`).toBe(HEADER_INVALID);
      header.bytes[bit >> 3]! ^= 1 << (bit & 7);
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

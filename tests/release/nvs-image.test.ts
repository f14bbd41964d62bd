// NVS images: read back by a reader written from the format's description, entry by entry.
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { makeNvsImage } from "../../src/release/nvs-image.js";

interface Entry {
  readonly namespace: number;
  readonly type: number;
  readonly span: number;
  readonly chunk: number;
  readonly key: string;
  readonly data: Buffer;
  readonly following: Buffer;
}

/** Python's tool of ESP-IDF computes zlib.crc32(data, 0xffffffff). */
const crc = (bytes: Uint8Array): number => crc32(bytes, 0xffff_ffff);

/** Every entry of every page in use, with all checksums and states checked. */
function readNvs(image: Uint8Array): Entry[] {
  const entries: Entry[] = [];
  for (let start = 0; start < image.length; start += 4096) {
    const page = Buffer.from(image.subarray(start, start + 4096));
    if (page.every((byte) => byte === 0xff)) continue;
    expect([0xffff_fffe, 0xffff_fffc]).toContain(page.readUInt32LE(0));
    expect(page.readUInt32LE(4)).toBe(start / 4096);
    expect(page[8]).toBe(0xfe);
    expect(page.readUInt32LE(28)).toBe(crc(page.subarray(4, 28)));
    const state = (entry: number): number => ((page[32 + (entry >> 2)] as number) >> (2 * (entry & 3))) & 3;
    let entry = 0;
    for (; entry < 126 && state(entry) === 2; ) {
      const bytes = page.subarray(64 + 32 * entry, 96 + 32 * entry);
      const span = bytes[2] as number;
      for (let inner = 0; inner < span; inner++) expect(state(entry + inner)).toBe(2);
      expect(bytes.readUInt32LE(4)).toBe(crc(Buffer.concat([bytes.subarray(0, 4), bytes.subarray(8)])));
      entries.push({
        namespace: bytes[0] as number, type: bytes[1] as number, span, chunk: bytes[3] as number, key: bytes.subarray(8, 24).toString("latin1").replace(/\0+$/, ""),
        data: bytes.subarray(24), following: page.subarray(96 + 32 * entry, 64 + 32 * (entry + span)),
      });
      entry += span;
    }
    for (; entry < 126; entry++) expect(state(entry)).toBe(3);
  }
  return entries;
}

describe("makeNvsImage", () => {
  it.each([1, 31, 32, 33, 1000, 4000, 5000, 9000])("holds a blob of %i bytes that reads back", (byteCount) => {
    const blob = Uint8Array.from({ length: byteCount }, (_, index) => (index * 7) & 0xff);
    const entries = readNvs(makeNvsImage("edgebeat", "provision", blob, 0x4000));
    expect(entries[0]).toMatchObject({ namespace: 0, type: 1, key: "edgebeat" });
    expect(entries[0]?.data[0]).toBe(1);
    const chunks = entries.filter(({ type }) => type === 0x42);
    expect(chunks.map(({ chunk }) => chunk)).toEqual(chunks.map((_, index) => index));
    const bytes = Buffer.concat(chunks.map(({ data, following }) => {
      const chunk = following.subarray(0, data.readUInt16LE(0));
      expect(data.readUInt32LE(4)).toBe(crc(chunk));
      return chunk;
    }));
    expect(bytes).toEqual(Buffer.from(blob));
    const index = entries.at(-1);
    expect(index).toMatchObject({ namespace: 1, type: 0x48, key: "provision", chunk: 0xff });
    expect([index?.data.readUInt32LE(0), index?.data[4], index?.data[5]]).toEqual([byteCount, chunks.length, 0]);
  });

  it("leaves a page free, and refuses what would take it", () => {
    expect(() => makeNvsImage("edgebeat", "provision", new Uint8Array(12_000), 0x4000)).toThrow("does not fit an NVS partition of 16384 bytes");
  });

  it.each([["a namespace that is too long", "sixteen-letters-", "key"], ["an empty key", "edgebeat", ""]])("refuses %s", (_what, namespace, key) => {
    expect(() => makeNvsImage(namespace, key, new Uint8Array(4), 0x4000)).toThrow("expected 1 to 15 printable characters");
  });
});

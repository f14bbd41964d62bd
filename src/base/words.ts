// What is done with words of an Int32Array that begins where its memory does: CRC-32, and comparing. Boards with native kernels have src/native/words.ts under this name.
import { CRC_TABLE } from "./crc32.js";

/**
 * As crc32, over the first `byteCount` bytes from a word of `words` on, at less than half the cost on XS: a read of a typed array is the
 * dearest step. For machines on which words are little-endian, as all of ours are.
 */
export function crc32Words(words: Int32Array, start: number, byteCount: number, seed: number): number {
  const table = CRC_TABLE;
  const end = start + (byteCount >> 2);
  let crc = ~seed;
  for (let index = start; index < end; index++) {
    crc ^= words[index] as number;
    crc = (crc >>> 8) ^ (table[crc & 255] as number);
    crc = (crc >>> 8) ^ (table[crc & 255] as number);
    crc = (crc >>> 8) ^ (table[crc & 255] as number);
    crc = (crc >>> 8) ^ (table[crc & 255] as number);
  }
  for (let shift = 0; shift < (byteCount & 3) * 8; shift += 8) {
    crc = (crc >>> 8) ^ (table[(crc ^ ((words[end] as number) >> shift)) & 255] as number);
  }
  return ~crc;
}

/** Are `count` words from `one` on the same as those from `other` on? */
export function areWordsEqual(words: Int32Array, one: number, other: number, count: number): boolean {
  for (let index = 0; index < count; index++) if (words[one + index] !== words[other + index]) return false;
  return true;
}

// CRC-32 and comparing of words in C (words.c), which native boards have under the name of src/base/words.ts.
import { assert } from "../base/assert.js";
import type { areWordsEqual as ReferenceEqual, crc32Words as ReferenceCrc } from "../base/words.js";
import { kernels } from "../native/kernels.js";

export const crc32Words: typeof ReferenceCrc = (words, start, byteCount, seed) => {
  return kernels().edgebeat_crc32(memoryOf(words, 4 * start + byteCount), 4 * start, byteCount, seed);
};

export const areWordsEqual: typeof ReferenceEqual = (words, one, other, count) => {
  return kernels().edgebeat_same(memoryOf(words, 4 * ((one > other ? one : other) + count)), 4 * one, 4 * other, 4 * count) !== 0;
};

/** C gets the memory as it is: nothing would stop it at `end`. */
function memoryOf(words: Int32Array, end: number): ArrayBuffer {
  if (words.byteOffset !== 0 || end > words.byteLength) assert(false, "words: beyond their end");
  return words.buffer as ArrayBuffer;
}

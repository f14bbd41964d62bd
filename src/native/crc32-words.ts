// CRC-32 in C (crc32.c), which native boards have under the name of src/base/crc32-words.ts.
import { assert } from "../base/assert.js";
import type { crc32Words as Reference } from "../base/crc32-words.js";
import { kernels } from "../native/kernels.js";

export const crc32Words: typeof Reference = (words, start, byteCount, seed) => {
  // C gets the memory as it is: nothing would stop it at the end.
  assert(words.byteOffset === 0 && 4 * start + byteCount <= words.byteLength, "crc32Words: beyond the words");
  return kernels().edgebeat_crc32(words.buffer as ArrayBuffer, 4 * start, byteCount, seed);
};

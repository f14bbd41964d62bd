// CRC-32 over a byte range (IEEE 802.3, reflected, polynomial 0xEDB88320), with a table of 256 entries.

/** A plain array: XS reads one in half the time of a typed array, and on the device it lies in ROM. */
const TABLE: readonly number[] = Object.freeze(makeTable());

function makeTable(): number[] {
  const table: number[] = [];
  for (let index = 0; index < 256; index++) {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    table.push(value | 0);
  }
  return table;
}

/**
 * @param bytes Holds the range.
 * @param start First byte of the range.
 * @param end One past its last byte.
 * @param seed CRC of what came before, to go on from there; 0 to start.
 * @returns the CRC as an int32 (not uint32: XS keeps it an integer).
 */
export function crc32(bytes: Uint8Array, start: number, end: number, seed = 0): number {
  const table = TABLE;
  let crc = ~seed;
  for (let index = start; index < end; index++) {
    crc = (crc >>> 8) ^ (table[(crc ^ (bytes[index] as number)) & 255] as number);
  }
  return ~crc;
}

/**
 * As crc32, over the first `byteCount` bytes from a word of `words` on, at less than half the cost on XS: a read of a typed array is the
 * dearest step. For machines on which words are little-endian, as all of ours are.
 */
export function crc32Words(words: Int32Array, start: number, byteCount: number, seed: number): number {
  const table = TABLE;
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

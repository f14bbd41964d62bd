// UpdateHeader: what stands before a firmware image on its way to a device: for which board, which version, how long, its digest, signed.

/*
 * Bytes, numbers little-endian:
 *   0   4  "EBUP"
 *   4   2  format, 1
 *   6   2  0
 *   8   4  version: grows with every release; a device takes no older one
 *   12  4  bytes of the image
 *   16  24 board: name of its folder in hardware/, filled up with 0
 *   40  32 SHA-256 of the image
 *   72  64 signature of the 72 bytes before it: ECDSA on P-256 with SHA-256, r and s
 */
export const UPDATE_HEADER_BYTES = 136;
export const UPDATE_SIGNED_BYTES = 72;
const MAGIC: readonly number[] = Object.freeze([0x45, 0x42, 0x55, 0x50]);
const FORMAT = 1;
const BOARD_OFFSET = 16;
const BOARD_BYTES = 24;
const DIGEST_OFFSET = 40;
const DIGEST_BYTES = 32;

export interface UpdateHeader {
  readonly version: number;
  readonly imageBytes: number;
  readonly board: string;
  readonly digest: Uint8Array;
}

/** Encodes the part that is signed; the signature follows it. @returns UPDATE_SIGNED_BYTES bytes */
export function encodeSignedPart(header: UpdateHeader): Uint8Array {
  const bytes = new Uint8Array(UPDATE_SIGNED_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint16(4, FORMAT, true);
  view.setUint32(8, header.version, true);
  view.setUint32(12, header.imageBytes, true);
  for (let index = 0; index < Math.min(header.board.length, BOARD_BYTES); index++) bytes[BOARD_OFFSET + index] = header.board.charCodeAt(index);
  bytes.set(header.digest, DIGEST_OFFSET);
  return bytes;
}

/** @returns the header, unchecked but for its form; undefined for bytes of another form */
export function decodeUpdateHeader(bytes: Uint8Array): UpdateHeader | undefined {
  if (bytes.length !== UPDATE_HEADER_BYTES) return undefined;
  for (let index = 0; index < MAGIC.length; index++) if (bytes[index] !== MAGIC[index]) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint16(4, true) !== FORMAT || view.getUint16(6, true) !== 0) return undefined;
  let board = "";
  for (let index = BOARD_OFFSET; index < BOARD_OFFSET + BOARD_BYTES && bytes[index] !== 0; index++) board += String.fromCharCode(bytes[index] as number);
  return { version: view.getUint32(8, true), imageBytes: view.getUint32(12, true), board, digest: bytes.slice(DIGEST_OFFSET, DIGEST_OFFSET + DIGEST_BYTES) };
}

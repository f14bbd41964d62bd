// The envelope of an encrypted message: COSE_Encrypt0 (RFC 9052) in its one deterministic encoding. See FORMAT.md.
import { assert } from "../base/assert.js";
import { isEqual, putText } from "./bytes.js";

/** Algorithm identifiers of AES-GCM with keys of 16 and 32 bytes. Source: RFC 9053, section 4.1. */
export const A128GCM = 1;
export const A256GCM = 3;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Byte string of the protected header {1: algorithm, 4: key epoch as 4 bytes}: the algorithm, third from the end, and the epoch behind it are filled in. */
const PROTECTED = "\x49\xa2\x01\x00\x04\x44";
/** Tag 16 and "array of 3": the first byte is that of every encrypted message, and never that of a plain one. */
const MESSAGE_START = `\xd0\x83${PROTECTED}`;
export const ALGORITHM_OFFSET = MESSAGE_START.length - 3;
export const EPOCH_OFFSET = MESSAGE_START.length;
/** Unprotected header {5: nonce}, the nonce missing. */
const UNPROTECTED = "\xa1\x05\x4c";
const UNPROTECTED_OFFSET = EPOCH_OFFSET + 4;
const NONCE_OFFSET = UNPROTECTED_OFFSET + UNPROTECTED.length;
const CIPHERTEXT_OFFSET = NONCE_OFFSET + NONCE_BYTES;
/** An Enc_structure, an array of 3: its context, the protected header, and then the topic. Source: RFC 9052, section 5.3. */
const ASSOCIATED_START = `\x83\x68Encrypt0${PROTECTED}`;
const TOPIC_OFFSET = ASSOCIATED_START.length + 4;
/** Longest ciphertext with its tag: longer ones would need another length. [bytes] */
export const SEALED_BYTES_MAX = 0xffff;

export interface Envelope {
  /** Bytes of the key: 16 or 32. */
  readonly keyBytes: number;
  /** Which of the device's keys. */
  readonly epoch: number;
  readonly nonce: Uint8Array;
  /** Ciphertext and tag. */
  readonly sealed: Uint8Array;
}

/** Is it encrypted, as far as its first byte tells? */
export function isSealed(message: Uint8Array): boolean {
  return message[0] === MESSAGE_START.charCodeAt(0);
}

/** @returns the message of an envelope */
export function encodeEnvelope({ keyBytes, epoch, nonce, sealed }: Envelope): Uint8Array {
  const sealedBytes = sealed.length;
  assert(sealedBytes <= SEALED_BYTES_MAX, "COSE: more than 65535 bytes");
  const headBytes = CIPHERTEXT_OFFSET + lengthBytes(sealedBytes);
  const message = new Uint8Array(headBytes + sealedBytes);
  putStart(message, MESSAGE_START, keyBytes, epoch);
  putText(message, UNPROTECTED_OFFSET, UNPROTECTED);
  message.set(nonce, NONCE_OFFSET);
  putLength(message, CIPHERTEXT_OFFSET, sealedBytes);
  message.set(sealed, headBytes);
  return message;
}

/** @returns the envelope of a message, which it shares; undefined for what is not exactly what `encodeEnvelope` makes with a key of that length and epoch */
export function readEnvelope(message: Uint8Array, keyBytes: number, epoch: number): Envelope | undefined {
  const afterNonce = message.length - CIPHERTEXT_OFFSET;
  const sealedBytes = afterNonce - (afterNonce < 25 ? 1 : afterNonce < 258 ? 2 : 3);
  if (sealedBytes < TAG_BYTES || sealedBytes > SEALED_BYTES_MAX) return undefined;
  const envelope = { keyBytes, epoch, nonce: message.subarray(NONCE_OFFSET, CIPHERTEXT_OFFSET), sealed: message.subarray(message.length - sealedBytes) };
  return isEqual(encodeEnvelope(envelope), message) ? envelope : undefined;
}

/** @returns what is authenticated besides the ciphertext (the Enc_structure): headers and the topic, at most 255 ASCII characters */
export function associatedData(keyBytes: number, epoch: number, topic: string): Uint8Array {
  const textOffset = TOPIC_OFFSET + lengthBytes(topic.length);
  const bytes = new Uint8Array(textOffset + topic.length);
  putStart(bytes, ASSOCIATED_START, keyBytes, epoch);
  putLength(bytes, TOPIC_OFFSET, topic.length);
  putText(bytes, textOffset, topic);
  return bytes;
}

/** @param start ends with PROTECTED */
function putStart(bytes: Uint8Array, start: string, keyBytes: number, epoch: number): void {
  assert(keyBytes === 16 || keyBytes === 32, "COSE: a key has 16 or 32 bytes");
  putText(bytes, 0, start);
  bytes[start.length - 3] = keyBytes === 16 ? A128GCM : A256GCM;
  putBigEndian(bytes, start.length, epoch);
}

/** Bytes of the head of a byte string, in its shortest form (RFC 8949, section 4.2.1). */
function lengthBytes(byteCount: number): number {
  return byteCount < 24 ? 1 : byteCount < 256 ? 2 : 3;
}

function putLength(bytes: Uint8Array, offset: number, byteCount: number): void {
  const count = lengthBytes(byteCount);
  if (count === 3) bytes[offset + 1] = byteCount >> 8;
  bytes[offset + count - 1] = byteCount;
  // In the first byte: the length itself, or that one or two bytes of it follow (0x58, 0x59).
  bytes[offset] = count === 1 ? 0x40 + byteCount : 0x56 + count;
}

/** Stores a whole number below 2^32 in four bytes, the highest first. */
export function putBigEndian(bytes: Uint8Array, offset: number, value: number): void {
  for (let index = 0; index < 4; index++) bytes[offset + index] = value >>> (24 - 8 * index);
}

export function getBigEndian(bytes: Uint8Array, offset: number): number {
  return (((bytes[offset] as number) << 24) | ((bytes[offset + 1] as number) << 16) | ((bytes[offset + 2] as number) << 8) | (bytes[offset + 3] as number)) >>> 0;
}

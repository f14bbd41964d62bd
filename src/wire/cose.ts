// The envelope of an encrypted message: COSE_Encrypt0 (RFC 9052) in its one deterministic encoding. See FORMAT.md.
import { assert } from "../base/assert.js";
import { putText } from "./bytes.js";
import type { Decoded } from "./record.js";

/** Algorithm identifiers of AES-GCM with keys of 16 and 32 bytes. Source: RFC 9053, section 4.1. */
const A128GCM = 1;
const A256GCM = 3;

/** Tag 16 and "array of 3": the first byte of every encrypted message, and never that of a plain one. */
const COSE_ENCRYPT0 = 0xd0;
const ARRAY_3 = 0x83;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Protected header: {1: algorithm, 4: key epoch as 4 bytes}. */
const PROTECTED_OFFSET = 3;
const PROTECTED_BYTES = 9;
const ALGORITHM_OFFSET = PROTECTED_OFFSET + 2;
const EPOCH_OFFSET = PROTECTED_OFFSET + 5;
/** Unprotected header: {5: nonce}. */
const NONCE_OFFSET = PROTECTED_OFFSET + PROTECTED_BYTES + 3;
const CIPHERTEXT_OFFSET = NONCE_OFFSET + NONCE_BYTES;
/** The context of an Enc_structure. Source: RFC 9052, section 5.3. */
const CONTEXT = "Encrypt0";
/** Longest ciphertext with its tag: longer ones would need another length. [bytes] */
const SEALED_BYTES_MAX = 0xffff;

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
  return message[0] === COSE_ENCRYPT0;
}

/** @returns the message of an envelope */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const sealedBytes = envelope.sealed.length;
  assert(sealedBytes <= SEALED_BYTES_MAX, "COSE: more than 65535 bytes");
  const message = new Uint8Array(headBytes(sealedBytes) + sealedBytes);
  putHead(message, envelope, sealedBytes);
  message.set(envelope.sealed, headBytes(sealedBytes));
  return message;
}

/** Bytes before the ciphertext. */
function headBytes(sealedBytes: number): number {
  return CIPHERTEXT_OFFSET + (sealedBytes < 24 ? 1 : sealedBytes < 256 ? 2 : 3);
}

function putHead(message: Uint8Array, envelope: Envelope, sealedBytes: number): void {
  message.set([COSE_ENCRYPT0, ARRAY_3, 0x40 + PROTECTED_BYTES]);
  putProtected(message, PROTECTED_OFFSET, envelope.keyBytes, envelope.epoch);
  message.set([0xa1, 0x05, 0x40 + NONCE_BYTES], NONCE_OFFSET - 3);
  message.set(envelope.nonce, NONCE_OFFSET);
  putLength(message, CIPHERTEXT_OFFSET, sealedBytes);
}

/** Reads an envelope, without a copy. What is not exactly what `encodeEnvelope` makes is refused. */
export function decodeEnvelope(message: Uint8Array): Decoded<Envelope> {
  const sealedBytes = message.length - CIPHERTEXT_OFFSET - (message.length < CIPHERTEXT_OFFSET + 25 ? 1 : message.length < CIPHERTEXT_OFFSET + 258 ? 2 : 3);
  if (sealedBytes < TAG_BYTES || sealedBytes > SEALED_BYTES_MAX)
    return { ok: false, problem: `envelope: ${message.length} bytes, expected ${CIPHERTEXT_OFFSET + 1 + TAG_BYTES} to ${CIPHERTEXT_OFFSET + 3 + SEALED_BYTES_MAX}` };
  const algorithm = message[ALGORITHM_OFFSET];
  if (algorithm !== A128GCM && algorithm !== A256GCM) return { ok: false, problem: `envelope.algorithm: ${algorithm}, expected 1 (A128GCM) or 3 (A256GCM)` };
  const sealed = message.subarray(message.length - sealedBytes);
  const nonce = message.subarray(NONCE_OFFSET, CIPHERTEXT_OFFSET);
  const envelope = { keyBytes: algorithm === A128GCM ? 16 : 32, epoch: getBigEndian(message, EPOCH_OFFSET), nonce, sealed };
  const expected = new Uint8Array(message.length - sealedBytes);
  putHead(expected, envelope, sealedBytes);
  for (let index = 0; index < expected.length; index++)
    if (message[index] !== expected[index]) return { ok: false, problem: `envelope: byte ${index} is ${message[index]}, expected ${expected[index]}` };
  return { ok: true, value: envelope };
}

/** @returns what is authenticated besides the ciphertext (the Enc_structure): headers and the topic, at most 255 ASCII characters */
export function associatedData(keyBytes: number, epoch: number, topic: string): Uint8Array {
  assert(topic.length <= 255, "associatedData: topic above 255 characters");
  const topicOffset = 2 + CONTEXT.length + 1 + PROTECTED_BYTES;
  const lengthBytes = topic.length < 24 ? 1 : 2;
  const bytes = new Uint8Array(topicOffset + lengthBytes + topic.length);
  bytes[0] = ARRAY_3;
  bytes[1] = 0x60 + CONTEXT.length;
  putText(bytes, 2, CONTEXT);
  bytes[2 + CONTEXT.length] = 0x40 + PROTECTED_BYTES;
  putProtected(bytes, 3 + CONTEXT.length, keyBytes, epoch);
  putLength(bytes, topicOffset, topic.length);
  putText(bytes, topicOffset + lengthBytes, topic);
  return bytes;
}

function putProtected(bytes: Uint8Array, offset: number, keyBytes: number, epoch: number): void {
  assert(keyBytes === 16 || keyBytes === 32, "COSE: a key has 16 or 32 bytes");
  bytes.set([0xa2, 0x01, keyBytes === 16 ? A128GCM : A256GCM, 0x04, 0x44], offset);
  putBigEndian(bytes, offset + 5, epoch);
}

/** Head of a byte string, in its shortest form (RFC 8949, section 4.2.1). */
function putLength(bytes: Uint8Array, offset: number, byteCount: number): void {
  if (byteCount < 24) {
    bytes[offset] = 0x40 + byteCount;
  } else if (byteCount < 256) {
    bytes[offset] = 0x58;
    bytes[offset + 1] = byteCount;
  } else {
    bytes[offset] = 0x59;
    bytes[offset + 1] = byteCount >> 8;
    bytes[offset + 2] = byteCount;
  }
}

/** Stores a whole number below 2^32 in four bytes, the highest first. */
export function putBigEndian(bytes: Uint8Array, offset: number, value: number): void {
  for (let index = 0; index < 4; index++) bytes[offset + index] = value >>> (24 - 8 * index);
}

export function getBigEndian(bytes: Uint8Array, offset: number): number {
  return (((bytes[offset] as number) << 24) | ((bytes[offset + 1] as number) << 16) | ((bytes[offset + 2] as number) << 8) | (bytes[offset + 3] as number)) >>> 0;
}

// Reads messages of the device and commands to it as src/wire/FORMAT.md and src/journal/FORMAT.md describe them. Written from these two,
// sharing no code with the firmware: what the checkers of the swarm know of the bytes.
import { createCipheriv, createDecipheriv } from "node:crypto";

export interface AlertFacts {
  /** boot count and sequence: the alert's name. */
  readonly name: string;
  readonly condition: number;
  readonly phase: number;
  readonly priority: number;
  readonly boot: number;
  readonly sequence: number;
  readonly onsetSequence: number;
  readonly onsetMs: number;
  readonly raisedMs: number;
  readonly wallMs: number;
  readonly clockQuality: number;
  readonly latching: boolean;
  readonly onsetSample: number;
  readonly limit: number;
  /** All bytes in hexadecimal; those that may be filled in later (Unix time and clock quality) apart. */
  readonly fixed: string;
}

export interface DropFacts {
  readonly reason: number;
  readonly lane: number;
  readonly priority: number;
  readonly count: number;
  readonly oldest: string;
  readonly newest: string;
}

export interface MessageFacts {
  readonly kind: number;
  readonly late: boolean;
  readonly redelivered: boolean;
  readonly boot: number;
  readonly sentMs: number;
  readonly sentWallMs: number;
  readonly record: Uint8Array;
}

export const KIND_ALERT = 1;
export const KIND_STATUS = 2;
export const KIND_DROPPED = 63;
export const KIND_STRIP = 64;
const HEADER_BYTES = 24;
const ALERT_BYTES = 50;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function u48(view: DataView, offset: number): number {
  return view.getUint32(offset, true) + view.getUint16(offset + 4, true) * 2 ** 32;
}

/** @returns what the message says, or what is wrong with it. */
export function readMessage(bytes: Uint8Array): MessageFacts | string {
  if (bytes.length < HEADER_BYTES) return `a message of ${bytes.length} bytes`;
  const view = viewOf(bytes);
  if (view.getUint8(0) !== 1) return `a message of version ${view.getUint8(0)}`;
  if (HEADER_BYTES + view.getUint16(20, true) !== bytes.length) return `a message of ${bytes.length} bytes that announces ${view.getUint16(20, true)}`;
  const flags = view.getUint8(2);
  return {
    kind: view.getUint8(1), late: (flags & 1) !== 0, redelivered: (flags & 2) !== 0, boot: view.getUint32(4, true), sentMs: u48(view, 8), sentWallMs: u48(view, 14),
    record: bytes.subarray(HEADER_BYTES),
  };
}

/** @returns what the alert says, or what is wrong with it. */
export function readAlert(bytes: Uint8Array): AlertFacts | string {
  if (bytes.length !== ALERT_BYTES) return `an alert of ${bytes.length} bytes`;
  const view = viewOf(bytes);
  if (view.getUint8(0) !== 1) return `an alert of version ${view.getUint8(0)}`;
  const boot = view.getUint32(4, true);
  const sequence = view.getUint32(8, true);
  return {
    name: `${boot}.${sequence}`, condition: view.getUint8(1), phase: view.getUint8(2), priority: view.getUint8(3), boot, sequence,
    onsetMs: u48(view, 12), raisedMs: u48(view, 18), wallMs: u48(view, 24), clockQuality: view.getUint8(30), latching: view.getUint8(31) === 1,
    onsetSample: u48(view, 32), limit: view.getInt32(42, true), onsetSequence: view.getUint32(46, true),
    fixed: Buffer.concat([bytes.subarray(0, 24), bytes.subarray(31)]).toString("hex"),
  };
}

/** @returns what the drop report says, or what is wrong with it. */
export function readDrop(bytes: Uint8Array): DropFacts | string {
  if (bytes.length !== 32) return `a drop report of ${bytes.length} bytes`;
  const view = viewOf(bytes);
  return {
    reason: view.getUint8(1), lane: view.getUint8(2), priority: view.getUint8(3), count: view.getUint32(4, true),
    oldest: `${view.getUint32(8, true)}.${view.getUint32(16, true)}`, newest: `${view.getUint32(20, true)}.${view.getUint32(28, true)}`,
  };
}

/** What a status says of commands. */
export interface CommandStatus {
  readonly sequence: number;
  readonly result: number;
  readonly unacknowledged: number;
  readonly refused: number;
}

export function readCommandStatus(record: Uint8Array): CommandStatus | string {
  if (record.length < 44) return `a status of ${record.length} bytes`;
  const view = viewOf(record);
  return { sequence: u48(view, 32), result: view.getUint8(38), unacknowledged: view.getUint8(39), refused: view.getUint32(40, true) };
}

export interface PartFacts {
  /** Name of the alert that the strip belongs to. */
  readonly alert: string;
  readonly index: number;
  readonly isLast: boolean;
  readonly firstSample: number;
  /** [uV] */
  readonly samplesUv: readonly number[];
}

/** @returns what the part of a strip says, or what is wrong with it. */
export function readPart(bytes: Uint8Array): PartFacts | string {
  if (bytes.length < 22) return `a part of a strip of ${bytes.length} bytes`;
  const view = viewOf(bytes);
  const count = view.getUint16(18, true);
  const samplesUv = count > 0 ? [view.getInt16(20, true)] : [];
  let offset = 22;
  while (samplesUv.length < count && offset < bytes.length) {
    let code = 0;
    let weight = 1;
    for (; (bytes[offset] as number) > 127; weight *= 128) code += weight * ((bytes[offset++] as number) - 128);
    code += weight * (bytes[offset++] as number);
    samplesUv.push((samplesUv.at(-1) as number) + (code % 2 === 0 ? code / 2 : -(code + 1) / 2));
  }
  if (samplesUv.length !== count || offset !== bytes.length) return `a part of a strip of ${bytes.length} bytes that announces ${count} samples`;
  return { alert: `${view.getUint32(4, true)}.${view.getUint32(8, true)}`, index: view.getUint8(1), isLast: (view.getUint8(2) & 1) === 1, firstSample: u48(view, 12), samplesUv };
}

export interface Opened {
  readonly epoch: number;
  /** 12 bytes in hexadecimal. */
  readonly nonce: string;
  readonly plain: Uint8Array;
}

/** Tag, array of three, protected header with algorithm and epoch, unprotected header with nonce; as hexadecimal digits. */
const ENVELOPE = /^d08349a201(01|03)0444([0-9a-f]{8})a1054c([0-9a-f]{24})$/;
const ENVELOPE_BYTES = 27;

/** @param keyOf the key of an epoch @returns what is in the envelope, or why it can't be opened: it is not, or not by this key, or not for this topic */
export function openEnvelope(bytes: Uint8Array, topic: string, keyOf: (epoch: number) => Uint8Array | undefined): Opened | string {
  const head = ENVELOPE.exec(Buffer.from(bytes.subarray(0, ENVELOPE_BYTES)).toString("hex"));
  if (!head) return "not encrypted as COSE_Encrypt0";
  const [, algorithm, epochDigits, nonce] = head as unknown as [string, string, string, string];
  const epoch = Number.parseInt(epochDigits, 16);
  const key = keyOf(epoch);
  if (!key) return `encrypted under key ${epoch}, which nobody has`;
  if (algorithm !== (key.length === 16 ? "01" : "03")) return `algorithm ${algorithm} with a key of ${key.length} bytes`;
  const rest = Buffer.from(bytes.subarray(ENVELOPE_BYTES));
  const lengthBytes = rest.length < 1 + 24 ? 1 : rest.length < 2 + 256 ? 2 : 3;
  const sealed = rest.subarray(lengthBytes);
  if (sealed.length < 16 || !byteStringHead(sealed.length).equals(rest.subarray(0, lengthBytes))) return "a length that does not fit what follows";
  try {
    const decipher = createDecipheriv(key.length === 16 ? "aes-128-gcm" : "aes-256-gcm", key, Buffer.from(nonce, "hex"));
    decipher.setAAD(encStructure(head[0].slice(4, 24), topic)).setAuthTag(sealed.subarray(-16));
    return { epoch, nonce, plain: Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]) };
  } catch {
    return `not genuine on ${topic}`;
  }
}

/** @returns `plain` in an envelope */
export function sealEnvelope(plain: Uint8Array, topic: string, epoch: number, key: Uint8Array, nonce: Uint8Array): Uint8Array {
  const digits = `a201${key.length === 16 ? "01" : "03"}0444${epoch.toString(16).padStart(8, "0")}`;
  const cipher = createCipheriv(key.length === 16 ? "aes-128-gcm" : "aes-256-gcm", key, nonce).setAAD(encStructure(`49${digits}`, topic));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return new Uint8Array(Buffer.concat([Buffer.from(`d08349${digits}a1054c`, "hex"), nonce, byteStringHead(sealed.length), sealed]));
}

/** RFC 9052, section 5.3: ["Encrypt0", protected header, topic]. */
function encStructure(protectedDigits: string, topic: string): Buffer {
  return Buffer.concat([Buffer.from(`8368${Buffer.from("Encrypt0").toString("hex")}${protectedDigits}`, "hex"), byteStringHead(topic.length), Buffer.from(topic)]);
}

/** Head of a byte string in CBOR. */
function byteStringHead(byteCount: number): Buffer {
  if (byteCount < 24) return Buffer.of(0x40 + byteCount);
  return byteCount < 256 ? Buffer.of(0x58, byteCount) : Buffer.of(0x59, byteCount >> 8, byteCount & 255);
}

/** @returns alerts that the device says are in its flash. */
export function pendingOfStatus(record: Uint8Array): number {
  return viewOf(record).getUint32(24, true);
}

// Reads messages of the device as src/wire/FORMAT.md and src/journal/FORMAT.md describe them. Written from these two, sharing no code with
// the firmware: what the checkers of the swarm know of the bytes.

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
  readonly onsetSample: number;
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
    onsetMs: u48(view, 12), raisedMs: u48(view, 18), wallMs: u48(view, 24), clockQuality: view.getUint8(30), onsetSample: u48(view, 32),
    onsetSequence: view.getUint32(46, true),
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

/** @returns alerts that the device says are in its flash. */
export function pendingOfStatus(record: Uint8Array): number {
  return viewOf(record).getUint32(24, true);
}

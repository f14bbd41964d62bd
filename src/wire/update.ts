// Updates on the wire: the signed header before a firmware image, and the device's report of how an update goes. See FORMAT.md.
import { assert } from "../base/assert.js";
import { getU32, getU48, putU32, putU48 } from "./bytes.js";
import { type Decoded, RECORD_VERSION, headProblem } from "./record.js";

/** Bytes of a header, and of the part of it that the signature behind it signs. */
export const UPDATE_HEADER_BYTES = 136;
export const UPDATE_SIGNED_BYTES = 72;
const MAGIC: readonly number[] = Object.freeze([0x45, 0x42, 0x55, 0x50]);
const FORMAT = 1;
const BOARD_OFFSET = 16;
const BOARD_BYTES = 24;
const DIGEST_OFFSET = 40;
const DIGEST_BYTES = 32;

/** Most bytes of an image in one message: what a device holds of it in RAM. */
export const UPDATE_PIECE_BYTES_MAX = 512;
/** Kind of the report in the delivery header. */
export const KIND_UPDATE = 5;
export const UPDATE_REPORT_BYTES = 32;

// What a device is at.
export const UPDATE_IDLE = 0;
/** It asks for the piece at `nextOffset`. */
export const UPDATE_RECEIVING = 1;
/** The image is whole and right; it starts with the next restart. */
export const UPDATE_SELECTED = 2;
/** The new firmware runs and has not proved itself yet. */
export const UPDATE_ON_TRIAL = 3;
export const UPDATE_STATE_NAMES = Object.freeze(["idle", "receiving", "selected", "on trial"] as const);

// What became of the last offer. Never reuse a number.
export const UPDATE_GOES_ON = 0;
/** The image is whole, its digest is right, and it starts on trial at the next start. */
export const UPDATE_DONE = 1;
// Refusals. Nothing was changed by those up to UPDATE_UNSIGNED.
export const UPDATE_BAD_HEADER = 2;
export const UPDATE_WRONG_BOARD = 3;
/** The same version or an older one: an old image, once signed, must not bring its defects back. */
export const UPDATE_NOT_NEWER = 4;
export const UPDATE_TOO_BIG = 5;
/** The running firmware has not proved itself; the other slot is the way back. */
export const UPDATE_TRIAL_UNDER_WAY = 6;
export const UPDATE_UNSIGNED = 7;
/** A piece that is not the next one; the update goes on with the right one. */
export const UPDATE_OUT_OF_ORDER = 8;
/** The flash failed. */
export const UPDATE_SLOT_FAULT = 9;
/** The image is not what was signed. */
export const UPDATE_BAD_IMAGE = 10;
export const UPDATE_RESULT_NAMES = Object.freeze([
  "goes on", "done", "no update header", "an image for another board", "not newer than what runs", "longer than a slot", "the firmware that runs is on trial itself",
  "not signed with the key that the device knows", "a piece out of order", "the flash failed", "the image is not the one that was signed",
] as const);

export interface UpdateHeader {
  /** As `versionNumber` says. */
  readonly version: number;
  readonly imageBytes: number;
  /** Name of its folder in hardware/. */
  readonly board: string;
  /** SHA-256 of the image. */
  readonly digest: Uint8Array;
}

/** How a device and its update are. */
export interface UpdateReport {
  /** UPDATE_IDLE and so on. */
  state: number;
  /** UPDATE_GOES_ON and so on. */
  result: number;
  bootCount: number;
  runningVersion: number;
  /** Of the last offer since start, 0 if there was none. */
  offeredVersion: number;
  imageBytes: number;
  /** Where the next piece begins. */
  nextOffset: number;
  /** Number of the command with the offer; 0 if there was none since start. */
  sequence: number;
}

/** Number of a version MAJOR.MINOR.PATCH, by which versions compare. Of each part, less than 1000. */
export function versionNumber(version: string): number {
  let number = 0;
  for (const part of version.split(".")) number = number * 1000 + Number(part);
  return number;
}

export function versionText(number: number): string {
  return `${Math.floor(number / 1_000_000)}.${Math.floor(number / 1000) % 1000}.${number % 1000}`;
}

/** Encodes the part that is signed; the signature follows it. @returns UPDATE_SIGNED_BYTES bytes */
export function encodeSignedPart(header: UpdateHeader): Uint8Array {
  assert(header.board.length <= BOARD_BYTES, "encodeSignedPart: board of more than 24 characters");
  const bytes = new Uint8Array(UPDATE_SIGNED_BYTES);
  bytes.set(MAGIC);
  putU32(bytes, 4, FORMAT);
  putU32(bytes, 8, header.version);
  putU32(bytes, 12, header.imageBytes);
  for (let index = 0; index < header.board.length; index++) bytes[BOARD_OFFSET + index] = header.board.charCodeAt(index);
  bytes.set(header.digest, DIGEST_OFFSET);
  return bytes;
}

/** @returns the header, unchecked but for its form; undefined for bytes of another form */
export function decodeUpdateHeader(bytes: Uint8Array): UpdateHeader | undefined {
  if (bytes.length !== UPDATE_HEADER_BYTES || getU32(bytes, 4) !== FORMAT) return undefined;
  for (let index = 0; index < MAGIC.length; index++) if (bytes[index] !== MAGIC[index]) return undefined;
  let board = "";
  for (let index = BOARD_OFFSET; index < BOARD_OFFSET + BOARD_BYTES && bytes[index] !== 0; index++) board += String.fromCharCode(bytes[index] as number);
  return { version: getU32(bytes, 8), imageBytes: getU32(bytes, 12), board, digest: bytes.slice(DIGEST_OFFSET, DIGEST_OFFSET + DIGEST_BYTES) };
}

/** Encodes a report into the first UPDATE_REPORT_BYTES of `into`. @returns UPDATE_REPORT_BYTES */
export function encodeUpdateReport(report: UpdateReport, into: Uint8Array): number {
  assert(into.length >= UPDATE_REPORT_BYTES, "encodeUpdateReport: buffer too small");
  into[0] = RECORD_VERSION;
  into[1] = report.state;
  into[2] = report.result;
  into[3] = 0;
  putU32(into, 4, report.bootCount);
  putU32(into, 8, report.runningVersion);
  putU32(into, 12, report.offeredVersion);
  putU32(into, 16, report.imageBytes);
  putU32(into, 20, report.nextOffset);
  putU48(into, 24, report.sequence);
  into[30] = 0;
  into[31] = 0;
  return UPDATE_REPORT_BYTES;
}

export function decodeUpdateReport(bytes: Uint8Array): Decoded<UpdateReport> {
  const problem = headProblem(bytes, "update", UPDATE_REPORT_BYTES);
  if (problem) return { ok: false, problem };
  const state = bytes[1] as number;
  if (state > UPDATE_ON_TRIAL) return { ok: false, problem: `update.state: ${state}, expected 0 to ${UPDATE_ON_TRIAL}` };
  return {
    ok: true,
    value: {
      state, result: bytes[2] as number, bootCount: getU32(bytes, 4), runningVersion: getU32(bytes, 8), offeredVersion: getU32(bytes, 12),
      imageBytes: getU32(bytes, 16), nextOffset: getU32(bytes, 20), sequence: getU48(bytes, 24),
    },
  };
}

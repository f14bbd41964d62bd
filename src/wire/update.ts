// Updates on the wire: the signed header before a firmware image, and the device's report of how an update goes. See FORMAT.md.
import { getU32, putU16, putU32, putU48 } from "./bytes.js";
import { startRecord } from "./record.js";

/** Bytes of a header, and of the part of it that the signature behind it signs. */
export const UPDATE_HEADER_BYTES = 136;
export const UPDATE_SIGNED_BYTES = 72;
/** "EBUP", the first byte lowest. */
export const UPDATE_MAGIC = 0x5055_4245;
export const UPDATE_FORMAT = 1;
export const BOARD_OFFSET = 16;
export const BOARD_BYTES = 24;
export const DIGEST_OFFSET = 40;

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
export interface UpdateHeader {
  /** As `versionNumber` says. */
  readonly version: number;
  readonly imageBytes: number;
  /** Name of its folder in hardware/. */
  readonly board: string;
  /** SHA-256 of the image. */
  readonly digest: Uint8Array;
}

export interface SignedHeader extends UpdateHeader {
  /** The bytes that are signed, which are all of the above. */
  readonly signed: Uint8Array;
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
  return version.split(".").reduce((number, part) => number * 1000 + Number(part), 0);
}

/** @returns the header, unchecked but for its form; undefined for bytes of another form */
export function decodeUpdateHeader(bytes: Uint8Array): SignedHeader | undefined {
  if (bytes.length !== UPDATE_HEADER_BYTES || getU32(bytes, 0) !== UPDATE_MAGIC || getU32(bytes, 4) !== UPDATE_FORMAT) return undefined;
  let board = "";
  for (let index = BOARD_OFFSET; index < BOARD_OFFSET + BOARD_BYTES && bytes[index] !== 0; index++) board += String.fromCharCode(bytes[index] as number);
  const signed = bytes.slice(0, UPDATE_SIGNED_BYTES);
  return { version: getU32(bytes, 8), imageBytes: getU32(bytes, 12), board, digest: signed.subarray(DIGEST_OFFSET), signed };
}

/** Encodes a report into the first UPDATE_REPORT_BYTES of `into`. @returns UPDATE_REPORT_BYTES */
export function encodeUpdateReport(report: UpdateReport, into: Uint8Array): number {
  startRecord(into, UPDATE_REPORT_BYTES, report.bootCount);
  into[1] = report.state;
  into[2] = report.result;
  into[3] = 0;
  putU32(into, 8, report.runningVersion);
  putU32(into, 12, report.offeredVersion);
  putU32(into, 16, report.imageBytes);
  putU32(into, 20, report.nextOffset);
  putU48(into, 24, report.sequence);
  putU16(into, 30, 0);
  return UPDATE_REPORT_BYTES;
}

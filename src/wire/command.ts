// Commands to a device: their bytes inside the envelope, and what can have become of one. See FORMAT.md.
import { getU32, getU48 } from "./bytes.js";
import { getBigEndian } from "./cose.js";
import { UPDATE_HEADER_BYTES, UPDATE_PIECE_BYTES_MAX } from "./update.js";

export const COMMAND_VERSION = 1;

/** Kinds of command. Never reuse a number. */
export const COMMAND_SET_LIMITS = 1;
export const COMMAND_ACKNOWLEDGE = 2;
export const COMMAND_SET_TIME = 3;
export const COMMAND_ROTATE_KEY = 4;
export const COMMAND_OFFER_UPDATE = 5;
/** A piece of the image that was offered, numbered as the offer was. It changes nothing for good, so it is neither noted nor answered in the status. */
export const COMMAND_UPDATE_PIECE = 6;

/** What became of a command; status messages carry it. Never reuse a number. */
export const RESULT_NONE = 0;
export const RESULT_DONE = 1;
/** A value is out of its range, or does not go with the others. */
export const RESULT_BAD_VALUE = 2;
/** No alarm of this boot has that number. */
export const RESULT_NO_SUCH_ALARM = 3;
/** The device could not make it durable: nothing has changed. */
export const RESULT_NOT_STORED = 4;
/** A newer kind or version, or not whole. */
export const RESULT_NOT_UNDERSTOOD = 5;

export type LimitName = "asystoleMs" | "pauseMs" | "bradycardiaBpm" | "tachycardiaBpm" | "unreadableMs";
/** Limits that a command can set; on the air a limit is its place here plus 1. Only ever add at the end. */
export const LIMIT_NAMES = Object.freeze("asystoleMs pauseMs bradycardiaBpm tachycardiaBpm unreadableMs".split(" ")) as readonly LimitName[];

export type Command =
  | { readonly kind: typeof COMMAND_SET_LIMITS; readonly limits: ReadonlyMap<LimitName, number> }
  /** The alarm whose onset's alert has this name. */
  | { readonly kind: typeof COMMAND_ACKNOWLEDGE; readonly bootCount: number; readonly alertSequence: number }
  | { readonly kind: typeof COMMAND_SET_TIME; readonly unixMs: number }
  | { readonly kind: typeof COMMAND_ROTATE_KEY; readonly epoch: number; readonly key: Uint8Array }
  /** The header of a signed image. */
  | { readonly kind: typeof COMMAND_OFFER_UPDATE; readonly header: Uint8Array }
  | { readonly kind: typeof COMMAND_UPDATE_PIECE; readonly offset: number; readonly bytes: Uint8Array };

export interface SequencedCommand {
  /** Above that of every command before it: Unix time at its sender. [ms] */
  readonly sequence: number;
  /** Undefined: it came from one that may command, but we do not understand it. */
  readonly command: Command | undefined;
}

/** Key epoch in the envelope of a command: a device has one command key. */
export const COMMAND_EPOCH = 0;

export const COMMAND_HEAD_BYTES = 8;
export const LIMIT_BYTES = 5;

/** Decodes what was in the envelope. @returns undefined for what is too short */
export function decodeCommand(bytes: Uint8Array): SequencedCommand | undefined {
  if (bytes.length < COMMAND_HEAD_BYTES) return undefined;
  const command = bytes[0] === COMMAND_VERSION ? decodeBody(bytes[1] as number, bytes.subarray(COMMAND_HEAD_BYTES)) : undefined;
  return { sequence: getU48(bytes, 2), command };
}

function decodeBody(kind: number, body: Uint8Array): Command | undefined {
  const bytes = body.length;
  if (kind === COMMAND_SET_LIMITS) return decodeLimits(body);
  if (kind === COMMAND_ACKNOWLEDGE && bytes === 8) return { kind, bootCount: getU32(body, 0), alertSequence: getU32(body, 4) };
  if (kind === COMMAND_SET_TIME && bytes === 6) return { kind, unixMs: getU48(body, 0) };
  if (kind === COMMAND_ROTATE_KEY && (bytes === 20 || bytes === 36)) return { kind, epoch: getBigEndian(body, 0), key: body.slice(4) };
  if (kind === COMMAND_OFFER_UPDATE && bytes === UPDATE_HEADER_BYTES) return { kind, header: body };
  if (kind === COMMAND_UPDATE_PIECE && bytes > 4 && bytes <= 4 + UPDATE_PIECE_BYTES_MAX) return { kind, offset: getU32(body, 0), bytes: body.subarray(4) };
  return undefined;
}

function decodeLimits(body: Uint8Array): Command | undefined {
  const limits = new Map<LimitName, number>();
  for (let offset = 0; offset < body.length; offset += LIMIT_BYTES) {
    const name = LIMIT_NAMES[(body[offset] as number) - 1];
    if (name === undefined || limits.has(name) || offset + LIMIT_BYTES > body.length) return undefined;
    limits.set(name, getU32(body, offset + 1));
  }
  return limits.size > 0 ? { kind: COMMAND_SET_LIMITS, limits } : undefined;
}

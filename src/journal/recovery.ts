// Mount-time recovery: what becomes of every combination of what can be found on flash.
import { JOURNAL_FAULT, JOURNAL_FOREIGN } from "./codes.js";
import type { HeaderState } from "./layout.js";
import { HEADER_FOREIGN, HEADER_UNREADABLE, HEADER_VALID, KIND_FORGOTTEN_MIN, KIND_KEPT_MIN } from "./layout.js";

/** Take the block's sequence from its header: the last valid copy of the two that was read. */
export const BLOCK_USED = 1;
/** No header: nothing in it counts; it is erased before it is used. */
export const BLOCK_FREE = 2;
/** Written by a newer firmware or for another geometry: the journal must not be mounted, let alone formatted. */
export const BLOCK_FOREIGN = 3;
/** The part could not be read: neither use nor erase it in this boot. */
export const BLOCK_BAD = 4;
export type BlockFate = typeof BLOCK_USED | typeof BLOCK_FREE | typeof BLOCK_FOREIGN | typeof BLOCK_BAD;

/** @returns what to do with a block whose two header copies are in these states. */
export function blockFate(first: HeaderState, second: HeaderState): BlockFate {
  if (first === HEADER_FOREIGN || second === HEADER_FOREIGN) return BLOCK_FOREIGN;
  // A cut between the copies leaves the first one valid and the second one not. If it is the other way round, bits of the first have rotted.
  if (first === HEADER_VALID || second === HEADER_VALID) return BLOCK_USED;
  return first === HEADER_UNREADABLE || second === HEADER_UNREADABLE ? BLOCK_BAD : BLOCK_FREE;
}

/** Go on with the log that was found. */
export const MOUNT_CONTINUE = 0;
/** Nothing was ever stored here: start a log. */
export const MOUNT_FORMAT = 1;
/** Or say why not. JOURNAL_FOREIGN: a newer firmware's log, of which every byte is left alone. JOURNAL_FAULT: the part gives no answers; starting a log might destroy one that exists. */
export type MountFate = typeof MOUNT_CONTINUE | typeof MOUNT_FORMAT | typeof JOURNAL_FOREIGN | typeof JOURNAL_FAULT;

/** @returns what to do with a flash on which blocks of these sorts were found. */
export function mountFate(anyForeign: boolean, anyValid: boolean, anyUnreadable: boolean): MountFate {
  if (anyForeign) return JOURNAL_FOREIGN;
  if (anyValid) return MOUNT_CONTINUE;
  return anyUnreadable ? JOURNAL_FAULT : MOUNT_FORMAT;
}

/** It waits for delivery. */
export const RECORD_PENDING = 0;
/** It is not ours to understand, but must survive: it is carried along like a pending record, without being offered. */
export const RECORD_KEPT = 1;
/** It has done all it does once its retirements are applied. */
export const RECORD_SPENT = 2;
export type RecordFate = typeof RECORD_PENDING | typeof RECORD_KEPT | typeof RECORD_SPENT;

/** @returns what a record of `kind` (0 to 255) is to recovery. */
export function recordFate(kind: number): RecordFate {
  if (kind > 0 && kind < KIND_KEPT_MIN) return RECORD_PENDING;
  return kind < KIND_FORGOTTEN_MIN ? RECORD_KEPT : RECORD_SPENT;
}

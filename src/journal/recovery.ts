// Mount-time recovery as decision tables: every combination of what can be found on flash has exactly one row.
import { assert } from "../base/assert.js";
import type { HeaderState } from "./layout.js";
import { HEADER_INVALID, HEADER_UNREADABLE, KIND_BOOT, KIND_FORGOTTEN_MIN, KIND_KEPT_MIN } from "./layout.js";

/** Take the block's sequence from this copy of its header. */
export const BLOCK_USE_FIRST = 0;
export const BLOCK_USE_SECOND = 1;
/** No header: nothing in it counts; it is erased before it is used. */
export const BLOCK_FREE = 2;
/** Written by a newer firmware or for another geometry: the journal must not be mounted, let alone formatted. */
export const BLOCK_FOREIGN = 3;
/** The part could not be read: neither use nor erase it in this boot. */
export const BLOCK_BAD = 4;
export type BlockFate = typeof BLOCK_USE_FIRST | typeof BLOCK_USE_SECOND | typeof BLOCK_FREE | typeof BLOCK_FOREIGN | typeof BLOCK_BAD;

/** Row = state of the first copy, column = state of the second, both in the order invalid, valid, foreign, unreadable. */
const BLOCK_FATES: readonly BlockFate[] = Object.freeze([
  // The first copy is programmed before the second, so "invalid, valid" is bit rot in the first and the second is as good.
  BLOCK_FREE, BLOCK_USE_SECOND, BLOCK_FOREIGN, BLOCK_BAD,
  // A cut between the copies leaves "valid, invalid".
  BLOCK_USE_FIRST, BLOCK_USE_FIRST, BLOCK_FOREIGN, BLOCK_USE_FIRST,
  BLOCK_FOREIGN, BLOCK_FOREIGN, BLOCK_FOREIGN, BLOCK_FOREIGN,
  BLOCK_BAD, BLOCK_USE_SECOND, BLOCK_FOREIGN, BLOCK_BAD,
]);

/** @returns what to do with a block whose two header copies are in these states. */
export function blockFate(first: HeaderState, second: HeaderState): BlockFate {
  assert(first >= HEADER_INVALID && first <= HEADER_UNREADABLE && second >= HEADER_INVALID && second <= HEADER_UNREADABLE, "recovery: header state");
  return BLOCK_FATES[first * 4 + second] as BlockFate;
}

/** Go on with the log that was found. */
export const MOUNT_CONTINUE = 0;
/** Nothing was ever stored here: start a log. */
export const MOUNT_FORMAT = 1;
/** A newer firmware's log: leave every byte alone. */
export const MOUNT_REFUSE = 2;
/** The part gives no answers; starting a log might destroy one that exists. */
export const MOUNT_FAULT = 3;
export type MountFate = typeof MOUNT_CONTINUE | typeof MOUNT_FORMAT | typeof MOUNT_REFUSE | typeof MOUNT_FAULT;

/** Index = (any foreign ? 4 : 0) + (any valid ? 2 : 0) + (any unreadable ? 1 : 0). */
const MOUNT_FATES: readonly MountFate[] = Object.freeze([
  MOUNT_FORMAT, MOUNT_FAULT, MOUNT_CONTINUE, MOUNT_CONTINUE,
  MOUNT_REFUSE, MOUNT_REFUSE, MOUNT_REFUSE, MOUNT_REFUSE,
]);

/** @returns what to do with a flash on which blocks of these sorts were found. */
export function mountFate(anyForeign: boolean, anyValid: boolean, anyUnreadable: boolean): MountFate {
  return MOUNT_FATES[(anyForeign ? 4 : 0) + (anyValid ? 2 : 0) + (anyUnreadable ? 1 : 0)] as MountFate;
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
  if (kind === 0) return RECORD_KEPT;
  if (kind < KIND_KEPT_MIN) return RECORD_PENDING;
  if (kind < KIND_FORGOTTEN_MIN) return RECORD_KEPT;
  assert(kind >= KIND_BOOT && kind <= 255, "recovery: kind out of range");
  return RECORD_SPENT;
}

/** Append behind the last record. */
export const TAIL_CONTINUE = 0;
/** Append behind the last byte that is not erased: a program was cut there. */
export const TAIL_STEP_OVER = 1;
/** The head block has no room left: open another for the next record. */
export const TAIL_OPEN = 2;
/** As above, but first write the last record again: its program may have been cut so late that it reads well for now only. */
export const TAIL_CONTINUE_REWRITE = 3;
export const TAIL_STEP_OVER_REWRITE = 4;
export const TAIL_OPEN_REWRITE = 5;
export type TailFate =
  | typeof TAIL_CONTINUE
  | typeof TAIL_STEP_OVER
  | typeof TAIL_OPEN
  | typeof TAIL_CONTINUE_REWRITE
  | typeof TAIL_STEP_OVER_REWRITE
  | typeof TAIL_OPEN_REWRITE;

/** Index = (last record lives ? 4 : 0) + (bytes behind it are not erased ? 2 : 0) + (no granule left ? 1 : 0). */
const TAIL_FATES: readonly TailFate[] = Object.freeze([
  TAIL_CONTINUE, TAIL_OPEN, TAIL_STEP_OVER, TAIL_OPEN,
  TAIL_CONTINUE_REWRITE, TAIL_OPEN_REWRITE, TAIL_STEP_OVER_REWRITE, TAIL_OPEN_REWRITE,
]);

/** @returns how appending goes on in the head block. */
export function tailFate(lastRecordLives: boolean, dirtyBehind: boolean, blockFull: boolean): TailFate {
  return TAIL_FATES[(lastRecordLives ? 4 : 0) + (dirtyBehind ? 2 : 0) + (blockFull ? 1 : 0)] as TailFate;
}

// Mount-time recovery: what becomes of every combination of what can be found on flash.
import { assert } from "../base/assert.js";
import type { HeaderState } from "./layout.js";
import { HEADER_FOREIGN, HEADER_INVALID, HEADER_VALID, KIND_BOOT, KIND_FORGOTTEN_MIN, KIND_KEPT_MIN } from "./layout.js";

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

/** @returns what to do with a block whose two header copies are in these states. */
export function blockFate(first: HeaderState, second: HeaderState): BlockFate {
  if (first === HEADER_FOREIGN || second === HEADER_FOREIGN) return BLOCK_FOREIGN;
  // A cut between the copies leaves the first one valid and the second one not.
  if (first === HEADER_VALID) return BLOCK_USE_FIRST;
  // The first copy is programmed before the second, so this is bit rot in the first and the second is as good.
  if (second === HEADER_VALID) return BLOCK_USE_SECOND;
  return first === HEADER_INVALID && second === HEADER_INVALID ? BLOCK_FREE : BLOCK_BAD;
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

/** @returns what to do with a flash on which blocks of these sorts were found. */
export function mountFate(anyForeign: boolean, anyValid: boolean, anyUnreadable: boolean): MountFate {
  if (anyForeign) return MOUNT_REFUSE;
  if (anyValid) return MOUNT_CONTINUE;
  return anyUnreadable ? MOUNT_FAULT : MOUNT_FORMAT;
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

/** @returns how appending goes on in the head block. @param dirtyBehind bytes behind the last record are not erased @param blockFull no granule is left */
export function tailFate(lastRecordLives: boolean, dirtyBehind: boolean, blockFull: boolean): TailFate {
  if (blockFull) return lastRecordLives ? TAIL_OPEN_REWRITE : TAIL_OPEN;
  if (dirtyBehind) return lastRecordLives ? TAIL_STEP_OVER_REWRITE : TAIL_STEP_OVER;
  return lastRecordLives ? TAIL_CONTINUE_REWRITE : TAIL_CONTINUE;
}

// What the journal answers when it does not answer with a handle.
import { PENDING_LIMIT } from "./pending-table.js";

/** The flash is full of records at least as important as this one; it was dropped, and the drop report says so. */
export const JOURNAL_DROPPED = -1;
/** There is no room, and not even for saying so. */
export const JOURNAL_FULL = -2;
/** The part failed, on every spot that was tried. */
export const JOURNAL_FAULT = -3;
/** The bytes no longer match their CRC, or are not there. */
export const JOURNAL_DAMAGED = -4;
/** The payload does not fit: into a block when appending, into the caller's array when reading. */
export const JOURNAL_TOO_LARGE = -5;
/** `mount` has not succeeded. */
export const JOURNAL_NOT_MOUNTED = -6;
/** A newer firmware, or one with another block size, wrote this flash; nothing was touched. */
export const JOURNAL_FOREIGN = -7;
/** `nextPending`: there is nothing to send now. */
export const JOURNAL_NONE = -8;
/** `append`: the record is durable, but has no handle until more urgent ones are delivered. */
export const JOURNAL_UNLISTED = PENDING_LIMIT;

// Updater: takes a signed firmware image in pieces, has it started on trial, and confirms it once it has proved itself.
import type { FirmwareSlots } from "../contracts/firmware-slots.js";
import type { ImageCheck } from "../contracts/image-check.js";
import { UPDATE_HEADER_BYTES, UPDATE_SIGNED_BYTES, type UpdateHeader, decodeUpdateHeader } from "./update-header.js";

/** Go on: the next piece may come. */
export const UPDATE_GOES_ON = 0;
/** The image is whole, its digest is right, and it starts on trial at the next start. */
export const UPDATE_SELECTED = 1;
// Refusals. Nothing was changed by those up to UPDATE_UNSIGNED.
export const UPDATE_BAD_HEADER = 2;
export const UPDATE_WRONG_BOARD = 3;
/** The same version or an older one: an old image, once signed, must not bring its defects back. */
export const UPDATE_NOT_NEWER = 4;
export const UPDATE_TOO_BIG = 5;
/** The running firmware has not proved itself; the other slot is the way back. */
export const UPDATE_ON_TRIAL = 6;
export const UPDATE_UNSIGNED = 7;
/** A piece that is not the next one; the update goes on with the right one. */
export const UPDATE_OUT_OF_ORDER = 8;
/** The flash failed. */
export const UPDATE_SLOT_FAULT = 9;
/** The image is not what was signed. */
export const UPDATE_BAD_IMAGE = 10;
export type UpdateResult =
  | typeof UPDATE_GOES_ON | typeof UPDATE_SELECTED | typeof UPDATE_BAD_HEADER | typeof UPDATE_WRONG_BOARD | typeof UPDATE_NOT_NEWER | typeof UPDATE_TOO_BIG
  | typeof UPDATE_ON_TRIAL | typeof UPDATE_UNSIGNED | typeof UPDATE_OUT_OF_ORDER | typeof UPDATE_SLOT_FAULT | typeof UPDATE_BAD_IMAGE;

/** A firmware on trial has proved itself when it has been healthy for so long without a break. [ms] */
export const TRIAL_HEALTHY_MS = 60_000;
/** It has failed when it has not managed that within this. [ms] An electrode may be off, or the access point away, for a while. */
export const TRIAL_MS_MAX = 600_000;

export interface Running {
  readonly board: string;
  readonly version: number;
}

/** One at a time; a new offer replaces an unfinished one. Nothing is kept over a restart: an update that was cut off begins anew. */
export class Updater {
  readonly #slots: FirmwareSlots;
  readonly #check: ImageCheck;
  readonly #running: Running;
  #header: UpdateHeader | undefined;
  #nextOffset = 0;
  #healthySinceMs = -1;

  constructor(slots: FirmwareSlots, check: ImageCheck, running: Running) {
    this.#slots = slots;
    this.#check = check;
    this.#running = running;
  }

  /** Where the next piece must begin, -1 while no update is under way. */
  get nextOffset(): number {
    return this.#header ? this.#nextOffset : -1;
  }

  /** An image is offered. Its header is checked, signature included, before the other slot is touched. @param bytes UPDATE_HEADER_BYTES of them */
  offer(bytes: Uint8Array): UpdateResult {
    this.#header = undefined;
    const header = decodeUpdateHeader(bytes);
    if (!header || header.imageBytes === 0) return UPDATE_BAD_HEADER;
    if (header.board !== this.#running.board) return UPDATE_WRONG_BOARD;
    if (header.version <= this.#running.version) return UPDATE_NOT_NEWER;
    if (header.imageBytes > this.#slots.slotBytes) return UPDATE_TOO_BIG;
    if (this.#slots.isOnTrial) return UPDATE_ON_TRIAL;
    const check = this.#check;
    check.reset();
    check.update(bytes.subarray(0, UPDATE_SIGNED_BYTES));
    if (!check.isSigned(check.digest(), bytes.subarray(UPDATE_SIGNED_BYTES, UPDATE_HEADER_BYTES))) return UPDATE_UNSIGNED;
    if (!this.#slots.begin(header.imageBytes)) return UPDATE_SLOT_FAULT;
    check.reset();
    this.#header = header;
    this.#nextOffset = 0;
    return UPDATE_GOES_ON;
  }

  /** The next piece of the image. */
  piece(offset: number, bytes: Uint8Array): UpdateResult {
    const header = this.#header;
    if (!header || offset !== this.#nextOffset || bytes.length === 0 || offset + bytes.length > header.imageBytes) return UPDATE_OUT_OF_ORDER;
    if (!this.#slots.write(bytes)) return this.#end(UPDATE_SLOT_FAULT);
    this.#check.update(bytes);
    this.#nextOffset += bytes.length;
    if (this.#nextOffset < header.imageBytes) return UPDATE_GOES_ON;
    if (!isEqual(this.#check.digest(), header.digest)) return this.#end(UPDATE_BAD_IMAGE);
    return this.#end(this.#slots.select() ? UPDATE_SELECTED : UPDATE_SLOT_FAULT);
  }

  /**
   * Judges a firmware on trial. To be called every second or so.
   * @param isHealthy samples come, the journal takes records, and the broker has been reached: then the next update can come, too
   * @returns true when it has failed: the device must restart, which brings the old firmware back
   */
  judgeTrial(uptimeMs: number, isHealthy: boolean): boolean {
    if (!this.#slots.isOnTrial) return false;
    if (!isHealthy) this.#healthySinceMs = -1;
    else if (this.#healthySinceMs < 0) this.#healthySinceMs = uptimeMs;
    if (this.#healthySinceMs >= 0 && uptimeMs - this.#healthySinceMs >= TRIAL_HEALTHY_MS) return !this.#slots.confirm();
    return uptimeMs >= TRIAL_MS_MAX;
  }

  #end(result: UpdateResult): UpdateResult {
    this.#header = undefined;
    return result;
  }
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}

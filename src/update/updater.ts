// Updater: takes a signed firmware image in pieces, has it started on trial, and confirms it once it has proved itself.
import type { FirmwareSlots } from "../contracts/firmware-slots.js";
import type { ImageCheck } from "../contracts/image-check.js";
import type { BoardUpdate } from "../contracts/update.js";
import { isEqual } from "../wire/bytes.js";
import {
  UPDATE_BAD_HEADER, UPDATE_BAD_IMAGE, UPDATE_DONE, UPDATE_GOES_ON, UPDATE_HEADER_BYTES, UPDATE_NOT_NEWER, UPDATE_OUT_OF_ORDER, UPDATE_SIGNED_BYTES, UPDATE_SLOT_FAULT,
  UPDATE_TOO_BIG, UPDATE_TRIAL_UNDER_WAY, UPDATE_UNSIGNED, UPDATE_WRONG_BOARD, type SignedHeader, decodeUpdateHeader,
} from "../wire/update.js";

/** A firmware on trial has proved itself when it has been healthy for so long without a break. [ms] */
export const TRIAL_HEALTHY_MS = 60_000;
/** It has failed when it has not managed that within this. [ms] An electrode may be off, or the access point away, for a while. */
export const TRIAL_MS_MAX = 600_000;

/**
 * One at a time; a new offer replaces an unfinished one, and one of the same image goes on with it. Nothing is kept over a restart: an update that
 * was cut off begins anew. What became of an offer or a piece is UPDATE_GOES_ON, UPDATE_DONE or a refusal.
 */
export class Updater {
  private readonly _slots: FirmwareSlots;
  private readonly _check: ImageCheck;
  private readonly _board: string;
  private readonly _version: number;
  /** Of the update that is under way. */
  private _header: SignedHeader | undefined;
  private _selected: SignedHeader | undefined;
  private _offered: SignedHeader | undefined;
  private _nextOffset = -1;
  private _healthySinceMs = -1;

  /** @param version of the firmware that runs */
  constructor(update: BoardUpdate, version: number) {
    this._slots = update.slots;
    this._check = update.check;
    this._board = update.board;
    this._version = version;
  }

  /** Where the next piece must begin, -1 while no update is under way. */
  get nextOffset(): number {
    return this._nextOffset;
  }
  /** What was offered last, whatever became of it; undefined for what was no header. */
  get offered(): SignedHeader | undefined {
    return this._offered;
  }
  /** What is whole and starts with the next restart. */
  get selected(): SignedHeader | undefined {
    return this._selected;
  }

  /** An image is offered. Its header is checked, signature included, before the other slot is touched. @param bytes UPDATE_HEADER_BYTES of them */
  offer(bytes: Uint8Array): number {
    const header = decodeUpdateHeader(bytes);
    this._offered = header;
    if (!header || header.imageBytes === 0) return UPDATE_BAD_HEADER;
    // The same as one that was signed, so it is, too.
    if (this._header && isEqual(header.signed, this._header.signed)) return UPDATE_GOES_ON;
    if (this._selected && isEqual(header.signed, this._selected.signed)) return UPDATE_DONE;
    if (header.board !== this._board) return UPDATE_WRONG_BOARD;
    if (header.version <= this._version) return UPDATE_NOT_NEWER;
    if (header.imageBytes > this._slots.slotBytes) return UPDATE_TOO_BIG;
    if (this._slots.isOnTrial) return UPDATE_TRIAL_UNDER_WAY;
    // From here on, what was under way is lost: there is one digest.
    this._end(UPDATE_UNSIGNED);
    const check = this._check;
    check.reset();
    check.update(header.signed);
    if (!check.isSigned(check.digest(), bytes.subarray(UPDATE_SIGNED_BYTES, UPDATE_HEADER_BYTES))) return UPDATE_UNSIGNED;
    this._selected = undefined;
    if (!this._slots.begin(header.imageBytes)) return this._end(UPDATE_SLOT_FAULT);
    check.reset();
    this._header = header;
    this._nextOffset = 0;
    return UPDATE_GOES_ON;
  }

  /** The next piece of the image. */
  piece(offset: number, bytes: Uint8Array): number {
    const header = this._header;
    if (!header || offset !== this._nextOffset || bytes.length === 0 || offset + bytes.length > header.imageBytes) return UPDATE_OUT_OF_ORDER;
    if (!this._slots.write(bytes)) return this._end(UPDATE_SLOT_FAULT);
    this._check.update(bytes);
    this._nextOffset += bytes.length;
    if (this._nextOffset < header.imageBytes) return UPDATE_GOES_ON;
    if (!isEqual(this._check.digest(), header.digest)) return this._end(UPDATE_BAD_IMAGE);
    if (!this._slots.select()) return this._end(UPDATE_SLOT_FAULT);
    this._selected = header;
    return this._end(UPDATE_DONE);
  }

  /**
   * Judges a firmware on trial. To be called every second or so.
   * @param isHealthy samples come, the journal takes records, and the broker has been reached: then the next update can come, too
   * @returns true when it has failed: the device must restart, which brings the old firmware back
   */
  judgeTrial(uptimeMs: number, isHealthy: boolean): boolean {
    if (!this._slots.isOnTrial) return false;
    if (!isHealthy) this._healthySinceMs = -1;
    else if (this._healthySinceMs < 0) this._healthySinceMs = uptimeMs;
    if (this._healthySinceMs >= 0 && uptimeMs - this._healthySinceMs >= TRIAL_HEALTHY_MS) return !this._slots.confirm();
    return uptimeMs >= TRIAL_MS_MAX;
  }

  /** No update is under way any more. */
  private _end(result: number): number {
    this._header = undefined;
    this._nextOffset = -1;
    return result;
  }
}

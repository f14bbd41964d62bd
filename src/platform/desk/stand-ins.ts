// Stand-ins for the modules of platform/xs on the desk: SPI, flash, indicator, cipher, store and update, each a few lines over the border.
import { AEAD_TAG_BYTES, type Aead } from "../../contracts/aead.js";
import type { BoardUpdate } from "../../contracts/update.js";
import type { FirmwareSlots } from "../../contracts/firmware-slots.js";
import type { Flash } from "../../contracts/flash.js";
import type { ImageCheck } from "../../contracts/image-check.js";
import type { Indicator } from "../../contracts/indicator.js";
import type { Spi, SpiOptions } from "../../contracts/spi.js";
import type { Store } from "../../contracts/store.js";
import type { Alert } from "../../vocabulary/alert.js";
import { ALERT_BYTES, encodeAlert } from "../../wire/record.js";
import type { HostCall } from "./border.js";
import {
  CHECK_DIGEST, CHECK_RESET, CHECK_SIGNED, CHECK_UPDATE, OP_AEAD, OP_ALERT, OP_BEAT, OP_BEAT_CLASS, OP_FLASH_ERASE, OP_FLASH_READ, OP_FLASH_WRITE, OP_IMAGE_CHECK,
  OP_RESTART, OP_SLOTS, OP_SPI_TRANSFER, OP_STORE_READ, OP_STORE_WRITE, SLOTS_BEGIN, SLOTS_BYTES, SLOTS_CONFIRM, SLOTS_ON_TRIAL, SLOTS_SELECT, SLOTS_WRITE,
} from "./border.js";

// Classes for drivers get the border as the option `hostCall` beside their pins. They are classes of the module, not made by a function that
// knows the border: those would lie in RAM.

/** An ECMA-419 SPI whose bus lies beyond the border. */
export class DeskSpi implements Spi {
  private readonly _hostCall: HostCall;

  constructor(options: SpiOptions) {
    this._hostCall = options["hostCall"] as HostCall;
  }
  transfer(bytes: Uint8Array): void {
    if (this._hostCall(OP_SPI_TRANSFER, 0, 0, bytes) < 0) throw new Error("SPI fault");
  }
  close(): void {}
}

export class DeskFlash implements Flash {
  readonly blockBytes: number;
  readonly blockCount: number;
  private readonly _hostCall: HostCall;

  constructor(hostCall: HostCall, blockBytes: number, blockCount: number) {
    this._hostCall = hostCall;
    this.blockBytes = blockBytes;
    this.blockCount = blockCount;
  }
  read(into: Uint8Array, offset: number): boolean {
    return this._hostCall(OP_FLASH_READ, offset, 0, into) === 1;
  }
  write(bytes: Uint8Array, offset: number): boolean {
    return this._hostCall(OP_FLASH_WRITE, offset, 0, bytes) === 1;
  }
  eraseBlock(blockIndex: number): boolean {
    return this._hostCall(OP_FLASH_ERASE, blockIndex, 0) === 1;
  }
}

/** The cipher of the microcontroller, which on the device is native code, lies beyond the border, too. */
export class DeskAead implements Aead {
  private readonly _hostCall: HostCall;

  constructor(hostCall: HostCall) {
    this._hostCall = hostCall;
  }
  seal(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plaintext: Uint8Array): Uint8Array {
    return this._crypt(0, key, nonce, associated, plaintext, AEAD_TAG_BYTES) as Uint8Array;
  }
  open(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    return this._crypt(256, key, nonce, associated, sealed, 0)?.slice(0, -AEAD_TAG_BYTES);
  }

  private _crypt(direction: 0 | 256, key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, text: Uint8Array, roomBytes: number): Uint8Array | undefined {
    const offset = key.length + nonce.length + associated.length;
    const bytes = new Uint8Array(offset + text.length + roomBytes);
    bytes.set(key);
    bytes.set(nonce, key.length);
    bytes.set(associated, key.length + nonce.length);
    bytes.set(text, offset);
    return this._hostCall(OP_AEAD, direction + key.length, associated.length, bytes) === 1 ? bytes.subarray(offset) : undefined;
  }
}

/** Bytes that the desk's store can hold. */
const STORE_BYTES_MAX = 128;

export class DeskStore implements Store {
  private readonly _hostCall: HostCall;

  constructor(hostCall: HostCall) {
    this._hostCall = hostCall;
  }
  read(): Uint8Array | undefined {
    const bytes = new Uint8Array(STORE_BYTES_MAX);
    const count = this._hostCall(OP_STORE_READ, 0, 0, bytes);
    return count < 0 ? undefined : bytes.slice(0, count);
  }
  write(bytes: Uint8Array): boolean {
    return this._hostCall(OP_STORE_WRITE, 0, 0, bytes) === 1;
  }
}

/** Slots, image check and restart that lie beyond the border. */
export class DeskUpdate implements BoardUpdate, FirmwareSlots, ImageCheck {
  readonly board: string;
  readonly slotBytes: number;
  private readonly _hostCall: HostCall;

  constructor(hostCall: HostCall, board: string) {
    this._hostCall = hostCall;
    this.board = board;
    this.slotBytes = hostCall(OP_SLOTS, SLOTS_BYTES, 0);
  }
  get slots(): FirmwareSlots {
    return this;
  }
  get check(): ImageCheck {
    return this;
  }
  restart(): void {
    this._hostCall(OP_RESTART, 0, 0);
  }

  get isOnTrial(): boolean {
    return this._ask(SLOTS_ON_TRIAL);
  }
  begin(imageBytes: number): boolean {
    return this._ask(SLOTS_BEGIN, imageBytes);
  }
  write(bytes: Uint8Array): boolean {
    return this._ask(SLOTS_WRITE, 0, bytes);
  }
  select(): boolean {
    return this._ask(SLOTS_SELECT);
  }
  confirm(): boolean {
    return this._ask(SLOTS_CONFIRM);
  }

  reset(): void {
    this._hostCall(OP_IMAGE_CHECK, CHECK_RESET, 0);
  }
  update(bytes: Uint8Array): void {
    this._hostCall(OP_IMAGE_CHECK, CHECK_UPDATE, 0, bytes);
  }
  digest(): Uint8Array {
    const digest = new Uint8Array(32);
    this._hostCall(OP_IMAGE_CHECK, CHECK_DIGEST, 0, digest);
    return digest;
  }
  isSigned(digest: Uint8Array, signature: Uint8Array): boolean {
    const bytes = new Uint8Array(digest.length + signature.length);
    bytes.set(digest);
    bytes.set(signature, digest.length);
    return this._hostCall(OP_IMAGE_CHECK, CHECK_SIGNED, 0, bytes) === 1;
  }

  private _ask(action: number, b = 0, bytes?: Uint8Array): boolean {
    return this._hostCall(OP_SLOTS, action, b, bytes) === 1;
  }
}

export class DeskIndicator implements Indicator {
  private readonly _hostCall: HostCall;
  private readonly _record = new Uint8Array(ALERT_BYTES);

  constructor(hostCall: HostCall) {
    this._hostCall = hostCall;
  }
  beat(sample: number, heartRateBpm: number): void {
    this._hostCall(OP_BEAT, sample, heartRateBpm);
  }
  beatClass(sample: number, beatClass: number): void {
    this._hostCall(OP_BEAT_CLASS, sample, beatClass);
  }
  alert(alert: Alert): void {
    encodeAlert(alert, this._record);
    this._hostCall(OP_ALERT, 0, 0, this._record);
  }
}

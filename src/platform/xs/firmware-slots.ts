// XsFirmwareSlots: the FirmwareSlots contract over the SDK's update module, and over two calls of ESP-IDF that it lacks (hardware/common/slots.c).
import FlashStorage from "embedded:storage/flash";
import Update, { type Updater } from "embedded:update";
import FFI from "mc/ffi";
import type { FirmwareSlots } from "../../contracts/firmware-slots.js";

export class XsFirmwareSlots implements FirmwareSlots {
  readonly slotBytes: number;
  private readonly _natives = new FFI();
  private _isOnTrial: boolean;
  private _update: Updater | undefined;

  /** @throws Error if the partition table has no second slot */
  constructor() {
    const partition = FlashStorage.open({ path: "nextota", mode: "r" });
    this.slotBytes = partition.status().size;
    partition.close();
    this._isOnTrial = this._natives.edgebeat_is_on_trial() === 1;
  }

  get isOnTrial(): boolean {
    return this._isOnTrial;
  }

  begin(imageBytes: number): boolean {
    return this._try(() => {
      this._update?.close();
      // Appended to: a block is erased when the image comes to it, and not all of them at once, which would stall for seconds.
      const partition = FlashStorage.open({ path: "nextota", mode: "r+" });
      this._update = Update.open({ partition, mode: "a", byteLength: imageBytes });
      partition.close();
    });
  }
  write(bytes: Uint8Array): boolean {
    return this._try(() => (this._update as Updater).write(bytes));
  }
  /** Has ESP-IDF check the image's own form and SHA-256, too. */
  select(): boolean {
    return this._try(() => (this._update as Updater).complete());
  }
  confirm(): boolean {
    if (this._natives.edgebeat_confirm() !== 1) return false;
    this._isOnTrial = false;
    return true;
  }

  private _try(action: () => void): boolean {
    try {
      action();
      return true;
    } catch {
      return false;
    }
  }
}

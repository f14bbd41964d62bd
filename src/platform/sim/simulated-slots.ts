// SimulatedSlots: the firmware's two slots of a simulated device; what a start runs is what lies in the slot that the bootloader chooses.
import type { KeyObject } from "node:crypto";
import { CHECK_DIGEST, CHECK_RESET, CHECK_UPDATE, SLOTS_BEGIN, SLOTS_BYTES, SLOTS_CONFIRM, SLOTS_ON_TRIAL, SLOTS_SELECT } from "../desk/border.js";
import { DualSlots } from "./dual-slots.js";
import type { NorFlash } from "./flash.js";
import { NodeImageCheck } from "./node-image-check.js";

/** Name of the simulated board, in the headers of images for it. */
export const SIMULATED_BOARD = "simulator";
export const SLOT_BLOCK_BYTES = 4096;
/** Of one slot: room for a bundle of the firmware, twice over. */
export const SLOT_BLOCKS = 128;
/** Both slots and the bootloader's two entries. */
export const SLOTS_FLASH_BLOCKS = 2 + 2 * SLOT_BLOCKS;

export interface SimulatedSlots {
  /** SLOTS_FLASH_BLOCKS of SLOT_BLOCK_BYTES; images in it are ES modules in `makeImage`'s wrapping. */
  readonly flash: NorFlash;
  /** What images must be signed with; on P-256. */
  readonly publicKey: KeyObject;
}

/** The slots of one start of the device: constructing it is the bootloader's work. */
export class SlotsOfStart {
  readonly #slots: DualSlots;
  readonly #check: NodeImageCheck;

  constructor({ flash, publicKey }: SimulatedSlots) {
    this.#slots = new DualSlots(flash, SLOT_BLOCKS);
    this.#check = new NodeImageCheck(publicKey);
  }

  get isOnTrial(): boolean {
    return this.#slots.isOnTrial;
  }

  /** @returns the firmware that starts: an ES module as for `XsEngine`. @throws Error if the device is dead */
  firmware(): Uint8Array {
    const payload = this.#slots.payload();
    if (!payload) throw new Error("neither slot holds a whole firmware");
    return payload;
  }

  /** OP_SLOTS */
  serve(action: number, imageBytes: number, bytes: Uint8Array): number {
    const slots = this.#slots;
    if (action === SLOTS_BYTES) return slots.slotBytes;
    if (action === SLOTS_ON_TRIAL) return Number(slots.isOnTrial);
    if (action === SLOTS_BEGIN) return Number(slots.begin(imageBytes));
    if (action === SLOTS_SELECT) return Number(slots.select());
    return Number(action === SLOTS_CONFIRM ? slots.confirm() : slots.write(bytes));
  }

  /** OP_IMAGE_CHECK */
  check(action: number, bytes: Uint8Array): number {
    const check = this.#check;
    if (action === CHECK_RESET) check.reset();
    else if (action === CHECK_UPDATE) check.update(bytes);
    else if (action === CHECK_DIGEST) bytes.set(check.digest());
    else return Number(check.isSigned(bytes.subarray(0, 32), bytes.subarray(32)));
    return 1;
  }
}

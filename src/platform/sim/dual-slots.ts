// DualSlots: the two slots of a board and ESP-IDF's bootloader on emulated flash, as far as an update can tell.
// After the ESP-IDF programming guide, "Over The Air Updates" (OTA data partition, app rollback) and the layout of esp_ota_select_entry_t.
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Flash } from "../../contracts/flash.js";
import type { FirmwareSlots } from "../../contracts/firmware-slots.js";

/** One entry at the start of each of two blocks: sequence, 20 bytes of label, state, CRC of the sequence. */
const ENTRY_BYTES = 32;
const STATE_NEW = 0;
const STATE_PENDING = 1;
const STATE_VALID = 2;
const STATE_ABORTED = 4;
/** The bootloader starts what has a head of length and SHA-256 that are right, as the real one checks the hash appended to an image. */
const HEAD_BYTES = 36;

interface Entry {
  readonly block: number;
  readonly sequence: number;
  readonly state: number;
}

/** @returns an image that the bootloader takes */
export function makeImage(payload: Uint8Array): Uint8Array {
  const image = new Uint8Array(HEAD_BYTES + payload.length);
  new DataView(image.buffer).setUint32(0, payload.length, true);
  image.set(createHash("sha256").update(payload).digest(), 4);
  image.set(payload, HEAD_BYTES);
  return image;
}

/** Blocks 0 and 1 are the OTA data, then come the slots; what lies beyond is left alone. Constructed at each start: that is the bootloader. */
export class DualSlots implements FirmwareSlots {
  readonly slotBytes: number;
  /** What runs: 0, 1, or -1 if neither slot holds a whole image and the device is dead. */
  readonly runningSlot: number;
  readonly #flash: Flash;
  readonly #slotBlocks: number;
  #running: Entry | undefined;
  #offset = 0;
  #imageBytes = 0;

  constructor(flash: Flash, slotBlocks: number) {
    this.#flash = flash;
    this.#slotBlocks = slotBlocks;
    this.slotBytes = slotBlocks * flash.blockBytes;
    this.runningSlot = this.#boot();
  }

  /** An image comes into the first slot over USB. */
  flashFirst(image: Uint8Array): void {
    const { blockBytes } = this.#flash;
    for (let offset = 0; offset < image.length; offset += blockBytes) {
      this.#flash.eraseBlock(this.#firstBlock(0) + offset / blockBytes);
      this.#flash.write(image.subarray(offset, offset + blockBytes), this.#firstBlock(0) * blockBytes + offset);
    }
  }

  get isOnTrial(): boolean {
    return this.#running?.state === STATE_PENDING;
  }

  begin(imageBytes: number): boolean {
    this.#offset = this.#firstBlock(1 - this.runningSlot) * this.#flash.blockBytes;
    this.#imageBytes = imageBytes;
    return true;
  }

  /** Erases each block as it comes to it, as OTA_WITH_SEQUENTIAL_WRITES does. */
  write(bytes: Uint8Array): boolean {
    const { blockBytes } = this.#flash;
    for (let done = 0; done < bytes.length; ) {
      const count = Math.min(bytes.length - done, blockBytes - (this.#offset % blockBytes));
      if (this.#offset % blockBytes === 0 && !this.#flash.eraseBlock(this.#offset / blockBytes)) return false;
      if (!this.#flash.write(bytes.subarray(done, done + count), this.#offset)) return false;
      this.#offset += count;
      done += count;
    }
    return true;
  }

  /** As esp_ota_end and esp_ota_set_boot_partition: the entry goes into the block that does not hold the running firmware's. */
  select(): boolean {
    const slot = 1 - this.runningSlot;
    if (this.#offset !== this.#firstBlock(slot) * this.#flash.blockBytes + this.#imageBytes || !this.#isWhole(slot)) return false;
    const running = this.#running;
    let sequence = (running?.sequence ?? 0) + 1;
    while ((sequence - 1) % 2 !== slot) sequence++;
    return this.#writeEntry(running ? 1 - running.block : 0, sequence, STATE_NEW);
  }

  confirm(): boolean {
    const running = this.#running;
    if (!running || !this.#writeEntry(running.block, running.sequence, STATE_VALID)) return false;
    this.#running = { ...running, state: STATE_VALID };
    return true;
  }

  #boot(): number {
    for (const entry of [this.#readEntry(0), this.#readEntry(1)].filter((each) => each !== undefined).sort((one, other) => other.sequence - one.sequence)) {
      const slot = (entry.sequence - 1) % 2;
      if (entry.state === STATE_PENDING) {
        // It has had its start and was not confirmed.
        this.#writeEntry(entry.block, entry.sequence, STATE_ABORTED);
        continue;
      }
      if (entry.state === STATE_ABORTED || !this.#isWhole(slot)) continue;
      if (entry.state === STATE_NEW) this.#writeEntry(entry.block, entry.sequence, STATE_PENDING);
      this.#running = { ...entry, state: entry.state === STATE_NEW ? STATE_PENDING : entry.state };
      return slot;
    }
    // No entry: what was flashed over USB, in the first slot; else whatever is whole.
    return [0, 1].find((slot) => this.#isWhole(slot)) ?? -1;
  }

  #firstBlock(slot: number): number {
    return 2 + slot * this.#slotBlocks;
  }

  #isWhole(slot: number): boolean {
    return this.payload(slot) !== undefined;
  }

  /** @returns what a slot's image holds, or undefined if it is not whole */
  payload(slot = this.runningSlot): Uint8Array | undefined {
    const start = this.#firstBlock(slot) * this.#flash.blockBytes;
    const head = Buffer.alloc(HEAD_BYTES);
    this.#flash.read(head, start);
    const payloadBytes = head.readUInt32LE(0);
    if (slot < 0 || payloadBytes > this.slotBytes - HEAD_BYTES) return undefined;
    const payload = Buffer.alloc(payloadBytes);
    this.#flash.read(payload, start + HEAD_BYTES);
    return createHash("sha256").update(payload).digest().equals(head.subarray(4)) ? payload : undefined;
  }

  #readEntry(block: number): Entry | undefined {
    const bytes = Buffer.alloc(ENTRY_BYTES);
    this.#flash.read(bytes, block * this.#flash.blockBytes);
    const sequence = bytes.readUInt32LE(0);
    if (sequence === 0 || sequence === 0xffff_ffff || bytes.readUInt32LE(28) !== crc32(bytes.subarray(0, 4), 0xffff_ffff)) return undefined;
    return { block, sequence, state: bytes.readUInt32LE(24) };
  }

  #writeEntry(block: number, sequence: number, state: number): boolean {
    const bytes = Buffer.alloc(ENTRY_BYTES, 0xff);
    bytes.writeUInt32LE(sequence, 0);
    bytes.writeUInt32LE(state, 24);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 4), 0xffff_ffff), 28);
    return this.#flash.eraseBlock(block) && this.#flash.write(bytes, block * this.#flash.blockBytes);
  }
}

// Nonces: numbers that no other message of this device ever had, nor will have, with any key.
import { assert } from "../base/assert.js";
import { AEAD_NONCE_BYTES } from "../contracts/aead.js";
import { putBigEndian } from "../wire/cose.js";

/** Messages of one boot; at 25 a second, the most that a tick of 40 ms could send, two years and a half. */
const MESSAGES_MAX = 0x7fff_ffff;

/**
 * A nonce is boot count, chance, counter. The journal makes the boot count durable before anyone learns it, so no two boots share one;
 * the counter, in RAM, starts over with each boot. Chance guards what lies outside the device: flash that was erased or put back.
 */
export class Nonces {
  private readonly _head = new Uint8Array(AEAD_NONCE_BYTES);
  private _used = 0;

  /** @param bootCount from 1, never the same twice; 0 if there is none. @param chance 32 random bits. */
  constructor(bootCount: number, chance: number) {
    if (bootCount === 0) this._used = MESSAGES_MAX;
    putBigEndian(this._head, 0, bootCount);
    putBigEndian(this._head, 4, chance);
  }

  /** False for ever when the boot has no number of its own, or all nonces are used up. */
  get isReady(): boolean {
    return this._used < MESSAGES_MAX;
  }

  /** @returns a nonce, in a buffer of its own */
  next(): Uint8Array {
    assert(this.isReady, "Nonces: none left");
    const nonce = this._head.slice();
    putBigEndian(nonce, 8, ++this._used);
    return nonce;
  }
}

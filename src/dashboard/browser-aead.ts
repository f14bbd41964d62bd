// BrowserAead: the Aead contract over @noble/ciphers, since the browser's own AES-GCM answers later and wants a secure origin.
import { gcm } from "@noble/ciphers/aes.js";
import { bytesOfHex } from "../base/hex.js";
import { AEAD_TAG_BYTES, type Aead } from "../contracts/aead.js";
import type { UnsealerOptions } from "../subscriber/unsealer.js";

export class BrowserAead implements Aead {
  seal(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plaintext: Uint8Array): Uint8Array {
    return gcm(key, nonce, associated).encrypt(plaintext);
  }

  open(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    if (sealed.length < AEAD_TAG_BYTES) return undefined;
    try {
      return gcm(key, nonce, associated).decrypt(sealed);
    } catch {
      return undefined;
    }
  }
}

/** @param keys in hexadecimal, by epoch; those of the one device that the page shows */
export function unsealerOf(keys: Readonly<Record<string, string>>): UnsealerOptions {
  return {
    aead: new BrowserAead(),
    keyOf: (_deviceId, epoch) => {
      const digits = keys[epoch];
      return digits === undefined ? undefined : bytesOfHex(digits);
    },
  };
}

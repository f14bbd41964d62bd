// NodeAead: the Aead contract over node:crypto, for the simulated device and for receivers on Node.
import { createCipheriv, createDecipheriv } from "node:crypto";
import { AEAD_TAG_BYTES, type Aead } from "../../contracts/aead.js";

const algorithm = (key: Uint8Array): "aes-128-gcm" | "aes-256-gcm" => (key.length === 16 ? "aes-128-gcm" : "aes-256-gcm");

export class NodeAead implements Aead {
  seal(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const cipher = createCipheriv(algorithm(key), key, nonce).setAAD(associated);
    return new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
  }

  open(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    const tagOffset = sealed.length - AEAD_TAG_BYTES;
    if (tagOffset < 0) return undefined;
    try {
      const decipher = createDecipheriv(algorithm(key), key, nonce).setAAD(associated).setAuthTag(sealed.subarray(tagOffset));
      return new Uint8Array(Buffer.concat([decipher.update(sealed.subarray(0, tagOffset)), decipher.final()]));
    } catch {
      return undefined;
    }
  }
}

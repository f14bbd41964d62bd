// XsAead: the Aead contract over the AES and GHASH in C of Moddable's `crypt`.
import { BlockCipher, GHASH, Mode } from "crypt";
import { AEAD_TAG_BYTES, type Aead } from "../../contracts/aead.js";

/**
 * AES-GCM as NIST SP 800-38D composes it. The SDK's own `gcm` (8.2.3) is not used: it counts blocks through a BigInt, which costs an
 * allocation of several numbers a message. Buffers are copied to start on a word: GHASH reads them as 64-bit numbers.
 */
export class XsAead implements Aead {
  seal(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const state = new Gcm(key, nonce, associated);
    const ciphertext = state.crypt(plaintext);
    const sealed = new Uint8Array(ciphertext.byteLength + AEAD_TAG_BYTES);
    sealed.set(new Uint8Array(ciphertext));
    sealed.set(state.tag(ciphertext), ciphertext.byteLength);
    return sealed;
  }

  open(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    const tagOffset = sealed.length - AEAD_TAG_BYTES;
    if (tagOffset < 0) return undefined;
    const state = new Gcm(key, nonce, associated);
    const ciphertext = sealed.slice(0, tagOffset);
    const tag = state.tag(ciphertext.buffer);
    let difference = 0;
    for (let index = 0; index < AEAD_TAG_BYTES; index++) difference |= (tag[index] as number) ^ (sealed[tagOffset + index] as number);
    return difference === 0 ? new Uint8Array(state.crypt(ciphertext)) : undefined;
  }
}

class Gcm {
  private readonly _cipher: BlockCipher;
  private readonly _hash: GHASH;
  private readonly _counter = new Uint8Array(16);

  constructor(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array) {
    this._cipher = new BlockCipher("AES", key.slice().buffer);
    this._hash = new GHASH(this._cipher.encrypt(new ArrayBuffer(16)), associated.slice().buffer);
    this._counter.set(nonce);
  }

  crypt(text: Uint8Array): ArrayBuffer {
    // Block 1 masks the tag, the text begins with block 2.
    this._counter[15] = 2;
    const mode = new Mode("CTR", this._cipher);
    mode.setIV(this._counter.buffer);
    return mode.encrypt(text);
  }

  tag(ciphertext: ArrayBuffer): Uint8Array {
    this._hash.write(ciphertext);
    const tag = new Uint8Array(this._hash.close());
    this._counter[15] = 1;
    const mask = new Uint8Array(this._cipher.encrypt(this._counter.buffer));
    for (let index = 0; index < AEAD_TAG_BYTES; index++) tag[index] = (tag[index] as number) ^ (mask[index] as number);
    return tag;
  }
}

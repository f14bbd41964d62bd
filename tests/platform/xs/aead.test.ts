// XsAead passes the suite over a stand-in for Moddable's `crypt`: AES and counter mode from Node, GHASH as the standard writes it down. It takes
// what the SDK's C (8.2.3, modCrypt.c) takes, and refuses the rest: most calls want an ArrayBuffer and read it from its start.
import { createCipheriv } from "node:crypto";
import { describe, vi } from "vitest";
import { testAead } from "../../contracts/aead.suite.js";

vi.mock("crypt", () => {
  const needsBuffer = (value: unknown, byteCounts?: readonly number[]): void => {
    if (!(value instanceof ArrayBuffer) || (byteCounts && !byteCounts.includes(value.byteLength))) throw new Error("bad buffer");
  };
  const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x00${Buffer.from(bytes).toString("hex")}`);
  const multiply = (x: bigint, y: bigint): bigint => {
    // NIST SP 800-38D, algorithm 1.
    let [z, v] = [0n, y];
    for (let bit = 127n; bit >= 0n; bit--) {
      if ((x >> bit) & 1n) z ^= v;
      v = v & 1n ? (v >> 1n) ^ (0xe1n << 120n) : v >> 1n;
    }
    return z;
  };
  class BlockCipher {
    readonly key: ArrayBuffer;
    constructor(cipher: string, key: ArrayBuffer) {
      needsBuffer(key, [16, 24, 32]);
      if (cipher !== "AES") throw new Error("unsupported cipher");
      this.key = key.slice(0);
    }
    encrypt(block: ArrayBuffer): ArrayBuffer {
      needsBuffer(block, [16]);
      const cipher = createCipheriv(`aes-${this.key.byteLength * 8}-ecb`, new Uint8Array(this.key), null).setAutoPadding(false);
      return new Uint8Array(cipher.update(new Uint8Array(block))).buffer;
    }
  }
  class Mode {
    #iv = new Uint8Array(16);
    readonly cipher: BlockCipher;
    constructor(mode: string, cipher: BlockCipher) {
      if (mode !== "CTR") throw new Error("unsupported mode");
      this.cipher = cipher;
    }
    setIV(block: ArrayBuffer): void {
      needsBuffer(block, [16]);
      this.#iv = new Uint8Array(block).slice();
    }
    encrypt(text: Uint8Array): ArrayBuffer {
      return new Uint8Array(createCipheriv(`aes-${this.cipher.key.byteLength * 8}-ctr`, new Uint8Array(this.cipher.key), this.#iv).update(text)).buffer;
    }
  }
  class GHASH {
    #y = 0n;
    #bytes = 0;
    #isRagged = false;
    readonly #h: bigint;
    readonly #associatedBytes: number;
    constructor(h: ArrayBuffer, associated: ArrayBuffer) {
      needsBuffer(h, [16]);
      this.#h = numberOf(new Uint8Array(h));
      this.#associatedBytes = associated.byteLength;
      this.write(associated);
      this.#bytes = 0;
      this.#isRagged = false;
    }
    write(bytes: ArrayBuffer): void {
      needsBuffer(bytes);
      if (this.#isRagged) throw new Error("a block was filled up with zeros already");
      this.#isRagged = bytes.byteLength % 16 !== 0;
      this.#bytes += bytes.byteLength;
      for (let offset = 0; offset < bytes.byteLength; offset += 16) {
        const block = new Uint8Array(16);
        block.set(new Uint8Array(bytes.slice(offset, offset + 16)));
        this.#y = multiply(this.#y ^ numberOf(block), this.#h);
      }
    }
    close(): ArrayBuffer {
      const y = multiply(this.#y ^ ((BigInt(this.#associatedBytes * 8) << 64n) | BigInt(this.#bytes * 8)), this.#h);
      return new Uint8Array(Buffer.from(y.toString(16).padStart(32, "0"), "hex")).buffer;
    }
  }
  return { BlockCipher, Mode, GHASH };
});

const { XsAead } = await import("../../../src/platform/xs/aead.js");

describe("XsAead", () => testAead(new XsAead()));

// What every Aead must do: the published test cases, and never to open what was changed.
import { expect, it } from "vitest";
import type { Aead } from "../../src/contracts/aead.js";
import { AEAD_VECTORS } from "../security/aead-vectors.js";

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const hexOf = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString("hex");

export function testAead(aead: Aead): void {
  it.each(AEAD_VECTORS)("test case $name", ({ key, nonce, associated, plaintext, sealed }) => {
    expect(hexOf(aead.seal(bytesOf(key), bytesOf(nonce), bytesOf(associated), bytesOf(plaintext)))).toBe(sealed);
    expect(hexOf(aead.open(bytesOf(key), bytesOf(nonce), bytesOf(associated), bytesOf(sealed)))).toBe(plaintext);
  });

  it("refuses a change of any byte, of the key, the nonce and what is associated, and every shorter text", () => {
    const { key, nonce, associated, sealed } = AEAD_VECTORS[2] as (typeof AEAD_VECTORS)[number];
    const parts = [key, nonce, associated, sealed].map(bytesOf) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    for (const part of parts) {
      for (let index = 0; index < part.length; index++) {
        part[index] = (part[index] as number) ^ 0x10;
        expect(aead.open(...parts)).toBeUndefined();
        part[index] = (part[index] as number) ^ 0x10;
      }
    }
    for (let bytes = 0; bytes < parts[3].length; bytes++) expect(aead.open(parts[0], parts[1], parts[2], parts[3].slice(0, bytes))).toBeUndefined();
  });
}

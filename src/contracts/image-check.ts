// The contract of the cryptography that an update needs: a running SHA-256, and signatures on the curve P-256.

export interface ImageCheck {
  /** Starts a new digest. */
  reset(): void;
  update(bytes: Uint8Array): void;
  /** @returns SHA-256 of all since `reset`, 32 bytes; ends the digest */
  digest(): Uint8Array;
  /**
   * ECDSA on P-256 (FIPS 186-5).
   * @param digest SHA-256 of what was signed. @param signature r and s, 32 bytes each, big-endian
   */
  isSigned(digest: Uint8Array, signature: Uint8Array): boolean;
}

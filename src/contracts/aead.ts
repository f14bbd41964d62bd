// The contract of authenticated encryption: AES-GCM with 96-bit nonces and 128-bit tags, from the platform's own implementation.

/** [bytes] */
export const AEAD_NONCE_BYTES = 12;
export const AEAD_TAG_BYTES = 16;

/** AES-GCM (NIST SP 800-38D) with a key of 16 or 32 bytes. Both members allocate; never to be called from the sample path. */
export interface Aead {
  /**
   * Encrypts and authenticates.
   * @param nonce AEAD_NONCE_BYTES that must never be used again with this key
   * @param associated is authenticated, and not part of the result
   * @returns as many bytes as `plaintext`, and the tag
   */
  seal(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** Undoes `seal`. @param sealed at least AEAD_TAG_BYTES @returns undefined if anything was changed, or the key is another */
  open(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
}

// NodeImageCheck: the ImageCheck contract over node:crypto, and the signing that a release does.
import { type Hash, type KeyObject, createHash, sign, verify } from "node:crypto";
import type { ImageCheck } from "../../contracts/image-check.js";
import { encodeSignedPart } from "../../wire/encode.js";
import { type UpdateHeader } from "../../wire/update.js";

export class NodeImageCheck implements ImageCheck {
  readonly #publicKey: KeyObject;
  #hash: Hash = createHash("sha256");
  /** What `isSigned` must be asked about: node:crypto hashes for itself, so the text behind the last digest is kept. */
  #text: Uint8Array[] = [];
  #signedText = Buffer.alloc(0);

  /** @param publicKey on P-256 */
  constructor(publicKey: KeyObject) {
    this.#publicKey = publicKey;
  }
  reset(): void {
    this.#hash = createHash("sha256");
    this.#text = [];
  }
  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#text.push(bytes.slice());
  }
  digest(): Uint8Array {
    this.#signedText = Buffer.concat(this.#text);
    this.#text = [];
    return this.#hash.digest();
  }
  isSigned(digest: Uint8Array, signature: Uint8Array): boolean {
    if (!createHash("sha256").update(this.#signedText).digest().equals(digest)) return false;
    return verify("sha256", this.#signedText, { key: this.#publicKey, dsaEncoding: "ieee-p1363" }, signature);
  }
}

/** @returns UPDATE_HEADER_BYTES for an image. @param privateKey on P-256 */
export function signUpdate(image: Uint8Array, of: Omit<UpdateHeader, "imageBytes" | "digest">, privateKey: KeyObject): Uint8Array {
  const signedPart = encodeSignedPart({ ...of, imageBytes: image.length, digest: createHash("sha256").update(image).digest() });
  return Buffer.concat([signedPart, sign("sha256", signedPart, { key: privateKey, dsaEncoding: "ieee-p1363" })]);
}

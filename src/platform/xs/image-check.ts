// XsImageCheck: the ImageCheck contract over Moddable's `crypt`: SHA-256 in C, ECDSA in JavaScript over big numbers in C.
import { Digest } from "crypt";
import Curve from "curve";
import ECDSA from "ecdsa";
import ECPoint from "ecp";
import type { ImageCheck } from "../../contracts/image-check.js";

const NUMBER_BYTES = 32;

export class XsImageCheck implements ImageCheck {
  private readonly _publicKey: Uint8Array;
  private _digest = new Digest("SHA256");

  /** @param publicKey x and y of a point on P-256, 32 bytes each, big-endian */
  constructor(publicKey: Uint8Array) {
    this._publicKey = publicKey;
  }

  reset(): void {
    this._digest.reset();
  }
  update(bytes: Uint8Array): void {
    this._digest.write(bytes);
  }
  digest(): Uint8Array {
    return new Uint8Array(this._digest.close());
  }

  isSigned(digest: Uint8Array, signature: Uint8Array): boolean {
    // The SDK (8.2.3) leaves these out, without which r = s = 0 would be a signature of anything (FIPS 186-5, section 6.4.2, step 1).
    const curve = new Curve("secp256r1");
    const r = numberAt(signature, 0);
    const s = numberAt(signature, NUMBER_BYTES);
    if (signature.length !== 2 * NUMBER_BYTES || r < 1n || s < 1n || r >= curve.n || s >= curve.n) return false;
    const point = new ECPoint(numberAt(this._publicKey, 0), numberAt(this._publicKey, NUMBER_BYTES));
    return new ECDSA(point, curve).verify(digest.slice().buffer, signature.slice().buffer);
  }
}

function numberAt(bytes: Uint8Array, offset: number): bigint {
  return BigInt.fromArrayBuffer(bytes.slice(offset, offset + NUMBER_BYTES).buffer);
}

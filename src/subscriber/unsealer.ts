// Unsealer: opens encrypted messages, and refuses what is not encrypted, not genuine, or older than what was heard.
import type { Aead } from "../contracts/aead.js";
import { associatedData, getBigEndian, isSealed } from "../wire/cose.js";
import { decodeEnvelope } from "../wire/decode.js";

/** Why a message was refused. */
export type Refusal =
  /** It is not encrypted, and could be from anyone. */
  | "unencrypted"
  /** We have no key for this device or epoch. */
  | "no key"
  /** Made or changed by someone without the key, or sent under another topic. */
  | "forged"
  /** A genuine message of the past: someone recorded it, or the broker sent it twice. */
  | "replayed"
  /** Not an envelope, or cut short. */
  | "malformed";

export interface UnsealerOptions {
  readonly aead: Aead;
  /** @returns the device's data key of that epoch */
  readonly keyOf: (deviceId: string, epoch: number) => Uint8Array | undefined;
}

/** When a message was sealed: key epoch, boot count, count of messages in that boot. Each is above all before it. */
export type SealedAt = readonly [epoch: number, bootCount: number, count: number];

export type Unsealed =
  | {
      readonly ok: true;
      readonly message: Uint8Array;
      readonly at: SealedAt;
      /** Names the key and the boot; within it, the count of `at` is never given twice. */
      readonly stream: string;
    }
  | { readonly ok: false; readonly refusal: Refusal; readonly problem: string };

export class Unsealer {
  readonly #options: UnsealerOptions;

  constructor(options: UnsealerOptions) {
    this.#options = options;
  }

  open(deviceId: string, topic: string, message: Uint8Array): Unsealed {
    if (!isSealed(message)) return { ok: false, refusal: "unencrypted", problem: "message: not encrypted, expected COSE_Encrypt0" };
    const envelope = decodeEnvelope(message);
    if (!envelope.ok) return { ok: false, refusal: "malformed", problem: envelope.problem };
    const { keyBytes, epoch, nonce, sealed } = envelope.value;
    const { aead, keyOf } = this.#options;
    const key = keyOf(deviceId, epoch);
    if (key?.length !== keyBytes) return { ok: false, refusal: "no key", problem: `key of ${deviceId}: none of epoch ${epoch} with ${keyBytes} bytes` };
    const opened = aead.open(key, nonce, associatedData(keyBytes, epoch, topic), sealed);
    if (!opened) return { ok: false, refusal: "forged", problem: "message: not made with the device's key for this topic" };
    const bootCount = getBigEndian(nonce, 0);
    return { ok: true, message: opened, at: [epoch, bootCount, getBigEndian(nonce, 8)], stream: `${epoch}.${bootCount}.${getBigEndian(nonce, 4)}` };
  }
}

/** Is `one` from after `other`? */
export function isAfter(one: SealedAt, other: SealedAt): boolean {
  for (let index = 0; index < one.length; index++) {
    const difference = (one[index] as number) - (other[index] as number);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

// The header before a record in an MQTT message: who sends it, when, and whether it is late or sent again. See FORMAT.md.
import { assert } from "../base/assert.js";
import { getU16, getU32, getU48, putU16, putU32, putU48 } from "./bytes.js";
import type { Decoded } from "./record.js";

export const DELIVERY_VERSION = 1;
export const DELIVERY_BYTES = 24;

const FLAG_LATE = 1;
const FLAG_REDELIVERED = 2;

export interface Delivery {
  /** KIND_* of the record that follows. */
  kind: number;
  /** The record could not be sent when it was written: the link was down or the device was off. */
  late: boolean;
  /** It was sent before without an acknowledgement, so it may have arrived already. */
  redelivered: boolean;
  /** Boot in which the message is sent; with `sentUptimeMs` it dates events of the same boot when no clock was set. */
  bootCount: number;
  sentUptimeMs: number;
  /** Unix time at sending, 0 while unset. [ms] */
  sentWallMs: number;
  /**
   * The Unix time in the alert that follows was filled in at delivery, since the clock was unset when it was raised: CLOCK_SET, or CLOCK_DRIFTED
   * if the time was told so long before or after the onset that it may be off by more than a second. Else CLOCK_UNSET.
   */
  dated: 0 | 1 | 2;
  /** Bytes of the record that follows. */
  recordBytes: number;
}

/** Writes the header into the first DELIVERY_BYTES of `into`. @returns DELIVERY_BYTES */
export function encodeDelivery(delivery: Delivery, into: Uint8Array): number {
  assert(into.length >= DELIVERY_BYTES, "encodeDelivery: buffer too small");
  into[0] = DELIVERY_VERSION;
  into[1] = delivery.kind;
  into[2] = (delivery.late ? FLAG_LATE : 0) | (delivery.redelivered ? FLAG_REDELIVERED : 0);
  into[3] = delivery.dated;
  putU32(into, 4, delivery.bootCount);
  putU48(into, 8, delivery.sentUptimeMs);
  putU48(into, 14, delivery.sentWallMs);
  putU16(into, 20, delivery.recordBytes);
  putU16(into, 22, 0);
  return DELIVERY_BYTES;
}

/** Reads the header; the record is `message.subarray(DELIVERY_BYTES, DELIVERY_BYTES + recordBytes)`, checked to be there. */
export function decodeDelivery(message: Uint8Array): Decoded<Delivery> {
  if (message.length < DELIVERY_BYTES) return { ok: false, problem: `message: ${message.length} bytes, expected at least ${DELIVERY_BYTES}` };
  if (message[0] !== DELIVERY_VERSION) return { ok: false, problem: `message: version ${message[0]}, expected ${DELIVERY_VERSION}` };
  const recordBytes = getU16(message, 20);
  if (message.length !== DELIVERY_BYTES + recordBytes)
    return { ok: false, problem: `message: ${message.length} bytes, expected ${DELIVERY_BYTES + recordBytes}` };
  const flags = message[2] as number;
  const dated = message[3] as number;
  if (dated > 2) return { ok: false, problem: `message: dated ${dated}, expected 0 to 2` };
  return {
    ok: true,
    value: {
      kind: message[1] as number,
      late: (flags & FLAG_LATE) !== 0,
      redelivered: (flags & FLAG_REDELIVERED) !== 0,
      bootCount: getU32(message, 4),
      sentUptimeMs: getU48(message, 8),
      sentWallMs: getU48(message, 14),
      dated: dated as 0 | 1 | 2,
      recordBytes,
    },
  };
}

// The header before a record in an MQTT message: who sends it, when, and whether it is late or sent again. See FORMAT.md.
import { assert } from "../base/assert.js";
import { putU16, putU32, putU48 } from "./bytes.js";

export const DELIVERY_VERSION = 1;
export const DELIVERY_BYTES = 24;

export const FLAG_LATE = 1;
export const FLAG_REDELIVERED = 2;

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
  assert(into.length >= DELIVERY_BYTES, "delivery: no room");
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

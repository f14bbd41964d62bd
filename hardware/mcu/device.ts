// Composition root of the emulated microcontroller: as on the ESP32-C3's board, the MAX30003 and no other front end, read by the monitor's tick.
import Max30003 from "../../src/drivers/max30003/max30003.js";
import type { Device, HostCall } from "../../src/platform/desk/border.js";
import { DeskSpi } from "../../src/platform/desk/stand-ins.js";
import { SAMPLE_RATE_HZ } from "../../src/vocabulary/sample.js";
import { Composition } from "../desk/composition.js";

/** Messages to the device have 576 bytes at most; the boards have no mailbox at all. */
const MAILBOX_BYTES = 640;

/** @returns a device without power; CALL_BOOT starts it. */
export default function createDevice(hostCall: HostCall): Device {
  const composition = new Composition(hostCall, () => () => {
    const afe = new Max30003({ sensor: { io: DeskSpi, hostCall } });
    afe.configure({ sampleRateHz: SAMPLE_RATE_HZ });
    return afe;
  }, MAILBOX_BYTES);
  return { mailbox: composition.mailbox, call: (op, a, b, byteCount) => composition.call(op, a, b, byteCount) };
}

// Composition root of the emulated microcontroller: as on the ESP32-C3's board, the MAX30003 and no other front end, read by the monitor's tick.
import Max30003 from "../../src/drivers/max30003/max30003.js";
import type { Device, HostCall } from "../../src/platform/desk/border.js";
import { DeskSpi } from "../../src/platform/desk/stand-ins.js";
import { SAMPLE_RATE_HZ } from "../../src/vocabulary/sample.js";
import { type AfeOf, Composition } from "../desk/composition.js";

/** For the options of CALL_BOOT alone, as nobody sends messages to this device; the boards have no mailbox at all. */
const MAILBOX_BYTES = 128;

const afeOf: AfeOf = (_options, hostCall) => () => {
  const afe = new Max30003({ sensor: { io: DeskSpi, hostCall } });
  afe.configure({ sampleRateHz: SAMPLE_RATE_HZ });
  return afe;
};

/** @returns a device without power; CALL_BOOT starts it. */
export default function createDevice(hostCall: HostCall): Device {
  return new Composition(hostCall, afeOf, MAILBOX_BYTES);
}

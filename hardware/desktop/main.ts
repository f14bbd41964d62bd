// Composition root for Moddable's simulator on a computer: the device's firmware, with stand-ins where the computer has no such part.
import Max30003 from "../../src/drivers/max30003/max30003.js";
import { SAMPLE_RATE_HZ } from "../../src/vocabulary/sample.js";
import { start } from "../common/start.js";
import { EmulatedSpi } from "./emulated-spi.js";

start(() => {
  const afe = new Max30003({ sensor: { io: EmulatedSpi } });
  afe.configure({ sampleRateHz: SAMPLE_RATE_HZ });
  return afe;
});

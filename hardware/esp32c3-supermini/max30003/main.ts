// Composition root of the ESP32-C3 SuperMini with a MAX30003.
import Max30003 from "../../../src/drivers/max30003/max30003.js";
import { FramedSpi } from "../../../src/platform/xs/framed-spi.js";
import { TraceIndicator } from "../../../src/platform/xs/indicator.js";
import { SAMPLE_RATE_HZ } from "../../../src/vocabulary/sample.js";
import { updateOf } from "../../../src/platform/xs/update.js";
import { start } from "../../common/start.js";

/** See ../WIRING.md. `in` is MISO, `out` MOSI, `select` CS (active low); port 1 is SPI2, the only one for general use. */
const PINS = { io: FramedSpi, port: 1, clock: 4, in: 5, out: 6, select: 7, active: 0 } as const;

const indicator = new TraceIndicator();

start(() => {
  // What the chip itself measures from R to R is compared with what the detector finds, and differences are told on the console.
  const afe = new Max30003({ sensor: PINS, onRToR: (intervalMs) => indicator.rToR(intervalMs) });
  afe.configure({ sampleRateHz: SAMPLE_RATE_HZ });
  return afe;
}, updateOf("esp32c3-supermini"), indicator);

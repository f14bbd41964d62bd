// Composition root of the ESP32-DevKitC's second core: the MAX30003, and nothing else.
import Max30003 from "../../../src/drivers/max30003/max30003.js";
import { acquire } from "../../../src/platform/xs/acquire.js";
import { FramedSpi } from "../../../src/platform/xs/framed-spi.js";
import { SAMPLE_RATE_HZ } from "../../../src/vocabulary/sample.js";

/** See ../WIRING.md. `in` is MISO, `out` MOSI, `select` CS (active low); port 2 is SPI3 ("VSPI"), whose own pins these are. */
const PINS = { io: FramedSpi, port: 2, clock: 18, in: 19, out: 23, select: 5, active: 0 } as const;

acquire((onRToR) => {
  const afe = new Max30003({ sensor: PINS, onRToR });
  afe.configure({ sampleRateHz: SAMPLE_RATE_HZ });
  return afe;
});

// Composition root of the XIAO ESP32S3's second core: the MAX30003, and nothing else.
import Max30003 from "../../../src/drivers/max30003/max30003.js";
import { acquire } from "../../../src/platform/xs/acquire.js";
import { FramedSpi } from "../../../src/platform/xs/framed-spi.js";
import { SAMPLE_RATE_HZ } from "../../../src/vocabulary/sample.js";

/** See ../WIRING.md. `in` is MISO, `out` MOSI, `select` CS (active low); port 1 is SPI2, and the first three are the pins that the board calls SPI. */
const PINS = { io: FramedSpi, port: 1, clock: 7, in: 8, out: 9, select: 4, active: 0 } as const;

acquire((onRToR) => {
  const afe = new Max30003({ sensor: PINS, onRToR });
  afe.configure({ sampleRateHz: SAMPLE_RATE_HZ });
  return afe;
});

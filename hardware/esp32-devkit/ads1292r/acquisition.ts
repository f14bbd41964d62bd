// Composition root of the ESP32-DevKitC's second core: the ADS1292R, and nothing else.
import { readSamples } from "../../../src/platform/xs/sampler.js";
import { openAds1292r } from "../../common/ads1292r.js";

/** See ../WIRING.md. `in` is MISO, `out` MOSI, `select` CS, `dataReady` DRDY; port 2 is SPI3 ("VSPI"), whose own pins the first four are. */
const PINS = { port: 2, clock: 18, in: 19, out: 23, select: 5, dataReady: 4 } as const;

self.onmessage = (memory) => readSamples((onAlert) => openAds1292r(PINS, onAlert), memory as SharedArrayBuffer);

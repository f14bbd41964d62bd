// Composition root of the XIAO ESP32S3's second core: the ADS1292R, and nothing else.
import { readSamples } from "../../../src/platform/xs/sampler.js";
import { openAds1292r } from "../../common/ads1292r.js";

/** See ../WIRING.md. `in` is MISO, `out` MOSI, `select` CS, `dataReady` DRDY; port 1 is SPI2, and the first three are the pins that the board calls SPI. */
const PINS = { port: 1, clock: 7, in: 8, out: 9, select: 4, dataReady: 2 } as const;

self.onmessage = (memory) => readSamples((onAlert) => openAds1292r(PINS, onAlert), memory as SharedArrayBuffer);

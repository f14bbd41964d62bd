// Composition root of the ESP32-C3 SuperMini with an ADS1292R.
import { readBetweenTicks } from "../../../src/platform/xs/sampler.js";
import { updateOf } from "../../../src/platform/xs/update.js";
import { openAds1292r } from "../../common/ads1292r.js";
import { start } from "../../common/start.js";

/** See ../WIRING.md. `in` is MISO, `out` MOSI, `select` CS, `dataReady` DRDY; port 1 is SPI2, the only one for general use. */
const PINS = { port: 1, clock: 4, in: 5, out: 6, select: 7, dataReady: 3 } as const;

const afe = readBetweenTicks((onAlert) => openAds1292r(PINS, onAlert), "ADS1292R");

start(() => afe, updateOf("esp32c3-supermini-1292r"));

// Composition root of the ESP32-DevKitC's second core: the AD8232, and nothing else.
import { readSamples } from "../../../src/platform/xs/sampler.js";
import { openAd8232 } from "../../common/ad8232.js";

/** See ../WIRING.md: the converter's pin, LO+ and LO-. */
const PINS = { output: 34, leadOffPlus: 32, leadOffMinus: 33 } as const;

self.onmessage = (memory) => readSamples(() => openAd8232(PINS), memory as SharedArrayBuffer);

// Composition root of the XIAO ESP32S3's second core: the AD8232, and nothing else.
import { readSamples } from "../../../src/platform/xs/sampler.js";
import { openAd8232 } from "../../common/ad8232.js";

/** See ../WIRING.md: the converter's pin, LO+ and LO-. */
const PINS = { output: 1, leadOffPlus: 2, leadOffMinus: 4 } as const;

self.onmessage = (memory) => readSamples(() => openAd8232(PINS), memory as SharedArrayBuffer);

// Composition root of the ESP32-C3 SuperMini with an AD8232.
import { readBetweenTicks } from "../../../src/platform/xs/sampler.js";
import { updateOf } from "../../../src/platform/xs/update.js";
import { openAd8232 } from "../../common/ad8232.js";
import { start } from "../../common/start.js";

/** See ../WIRING.md: the converter's pin, LO+ and LO-. */
const PINS = { output: 3, leadOffPlus: 5, leadOffMinus: 6 } as const;

const afe = readBetweenTicks(() => openAd8232(PINS), "AD8232");

start(() => afe, updateOf("esp32c3-supermini-8232"));

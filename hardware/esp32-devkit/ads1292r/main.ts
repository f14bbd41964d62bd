// Composition root of the ESP32-DevKitC with an ADS1292R, which acquisition.ts reads on the second core.
import { readOnOtherCore } from "../../../src/platform/xs/other-core.js";
import { updateOf } from "../../../src/platform/xs/update.js";
import { start } from "../../common/start.js";

start(() => readOnOtherCore("hardware/esp32-devkit/ads1292r/acquisition", "ADS1292R"), updateOf("esp32-devkit-1292r"));

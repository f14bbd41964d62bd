// Composition root of the ESP32-DevKitC with a MAX30003, which acquisition.ts reads on the second core.
import { TraceIndicator } from "../../../src/platform/xs/indicator.js";
import { readOnOtherCore } from "../../../src/platform/xs/other-core.js";
import { updateOf } from "../../../src/platform/xs/update.js";
import { start } from "../../common/start.js";

const indicator = new TraceIndicator();

start(() => readOnOtherCore("hardware/esp32-devkit/max30003/acquisition", "MAX30003", (intervalMs) => indicator.rToR(intervalMs)), updateOf("esp32-devkit"), indicator);

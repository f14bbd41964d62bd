// Composition root of the ESP32-DevKitC with a MAX30003, which acquisition.ts reads on the second core.
import { readOnOtherCore } from "../../../src/platform/xs/other-core.js";
import { updateOf } from "../../../src/platform/xs/update.js";
import { start } from "../../common/start.js";

start(() => readOnOtherCore("hardware/esp32-devkit/max30003/acquisition", "MAX30003"), updateOf("esp32-devkit"));

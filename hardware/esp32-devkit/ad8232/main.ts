// Composition root of the ESP32-DevKitC with an AD8232, which acquisition.ts reads on the second core.
import { readOnOtherCore } from "../../../src/platform/xs/other-core.js";
import { updateOf } from "../../../src/platform/xs/update.js";
import { start } from "../../common/start.js";

start(() => readOnOtherCore("hardware/esp32-devkit/ad8232/acquisition", "AD8232"), updateOf("esp32-devkit-8232"));

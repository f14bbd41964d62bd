// Composition root of the XIAO ESP32S3 with an AD8232, which acquisition.ts reads on the second core.
import { readOnOtherCore } from "../../../src/platform/xs/other-core.js";
import { updateOf } from "../../../src/platform/xs/update.js";
import { start } from "../../common/start.js";

start(() => readOnOtherCore("hardware/xiao-esp32s3/ad8232/acquisition", "AD8232"), updateOf("xiao-esp32s3-8232"));

// Composition root of the XIAO ESP32S3 with an ADS1292R, which acquisition.ts reads on the second core.
import { readOnOtherCore } from "../../../src/platform/xs/other-core.js";
import { updateOf } from "../../../src/platform/xs/update.js";
import { start } from "../../common/start.js";

start(() => readOnOtherCore("hardware/xiao-esp32s3/ads1292r/acquisition", "ADS1292R"), updateOf("xiao-esp32s3-1292r"));

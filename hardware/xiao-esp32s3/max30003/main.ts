// Composition root of the XIAO ESP32S3 with a MAX30003, which acquisition.ts reads on the second core.
import { TraceIndicator } from "../../../src/platform/xs/indicator.js";
import { readOnOtherCore } from "../../../src/platform/xs/other-core.js";
import { updateOf } from "../../../src/platform/xs/update.js";
import { start } from "../../common/start.js";

const indicator = new TraceIndicator();

start(() => readOnOtherCore("hardware/xiao-esp32s3/max30003/acquisition", "MAX30003", (intervalMs) => indicator.rToR(intervalMs)), updateOf("xiao-esp32s3"), indicator);

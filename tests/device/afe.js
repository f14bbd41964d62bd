/*---
description: The MAX30003 answers, samples at 250 a second within 1 %, and sees its open inputs as lead-off. Take the electrodes off first.
flags: [module, async]
---*/
// For Moddable's testmc on a device; hardware/README.md says how. The pins are those of the board's composition root, e.g. hardware/esp32-devkit/max30003/acquisition.ts: edit PINS for yours.
import Time from "time";
import Timer from "timer";
import Max30003 from "src/drivers/max30003/max30003";
import { FramedSpi } from "src/platform/xs/framed-spi";

/** ESP32-DevKitC. XIAO ESP32S3: port 1, 7, 8, 9, 4. ESP32-C3 SuperMini: port 1, 4, 5, 6, 7. */
const PINS = { port: 2, clock: 18, in: 19, out: 23, select: 5, active: 0 };
const SETTLE_MS = 1000;
const MEASURE_MS = 10_000;

const afe = new Max30003({ sensor: { io: FramedSpi, ...PINS } });
afe.configure({ sampleRateHz: 250 });
const reading = { samplesUv: new Int32Array(64), count: 0, leadOff: false, saturated: false, overrun: false };
const start = Time.ticks;
let measureStart;
let samples = 0;
Timer.repeat((timer) => {
  const status = afe.sample(reading);
  const elapsedMs = Time.delta(start);
  if (status !== 0) return end(timer, `status ${status}, expected 0: see the wiring`);
  if (elapsedMs < SETTLE_MS) return;
  if (measureStart === undefined) {
    measureStart = Time.ticks;
    return;
  }
  samples += reading.count;
  if (reading.overrun) return end(timer, "samples were lost");
  const measuredMs = Time.delta(measureStart);
  if (measuredMs < MEASURE_MS) return;
  const rateHz = (samples * 1000) / measuredMs;
  trace(`afe: ${rateHz} samples/s, lead-off ${reading.leadOff}\n`);
  if (Math.abs(rateHz - 250) > 2.5) end(timer, `${rateHz} samples/s, expected 250: see the 32,768 Hz clock`);
  else end(timer, reading.leadOff ? undefined : "no lead-off with open inputs");
}, 40);

function end(timer, problem) {
  Timer.clear(timer);
  afe.close();
  $DONE(problem);
}

// readOnOtherCore: has an AFE read by a worker on the other core, and gives its samples as an AFE.
import Worker from "worker";
import type { Afe } from "../../contracts/afe.js";
import { RingAfe } from "../../samples/ring-afe.js";
import { SAMPLE_RING_BYTES } from "../../samples/sample-ring.js";

/**
 * The SDK's main task has priority 4 and no core of its own, Wi-Fi has core 0 (Moddable SDK 8.2.3, esp32 main.c and modWorker.c). Above it and on
 * core 1, the worker runs whatever the monitor is at.
 */
const PLACE = Object.freeze({ core: 1, priority: 5 });
/** JavaScript memory of the worker, whose modules all run from flash: driver, acquirer, buffers. An estimate until it is measured on a board. [bytes, slots] */
const MEMORY = Object.freeze({ static: 16_384, stack: 256, chunk: Object.freeze({ initial: 1024, incremental: 512 }), heap: Object.freeze({ initial: 256, incremental: 32 }) });

/**
 * @param module specifier of the worker's module, which calls `acquire`
 * @param model of the AFE that it opens
 * @param onRToR hears of intervals that the AFE measures itself. [ms]
 * @throws Error if there is no memory for the worker
 */
export function readOnOtherCore(module: string, model: string, onRToR?: (intervalMs: number) => void): Afe {
  const memory = new SharedArrayBuffer(SAMPLE_RING_BYTES);
  const worker = new Worker(module, { ...MEMORY, ...PLACE });
  // oxlint-disable-next-line require-post-message-target-origin -- a worker, not a window
  worker.postMessage(memory);
  return new RingAfe(memory, model, onRToR);
}

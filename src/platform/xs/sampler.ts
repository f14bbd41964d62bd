// Sampler: reads an AFE without a FIFO, sample by sample, into a ring, wherever it runs: a worker on another core, or the monitor's own machine.
import Time from "time";
import Timer from "timer";
import type { Afe } from "../../contracts/afe.js";
import { Acquisition } from "../../samples/acquisition.js";
import { RingAfe } from "../../samples/ring-afe.js";
import { SAMPLE_RING_BYTES } from "../../samples/sample-ring.js";
import { SAMPLE_MS } from "../../vocabulary/sample.js";
import { TickClock } from "../ecma419/tick-clock.js";

/** @returns a new AFE, which calls `onAlert` when it holds a sample, if it can tell. Throws as in Board. */
export type OpenSampled = (onAlert: () => void) => Afe;

/**
 * Reads at each alert, and every 4 ms: an AFE that can't tell is sampled by that timer, of the others it notices who has gone silent.
 * @param memory of the SampleRing, for as long as the device runs
 */
export function readSamples(openAfe: OpenSampled, memory: SharedArrayBuffer): void {
  const clock = new TickClock(Time);
  const service = (): void => acquisition.service(clock.counterMs());
  const acquisition = new Acquisition(() => openAfe(service), memory);
  // Not counted from now on, as of a FIFO: instants follow the crystal, and calls that are made up for after a stall find no sample.
  Timer.repeat(service, SAMPLE_MS);
}

/**
 * The same where there is one core: the monitor's tick reads the ring. To be called before `start`: of two timers that are due the older one comes first (Moddable
 * SDK 8.2.3, modTimersExecute), and a sample can't wait for a tick.
 * @param model of the AFE
 */
export function readBetweenTicks(openAfe: OpenSampled, model: string): Afe {
  const memory = new SharedArrayBuffer(SAMPLE_RING_BYTES);
  readSamples(openAfe, memory);
  return new RingAfe(memory, model);
}

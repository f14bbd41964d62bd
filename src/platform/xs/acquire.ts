// acquire: the whole program of the worker that reads the AFE: it gets the ring's memory from the monitor, and fills it.
import Time from "time";
import Timer from "timer";
import type { Afe } from "../../contracts/afe.js";
import { Acquisition } from "../../samples/acquisition.js";
import { TickClock } from "../ecma419/tick-clock.js";

/** How often the AFE's FIFO is drained: one of 128 ms then survives an erase of flash, which stops both cores for 80 ms, with 28 ms to spare. [ms] */
const DRAIN_MS = 20;

/** To be called once, by a worker's own module. @param openAfe as in Acquisition */
export function acquire(openAfe: (onRToR: (intervalMs: number) => void) => Afe): void {
  self.onmessage = (memory) => {
    const acquisition = new Acquisition(openAfe, memory as SharedArrayBuffer);
    const clock = new TickClock(Time);
    Timer.repeat((timer) => {
      // Counted from now on: the SDK would make up for periods missed in a stall, one straight after the other.
      Timer.schedule(timer, DRAIN_MS, DRAIN_MS);
      acquisition.service(clock.monotonicMs());
    }, DRAIN_MS);
  };
}

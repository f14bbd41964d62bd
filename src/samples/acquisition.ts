// Acquisition: reads the AFE into a sample ring. It runs wherever the AFE can be read in time: on the other core, or between two ticks.
import type { Afe } from "../contracts/afe.js";
import { Acquirer } from "./acquirer.js";
import { SampleRing } from "./sample-ring.js";

export class Acquisition {
  private readonly _acquirer: Acquirer;
  private readonly _ring: SampleRing;

  /**
   * @param openAfe as of `Acquirer`; the AFE may pass on intervals from R to R that it measures
   * @param memory as `SampleRing` takes it
   */
  constructor(openAfe: (onRToR: (intervalMs: number) => void) => Afe, memory: SharedArrayBuffer | ArrayBuffer) {
    const ring = new SampleRing(memory);
    this._acquirer = new Acquirer(() => openAfe((intervalMs) => ring.putRToR(intervalMs)));
    this._ring = ring;
  }

  /**
   * Passes on what the AFE holds. To be called whenever it asks (an AFE without a FIFO: for every sample), and at least every 40 ms, so
   * that an AFE that has gone silent is noticed and opened again.
   */
  service(nowMs: number): void {
    const acquirer = this._acquirer;
    do {
      if (acquirer.poll(nowMs)) this._ring.put(acquirer.block);
    } while (acquirer.hasMore);
    this._ring.setStatus(acquirer.status);
  }
}

// Acquisition: reads the AFE into a sample ring. It runs wherever the AFE can be read in time: on the other core, or between two ticks.
import type { Afe } from "../contracts/afe.js";
import { Acquirer } from "./acquirer.js";
import { SampleRing } from "./sample-ring.js";

export class Acquisition {
  private readonly _acquirer: Acquirer;
  private readonly _ring: SampleRing;

  /** @param openAfe as of `Acquirer` @param memory as `SampleRing` takes it */
  constructor(openAfe: () => Afe, memory: SharedArrayBuffer | ArrayBuffer) {
    this._acquirer = new Acquirer(openAfe);
    this._ring = new SampleRing(memory);
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

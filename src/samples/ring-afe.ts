// RingAfe: the end of a sample ring as an AFE, for a monitor whose AFE is read elsewhere (another core, an interrupt, a timer).
import type { Afe, AfeReading, AfeStatus } from "../contracts/afe.js";
import { SAMPLE_RATE_HZ } from "../vocabulary/sample.js";
import { BLOCK_SAMPLES_MAX } from "./acquirer.js";
import { SampleRing } from "./sample-ring.js";

export class RingAfe implements Afe {
  readonly identification: { readonly model: string; readonly classification: string };
  /** Largest reading; far more can wait. */
  readonly fifoSamples = BLOCK_SAMPLES_MAX;
  readonly sampleRateHz = SAMPLE_RATE_HZ;
  private readonly _ring: SampleRing;
  private _leadOff = false;

  /** @param memory, onRToR as `SampleRing` takes them @param model of the AFE at the other end */
  constructor(memory: SharedArrayBuffer | ArrayBuffer, model: string, onRToR?: (intervalMs: number) => void) {
    this._ring = new SampleRing(memory, onRToR);
    this.identification = Object.freeze({ model, classification: "ECG" });
  }

  /** The other end configures the AFE. */
  configure(): void {}

  sample(into: AfeReading): AfeStatus {
    const status = this._ring.take(into);
    if (into.count > 0) this._leadOff = into.leadOff;
    else into.leadOff = this._leadOff;
    return status;
  }

  close(): void {}
}

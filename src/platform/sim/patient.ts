// Patient: the source of ECG in the simulated world. Here: a recording, replayed.
import type { Lead } from "../../wfdb/record.js";

/** An ECG at the chip's sampling instants, 250 a second. */
export interface Patient {
  readonly name: string;
  /** How many samples there are before it ends; Infinity for one that does not. */
  readonly sampleCount: number;
  /** ECG between the electrodes at sample `index`. [uV] */
  sampleUv(index: number): number;
  /** Is an electrode off at sample `index`? */
  leadOff(index: number): boolean;
}

/** Sampling instants a second. [Hz] */
const PATIENT_RATE_HZ = 250;
/** Half width of the interpolation kernel, in zero crossings: side lobes below the 16 bits that matter. */
const KERNEL_CROSSINGS = 16;

/**
 * Resamples a whole signal to PATIENT_RATE_HZ by windowed-sinc interpolation, as an ideal analogue signal would be seen by the chip.
 * @param samplesUv signal at `rateHz`
 */
export function resampleRecording(samplesUv: Int32Array, rateHz: number): Int32Array {
  if (rateHz === PATIENT_RATE_HZ) return samplesUv;
  const count = Math.floor(((samplesUv.length - 1) * PATIENT_RATE_HZ) / rateHz) + 1;
  const output = new Int32Array(count);
  // Below the lower of both Nyquist frequencies, so that nothing folds back.
  const cutoff = Math.min(1, PATIENT_RATE_HZ / rateHz);
  const reach = KERNEL_CROSSINGS / cutoff;
  for (let index = 0; index < count; index++) {
    const position = (index * rateHz) / PATIENT_RATE_HZ;
    const first = Math.ceil(position - reach);
    const last = Math.floor(position + reach);
    let sum = 0;
    let weightSum = 0;
    for (let source = first; source <= last; source++) {
      const distance = source - position;
      const angle = Math.PI * cutoff * distance;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * distance) / reach);
      const weight = (angle === 0 ? 1 : Math.sin(angle) / angle) * window;
      sum += weight * (samplesUv[Math.min(Math.max(source, 0), samplesUv.length - 1)] as number);
      weightSum += weight;
    }
    output[index] = Math.round(sum / weightSum);
  }
  return output;
}

/** Replays one lead of a record once. */
export class RecordPatient implements Patient {
  readonly name: string;
  readonly sampleCount: number;
  readonly #samplesUv: Int32Array;

  constructor(name: string, lead: Lead, rateHz: number) {
    this.name = name;
    this.#samplesUv = resampleRecording(lead.samplesUv, rateHz);
    this.sampleCount = this.#samplesUv.length;
  }
  sampleUv(index: number): number {
    return this.#samplesUv[index] ?? 0;
  }
  leadOff(): boolean {
    return false;
  }
}

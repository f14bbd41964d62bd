// The contract between an emulated chip and the world around it: patient, time and faults. Types only; nothing of it reaches a device.

/** What the electrodes see. */
export interface EcgSource {
  /**
   * @param sampleIndex Counts the chip's conversions since the emulator was made, from 0; goes on through an overflow of a FIFO.
   * @param timeUs The true time of the conversion, on the clock of `advanceTo`. [us]
   * @returns the voltage between the electrodes. [uV] Fractions are allowed.
   */
  nextSample(sampleIndex: number, timeUs: number): number;
  /** Both electrodes are off now. */
  readonly leadOff: boolean;
}

/** How the bus behaves: as it should; answers of all ones or all zeros; an exception of the bus driver. */
export type BusState = "ok" | "high" | "low" | "throws";

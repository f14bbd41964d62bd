// The contract of an ECG analogue front end (AFE): an ECMA-419 sensor class with a polled, allocation-free read.

/** Nothing went wrong; `count` samples (perhaps 0) were read. */
export const AFE_OK = 0;
/** The bus gave no or impossible answers; nothing was read. Worth trying again: the sensor may be plugged in again. */
export const AFE_BUS_ERROR = 1;
/** Something answers, but not the expected chip. */
export const AFE_WRONG_CHIP = 2;
export type AfeStatus = typeof AFE_OK | typeof AFE_BUS_ERROR | typeof AFE_WRONG_CHIP;

/**
 * What one `sample()` call fills in. Made once by the caller, with zeros and false, and reused for ever by one driver: what this one can never
 * have to say of `lostSamples`, `lateSamples` and `more`, it leaves alone.
 */
export interface AfeReading {
  /** Samples in microvolts, oldest first, each within the int16 range; room for at least `fifoSamples` of them. */
  readonly samplesUv: Int32Array;
  /** How many entries of `samplesUv` are new. */
  count: number;
  /** An electrode is off the skin (or its wire is broken) now. */
  leadOff: boolean;
  /** At least one sample at the end of this reading's converter range. */
  saturated: boolean;
  /** Samples were lost between the reading before and this one (FIFO overflow, reset, nobody read in time). */
  overrun: boolean;
  /** With `overrun`: how many, if the driver can tell; 0 if only the time that has passed can. */
  lostSamples: number;
  /** How many of the samples were taken so far from their instants that the waveform suffers; 0 where a chip's own crystal decides. */
  lateSamples: number;
  /** There is more to read now: this reading ended at a gap, or for want of room. */
  more: boolean;
}

/** Settings of an AFE; what a chip cannot do it refuses with a RangeError that names the field, the value and the choices. */
export interface AfeConfiguration {
  /** Samples per second the chip is asked for. [Hz] */
  sampleRateHz: number;
}

/**
 * An AFE driver. Constructed with ECMA-419 options (`{sensor: {io, ...pins}}`); the constructor checks the chip's identity and
 * throws, with its bus closed, if it is not there. After that no member throws for faults of the world.
 */
export interface Afe {
  readonly identification: { readonly model: string; readonly classification: string };
  /** How many samples can wait while nobody reads. With 1, `sample` has to be called for every single one. */
  readonly fifoSamples: number;
  /** The rate in force. [Hz] */
  readonly sampleRateHz: number;
  configure(configuration: AfeConfiguration): void;
  /** Drains the chip into `into`. Does not wait, does not allocate. After a bus error it tries to set the chip up again on each call. */
  sample(into: AfeReading): AfeStatus;
  close(): void;
}

// SampleBlock: a run of numbered ECG samples.

/** The one sampling rate inside the pipeline, whatever the AFE runs at. [Hz] */
export const SAMPLE_RATE_HZ = 250;
/** Duration of one sample. [ms] */
export const SAMPLE_MS = (1000 / SAMPLE_RATE_HZ) | 0;

/** A run of consecutive samples. One object is made at start and reused; a stage that needs the data later copies it. */
export interface SampleBlock {
  /** Number of the first sample since the device started; lost samples have numbers too. */
  firstSample: number;
  /** How many of `samplesUv` count. */
  count: number;
  /** ECG in microvolts, int16 range. */
  readonly samplesUv: Int32Array;
  /** How many samples were lost between the block before and this one. */
  gapSamples: number;
  /** How many samples were taken so far from their instants that the waveform suffers. */
  lateSamples: number;
  leadOff: boolean;
  saturated: boolean;
}

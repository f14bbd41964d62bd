// What part of a recording is scored, and how far apart two marks of one event may be.

export interface ComparisonOptions {
  /** Rate in which the annotations count. [Hz] */
  sampleRateHz: number;
  /** Start of scoring. Default: 5:00, after the learning period that EC57 allows. */
  fromSample?: number | undefined;
  /** End of scoring: normally the length of the record. Default: the end of the reference annotations. */
  toSample?: number | undefined;
  /** How far apart two annotations of one beat may be. Default: 150 ms, rounded to samples as bxb does. */
  matchWindowSamples?: number | undefined;
}

/** EC57's match window. [s] */
const MATCH_WINDOW_S = 0.15;

/** EC57's learning period. [s] */
const LEARNING_S = 300;

/** Later than every sample of every recording. */
export const END_OF_TIME = Number.MAX_SAFE_INTEGER;

export function matchWindowOf(options: ComparisonOptions): number {
  return options.matchWindowSamples ?? Math.floor(MATCH_WINDOW_S * options.sampleRateHz + 0.5);
}

export function fromSampleOf(options: ComparisonOptions): number {
  return options.fromSample ?? Math.floor(LEARNING_S * options.sampleRateHz + 0.5);
}

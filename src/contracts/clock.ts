// The contract of time: a clock that only goes forward, and a wall clock that may be unknown. Nothing else may tell time.

/** Nobody has set the wall clock since the device started. */
export const CLOCK_UNSET = 0;
/** Set from the network (NTP) during this boot. */
export const CLOCK_SET = 1;
/** Set once, but so long ago that it may have drifted by more than a second. */
export const CLOCK_DRIFTED = 2;
export type ClockQuality = typeof CLOCK_UNSET | typeof CLOCK_SET | typeof CLOCK_DRIFTED;

export interface Clock {
  /** Time since the device started; never goes back, never wraps. [ms] */
  monotonicMs(): number;
  /** Unix time, or 0 while the quality is CLOCK_UNSET. [ms] */
  wallMs(): number;
  quality(): ClockQuality;
}

// The contract of time: a clock that only goes forward, and a wall clock that may be unknown. Nothing else may tell time.

/** Nobody has set the wall clock since the device started. */
export const CLOCK_UNSET = 0;
/** Set from the network (NTP) during this boot. */
export const CLOCK_SET = 1;
/** Set once, but longer ago than CLOCK_TRUST_MS: it may have drifted by more than a second. */
export const CLOCK_DRIFTED = 2;
export type ClockQuality = typeof CLOCK_UNSET | typeof CLOCK_SET | typeof CLOCK_DRIFTED;

export const CLOCK_QUALITY_NAMES = Object.freeze(["unset", "set", "drifted"] as const);

/**
 * For so long the wall time is right to a second, from the moment it was told. [ms] 14 hours: the ESP32's crystal is off by up to 10 ppm, and by 10 ppm
 * more over temperature. Source: ESP32 hardware design guidelines, crystal.
 */
export const CLOCK_TRUST_MS = 14 * 3_600_000;

export interface Clock {
  /** Time since the device started; never goes back, never wraps. [ms] */
  monotonicMs(): number;
  /** The lower 32 bits of that, as an int32: the difference of two is right for 24 days (`(a - b) | 0`), and takes no floating point, ever. [ms] */
  counterMs(): number;
  /** Unix time, or 0 while the quality is CLOCK_UNSET. [ms] */
  wallMs(): number;
  quality(): ClockQuality;
}

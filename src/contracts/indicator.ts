// The contract of what a person at the device sees and hears: the QRS marker, the heart rate and the alarm light.
import type { Alert } from "../vocabulary/alert.js";

/** All members return at once and never throw. */
export interface Indicator {
  /**
   * A heartbeat was found (the QRS tone of a bedside monitor).
   * @param sample Number of the R peak's sample.
   * @param heartRateBpm Heart rate, or -1 while unknown. [1/min]
   */
  beat(sample: number, heartRateBpm: number): void;
  /** The class of that beat is known, up to one beat later. @param beatClass BEAT_* of vocabulary/beat. */
  beatClass(sample: number, beatClass: number): void;
  /** An alert was raised or ended; it is already safe in flash. */
  alert(alert: Alert): void;
}

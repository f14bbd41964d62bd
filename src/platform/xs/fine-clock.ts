// nowMs: the time since the device started, finer than the ticks of Clock, for the instants of single samples.
import "microseconds";
import Time from "time";

/** Goes forward by microseconds. [ms] */
export function nowMs(): number {
  return Time.microseconds / 1000;
}

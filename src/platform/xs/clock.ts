// XsClock: the Clock contract over Moddable's `time` module.
import Time from "time";
import type { Clock, ClockQuality } from "../../contracts/clock.js";
import { CLOCK_DRIFTED, CLOCK_SET, CLOCK_UNSET } from "../../contracts/clock.js";

/** ESP32 main crystal, +-10 ppm and 10 ppm over temperature: a second is gone after 14 hours. [ms] Source: ESP32 hardware design guidelines, crystal. */
const DRIFT_MS_MAX = 14 * 3_600_000;

export class XsClock implements Clock {
  #lastTicks = Time.ticks;
  #monotonicMs = 0;
  #setAtMs = -1;

  /** To be called at least every 24 days, since `Time.ticks` wraps; the monitor's tick does. */
  monotonicMs(): number {
    const ticks = Time.ticks;
    this.#monotonicMs += Time.delta(this.#lastTicks, ticks);
    this.#lastTicks = ticks;
    return this.#monotonicMs;
  }

  wallMs(): number {
    return this.#setAtMs < 0 ? 0 : Date.now();
  }

  quality(): ClockQuality {
    if (this.#setAtMs < 0) return CLOCK_UNSET;
    return this.#monotonicMs - this.#setAtMs > DRIFT_MS_MAX ? CLOCK_DRIFTED : CLOCK_SET;
  }

  /** The network told the time. @param unixMs [ms] */
  set(unixMs: number): void {
    Time.set(unixMs / 1000);
    this.#setAtMs = this.monotonicMs();
  }
}

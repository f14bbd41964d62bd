// TickClock: the Clock contract over a millisecond counter that wraps and a time that the network tells now and then; the same on the device and on the desk.
import type { Clock, ClockQuality } from "../../contracts/clock.js";
import { CLOCK_DRIFTED, CLOCK_SET, CLOCK_TRUST_MS, CLOCK_UNSET } from "../../contracts/clock.js";

export class TickClock implements Clock {
  readonly #readTicks: () => number;
  #lastTicks: number;
  #monotonicMs = 0;
  #setAtMs = -1;
  #setWallMs = 0;

  /** @param readTicks A counter of milliseconds of which the lower 32 bits count: -1 is followed by 0, 0x7fffffff by -0x80000000. */
  constructor(readTicks: () => number) {
    this.#readTicks = readTicks;
    this.#lastTicks = readTicks();
  }

  /** To be called at least every 24 days, since 32 bits wrap after 49 and half of that would look like a step back; the monitor's tick does. */
  monotonicMs(): number {
    const ticks = this.#readTicks();
    const passedMs = (ticks - this.#lastTicks) | 0;
    this.#lastTicks = ticks;
    if (passedMs > 0) this.#monotonicMs += passedMs;
    return this.#monotonicMs;
  }

  wallMs(): number {
    return this.#setAtMs < 0 ? 0 : this.#setWallMs + this.monotonicMs() - this.#setAtMs;
  }

  quality(): ClockQuality {
    if (this.#setAtMs < 0) return CLOCK_UNSET;
    return this.monotonicMs() - this.#setAtMs > CLOCK_TRUST_MS ? CLOCK_DRIFTED : CLOCK_SET;
  }

  /** The network told the time. It may be before or behind what the clock said: only the wall time steps. @param unixMs [ms] */
  set(unixMs: number): void {
    this.#setAtMs = this.monotonicMs();
    this.#setWallMs = unixMs;
  }
}

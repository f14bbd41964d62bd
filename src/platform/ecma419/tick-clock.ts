// TickClock: the Clock contract over a millisecond counter that wraps and a time that the network tells now and then; the same on the device and on the desk.
import type { Clock, ClockQuality } from "../../contracts/clock.js";
import { CLOCK_DRIFTED, CLOCK_SET, CLOCK_TRUST_MS, CLOCK_UNSET } from "../../contracts/clock.js";

/** Shortest time over which the crystal is measured. [ms] A time told by NTP may be off by 100 ms, which are 28 ppm of an hour. */
export const DRIFT_MEASURED_MS_MIN = 3_600_000;
/** More is a step of what was told, and no drift of the crystal. [ppm] */
export const DRIFT_PPM_MAX = 500;

/** An object, as Moddable's Time is one: a function that reads the counter would lie in RAM. */
export interface TickCounter {
  /** Milliseconds of which the lower 32 bits count: -1 is followed by 0, 0x7fffffff by -0x80000000. */
  readonly ticks: number;
}

export class TickClock implements Clock {
  private readonly _counter: TickCounter;
  private _lastTicks: number;
  /** Time since start: its lower 32 bits, and how often they have wrapped. [ms] */
  private _counterMs = 0;
  private _wraps = 0;
  private _setAtMs = -1;
  private _setWallMs = 0;
  /** When the measurement of the crystal began, and what NTP said then (0: it has not). */
  private _measuredFromMs = 0;
  private _measuredFromWallMs = 0;
  /** By how much the counter is slow, as last measured. [ppm] */
  private _slowPpm = 0;

  constructor(counter: TickCounter) {
    this._counter = counter;
    this._lastTicks = counter.ticks;
  }

  monotonicMs(): number {
    const counterMs = this.counterMs();
    return this._wraps === 0 && counterMs >= 0 ? counterMs : this._wraps * 2 ** 32 + (counterMs >>> 0);
  }

  /** To be called at least every 24 days, since 32 bits wrap after 49 and half of that would look like a step back; the monitor's tick does. */
  counterMs(): number {
    const { ticks } = this._counter;
    const passedMs = (ticks - this._lastTicks) | 0;
    this._lastTicks = ticks;
    const before = this._counterMs;
    if (passedMs <= 0) return before;
    const counterMs = (before + passedMs) | 0;
    this._counterMs = counterMs;
    if (before < 0 && counterMs >= 0) this._wraps++;
    return counterMs;
  }

  wallMs(): number {
    if (this._setAtMs < 0) return 0;
    const passedMs = this.monotonicMs() - this._setAtMs;
    return this._setWallMs + passedMs + Math.round((passedMs * this._slowPpm) / 1_000_000);
  }

  quality(): ClockQuality {
    if (this._setAtMs < 0) return CLOCK_UNSET;
    return this.monotonicMs() - this._setAtMs > CLOCK_TRUST_MS ? CLOCK_DRIFTED : CLOCK_SET;
  }

  /**
   * Someone told the time. It may be before or behind what the clock said: only the wall time steps.
   * @param unixMs Whole milliseconds.
   * @param isExact It is NTP's: of two such times far enough apart, the crystal's error is learned, and taken out of the wall time from then on.
   */
  set(unixMs: number, isExact = false): void {
    this._setAtMs = this.monotonicMs();
    this._setWallMs = unixMs;
    if (isExact) this._measure(this._setAtMs, unixMs);
  }

  private _measure(nowMs: number, unixMs: number): void {
    const passedMs = nowMs - this._measuredFromMs;
    if (this._measuredFromWallMs > 0) {
      if (passedMs < DRIFT_MEASURED_MS_MIN) return;
      const slowPpm = Math.round(((unixMs - this._measuredFromWallMs - passedMs) * 1_000_000) / passedMs);
      if (Math.abs(slowPpm) <= DRIFT_PPM_MAX) this._slowPpm = slowPpm;
    }
    this._measuredFromMs = nowMs;
    this._measuredFromWallMs = unixMs;
  }
}

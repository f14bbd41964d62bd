// ConversionCounter: tells from the time how many conversions of a free-running converter nobody has read.

/** The grid of conversions is kept so much earlier than the earliest reading: in doubt a sample is missed, not taken for another. [ms] */
const GUARD_MS = 1;
/** Readings after which the grid is moved by a quarter of what the earliest of them says. */
const WINDOW_READINGS = 64;

/**
 * A converter with a crystal of its own, and no count of its conversions, says only that there is a new one; the newest overwrites the one before.
 * Readings come at their conversion or somewhat later, so that the earliest of many shows where the conversions are.
 *
 * Right as long as a reading is at most 2 ms late (with a clock of whole milliseconds); for one that comes between that and a period
 * late, one conversion too many may be taken for missed, and the next one missed then makes up for it.
 */
export class ConversionCounter {
  #periodMs = 4;
  /** Start of the period of the latest reading. [ms] */
  #slotMs = 0;
  /** How many conversions too many have been counted. */
  #ahead = 0;
  #earliestMs = 0;
  #readings = 0;
  #settled = false;

  /** The first conversion is being read. */
  start(nowMs: number, periodMs: number): void {
    this.#periodMs = periodMs;
    this.#slotMs = nowMs - GUARD_MS;
    this.#ahead = 0;
    this.#earliestMs = periodMs;
    this.#readings = 0;
    this.#settled = false;
  }

  /** A new conversion is being read. @returns how many were missed since the reading before */
  missed(nowMs: number): number {
    const periodMs = this.#periodMs;
    const passed = Math.floor((nowMs - this.#slotMs) / periodMs);
    this.#slotMs += passed * periodMs;
    const sinceMs = nowMs - this.#slotMs;
    if (sinceMs < this.#earliestMs) this.#earliestMs = sinceMs;
    const ahead = this.#ahead - passed + 1;
    this.#ahead = ahead > 0 ? ahead : 0;
    if (++this.#readings === WINDOW_READINGS) this.#adjust();
    if (ahead >= 0) return 0;
    this.#settled = true;
    return -ahead;
  }

  #adjust(): void {
    this.#slotMs += (this.#earliestMs - GUARD_MS) / 4;
    this.#earliestMs = this.#periodMs;
    this.#readings = 0;
    // A first reading that was late has set the grid too late, and those after it seemed to come too early.
    if (!this.#settled) this.#ahead = 0;
    this.#settled = true;
  }
}

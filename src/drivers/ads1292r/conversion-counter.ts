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
  private _periodMs = 4;
  /** Start of the period of the latest reading. [ms] */
  private _slotMs = 0;
  /** How many conversions too many have been counted. */
  private _ahead = 0;
  private _earliestMs = 0;
  private _readings = 0;
  private _settled = false;

  /** The first conversion is being read. */
  start(nowMs: number, periodMs: number): void {
    this._periodMs = periodMs;
    this._slotMs = nowMs - GUARD_MS;
    this._ahead = 0;
    this._earliestMs = periodMs;
    this._readings = 0;
    this._settled = false;
  }

  /** A new conversion is being read. @returns how many were missed since the reading before */
  missed(nowMs: number): number {
    const periodMs = this._periodMs;
    const passed = Math.floor((nowMs - this._slotMs) / periodMs);
    this._slotMs += passed * periodMs;
    const sinceMs = nowMs - this._slotMs;
    if (sinceMs < this._earliestMs) this._earliestMs = sinceMs;
    const ahead = this._ahead - passed + 1;
    this._ahead = ahead > 0 ? ahead : 0;
    if (++this._readings === WINDOW_READINGS) this._adjust();
    if (ahead >= 0) return 0;
    this._settled = true;
    return -ahead;
  }

  private _adjust(): void {
    this._slotMs += (this._earliestMs - GUARD_MS) / 4;
    this._earliestMs = this._periodMs;
    this._readings = 0;
    // A first reading that was late has set the grid too late, and those after it seemed to come too early.
    if (!this._settled) this._ahead = 0;
    this._settled = true;
  }
}

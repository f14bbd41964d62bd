// RrCheck: the detector's RR intervals beside those that the AFE measures for itself. Nothing is decided by it; what differs is counted.
import { SAMPLE_MS } from "../vocabulary/sample.js";

/** So many milliseconds more or less are the same interval: the chip's step is 8 ms, and both may take another slope of the complex for its peak. */
export const RR_SAME_MS = 40;
/** An interval of the detector is judged two beats later: the chip may be a beat behind, or ahead by the detector's delay of 0.4 s. */
const KEPT = 5;
/** Longer ones are a gap or a pause, and mean no pair of beats. [ms] */
const RR_MS_MAX = 3000;

/** Nothing is allocated after the constructor. */
export class RrCheck {
  /** Intervals of the detector that were judged, and those of them of which the chip had none alike. */
  compared = 0;
  differing = 0;
  private readonly _chipMs = new Int32Array(KEPT);
  private _next = 0;
  private _lastSample = 0;
  /** Intervals that wait, the newer and the older; 0 where there is none. */
  private _newerMs = 0;
  private _olderMs = 0;

  /** The chip has measured an interval. */
  chip(intervalMs: number): void {
    this._chipMs[this._next] = intervalMs;
    this._next = (this._next + 1) % KEPT;
  }

  /** The detector has found a beat. @param sample number of its R peak @returns whether the interval that was due to be judged differs */
  beat(sample: number): boolean {
    const judgedMs = this._olderMs;
    const intervalMs = (sample - this._lastSample) * SAMPLE_MS;
    this._lastSample = sample;
    this._olderMs = this._newerMs;
    this._newerMs = intervalMs <= RR_MS_MAX ? intervalMs : 0;
    if (judgedMs === 0) return false;
    this.compared++;
    for (let index = 0; index < KEPT; index++) if (Math.abs((this._chipMs[index] as number) - judgedMs) <= RR_SAME_MS) return false;
    this.differing++;
    return true;
  }
}

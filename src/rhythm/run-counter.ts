// RunCounter: beats of one class in a row, and how fast they follow each other.
import { BEAT_F, BEAT_Q, type BeatClass } from "../vocabulary/beat.js";
import { SAMPLE_MS } from "../vocabulary/sample.js";

/** Counts one class. Nothing is allocated after the constructor. */
export class RunCounter {
  private readonly _beatClass: BeatClass;
  private readonly _rrMs: Int32Array;
  private _rrIndex = 0;
  private _rrSumMs = 0;
  private _row = 0;
  private _otherRow = 0;
  private _onsetSample = -1;
  private _lastSample = -1;

  /**
   * @param beatClass the class that is counted
   * @param intervals how many of the row's last intervals `meanRrMs` and `rateBpm` are of
   */
  constructor(beatClass: BeatClass, intervals: number) {
    this._beatClass = beatClass;
    this._rrMs = new Int32Array(intervals);
  }

  /** Beats of the class in a row, the last beat included; 0 when that was of another class. */
  get row(): number {
    return this._row;
  }
  /** Beats of other classes since the last one of the class. Fusion and unreadable beats end a row but are not counted. */
  get otherRow(): number {
    return this._otherRow;
  }
  /** First beat of the last row. [sample number] */
  get onsetSample(): number {
    return this._onsetSample;
  }
  /** Beat with which those intervals of the row began that `meanRrMs` is of: where a row that was slow at first became fast. [sample number] */
  get recentOnsetSample(): number {
    return this._lastSample - this._rrSumMs / SAMPLE_MS;
  }
  /** Last beat of the class. [sample number] */
  get lastSample(): number {
    return this._lastSample;
  }
  /** Mean of the row's last intervals; meaningful once the row has one interval more than it is asked for. [ms] */
  get meanRrMs(): number {
    return this._rrSumMs / this._rrMs.length;
  }
  /** The same as a rate, -1 while there is none. [1/min] */
  get rateBpm(): number {
    return this._rrSumMs > 0 ? Math.round((60_000 * this._rrMs.length) / this._rrSumMs) : -1;
  }

  /** None of those intervals is more than half as long again as another. */
  get isEven(): boolean {
    let shortestMs = this._rrMs[0]!;
    let longestMs = shortestMs;
    for (let i = 1; i < this._rrMs.length; i++) {
      const rrMs = this._rrMs[i]!;
      if (rrMs < shortestMs) shortestMs = rrMs;
      else if (rrMs > longestMs) longestMs = rrMs;
    }
    return 2 * longestMs <= 3 * shortestMs;
  }

  add(sample: number, beatClass: BeatClass): void {
    if (beatClass !== this._beatClass) {
      this._row = 0;
      if (beatClass !== BEAT_F && beatClass !== BEAT_Q) this._otherRow++;
      return;
    }
    if (this._row === 0) this._beginRow(sample);
    else this._addInterval((sample - this._lastSample) * SAMPLE_MS);
    this._row++;
    this._otherRow = 0;
    this._lastSample = sample;
  }

  /** Forgets the row. */
  reset(): void {
    this._row = 0;
    this._otherRow = 0;
  }

  private _beginRow(sample: number): void {
    this._onsetSample = sample;
    this._rrMs.fill(0);
    this._rrSumMs = 0;
  }

  private _addInterval(rrMs: number): void {
    this._rrSumMs += rrMs - this._rrMs[this._rrIndex]!;
    this._rrMs[this._rrIndex] = rrMs;
    this._rrIndex = this._rrIndex + 1 === this._rrMs.length ? 0 : this._rrIndex + 1;
  }
}

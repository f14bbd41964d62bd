// RunCounter: beats of one class in a row, and how fast they follow each other.
import { quotient } from "../base/quotient.js";
import { BEAT_F, BEAT_Q, type BeatClass } from "../vocabulary/beat.js";
import { SAMPLE_MS } from "../vocabulary/sample.js";

/** Counts one class. Nothing is allocated after the constructor. */
export class RunCounter {
  private readonly _beatClass: BeatClass;
  private readonly _rrMs: Int32Array;
  private readonly _rrFirst: number;
  private readonly _rrEnd: number;
  private _rrIndex: number;
  private _rrSumMs = 0;
  private _row = 0;
  private _otherRow = 0;
  private _onsetSample = -1;
  private _lastSample = -1;

  /**
   * @param beatClass the class that is counted
   * @param rrMs a typed array costs more than its elements: takes those from
   * @param rrFirst on
   * @param intervals as many: how many of the row's last intervals `isFast`, `isEven` and `rateBpm` are of
   */
  constructor(beatClass: BeatClass, rrMs: Int32Array, rrFirst: number, intervals: number) {
    this._beatClass = beatClass;
    this._rrMs = rrMs;
    this._rrFirst = rrFirst;
    this._rrIndex = rrFirst;
    this._rrEnd = rrFirst + intervals;
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
  /** Beat with which those intervals of the row began that `rateBpm` is of: where a row that was slow at first became fast. [sample number] */
  get recentOnsetSample(): number {
    return this._lastSample - quotient(this._rrSumMs, SAMPLE_MS);
  }
  /** Last beat of the class. [sample number] */
  get lastSample(): number {
    return this._lastSample;
  }
  /** Rate of the row's last intervals, -1 while there is none; meaningful once the row has one interval more than it is asked for. [1/min] */
  get rateBpm(): number {
    const sumMs = this._rrSumMs;
    return sumMs > 0 ? quotient(60_000 * (this._rrEnd - this._rrFirst) + (sumMs >> 1), sumMs) : -1;
  }
  /** The same, compared without rounding. [1/min] */
  isFasterThan(limitBpm: number): boolean {
    return this._rrSumMs * limitBpm < 60_000 * (this._rrEnd - this._rrFirst);
  }

  /** None of those intervals is more than half as long again as another. */
  get isEven(): boolean {
    let shortestMs = 0x7fff_ffff;
    let longestMs = 0;
    for (let i = this._rrFirst; i < this._rrEnd; i++) {
      const rrMs = this._rrMs[i]!;
      if (rrMs < shortestMs) shortestMs = rrMs;
      if (rrMs > longestMs) longestMs = rrMs;
    }
    return 2 * longestMs <= 3 * shortestMs;
  }

  add(sample: number, beatClass: BeatClass): void {
    if (beatClass !== this._beatClass) {
      this._row = 0;
      if (beatClass !== BEAT_F && beatClass !== BEAT_Q) this._otherRow++;
      return;
    }
    const rr = this._rrMs;
    if (this._row === 0) {
      this._onsetSample = sample;
      rr.fill(0, this._rrFirst, this._rrEnd);
      this._rrSumMs = 0;
    } else {
      const rrMs = (sample - this._lastSample) * SAMPLE_MS;
      const index = this._rrIndex;
      this._rrSumMs += rrMs - rr[index]!;
      rr[index] = rrMs;
      this._rrIndex = index + 1 === this._rrEnd ? this._rrFirst : index + 1;
    }
    this._row++;
    this._otherRow = 0;
    this._lastSample = sample;
  }

  /** Forgets the row. */
  reset(): void {
    this._row = 0;
    this._otherRow = 0;
  }
}

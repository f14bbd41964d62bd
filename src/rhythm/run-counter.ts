// RunCounter: beats of one class in a row, and how fast they follow each other.
import { BEAT_F, BEAT_Q, type BeatClass } from "../vocabulary/beat.js";
import { SAMPLE_MS } from "../vocabulary/sample.js";

/** Counts one class. Nothing is allocated after the constructor. */
export class RunCounter {
  readonly #beatClass: BeatClass;
  readonly #rrMs: Int32Array;
  #rrIndex = 0;
  #rrSumMs = 0;
  #row = 0;
  #otherRow = 0;
  #onsetSample = -1;
  #lastSample = -1;

  /**
   * @param beatClass the class that is counted
   * @param intervals how many of the row's last intervals `meanRrMs` and `rateBpm` are of
   */
  constructor(beatClass: BeatClass, intervals: number) {
    this.#beatClass = beatClass;
    this.#rrMs = new Int32Array(intervals);
  }

  /** Beats of the class in a row, the last beat included; 0 when that was of another class. */
  get row(): number {
    return this.#row;
  }
  /** Beats of other classes since the last one of the class. Fusion and unreadable beats end a row but are not counted. */
  get otherRow(): number {
    return this.#otherRow;
  }
  /** First beat of the last row. [sample number] */
  get onsetSample(): number {
    return this.#onsetSample;
  }
  /** Beat with which those intervals of the row began that `meanRrMs` is of: where a row that was slow at first became fast. [sample number] */
  get recentOnsetSample(): number {
    return this.#lastSample - this.#rrSumMs / SAMPLE_MS;
  }
  /** Last beat of the class. [sample number] */
  get lastSample(): number {
    return this.#lastSample;
  }
  /** Mean of the row's last intervals; meaningful once the row has one interval more than it is asked for. [ms] */
  get meanRrMs(): number {
    return this.#rrSumMs / this.#rrMs.length;
  }
  /** The same as a rate, -1 while there is none. [1/min] */
  get rateBpm(): number {
    return this.#rrSumMs > 0 ? Math.round((60_000 * this.#rrMs.length) / this.#rrSumMs) : -1;
  }

  /** None of those intervals is more than half as long again as another. */
  get isEven(): boolean {
    let shortestMs = this.#rrMs[0]!;
    let longestMs = shortestMs;
    for (let i = 1; i < this.#rrMs.length; i++) {
      const rrMs = this.#rrMs[i]!;
      if (rrMs < shortestMs) shortestMs = rrMs;
      else if (rrMs > longestMs) longestMs = rrMs;
    }
    return 2 * longestMs <= 3 * shortestMs;
  }

  add(sample: number, beatClass: BeatClass): void {
    if (beatClass !== this.#beatClass) {
      this.#row = 0;
      if (beatClass !== BEAT_F && beatClass !== BEAT_Q) this.#otherRow++;
      return;
    }
    if (this.#row === 0) this.#beginRow(sample);
    else this.#addInterval((sample - this.#lastSample) * SAMPLE_MS);
    this.#row++;
    this.#otherRow = 0;
    this.#lastSample = sample;
  }

  /** Forgets the row. */
  reset(): void {
    this.#row = 0;
    this.#otherRow = 0;
  }

  #beginRow(sample: number): void {
    this.#onsetSample = sample;
    this.#rrMs.fill(0);
    this.#rrSumMs = 0;
  }

  #addInterval(rrMs: number): void {
    this.#rrSumMs += rrMs - this.#rrMs[this.#rrIndex]!;
    this.#rrMs[this.#rrIndex] = rrMs;
    this.#rrIndex = this.#rrIndex + 1 === this.#rrMs.length ? 0 : this.#rrIndex + 1;
  }
}

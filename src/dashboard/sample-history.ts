// SampleHistory: the last minute of numbered samples and beats, with gaps kept as gaps.
import type { BedsideBeat, SampleFrame } from "./bedside.js";

/** Samples remembered: 65 s, more than a pass over the widest screen (4K: 41 s). A power of two, so that a number finds its place by masking. */
export const HISTORY_SAMPLES = 16384;

/** Beats remembered: 65 s at 300/min. */
const HISTORY_BEATS = 325;

export class SampleHistory {
  readonly #samplesUv = new Float32Array(HISTORY_SAMPLES).fill(Number.NaN);
  readonly beats: BedsideBeat[] = [];
  /** Beats pushed since the page was opened, forgotten ones included. */
  beatCount = 0;
  #firstSample = 0;
  #nextSample = 0;

  /** Number of the oldest sample that is remembered. */
  get firstSample(): number {
    return Math.max(this.#firstSample, this.#nextSample - HISTORY_SAMPLES);
  }

  /** Number that the next sample will have. */
  get nextSample(): number {
    return this.#nextSample;
  }

  /** @returns the sample in microvolts, NaN if it was lost, is forgotten or is yet to come. */
  at(sample: number): number {
    if (sample < this.firstSample || sample >= this.#nextSample) return Number.NaN;
    return this.#samplesUv[sample & (HISTORY_SAMPLES - 1)] as number;
  }

  /** Appends a frame. Numbers that were left out become a gap; numbers that go back mean a restart, which forgets all. */
  push(frame: SampleFrame): void {
    const { firstSample, samplesUv } = frame;
    if (firstSample < this.#nextSample || this.#nextSample === 0) this.#restart(firstSample);
    if (firstSample - this.#nextSample >= HISTORY_SAMPLES) this.#restart(firstSample);
    while (this.#nextSample < firstSample) this.#put(Number.NaN);
    for (let index = 0; index < samplesUv.length; index++) this.#put(samplesUv[index] as number);
  }

  /** Appends a beat; one of the same sample, whose class was not yet known, goes. */
  pushBeat(beat: BedsideBeat): void {
    const known = this.beats.findLastIndex(({ sample }) => sample === beat.sample);
    if (known >= 0) this.beats.splice(known, 1);
    this.beats.push(beat);
    this.beatCount++;
    if (this.beats.length > HISTORY_BEATS) this.beats.shift();
  }

  #restart(firstSample: number): void {
    this.beats.length = 0;
    this.#firstSample = firstSample;
    this.#nextSample = firstSample;
  }

  #put(uv: number): void {
    this.#samplesUv[this.#nextSample++ & (HISTORY_SAMPLES - 1)] = uv;
  }
}

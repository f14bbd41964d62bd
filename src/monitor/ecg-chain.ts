// EcgChain: samples in, beats and rhythms out; the order of the stages between the acquirer and the alarms. The same chain runs in the
// monitor and in the evaluation over recordings.
import { QrsDetector } from "../beats/qrs-detector.js";
import { P_WAVE_UNKNOWN } from "../rhythm/af-detector.js";
import { RhythmClassifier, type RhythmLimits } from "../rhythm/rhythm-classifier.js";
import { BEAT_N, BEAT_UNCLASSIFIED, type BeatClass } from "../vocabulary/beat.js";
import type { RhythmCode } from "../vocabulary/rhythm.js";

/** Hears of what is found, in order of decision. Nothing may be kept of the numbers but their values. */
export interface ChainObserver {
  /**
   * A beat was found.
   * @param sample number of its R peak
   * @param heartRateBpm heart rate with it, -1 while unknown
   */
  onBeat(sample: number, beatClass: BeatClass, heartRateBpm: number): void;
  /**
   * A rhythm began or ended.
   * @param sample where; before the sample at which that was decided
   * @param measured rate [1/min]; for pause and asystole the silence so far [ms]; for couplet and VEB run the beats; -1 if unknown
   */
  onRhythm(code: RhythmCode, began: boolean, sample: number, measured: number): void;
}

/** Nothing is allocated after the constructor. */
export class EcgChain {
  readonly #observer: ChainObserver;
  readonly #detector = new QrsDetector();
  readonly #rhythm: RhythmClassifier;

  constructor(limits: RhythmLimits, observer: ChainObserver) {
    this.#observer = observer;
    this.#rhythm = new RhythmClassifier(limits, (code, began, sample, measured) => observer.onRhythm(code, began, sample, measured));
  }

  /** -1 while unknown. [1/min] */
  get heartRateBpm(): number {
    return this.#rhythm.heartRateBpm;
  }
  isActive(code: RhythmCode): boolean {
    return this.#rhythm.isActive(code);
  }

  /** @param samplesUv 250 samples/s, int16 range; the first `count` count. [uV] */
  process(samplesUv: Int32Array, count: number): void {
    const detector = this.#detector;
    const rhythm = this.#rhythm;
    const beatCount = detector.process(samplesUv, count);
    for (let index = 0; index < beatCount; index++) {
      const sample = detector.beatSample(index);
      rhythm.detectBeat(sample);
      rhythm.classifyBeat(sample, BEAT_N, P_WAVE_UNKNOWN);
      this.#observer.onBeat(sample, BEAT_UNCLASSIFIED, rhythm.heartRateBpm);
    }
    rhythm.processSamples(samplesUv, count);
  }

  /** Samples were lost or mean nothing (electrode off): their numbers count, and nothing is measured across them. */
  gap(lostSamples: number): void {
    this.#detector.gap(lostSamples);
    this.#rhythm.gap(lostSamples);
  }
}

// FrontEnd: what is done with every block of samples, up to beats with their classes, fibrillation and signal quality.
import { BeatClassifier } from "../beats/beat-classifier.js";
import { QrsDetector } from "../beats/qrs-detector.js";
import { BeatMlpModel } from "../models/beat-mlp.js";
import type { Fibrillation } from "../rhythm/rhythm-classifier.js";
import { VfDetector } from "../rhythm/vf-detector.js";
import { SignalQuality } from "../samples/quality.js";
import type { BeatClass } from "../vocabulary/beat.js";

/** Noise takes part in the QRS detector's decisions from 1 % on. */
const NOISE_GOVERNS_Q8 = 3;

/** Nothing is allocated after the constructor. */
export class FrontEnd {
  private readonly _detector = new QrsDetector();
  private readonly _classifier = new BeatClassifier(new BeatMlpModel());
  private readonly _quality = new SignalQuality();
  private readonly _vf = new VfDetector();

  /**
   * Takes a block of samples. (A closure: it has the stages at hand, where XS would look for members each time.)
   * @param samplesUv 250 samples/s, int16 range; the first `count`, at most 250, count. [uV]
   * @returns false if no beat was found, no class decided and no second completed
   */
  readonly process = this._follow();
  /** State of fibrillation at the end of the last samples. */
  readonly vf: Fibrillation = this._vf;
  // Of the last call; after `process` only where that has returned true.
  /** Beats that it found, and those whose class it decided. */
  beatCount = 0;
  classCount = 0;
  /** A second of signal was completed. */
  secondCompleted = false;
  /** QUALITY_* of that second. */
  qualityFlags = 0;
  /** At its end, noise took part in the QRS detector's decisions. */
  noiseGoverns = false;

  /** Since the last gap there was a sample, */
  get continuous(): boolean {
    return this._detector.isContinuous;
  }
  /** and this is the last. [uV] */
  get lastUv(): number {
    return this._detector.lastUv;
  }
  /** R peak of beat `i` that the last call found. [sample number] */
  beatSample(i: number): number {
    return this._detector.beatSample(i);
  }
  /** How far it passed the decision, 0 .. 100. [%] */
  beatConfidence(i: number): number {
    return this._detector.beatConfidence(i);
  }
  /** R peak of beat `i` whose class the last call decided. [sample number] */
  classSample(i: number): number {
    return this._classifier.beatSample(i);
  }
  beatClass(i: number): BeatClass {
    return this._classifier.beatClass(i);
  }
  /** Evidence for a P wave before it, 0 .. 100. */
  pWave(i: number): number {
    return this._classifier.pWave(i);
  }
  /** What the model says, positive where it is of the class. [counts of the model] */
  vScore(i: number): number {
    return this._classifier.vScore(i);
  }
  sScore(i: number): number {
    return this._classifier.sScore(i);
  }

  /** Samples were lost or mean nothing (electrode off): their numbers count, and nothing is measured across them. */
  gap(lostSamples: number): void {
    this.beatCount = this._detector.gap(lostSamples);
    this._passOn();
    this.classCount = this._classifier.gap(lostSamples);
    this._vf.gap(lostSamples);
    this._quality.reset();
    this.secondCompleted = false;
  }

  private _follow(): (samplesUv: Int32Array, count: number) => boolean {
    const detect = this._detector.process;
    const classifier = this._classifier;
    const { filter } = classifier;
    const lookForFibrillation = this._vf.process;
    const { process: judge } = this._quality;
    return (samplesUv, count) => {
      const beatCount = detect(samplesUv, count);
      if (beatCount > 0) {
        this.beatCount = beatCount;
        this._passOn();
      }
      const classCount = filter(samplesUv, count) < classifier.judgeAt ? 0 : classifier.judge();
      lookForFibrillation(samplesUv, count);
      const secondCompleted = judge(samplesUv, count);
      // No `&&`: it takes XS as long as five additions.
      if ((beatCount | classCount) === 0) if (!secondCompleted) return false;
      this.beatCount = beatCount;
      this.classCount = classCount;
      this.secondCompleted = secondCompleted;
      if (secondCompleted) {
        this.qualityFlags = this._quality.flags;
        this.noiseGoverns = this._detector.noiseQ8 >= NOISE_GOVERNS_Q8;
      }
      return true;
    };
  }

  /** The classifier gets the beats. */
  private _passOn(): void {
    for (let i = 0; i < this.beatCount; i++) this._classifier.addBeat(this._detector.beatSample(i));
  }
}

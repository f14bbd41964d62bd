// FrontEnd: what is done with every block of samples, up to beats with their classes, fibrillation and signal quality.
import { BeatClassifier, type BeatModel } from "../beats/beat-classifier.js";
import { QrsDetector } from "../beats/qrs-detector.js";
import { BeatMlpModel } from "../models/beat-mlp.js";
import type { Fibrillation } from "../rhythm/rhythm-classifier.js";
import { VfDetector } from "../rhythm/vf-detector.js";
import { SignalQuality } from "../samples/quality.js";

/** Noise takes part in the QRS detector's decisions from 1 % on. */
const NOISE_GOVERNS_Q8 = 3;

/** What others may ask the QRS detector for. */
export type FoundBeats = Pick<QrsDetector, "isContinuous" | "lastUv" | "beatSample" | "beatConfidence">;
/** What others may ask the beat classifier for. */
export type NamedBeats = Pick<BeatClassifier, "classSample" | "beatClass" | "pWave">;

/** Nothing is allocated after the constructor. */
export class FrontEnd {
  /** Knows the last sample, and of the beats that the last call found where they are and how certain, */
  readonly detector = new QrsDetector();
  /** and of those whose class it decided where they are and what. */
  readonly classifier: BeatClassifier;
  private readonly _quality = new SignalQuality();
  private readonly _vf = new VfDetector();

  /**
   * Takes a block of samples. (A closure: it has the stages at hand, where XS would look for members each time.)
   * @param samplesUv 250 samples/s, int16 range; the first `count`, at most 250, count. [uV]
   * @returns false if no beat was found, no class decided and no second completed
   */
  readonly process: (samplesUv: Int32Array, count: number) => boolean;
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

  /** @param model judges the beats */
  constructor(model: BeatModel = new BeatMlpModel()) {
    this.classifier = new BeatClassifier(model);
    this.process = this._follow();
  }

  /** Samples were lost or mean nothing (electrode off): their numbers count, and nothing is measured across them. */
  gap(lostSamples: number): void {
    this.beatCount = this.detector.gap(lostSamples);
    this._passOn();
    this.classCount = this.classifier.gap(lostSamples);
    this._vf.gap(lostSamples);
    this._quality.reset();
    this.secondCompleted = false;
  }

  private _follow(): (samplesUv: Int32Array, count: number) => boolean {
    const detect = this.detector.process;
    const classifier = this.classifier;
    const { filter } = classifier;
    const lookForFibrillation = this._vf.process;
    const { process: judge } = this._quality;
    return (samplesUv, count) => {
      const beatCount = detect(samplesUv, count);
      if (beatCount > 0) {
        this.beatCount = beatCount;
        this._passOn();
      }
      const sampleCount = filter(samplesUv, count);
      const classCount = sampleCount < classifier.judgeAt ? 0 : classifier.judge(sampleCount);
      lookForFibrillation(samplesUv, count);
      const secondCompleted = judge(samplesUv, count);
      // No `&&`: it takes XS as long as five additions.
      if ((beatCount | classCount) === 0) if (!secondCompleted) return false;
      this.beatCount = beatCount;
      this.classCount = classCount;
      this.secondCompleted = secondCompleted;
      if (secondCompleted) {
        this.qualityFlags = this._quality.flags;
        this.noiseGoverns = this.detector.noiseQ8 >= NOISE_GOVERNS_Q8;
      }
      return true;
    };
  }

  /** The classifier gets the beats. */
  private _passOn(): void {
    for (let i = 0; i < this.beatCount; i++) this.classifier.addBeat(this.detector.beatSample(i));
  }
}

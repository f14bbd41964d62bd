// EcgChain: samples in, beats and rhythms out; the order of the stages between the acquirer and the alarms. The same chain runs in the
// monitor and in the evaluation over recordings.
import { QUALITY_BASELINE_JUMP, QUALITY_NOISY, QUALITY_SATURATED } from "../samples/quality.js";
import { RhythmClassifier, type RhythmLimits, type RhythmObserver, SIGNAL_GOOD, SIGNAL_NOISY, SIGNAL_UNREADABLE } from "../rhythm/rhythm-classifier.js";
import type { BeatClass } from "../vocabulary/beat.js";
import type { FrontEnd } from "./front-end.js";

/** Hears of what is found, in order of decision. Nothing may be kept of the numbers but their values. */
export interface ChainObserver extends RhythmObserver {
  /**
   * A beat was found.
   * @param sample number of its R peak
   * @param heartRateBpm heart rate with it, -1 while unknown
   * @param confidence how far it passed the QRS detector's decision, 0 .. 100; below 50 it came by search-back [%]
   */
  onBeat(sample: number, heartRateBpm: number, confidence: number): void;
  /** The class of a beat is known: when the next one has come, at the latest 1.5 s after it. In the order of the beats. */
  onBeatClass(sample: number, beatClass: BeatClass): void;
}

/**
 * So many lost samples are bridged by a straight line: 12 ms, an eighth of a narrow QRS complex. An AFE without a FIFO loses one or two
 * whenever the processor is busy, and beats must be found all the same. `lose` has a local for each.
 */
const BRIDGE_SAMPLES_MAX = 3;

/** Nothing is allocated after the constructor. */
export class EcgChain {
  private readonly _observer: ChainObserver;
  private readonly _frontEnd: FrontEnd;
  private readonly _rhythm: RhythmClassifier;

  constructor(limits: RhythmLimits, observer: ChainObserver, frontEnd: FrontEnd) {
    this._observer = observer;
    this._frontEnd = frontEnd;
    this._rhythm = new RhythmClassifier(limits, observer, frontEnd.vf);
  }

  /** -1 while unknown. [1/min] */
  get heartRateBpm(): number {
    return this._rhythm.heartRateBpm;
  }

  /** @param samplesUv 250 samples/s, int16 range; the first `count`, at most 250, count. [uV] */
  process(samplesUv: Int32Array, count: number): void {
    const anything = this._frontEnd.process(samplesUv, count);
    if (anything) {
      this._reportBeats();
      this._reportClasses();
    }
    this._rhythm.advance(count);
    if (anything && this._frontEnd.secondCompleted) this._judgeSecond();
  }

  /**
   * Samples were lost: a few are bridged, more are a gap.
   * @param nextUv the samples after them, at the start of an array with room for BRIDGE_SAMPLES_MAX; they make room for a moment [uV]
   */
  lose(lostSamples: number, nextUv: Int32Array): void {
    const { isContinuous, lastUv } = this._frontEnd.detector;
    if (lostSamples > BRIDGE_SAMPLES_MAX || !isContinuous) return this.gap(lostSamples);
    const first = nextUv[0] as number;
    const second = nextUv[1] as number;
    const third = nextUv[2] as number;
    for (let index = 0; index < lostSamples; index++) nextUv[index] = lastUv + Math.trunc(((first - lastUv) * (index + 1)) / (lostSamples + 1));
    this.process(nextUv, lostSamples);
    nextUv[0] = first;
    nextUv[1] = second;
    nextUv[2] = third;
  }

  /** Samples were lost or mean nothing (electrode off): their numbers count, and nothing is measured across them. */
  gap(lostSamples: number): void {
    this._frontEnd.gap(lostSamples);
    this._reportBeats();
    this._reportClasses();
    this._rhythm.gap(lostSamples);
  }

  private _reportBeats(): void {
    const { beatCount, detector } = this._frontEnd;
    for (let index = 0; index < beatCount; index++) {
      const sample = detector.beatSample(index);
      this._rhythm.detectBeat(sample);
      this._observer.onBeat(sample, this._rhythm.heartRateBpm, detector.beatConfidence(index));
    }
  }

  private _reportClasses(): void {
    const { classCount, classifier } = this._frontEnd;
    for (let index = 0; index < classCount; index++) {
      const sample = classifier.classSample(index);
      const beatClass = classifier.beatClass(index);
      this._rhythm.classifyBeat(sample, beatClass, classifier.pWave(index));
      this._observer.onBeatClass(sample, beatClass);
    }
  }

  /**
   * Noise suspends judgement where it takes part in the detector's decisions: the small noise of a heart that stands still must not hide
   * that it does. A baseline jump restarts the count of silence and no more: the QRS detector's band does not see it.
   */
  private _judgeSecond(): void {
    const { qualityFlags: flags, noiseGoverns } = this._frontEnd;
    const isNoisy = (flags & QUALITY_NOISY) !== 0 && noiseGoverns;
    const signal = flags & QUALITY_SATURATED ? SIGNAL_UNREADABLE : isNoisy ? SIGNAL_NOISY : SIGNAL_GOOD;
    this._rhythm.setSignal(signal, noiseGoverns, (flags & QUALITY_BASELINE_JUMP) !== 0);
  }
}

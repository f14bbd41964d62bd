// BeatClassifier: the class of each beat, from its shape and the intervals around it, one beat late.
import { assert } from "../base/assert.js";
import { BEAT_N, BEAT_Q, BEAT_S, BEAT_V, type BeatClass } from "../vocabulary/beat.js";
import { BeatFeatures, FEATURE_COUNT } from "./beat-features.js";
import { WINDOW_BEFORE_STEPS, WINDOW_STEPS } from "./beat-shape.js";
import { CENTRE_SEARCH_SAMPLES, EcgHistory, NOT_THERE, STEP_SAMPLES } from "./ecg-history.js";

/** A network that scores beats; `npm run compile-model` writes classes that are one. */
export interface BeatModel {
  /**
   * @param features FEATURE_COUNT numbers
   * @param scores Gets those of V and S: positive where the beat is of the class. [counts of the model]
   */
  run(features: Int8Array, scores: Int32Array): void;
}

/**
 * Beats that wait for their class. At 300/min three fit between a beat and the end of its window; but when the QRS detector has learned its
 * levels it tells of all beats of its first 3 s at once, after a silence of up to 32 (its candidates).
 */
const PENDING_COUNT = 64;
const PENDING_MASK = PENDING_COUNT - 1;

const AFTER_STEPS = WINDOW_STEPS - WINDOW_BEFORE_STEPS - 1;
/** All of a beat's window has come so long after its R peak. [samples] 524 ms */
const READY_SAMPLES = CENTRE_SEARCH_SAMPLES + STEP_SAMPLES * AFTER_STEPS + 1;

/** A beat waits no longer than this for the next one. [samples] 1.5 s: below 40/min a longer interval tells no more. */
const WAIT_SAMPLES_MAX = 375;
/** ... and after V in a row this long: whether that is tachycardia must be known within a second of the fifth. [samples] 0.7 s */
const WAIT_SAMPLES_MAX_IN_RUN = 175;
const RUN_BEATS = 4;

/** Follows one patient. Nothing is allocated after the constructor. */
export class BeatClassifier {
  private readonly _model: BeatModel;
  private readonly _history = new EcgHistory();
  private readonly _beatFeatures = new BeatFeatures();
  private readonly _window = new Int16Array(WINDOW_STEPS);
  private readonly _features = new Int8Array(FEATURE_COUNT);
  private readonly _scores = new Int32Array(2);
  // Beats that wait, a ring. Sample numbers lie in plain arrays: XS takes what it reads from a Float64Array for floating point ever after.
  private readonly _pendingSample = new Array<number>(PENDING_COUNT).fill(0);
  /** Interval before each, 0 if unknown. */
  private readonly _pendingRr = new Int32Array(PENDING_COUNT);
  private _firstPending = 0;
  private _pendingCount = 0;
  /** R peak of the last beat since a gap, or -1. */
  private _lastSample = -1;
  private _vRow = 0;
  // What the last call decided.
  private readonly _decidedSample = new Array<number>(PENDING_COUNT).fill(0);
  private readonly _decidedClass = new Uint8Array(PENDING_COUNT);
  private readonly _decidedPWave = new Uint8Array(PENDING_COUNT);
  private readonly _decidedScores = new Int32Array(2 * PENDING_COUNT);
  private _decidedCount = 0;

  constructor(model: BeatModel) {
    this._model = model;
  }

  /** R peak of beat `i` of those that the last call decided. [sample number] */
  beatSample(i: number): number {
    return this._decidedSample[i]!;
  }
  /** BEAT_N, BEAT_S or BEAT_V; BEAT_Q where the ECG around the beat is not there. */
  beatClass(i: number): BeatClass {
    return this._decidedClass[i]! as BeatClass;
  }
  /** Evidence for a P wave before it, 0 .. 100. */
  pWave(i: number): number {
    return this._decidedPWave[i]!;
  }
  /** Its scores of V and S, positive where it is of the class; 0 for BEAT_Q. [counts of the model] */
  vScore(i: number): number {
    return this._decidedScores[2 * i]!;
  }
  sScore(i: number): number {
    return this._decidedScores[2 * i + 1]!;
  }

  /**
   * A beat was found. Its class comes out of a later `process` or `gap`.
   * @param sample number of its R peak, later than the last one's
   */
  addBeat(sample: number): void {
    const last = this._lastSample;
    this._lastSample = sample;
    assert(this._pendingCount < PENDING_COUNT, "BeatClassifier: more beats than the QRS detector can find at once");
    const at = (this._firstPending + this._pendingCount) & PENDING_MASK;
    this._pendingSample[at] = sample;
    this._pendingRr[at] = last < 0 ? 0 : sample - last;
    this._pendingCount++;
  }

  /**
   * Takes the samples up to now, after the beats that were found in them, and judges the beats whose time has come.
   * @param samplesUv 250 samples/s, int16 range; the first `count` count. [uV]
   * @returns how many beats were decided
   */
  process(samplesUv: Int16Array | Int32Array, count: number): number {
    this._history.process(samplesUv, count);
    this._decidedCount = 0;
    if (this._pendingCount === 0) return 0;
    const sampleCount = this._history.sampleCount;
    while (this._pendingCount > 0) {
      const sample = this._pendingSample[this._firstPending]!;
      const age = sampleCount - sample;
      if (age < READY_SAMPLES) break;
      if (this._pendingCount > 1) this._decide(this._pendingSample[(this._firstPending + 1) & PENDING_MASK]! - sample);
      else if (age >= (this._vRow >= RUN_BEATS ? WAIT_SAMPLES_MAX_IN_RUN : WAIT_SAMPLES_MAX)) this._decide(age);
      else break;
    }
    return this._decidedCount;
  }

  /** Samples were lost or mean nothing (electrode off): what waits is judged by what came before. @returns how many beats were decided */
  gap(lostCount: number): number {
    this._decidedCount = 0;
    while (this._pendingCount > 0) {
      const isLast = this._pendingCount === 1;
      this._decide(isLast ? 0 : this._pendingSample[(this._firstPending + 1) & PENDING_MASK]! - this._pendingSample[this._firstPending]!);
    }
    this._history.gap(lostCount);
    this._lastSample = -1;
    this._vRow = 0;
    return this._decidedCount;
  }

  /** Judges the beat that has waited longest. @param nextRr interval to the next beat, 0 if unknown [samples] */
  private _decide(nextRr: number): void {
    const first = this._firstPending;
    const sample = this._pendingSample[first]!;
    const rr = this._pendingRr[first]!;
    this._firstPending = (first + 1) & PENDING_MASK;
    this._pendingCount--;
    const scores = this._scores;
    scores[0] = 0;
    scores[1] = 0;
    let beatClass: BeatClass = BEAT_Q;
    let pWave = 0;
    const centre = this._history.locate(sample);
    if (centre !== NOT_THERE && this._history.read(centre, WINDOW_BEFORE_STEPS, AFTER_STEPS, this._window)) {
      const beatFeatures = this._beatFeatures;
      beatFeatures.next(this._window, rr, nextRr, this._features);
      pWave = beatFeatures.pWave;
      this._model.run(this._features, scores);
      beatClass = scores[0]! > 0 ? BEAT_V : scores[1]! > 0 ? BEAT_S : BEAT_N;
    }
    this._vRow = beatClass === BEAT_V ? this._vRow + 1 : 0;
    const index = this._decidedCount++;
    this._decidedSample[index] = sample;
    this._decidedClass[index] = beatClass;
    this._decidedPWave[index] = pWave;
    this._decidedScores[2 * index] = scores[0]!;
    this._decidedScores[2 * index + 1] = scores[1]!;
  }
}

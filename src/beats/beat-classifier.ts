// BeatClassifier: the class of each beat, from its shape and the intervals around it, one beat late.
import { assert } from "../base/assert.js";
import { BEAT_N, BEAT_Q, BEAT_S, BEAT_V, type BeatClass } from "../vocabulary/beat.js";
import { BeatFeatures, FEATURE_COUNT } from "./beat-features.js";
import { WINDOW_AFTER_STEPS, WINDOW_STEPS } from "./beat-shape.js";
import { CENTRE_SEARCH_SAMPLES, EcgHistory, STEP_SAMPLES } from "./ecg-history.js";

/** A network that scores beats; `npm run compile-model` writes classes that are one. */
export interface BeatModel {
  /**
   * @param features FEATURE_COUNT numbers
   * @param scores Gets those of V and S in its first places: positive where the beat is of the class. [counts of the model]
   */
  run(features: Int8Array, scores: Int32Array): void;
}

/**
 * Beats that wait for their class. At 300/min three fit between a beat and the end of its window; but when the QRS detector has learned its
 * levels it tells of all beats of its first 3 s at once, after a silence of up to 32 (its candidates).
 */
const PENDING_COUNT = 64;
const PENDING_MASK = PENDING_COUNT - 1;

/** All of a beat's window has come so long after its R peak. [samples] 524 ms */
const READY_SAMPLES = CENTRE_SEARCH_SAMPLES + STEP_SAMPLES * WINDOW_AFTER_STEPS + 1;

/** A beat waits no longer than this for the next one. [samples] 1.5 s: below 40/min a longer interval tells no more. */
const WAIT_SAMPLES_MAX = 375;
/** ... and after V in a row this long: whether that is tachycardia must be known within a second of the fifth. [samples] 0.7 s */
const WAIT_SAMPLES_MAX_IN_RUN = 175;
const RUN_BEATS = 4;
/** More samples than the device takes in its first 99 days; later it looks for a beat to judge once a block. */
const NEVER = 0x7fffffff;

/** Parts of the memory, which is one array, as each costs 128 bytes of RAM beside its elements: what the model says of the beat at hand, ... */
const V = 0;
const S = 1;
const BEATS = 2;
/**
 * ... beats, a row each: R peak (its lower 32 bits), and interval before it (0 if unknown) until it is decided, then class and P wave (beats that wait are a
 * ring; those that the last call decided lie before them); ...
 */
const SAMPLE = BEATS;
const RR = BEATS + 1;
const CLASS = BEATS + 1;
const FIELDS = 2;
const CLASS_BITS = 3;
/** ... window and features of the beat at hand, of which several fit a word. */
const WINDOW = BEATS + PENDING_COUNT * FIELDS;
const FEATURES = WINDOW + (WINDOW_STEPS >> 1);
const MEMORY_WORDS = FEATURES + ((FEATURE_COUNT + 3) >> 2);

/** Follows one patient. Nothing is allocated after the constructor. */
export class BeatClassifier {
  private readonly _history = new EcgHistory();
  /** Takes a block of samples, after the beats that were found in it, as `process` of EcgHistory. `judge` comes next. */
  readonly filter = this._history.process;
  /** Before so many samples `judge` does nothing. */
  judgeAt = NEVER;
  private _pendingCount = 0;
  private _decidedCount = 0;
  private _firstPending = 0;
  private readonly _memory = new Int32Array(MEMORY_WORDS);
  /** R peak of the newest beat ever, and since a gap, or -1. */
  private _newestSample = 0;
  private _lastSample = -1;
  private _vRow = 0;
  private readonly _model: BeatModel;
  private readonly _beatFeatures = new BeatFeatures();
  private readonly _window = new Int16Array(this._memory.buffer, WINDOW * 4, WINDOW_STEPS);
  private readonly _features = new Int8Array(this._memory.buffer, FEATURES * 4, FEATURE_COUNT);

  constructor(model: BeatModel) {
    this._model = model;
  }

  /** R peak of beat `i` of those that the last call decided. [sample number] */
  classSample(i: number): number {
    return this._sampleOf(this._firstPending - this._decidedCount + i);
  }
  /** BEAT_N, BEAT_S or BEAT_V; BEAT_Q where the ECG around the beat is not there. */
  beatClass(i: number): BeatClass {
    return (this._codeOf(i) & ((1 << CLASS_BITS) - 1)) as BeatClass;
  }
  /** Evidence for a P wave before it, 0 .. 100. */
  pWave(i: number): number {
    return this._codeOf(i) >> CLASS_BITS;
  }

  /**
   * A beat was found. Its class comes out of a later `process` or `gap`.
   * @param sample number of its R peak, later than the last one's
   */
  addBeat(sample: number): void {
    const last = this._lastSample;
    this._lastSample = sample;
    this._newestSample = sample;
    assert(this._pendingCount < PENDING_COUNT, "BeatClassifier: too many beats");
    const row = ((this._firstPending + this._pendingCount) & PENDING_MASK) * FIELDS;
    this._memory[row + SAMPLE] = sample;
    this._memory[row + RR] = last < 0 ? 0 : sample - last;
    this._pendingCount++;
    this._schedule();
  }

  /** Judges the beats whose time has come. @param sampleCount what `filter` has given @returns how many were decided */
  judge(sampleCount: number): number {
    this._decidedCount = 0;
    while (this._pendingCount > 0 && sampleCount >= this.judgeAt) {
      this._decide(sampleCount);
      this._schedule();
    }
    return this._decidedCount;
  }

  /** Samples were lost or mean nothing (electrode off): what waits is judged by what came before. @returns how many beats were decided */
  gap(lostCount: number): number {
    this._decidedCount = 0;
    while (this._pendingCount > 0) this._decide(this._newestSample);
    this.filter(this._window, ~lostCount);
    this.judgeAt = NEVER;
    this._lastSample = -1;
    this._vRow = 0;
    return this._decidedCount;
  }

  private _codeOf(i: number): number {
    return this._memory[((this._firstPending - this._decidedCount + i) & PENDING_MASK) * FIELDS + CLASS]!;
  }

  /** The higher bits of its number are those of the newest one's. */
  private _sampleOf(beat: number): number {
    const newest = this._newestSample;
    return newest - ((newest - this._memory[(beat & PENDING_MASK) * FIELDS + SAMPLE]!) | 0);
  }

  /** When is the time of the beat that has waited longest? */
  private _schedule(): void {
    const count = this._pendingCount;
    this.judgeAt = count === 0 ? NEVER : this._sampleOf(this._firstPending) + (count > 1 ? READY_SAMPLES : this._vRow >= RUN_BEATS ? WAIT_SAMPLES_MAX_IN_RUN : WAIT_SAMPLES_MAX);
  }

  /** Judges the beat that has waited longest. @param end stands for the next beat where none has come: now, or the beat itself if nothing is known [sample number] */
  private _decide(end: number): void {
    const first = this._firstPending;
    const row = first * FIELDS;
    const memory = this._memory;
    const sample = this._sampleOf(first);
    const next = this._pendingCount > 1 ? this._sampleOf(first + 1) : end;
    this._firstPending = (first + 1) & PENDING_MASK;
    this._pendingCount--;
    let beatClass: BeatClass = BEAT_Q;
    let pWave = 0;
    if (this._history.read(sample, this._window)) {
      const beatFeatures = this._beatFeatures;
      beatFeatures.next(this._window, memory[row + RR]!, next - sample, this._features);
      pWave = beatFeatures.pWave;
      this._model.run(this._features, memory);
      beatClass = memory[V]! > 0 ? BEAT_V : memory[S]! > 0 ? BEAT_S : BEAT_N;
    }
    this._vRow = beatClass === BEAT_V ? this._vRow + 1 : 0;
    this._decidedCount++;
    memory[row + CLASS] = (pWave << CLASS_BITS) | beatClass;
  }
}

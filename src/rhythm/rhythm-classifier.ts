// RhythmClassifier: beats, their classes and the waveform in; onsets and ends of rhythms out.
//
// Each rhythm is a condition of its own with an onset and an end (atrial fibrillation may be fast, a tachycardia may hold a couplet). V and S are beats of these classes; F and Q break a row of them and count as neither beat of a pattern.
//
// rhythm        begins                                                         ends
// ------------  -------------------------------------------------------------  ----------------------------------------------------
// VF            VfDetector                                                     VfDetector, gap
// asystole      no beat for asystoleMs (*); 2 s later when VF is suspected     a beat, VF
// pause         no beat for pauseMs (*) after a beat                           a beat, VF
// VT            5 V in a row, the last 4 intervals above the VT rate (**)       2 other beats in a row, 3 s without V, VF
// IVR           5 V in a row, the last 4 intervals not above it                 the same, VT
// VEB run       3 V in a row                                                   a beat that is not V, 3 s without V, VT, IVR, VF
// VEB couplet   a beat that is not V after exactly 2 V in a row                at once
// bigeminy      3 cycles of exactly 1 other beat and a V                       4 other beats in a row, 2 V in a row
// trigeminy     3 cycles of exactly 2 other beats and a V                      5 other beats in a row, 2 V in a row
// SVT run       3 S in a row, mean of their 2 intervals < 600 ms               2 other beats in a row, 3 s without S, VF
// AF            AfDetector                                                     AfDetector
// irregular     AfDetector                                                     AfDetector, AF
// bradycardia   heart rate < bradycardiaBpm                                    heart rate >= bradycardiaBpm + 3 for 10 s
// tachycardia   heart rate > tachycardiaBpm                                    heart rate <= tachycardiaBpm - 3 for 10 s
// inconclusive  signal noisy or unreadable for 3 s                             signal good for 2 s
// normal        heart rate known and none of the others active                 any of the others, heart rate unknown
// (*) told 0.4 s later, when no beat can come out of the QRS detector any more.
// (**) and none of them half as long again as another while noise takes part in the QRS detector's decisions: the false beats of electrode
// motion are called V, but do not keep time.
//
// Unreadable signal and VF suspend every condition of beats and silence: none begins or ends. Noise suspends AF, pause and asystole only, for fast
// ventricular rhythms look like noise. Silence counts from the last moment at which a beat could have been missed. A gap does not end a
// condition either, but what is counted in beats is counted anew.
import { assert } from "../base/assert.js";
import {
  RHYTHM_ASYSTOLE, RHYTHM_ATRIAL_FIBRILLATION, RHYTHM_BIGEMINY, RHYTHM_BRADYCARDIA, RHYTHM_COUNT, RHYTHM_IDIOVENTRICULAR,
  RHYTHM_INCONCLUSIVE, RHYTHM_IRREGULAR, RHYTHM_NORMAL, RHYTHM_PAUSE, RHYTHM_SVT_RUN, RHYTHM_TACHYCARDIA, RHYTHM_TRIGEMINY,
  RHYTHM_VEB_COUPLET, RHYTHM_VEB_RUN, RHYTHM_VENTRICULAR_FIBRILLATION, RHYTHM_VENTRICULAR_TACHYCARDIA, type RhythmCode,
} from "../vocabulary/rhythm.js";
import { BEAT_Q, BEAT_S, BEAT_V, type BeatClass } from "../vocabulary/beat.js";
import { SAMPLE_MS } from "../vocabulary/sample.js";
import { AF_WORDS, AfDetector } from "./af-detector.js";
import { HEART_RATE_UNKNOWN, type IntervalObserver, RrSeries, RR_SERIES_WORDS } from "./rr-series.js";
import { RunCounter } from "./run-counter.js";

/** Limits that a user may set. */
export interface RhythmLimits {
  readonly asystoleMs: number;
  readonly pauseMs: number;
  readonly bradycardiaBpm: number;
  readonly tachycardiaBpm: number;
  /** Ventricular runs above it are ventricular tachycardia, others an idioventricular rhythm. */
  readonly ventricularTachycardiaBpm: number;
}

/** Hears of every onset and end of a rhythm. */
export interface RhythmObserver {
  /**
   * A rhythm began or ended.
   * @param sample where; before the sample at which that was decided
   * @param measured rate [1/min]; for pause and asystole the silence so far [ms]; for couplet and VEB run the number of beats; -1 if unknown
   */
  onRhythm(code: RhythmCode, began: boolean, sample: number, measured: number): void;
}

/** What is known of fibrillation up to the end of the last samples: a VfDetector. */
export interface Fibrillation {
  readonly active: boolean;
  /** Too little to call it, enough not to call asystole. */
  readonly suspected: boolean;
  /** Of the last episode; read when `active` has changed. [sample number] */
  readonly onsetSample: number;
  readonly endedSample: number;
}

/** For beats without a signal (RR databases). */
export const NO_FIBRILLATION: Fibrillation = Object.freeze({ active: false, suspected: false, onsetSample: -1, endedSample: -1 });

/** `measured` where nothing was. */
const UNMEASURED = -1;
/** A rate condition ends when the rate is back inside its limit by this much, so that a rate at the limit does not flutter. [1/min] */
const RATE_HYSTERESIS_BPM = 3;
/** ... and for this long: in atrial fibrillation the rate crosses any limit every few beats. [ms] */
const RATE_END_MS = 10_000;
/** A beat is known at most this long after its R peak (the QRS detector's delay): silence is certain only up to then. [ms] */
const DETECTION_MS_MAX = 400;
/** Smallest limit of a pause and of an asystole; a shorter silence is not judged. [ms] */
const SILENCE_MS_MIN = 1500;
const SILENCE_SAMPLES_MIN = ((SILENCE_MS_MIN + DETECTION_MS_MAX) / SAMPLE_MS) | 0;
/** Beats in a row that make ventricular tachycardia or an idioventricular rhythm; 3 and 4 are a run. */
const TACHYCARDIA_BEATS = 5;
/** Beats in a row that make a run, ventricular or supraventricular. */
const RUN_BEATS = 3;
/** Up to it, a supraventricular run is not fast. [1/min] */
const FAST_BPM = 100;
/** Other beats in a row that end VT, IVR and SVT: a single one may be a misread beat of the run. */
const RUN_ENDING_BEATS = 2;
/** Such a run is over this long after its last beat, whatever comes. [ms] */
const RUN_SILENCE_MS_MAX = 3000;
/** Cycles in a row that make bigeminy or trigeminy. */
const PATTERN_CYCLES = 3;
/** Other beats in a row that end them: one misread or missing V does not. */
const BIGEMINY_ENDING_BEATS = 4;
const TRIGEMINY_ENDING_BEATS = 5;
/** Levels of `setSignal`: the signal is good; beats may be missed or false; nothing in it can be trusted (saturated, electrode moved). */
export const SIGNAL_GOOD = 0;
export const SIGNAL_NOISY = 1;
export const SIGNAL_UNREADABLE = 2;
export type SignalLevel = typeof SIGNAL_GOOD | typeof SIGNAL_NOISY | typeof SIGNAL_UNREADABLE;

/** Bad signal this long is inconclusive; less is a moment's artefact. [ms] */
const INCONCLUSIVE_ONSET_MS = 3000;
/** Good signal this long ends it. [ms] */
const INCONCLUSIVE_END_MS = 2000;
/** Asystole waits at most this long on a suspicion of fibrillation, which is decided 4.6 to 5.1 s after its onset. [ms] */
const SUSPICION_MS_MAX = 2000;

/** No estimate of an end is further before the onset than this; a greater difference is the wrap of 32 bits, in a rhythm of months. [samples] */
const END_ESTIMATE_SAMPLES_MAX = 3_600_000 / SAMPLE_MS;

const INCONCLUSIVE_BIT = 1 << RHYTHM_INCONCLUSIVE;
const NORMAL_BIT = 1 << RHYTHM_NORMAL;
const LONG_RUN_BITS = (1 << RHYTHM_VENTRICULAR_TACHYCARDIA) | (1 << RHYTHM_IDIOVENTRICULAR);
/** Rows in the room that RrSeries leaves: by RHYTHM_*, the lower 32 bits of the number of the sample at its onset; the intervals of the run counters; the AF detector's. */
const ONSETS = RR_SERIES_WORDS;
const V_INTERVALS = ONSETS + RHYTHM_COUNT;
const S_INTERVALS = V_INTERVALS + TACHYCARDIA_BEATS - 1;
const AF = S_INTERVALS + RUN_BEATS - 1;
const TABLE_END = AF + AF_WORDS;

/** Follows one patient. Nothing is allocated after the constructor. */
export class RhythmClassifier implements IntervalObserver {
  // First what `advance` looks for: XS finds a member by going through those before it.
  private _nextSample = 0;
  /** Until this sample time alone changes nothing; 1 where it may at any; 0 when something has changed, so that normal must be judged too. */
  private _dueSample = 0;
  /** RHYTHM_VENTRICULAR_FIBRILLATION is active. */
  private _fibrillates = false;
  private readonly _limits: RhythmLimits;
  private readonly _observer: RhythmObserver;
  private readonly _rr = new RrSeries(TABLE_END - RR_SERIES_WORDS, this);
  private readonly _af = new AfDetector(this._rr.table.subarray(AF));
  private readonly _vf: Fibrillation;
  private readonly _vRun = new RunCounter(BEAT_V, this._rr.table, V_INTERVALS, TACHYCARDIA_BEATS - 1);
  private readonly _sRun = new RunCounter(BEAT_S, this._rr.table, S_INTERVALS, RUN_BEATS - 1);
  /** A bit for each rhythm. */
  private _active = 0;
  private _lastChangeSample = 0;
  private _signal: SignalLevel = SIGNAL_GOOD;
  private _isDoubtful = false;
  /** Since when the signal has been good, or has not. */
  private _signalChangedSample = 0;
  /** Silence is counted from here. */
  private _heardSample = 0;
  /** Last beat at which the rate was not clearly above the lower limit, or not clearly below the upper one. */
  private _slowSample = 0;
  private _fastSample = 0;
  /** Each of the last V came after so many other beats, as often, for the first time after the V there. */
  private _patternOthers = 0;
  private _patternCycles = 0;
  private _patternOnsetSample = 0;
  /** Of the beat whose class is known last. */
  private _pWave = 0;

  constructor(limits: RhythmLimits, observer: RhythmObserver, vf: Fibrillation) {
    assert(limits.pauseMs >= SILENCE_MS_MIN && limits.asystoleMs >= SILENCE_MS_MIN, "RhythmClassifier: too short a pause");
    this._limits = limits;
    this._observer = observer;
    this._vf = vf;
  }

  /** [1/min], or HEART_RATE_UNKNOWN. */
  get heartRateBpm(): number {
    return this._rr.heartRateBpm;
  }

  /**
   * Time passes: so many samples came. Call it after the beats that were found up to there, and after fibrillation was looked for.
   * @param count samples, 250 a second
   */
  advance(count: number): void {
    if (this._vf.active !== this._fibrillates) this._changeVf();
    const nextSample = this._nextSample + count;
    this._nextSample = nextSample;
    if (nextSample >= this._dueSample) this._judgeTime(nextSample);
  }

  private _judgeTime(nextSample: number): void {
    const isGood = this._signal === SIGNAL_GOOD;
    const sinceMs = (nextSample - this._signalChangedSample) * SAMPLE_MS;
    if (isGood) {
      if (sinceMs >= INCONCLUSIVE_END_MS) this._end(RHYTHM_INCONCLUSIVE, this._signalChangedSample, UNMEASURED);
      if (nextSample - this._heardSample >= SILENCE_SAMPLES_MIN && !this._fibrillates) this._judgeSilence();
    } else {
      if (sinceMs >= INCONCLUSIVE_ONSET_MS) this._begin(RHYTHM_INCONCLUSIVE, this._signalChangedSample, UNMEASURED);
      this._heardSample = nextSample;
    }
    if (this._dueSample === 0) this._judgeNormal();
    this._dueSample = isGood && (this._active & INCONCLUSIVE_BIT) === 0 ? this._heardSample + SILENCE_SAMPLES_MIN : 1;
  }

  /** Samples were lost or mean nothing (lead off): their numbers count, nothing is measured across them. */
  gap(lostCount: number): void {
    if (this._fibrillates) this._changeVf();
    this._nextSample += lostCount;
    this._startAnew();
    this._judgeNormal();
  }

  /**
   * @param signal SIGNAL_*: how good the signal is from here on
   * @param isDoubtful from here on noise may make false beats and hide true ones
   * @param isDisturbed an electrode has moved: beats may be hidden in the jump, so silence is counted anew from here
   */
  setSignal(signal: SignalLevel, isDoubtful: boolean, isDisturbed: boolean): void {
    const before = this._signal;
    this._isDoubtful = isDoubtful;
    if (isDisturbed) this._heardSample = this._nextSample;
    if (signal === before) return;
    this._signal = signal;
    if (this._dueSample > 1) this._dueSample = 1;
    if (signal === SIGNAL_GOOD || before === SIGNAL_GOOD) this._signalChangedSample = this._nextSample;
    if (signal === SIGNAL_UNREADABLE) this._startAnew();
  }

  /** A beat was found; its class follows by `classifyBeat`, up to one beat later. @param sample number of its R peak */
  detectBeat(sample: number): void {
    if (!this._canHear()) return;
    this._dueSample = 0;
    this._rr.addBeat(sample);
    if (sample > this._heardSample) this._heardSample = sample;
    this._endSilence(sample);
    this._judgeRate(sample);
  }

  /**
   * The class of a beat became known. In order of time.
   * @param sample number of its R peak
   * @param beatClass BEAT_*
   * @param pWave evidence for a P wave before it, 0 .. 100, or P_WAVE_UNKNOWN
   */
  classifyBeat(sample: number, beatClass: BeatClass, pWave: number): void {
    if (!this._canHear()) return;
    this._pWave = pWave;
    if (!this._rr.addClass(sample, this._signal === SIGNAL_GOOD ? beatClass : BEAT_Q)) {
      this._af.addHole(sample);
      this._followAf();
    }
    this._judgePatterns(sample, beatClass);
    this._judgeVentricularRun(sample, beatClass);
    this._judgeSupraventricularRun(sample, beatClass);
    this._judgeNormal();
  }

  /** From `classifyBeat`: an interval between two beats that were conducted from the atria. */
  onInterval(rrMs: number, sample: number): void {
    const af = this._af;
    const rateBpm = this._rr.heartRateBpm;
    af.addInterval(rrMs, sample, this._pWave);
    if (af.irregular) this._begin(RHYTHM_IRREGULAR, sample, rateBpm);
    else this._end(RHYTHM_IRREGULAR, sample, rateBpm);
    this._followAf();
  }

  /** Beats mean something: the signal can be read, and it is not fibrillation. */
  private _canHear(): boolean {
    return this._signal !== SIGNAL_UNREADABLE && !this._fibrillates;
  }

  private _startAnew(): void {
    this._dueSample = 0;
    this._rr.gap();
    this._vRun.reset();
    this._sRun.reset();
    this._patternCycles = 0;
    this._heardSample = this._nextSample;
  }

  private _changeVf(): void {
    this._fibrillates = !this._fibrillates;
    if (this._fibrillates) {
      const sample = this._vf.onsetSample;
      this._endSilence(sample);
      this._endVentricularRuns(sample);
      this._end(RHYTHM_SVT_RUN, sample, this._sRun.rateBpm);
      this._begin(RHYTHM_VENTRICULAR_FIBRILLATION, sample, UNMEASURED);
      this._af.forget();
    } else {
      this._end(RHYTHM_VENTRICULAR_FIBRILLATION, this._vf.endedSample, UNMEASURED);
    }
    this._startAnew();
  }

  private _judgeSilence(): void {
    const heardSample = this._heardSample;
    const limits = this._limits;
    const silenceMs = (this._nextSample - heardSample) * SAMPLE_MS - DETECTION_MS_MAX;
    // Before the first beat there is no rhythm that could pause; silence then is asystole or nothing.
    if (silenceMs >= limits.pauseMs && this._rr.lastBeatSample >= 0) this._begin(RHYTHM_PAUSE, heardSample, silenceMs);
    if (silenceMs >= RUN_SILENCE_MS_MAX) {
      this._endVentricularRuns(this._vRun.lastSample);
      this._end(RHYTHM_SVT_RUN, this._sRun.lastSample, this._sRun.rateBpm);
    }
    if (silenceMs < limits.asystoleMs) return;
    if (this._vf.suspected && silenceMs < limits.asystoleMs + SUSPICION_MS_MAX) return;
    this._begin(RHYTHM_ASYSTOLE, heardSample, silenceMs);
    this._dueSample = 0;
    this._rr.gap();
  }

  private _judgeRate(sample: number): void {
    const rateBpm = this._rr.heartRateBpm;
    if (rateBpm === HEART_RATE_UNKNOWN) return;
    const limits = this._limits;
    if (rateBpm < limits.bradycardiaBpm) this._begin(RHYTHM_BRADYCARDIA, sample, rateBpm);
    if (rateBpm < limits.bradycardiaBpm + RATE_HYSTERESIS_BPM) this._slowSample = sample;
    else if ((sample - this._slowSample) * SAMPLE_MS >= RATE_END_MS) this._end(RHYTHM_BRADYCARDIA, this._slowSample, rateBpm);
    if (rateBpm > limits.tachycardiaBpm) this._begin(RHYTHM_TACHYCARDIA, sample, rateBpm);
    if (rateBpm > limits.tachycardiaBpm - RATE_HYSTERESIS_BPM) this._fastSample = sample;
    else if ((sample - this._fastSample) * SAMPLE_MS >= RATE_END_MS) this._end(RHYTHM_TACHYCARDIA, this._fastSample, rateBpm);
  }

  private _followAf(): void {
    const af = this._af;
    if (af.active) this._begin(RHYTHM_ATRIAL_FIBRILLATION, af.onsetSample, this._rr.heartRateBpm);
    else this._end(RHYTHM_ATRIAL_FIBRILLATION, af.endedSample, this._rr.heartRateBpm);
  }

  /** Bigeminy and trigeminy, from the row as it was before this beat. */
  private _judgePatterns(sample: number, beatClass: BeatClass): void {
    const vRun = this._vRun;
    const others = vRun.otherRow;
    if (beatClass !== BEAT_V) {
      if (others + 1 >= BIGEMINY_ENDING_BEATS) this._end(RHYTHM_BIGEMINY, vRun.lastSample, UNMEASURED);
      if (others + 1 >= TRIGEMINY_ENDING_BEATS) this._end(RHYTHM_TRIGEMINY, vRun.lastSample, UNMEASURED);
      return;
    }
    if (this._patternCycles === 0 || others !== this._patternOthers) {
      this._patternOthers = others;
      this._patternCycles = 0;
      this._patternOnsetSample = vRun.lastSample;
    }
    if (++this._patternCycles >= PATTERN_CYCLES && (others === 1 || others === 2))
      this._begin(others === 1 ? RHYTHM_BIGEMINY : RHYTHM_TRIGEMINY, this._patternOnsetSample, this._rr.heartRateBpm);
    if (vRun.row > 0) {
      this._end(RHYTHM_BIGEMINY, sample, UNMEASURED);
      this._end(RHYTHM_TRIGEMINY, sample, UNMEASURED);
    }
  }

  private _judgeVentricularRun(sample: number, beatClass: BeatClass): void {
    const run = this._vRun;
    const before = run.row;
    run.add(sample, beatClass);
    if (beatClass !== BEAT_V) {
      if (before === 2) {
        this._begin(RHYTHM_VEB_COUPLET, run.onsetSample, before);
        this._end(RHYTHM_VEB_COUPLET, run.lastSample, before);
      }
      this._end(RHYTHM_VEB_RUN, run.lastSample, before);
      if (run.otherRow >= RUN_ENDING_BEATS) this._endVentricularRuns(run.lastSample);
      return;
    }
    const inLongRun = (this._active & LONG_RUN_BITS) !== 0;
    if (run.row >= RUN_BEATS && !inLongRun) this._begin(RHYTHM_VEB_RUN, run.onsetSample, run.row);
    if (run.row < TACHYCARDIA_BEATS) return;
    const fast = run.isFasterThan(this._limits.ventricularTachycardiaBpm);
    if (fast && this._isDoubtful && !run.isEven) return;
    if (fast) {
      this._end(RHYTHM_IDIOVENTRICULAR, sample, run.rateBpm);
      this._begin(RHYTHM_VENTRICULAR_TACHYCARDIA, run.recentOnsetSample, run.rateBpm);
    } else if (!inLongRun) this._begin(RHYTHM_IDIOVENTRICULAR, run.onsetSample, run.rateBpm);
    this._end(RHYTHM_VEB_RUN, run.onsetSample, run.row);
  }

  private _endVentricularRuns(sample: number): void {
    this._end(RHYTHM_VENTRICULAR_TACHYCARDIA, sample, this._vRun.rateBpm);
    this._end(RHYTHM_IDIOVENTRICULAR, sample, this._vRun.rateBpm);
    this._end(RHYTHM_VEB_RUN, sample, this._vRun.row);
  }

  private _judgeSupraventricularRun(sample: number, beatClass: BeatClass): void {
    const run = this._sRun;
    run.add(sample, beatClass);
    if (run.row >= RUN_BEATS && run.isFasterThan(FAST_BPM)) this._begin(RHYTHM_SVT_RUN, run.recentOnsetSample, run.rateBpm);
    else if (run.otherRow >= RUN_ENDING_BEATS) this._end(RHYTHM_SVT_RUN, run.lastSample, run.rateBpm);
  }

  private _endSilence(sample: number): void {
    this._end(RHYTHM_ASYSTOLE, sample, UNMEASURED);
    this._end(RHYTHM_PAUSE, sample, UNMEASURED);
  }

  private _judgeNormal(): void {
    if ((this._active & ~NORMAL_BIT) === 0) {
      const rateBpm = this._rr.heartRateBpm;
      if (rateBpm !== HEART_RATE_UNKNOWN) this._begin(RHYTHM_NORMAL, this._lastChangeSample, rateBpm);
      else this._end(RHYTHM_NORMAL, this._nextSample, UNMEASURED);
    }
    if (this._dueSample === 0) this._dueSample = 1;
  }

  private _begin(code: RhythmCode, sample: number, measured: number): void {
    if (this._active & (1 << code)) return;
    if (code !== RHYTHM_NORMAL) {
      this._end(RHYTHM_NORMAL, sample, this._rr.heartRateBpm);
      this._dueSample = 0;
    }
    this._active |= 1 << code;
    this._rr.table[ONSETS + code] = sample;
    this._observer.onRhythm(code, true, sample, measured);
  }

  private _end(code: RhythmCode, sample: number, measured: number): void {
    if ((this._active & (1 << code)) === 0) return;
    if (code !== RHYTHM_NORMAL) this._dueSample = 0;
    this._active &= ~(1 << code);
    if (sample > this._lastChangeSample) this._lastChangeSample = sample;
    // Both are estimates.
    const tooEarly = (this._rr.table[ONSETS + code]! - sample) | 0;
    this._observer.onRhythm(code, false, tooEarly > 0 && tooEarly < END_ESTIMATE_SAMPLES_MAX ? sample + tooEarly : sample, measured);
  }
}

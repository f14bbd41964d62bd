// RhythmClassifier: beats, their classes and the waveform in; onsets and ends of rhythms out.
//
// Each rhythm is a condition of its own with an onset and an end (atrial fibrillation may be fast, a tachycardia may hold a couplet);
// `rhythm` is the one that matters most. V and S are beats of these classes; F and Q break a row of them and count as neither beat of a pattern.
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
import { AfDetector } from "./af-detector.js";
import { HEART_RATE_UNKNOWN, RrSeries } from "./rr-series.js";
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

/**
 * Hears of every onset (`began`) and end of a rhythm.
 * @param sample where it began or ended; before the sample at which that was decided
 * @param measured rate [1/min]; for pause and asystole the silence so far [ms]; for couplet and VEB run the number of beats; -1 if unknown
 */
export type RhythmObserver = (code: RhythmCode, began: boolean, sample: number, measured: number) => void;

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
const NO_FIBRILLATION: Fibrillation = Object.freeze({ active: false, suspected: false, onsetSample: -1, endedSample: -1 });

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
/** Mean interval from which on a supraventricular run is not fast: 100/min. [ms] */
const FAST_RR_MS = 600;
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

/** Most urgent first: `rhythm` is the first of these that is active. */
export const RHYTHM_URGENCY: readonly RhythmCode[] = Object.freeze([
  RHYTHM_VENTRICULAR_FIBRILLATION, RHYTHM_ASYSTOLE, RHYTHM_VENTRICULAR_TACHYCARDIA, RHYTHM_INCONCLUSIVE, RHYTHM_PAUSE,
  RHYTHM_IDIOVENTRICULAR, RHYTHM_VEB_RUN, RHYTHM_ATRIAL_FIBRILLATION, RHYTHM_SVT_RUN, RHYTHM_BIGEMINY, RHYTHM_TRIGEMINY,
  RHYTHM_BRADYCARDIA, RHYTHM_TACHYCARDIA, RHYTHM_IRREGULAR, RHYTHM_NORMAL,
]);

/** Follows one patient. Nothing is allocated after the constructor. */
export class RhythmClassifier {
  readonly #limits: RhythmLimits;
  readonly #observer: RhythmObserver;
  readonly #rr = new RrSeries();
  readonly #af = new AfDetector();
  readonly #vf: Fibrillation;
  readonly #vRun = new RunCounter(BEAT_V, TACHYCARDIA_BEATS - 1);
  readonly #sRun = new RunCounter(BEAT_S, RUN_BEATS - 1);
  readonly #active = new Uint8Array(RHYTHM_COUNT);
  readonly #onsetSample = new Float64Array(RHYTHM_COUNT);
  /** Active rhythms, normal not counted. */
  #activeCount = 0;
  /** Until this sample time alone changes nothing; 1 where it may at any; 0 when something has changed, so that normal must be judged too. */
  #dueSample = 0;
  /** RHYTHM_VENTRICULAR_FIBRILLATION is active. */
  #fibrillates = false;
  #lastChangeSample = 0;
  #nextSample = 0;
  #signal: SignalLevel = SIGNAL_GOOD;
  #isDoubtful = false;
  /** Since when the signal has been good, or has not. */
  #signalChangedSample = 0;
  /** Silence is counted from here. */
  #heardSample = 0;
  /** Last beat at which the rate was not clearly above the lower limit, or not clearly below the upper one. */
  #slowSample = 0;
  #fastSample = 0;
  #bigeminyCycles = 0;
  #bigeminyOnsetSample = 0;
  #trigeminyCycles = 0;
  #trigeminyOnsetSample = 0;

  constructor(limits: RhythmLimits, observer: RhythmObserver, vf = NO_FIBRILLATION) {
    assert(limits.pauseMs >= SILENCE_MS_MIN && limits.asystoleMs >= SILENCE_MS_MIN, "RhythmClassifier: pauseMs and asystoleMs must be at least 1500");
    this.#limits = limits;
    this.#observer = observer;
    this.#vf = vf;
  }

  /** [1/min], or HEART_RATE_UNKNOWN. */
  get heartRateBpm(): number {
    return this.#rr.heartRateBpm;
  }
  /** The most urgent rhythm that is active; RHYTHM_INCONCLUSIVE when none is. */
  get rhythm(): RhythmCode {
    for (let i = 0; i < RHYTHM_URGENCY.length; i++) if (this.#active[RHYTHM_URGENCY[i]!] === 1) return RHYTHM_URGENCY[i]!;
    return RHYTHM_INCONCLUSIVE;
  }
  isActive(code: RhythmCode): boolean {
    return this.#active[code] === 1;
  }

  /**
   * Time passes: so many samples came. Call it after the beats that were found up to there, and after fibrillation was looked for.
   * @param count samples, 250 a second
   */
  advance(count: number): void {
    if (this.#vf.active !== this.#fibrillates) this.#changeVf(!this.#fibrillates);
    const nextSample = this.#nextSample + count;
    this.#nextSample = nextSample;
    if (nextSample >= this.#dueSample) this.#judgeTime(nextSample);
  }

  #judgeTime(nextSample: number): void {
    if (this.#signal !== SIGNAL_GOOD || this.#active[RHYTHM_INCONCLUSIVE] === 1) this.#judgeQuality();
    if (this.#signal !== SIGNAL_GOOD) this.#heardSample = nextSample;
    else if (nextSample - this.#heardSample >= SILENCE_SAMPLES_MIN && this.#canHear()) this.#judgeSilence();
    if (this.#dueSample === 0) this.#judgeNormal();
    this.#dueSample = this.#signal === SIGNAL_GOOD && this.#active[RHYTHM_INCONCLUSIVE] === 0 ? this.#heardSample + SILENCE_SAMPLES_MIN : 1;
  }

  /** Samples were lost or mean nothing (lead off): their numbers count, nothing is measured across them. */
  gap(lostCount: number): void {
    if (this.isActive(RHYTHM_VENTRICULAR_FIBRILLATION)) this.#changeVf(false);
    this.#nextSample += lostCount;
    this.#startAnew();
    this.#judgeNormal();
  }

  /** @param signal SIGNAL_*: how good the signal is from here on */
  setSignal(signal: SignalLevel): void {
    const before = this.#signal;
    if (signal === before) return;
    this.#signal = signal;
    if (this.#dueSample > 1) this.#dueSample = 1;
    if (signal === SIGNAL_GOOD || before === SIGNAL_GOOD) this.#signalChangedSample = this.#nextSample;
    if (signal === SIGNAL_UNREADABLE) this.#startAnew();
  }

  /** An electrode moved: beats may be hidden in the jump, so silence is counted anew from here. */
  disturb(): void {
    this.#heardSample = this.#nextSample;
  }

  /** @param isDoubtful from here on noise may make false beats and hide true ones */
  doubtBeats(isDoubtful: boolean): void {
    this.#isDoubtful = isDoubtful;
  }

  /** A beat was found; its class follows by `classifyBeat`, up to one beat later. @param sample number of its R peak */
  detectBeat(sample: number): void {
    if (!this.#canHear()) return;
    this.#dueSample = 0;
    this.#rr.addBeat(sample);
    if (sample > this.#heardSample) this.#heardSample = sample;
    this.#end(RHYTHM_ASYSTOLE, sample, UNMEASURED);
    this.#end(RHYTHM_PAUSE, sample, UNMEASURED);
    this.#judgeRate(sample);
  }

  /**
   * The class of a beat became known. In order of time.
   * @param sample number of its R peak
   * @param beatClass BEAT_*
   * @param pWave evidence for a P wave before it, 0 .. 100, or P_WAVE_UNKNOWN
   */
  classifyBeat(sample: number, beatClass: BeatClass, pWave: number): void {
    if (!this.#canHear()) return;
    this.#rr.addClass(sample, this.#signal === SIGNAL_GOOD ? beatClass : BEAT_Q);
    this.#judgeAf(pWave);
    this.#judgePatterns(sample, beatClass);
    this.#judgeVentricularRun(sample, beatClass);
    this.#judgeSupraventricularRun(sample, beatClass);
    this.#judgeNormal();
  }

  /** Beats mean something: the signal can be read, and it is not fibrillation. */
  #canHear(): boolean {
    return this.#signal !== SIGNAL_UNREADABLE && this.#active[RHYTHM_VENTRICULAR_FIBRILLATION] === 0;
  }

  #startAnew(): void {
    this.#dueSample = 0;
    this.#rr.gap();
    this.#vRun.reset();
    this.#sRun.reset();
    this.#bigeminyCycles = 0;
    this.#trigeminyCycles = 0;
    this.#heardSample = this.#nextSample;
  }

  #changeVf(began: boolean): void {
    this.#fibrillates = began;
    if (began) {
      const sample = this.#vf.onsetSample;
      this.#end(RHYTHM_ASYSTOLE, sample, UNMEASURED);
      this.#end(RHYTHM_PAUSE, sample, UNMEASURED);
      this.#endVentricularRuns(sample);
      this.#end(RHYTHM_SVT_RUN, sample, this.#sRun.rateBpm);
      this.#begin(RHYTHM_VENTRICULAR_FIBRILLATION, sample, UNMEASURED);
      this.#af.forget();
    } else {
      this.#end(RHYTHM_VENTRICULAR_FIBRILLATION, this.#vf.endedSample, UNMEASURED);
    }
    this.#startAnew();
  }

  #judgeQuality(): void {
    const sinceMs = (this.#nextSample - this.#signalChangedSample) * SAMPLE_MS;
    if (this.#signal !== SIGNAL_GOOD) {
      if (sinceMs >= INCONCLUSIVE_ONSET_MS) this.#begin(RHYTHM_INCONCLUSIVE, this.#signalChangedSample, UNMEASURED);
    } else if (sinceMs >= INCONCLUSIVE_END_MS) {
      this.#end(RHYTHM_INCONCLUSIVE, this.#signalChangedSample, UNMEASURED);
    }
  }

  #judgeSilence(): void {
    const heardSample = this.#heardSample;
    const limits = this.#limits;
    const silenceMs = (this.#nextSample - heardSample) * SAMPLE_MS - DETECTION_MS_MAX;
    // Before the first beat there is no rhythm that could pause; silence then is asystole or nothing.
    if (silenceMs >= limits.pauseMs && this.#rr.lastBeatSample >= 0) this.#begin(RHYTHM_PAUSE, heardSample, silenceMs);
    if (silenceMs >= RUN_SILENCE_MS_MAX) {
      this.#endVentricularRuns(this.#vRun.lastSample);
      this.#end(RHYTHM_SVT_RUN, this.#sRun.lastSample, this.#sRun.rateBpm);
    }
    if (silenceMs < limits.asystoleMs) return;
    if (this.#vf.suspected && silenceMs < limits.asystoleMs + SUSPICION_MS_MAX) return;
    this.#begin(RHYTHM_ASYSTOLE, heardSample, silenceMs);
    this.#dueSample = 0;
    this.#rr.gap();
  }

  #judgeRate(sample: number): void {
    const rateBpm = this.#rr.heartRateBpm;
    if (rateBpm === HEART_RATE_UNKNOWN) return;
    const limits = this.#limits;
    if (rateBpm < limits.bradycardiaBpm) this.#begin(RHYTHM_BRADYCARDIA, sample, rateBpm);
    if (rateBpm < limits.bradycardiaBpm + RATE_HYSTERESIS_BPM) this.#slowSample = sample;
    else if ((sample - this.#slowSample) * SAMPLE_MS >= RATE_END_MS) this.#end(RHYTHM_BRADYCARDIA, this.#slowSample, rateBpm);
    if (rateBpm > limits.tachycardiaBpm) this.#begin(RHYTHM_TACHYCARDIA, sample, rateBpm);
    if (rateBpm > limits.tachycardiaBpm - RATE_HYSTERESIS_BPM) this.#fastSample = sample;
    else if ((sample - this.#fastSample) * SAMPLE_MS >= RATE_END_MS) this.#end(RHYTHM_TACHYCARDIA, this.#fastSample, rateBpm);
  }

  #judgeAf(pWave: number): void {
    const rr = this.#rr;
    const af = this.#af;
    if (rr.normalCount === 0) af.addHole(rr.lastClassSample);
    for (let i = 0; i < rr.normalCount; i++) {
      const sample = rr.normalSample(i);
      af.addInterval(rr.normalRrMs(i), sample, pWave);
      if (af.irregular) this.#begin(RHYTHM_IRREGULAR, sample, rr.heartRateBpm);
      else this.#end(RHYTHM_IRREGULAR, sample, rr.heartRateBpm);
      this.#followAf();
    }
    this.#followAf();
  }

  #followAf(): void {
    const af = this.#af;
    if (af.active) this.#begin(RHYTHM_ATRIAL_FIBRILLATION, af.onsetSample, this.#rr.heartRateBpm);
    else this.#end(RHYTHM_ATRIAL_FIBRILLATION, af.endedSample, this.#rr.heartRateBpm);
  }

  /** Bigeminy and trigeminy, from the row as it was before this beat. */
  #judgePatterns(sample: number, beatClass: BeatClass): void {
    const vRun = this.#vRun;
    const others = vRun.otherRow;
    if (beatClass !== BEAT_V) {
      if (others + 1 >= BIGEMINY_ENDING_BEATS) this.#end(RHYTHM_BIGEMINY, vRun.lastSample, UNMEASURED);
      if (others + 1 >= TRIGEMINY_ENDING_BEATS) this.#end(RHYTHM_TRIGEMINY, vRun.lastSample, UNMEASURED);
      return;
    }
    if (others === 1) {
      if (this.#bigeminyCycles === 0) this.#bigeminyOnsetSample = vRun.lastSample;
      this.#bigeminyCycles++;
      if (this.#bigeminyCycles >= PATTERN_CYCLES) this.#begin(RHYTHM_BIGEMINY, this.#bigeminyOnsetSample, this.#rr.heartRateBpm);
    } else {
      this.#bigeminyCycles = 0;
    }
    if (others === 2) {
      if (this.#trigeminyCycles === 0) this.#trigeminyOnsetSample = vRun.lastSample;
      this.#trigeminyCycles++;
      if (this.#trigeminyCycles >= PATTERN_CYCLES) this.#begin(RHYTHM_TRIGEMINY, this.#trigeminyOnsetSample, this.#rr.heartRateBpm);
    } else {
      this.#trigeminyCycles = 0;
    }
    if (vRun.row > 0) {
      this.#end(RHYTHM_BIGEMINY, sample, UNMEASURED);
      this.#end(RHYTHM_TRIGEMINY, sample, UNMEASURED);
    }
  }

  #judgeVentricularRun(sample: number, beatClass: BeatClass): void {
    const run = this.#vRun;
    const before = run.row;
    run.add(sample, beatClass);
    if (beatClass !== BEAT_V) {
      if (before === 2) {
        this.#begin(RHYTHM_VEB_COUPLET, run.onsetSample, before);
        this.#end(RHYTHM_VEB_COUPLET, run.lastSample, before);
      }
      this.#end(RHYTHM_VEB_RUN, run.lastSample, before);
      if (run.otherRow >= RUN_ENDING_BEATS) this.#endVentricularRuns(run.lastSample);
      return;
    }
    const inLongRun = this.isActive(RHYTHM_VENTRICULAR_TACHYCARDIA) || this.isActive(RHYTHM_IDIOVENTRICULAR);
    if (run.row >= RUN_BEATS && !inLongRun) this.#begin(RHYTHM_VEB_RUN, run.onsetSample, run.row);
    if (run.row < TACHYCARDIA_BEATS) return;
    const fast = run.meanRrMs * this.#limits.ventricularTachycardiaBpm < 60_000;
    if (fast && this.#isDoubtful && !run.isEven) return;
    if (fast) this.#end(RHYTHM_IDIOVENTRICULAR, sample, run.rateBpm);
    if (fast) this.#begin(RHYTHM_VENTRICULAR_TACHYCARDIA, run.recentOnsetSample, run.rateBpm);
    else if (!inLongRun) this.#begin(RHYTHM_IDIOVENTRICULAR, run.onsetSample, run.rateBpm);
    this.#end(RHYTHM_VEB_RUN, run.onsetSample, run.row);
  }

  #endVentricularRuns(sample: number): void {
    this.#end(RHYTHM_VENTRICULAR_TACHYCARDIA, sample, this.#vRun.rateBpm);
    this.#end(RHYTHM_IDIOVENTRICULAR, sample, this.#vRun.rateBpm);
    this.#end(RHYTHM_VEB_RUN, sample, this.#vRun.row);
  }

  #judgeSupraventricularRun(sample: number, beatClass: BeatClass): void {
    const run = this.#sRun;
    run.add(sample, beatClass);
    if (run.row >= RUN_BEATS && run.meanRrMs < FAST_RR_MS) this.#begin(RHYTHM_SVT_RUN, run.recentOnsetSample, run.rateBpm);
    else if (run.otherRow >= RUN_ENDING_BEATS) this.#end(RHYTHM_SVT_RUN, run.lastSample, run.rateBpm);
  }

  #judgeNormal(): void {
    if (this.#activeCount === 0 && this.#rr.heartRateBpm !== HEART_RATE_UNKNOWN) this.#begin(RHYTHM_NORMAL, this.#lastChangeSample, this.#rr.heartRateBpm);
    else if (this.#activeCount === 0) this.#end(RHYTHM_NORMAL, this.#nextSample, UNMEASURED);
    if (this.#dueSample === 0) this.#dueSample = 1;
  }

  #begin(code: RhythmCode, sample: number, measured: number): void {
    if (this.#active[code] === 1) return;
    if (code !== RHYTHM_NORMAL) {
      this.#end(RHYTHM_NORMAL, sample, this.#rr.heartRateBpm);
      this.#activeCount++;
      this.#dueSample = 0;
    }
    this.#active[code] = 1;
    this.#onsetSample[code] = sample;
    this.#observer(code, true, sample, measured);
  }

  #end(code: RhythmCode, sample: number, measured: number): void {
    if (this.#active[code] === 0) return;
    if (code !== RHYTHM_NORMAL) {
      this.#activeCount--;
      this.#dueSample = 0;
    }
    this.#active[code] = 0;
    if (sample > this.#lastChangeSample) this.#lastChangeSample = sample;
    this.#observer(code, false, sample > this.#onsetSample[code]! ? sample : this.#onsetSample[code]!, measured);
  }
}

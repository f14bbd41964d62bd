// QRS detector: finds the R peaks in a stream of samples, causally, in integers, with no allocation after the constructor.
import { assert } from "../base/assert.js";
import { medianOf } from "../base/median.js";
import { quotient, rootOfProduct } from "../base/quotient.js";

/** Longest block that one call takes. [samples] 4 s. */
export const QRS_BLOCK_SAMPLES_MAX = 1000;

/** A beat is reported at most this long after its R peak, those of the start-up and of search-back excepted. [samples] 400 ms. */
export const QRS_DECISION_SAMPLES_MAX = 100;

/**
 * Smallest QRS complex that is a beat. [uV peak to peak, of 20 ms means] Less would fill an asystole with noise or P waves.
 * Source: no response to 0.15 mV or less, IEC 60601-2-27:2011, 201.12.1.101.15, as ANSI/AAMI EC13:2002, 4.2.6.1.
 */
export const QRS_AMPLITUDE_UV_MIN = 150;

// Below, a step is two samples (8 ms): the band signal has nothing above 40 Hz, so it is worked on at 125/s, for half the work.

/** Length of the energy sum: 56 ms. Longer favours wide complexes, shorter lets narrow ones stand out from slower artefacts. */
const ENERGY_STEPS = 7;
/** An energy peak that is not exceeded for so long is a candidate: 80 ms, the width of a normal complex. */
const CANDIDATE_STEPS = 10;
/** A peak so old can be measured, all windows below being filled; a decision that is due does not wait longer for it: 56 ms. */
const MEASURABLE_STEPS = 7;
/** Two beats are at least so far apart: 248 ms, 242 beats/min. */
const REFRACTORY_STEPS = 31;
/** Age of an energy peak when it is decided: 304 ms, so that a better candidate within the refractory period is known by then. */
const DECISION_STEPS = 38;
/**
 * Wide complexes have two or three energy peaks, at most so far apart: 112 ms. In a signal that is not noisy the lower ones are no noise;
 * if they were, a tachycardia with wide complexes would raise the noise level to their height within five beats, and lose its beats.
 */
const COMPLEX_STEPS = 14;
/** A peak within 360 ms of a beat (Pan & Tompkins 1985) and less than half as steep is the T wave. */
const T_WAVE_STEPS = 45;
/** Levels are learned from the first 3 s, and again when a detector that has seen fewer than 8 beats finds none for 3 s. */
const LEARN_STEPS = 375;
/** Levels are learned anew when an experienced detector finds no beat for 8 s: well after an asystole must have alarmed. */
const SILENCE_STEPS = 1000;
/** Wait of a detector that has nothing to learn from: 1 s. */
const LEARN_AGAIN_STEPS = 125;

/** From the last sample of an energy peak back to the middle of the complex. [samples] 2 + 0.5 + 1 + 3 + 6 by the filters' halves. */
const CENTRE_SAMPLES = 12;
/** The same in steps of the band and of the slope signal. */
const CENTRE_TO_BAND_STEPS = 3;
const CENTRE_TO_SLOPE_STEPS = 5;
/** The steepest slope is looked for 64 ms, the R peak 44 ms to each side of the middle: more reaches into steep P and T waves. */
const SLOPE_SEARCH_STEPS = 8;
const PEAK_SEARCH_SAMPLES = 11;
/** Heights are measured from the straight line between the points 92 ms before and after the middle. [samples] */
const BASE_SAMPLES = 23;

/** The template: 13 steps (104 ms) of the band signal, compared at displacements of up to 3 steps. */
const TEMPLATE_STEPS = 13;
const TEMPLATE_HALF_STEPS = 6;
const TEMPLATE_SHIFT_STEPS = 3;
const WINDOW_STEPS = TEMPLATE_STEPS + 2 * TEMPLATE_SHIFT_STEPS;
/** The template moves by 1, 1/2, 1/4 .. of the difference, from the sixth beat on by 1/32. */
const TEMPLATE_RATE_BITS = 5;
/** With more noise than 20 % only beats that resemble the template by 0.7 move it. */
const TEMPLATE_LIKENESS_Q8_MIN = 180;
const NOISY_Q8 = 51;

/** Levels are medians of so many values: three artefacts do not move them. */
const HISTORY_COUNT = 8;
/** Candidates kept for decision and search-back: 2.5 s at their smallest distance, 8 s in a quiet ECG. */
const CANDIDATE_COUNT_MAX = 32;
/** Room for the beats of one call: of a longest block (17) and of a full queue (32). */
const BEAT_COUNT_MAX = 64;

const FIVE_MASK = 127;
const STEP_MASK = 63;
/** A template window that lies further back has been overwritten. [steps] */
const WINDOW_AGE_STEPS_MAX = STEP_MASK - CENTRE_TO_BAND_STEPS - TEMPLATE_HALF_STEPS - TEMPLATE_SHIFT_STEPS;

/** The threshold lies 0.35 of the way from the noise level to the signal level. Flat optimum: 0.3 to 0.4 score alike. */
const THRESHOLD_Q8 = 90;
/** Search-back accepts 0.6 of the threshold (-0.74 octaves) ... */
const SEARCH_BACK_SCORE_Q8 = -189;
/** ... once 1.5 usual intervals have passed since the last beat. */
const SEARCH_BACK_INTERVAL_HALVES = 3;
/** A candidate below this part of the threshold cannot become a beat: 1/3. */
const FLAT_SHARE = 3;
/** What P waves, T waves and muscle tone cause in any ECG. [uV per 16 ms, times 10] */
const NOISE_FREE_SLOPE = 500;
/** Noise counts fully when it exceeds that by a quarter of the signal level: shift of its Q8. */
const NOISE_FULL_BITS = 10;

// Weights of the decision in noise, from a logistic regression over 40,000 energy peaks in electrode-motion noise (118e06 and twelve DS1
// records with the same noise): 4.5 octaves of slope for a likeness of 1, 3 octaves for a whole interval too early (4 since only a certain
// beat before counts).
/** Likeness below 0.7 is as bad as none; above 0.85 it counts for the candidate, below against it. */
const LIKENESS_Q8_LOW = 179;
const LIKENESS_Q8_EVEN = 218;
const LIKENESS_HALVES = 9;
/** A beat earlier than 0.8 of the usual interval is doubtful ... */
const EARLY_INTERVAL_Q8 = 205;
const EARLY_WEIGHT = 4;
/** ... as far as the beat before is certain: one that passed by an octave is. */
const CERTAIN_SCORE_Q8 = 256;

assert(DECISION_STEPS - MEASURABLE_STEPS >= REFRACTORY_STEPS, "QrsDetector: a better candidate might be overlooked");
assert(2 * DECISION_STEPS + CENTRE_SAMPLES + 1 + PEAK_SEARCH_SAMPLES <= QRS_DECISION_SAMPLES_MAX, "QrsDetector: decisions come too late");
assert(CENTRE_SAMPLES - 2 + 2 * MEASURABLE_STEPS >= BASE_SAMPLES, "QrsDetector: the base line reaches into the future");
assert(CENTRE_TO_BAND_STEPS + MEASURABLE_STEPS >= TEMPLATE_HALF_STEPS + TEMPLATE_SHIFT_STEPS, "QrsDetector: the template reaches into the future");

/** Slopes are ten times uV (sums of ten samples). */
const SLOPE_GAIN = 10;
const FIVE_GAIN = 5;

/**
 * Streaming QRS detector on the plan of Pan & Tompkins (IEEE Trans Biomed Eng 32:230-236, 1985) and Hamilton & Tompkins (33:1157-1165,
 * 1986): band-pass, energy, peaks, a threshold between a noise and a signal level, T-wave rule, search-back. Two things are added: every
 * decision waits until the refractory period after the candidate has been seen, so that the better of two wins; and as noise rises, a
 * candidate must more and more resemble the patient's own complexes and keep their time.
 *
 *   five[n]   = x[n] + .. + x[n-4]                        gain 5,  delay 2 samples, zeros at 50 and 100 Hz; 19 bits
 *   pair[m]   = five[2m] + five[2m+1]                     gain 10, 125/s; 20 bits
 *   smooth[m] = pair[m] + pair[m-1]                       gain 20, zero at 62.5 Hz; 21 bits
 *   band[m]   = (smooth[m] - smooth[m-3]) >> 4            7.5 to 24 Hz (-3 dB), largest near 15 Hz; 18 bits
 *   energy[m] = |band[m]| + .. + |band[m-6]|              21 bits
 *   slope[m]  = |pair[m] - pair[m-2]|                     uV per 16 ms, times 10; 21 bits
 *
 * Against the largest gain, 50 Hz is nulled and 60 Hz lies at -39 dB. The middle of a complex lies 12.5 samples before its energy peak.
 */
export class QrsDetector {
  // Front end. Rings are indexed by sample or step number and a mask.
  private readonly _five = new Int32Array(FIVE_MASK + 1);
  private readonly _band = new Int32Array(STEP_MASK + 1);
  private readonly _slope = new Int32Array(STEP_MASK + 1);
  private _sampleCount = 0;
  private _stepCount = 0;
  private _started = false;
  private _stepOrigin = 0;
  private _odd = false;
  private _x1 = 0;
  private _x2 = 0;
  private _x3 = 0;
  private _x4 = 0;
  private _x5 = 0;
  private _fiveSum = 0;
  private _five1 = 0;
  private _pair1 = 0;
  private _pair2 = 0;
  private _smooth1 = 0;
  private _smooth2 = 0;
  private _smooth3 = 0;
  private _energy = 0;
  private _energy1 = 0;
  private _rising = false;
  private _peakEnergy = 0;
  private _peakStep = -1;

  // Candidates in order of time: the first `decidedCount` were rejected and wait for search-back. Steps lie in a plain array: XS takes what
  // it reads from a Float64Array for floating point ever after.
  private readonly _candidateStep = new Array<number>(CANDIDATE_COUNT_MAX).fill(0);
  /** R peaks from the middle. [samples] */
  private readonly _candidatePeak = new Int8Array(CANDIDATE_COUNT_MAX);
  private readonly _candidateHeightUv = new Int32Array(CANDIDATE_COUNT_MAX);
  private readonly _candidateSlope = new Int32Array(CANDIDATE_COUNT_MAX);
  private readonly _candidateLikeness = new Int32Array(CANDIDATE_COUNT_MAX);
  private readonly _candidateShift = new Int32Array(CANDIDATE_COUNT_MAX);
  private _candidateCount = 0;
  private _decidedCount = 0;

  // Levels.
  private readonly _signalHistory = new Int32Array(HISTORY_COUNT);
  private readonly _noiseHistory = new Int32Array(HISTORY_COUNT);
  private readonly _intervalHistory = new Int32Array(HISTORY_COUNT);
  private readonly _sorted = new Array<number>(HISTORY_COUNT).fill(0);
  private _signalCount = 0;
  private _noiseCount = 0;
  private _intervalCount = 0;
  private _signalLevel = 0;
  private _noiseLevel = 0;
  private _intervalSteps = 0;
  private _threshold = 0;
  private _noiseQ8 = 0;
  private _learning = true;
  private _beatsSinceLearned = 0;
  private _lastStep = -1;
  private _lastSlope = 0;
  private _lastCertaintyQ8 = 0;
  private _quietFromStep = 0;
  private _dueStep = 0;

  // Plain arrays: read and written twice as fast on XS.
  private readonly _template = new Array<number>(TEMPLATE_STEPS).fill(0);
  private readonly _window = new Array<number>(WINDOW_STEPS).fill(0);
  private _templateCount = 0;

  /** `sampleCount` before the last call; R peaks from there, and the middles from those. */
  private _callSample = 0;
  private readonly _beatOffset = new Int32Array(BEAT_COUNT_MAX);
  private readonly _beatCentre = new Int8Array(BEAT_COUNT_MAX);
  private readonly _beatHeightUv = new Int32Array(BEAT_COUNT_MAX);
  private readonly _beatConfidence = new Int32Array(BEAT_COUNT_MAX);
  private _beatCount = 0;

  /** Samples taken so far, lost ones included: the index of the next sample. */
  get sampleCount(): number {
    return this._sampleCount;
  }

  /** Usual steepest slope of the last beats. [uV per 16 ms] 0 before the first beat. */
  get signalLevelUv(): number {
    return (this._signalLevel / SLOPE_GAIN) | 0;
  }

  /** Usual steepest slope of what was no beat. [uV per 16 ms] */
  get noiseLevelUv(): number {
    return (this._noiseLevel / SLOPE_GAIN) | 0;
  }

  /** How far noise governs the decisions: 0 (clean) .. 100 (beats must resemble the template and keep time). [%] */
  get noisePercent(): number {
    return (this._noiseQ8 * 100) >> 8;
  }

  /**
   * Takes a block of samples.
   * @param samplesUv 250 samples/s, int16 range. [uV]
   * @param count 0 to `QRS_BLOCK_SAMPLES_MAX`.
   * @returns How many beats were decided, in order of time; read them by `beatSample(0)` and so on until the next call.
   *          The beats do not depend on how the stream is cut into blocks.
   */
  process(samplesUv: Int16Array | Int32Array, count: number): number {
    assert(count <= QRS_BLOCK_SAMPLES_MAX, "QrsDetector: block too long");
    this._beatCount = 0;
    this._callSample = this._sampleCount;
    if (count === 0) return 0;
    if (!this._started) this._start(samplesUv[0]!);
    const five = this._five;
    const band = this._band;
    const slope = this._slope;
    let n = this._sampleCount;
    let step = this._stepCount;
    let odd = this._odd;
    let x1 = this._x1;
    let x2 = this._x2;
    let x3 = this._x3;
    let x4 = this._x4;
    let x5 = this._x5;
    let fiveSum = this._fiveSum;
    let five1 = this._five1;
    let pair1 = this._pair1;
    let pair2 = this._pair2;
    let smooth1 = this._smooth1;
    let smooth2 = this._smooth2;
    let smooth3 = this._smooth3;
    let energy = this._energy;
    let energy1 = this._energy1;
    let rising = this._rising;
    let peakEnergy = this._peakEnergy;
    let peakStep = this._peakStep;
    for (let i = 0; i < count; i++) {
      const x = samplesUv[i]!;
      fiveSum += x - x5;
      x5 = x4;
      x4 = x3;
      x3 = x2;
      x2 = x1;
      x1 = x;
      five[n & FIVE_MASK] = fiveSum;
      n++;
      odd = !odd;
      if (odd) {
        five1 = fiveSum;
        continue;
      }
      const pair = five1 + fiveSum;
      const smooth = pair + pair1;
      const difference = (smooth - smooth3) >> 4;
      const rise = pair - pair2;
      const old = band[(step - ENERGY_STEPS) & STEP_MASK]!;
      energy += (difference < 0 ? -difference : difference) - (old < 0 ? -old : old);
      band[step & STEP_MASK] = difference;
      slope[step & STEP_MASK] = rise < 0 ? -rise : rise;
      smooth3 = smooth2;
      smooth2 = smooth1;
      smooth1 = smooth;
      pair2 = pair1;
      pair1 = pair;
      if (energy > energy1) rising = true;
      else if (rising) {
        rising = false;
        if (energy1 > peakEnergy) {
          peakEnergy = energy1;
          peakStep = step - 1;
        }
      }
      energy1 = energy;
      if (peakStep >= 0 && (step - peakStep >= CANDIDATE_STEPS || (step === this._dueStep && step - peakStep >= MEASURABLE_STEPS))) {
        this._addCandidate(peakStep);
        peakStep = -1;
        peakEnergy = 0;
      }
      if (step >= this._dueStep) {
        this._stepCount = step;
        this._decideDue(step);
      }
      step++;
    }
    this._sampleCount = n;
    this._stepCount = step;
    this._odd = odd;
    this._x1 = x1;
    this._x2 = x2;
    this._x3 = x3;
    this._x4 = x4;
    this._x5 = x5;
    this._fiveSum = fiveSum;
    this._five1 = five1;
    this._pair1 = pair1;
    this._pair2 = pair2;
    this._smooth1 = smooth1;
    this._smooth2 = smooth2;
    this._smooth3 = smooth3;
    this._energy = energy;
    this._energy1 = energy1;
    this._rising = rising;
    this._peakEnergy = peakEnergy;
    this._peakStep = peakStep;
    return this._beatCount;
  }

  /** Sample index of the R peak of beat `index` of the last call, counted from the first sample ever given. */
  beatSample(index: number): number {
    assert(index >= 0 && index < this._beatCount, "QrsDetector: no such beat");
    return this._callSample + this._beatOffset[index]!;
  }

  /** Sample index of the middle of the QRS complex (of its slopes): steadier from beat to beat than the R peak. */
  beatCentre(index: number): number {
    assert(index >= 0 && index < this._beatCount, "QrsDetector: no such beat");
    return this.beatSample(index) + this._beatCentre[index]!;
  }

  /** Height of the R peak over the signal beside the complex, negative for a peak that points down. [uV] */
  beatHeightUv(index: number): number {
    assert(index >= 0 && index < this._beatCount, "QrsDetector: no such beat");
    return this._beatHeightUv[index]!;
  }

  /** How far the beat passed the decision: 0 .. 100; 50 is the threshold, less passes by search-back only. [%] */
  beatConfidence(index: number): number {
    assert(index >= 0 && index < this._beatCount, "QrsDetector: no such beat");
    return this._beatConfidence[index]!;
  }

  /**
   * Samples were lost, or mean nothing (lead off). What was seen before is decided at once; then levels and template are kept, and
   * learned anew if they fit no beat for 3 s.
   * @param lostCount How many sample numbers to skip, 0 or more.
   * @returns How many beats were decided, as from `process`.
   */
  gap(lostCount: number): number {
    this._beatCount = 0;
    this._callSample = this._sampleCount;
    if (this._started) {
      const step = this._stepCount;
      if (this._peakStep >= 0 && step - 1 - this._peakStep >= MEASURABLE_STEPS) this._addCandidate(this._peakStep);
      if (!this._learning) while (this._decidedCount < this._candidateCount) this._decide();
    }
    this._sampleCount += lostCount;
    this._started = false;
    this._candidateCount = 0;
    this._decidedCount = 0;
    this._lastStep = -1;
    return this._beatCount;
  }

  private _start(sampleUv: number): void {
    this._started = true;
    this._odd = false;
    this._x1 = sampleUv;
    this._x2 = sampleUv;
    this._x3 = sampleUv;
    this._x4 = sampleUv;
    this._x5 = sampleUv;
    this._fiveSum = 5 * sampleUv;
    this._five.fill(5 * sampleUv);
    this._pair1 = 10 * sampleUv;
    this._pair2 = 10 * sampleUv;
    this._smooth1 = 20 * sampleUv;
    this._smooth2 = 20 * sampleUv;
    this._smooth3 = 20 * sampleUv;
    this._band.fill(0);
    this._slope.fill(0);
    this._energy = 0;
    this._energy1 = 0;
    this._rising = false;
    this._peakEnergy = 0;
    this._peakStep = -1;
    // Sample number of step 0, had there been no gap and no odd sample.
    this._stepOrigin = this._sampleCount - 2 * this._stepCount;
    this._beatsSinceLearned = 0;
    this._quietFromStep = this._stepCount;
    this._learning = this._signalLevel === 0;
    this._dueStep = this._stepCount + LEARN_STEPS;
  }

  /** Measures the complex around an energy peak and queues it. */
  private _addCandidate(step: number): void {
    if (this._candidateCount === CANDIDATE_COUNT_MAX) this._dropCandidates(1);
    const slope = this._slope;
    let steepest = 0;
    const slopeEnd = step - CENTRE_TO_SLOPE_STEPS + SLOPE_SEARCH_STEPS;
    for (let k = step - CENTRE_TO_SLOPE_STEPS - SLOPE_SEARCH_STEPS; k <= slopeEnd; k++) {
      const value = slope[k & STEP_MASK]!;
      if (value > steepest) steepest = value;
    }
    const slot = this._candidateCount;
    this._candidateCount = slot + 1;
    if (!this._learning && step + DECISION_STEPS < this._dueStep) this._dueStep = step + DECISION_STEPS;
    this._candidateStep[slot] = step;
    this._candidateSlope[slot] = steepest;
    this._candidateLikeness[slot] = 0;
    this._candidateShift[slot] = 0;
    this._candidateHeightUv[slot] = 0;
    this._candidatePeak[slot] = 0;
    // Too flat to become a beat even by search-back and with full likeness (-0.74 - 0.67 octaves, 0.38): spare the work.
    if (!this._learning && FLAT_SHARE * steepest < this._threshold) return;
    this._locatePeak(slot, this._centreOf(step));
    // In a clean signal likeness decides nothing; if noise begins before the decision it speaks neither for nor against.
    if (this._templateCount > 0 && this._noiseQ8 > 0) this._compareWithTemplate(slot, step);
    else this._candidateLikeness[slot] = LIKENESS_Q8_EVEN;
  }

  private _locatePeak(slot: number, centre: number): void {
    const five = this._five;
    // five[k] is the mean of the five samples around k - 2.
    const middle = centre + 2;
    const left = five[(middle - BASE_SAMPLES) & FIVE_MASK]!;
    const right = five[(middle + BASE_SAMPLES) & FIVE_MASK]!;
    const baseRiseQ8 = quotient((right - left) << 8, 2 * BASE_SAMPLES);
    let highest = 0;
    let lowest = 0;
    let highestAt = middle;
    let lowestAt = middle;
    for (let k = -PEAK_SEARCH_SAMPLES; k <= PEAK_SEARCH_SAMPLES; k++) {
      const height = five[(middle + k) & FIVE_MASK]! - left - ((baseRiseQ8 * (k + BASE_SAMPLES)) >> 8);
      if (height > highest) {
        highest = height;
        highestAt = middle + k;
      } else if (height < lowest) {
        lowest = height;
        lowestAt = middle + k;
      }
    }
    if (highest - lowest < FIVE_GAIN * QRS_AMPLITUDE_UV_MIN) return;
    const up = highest + lowest >= 0;
    this._candidatePeak[slot] = (up ? highestAt : lowestAt) - middle;
    this._candidateHeightUv[slot] = quotient(up ? highest : lowest, FIVE_GAIN);
  }

  /** Copies the band signal around a complex, as 8-bit numbers, to the window. */
  private _loadWindow(step: number): void {
    const band = this._band;
    const window = this._window;
    const first = step - CENTRE_TO_BAND_STEPS - TEMPLATE_HALF_STEPS - TEMPLATE_SHIFT_STEPS;
    let largest = 1;
    for (let k = 0; k < WINDOW_STEPS; k++) {
      const value = band[(first + k) & STEP_MASK]!;
      window[k] = value;
      if (value > largest) largest = value;
      else if (value + largest < 0) largest = -value;
    }
    for (let k = 0; k < WINDOW_STEPS; k++) window[k] = quotient(window[k]! << 8, largest);
  }

  private _compareWithTemplate(slot: number, step: number): void {
    this._loadWindow(step);
    const window = this._window;
    const template = this._template;
    let templateSquares = 0;
    for (let k = 0; k < TEMPLATE_STEPS; k++) templateSquares += template[k]! * template[k]!;
    let squares = 0;
    for (let k = 0; k < TEMPLATE_STEPS; k++) squares += window[k]! * window[k]!;
    let best = -256;
    let bestShift = 0;
    for (let shift = 0; shift <= 2 * TEMPLATE_SHIFT_STEPS; shift++) {
      let product = 0;
      for (let k = 0; k < TEMPLATE_STEPS; k++) product += template[k]! * window[k + shift]!;
      if (product > 0 || best < 0) {
        const norm = rootOfProduct(squares, templateSquares);
        const likeness = norm > 0 ? quotient(256 * product, norm) : 0;
        if (likeness > best) {
          best = likeness;
          bestShift = shift;
        }
      }
      if (shift < 2 * TEMPLATE_SHIFT_STEPS) squares += window[shift + TEMPLATE_STEPS]! * window[shift + TEMPLATE_STEPS]! - window[shift]! * window[shift]!;
    }
    this._candidateLikeness[slot] = best;
    this._candidateShift[slot] = bestShift - TEMPLATE_SHIFT_STEPS;
  }

  /** Sample number of the middle of the complex with an energy peak at `step`, whose last sample is `stepOrigin + 2 step + 1`. */
  private _centreOf(step: number): number {
    return this._stepOrigin + 2 * step + 1 - CENTRE_SAMPLES;
  }

  private _decideDue(step: number): void {
    if (this._learning) {
      this._learn(step);
      if (this._learning) return;
    }
    while (this._decidedCount < this._candidateCount && step - this._candidateStep[this._decidedCount]! >= DECISION_STEPS) this._decide();
    const patienceSteps = this._beatsSinceLearned < HISTORY_COUNT ? LEARN_STEPS : SILENCE_STEPS;
    if (step - this._quietFromStep >= patienceSteps) {
      this._learn(step);
      return;
    }
    this._dueStep = this._quietFromStep + patienceSteps;
    if (this._decidedCount < this._candidateCount) {
      const candidateDueStep = this._candidateStep[this._decidedCount]! + DECISION_STEPS;
      if (candidateDueStep < this._dueStep) this._dueStep = candidateDueStep;
    }
  }

  /** Sets the levels from the waiting candidates: the second steepest is a beat in all but the slowest hearts, and no single artefact. */
  private _learn(step: number): void {
    let first = 0;
    let second = 0;
    for (let i = 0; i < this._candidateCount; i++) {
      if (this._candidateHeightUv[i] === 0) continue;
      const value = this._candidateSlope[i]!;
      if (value > first) {
        second = first;
        first = value;
      } else if (value > second) second = value;
    }
    // An experienced detector does not take for beats what is far flatter than its beats were: P waves without a ventricular response.
    const experienced = this._beatsSinceLearned >= HISTORY_COUNT;
    if (second === 0 || (experienced && second < this._signalLevel >> 3)) {
      this._quietFromStep = step;
      this._dueStep = step + LEARN_AGAIN_STEPS;
      return;
    }
    this._learning = false;
    this._beatsSinceLearned = 0;
    this._quietFromStep = step;
    this._signalHistory[0] = second;
    this._signalCount = 1;
    this._signalLevel = second;
    this._noiseHistory[0] = second >> 3;
    this._noiseCount = 1;
    this._noiseLevel = second >> 3;
    this._templateCount = 0;
    this._setThreshold();
    this._decidedCount = 0;
    this._dueStep = step + 1;
  }

  private _decide(): void {
    const slot = this._decidedCount;
    const step = this._candidateStep[slot]!;
    if (this._lastStep >= 0 && this._intervalCount >= 2) this._searchBack(step);
    const at = this._decidedCount;
    if (this._lastStep >= 0 && step - this._lastStep < REFRACTORY_STEPS) {
      this._decidedCount++;
      return;
    }
    if (this._isTWave(at)) {
      this._decidedCount++;
      return;
    }
    const score = this._score(at);
    if (score > 0 && this._candidateHeightUv[at] !== 0) {
      const better = this._betterAfter(at);
      if (better < 0) {
        this._accept(at, score);
        return;
      }
      if (this._noiseQ8 <= NOISY_Q8 && this._candidateStep[better]! - step <= COMPLEX_STEPS) {
        this._decidedCount++;
        return;
      }
    }
    this._noiseHistory[this._noiseCount % HISTORY_COUNT] = this._candidateSlope[at]!;
    this._noiseCount++;
    this._noiseLevel = this._median(this._noiseHistory, this._noiseCount);
    this._setThreshold();
    this._decidedCount++;
  }

  private _isTWave(slot: number): boolean {
    return this._lastStep >= 0 && this._candidateStep[slot]! - this._lastStep < T_WAVE_STEPS && 2 * this._candidateSlope[slot]! < this._lastSlope;
  }

  /** How far a candidate passes, in octaves of amplitude, Q8. */
  private _score(slot: number): number {
    const level = log2Q8(this._candidateSlope[slot]!);
    let score = level - log2Q8(this._threshold);
    const noiseQ8 = this._noiseQ8;
    if (noiseQ8 > 0) {
      let likeness = this._candidateLikeness[slot]!;
      if (likeness < LIKENESS_Q8_LOW) likeness = LIKENESS_Q8_LOW;
      let bonus = ((likeness - LIKENESS_Q8_EVEN) * LIKENESS_HALVES) >> 1;
      const excess = level - log2Q8(this._signalLevel);
      if (excess > 0) bonus -= excess;
      const sinceSteps = this._candidateStep[slot]! - this._lastStep;
      if (this._lastStep >= 0 && this._intervalCount >= 2 && sinceSteps < this._intervalSteps) {
        const earlyQ8 = EARLY_INTERVAL_Q8 - quotient(sinceSteps << 8, this._intervalSteps);
        if (earlyQ8 > 0) bonus -= (earlyQ8 * EARLY_WEIGHT * this._lastCertaintyQ8) >> 8;
      }
      score += (noiseQ8 * bonus) >> 8;
    }
    return score;
  }

  /** The first candidate within the refractory period that passes by more, or -1. */
  private _betterAfter(slot: number): number {
    const score = this._score(slot);
    const limit = this._candidateStep[slot]! + REFRACTORY_STEPS;
    for (let i = slot + 1; i < this._candidateCount && this._candidateStep[i]! < limit; i++) {
      if (this._score(i) > score && this._candidateHeightUv[i] !== 0) return i;
    }
    return -1;
  }

  private _searchBack(step: number): void {
    for (let round = 0; round < CANDIDATE_COUNT_MAX; round++) {
      if (2 * (step - this._lastStep) < SEARCH_BACK_INTERVAL_HALVES * this._intervalSteps) return;
      let best = -1;
      let bestScore = SEARCH_BACK_SCORE_Q8;
      for (let i = 0; i < this._decidedCount; i++) {
        const at = this._candidateStep[i]!;
        if (at - this._lastStep < REFRACTORY_STEPS || step - at < REFRACTORY_STEPS || this._candidateHeightUv[i] === 0 || this._isTWave(i)) continue;
        const score = this._score(i);
        if (score > bestScore) {
          bestScore = score;
          best = i;
        }
      }
      if (best < 0) return;
      this._accept(best, bestScore);
    }
  }

  private _accept(slot: number, score: number): void {
    const step = this._candidateStep[slot]!;
    if (this._lastStep >= 0) {
      this._intervalHistory[this._intervalCount % HISTORY_COUNT] = step - this._lastStep;
      this._intervalCount++;
      this._intervalSteps = this._median(this._intervalHistory, this._intervalCount);
    }
    this._lastStep = step;
    this._quietFromStep = step;
    this._beatsSinceLearned++;
    this._lastCertaintyQ8 = score > CERTAIN_SCORE_Q8 ? CERTAIN_SCORE_Q8 : score < 0 ? 0 : score;
    this._lastSlope = this._candidateSlope[slot]!;
    this._signalHistory[this._signalCount % HISTORY_COUNT] = this._lastSlope;
    this._signalCount++;
    this._signalLevel = this._median(this._signalHistory, this._signalCount);
    this._setThreshold();
    if (this._stepCount - step < WINDOW_AGE_STEPS_MAX) this._updateTemplate(slot, step);
    const beat = this._beatCount;
    assert(beat < BEAT_COUNT_MAX, "QrsDetector: more beats in a block than a heart can make");
    this._beatCount = beat + 1;
    this._beatOffset[beat] = this._centreOf(step) + this._candidatePeak[slot]! - this._callSample;
    this._beatCentre[beat] = -this._candidatePeak[slot]!;
    this._beatHeightUv[beat] = this._candidateHeightUv[slot]!;
    const confidence = 50 + ((score * 50) >> 8);
    this._beatConfidence[beat] = confidence > 100 ? 100 : confidence < 0 ? 0 : confidence;
    const kept = this._decidedCount > slot ? this._decidedCount - slot - 1 : 0;
    this._dropCandidates(slot + 1);
    this._decidedCount = kept;
  }

  private _updateTemplate(slot: number, step: number): void {
    if (this._templateCount > 0 && this._candidateLikeness[slot]! < TEMPLATE_LIKENESS_Q8_MIN && this._noiseQ8 > NOISY_Q8) return;
    this._loadWindow(step);
    const window = this._window;
    const template = this._template;
    const first = TEMPLATE_SHIFT_STEPS + this._candidateShift[slot]!;
    let squares = 0;
    for (let k = 0; k < TEMPLATE_STEPS; k++) squares += window[first + k]! * window[first + k]!;
    const norm = Math.sqrt(squares) | 0;
    if (norm === 0) return;
    const shift = this._templateCount < TEMPLATE_RATE_BITS ? this._templateCount : TEMPLATE_RATE_BITS;
    this._templateCount++;
    for (let k = 0; k < TEMPLATE_STEPS; k++) {
      const value = ((window[first + k]! << 12) / norm) | 0;
      template[k]! += (value - template[k]!) >> shift;
    }
  }

  private _setThreshold(): void {
    const signal = this._signalLevel;
    const noise = this._noiseLevel < signal ? this._noiseLevel : signal;
    this._threshold = noise + ((THRESHOLD_Q8 * (signal - noise)) >> 8);
    const above = noise - NOISE_FREE_SLOPE;
    const noiseQ8 = above <= 0 ? 0 : quotient(above << NOISE_FULL_BITS, signal);
    this._noiseQ8 = noiseQ8 > 256 ? 256 : noiseQ8;
  }

  private _dropCandidates(count: number): void {
    const left = this._candidateCount - count;
    for (let i = 0; i < left; i++) {
      this._candidateStep[i] = this._candidateStep[i + count]!;
      this._candidatePeak[i] = this._candidatePeak[i + count]!;
      this._candidateHeightUv[i] = this._candidateHeightUv[i + count]!;
      this._candidateSlope[i] = this._candidateSlope[i + count]!;
      this._candidateLikeness[i] = this._candidateLikeness[i + count]!;
      this._candidateShift[i] = this._candidateShift[i + count]!;
    }
    this._candidateCount = left;
    this._decidedCount = this._decidedCount > count ? this._decidedCount - count : 0;
  }

  private _median(history: Int32Array, total: number): number {
    return medianOf(history, total < HISTORY_COUNT ? total : HISTORY_COUNT, this._sorted);
  }
}

/** Base-2 logarithm by straight lines between powers of two (Mitchell, IRE Trans Electronic Computers 11:512-517, 1962). Q8; 1 to 2^23. */
function log2Q8(value: number): number {
  if (value < 1) return 0;
  const exponent = 31 - Math.clz32(value);
  return (exponent << 8) + ((value << 8) >> exponent) - 256;
}

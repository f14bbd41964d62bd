// QRS detector: finds the R peaks in a stream of samples, causally, in integers, with no allocation after the constructor.
import { assert } from "../base/assert.js";

/** Rate the detector is written for. [samples/s] */
export const QRS_RATE_HZ = 250;

/** Longest block that one call takes. [samples] */
export const QRS_BLOCK_SAMPLES_MAX = 1000;

/** A beat is reported at most this long after its R peak, search-back and the first 3 s excepted. [samples] 400 ms. */
export const QRS_DECISION_SAMPLES_MAX = 100;

/**
 * Smallest QRS complex that is a beat. [uV peak to peak] Less would fill an asystole with noise or P waves.
 * Source: IEC 60601-2-27:2011, 201.12.1.101.15: no response to signals of 0.15 mV or less.
 */
export const QRS_AMPLITUDE_UV_MIN = 150;

// Times are in steps of two samples (8 ms): after the smoothing there is nothing left above 30 Hz.

/** Length of the energy sum: 80 ms, the width of a normal QRS complex. */
const ENERGY_STEPS = 10;
/** An energy peak not exceeded for this long is a candidate: 104 ms. */
const CANDIDATE_STEPS = 13;
/** Two beats are at least this far apart: 248 ms. The refractory period of a ventricle is 200 to 300 ms. */
const REFRACTORY_STEPS = 31;
/** Age at which a candidate is decided, so that a better one just after it is seen: 280 ms behind the energy peak. */
const DECISION_STEPS = 38;
/** A peak so old can be measured; one is not awaited longer when a decision is due: 48 ms. */
const MEASURABLE_STEPS = 6;
/** A T wave follows its beat within this time: 380 ms to the T wave's steepest part. */
const T_WAVE_STEPS = 47;
/** Start-up: levels are learned from this long: 3 s. */
const LEARN_STEPS = 375;
/** With no beat for this long the levels are learned anew: 8 s, well after an asystole alarm. */
const SILENCE_STEPS = 1000;

/** From the energy peak back to the middle of the complex: half of each window, in samples of 4 ms. */
const CENTRE_SAMPLES = 14;
const CENTRE_TO_BAND_STEPS = 4;
const CENTRE_TO_SLOPE_STEPS = 5;
/** The steepest slope and the R peak are looked for this far from the middle of the complex: 72 and 48 ms. */
const SLOPE_SEARCH_STEPS = 9;
const PEAK_SEARCH_SAMPLES = 12;
/** Samples left and right of the peak search whose mean is the height 0: 100 ms from the middle. */
const BASE_SAMPLES = 25;

/** The template: 13 steps (104 ms) of the band signal, compared at up to 3 steps' displacement. */
const TEMPLATE_STEPS = 13;
const TEMPLATE_HALF_STEPS = 6;
const TEMPLATE_SHIFT_STEPS = 3;
const WINDOW_STEPS = TEMPLATE_STEPS + 2 * TEMPLATE_SHIFT_STEPS;
/** The template follows by 1/16 of the difference a beat, and only beats that resemble it by 0.7 while there is noise. */
const TEMPLATE_SHIFT_MAX = 4;
const TEMPLATE_LIKENESS_Q8_MIN = 180;

/** Levels are medians of so many values: one artefact, or three, do not move them. */
const HISTORY_COUNT = 8;
/** Candidates kept for decision and search-back: 3 s at their smallest distance. */
const CANDIDATE_COUNT_MAX = 32;
/** Beats of one call: one per refractory period, and those of the start-up. */
const BEAT_COUNT_MAX = 32;

const FIVE_MASK = 127;
const STEP_MASK = 63;

/** Threshold: this share of the way from the noise level to the signal level. Q8, 0.35. */
const THRESHOLD_Q8 = 90;
/** A rejected candidate becomes a beat by search-back above this share of the threshold, 0.6, after 1.5 usual intervals. Log2 in Q8. */
const SEARCH_BACK_LOG_Q8 = -189;
/** Noise up to this level is what P waves, T waves and muscle tone cause. [uV in 16 ms, times 10] */
const NOISE_FREE_LEVEL = 500;
/** Weights of likeness to the template and of prematurity when there is noise, in octaves of amplitude. */
const LIKENESS_Q8_LOW = 179;
const LIKENESS_Q8_EVEN = 218;
const EXCESS_HALVES = 2;
const PHASE_WEIGHT = 3;
const TRUST_TOP = 256;
const PHASE_Q8_EVEN = 205;

/**
 * Streaming QRS detector, after the plan of Pan & Tompkins (IEEE Trans Biomed Eng 32:230-236, 1985) and Hamilton & Tompkins
 * (33:1157-1165, 1986): band-pass, energy, peaks, a threshold between a noise and a signal level, T-wave rule, search-back.
 */
export class QrsDetector {
  // Front end. Rings are indexed by sample or step number and a mask.
  readonly #five = new Int32Array(FIVE_MASK + 1);
  readonly #band = new Int32Array(STEP_MASK + 1);
  readonly #slope = new Int32Array(STEP_MASK + 1);
  #sampleCount = 0;
  #stepCount = 0;
  #started = false;
  #odd = false;
  #x1 = 0;
  #x2 = 0;
  #x3 = 0;
  #x4 = 0;
  #x5 = 0;
  #fiveSum = 0;
  #five1 = 0;
  #pair1 = 0;
  #pair2 = 0;
  #smooth1 = 0;
  #smooth2 = 0;
  #smooth3 = 0;
  #energy = 0;
  #energy1 = 0;
  #rising = false;
  #peakEnergy = 0;
  #peakStep = -1;

  // Candidates in order of time: the first `decidedCount` were rejected and wait for search-back.
  readonly #candidateStep = new Float64Array(CANDIDATE_COUNT_MAX);
  readonly #candidateCentre = new Float64Array(CANDIDATE_COUNT_MAX);
  readonly #candidatePeak = new Float64Array(CANDIDATE_COUNT_MAX);
  readonly #candidateHeightUv = new Int32Array(CANDIDATE_COUNT_MAX);
  readonly #candidateSlope = new Int32Array(CANDIDATE_COUNT_MAX);
  readonly #candidateLikeness = new Int32Array(CANDIDATE_COUNT_MAX);
  readonly #candidateShift = new Int32Array(CANDIDATE_COUNT_MAX);
  #candidateCount = 0;
  #decidedCount = 0;

  // Levels.
  readonly #signalHistory = new Int32Array(HISTORY_COUNT);
  readonly #noiseHistory = new Int32Array(HISTORY_COUNT);
  readonly #intervalHistory = new Int32Array(HISTORY_COUNT);
  readonly #sorted = new Int32Array(HISTORY_COUNT);
  #signalCount = 0;
  #noiseCount = 0;
  #intervalCount = 0;
  #signalLevel = 0;
  #noiseLevel = 0;
  #intervalSteps = 0;
  #threshold = 0;
  #noiseQ8 = 0;
  #learning = true;
  #lastStep = -1;
  #lastSlope = 0;
  #lastTrustQ8 = 0;
  #quietFromStep = 0;
  #dueStep = 0;

  readonly #template = new Int32Array(TEMPLATE_STEPS);
  readonly #window = new Int32Array(WINDOW_STEPS);
  #templateCount = 0;

  readonly #beatSample = new Float64Array(BEAT_COUNT_MAX);
  readonly #beatCentre = new Float64Array(BEAT_COUNT_MAX);
  readonly #beatHeightUv = new Int32Array(BEAT_COUNT_MAX);
  readonly #beatConfidence = new Int32Array(BEAT_COUNT_MAX);
  #beatCount = 0;

  /** Samples taken so far, lost ones included: the index of the next sample. */
  get sampleCount(): number {
    return this.#sampleCount;
  }

  /** Usual steepest slope of the last beats. [uV per 16 ms] 0 before the first beat. */
  get signalLevelUv(): number {
    return (this.#signalLevel / 10) | 0;
  }

  /** Usual steepest slope of what was no beat. [uV per 16 ms] */
  get noiseLevelUv(): number {
    return (this.#noiseLevel / 10) | 0;
  }

  /** How far noise governs the decisions: 0 (clean) .. 100 (beats must resemble the template and keep time). [%] */
  get noisePercent(): number {
    return (this.#noiseQ8 * 100) >> 8;
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
    this.#beatCount = 0;
    if (count === 0) return 0;
    if (!this.#started) this.#start(samplesUv[0]!);
    const five = this.#five;
    const band = this.#band;
    const slope = this.#slope;
    let n = this.#sampleCount;
    let step = this.#stepCount;
    let odd = this.#odd;
    let x1 = this.#x1;
    let x2 = this.#x2;
    let x3 = this.#x3;
    let x4 = this.#x4;
    let x5 = this.#x5;
    let fiveSum = this.#fiveSum;
    let five1 = this.#five1;
    let pair1 = this.#pair1;
    let pair2 = this.#pair2;
    let smooth1 = this.#smooth1;
    let smooth2 = this.#smooth2;
    let smooth3 = this.#smooth3;
    let energy = this.#energy;
    let energy1 = this.#energy1;
    let rising = this.#rising;
    let peakEnergy = this.#peakEnergy;
    let peakStep = this.#peakStep;
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
      if (peakStep >= 0 && (step - peakStep >= CANDIDATE_STEPS || (step === this.#dueStep && step - peakStep >= MEASURABLE_STEPS))) {
        this.#addCandidate(peakStep, n - 2 * (step - peakStep) - 1 - CENTRE_SAMPLES);
        peakStep = -1;
        peakEnergy = 0;
      }
      if (step >= this.#dueStep) this.#decideDue(step);
      step++;
    }
    this.#sampleCount = n;
    this.#stepCount = step;
    this.#odd = odd;
    this.#x1 = x1;
    this.#x2 = x2;
    this.#x3 = x3;
    this.#x4 = x4;
    this.#x5 = x5;
    this.#fiveSum = fiveSum;
    this.#five1 = five1;
    this.#pair1 = pair1;
    this.#pair2 = pair2;
    this.#smooth1 = smooth1;
    this.#smooth2 = smooth2;
    this.#smooth3 = smooth3;
    this.#energy = energy;
    this.#energy1 = energy1;
    this.#rising = rising;
    this.#peakEnergy = peakEnergy;
    this.#peakStep = peakStep;
    return this.#beatCount;
  }

  /** Sample index of the R peak of beat `index` of the last call, counted from the first sample ever given. */
  beatSample(index: number): number {
    assert(index >= 0 && index < this.#beatCount, "QrsDetector: no such beat");
    return this.#beatSample[index]!;
  }

  /** Sample index of the middle of the QRS complex (of its slopes): steadier from beat to beat than the R peak. */
  beatCentre(index: number): number {
    assert(index >= 0 && index < this.#beatCount, "QrsDetector: no such beat");
    return this.#beatCentre[index]!;
  }

  /** Height of the R peak over the signal beside the complex, negative for a peak that points down. [uV] */
  beatHeightUv(index: number): number {
    assert(index >= 0 && index < this.#beatCount, "QrsDetector: no such beat");
    return this.#beatHeightUv[index]!;
  }

  /** How far the beat passed the decision: 0 .. 100; below 50 it came by search-back. [%] */
  beatConfidence(index: number): number {
    assert(index >= 0 && index < this.#beatCount, "QrsDetector: no such beat");
    return this.#beatConfidence[index]!;
  }

  /**
   * Samples were lost, or mean nothing (lead off). Candidates are dropped; levels and template are kept as long as they fit.
   * @param lostCount How many sample numbers to skip, 0 or more.
   */
  gap(lostCount: number): void {
    this.#sampleCount += lostCount;
    this.#started = false;
    this.#candidateCount = 0;
    this.#decidedCount = 0;
    this.#lastStep = -1;
  }

  #start(sampleUv: number): void {
    this.#started = true;
    this.#odd = false;
    this.#x1 = sampleUv;
    this.#x2 = sampleUv;
    this.#x3 = sampleUv;
    this.#x4 = sampleUv;
    this.#x5 = sampleUv;
    this.#fiveSum = 5 * sampleUv;
    this.#five.fill(5 * sampleUv);
    this.#pair1 = 10 * sampleUv;
    this.#pair2 = 10 * sampleUv;
    this.#smooth1 = 20 * sampleUv;
    this.#smooth2 = 20 * sampleUv;
    this.#smooth3 = 20 * sampleUv;
    this.#band.fill(0);
    this.#slope.fill(0);
    this.#energy = 0;
    this.#energy1 = 0;
    this.#rising = false;
    this.#peakEnergy = 0;
    this.#peakStep = -1;
    this.#learning = true;
    this.#dueStep = this.#stepCount + LEARN_STEPS;
  }

  /** Measures the complex around an energy peak and queues it. */
  #addCandidate(step: number, centre: number): void {
    if (this.#candidateCount === CANDIDATE_COUNT_MAX) this.#dropCandidates(1);
    const slope = this.#slope;
    let steepest = 0;
    const slopeEnd = step - CENTRE_TO_SLOPE_STEPS + SLOPE_SEARCH_STEPS;
    for (let k = step - CENTRE_TO_SLOPE_STEPS - SLOPE_SEARCH_STEPS; k <= slopeEnd; k++) {
      const value = slope[k & STEP_MASK]!;
      if (value > steepest) steepest = value;
    }
    const slot = this.#candidateCount;
    this.#candidateCount = slot + 1;
    if (!this.#learning && slot === this.#decidedCount) this.#dueStep = step + DECISION_STEPS;
    this.#candidateStep[slot] = step;
    this.#candidateSlope[slot] = steepest;
    this.#candidateLikeness[slot] = 0;
    this.#candidateShift[slot] = 0;
    this.#candidateHeightUv[slot] = 0;
    this.#candidateCentre[slot] = centre;
    this.#candidatePeak[slot] = centre;
    // Too flat to become a beat in any way: spare the work.
    if (!this.#learning && 4 * steepest < this.#threshold) return;
    this.#locatePeak(slot, centre);
    if (this.#templateCount > 0) this.#compareWithTemplate(slot, step);
    else this.#candidateLikeness[slot] = 256;
  }

  #locatePeak(slot: number, centre: number): void {
    const five = this.#five;
    // five[k] is the mean of the five samples around k - 2.
    const middle = centre + 2;
    const base = (five[(middle - BASE_SAMPLES) & FIVE_MASK]! + five[(middle + BASE_SAMPLES) & FIVE_MASK]!) >> 1;
    let highest = base;
    let lowest = base;
    let highestAt = middle;
    let lowestAt = middle;
    for (let k = middle - PEAK_SEARCH_SAMPLES; k <= middle + PEAK_SEARCH_SAMPLES; k++) {
      const value = five[k & FIVE_MASK]!;
      if (value > highest) {
        highest = value;
        highestAt = k;
      }
      if (value < lowest) {
        lowest = value;
        lowestAt = k;
      }
    }
    if (highest - lowest < 5 * QRS_AMPLITUDE_UV_MIN) return;
    const up = highest - base >= base - lowest;
    this.#candidatePeak[slot] = (up ? highestAt : lowestAt) - 2;
    this.#candidateHeightUv[slot] = ((up ? highest - base : lowest - base) / 5) | 0;
  }

  /** Copies the band signal around a complex, as 8-bit numbers, to the window. */
  #loadWindow(step: number): void {
    const band = this.#band;
    const window = this.#window;
    const first = step - CENTRE_TO_BAND_STEPS - TEMPLATE_HALF_STEPS - TEMPLATE_SHIFT_STEPS;
    let largest = 1;
    for (let k = 0; k < WINDOW_STEPS; k++) {
      const value = band[(first + k) & STEP_MASK]!;
      window[k] = value;
      if (value > largest) largest = value;
      else if (-value > largest) largest = -value;
    }
    for (let k = 0; k < WINDOW_STEPS; k++) window[k] = ((window[k]! << 8) / largest) | 0;
  }

  #compareWithTemplate(slot: number, step: number): void {
    this.#loadWindow(step);
    const window = this.#window;
    const template = this.#template;
    let templateSquares = 0;
    for (let k = 0; k < TEMPLATE_STEPS; k++) templateSquares += template[k]! * template[k]!;
    let squares = 0;
    for (let k = 0; k < TEMPLATE_STEPS; k++) squares += window[k]! * window[k]!;
    let best = -256;
    let bestShift = 0;
    for (let shift = 0; shift <= 2 * TEMPLATE_SHIFT_STEPS; shift++) {
      let product = 0;
      for (let k = 0; k < TEMPLATE_STEPS; k++) product += template[k]! * window[k + shift]!;
      const norm = Math.sqrt(squares * templateSquares) | 0;
      const likeness = norm > 0 ? (256 * product / norm) | 0 : 0;
      if (likeness > best) {
        best = likeness;
        bestShift = shift;
      }
      if (shift < 2 * TEMPLATE_SHIFT_STEPS) squares += window[shift + TEMPLATE_STEPS]! * window[shift + TEMPLATE_STEPS]! - window[shift]! * window[shift]!;
    }
    this.#candidateLikeness[slot] = best;
    this.#candidateShift[slot] = bestShift - TEMPLATE_SHIFT_STEPS;
  }

  #decideDue(step: number): void {
    if (this.#learning) this.#learn(step);
    if (this.#learning) return;
    while (this.#decidedCount < this.#candidateCount && step - this.#candidateStep[this.#decidedCount]! >= DECISION_STEPS) this.#decide();
    if (step - this.#quietFromStep >= SILENCE_STEPS) this.#learn(step);
    this.#setDueStep();
  }

  #setDueStep(): void {
    if (this.#decidedCount < this.#candidateCount) this.#dueStep = this.#candidateStep[this.#decidedCount]! + DECISION_STEPS;
    else this.#dueStep = this.#quietFromStep + SILENCE_STEPS;
  }

  /** Sets the levels from the waiting candidates: the second steepest is a beat in all but the slowest hearts, and no single artefact. */
  #learn(step: number): void {
    let first = 0;
    let second = 0;
    for (let i = 0; i < this.#candidateCount; i++) {
      if (this.#candidateHeightUv[i] === 0) continue;
      const value = this.#candidateSlope[i]!;
      if (value > first) {
        second = first;
        first = value;
      } else if (value > second) second = value;
    }
    this.#quietFromStep = step;
    if (second === 0) {
      this.#learning = true;
      this.#dueStep = step + LEARN_STEPS / 3;
      return;
    }
    this.#learning = false;
    const old = this.#signalLevel;
    if (old === 0 || second < old / 3 || second > old * 3) {
      this.#signalCount = 0;
      this.#noiseCount = 0;
      this.#noiseLevel = second >> 3;
      this.#signalLevel = second;
      this.#signalHistory[0] = second;
      this.#noiseHistory[0] = second >> 3;
      this.#signalCount = 1;
      this.#noiseCount = 1;
      this.#templateCount = 0;
    }
    this.#setThreshold();
    this.#decidedCount = 0;
  }

  #decide(): void {
    const slot = this.#decidedCount;
    const step = this.#candidateStep[slot]!;
    if (this.#lastStep >= 0 && this.#intervalCount >= 2) this.#searchBack(step);
    const at = this.#decidedCount;
    if (this.#lastStep >= 0 && step - this.#lastStep < REFRACTORY_STEPS) {
      this.#decidedCount++;
      return;
    }
    if (this.#isTWave(at)) {
      this.#decidedCount++;
      return;
    }
    const score = this.#score(at);
    if (score > 0 && this.#candidateHeightUv[at] !== 0 && !this.#betterFollows(at)) {
      this.#accept(at, score);
      return;
    }
    this.#noiseHistory[this.#noiseCount % HISTORY_COUNT] = this.#candidateSlope[at]!;
    this.#noiseCount++;
    this.#noiseLevel = this.#median(this.#noiseHistory, this.#noiseCount);
    this.#setThreshold();
    this.#decidedCount++;
  }

  #isTWave(slot: number): boolean {
    return this.#lastStep >= 0 && this.#candidateStep[slot]! - this.#lastStep < T_WAVE_STEPS && 2 * this.#candidateSlope[slot]! < this.#lastSlope;
  }

  /** How far a candidate passes, in octaves of amplitude, Q8. */
  #score(slot: number): number {
    const level = log2Q8(this.#candidateSlope[slot]!);
    let score = level - log2Q8(this.#threshold);
    const noiseQ8 = this.#noiseQ8;
    if (noiseQ8 > 0) {
      let likeness = this.#candidateLikeness[slot]!;
      if (likeness < LIKENESS_Q8_LOW) likeness = LIKENESS_Q8_LOW;
      let bonus = ((likeness - LIKENESS_Q8_EVEN) * 9) >> 1;
      const excess = level - log2Q8(this.#signalLevel);
      if (excess > 0) bonus -= (excess * EXCESS_HALVES) >> 1;
      if (this.#lastStep >= 0 && this.#intervalCount >= 2) {
        const phaseQ8 = (((this.#candidateStep[slot]! - this.#lastStep) << 8) / this.#intervalSteps) | 0;
        if (phaseQ8 < PHASE_Q8_EVEN) bonus -= ((PHASE_Q8_EVEN - phaseQ8) * PHASE_WEIGHT * this.#lastTrustQ8) >> 8;
      }
      score += (noiseQ8 * bonus) >> 8;
    }
    return score;
  }

  #betterFollows(slot: number): boolean {
    const score = this.#score(slot);
    const limit = this.#candidateStep[slot]! + REFRACTORY_STEPS;
    for (let i = slot + 1; i < this.#candidateCount && this.#candidateStep[i]! < limit; i++) {
      if (this.#score(i) > score && this.#candidateHeightUv[i] !== 0) return true;
    }
    return false;
  }

  #searchBack(step: number): void {
    for (let round = 0; round < CANDIDATE_COUNT_MAX; round++) {
      if (2 * (step - this.#lastStep) < 3 * this.#intervalSteps) return;
      let best = -1;
      let bestScore = SEARCH_BACK_LOG_Q8;
      for (let i = 0; i < this.#decidedCount; i++) {
        const at = this.#candidateStep[i]!;
        if (at - this.#lastStep < REFRACTORY_STEPS || step - at < REFRACTORY_STEPS || this.#candidateHeightUv[i] === 0 || this.#isTWave(i)) continue;
        const score = this.#score(i);
        if (score > bestScore) {
          bestScore = score;
          best = i;
        }
      }
      if (best < 0) return;
      this.#accept(best, bestScore);
    }
  }

  #accept(slot: number, score: number): void {
    const step = this.#candidateStep[slot]!;
    if (this.#lastStep >= 0) {
      this.#intervalHistory[this.#intervalCount % HISTORY_COUNT] = step - this.#lastStep;
      this.#intervalCount++;
      this.#intervalSteps = this.#median(this.#intervalHistory, this.#intervalCount);
    }
    this.#lastStep = step;
    this.#quietFromStep = step;
    this.#lastTrustQ8 = score > TRUST_TOP ? 256 : score < 0 ? 0 : ((score << 8) / TRUST_TOP) | 0;
    this.#lastSlope = this.#candidateSlope[slot]!;
    this.#signalHistory[this.#signalCount % HISTORY_COUNT] = this.#lastSlope;
    this.#signalCount++;
    this.#signalLevel = this.#median(this.#signalHistory, this.#signalCount);
    this.#setThreshold();
    if (this.#stepCount - step < STEP_MASK) this.#updateTemplate(slot, step);
    const beat = this.#beatCount;
    this.#beatCentre[beat] = this.#candidateCentre[slot]!;
    assert(beat < BEAT_COUNT_MAX, "QrsDetector: more beats in a block than a heart can make");
    this.#beatCount = beat + 1;
    this.#beatSample[beat] = this.#candidatePeak[slot]!;
    this.#beatHeightUv[beat] = this.#candidateHeightUv[slot]!;
    const confidence = 50 + ((score * 50) >> 8);
    this.#beatConfidence[beat] = confidence > 100 ? 100 : confidence < 0 ? 0 : confidence;
    const kept = this.#decidedCount > slot ? this.#decidedCount - slot - 1 : 0;
    this.#dropCandidates(slot + 1);
    this.#decidedCount = kept;
  }

  #updateTemplate(slot: number, step: number): void {
    if (this.#templateCount > 0 && this.#candidateLikeness[slot]! < TEMPLATE_LIKENESS_Q8_MIN && this.#noiseQ8 > 50) return;
    this.#loadWindow(step);
    const window = this.#window;
    const template = this.#template;
    const first = TEMPLATE_SHIFT_STEPS + this.#candidateShift[slot]!;
    let squares = 0;
    for (let k = 0; k < TEMPLATE_STEPS; k++) squares += window[first + k]! * window[first + k]!;
    const norm = Math.sqrt(squares) | 0;
    if (norm === 0) return;
    const shift = this.#templateCount < TEMPLATE_SHIFT_MAX ? this.#templateCount : TEMPLATE_SHIFT_MAX;
    this.#templateCount++;
    for (let k = 0; k < TEMPLATE_STEPS; k++) {
      const value = ((window[first + k]! << 12) / norm) | 0;
      template[k]! += (value - template[k]!) >> shift;
    }
  }

  #setThreshold(): void {
    const signal = this.#signalLevel;
    const noise = this.#noiseLevel < signal ? this.#noiseLevel : signal;
    this.#threshold = noise + ((THRESHOLD_Q8 * (signal - noise)) >> 8);
    const above = noise - NOISE_FREE_LEVEL;
    const noiseQ8 = above <= 0 ? 0 : ((above << 10) / signal) | 0;
    this.#noiseQ8 = noiseQ8 > 256 ? 256 : noiseQ8;
  }

  #dropCandidates(count: number): void {
    const left = this.#candidateCount - count;
    for (let i = 0; i < left; i++) {
      this.#candidateStep[i] = this.#candidateStep[i + count]!;
      this.#candidateCentre[i] = this.#candidateCentre[i + count]!;
      this.#candidatePeak[i] = this.#candidatePeak[i + count]!;
      this.#candidateHeightUv[i] = this.#candidateHeightUv[i + count]!;
      this.#candidateSlope[i] = this.#candidateSlope[i + count]!;
      this.#candidateLikeness[i] = this.#candidateLikeness[i + count]!;
      this.#candidateShift[i] = this.#candidateShift[i + count]!;
    }
    this.#candidateCount = left;
    this.#decidedCount = this.#decidedCount > count ? this.#decidedCount - count : 0;
  }

  #median(history: Int32Array, total: number): number {
    const sorted = this.#sorted;
    const count = total < HISTORY_COUNT ? total : HISTORY_COUNT;
    for (let i = 0; i < count; i++) {
      const value = history[i]!;
      let k = i;
      while (k > 0 && sorted[k - 1]! > value) {
        sorted[k] = sorted[k - 1]!;
        k--;
      }
      sorted[k] = value;
    }
    return (sorted[(count - 1) >> 1]! + sorted[count >> 1]!) >> 1;
  }
}

/** Base-2 logarithm by straight lines between powers of two (Mitchell, IRE Trans Electronic Computers 11:512-517, 1962). Q8; 1 to 2^23. */
function log2Q8(value: number): number {
  if (value < 1) return 0;
  const exponent = 31 - Math.clz32(value);
  return (exponent << 8) + ((value << 8) >> exponent) - 256;
}

// QRS detector: finds the R peaks in a stream of samples, causally, in integers, with no allocation after the constructor.
import { assert } from "../base/assert.js";
import { medianOfLast } from "../base/median.js";
import { productQuotient, quotient, rootOfProduct } from "../base/quotient.js";

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
/** Room for the beats of one call: of a full queue (32) and of a longest block (17). */
const BEAT_COUNT_MAX = 49;

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

/** Heights are five times uV (sums of five samples). */
const FIVE_GAIN = 5;

/** A template window that lies further back is not compared any more. [steps] */
const WINDOW_AGE_STEPS_MAX = 51;
/** The band signal is made of a pair and those of so many steps before it. */
const BAND_REACH_STEPS = 4;
/** Steps whose pair is kept: for the oldest window and what its band signal is made of. */
const PAIR_COUNT = 68;
/** Steps whose five[2m+1] is kept: for the base line of a candidate that is measured late. five[2m] is what a pair has more. */
const FIVE_COUNT = PAIR_COUNT >> 1;

/** Parts of the memory, which is one array, as each costs 128 bytes of RAM beside its elements. First pair[m], at m % PAIR_COUNT. [index] */
const FIVES = PAIR_COUNT;
const CANDIDATES = FIVES + FIVE_COUNT;
/** Of a candidate, a row: the step of its energy peak, the steepest slope, and how it fits. */
const STEP = 0;
const SLOPE = 1;
const FIT = 2;
const CANDIDATE_WORDS = 3;
const BEATS = CANDIDATES + CANDIDATE_COUNT_MAX * CANDIDATE_WORDS;
/** Of a beat: its R peak, counted from the origin of the steps, and below that its confidence. */
const CONFIDENCE_BITS = 7;
/** The last values, as they came and sorted. */
const HISTORY_WORDS = 2 * HISTORY_COUNT;
const SIGNAL_HISTORY = BEATS + BEAT_COUNT_MAX;
const NOISE_HISTORY = SIGNAL_HISTORY + HISTORY_WORDS;
const INTERVAL_HISTORY = NOISE_HISTORY + HISTORY_WORDS;
const TEMPLATE = INTERVAL_HISTORY + HISTORY_WORDS;
const WINDOW = TEMPLATE + TEMPLATE_STEPS;
const MEMORY_WORDS = WINDOW + WINDOW_STEPS;

/** How a candidate fits, in one number: likeness, displacement (from 0 on), R peak from the middle, and whether it is as high as a beat. */
const LIKENESS_BITS = 16;
const SHIFT_BITS = 8;
const PEAK_ZERO = 32;
const PEAK_MASK = 63;
const HIGH_BIT = 64;
const SHIFT_MASK = 15;
/** No displacement, and no likeness for or against. */
const UNSHIFTED_FIT = TEMPLATE_SHIFT_STEPS << SHIFT_BITS;
const EVEN_FIT = (LIKENESS_Q8_EVEN << LIKENESS_BITS) + UNSHIFTED_FIT;
/** What no candidate scores that is as high as a beat. */
const NO_SCORE = -0x7fff_ffff;

/** Step numbers go back by so much when they have come to twice that, lest they leave int32: a multiple of PAIR_COUNT, 9 min. */
const RENUMBERED_STEPS = PAIR_COUNT << 10;
/** Stands for a step with a beat where there is none: longer before any step than an interval can be. */
const NO_STEP = -2 * RENUMBERED_STEPS;

assert(DECISION_STEPS - MEASURABLE_STEPS >= REFRACTORY_STEPS, "QrsDetector: a better candidate might be overlooked");
assert(2 * DECISION_STEPS + CENTRE_SAMPLES + 1 + PEAK_SEARCH_SAMPLES <= QRS_DECISION_SAMPLES_MAX, "QrsDetector: decisions come too late");
assert(CENTRE_SAMPLES - 2 + 2 * MEASURABLE_STEPS >= BASE_SAMPLES, "QrsDetector: the base line reaches into the future");
assert(CENTRE_TO_BAND_STEPS + MEASURABLE_STEPS >= TEMPLATE_HALF_STEPS + TEMPLATE_SHIFT_STEPS, "QrsDetector: the template reaches into the future");
assert(
  WINDOW_AGE_STEPS_MAX - 1 + CENTRE_TO_BAND_STEPS + TEMPLATE_HALF_STEPS + TEMPLATE_SHIFT_STEPS + BAND_REACH_STEPS < PAIR_COUNT,
  "QrsDetector: the window has been overwritten",
);
assert(2 * CANDIDATE_STEPS + CENTRE_SAMPLES - 3 + BASE_SAMPLES < 2 * FIVE_COUNT, "QrsDetector: the base line has been overwritten");

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
  private readonly _memory = new Int32Array(MEMORY_WORDS);
  /**
   * Takes a block of samples.
   * @param samplesUv 250 samples/s, int16 range; the detector's memory and a count of 0: for `lastUv` [uV]
   * @param count 0 to `QRS_BLOCK_SAMPLES_MAX`; less: ~count samples were lost, for `gap`
   * @returns How many beats were decided, in order of time; read them by `beatSample(0)` and so on until the next call.
   *          The beats do not depend on how the stream is cut into blocks.
   */
  readonly process = this._frontEnd();
  /** Candidates lie in rows from CANDIDATES to before the second of these. Those to before the first have been decided; search-back looks at them. [index] */
  private _undecided = CANDIDATES;
  private _candidatesEnd = CANDIDATES;
  private _lastStep = NO_STEP;
  /** How far noise governs the decisions: 0 (clean) .. 256 (beats must resemble the template and keep time). */
  noiseQ8 = 0;
  private _threshold = 0;
  private _dueStep = 0;
  /** Usual interval, 0 before the second. */
  private _intervalSteps = 0;
  private _intervalCount = 0;
  private _lastSlope = 0;
  private _isLearning = true;
  private _templateCount = 0;
  private _templateSquares = 0;
  /** A sample has come since the last gap. */
  isContinuous = false;
  private _signalLevel = 0;
  private _noiseLevel = 0;
  private _quietFromStep = 0;
  private _beatsSinceLearned = 0;
  private _lastCertaintyQ8 = 0;
  private _signalCount = 0;
  private _noiseCount = 0;
  private _stepCount = 0;
  /** Sample number of step 0, had there been no gap and no odd sample; and what has come between since. */
  private _stepOrigin = -2 * PAIR_COUNT;
  private _skippedCount = 0;
  private _beatCount = 0;

  /** The last sample that was taken. [uV] */
  get lastUv(): number {
    return this.process(this._memory, 0);
  }

  /** Sample index of the R peak of beat `index`, one of those of the last call, counted from the first sample ever given. */
  beatSample(index: number): number {
    return this._stepOrigin + (this._memory[BEATS + index]! >> CONFIDENCE_BITS);
  }

  /** How far the beat passed the decision: 0 .. 100; 50 is the threshold, less passes by search-back only. [%] */
  beatConfidence(index: number): number {
    return this._memory[BEATS + index]! & ((1 << CONFIDENCE_BITS) - 1);
  }

  /**
   * Samples were lost, or mean nothing (lead off). What was seen before is decided at once; then levels and template are kept, and
   * learned anew if they fit no beat for 3 s.
   * @param lostCount How many sample numbers to skip, 0 or more.
   * @returns How many beats were decided, as from `process`.
   */
  gap(lostCount: number): number {
    const beatCount = this.process(this._memory, ~lostCount);
    this._undecided = this._candidatesEnd = CANDIDATES;
    this._lastStep = NO_STEP;
    return beatCount;
  }

  /**
   * Filters and energy peaks. A closure: its variables outlive a call and cost XS no more than locals, a fifth of what members cost. What a turn of
   * the loop sets is declared before it: else XS makes and drops it in every turn.
   */
  private _frontEnd(): (samplesUv: Int16Array | Int32Array, count: number) => number {
    const memory = this._memory;
    let isStarted = false;
    let isOdd = false;
    let even = 0;
    let odd1 = 0, odd2 = 0;
    let two1 = 0, two2 = 0;
    let pair1 = 0;
    let smooth1 = 0, smooth2 = 0, smooth3 = 0;
    // As many as the energy sum has: 56 ms. Longer favours wide complexes, shorter lets narrow ones stand out from slower artefacts.
    let size1 = 0, size2 = 0, size3 = 0, size4 = 0, size5 = 0, size6 = 0, size7 = 0;
    let energy = 0;
    let isRising = false;
    let peakEnergy = 0;
    let peakStep = -1;
    let step = PAIR_COUNT;
    /** Nothing is due before it. */
    let checkStep = 0;
    return (samplesUv, count) => {
      if (count <= 0) {
        if (count === 0) return samplesUv !== memory ? 0 : isOdd ? even : odd1;
        this._beatCount = 0;
        this._stepCount = step;
        if (isStarted) this._finish(step - 1, peakStep);
        this._skippedCount += ~count + (isOdd ? 1 : 0);
        this.isContinuous = isStarted = isOdd = false;
        return this._beatCount;
      }
      if (count > QRS_BLOCK_SAMPLES_MAX) assert(false, "QrsDetector: block too long");
      let i = 1;
      if (!isStarted) {
        // As if the first sample had stood there for ever.
        const sampleUv = samplesUv[0]!;
        isStarted = true;
        even = sampleUv;
        odd1 = odd2 = sampleUv;
        two1 = two2 = 2 * sampleUv;
        pair1 = 10 * sampleUv;
        smooth1 = smooth2 = smooth3 = 20 * sampleUv;
        energy = peakEnergy = size1 = size2 = size3 = size4 = size5 = size6 = size7 = 0;
        isRising = false;
        peakStep = -1;
        memory.fill(10 * sampleUv, 0, PAIR_COUNT);
        memory.fill(5 * sampleUv, FIVES, FIVES + FIVE_COUNT);
        checkStep = this._start(step);
      } else if (isOdd) i = 0;
      else even = samplesUv[0]!;
      let beatCount = 0;
      let odd = 0, two = 0, pair = 0, smooth = 0, size = 0, rise = 0;
      while (i < count) {
        odd = samplesUv[i]!;
        two = even + odd;
        // five[2m + 1], and five[2m] to it.
        pair = two + two1 + odd2;
        memory[FIVES + (step % FIVE_COUNT)] = pair;
        pair += even + two1 + two2;
        memory[step % PAIR_COUNT] = pair;
        odd2 = odd1;
        odd1 = odd;
        two2 = two1;
        two1 = two;
        smooth = pair + pair1;
        pair1 = pair;
        size = (smooth - smooth3) >> 4;
        smooth3 = smooth2;
        smooth2 = smooth1;
        smooth1 = smooth;
        if (size < 0) size = -size;
        rise = size - size7;
        size7 = size6;
        size6 = size5;
        size5 = size4;
        size4 = size3;
        size3 = size2;
        size2 = size1;
        size1 = size;
        if (rise > 0) isRising = true;
        else if (isRising) {
          isRising = false;
          if (energy > peakEnergy) {
            peakEnergy = energy;
            peakStep = step - 1;
            if (peakStep + CANDIDATE_STEPS < checkStep) checkStep = peakStep + CANDIDATE_STEPS;
          }
        }
        energy += rise;
        if (step >= checkStep) {
          const peakAge = peakStep < 0 ? 0 : step - peakStep;
          if (peakAge >= CANDIDATE_STEPS || (peakAge >= MEASURABLE_STEPS && step === this._dueStep)) {
            this._addCandidate(peakStep);
            peakStep = -1;
            peakEnergy = 0;
          }
          if (step >= this._dueStep) {
            if (beatCount === 0) {
              this._beatCount = 0;
              if (step >= 2 * RENUMBERED_STEPS) {
                step -= RENUMBERED_STEPS;
                if (peakStep >= 0) peakStep -= RENUMBERED_STEPS;
                this._renumberSteps();
              }
            }
            this._stepCount = step;
            this._decideDue(step);
            beatCount = this._beatCount;
          }
          checkStep = this._dueStep;
          if (peakStep >= 0 && peakStep + CANDIDATE_STEPS < checkStep) checkStep = peakStep + CANDIDATE_STEPS;
        }
        step++;
        // The loop ends behind a whole step, or on the even sample of the next.
        i += 2;
        if (i <= count) even = samplesUv[i - 1]!;
      }
      isOdd = i === count;
      return beatCount;
    };
  }

  private _start(step: number): number {
    this.isContinuous = true;
    this._stepOrigin += this._skippedCount;
    this._skippedCount = 0;
    this._beatsSinceLearned = 0;
    this._quietFromStep = step;
    this._isLearning = this._signalLevel === 0;
    return (this._dueStep = step + LEARN_STEPS);
  }

  /** Decides all there is. @param step the last one */
  private _finish(step: number, peakStep: number): void {
    if (peakStep >= 0 && step - peakStep >= MEASURABLE_STEPS) this._addCandidate(peakStep);
    if (!this._isLearning) while (this._undecided < this._candidatesEnd) this._decide();
  }

  /** A candidate that is older than the numbers reach counts as the oldest, a beat as none. */
  private _renumberSteps(): void {
    const memory = this._memory;
    this._stepOrigin += 2 * RENUMBERED_STEPS;
    this._quietFromStep -= RENUMBERED_STEPS;
    this._dueStep -= RENUMBERED_STEPS;
    this._lastStep = this._lastStep < RENUMBERED_STEPS ? NO_STEP : this._lastStep - RENUMBERED_STEPS;
    for (let row = CANDIDATES; row < this._candidatesEnd; row += CANDIDATE_WORDS) {
      const step = memory[row + STEP]!;
      memory[row + STEP] = step < RENUMBERED_STEPS ? 0 : step - RENUMBERED_STEPS;
    }
  }

  /** Measures the complex around an energy peak and queues it. */
  private _addCandidate(step: number): void {
    if (this._candidatesEnd === BEATS) this._dropCandidates(CANDIDATES + CANDIDATE_WORDS);
    const memory = this._memory;
    let k = step - CENTRE_TO_SLOPE_STEPS - SLOPE_SEARCH_STEPS;
    const end = k + 2 * SLOPE_SEARCH_STEPS;
    let pair2 = memory[(k - 2) % PAIR_COUNT]!;
    let pair1 = memory[(k - 1) % PAIR_COUNT]!;
    let pair = 0, slope = 0, steepest = 0;
    for (; k <= end; k++) {
      pair = memory[k % PAIR_COUNT]!;
      slope = pair - pair2;
      if (slope < 0) slope = -slope;
      if (slope > steepest) steepest = slope;
      pair2 = pair1;
      pair1 = pair;
    }
    const row = this._candidatesEnd;
    this._candidatesEnd = row + CANDIDATE_WORDS;
    if (!this._isLearning && step + DECISION_STEPS < this._dueStep) this._dueStep = step + DECISION_STEPS;
    memory[row + STEP] = step;
    memory[row + SLOPE] = steepest;
    // Too flat to become a beat even by search-back and with full likeness (-0.74 - 0.67 octaves, 0.38): spare the work.
    if (!this._isLearning && FLAT_SHARE * steepest < this._threshold) memory[row + FIT] = UNSHIFTED_FIT;
    // In a clean signal likeness decides nothing; if noise begins before the decision it speaks neither for nor against.
    else memory[row + FIT] = this._peakNear(step) + (this._templateCount > 0 && this.noiseQ8 > 0 ? this._compareWithTemplate(step) : EVEN_FIT);
  }

  /** R peak and height of a complex, as parts of FIT. */
  private _peakNear(step: number): number {
    const memory = this._memory;
    // five[2 step + k] has its middle in that of the complex. The search goes from an even sample to an even one.
    const middle = 2 - CENTRE_SAMPLES + 1;
    const leftStep = step + ((middle - BASE_SAMPLES) >> 1);
    const rightStep = step + ((middle + BASE_SAMPLES) >> 1);
    const left = memory[leftStep % PAIR_COUNT]! - memory[FIVES + (leftStep % FIVE_COUNT)]!;
    const right = memory[rightStep % PAIR_COUNT]! - memory[FIVES + (rightStep % FIVE_COUNT)]!;
    const baseRiseQ8 = quotient((right - left) << 8, 2 * BASE_SAMPLES);
    let at = step + ((middle - PEAK_SEARCH_SAMPLES) >> 1);
    let baseQ8 = (left << 8) + baseRiseQ8 * (BASE_SAMPLES - PEAK_SEARCH_SAMPLES);
    let odd = 0, height = 0;
    let highest = 0;
    let lowest = 0;
    let highestAt = 0;
    let lowestAt = 0;
    for (let k = -PEAK_SEARCH_SAMPLES; k <= PEAK_SEARCH_SAMPLES; k++) {
      height = odd;
      if (k & 1) {
        odd = memory[FIVES + (at % FIVE_COUNT)]!;
        height = memory[at % PAIR_COUNT]! - odd;
        at++;
      }
      height -= baseQ8 >> 8;
      baseQ8 += baseRiseQ8;
      if (height > highest) {
        highest = height;
        highestAt = k;
      } else if (height < lowest) {
        lowest = height;
        lowestAt = k;
      }
    }
    if (highest - lowest < FIVE_GAIN * QRS_AMPLITUDE_UV_MIN) return 0;
    return PEAK_ZERO + HIGH_BIT + (highest + lowest >= 0 ? highestAt : lowestAt);
  }

  /** Copies the band signal around a complex to the window. @returns its largest magnitude: value << 8 over it are the 8-bit numbers to compare */
  private _loadWindow(step: number): number {
    const memory = this._memory;
    let k = step - CENTRE_TO_BAND_STEPS - TEMPLATE_HALF_STEPS - TEMPLATE_SHIFT_STEPS;
    let pair4 = memory[(k - 4) % PAIR_COUNT]!;
    let pair3 = memory[(k - 3) % PAIR_COUNT]!;
    let pair2 = memory[(k - 2) % PAIR_COUNT]!;
    let pair1 = memory[(k - 1) % PAIR_COUNT]!;
    let pair = 0, value = 0, largest = 1;
    for (let at = WINDOW; at < WINDOW + WINDOW_STEPS; at++) {
      pair = memory[k % PAIR_COUNT]!;
      value = (pair + pair1 - pair3 - pair4) >> 4;
      pair4 = pair3;
      pair3 = pair2;
      pair2 = pair1;
      pair1 = pair;
      k++;
      memory[at] = value;
      if (value < 0) value = -value;
      if (value > largest) largest = value;
    }
    return largest;
  }

  /** Likeness to the template at the best displacement, and that, as parts of FIT. */
  private _compareWithTemplate(step: number): number {
    const largest = this._loadWindow(step);
    const memory = this._memory;
    const templateSquares = this._templateSquares;
    // The products at all displacements in one pass, with the window's values in variables.
    let w0 = 0, w1 = 0, w2 = 0, w3 = 0, w4 = 0, w5 = 0, w6 = 0;
    let p0 = 0, p1 = 0, p2 = 0, p3 = 0, p4 = 0, p5 = 0, p6 = 0;
    let t = 0;
    let squares = 0, middleSquares = 0;
    for (let at = WINDOW; at < WINDOW + WINDOW_STEPS; at++) {
      memory[at] = w6 = quotient(memory[at]! << 8, largest);
      if (at >= WINDOW + 2 * TEMPLATE_SHIFT_STEPS) {
        t = memory[at + (TEMPLATE - WINDOW - 2 * TEMPLATE_SHIFT_STEPS)]!;
        squares += w0 * w0;
        middleSquares += w3 * w3;
        p0 += t * w0;
        p1 += t * w1;
        p2 += t * w2;
        p3 += t * w3;
        p4 += t * w4;
        p5 += t * w5;
        p6 += t * w6;
      }
      w0 = w1;
      w1 = w2;
      w2 = w3;
      w3 = w4;
      w4 = w5;
      w5 = w6;
    }
    // That in the middle is the best, unless one before is as good or one behind is better: only what can be so is worth a root.
    let best = likenessOf(p3, middleSquares, templateSquares) - 1;
    let bestShift = 0;
    let bar = barAbove(best, templateSquares);
    for (let shift = 0; ; shift++) {
      const product = shift < 2 ? (shift === 0 ? p0 : p1) : shift < 4 ? (shift === 2 ? p2 : p3) : shift === 4 ? p4 : shift === 5 ? p5 : p6;
      if (best < 0 || (product > 0 && productQuotient(product + 2, product + 2, squares) >= bar)) {
        const likeness = likenessOf(product, squares, templateSquares);
        if (likeness > best) {
          best = likeness;
          bestShift = shift;
          bar = barAbove(best, templateSquares);
        }
      }
      if (shift === 2 * TEMPLATE_SHIFT_STEPS) break;
      const comes = memory[WINDOW + TEMPLATE_STEPS + shift]!;
      const leaves = memory[WINDOW + shift]!;
      squares += comes * comes - leaves * leaves;
    }
    return (best << LIKENESS_BITS) + (bestShift << SHIFT_BITS);
  }

  private _decideDue(step: number): void {
    if (this._isLearning) {
      this._learn(step);
      if (this._isLearning) return;
    }
    const memory = this._memory;
    let dueStep = 0;
    while (this._undecided < this._candidatesEnd) {
      dueStep = memory[this._undecided + STEP]! + DECISION_STEPS;
      if (dueStep > step) break;
      dueStep = 0;
      this._decide();
    }
    const patienceStep = this._quietFromStep + (this._beatsSinceLearned < HISTORY_COUNT ? LEARN_STEPS : SILENCE_STEPS);
    if (step >= patienceStep) this._learn(step);
    else this._dueStep = dueStep > 0 && dueStep < patienceStep ? dueStep : patienceStep;
  }

  /** Sets the levels from the waiting candidates: the second steepest is a beat in all but the slowest hearts, and no single artefact. */
  private _learn(step: number): void {
    let first = 0;
    let second = 0;
    const memory = this._memory;
    for (let row = CANDIDATES; row < this._candidatesEnd; row += CANDIDATE_WORDS) {
      if ((memory[row + FIT]! & HIGH_BIT) === 0) continue;
      const slope = memory[row + SLOPE]!;
      if (slope > first) {
        second = first;
        first = slope;
      } else if (slope > second) second = slope;
    }
    this._quietFromStep = step;
    // An experienced detector does not take for beats what is far flatter than its beats were: P waves without a ventricular response.
    const experienced = this._beatsSinceLearned >= HISTORY_COUNT;
    if (second === 0 || (experienced && second < this._signalLevel >> 3)) {
      this._dueStep = step + LEARN_AGAIN_STEPS;
      return;
    }
    this._isLearning = false;
    this._beatsSinceLearned = 0;
    this._signalCount = 0;
    this._noiseCount = 0;
    this._templateCount = 0;
    this._followSignal(second);
    this._followNoise(second >> 3);
    this._undecided = CANDIDATES;
    this._dueStep = step + 1;
  }

  private _decide(): void {
    const memory = this._memory;
    const step = memory[this._undecided + STEP]!;
    if (this._lastStep >= 0 && this._intervalSteps > 0) this._searchBack(step);
    const row = this._undecided;
    this._undecided = row + CANDIDATE_WORDS;
    if (this._isTooEarly(row)) return;
    const score = this._score(row);
    if (score > 0) {
      const better = this._betterAfter(row, score);
      if (better < 0) {
        this._accept(row, score);
        return;
      }
      if (this.noiseQ8 <= NOISY_Q8 && memory[better + STEP]! - step <= COMPLEX_STEPS) return;
    }
    this._followNoise(memory[row + SLOPE]!);
  }

  /** Within the refractory period of the last beat, or its T wave. */
  private _isTooEarly(row: number): boolean {
    const memory = this._memory;
    const sinceSteps = memory[row + STEP]! - this._lastStep;
    return sinceSteps < REFRACTORY_STEPS || (sinceSteps < T_WAVE_STEPS && 2 * memory[row + SLOPE]! < this._lastSlope);
  }

  /** How far a candidate passes, in octaves of amplitude, Q8; NO_SCORE if it is not as high as a beat must be. */
  private _score(row: number): number {
    const memory = this._memory;
    const fit = memory[row + FIT]!;
    if ((fit & HIGH_BIT) === 0) return NO_SCORE;
    const level = log2Q8(memory[row + SLOPE]!);
    let score = level - log2Q8(this._threshold);
    const noiseQ8 = this.noiseQ8;
    if (noiseQ8 > 0) {
      let likeness = fit >> LIKENESS_BITS;
      if (likeness < LIKENESS_Q8_LOW) likeness = LIKENESS_Q8_LOW;
      let bonus = ((likeness - LIKENESS_Q8_EVEN) * LIKENESS_HALVES) >> 1;
      const excess = level - log2Q8(this._signalLevel);
      if (excess > 0) bonus -= excess;
      const intervalSteps = this._intervalSteps;
      const sinceSteps = memory[row + STEP]! - this._lastStep;
      if (sinceSteps < intervalSteps) {
        const earlyQ8 = EARLY_INTERVAL_Q8 - quotient(sinceSteps << 8, intervalSteps);
        if (earlyQ8 > 0) bonus -= (earlyQ8 * EARLY_WEIGHT * this._lastCertaintyQ8) >> 8;
      }
      score += (noiseQ8 * bonus) >> 8;
    }
    return score;
  }

  /** The first candidate within the refractory period that passes by more than `score`, or -1. */
  private _betterAfter(row: number, score: number): number {
    const memory = this._memory;
    const limit = memory[row + STEP]! + REFRACTORY_STEPS;
    for (let other = row + CANDIDATE_WORDS; other < this._candidatesEnd && memory[other + STEP]! < limit; other += CANDIDATE_WORDS)
      if (this._score(other) > score) return other;
    return -1;
  }

  /** As long as there has been no beat for so long, the best of what was decided to be none is one: each time there is less of it. */
  private _searchBack(step: number): void {
    const memory = this._memory;
    while (2 * (step - this._lastStep) >= SEARCH_BACK_INTERVAL_HALVES * this._intervalSteps) {
      let best = -1;
      let bestScore = SEARCH_BACK_SCORE_Q8;
      for (let row = CANDIDATES; row < this._undecided; row += CANDIDATE_WORDS) {
        if (step - memory[row + STEP]! < REFRACTORY_STEPS || this._isTooEarly(row)) continue;
        const score = this._score(row);
        if (score > bestScore) {
          bestScore = score;
          best = row;
        }
      }
      if (best < 0) return;
      this._accept(best, bestScore);
    }
  }

  private _accept(row: number, score: number): void {
    const memory = this._memory;
    const step = memory[row + STEP]!;
    const slope = memory[row + SLOPE]!;
    const fit = memory[row + FIT]!;
    if (this._lastStep >= 0) {
      const intervalSteps = medianOfLast(memory, INTERVAL_HISTORY, HISTORY_COUNT, this._intervalCount++, step - this._lastStep);
      if (this._intervalCount > 1) this._intervalSteps = intervalSteps;
    }
    this._lastStep = step;
    this._quietFromStep = step;
    this._beatsSinceLearned++;
    this._lastSlope = slope;
    const certainty = score > CERTAIN_SCORE_Q8 ? CERTAIN_SCORE_Q8 : score;
    this._lastCertaintyQ8 = certainty < 0 ? 0 : certainty;
    this._followSignal(slope);
    if (this._stepCount - step < WINDOW_AGE_STEPS_MAX) this._updateTemplate(fit, step);
    const beat = this._beatCount++;
    assert(beat < BEAT_COUNT_MAX, "QrsDetector: more beats in a block than a heart can make");
    // The last sample of a step is 2 step + 1.
    const peak = 2 * step + (fit & PEAK_MASK) + (1 - CENTRE_SAMPLES - PEAK_ZERO);
    memory[BEATS + beat] = (peak << CONFIDENCE_BITS) | (50 + ((certainty * 50) >> 8));
    this._dropCandidates(row + CANDIDATE_WORDS);
  }

  private _updateTemplate(fit: number, step: number): void {
    const count = this._templateCount;
    if (count > 0 && fit >> LIKENESS_BITS < TEMPLATE_LIKENESS_Q8_MIN && this.noiseQ8 > NOISY_Q8) return;
    const largest = this._loadWindow(step);
    const memory = this._memory;
    const first = WINDOW + ((fit >> SHIFT_BITS) & SHIFT_MASK);
    let value = 0;
    let squares = 0;
    for (let k = 0; k < TEMPLATE_STEPS; k++) {
      memory[first + k] = value = quotient(memory[first + k]! << 8, largest);
      squares += value * value;
    }
    const norm = Math.sqrt(squares) | 0;
    if (norm === 0) return;
    if (count < TEMPLATE_RATE_BITS) this._templateCount = count + 1;
    let templateSquares = 0;
    for (let k = 0; k < TEMPLATE_STEPS; k++) {
      value = memory[TEMPLATE + k]!;
      value += (quotient(memory[first + k]! << 12, norm) - value) >> count;
      memory[TEMPLATE + k] = value;
      templateSquares += value * value;
    }
    this._templateSquares = templateSquares;
  }

  private _setThreshold(): void {
    const signal = this._signalLevel;
    const noise = this._noiseLevel < signal ? this._noiseLevel : signal;
    const threshold = noise + ((THRESHOLD_Q8 * (signal - noise)) >> 8);
    this._threshold = threshold;
    const above = noise - NOISE_FREE_SLOPE;
    const noiseQ8 = above <= 0 ? 0 : quotient(above << NOISE_FULL_BITS, signal);
    this.noiseQ8 = noiseQ8 > 256 ? 256 : noiseQ8;
  }

  /** Those to before a row. */
  private _dropCandidates(end: number): void {
    const words = end - CANDIDATES;
    this._memory.copyWithin(CANDIDATES, end, this._candidatesEnd);
    this._candidatesEnd -= words;
    this._undecided = this._undecided > end ? this._undecided - words : CANDIDATES;
  }

  /** Takes the slope of a beat. */
  private _followSignal(slope: number): void {
    this._signalLevel = medianOfLast(this._memory, SIGNAL_HISTORY, HISTORY_COUNT, this._signalCount++, slope);
    this._setThreshold();
  }

  /** Takes the slope of what is none. */
  private _followNoise(slope: number): void {
    this._noiseLevel = medianOfLast(this._memory, NOISE_HISTORY, HISTORY_COUNT, this._noiseCount++, slope);
    this._setThreshold();
  }
}

/** Q8, 256 at most (the product of two vectors is no larger than that of their lengths). */
function likenessOf(product: number, squares: number, templateSquares: number): number {
  const norm = rootOfProduct(squares, templateSquares);
  return norm > 0 ? quotient(256 * product, norm) : 0;
}

/**
 * Only a product whose (product + 2)^2 / squares is no less can have a likeness above this one (0 or more): 256 product >= (likeness + 1) norm, and the
 * norm is less than 1 below the root, so 256 (product + 2) > (likeness + 1) root(squares templateSquares).
 */
function barAbove(likeness: number, templateSquares: number): number {
  return productQuotient((likeness + 1) * (likeness + 1), templateSquares, 1 << 16);
}

const { clz32 } = Math;

/** Base-2 logarithm by straight lines between powers of two (Mitchell, IRE Trans Electronic Computers 11:512-517, 1962). Q8; 1 to 2^23. */
function log2Q8(value: number): number {
  if (value < 1) return 0;
  const exponent = 31 - clz32(value);
  return (exponent << 8) + ((value << 8) >> exponent) - 256;
}

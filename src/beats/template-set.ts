// TemplateSet: the shapes of beats that a patient has shown, found by clustering as the beats come.
import { log2Q10 } from "../base/log2.js";
import { SHAPE_MEASURES, WINDOW_BEFORE_STEPS, WINDOW_STEPS, measureShape } from "./beat-shape.js";

/** Most templates kept. */
const TEMPLATE_COUNT_MAX = 8;
/** No template. Its place in the tables is the beat's own, which is alike itself and has no history. */
export const NO_TEMPLATE = TEMPLATE_COUNT_MAX;
const PLACES = TEMPLATE_COUNT_MAX + 1;
/** Likeness (a correlation coefficient) of 1. */
export const LIKENESS_ONE = 4096;

/** Beats are compared from 80 ms before to 232 ms after the middle (complex and ST segment), at displacements of up to 24 ms. */
const COMPARE_STEPS = 40;
const COMPARE_BEFORE_STEPS = 10;
const SHIFT_STEPS_MAX = 3;
const SHIFTS = 2 * SHIFT_STEPS_MAX + 1;
const PATCH_STEPS = COMPARE_STEPS + 2 * SHIFT_STEPS_MAX;
const PATCH_FIRST = WINDOW_BEFORE_STEPS - COMPARE_BEFORE_STEPS - SHIFT_STEPS_MAX;
/** Patches are scaled to so many bits and a sign: 40 products stay below 2^28. */
const PATCH_BITS = 11;

/** A beat belongs to the most alike template above 0.88 ... */
const JOIN_LIKENESS = 3604;
/** ... less 0.15 if its size (norm) is more than 1.8 or less than 0.55 times the template's ... */
const SIZE_PENALTY = 614;
const SIZE_LOG_MAX = 868;
const SIZE_LOG_MIN = -883;
/** ... but to the dominant one if that is above 0.93 and within 0.006 of the best, so that the dominant cluster does not fall apart. */
const DOMINANT_LIKENESS = 3809;
const DOMINANT_LIKENESS_LESS = 25;
/** Two templates become one when they are alike by 0.985, a third apart in size at most, and their beats come equally early within 8 %. */
const MERGE_LIKENESS = 4035;
const MERGE_SIZE_LOG_MAX = 421;
const MERGE_EARLY_LOG_MAX = 118;
const MERGE_BEATS_MIN = 3;

/** Recent beats of a template: forgets 1/128 a beat. Q12 */
const RECENT_BITS = 7;
const RECENT_ONE = 4096;
/** Share of a template among the recent beats: forgets 1/64 a beat. Q16 */
const SHARE_BITS = 6;
const SHARE_ONE = 65536;
/** Regular beats of a template: forgets 1/1024 a beat. Q12 */
const REGULAR_BITS = 10;
/** Another template becomes dominant with 1.3 times the recent beats; those of a template whose beats are mostly irregular count 0.3. [1/256] */
const SWITCH_Q8 = 333;
const IRREGULAR_WEIGHT_Q8 = 77;
/** It must resemble the most regular template by 0.7, or have 0.4 of its regular beats. */
const DOMINANT_USUAL_LIKENESS = 2867;
const DOMINANT_REGULAR_Q8 = 102;
/** When all places are taken, the template with the fewest recent beats goes; a regular one counts as 1/8 of a recent one. */
const REGULAR_WEIGHT_BITS = 3;

/** A beat comes early below 0.88 of the regular interval, on time within 12 %, and is compensated if the next interval is 8 % longer. [log2] */
const EARLY_LOG = -192;
const ON_TIME_LOG = 177;
const LATE_NEXT_LOG = 118;
/** Flags and rates are Q15. */
const RATE_ONE = 32767;

/** A template follows its beats by 1/n at first, by 1/16 from the 16th beat on. Q12 */
const FOLLOW_BITS = 12;
const FOLLOW_BEATS_MAX = 16;

/** What is known of a template. In `values` each of these is a row of PLACES, indexed by a template's place. */
/** Beats ever; 0 for a free place. */
export const BEATS = 0;
/** Share of the recent beats. Q16 */
export const SHARE = BEATS + PLACES;
/** Recent beats, and regular beats of late. Q12 */
const RECENT = SHARE + PLACES;
const REGULAR = RECENT + PLACES;
/** Number of the last beat: how many had been learned before. */
export const LAST_BEAT = REGULAR + PLACES;
/** How alike the beat last matched is, Q12, and at which displacement [steps]. */
export const LIKENESS = LAST_BEAT + PLACES;
export const SHIFT = LIKENESS + PLACES;
/** Means over the beats: interval before and after, over the regular interval [log2], and how many came early, on time, early and compensated. Q15 */
export const MEAN_EARLY_LOG = SHIFT + PLACES;
export const MEAN_NEXT_LOG = MEAN_EARLY_LOG + PLACES;
export const EARLY = MEAN_NEXT_LOG + PLACES;
export const ON_TIME = EARLY + PLACES;
export const COMPENSATED = ON_TIME + PLACES;
/** Share of irregular beats Q15, a mean as well, and likeness to the most regular template Q12. */
const IRREGULAR = COMPENSATED + PLACES;
const USUAL_LIKENESS = IRREGULAR + PLACES;
/** Of the patch: logarithm of its size, and the root of its sum of squares. [times 4] */
const SIZE_LOG = USUAL_LIKENESS + PLACES;
const PATCH_NORM = SIZE_LOG + PLACES;
/** Norms of the patch compared now, at each displacement. */
const SHIFT_NORMS = PATCH_NORM + PLACES;
/** SHAPE_MEASURES of each template, and behind them those of the beat. */
export const SHAPES = SHIFT_NORMS + SHIFTS;
export const BEAT_SHAPE = SHAPES + NO_TEMPLATE * SHAPE_MEASURES;
/** Behind the values, in the same memory: the windows. */
const WINDOWS = BEAT_SHAPE + SHAPE_MEASURES;

/** Behind the windows: the compared part of each, its mean removed, scaled to PATCH_BITS. */
const PATCHES = TEMPLATE_COUNT_MAX * WINDOW_STEPS;
const WINDOWS_LENGTH = PATCHES + TEMPLATE_COUNT_MAX * COMPARE_STEPS;

/**
 * Up to eight templates, known by their places. `match` finds the template of a beat and fills in what is known of it from the beats before;
 * `learn` then lets the beat change it. Nothing is allocated after the constructor.
 */
export class TemplateSet {
  /** All numbers in one array: each costs 128 bytes of RAM beside its elements. */
  readonly values = new Int32Array(WINDOWS + (WINDOWS_LENGTH >> 1));
  /** WINDOW_STEPS of each template, and more. */
  readonly windows = new Int16Array(this.values.buffer, WINDOWS * 4, WINDOWS_LENGTH);

  /** The patch compared now. A plain array: read twice as fast on XS. */
  private readonly _patch = new Array<number>(PATCH_STEPS).fill(0);
  private _patchSizeLog = 0;
  /** Sum of the patch where it is not displaced. */
  private _patchTotal = 0;
  /** The template whose patch that is, or NO_TEMPLATE. */
  private _patchOf = NO_TEMPLATE;

  private _beats = 0;
  private _count = 0;
  private _dominant = NO_TEMPLATE;
  private _lifetime = NO_TEMPLATE;
  private _matched = NO_TEMPLATE;
  private _reference = NO_TEMPLATE;
  private _previous = NO_TEMPLATE;
  private _previous2 = NO_TEMPLATE;

  constructor() {
    this.values[LIKENESS + NO_TEMPLATE] = LIKENESS_ONE;
  }

  /** Beats learned. */
  get beats(): number {
    return this._beats;
  }
  /** Templates in use. */
  get count(): number {
    return this._count;
  }
  /** The template with the most recent beats, mostly not early. */
  get dominant(): number {
    return this._dominant;
  }
  /** The template with the most regular beats ever. */
  get lifetime(): number {
    return this._lifetime;
  }
  /** The one of these two that resembles the beat last matched more: what its patient's usual beats look like. NO_TEMPLATE at the first beat only. */
  get reference(): number {
    return this._reference;
  }
  /** Template of the last beat learned, and of the one before. */
  get previous(): number {
    return this._previous;
  }
  get previous2(): number {
    return this._previous2;
  }
  /**
   * Finds the template of a beat.
   * @param window WINDOW_STEPS, int16. [1/4 uV]
   * @returns its place, or NO_TEMPLATE if the beat resembles none: `learn` will then make one.
   */
  match(window: Int16Array): number {
    this._loadPatch(window, 0);
    const values = this.values;
    const dominant = this._dominant;
    const patchSizeLog = this._patchSizeLog;
    let best = NO_TEMPLATE;
    let bestScore = JOIN_LIKENESS;
    let dominantScore = 0;
    let lifetime = NO_TEMPLATE;
    for (let template = 0; template < TEMPLATE_COUNT_MAX; template++) {
      if (values[BEATS + template] === 0) continue;
      const likeness = this._compare(template);
      values[LIKENESS + template] = likeness;
      const sizeLog = patchSizeLog - values[SIZE_LOG + template]!;
      const score = sizeLog > SIZE_LOG_MAX || sizeLog < SIZE_LOG_MIN ? likeness - SIZE_PENALTY : likeness;
      if (score > bestScore) {
        bestScore = score;
        best = template;
      }
      if (template === dominant) dominantScore = score;
      if (lifetime === NO_TEMPLATE || values[REGULAR + template]! > values[REGULAR + lifetime]!) lifetime = template;
    }
    if (dominantScore > DOMINANT_LIKENESS && dominantScore > bestScore - DOMINANT_LIKENESS_LESS) best = dominant;
    this._matched = best;
    this._lifetime = lifetime;
    this._reference = values[LIKENESS + lifetime]! > values[LIKENESS + dominant]! ? lifetime : dominant;
    return best;
  }

  /** Likeness of two templates at the best displacement, which becomes the other one's SHIFT until the next beat. Q12 */
  likenessOf(one: number, other: number): number {
    this._loadPatchOf(one);
    return this._compare(other);
  }

  /** Largest likeness of the beat last matched to a template other than its own, -LIKENESS_ONE if there is none. Q12 */
  get secondLikeness(): number {
    const values = this.values;
    let highest = -LIKENESS_ONE;
    for (let template = 0; template < TEMPLATE_COUNT_MAX; template++)
      if (values[BEATS + template]! > 0 && template !== this._matched && values[LIKENESS + template]! > highest) highest = values[LIKENESS + template]!;
    return highest;
  }

  /**
   * The beat last matched becomes part of its template, or a new one.
   * @param window as given to `match`
   * @param earlyLog, nextLog intervals before and after it, over the regular interval. [log2]
   * @param regular whether it came neither early nor before a pause
   * @returns the place of its template, which may differ from what `match` said: two templates may have become one.
   */
  learn(window: Int16Array, earlyLog: number, nextLog: number, regular: boolean): number {
    const values = this.values;
    const lifetime = this._lifetime;
    let template = this._matched === NO_TEMPLATE ? this._makeRoom() : this._matched;
    const beats = values[BEATS + template]! + 1;
    values[BEATS + template] = beats;
    const follow = ((1 << FOLLOW_BITS) / (beats < FOLLOW_BEATS_MAX ? beats : FOLLOW_BEATS_MAX)) | 0;
    this._followWindow(template, window, follow);
    this._takePatch(template);
    measureShape(this.windows, template * WINDOW_STEPS, values, SHAPES + template * SHAPE_MEASURES);
    if (regular) values[REGULAR + template]! += RECENT_ONE;
    const isEarly = earlyLog < EARLY_LOG;
    values[MEAN_EARLY_LOG + NO_TEMPLATE] = earlyLog;
    values[MEAN_NEXT_LOG + NO_TEMPLATE] = nextLog;
    values[EARLY + NO_TEMPLATE] = isEarly ? RATE_ONE : 0;
    values[ON_TIME + NO_TEMPLATE] = earlyLog < ON_TIME_LOG && earlyLog > -ON_TIME_LOG ? RATE_ONE : 0;
    values[COMPENSATED + NO_TEMPLATE] = isEarly && nextLog > LATE_NEXT_LOG ? RATE_ONE : 0;
    values[IRREGULAR + NO_TEMPLATE] = regular ? 0 : RATE_ONE;
    for (let row = MEAN_EARLY_LOG; row <= IRREGULAR; row += PLACES) {
      const mean = values[row + template]!;
      values[row + template] = mean + (((values[row + NO_TEMPLATE]! - mean) * follow) >> FOLLOW_BITS);
    }
    values[LAST_BEAT + template] = this._beats++;
    values[USUAL_LIKENESS + template] = lifetime === NO_TEMPLATE || lifetime === template ? LIKENESS_ONE : this.likenessOf(template, lifetime);
    for (let other = 0; other < TEMPLATE_COUNT_MAX; other++) {
      if (values[BEATS + other] === 0) continue;
      values[RECENT + other]! -= values[RECENT + other]! >> RECENT_BITS;
      values[REGULAR + other]! -= values[REGULAR + other]! >> REGULAR_BITS;
      values[SHARE + other]! -= values[SHARE + other]! >> SHARE_BITS;
    }
    values[RECENT + template]! += RECENT_ONE;
    values[SHARE + template]! += SHARE_ONE >> SHARE_BITS;
    template = this._merge(template);
    this._previous2 = this._previous;
    this._previous = template;
    this._chooseDominant();
    return template;
  }

  /** The window moves towards the beat: 17 bits times at most 2^11, or all the way. */
  private _followWindow(template: number, window: Int16Array, follow: number): void {
    const windows = this.windows;
    const first = template * WINDOW_STEPS;
    const half = 1 << (FOLLOW_BITS - 1);
    const end = first + WINDOW_STEPS;
    let from = this.values[SHIFT + template]!;
    let value = window[0]!;
    for (let at = first; at < end; at++) {
      if (from > 0 && from < WINDOW_STEPS) value = window[from]!;
      from++;
      const old = windows[at]!;
      windows[at] = old + (((value - old) * follow + half) >> FOLLOW_BITS);
    }
    this._patchOf = NO_TEMPLATE;
  }

  /** Makes the patch of a template from its window. */
  private _takePatch(template: number): void {
    this._loadPatchOf(template);
    const patch = this._patch;
    const windows = this.windows;
    const mean = (this._patchTotal / COMPARE_STEPS) | 0;
    let at = PATCHES + template * COMPARE_STEPS;
    for (let i = SHIFT_STEPS_MAX; i < SHIFT_STEPS_MAX + COMPARE_STEPS; i++) windows[at++] = patch[i]! - mean;
    this.values[PATCH_NORM + template] = this.values[SHIFT_NORMS + SHIFT_STEPS_MAX]!;
    this.values[SIZE_LOG + template] = this._patchSizeLog;
  }

  private _loadPatchOf(template: number): void {
    if (this._patchOf === template) return;
    this._loadPatch(this.windows, template * WINDOW_STEPS);
    this._patchOf = template;
  }

  /** Copies the compared part of a window, scaled to PATCH_BITS, and takes the norm of it at each displacement. */
  private _loadPatch(window: Int16Array, offset: number): void {
    const patch = this._patch;
    this._patchOf = NO_TEMPLATE;
    const first = offset + PATCH_FIRST;
    let sum = 0;
    let highest = window[first]!;
    let lowest = highest;
    for (let i = 0; i < PATCH_STEPS; i++) {
      const value = window[first + i]!;
      sum += value;
      if (value > highest) highest = value;
      else if (value < lowest) lowest = value;
    }
    const mean = (sum / PATCH_STEPS) | 0;
    const largest = highest - mean > mean - lowest ? highest - mean : mean - lowest;
    const down = 32 - Math.clz32(largest > 1 ? largest : 1) - PATCH_BITS;
    const up = down < 0 ? -down : 0;
    const shift = down < 0 ? 0 : down;
    const values = this.values;
    let total = 0;
    let squares = 0;
    for (let i = 0; i < PATCH_STEPS; i++) {
      const value = ((window[first + i]! - mean) << up) >> shift;
      patch[i] = value;
      total += value;
      squares += value * value;
      const s = i - (COMPARE_STEPS - 1);
      if (s >= 0) {
        values[SHIFT_NORMS + s] = Math.sqrt(16 * (squares - (total * total) / COMPARE_STEPS)) | 0;
        if (s === SHIFT_STEPS_MAX) this._patchTotal = total;
        const leaves = patch[s]!;
        total -= leaves;
        squares -= leaves * leaves;
      }
    }
    this._patchSizeLog = log2Q10(values[SHIFT_NORMS + SHIFT_STEPS_MAX]!) + (down << 10);
  }

  /** Likeness of the patch to a template at the best displacement, looked for uphill from none. Q12 */
  private _compare(template: number): number {
    const patch = this._patch;
    const windows = this.windows;
    // None and up to two steps either way in one pass, for most of these are looked at: reads are spared.
    let before2 = 0, before = 0, here = 0, after = 0, after2 = 0;
    let p0 = patch[1]!, p1 = patch[2]!, p2 = patch[3]!, p3 = patch[4]!;
    const even = PATCHES + template * COMPARE_STEPS;
    const odd = even + 1;
    for (let i = 0; i < COMPARE_STEPS; i += 2) {
      const own0 = windows[even + i]!;
      const p4 = patch[i + SHIFT_STEPS_MAX + 2]!;
      before2 += own0 * p0;
      before += own0 * p1;
      here += own0 * p2;
      after += own0 * p3;
      after2 += own0 * p4;
      const own1 = windows[odd + i]!;
      const p5 = patch[i + SHIFT_STEPS_MAX + 3]!;
      before2 += own1 * p1;
      before += own1 * p2;
      here += own1 * p3;
      after += own1 * p4;
      after2 += own1 * p5;
      p0 = p2;
      p1 = p3;
      p2 = p4;
      p3 = p5;
    }
    let shift = SHIFT_STEPS_MAX;
    let best = this._likenessFrom(here, template, shift);
    let direction = 1;
    let likeness = this._likenessFrom(after, template, shift + 1);
    if (likeness <= best) {
      direction = -1;
      likeness = this._likenessFrom(before, template, shift - 1);
    }
    while (likeness > best) {
      best = likeness;
      shift += direction;
      if (shift === 0 || shift === SHIFTS - 1) break;
      const next = shift + direction;
      likeness = next === 0 || next === SHIFTS - 1 ? this._compareAt(template, next) : this._likenessFrom(direction > 0 ? after2 : before2, template, next);
    }
    this.values[SHIFT + template] = shift - SHIFT_STEPS_MAX;
    return best;
  }

  private _compareAt(template: number, s: number): number {
    const patch = this._patch;
    const windows = this.windows;
    const own = PATCHES + template * COMPARE_STEPS - s;
    const end = s + COMPARE_STEPS;
    let sum = 0;
    for (let at = s; at < end; at++) sum += windows[own + at]! * patch[at]!;
    return this._likenessFrom(sum, template, s);
  }

  private _likenessFrom(products: number, template: number, s: number): number {
    const norms = this.values[SHIFT_NORMS + s]! * this.values[PATCH_NORM + template]!;
    return norms === 0 ? 0 : ((products * 16 * LIKENESS_ONE) / norms) | 0;
  }

  /** A free place, if need be that of the least used template. */
  private _makeRoom(): number {
    const values = this.values;
    let least = NO_TEMPLATE;
    let leastScore = 0;
    for (let template = 0; template < TEMPLATE_COUNT_MAX; template++) {
      if (values[BEATS + template] === 0) {
        this._count++;
        return template;
      }
      if (template === this._dominant || template === this._lifetime) continue;
      const score = values[RECENT + template]! + (values[REGULAR + template]! >> REGULAR_WEIGHT_BITS);
      if (least === NO_TEMPLATE || score < leastScore) {
        least = template;
        leastScore = score;
      }
    }
    this._clear(least);
    if (this._previous === least) this._previous = NO_TEMPLATE;
    return least;
  }

  private _clear(template: number): void {
    for (let at = template; at < SHIFT_NORMS; at += PLACES) this.values[at] = 0;
  }

  /** Joins the template with another that has become the same. */
  private _merge(template: number): number {
    const values = this.values;
    if (values[BEATS + template]! < MERGE_BEATS_MIN) return template;
    for (let other = 0; other < TEMPLATE_COUNT_MAX; other++) {
      if (other === template || values[BEATS + other]! < MERGE_BEATS_MIN) continue;
      const sizeLog = values[SIZE_LOG + template]! - values[SIZE_LOG + other]!;
      if (sizeLog > MERGE_SIZE_LOG_MAX || sizeLog < -MERGE_SIZE_LOG_MAX) continue;
      const earlyLog = values[MEAN_EARLY_LOG + template]! - values[MEAN_EARLY_LOG + other]!;
      if (earlyLog > MERGE_EARLY_LOG_MAX || earlyLog < -MERGE_EARLY_LOG_MAX) continue;
      if (this.likenessOf(template, other) <= MERGE_LIKENESS) continue;
      const kept = values[RECENT + other]! > values[RECENT + template]! ? other : template;
      const gone = kept === other ? template : other;
      for (let row = BEATS; row <= REGULAR; row += PLACES) values[row + kept]! += values[row + gone]!;
      values[LAST_BEAT + kept] = values[LAST_BEAT + template]!;
      this._clear(gone);
      this._count--;
      if (this._dominant === gone) this._dominant = kept;
      if (this._lifetime === gone) this._lifetime = kept;
      if (this._previous === gone) this._previous = kept;
      return kept;
    }
    return template;
  }

  private _chooseDominant(): void {
    const values = this.values;
    const lifetime = this._lifetime;
    let most = NO_TEMPLATE;
    let mostWeight = -1;
    const regularLeast = (values[REGULAR + lifetime]! >> 8) * DOMINANT_REGULAR_Q8;
    for (let template = 0; template < TEMPLATE_COUNT_MAX; template++) {
      if (values[BEATS + template] === 0) continue;
      if (values[USUAL_LIKENESS + template]! < DOMINANT_USUAL_LIKENESS && template !== lifetime && values[REGULAR + template]! < regularLeast) continue;
      const weight = this._weightOf(template);
      if (weight > mostWeight) {
        mostWeight = weight;
        most = template;
      }
    }
    if (mostWeight * 256 > this._weightOf(this._dominant) * SWITCH_Q8) this._dominant = most;
  }

  private _weightOf(template: number): number {
    const recent = this.values[RECENT + template]!;
    return this.values[IRREGULAR + template]! > RATE_ONE >> 1 ? (recent * IRREGULAR_WEIGHT_Q8) >> 8 : recent;
  }
}

// BeatFeatures: what is known of a beat when the next one has come, as small numbers for the classifier. Training runs this very code.
import { assert } from "../base/assert.js";
import { deepFreeze } from "../base/freeze.js";
import { LOG2_OCTAVE, log2Q10 } from "../base/log2.js";
import {
  SHAPE_BASE, SHAPE_HEIGHT, SHAPE_HIGH, SHAPE_LOG_AREA, SHAPE_LOG_AREA_WIDTH, SHAPE_LOG_HEIGHT, SHAPE_LOG_SLOPE_WIDTH, SHAPE_LOG_STEEPNESS, SHAPE_LOG_WIDTH,
  SHAPE_LOW, SHAPE_MEASURES, SHAPE_WAY, WINDOW_BEFORE_STEPS, WINDOW_STEPS, measureShape,
} from "./beat-shape.js";
import { RrHistory } from "./rr-history.js";
import {
  BEATS, BEAT_SHAPE, COMPENSATED, EARLY, LAST_BEAT, LIKENESS, LIKENESS_ONE, MEAN_EARLY_LOG, MEAN_NEXT_LOG, NO_TEMPLATE, ON_TIME, SHAPES, SHARE, SHIFT, TemplateSet,
} from "./template-set.js";

/**
 * Offset of each feature, in the order in which they are made below, and a digit for the shift of each; their names are in training/feature-names.ts.
 * A feature is (raw - offset) >> shift, limited to -127 .. 127. Texts: arrays would take more bytecode.
 */
const OFFSETS = `-9,3,-18,-7,0,11,-9,-9,-1,1,10,-60,151,-4,7,
0,482,-56,-117,101,7729,9,309,310,140,6292,772,580,77,176,
0,11,98,-9,-9,-9,-9,-9,-9,3632,70,135,95,254,-41,
131,97,-3,86,37,-61,538,540,683,32,184,115,843,144,3484,
2800,2309,-1290,2438,514,268,514,3349,2705,2055,43,8249,578,-26,-14,
107,805,59,1497,102,69,65,2774,2120,3650,3983,41,94,2874,3,
55,40,42,42,3633,653,47,842,-51,-18,8,3589,68,68,46`;
const SHIFTS = "333334333323433336333233255313330333333544433422233334131524434443444306333332543343524060100053233335332";

const SHIFT_BITS = 4;
const SHIFT_MASK = (1 << SHIFT_BITS) - 1;
/** (offset << SHIFT_BITS) | shift of each feature, a plain array: read twice as fast on XS as a typed one, and in flash there. */
const SCALES: readonly number[] = deepFreeze(OFFSETS.split(",").map((offset, i) => (Number(offset) << SHIFT_BITS) | Number(SHIFTS[i])));

export const FEATURE_COUNT = 105;
assert(SCALES.length === FEATURE_COUNT && SHIFTS.length === FEATURE_COUNT, "BeatFeatures: a scale for every feature");

/** Longest interval that counts: two seconds. A longer one counts as that. [samples] */
const RR_SAMPLES_MAX = 500;

/** Parts of the window. [index, steps] The complex -80 .. +112 ms, the T wave +112 .. +400 ms, the P wave -240 .. -64 ms from the middle. */
const COMPLEX_FIRST = WINDOW_BEFORE_STEPS - 10;
const COMPLEX_STEPS = 24;
const T_FIRST = WINDOW_BEFORE_STEPS + 14;
const T_STEPS = 36;
const P_FIRST = WINDOW_BEFORE_STEPS - 30;
const P_STEPS = 22;
/** Noise is looked for outside -112 .. +144 ms. [index] */
const QUIET_END = WINDOW_BEFORE_STEPS - 14;
const QUIET_BEGIN = WINDOW_BEFORE_STEPS + 19;
const QUIET_STEPS = 63;
/** Deviations in the P zone count up to 2 mV, so that 22 squares stay below 2^31. [1/4 uV] */
const P_DEVIATION_MAX = 8191;
/** A wave counts as one from this part of the complex's height on: 1/24, 50 uV beside 1.2 mV. */
const P_WAVE_SHARE = 24;

/** Reference of the spread when the rhythm is perfectly even: 12 ms at 75/min. [log2] */
const SPREAD_LEAST_LOG = 22;
/** A beat is regular when the interval before it is no shorter than 0.92 of the next and longer than 0.72 of the median. [log2] */
const PAUSE_LOG = -123;
const EARLY_LOG = -485;
/** Largest deviation from the median in spreads: 8. Q10 */
const DEVIATION_MAX = 8192;
/** Beats of the same template in a row count up to here, all beats up to a hundred. */
const RUN_MAX = 8;
/** What a yes is worth, and one more in a small count, so that a network of int8 weights sees as much of them as of the rest. */
const FLAG = 64;
const COUNT_STEP = 16;
const BEATS_MAX = 100;
/** What is assumed of a new template's beats: three in ten early, three in ten on time, two in ten compensated. Q10 */
const NEW_EARLY_Q10 = 307;
const NEW_ON_TIME_Q10 = 307;
const NEW_COMPENSATED_Q10 = 205;
const NEW_LIKENESS = 3277;
/** Means over the last beats forget 1/32 a beat. */
const RECENT_BITS = 5;

/** Follows one patient. Nothing is allocated after the constructor. */
export class BeatFeatures {
  private readonly _rr = new RrHistory();
  private readonly _templates = new TemplateSet();
  /** The features of the last beat before they were scaled. */
  readonly raw = new Int32Array(FEATURE_COUNT);
  /** How many of the last beats were of the last one's template, up to RUN_MAX. */
  private _run = 0;
  /** Of late, beats that founded a template Q15, and noise. Q10 with RECENT_BITS more */
  private _newBeats = 0;
  private _noise = 512 << RECENT_BITS;
  private _pWave = 0;

  constructor() {
    this.raw[39] = LIKENESS_ONE; // t_dr, for the first beat to find
  }

  /**
   * Evidence for a P wave before the last beat: how alike what precedes it is to what precedes the patient's usual beat, where that is a wave
   * at all. 0 .. 100
   */
  get pWave(): number {
    return this._pWave;
  }
  /**
   * Takes the next beat.
   * @param window WINDOW_STEPS around its middle. [1/4 uV, int16]
   * @param rrSamples interval before it, 0 if unknown (the first beat, or the first after a gap)
   * @param nextRrSamples interval after it, 0 if unknown; both count up to RR_SAMPLES_MAX
   * @param features Gets FEATURE_COUNT numbers.
   */
  next(window: Int16Array, rrSamples: number, nextRrSamples: number, features: Int8Array): void {
    const raw = this.raw;
    const rr = this._rr;
    const templates = this._templates;
    // The numbers are places in OFFSETS, here and below: counting them up would cost more than the features.
    raw[94] = raw[39]!; // c_prevdr, t_dr of the beat before
    raw[99] = raw[2]!; // c_prevprem, r_rr0_nrr of the beat before
    if (rrSamples > 0) rr.add(rrSamples < RR_SAMPLES_MAX ? rrSamples : RR_SAMPLES_MAX);
    else rr.beginWithout();
    const nextLog = nextRrSamples > 0 ? log2Q10(nextRrSamples < RR_SAMPLES_MAX ? nextRrSamples : RR_SAMPLES_MAX) : rr.medianLog;
    measureShape(window, 0, templates.values, BEAT_SHAPE);
    const matched = templates.match(window);
    this._rhythm(rrSamples, nextRrSamples, nextLog);
    this._comparison(window);
    this._appearance(window);
    this._cluster(matched);
    this._scale(features);

    const isRegular = rrSamples > 0 && nextRrSamples > 0 && rr.log >= nextLog + PAUSE_LOG && rr.log > rr.medianLog + EARLY_LOG;
    const before = templates.previous;
    const template = templates.learn(window, raw[2]!, raw[3]!, isRegular); // r_rr0_nrr, r_rr1_nrr
    if (template !== before) this._run = 1;
    else if (this._run < RUN_MAX) this._run++;
    this._newBeats += ((matched === NO_TEMPLATE ? 32767 : 0) - this._newBeats) >> RECENT_BITS;
    if (rrSamples > 0) rr.settle(template === templates.dominant && templates.previous2 === template);
  }

  private _scale(features: Int8Array): void {
    const raw = this.raw;
    const scales = SCALES;
    const count = FEATURE_COUNT;
    for (let i = 0; i < count; i++) {
      const scale = scales[i]!;
      const value = (raw[i]! - (scale >> SHIFT_BITS)) >> (scale & SHIFT_MASK);
      features[i] = value > 127 ? 127 : value < -127 ? -127 : value;
    }
  }

  /** The rhythm: intervals before, after and further back, against what was usual. */
  private _rhythm(rrSamples: number, nextRrSamples: number, nextLog: number): void {
    const raw = this.raw;
    const rr = this._rr;
    const log = rr.log;
    const median = rr.medianLog;
    const local = rr.localLog;
    const regular = rr.regularLog;
    const last = rr.logBack(1);
    const last2 = rr.logBack(2);
    const slow = rr.slowLog;
    const upper = rr.quantileLog(6);
    const lower = rr.quantileLog(2);
    // Half the distance between the quartiles.
    const spread = (upper - lower) >> 1;
    raw[0] = log - median; // r_rr0_med
    raw[1] = nextLog - median; // r_rr1_med
    raw[2] = log - regular; // r_rr0_nrr
    raw[3] = nextLog - regular; // r_rr1_nrr
    raw[4] = log - last; // r_rr0_p
    raw[5] = nextLog - log; // r_rr1_rr0
    raw[6] = last - median; // r_rrp_med
    raw[7] = last2 - median; // r_rrpp_med
    raw[8] = log - rr.meanLog; // r_ema
    raw[9] = log - slow; // r_slow
    raw[10] = median - slow; // r_medslow
    raw[11] = rr.runBaseLog > 0 ? log - rr.runBaseLog : 0; // r_on
    raw[12] = log2Q10(1 + rr.runBeats); // r_onN
    raw[13] = log - local; // r_m8
    raw[14] = nextLog - local; // r_rr1_m8
    raw[15] = rrSamples > 0 && nextRrSamples > 0 ? log2Q10(rrSamples + nextRrSamples) - LOG2_OCTAVE - regular : nextLog - regular; // r_comp2
    raw[16] = rr.rankQ10; // r_rank
    raw[17] = ratioQ10(log - median, spread + SPREAD_LEAST_LOG, DEVIATION_MAX); // r_z
    raw[18] = log - upper; // r_q80
    raw[19] = log - lower; // r_q20
    raw[20] = median; // r_hr
    raw[21] = regular - median; // r_nrrhr
    raw[22] = rr.jumpsQ10; // r_s07
    raw[23] = rr.recentJumpsQ10; // r_s16
    raw[24] = rr.changeLog; // r_ds
    raw[25] = log2Q10(spread + 8); // r_mad
    raw[26] = rr.entropyLog; // r_se
    raw[27] = rr.cellsQ10; // r_map
    raw[28] = rr.regularChangeLog; // r_ni
    raw[29] = rr.regularJumpsQ10; // r_n07
    raw[30] = log - last2; // r_rr0_pp
    raw[31] = nextLog - last; // r_rr1_p
    const beats = this._templates.beats;
    raw[32] = beats < BEATS_MAX ? beats : BEATS_MAX; // r_ln_n
    for (let back = 2; back < 8; back++) raw[31 + back] = rr.logBack(back) - median; // h_3 h_4 h_5 h_6 h_7 h_8
  }

  /** The beat against the patient's usual one, wave by wave. */
  private _comparison(window: Int16Array): void {
    const raw = this.raw;
    const templates = this._templates;
    const { reference, values } = templates;
    // The first beat of all is compared with itself.
    const isFirst = reference === NO_TEMPLATE;
    const windows = isFirst ? window : templates.windows;
    const origin = isFirst ? 0 : reference * WINDOW_STEPS;
    const usual = SHAPES + reference * SHAPE_MEASURES;
    const shift = values[SHIFT + reference]!;
    const height = values[usual + SHAPE_HEIGHT]!;
    raw[39] = values[LIKENESS + reference]!; // t_dr
    for (let measure = SHAPE_LOG_HEIGHT; measure <= SHAPE_LOG_AREA; measure++)
      raw[40 - SHAPE_LOG_HEIGHT + measure] = values[BEAT_SHAPE + measure]! - values[usual + measure]!; // t_amp t_wd t_wA t_wS t_steep t_area

    const level = window[COMPLEX_FIRST + shift]! - windows[origin + COMPLEX_FIRST]!;
    let difference = 0;
    for (let i = COMPLEX_FIRST; i < COMPLEX_FIRST + COMPLEX_STEPS; i++) {
      const away = window[i + shift]! - windows[origin + i]! - level;
      difference += away < 0 ? -away : away;
    }
    raw[46] = ratioQ10(difference, COMPLEX_STEPS * height, 3 * 1024); // t_ad

    const base = values[BEAT_SHAPE + SHAPE_BASE]! - values[usual + SHAPE_BASE]!;
    let higher = 0;
    difference = 0;
    for (let i = T_FIRST; i < T_FIRST + T_STEPS; i++) {
      const away = window[i]! - windows[origin + i]! - base;
      higher += away;
      difference += away < 0 ? -away : away;
    }
    raw[47] = ratioQ10(higher, T_STEPS * height, 2 * 1024); // t_td
    raw[48] = ratioQ10(difference, T_STEPS * height, 3 * 1024); // t_tad
    raw[49] = ratioQ10(values[BEAT_SHAPE + SHAPE_HIGH]! - values[usual + SHAPE_HIGH]!, height, 4 * 1024); // t_mx
    raw[50] = ratioQ10(values[BEAT_SHAPE + SHAPE_LOW]! - values[usual + SHAPE_LOW]!, height, 4 * 1024); // t_mn
    raw[51] = ratioQ10(values[BEAT_SHAPE + SHAPE_HIGH]!, values[BEAT_SHAPE + SHAPE_HEIGHT]!, 4 * 1024); // t_pos
    raw[52] = ratioQ10(values[usual + SHAPE_HIGH]!, height, 4 * 1024); // t_dpos

    let mean = 0;
    let usualMean = 0;
    for (let i = P_FIRST; i < P_FIRST + P_STEPS; i++) {
      mean += window[i + shift]!;
      usualMean += windows[origin + i]!;
    }
    mean = (mean / P_STEPS) | 0;
    usualMean = (usualMean / P_STEPS) | 0;
    let squares = 0;
    let usualSquares = 0;
    let products = 0;
    difference = 0;
    let highest = -P_DEVIATION_MAX;
    let lowest = P_DEVIATION_MAX;
    let usualHighest = -P_DEVIATION_MAX;
    let usualLowest = P_DEVIATION_MAX;
    let highestAt = P_FIRST;
    for (let i = P_FIRST; i < P_FIRST + P_STEPS; i++) {
      // Limited in place: two calls a step would be a percent of the whole beat.
      let value = window[i + shift]! - mean;
      if (value > P_DEVIATION_MAX) value = P_DEVIATION_MAX;
      else if (value < -P_DEVIATION_MAX) value = -P_DEVIATION_MAX;
      let usual = windows[origin + i]! - usualMean;
      if (usual > P_DEVIATION_MAX) usual = P_DEVIATION_MAX;
      else if (usual < -P_DEVIATION_MAX) usual = -P_DEVIATION_MAX;
      squares += value * value;
      usualSquares += usual * usual;
      products += value * usual;
      difference += value < usual ? usual - value : value - usual;
      if (value > highest) {
        highest = value;
        highestAt = i;
      }
      if (value < lowest) lowest = value;
      if (usual > usualHighest) usualHighest = usual;
      if (usual < usualLowest) usualLowest = usual;
    }
    const norm = Math.sqrt(squares * usualSquares) | 0;
    const likeness = norm > 0 ? ((products * 1024) / norm) | 0 : 0;
    this._pWave = likeness > 0 && (usualHighest - usualLowest) * P_WAVE_SHARE > height ? (likeness * 100) >> 10 : 0;
    raw[53] = likeness; // p_c
    raw[54] = ratioQ10(difference, P_STEPS * height, 2 * 1024); // p_d
    raw[55] = ratioQ10(highest - lowest, height, 2 * 1024); // p_amp
    raw[56] = ratioQ10(usualHighest - usualLowest, height, 2 * 1024); // p_damp
    raw[57] = ratioQ10(products, usualSquares + 1, 3 * 1024); // p_reg
    raw[58] = (highestAt - P_FIRST) * COUNT_STEP; // p_x
  }

  /** What the beat and the usual one look like by themselves. */
  private _appearance(window: Int16Array): void {
    const raw = this.raw;
    const { reference, values } = this._templates;
    const usual = SHAPES + reference * SHAPE_MEASURES;
    let bend = 0;
    let level = 0;
    let here = window[0]!;
    let slope = 0;
    for (let i = 1; i < WINDOW_STEPS; i++) {
      if (i === QUIET_END) {
        i = QUIET_BEGIN;
        here = window[i - 1]!;
        slope = window[i]! - here;
      }
      const after = window[i]!;
      level += after < 0 ? -after : after;
      const nextSlope = after - here;
      const turn = nextSlope - slope;
      bend += turn < 0 ? -turn : turn;
      slope = nextSlope;
      here = after;
    }
    const height = QUIET_STEPS * values[BEAT_SHAPE + SHAPE_HEIGHT]!;
    const noise = ratioQ10(20 * bend, height, 4 * 1024);
    raw[59] = values[BEAT_SHAPE + SHAPE_LOG_WIDTH]!; // a_wd
    raw[60] = values[BEAT_SHAPE + SHAPE_LOG_AREA_WIDTH]!; // a_wA
    raw[61] = values[BEAT_SHAPE + SHAPE_LOG_SLOPE_WIDTH]!; // a_wS
    raw[62] = values[BEAT_SHAPE + SHAPE_LOG_STEEPNESS]!; // a_steep
    raw[63] = values[BEAT_SHAPE + SHAPE_WAY]!; // a_compl
    raw[64] = noise; // a_hf
    raw[65] = ratioQ10(3 * level, height, 4 * 1024); // a_lf
    raw[66] = this._noise >> RECENT_BITS; // a_hfE
    raw[67] = values[usual + SHAPE_LOG_WIDTH]!; // a_dwd
    raw[68] = values[usual + SHAPE_LOG_AREA_WIDTH]!; // a_dwA
    raw[69] = values[usual + SHAPE_LOG_SLOPE_WIDTH]!; // a_dwS
    this._noise += noise - (this._noise >> RECENT_BITS);
  }

  /** The history of the beat's template. */
  private _cluster(matched: number): void {
    const raw = this.raw;
    const templates = this._templates;
    const { beats, lifetime, previous, previous2, reference, values } = templates;
    const isNew = matched === NO_TEMPLATE;
    const own = SHAPES + matched * SHAPE_MEASURES;
    const usual = SHAPES + reference * SHAPE_MEASURES;
    const old = SHAPES + lifetime * SHAPE_MEASURES;
    const areaWidth = values[own + SHAPE_LOG_AREA_WIDTH]!;
    const slopeWidth = values[own + SHAPE_LOG_SLOPE_WIDTH]!;
    const earlyLog = raw[2]!; // r_rr0_nrr
    const meanEarlyLog = isNew ? earlyLog : values[MEAN_EARLY_LOG + matched]!;
    raw[70] = !isNew && matched === reference ? FLAG : 0; // c_dom
    raw[71] = log2Q10(1 + values[BEATS + matched]!); // c_n
    raw[72] = values[SHARE + matched]! >> 6; // c_share
    raw[73] = meanEarlyLog; // c_prem
    raw[74] = isNew ? raw[3]! : values[MEAN_NEXT_LOG + matched]!; // c_comp
    raw[75] = isNew ? NEW_EARLY_Q10 : values[EARLY + matched]! >> 5; // c_P
    raw[76] = isNew ? NEW_ON_TIME_Q10 : values[ON_TIME + matched]! >> 5; // c_N
    raw[77] = isNew ? NEW_COMPENSATED_Q10 : values[COMPENSATED + matched]! >> 5; // c_C
    raw[78] = isNew ? 0 : log2Q10(1 + beats - values[LAST_BEAT + matched]!); // c_age
    raw[79] = values[own + SHAPE_LOG_WIDTH]! - values[usual + SHAPE_LOG_WIDTH]!; // c_wd
    raw[80] = areaWidth - values[usual + SHAPE_LOG_AREA_WIDTH]!; // c_wA
    raw[81] = slopeWidth - values[usual + SHAPE_LOG_SLOPE_WIDTH]!; // c_wS
    raw[82] = areaWidth; // c_awA
    raw[83] = slopeWidth; // c_awS
    raw[84] = isNew ? raw[39]! : matched === reference ? LIKENESS_ONE : templates.likenessOf(matched, reference); // c_dr
    raw[85] = isNew ? NEW_LIKENESS : values[LIKENESS + matched]!; // c_r
    raw[86] = values[own + SHAPE_LOG_HEIGHT]! - values[usual + SHAPE_LOG_HEIGHT]!; // c_amp
    raw[87] = templates.count * COUNT_STEP; // c_ntpl
    raw[88] = templates.secondLikeness; // c_second
    raw[89] = isNew ? FLAG : 0; // c_new
    raw[90] = !isNew && previous === matched ? this._run * COUNT_STEP : 0; // c_run
    raw[91] = !isNew && previous2 === matched ? FLAG : 0; // c_same2
    raw[92] = previous === reference ? FLAG : 0; // c_prevdom
    raw[93] = beats <= 1 || previous2 === reference ? FLAG : 0; // c_prev2dom
    raw[95] = values[SHARE + reference]! >> 6; // c_domshare
    raw[96] = values[EARLY + reference]! >> 5; // c_domP
    raw[97] = values[ON_TIME + reference]! >> 5; // c_domN
    raw[98] = meanEarlyLog - values[MEAN_EARLY_LOG + reference]!; // c_premrel
    raw[100] = earlyLog - meanEarlyLog; // c_pm_dev
    raw[101] = values[LIKENESS + lifetime]!; // c_dr2
    raw[102] = slopeWidth - values[old + SHAPE_LOG_SLOPE_WIDTH]!; // c_wS2
    raw[103] = areaWidth - values[old + SHAPE_LOG_AREA_WIDTH]!; // c_wA2
    raw[104] = this._newBeats >> 5; // c_newr
  }
}

/** part / whole, at most `most` either way. [1/1024] */
function ratioQ10(part: number, whole: number, most: number): number {
  const ratio = (part * 1024) / whole;
  return ratio > most ? most : ratio < -most ? -most : ratio | 0;
}

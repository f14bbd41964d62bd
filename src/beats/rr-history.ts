// RrHistory: the intervals before a beat as logarithms, with the statistics that tell an early beat from an irregular rhythm.
import { LOG2_OCTAVE, log2Q10 } from "../base/log2.js";
import { medianOf } from "../base/median.js";

/** Intervals that the statistics cover. Half a minute to a minute. */
const RR_COUNT = 48;
/** Intervals of which the share of jumps is also taken alone. */
const RECENT_COUNT = 16;
/** Intervals before the newest whose median is the rhythm of the moment. */
const LOCAL_COUNT = 8;
/** Intervals between two regular beats: their median, and their changes. */
const REGULAR_COUNT = 9;
const REGULAR_COUNT_MIN = 3;
/** Their median is out of date once so many beats have come since the last. */
const REGULAR_AGE_MAX = 16;
const CHANGE_COUNT = 32;

/** An interval that differs by more than 7 % from the one before has jumped. */
const JUMP_LOG = 100;
/** Largest change that counts: half an interval more or less. */
const CHANGE_LOG_MAX = 600;
/** Intervals are alike within 6 %, as in a sample entropy with r = 0.06. */
const ALIKE_LOG = 89;
/** A cell of the map of intervals and changes is 3 % wide: 1/44 of 1024. [per 2^16] */
const CELL_Q16 = 1489;

/** Usual interval before one is known: 200 samples, 0.8 s. */
const USUAL_LOG = 7827;

/** A fast run begins with an interval below 0.85 of the rhythm of the moment and lasts while they stay below 0.87 of that. */
const RUN_BEGIN_LOG = -240;
const RUN_END_LOG = -206;

/** The running mean follows by 1/16 at first and by 1/128 from the 128th beat on; the slow one by 1/512. */
const MEAN_RATE_FIRST = 16;
const MEAN_RATE_LAST = 128;
const SLOW_RATE_LAST = 512;
/** Fraction bits of the running means beyond those of a logarithm. */
const MEAN_BITS = 10;

/** Nothing is allocated after the constructor. Every logarithm is to base 2 with 1024 to the octave, of an interval in samples. */
export class RrHistory {
  /** The last intervals; the newest is before `#end`. */
  readonly #log = new Int16Array(RR_COUNT);
  /** How far each was from the one before. */
  readonly #change = new Int16Array(RR_COUNT);
  readonly #cell = new Int32Array(RR_COUNT);
  readonly #sorted = new Int16Array(RR_COUNT);
  #end = 0;
  #count = 0;
  #rank = 0;
  #jumps = 0;
  #recentJumps = 0;
  #changeSum = 0;
  #cells = 0;
  #pairs = 0;
  #triples = 0;

  readonly #regular = new Int16Array(REGULAR_COUNT);
  #regularCount = 0;
  readonly #regularChange = new Int16Array(CHANGE_COUNT);
  #regularChangeCount = 0;
  #regularChangeSum = 0;
  #regularJumps = 0;
  #lastRegularLog = -1;
  #regularAge = 0;
  readonly #scratch = new Array<number>(REGULAR_COUNT).fill(0);

  #intervals = 0;
  #mean = USUAL_LOG << MEAN_BITS;
  #slow = USUAL_LOG << MEAN_BITS;

  /** Interval before the beat. */
  log = USUAL_LOG;
  medianLog = USUAL_LOG;
  /** Median of the eight intervals before it. */
  localLog = USUAL_LOG;
  /** Median of the last intervals between regular beats; that of all if there are too few. */
  regularLog = USUAL_LOG;
  /** The rhythm that a fast run broke, 0 outside of one. */
  runBaseLog = 0;
  /** Beats of that run so far. */
  runBeats = 0;

  /** Intervals that the statistics cover: 0 .. 48. */
  get count(): number {
    return this.#count;
  }
  /** Share of intervals that are shorter. [1/1024] */
  get rankQ10(): number {
    return this.#count > 0 ? ((this.#rank << 10) / this.#count) | 0 : 512;
  }
  /** Running means of all intervals before this one. */
  get meanLog(): number {
    return this.#mean >> MEAN_BITS;
  }
  get slowLog(): number {
    return this.#slow >> MEAN_BITS;
  }
  /** Share of intervals that jumped. [1/1024] */
  get jumpsQ10(): number {
    return this.#count > 1 ? ((this.#jumps << 10) / (this.#count - 1)) | 0 : 0;
  }
  get recentJumpsQ10(): number {
    const count = this.#count - 1 < RECENT_COUNT ? this.#count - 1 : RECENT_COUNT;
    return count > 0 ? ((this.#recentJumps << 10) / count) | 0 : 0;
  }
  /** Mean change from interval to interval. */
  get changeLog(): number {
    return this.#count > 1 ? (this.#changeSum / (this.#count - 1)) | 0 : 0;
  }
  /** Cells of the map of intervals and changes that are taken, over the intervals. [1/1024] */
  get cellsQ10(): number {
    return this.#count > 1 ? ((this.#cells << 10) / (this.#count - 1)) | 0 : 0;
  }
  /** Sample entropy: how much rarer pairs of alike intervals are followed by alike ones. [log2] */
  get entropyLog(): number {
    return log2Q10(this.#pairs + 1) - log2Q10(this.#triples + 1);
  }
  /** Mean change and share of jumps between regular beats. */
  get regularChangeLog(): number {
    const count = this.#regularChangeCount < CHANGE_COUNT ? this.#regularChangeCount : CHANGE_COUNT;
    return count > 0 ? (this.#regularChangeSum / count) | 0 : 0;
  }
  get regularJumpsQ10(): number {
    const count = this.#regularChangeCount < CHANGE_COUNT ? this.#regularChangeCount : CHANGE_COUNT;
    return count > 0 ? ((this.#regularJumps << 10) / count) | 0 : 0;
  }

  /** The interval `back` beats before this one's, or the median where none is known. @param back 0 .. 47 */
  logBack(back: number): number {
    if (back >= this.#count) return this.medianLog;
    let at = this.#end - 1 - back;
    if (at < 0) at += RR_COUNT;
    return this.#log[at]!;
  }

  /** Quantile of the intervals. @param eighths 0 .. 8 */
  quantileLog(eighths: number): number {
    const count = this.#count;
    if (count === 0) return this.medianLog;
    const at = (count * eighths) >> 3;
    return this.#sorted[at < count ? at : count - 1]!;
  }

  /** Half the distance between the quartiles. */
  get spreadLog(): number {
    return (this.quantileLog(6) - this.quantileLog(2)) >> 1;
  }

  /** A beat without a known interval before it: the first, or the first after a gap. */
  beginWithout(): void {
    this.log = this.medianLog;
    this.#lastRegularLog = -1;
    this.runBaseLog = 0;
    this.runBeats = 0;
  }

  /** A beat came. @param rrSamples 1 .. 2000 */
  add(rrSamples: number): void {
    const log = log2Q10(rrSamples);
    this.localLog = this.#localMedian();
    if (this.#count === RR_COUNT) this.#dropOldest();
    this.#append(log);
    this.log = log;
    const count = this.#count;
    this.medianLog = (this.#sorted[(count - 1) >> 1]! + this.#sorted[count >> 1]!) >> 1;
    if (count === 1) this.localLog = log;
    this.regularLog = this.#regularCount >= REGULAR_COUNT_MIN && this.#regularAge < REGULAR_AGE_MAX ? medianOf(this.#regular, this.#regularCount < REGULAR_COUNT ? this.#regularCount : REGULAR_COUNT, this.#scratch) : this.medianLog;
    this.#followRun(log);
    if (this.#intervals === 0) {
      this.#mean = log << MEAN_BITS;
      this.#slow = log << MEAN_BITS;
    }
  }

  /** The beat has been judged; now its interval counts. @param regular whether it and the beat before resemble the patient's usual beats */
  settle(regular: boolean): void {
    const log = this.log;
    this.#intervals++;
    const intervals = this.#intervals;
    const meanRate = intervals < MEAN_RATE_FIRST ? MEAN_RATE_FIRST : intervals < MEAN_RATE_LAST ? intervals : MEAN_RATE_LAST;
    this.#mean += (((log << MEAN_BITS) - this.#mean) / meanRate) | 0;
    const slow = this.#slow;
    const limited = log > (slow >> MEAN_BITS) + LOG2_OCTAVE ? slow + (LOG2_OCTAVE << MEAN_BITS) : log << MEAN_BITS;
    this.#slow = slow + (((limited - slow) / (intervals < SLOW_RATE_LAST ? intervals + 1 : SLOW_RATE_LAST)) | 0);
    this.#regularAge++;
    if (!regular) {
      this.#lastRegularLog = -1;
      return;
    }
    this.#regular[this.#regularCount % REGULAR_COUNT] = log;
    this.#regularCount++;
    this.#regularAge = 0;
    if (this.#lastRegularLog >= 0) this.#addRegularChange(log < this.#lastRegularLog ? this.#lastRegularLog - log : log - this.#lastRegularLog);
    this.#lastRegularLog = log;
  }

  #addRegularChange(change: number): void {
    const at = this.#regularChangeCount % CHANGE_COUNT;
    const limited = change > CHANGE_LOG_MAX ? CHANGE_LOG_MAX : change;
    if (this.#regularChangeCount >= CHANGE_COUNT) {
      const old = this.#regularChange[at]!;
      this.#regularChangeSum -= old;
      if (old > JUMP_LOG) this.#regularJumps--;
    }
    this.#regularChange[at] = limited;
    this.#regularChangeCount++;
    this.#regularChangeSum += limited;
    if (limited > JUMP_LOG) this.#regularJumps++;
  }

  #followRun(log: number): void {
    if (this.runBaseLog > 0) {
      if (log > this.runBaseLog + RUN_END_LOG) this.runBaseLog = 0;
      else this.runBeats++;
    }
    if (this.runBaseLog === 0) {
      if (log < this.localLog + RUN_BEGIN_LOG) {
        this.runBaseLog = this.localLog;
        this.runBeats = 1;
      } else this.runBeats = 0;
    }
  }

  #append(log: number): void {
    const logs = this.#log;
    const count = this.#count;
    const end = this.#end;
    let cell = -1;
    let change = 0;
    if (count > 0) {
      const last = end === 0 ? RR_COUNT - 1 : end - 1;
      const lastLog = logs[last]!;
      const signed = log - lastLog;
      change = signed < 0 ? -signed : signed;
      if (change > CHANGE_LOG_MAX) change = CHANGE_LOG_MAX;
      this.#changeSum += change;
      if (change > JUMP_LOG) {
        this.#jumps++;
        this.#recentJumps++;
      }
      const recentCount = count - 1;
      if (recentCount >= RECENT_COUNT && this.#change[(end - RECENT_COUNT + RR_COUNT) % RR_COUNT]! > JUMP_LOG) this.#recentJumps--;
      cell = cellOf(log, signed);
      if (!this.#hasCell(cell, count)) this.#cells++;
      this.#countPairs(last, log);
    }
    logs[end] = log;
    this.#change[end] = change;
    this.#cell[end] = cell;
    this.#end = end + 1 === RR_COUNT ? 0 : end + 1;
    this.#count = count + 1;
    this.#insertSorted(log, count);
  }

  /** Pairs of the newest interval so far with those before it, and whether what follows (`log` after the newest) is alike too. */
  #countPairs(last: number, log: number): void {
    const logs = this.#log;
    const lastLog = logs[last]!;
    const count = this.#count - 1;
    let at = last - count;
    if (at < 0) at += RR_COUNT;
    let pairs = 0;
    let triples = 0;
    let here = logs[at]!;
    for (let i = 0; i < count; i++) {
      at = at + 1 === RR_COUNT ? 0 : at + 1;
      const after = logs[at]!;
      const difference = here - lastLog;
      if (difference < ALIKE_LOG && difference > -ALIKE_LOG) {
        pairs++;
        const following = after - log;
        if (following < ALIKE_LOG && following > -ALIKE_LOG) triples++;
      }
      here = after;
    }
    this.#pairs += pairs;
    this.#triples += triples;
  }

  #dropOldest(): void {
    const logs = this.#log;
    const oldest = this.#end;
    const oldestLog = logs[oldest]!;
    let at = oldest + 1 === RR_COUNT ? 0 : oldest + 1;
    const second = at;
    const secondLog = logs[second]!;
    let here = secondLog;
    let pairs = 0;
    let triples = 0;
    for (let i = 0; i < RR_COUNT - 2; i++) {
      at = at + 1 === RR_COUNT ? 0 : at + 1;
      const after = logs[at]!;
      const difference = here - oldestLog;
      if (difference < ALIKE_LOG && difference > -ALIKE_LOG) {
        pairs++;
        const following = after - secondLog;
        if (following < ALIKE_LOG && following > -ALIKE_LOG) triples++;
      }
      here = after;
    }
    this.#pairs -= pairs;
    this.#triples -= triples;
    // The change of the second oldest is from an interval that is no longer there.
    const change = this.#change[second]!;
    this.#changeSum -= change;
    if (change > JUMP_LOG) this.#jumps--;
    const cell = this.#cell[second]!;
    this.#cell[second] = -1;
    this.#change[second] = 0;
    this.#count = RR_COUNT - 1;
    if (!this.#hasCell(cell, RR_COUNT - 1)) this.#cells--;
    this.#removeSorted(oldestLog);
  }

  #hasCell(cell: number, count: number): boolean {
    const cells = this.#cell;
    let at = this.#end;
    for (let i = 0; i < count; i++) {
      at = at === 0 ? RR_COUNT - 1 : at - 1;
      if (cells[at] === cell) return true;
    }
    return false;
  }

  #insertSorted(log: number, count: number): void {
    const sorted = this.#sorted;
    let at = count;
    while (at > 0) {
      const below = sorted[at - 1]!;
      if (below < log) break;
      sorted[at] = below;
      at--;
    }
    sorted[at] = log;
    this.#rank = at;
  }

  #removeSorted(log: number): void {
    const sorted = this.#sorted;
    let at = 0;
    while (sorted[at] !== log) at++;
    for (; at < RR_COUNT - 1; at++) sorted[at] = sorted[at + 1]!;
  }

  /** Median of the newest intervals. */
  #localMedian(): number {
    const count = this.#count < LOCAL_COUNT ? this.#count : LOCAL_COUNT;
    if (count === 0) return this.medianLog;
    const scratch = this.#scratch;
    let at = this.#end;
    for (let i = 0; i < count; i++) {
      at = at === 0 ? RR_COUNT - 1 : at - 1;
      scratch[i] = this.#log[at]!;
    }
    return medianOf(scratch, count, scratch);
  }
}

/** One number for a cell of the map: intervals up to 11 octaves, changes up to 11 either way. */
function cellOf(log: number, change: number): number {
  return (((log * CELL_Q16) >> 16) << 10) + ((change * CELL_Q16) >> 16) + 512;
}

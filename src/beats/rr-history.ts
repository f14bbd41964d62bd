// RrHistory: the intervals before a beat as logarithms, with the statistics that tell an early beat from an irregular rhythm.
import { LOG2_OCTAVE, log2Q10 } from "../base/log2.js";
import { medianOfLast } from "../base/median.js";

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

/** Parts of the memory, which is one array, as each costs 128 bytes of RAM beside its elements: the last intervals (the newest is before `_end`), ... */
const LOGS = 0;
/** ... how far each was from the one before, ... */
const CHANGES = LOGS + RR_COUNT;
/** ... all of them in order, ... */
const SORTED = CHANGES + RR_COUNT;
/** ... the last intervals between regular beats and the newest of all, as they came and sorted, and the changes of the former. */
const REGULARS = SORTED + RR_COUNT;
const LOCALS = REGULARS + 2 * REGULAR_COUNT;
const REGULAR_CHANGES = LOCALS + 2 * LOCAL_COUNT;
const MEMORY_WORDS = REGULAR_CHANGES + CHANGE_COUNT;

/** Nothing is allocated after the constructor. Every logarithm is to base 2 with 1024 to the octave, of an interval in samples. */
export class RrHistory {
  private readonly _memory = new Int16Array(MEMORY_WORDS);
  /** Cell of the map for each interval, -1 for the oldest. */
  private readonly _cell = new Int32Array(RR_COUNT);
  private _end = 0;
  private _count = 0;
  private _rank = 0;
  private _jumps = 0;
  private _recentJumps = 0;
  private _changeSum = 0;
  private _cells = 0;
  private _pairs = 0;
  private _triples = 0;

  private _regularCount = 0;
  private _regularChangeEnd = 0;
  private _regularChangeCount = 0;
  private _regularChangeSum = 0;
  private _regularJumps = 0;
  private _lastRegularLog = -1;
  private _regularAge = 0;
  /** Median of the last regular intervals, and that of the newest of all. */
  private _regularMedianLog = 0;
  private _newestMedianLog = 0;

  private _intervals = 0;
  private _mean = USUAL_LOG << MEAN_BITS;
  private _slow = USUAL_LOG << MEAN_BITS;

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

  /** Share of intervals that are shorter. [1/1024] */
  get rankQ10(): number {
    return this._count > 0 ? ((this._rank << 10) / this._count) | 0 : 512;
  }
  /** Running means of all intervals before this one. */
  get meanLog(): number {
    return this._mean >> MEAN_BITS;
  }
  get slowLog(): number {
    return this._slow >> MEAN_BITS;
  }
  // Of no change at all each of these is 0 / 0, which `| 0` makes 0.
  /** Share of intervals that jumped. [1/1024] */
  get jumpsQ10(): number {
    return ((this._jumps << 10) / (this._count - 1)) | 0;
  }
  get recentJumpsQ10(): number {
    const changes = this._count - 1;
    return ((this._recentJumps << 10) / (changes < RECENT_COUNT ? changes : RECENT_COUNT)) | 0;
  }
  /** Mean change from interval to interval. */
  get changeLog(): number {
    return (this._changeSum / (this._count - 1)) | 0;
  }
  /** Cells of the map of intervals and changes that are taken, over the intervals. [1/1024] */
  get cellsQ10(): number {
    return ((this._cells << 10) / (this._count - 1)) | 0;
  }
  /** Mean change and share of jumps between regular beats. */
  get regularChangeLog(): number {
    return (this._regularChangeSum / this._regularChangeCount) | 0;
  }
  get regularJumpsQ10(): number {
    return ((this._regularJumps << 10) / this._regularChangeCount) | 0;
  }
  /** Sample entropy: how much rarer pairs of alike intervals are followed by alike ones. [log2] */
  get entropyLog(): number {
    return log2Q10(this._pairs + 1) - log2Q10(this._triples + 1);
  }

  /** The interval `back` beats before this one's, or the median where none is known. @param back 0 .. 47 */
  logBack(back: number): number {
    return back < this._count ? this._memory[LOGS + ((this._end + RR_COUNT - 1 - back) % RR_COUNT)]! : this.medianLog;
  }

  /** Quantile of the intervals. @param eighths 0 .. 7 */
  quantileLog(eighths: number): number {
    return this._count === 0 ? this.medianLog : this._memory[SORTED + ((this._count * eighths) >> 3)]!;
  }

  /** A beat without a known interval before it: the first, or the first after a gap. */
  beginWithout(): void {
    this.log = this.medianLog;
    this._lastRegularLog = -1;
    this.runBaseLog = 0;
    this.runBeats = 0;
  }

  /** A beat came. @param rrSamples 1 .. 2000 */
  add(rrSamples: number): void {
    const log = log2Q10(rrSamples);
    this.localLog = this._count > 0 ? this._newestMedianLog : log;
    this._newestMedianLog = medianOfLast(this._memory, LOCALS, LOCAL_COUNT, this._intervals, log);
    if (this._count === RR_COUNT) this._dropOldest();
    this._append(log);
    this.log = log;
    const count = this._count;
    this.medianLog = (this._memory[SORTED + ((count - 1) >> 1)]! + this._memory[SORTED + (count >> 1)]!) >> 1;
    this.regularLog = this._regularCount >= REGULAR_COUNT_MIN && this._regularAge < REGULAR_AGE_MAX ? this._regularMedianLog : this.medianLog;
    this._followRun();
    if (this._intervals === 0) {
      this._mean = log << MEAN_BITS;
      this._slow = log << MEAN_BITS;
    }
  }

  /** The beat has been judged; now its interval counts. @param regular whether it and the beat before resemble the patient's usual beats */
  settle(regular: boolean): void {
    const log = this.log;
    const intervals = ++this._intervals;
    const meanRate = intervals < MEAN_RATE_FIRST ? MEAN_RATE_FIRST : intervals < MEAN_RATE_LAST ? intervals : MEAN_RATE_LAST;
    this._mean += (((log << MEAN_BITS) - this._mean) / meanRate) | 0;
    const slow = this._slow;
    const limited = log > (slow >> MEAN_BITS) + LOG2_OCTAVE ? slow + (LOG2_OCTAVE << MEAN_BITS) : log << MEAN_BITS;
    this._slow = slow + (((limited - slow) / (intervals < SLOW_RATE_LAST ? intervals + 1 : SLOW_RATE_LAST)) | 0);
    this._regularAge++;
    if (!regular) {
      this._lastRegularLog = -1;
      return;
    }
    this._regularMedianLog = medianOfLast(this._memory, REGULARS, REGULAR_COUNT, this._regularCount++, log);
    this._regularAge = 0;
    if (this._lastRegularLog >= 0) this._addRegularChange(log - this._lastRegularLog);
    this._lastRegularLog = log;
  }

  private _addRegularChange(signed: number): void {
    const memory = this._memory;
    const at = REGULAR_CHANGES + this._regularChangeEnd;
    const old = memory[at]!;
    let change = signed < 0 ? -signed : signed;
    if (change > CHANGE_LOG_MAX) change = CHANGE_LOG_MAX;
    memory[at] = change;
    this._regularChangeEnd = (this._regularChangeEnd + 1) % CHANGE_COUNT;
    if (this._regularChangeCount < CHANGE_COUNT) this._regularChangeCount++;
    this._regularChangeSum += change - old;
    if (change > JUMP_LOG) this._regularJumps++;
    if (old > JUMP_LOG) this._regularJumps--;
  }

  private _followRun(): void {
    const log = this.log;
    if (this.runBaseLog > 0 && log <= this.runBaseLog + RUN_END_LOG) {
      this.runBeats++;
      return;
    }
    const begins = log < this.localLog + RUN_BEGIN_LOG;
    this.runBaseLog = begins ? this.localLog : 0;
    this.runBeats = begins ? 1 : 0;
  }

  private _append(log: number): void {
    const memory = this._memory;
    const count = this._count;
    const end = this._end;
    let cell = -1;
    let change = 0;
    if (count > 0) {
      const last = (end + RR_COUNT - 1) % RR_COUNT;
      const signed = log - memory[LOGS + last]!;
      change = signed < 0 ? -signed : signed;
      if (change > CHANGE_LOG_MAX) change = CHANGE_LOG_MAX;
      this._changeSum += change;
      if (change > JUMP_LOG) {
        this._jumps++;
        this._recentJumps++;
      }
      if (memory[CHANGES + ((end - RECENT_COUNT + RR_COUNT) % RR_COUNT)]! > JUMP_LOG) this._recentJumps--;
      cell = cellOf(log, signed);
      if (!this._cell.includes(cell)) this._cells++;
      // Pairs of the newest interval so far with those before it, and whether what follows is alike too.
      this._addPairs((last - count + 1 + RR_COUNT) % RR_COUNT, count - 1, memory[LOGS + last]!, log, 1);
    }
    memory[LOGS + end] = log;
    memory[CHANGES + end] = change;
    this._cell[end] = cell;
    this._end = (end + 1) % RR_COUNT;
    const at = this._placeOf(log);
    memory.copyWithin(at + 1, at, SORTED + count);
    memory[at] = log;
    this._rank = at - SORTED;
    this._count = count + 1;
  }

  private _dropOldest(): void {
    const memory = this._memory;
    const oldest = this._end;
    const oldestLog = memory[LOGS + oldest]!;
    const second = (oldest + 1) % RR_COUNT;
    this._addPairs(second, RR_COUNT - 2, oldestLog, memory[LOGS + second]!, -1);
    // The change of the second oldest is from an interval that is no longer there.
    const change = memory[CHANGES + second]!;
    this._changeSum -= change;
    if (change > JUMP_LOG) this._jumps--;
    const cell = this._cell[second]!;
    this._cell[second] = -1;
    memory[CHANGES + second] = 0;
    if (!this._cell.includes(cell)) this._cells--;
    const at = this._placeOf(oldestLog);
    memory.copyWithin(at, at + 1, SORTED + RR_COUNT);
    this._count = RR_COUNT - 1;
  }

  /** Counts the intervals from place `first` on that are like `log`, and those of them whose follower is like `next`. */
  private _addPairs(first: number, count: number, log: number, next: number, sign: number): void {
    const memory = this._memory;
    let at = first;
    let here = memory[LOGS + at]!;
    let pairs = 0;
    let triples = 0;
    for (let i = 0; i < count; i++) {
      at = (at + 1) % RR_COUNT;
      const after = memory[LOGS + at]!;
      const difference = here - log;
      if (difference < ALIKE_LOG && difference > -ALIKE_LOG) {
        pairs++;
        const following = after - next;
        if (following < ALIKE_LOG && following > -ALIKE_LOG) triples++;
      }
      here = after;
    }
    this._pairs += sign * pairs;
    this._triples += sign * triples;
  }

  /** Where the first sorted interval lies that is not shorter. */
  private _placeOf(log: number): number {
    const memory = this._memory;
    let first = SORTED;
    let end = SORTED + this._count;
    while (first < end) {
      const middle = (first + end) >> 1;
      if (memory[middle]! < log) first = middle + 1;
      else end = middle;
    }
    return first;
  }
}

/** One number for a cell of the map: intervals up to 11 octaves, changes up to 11 either way. */
function cellOf(log: number, change: number): number {
  return (((log * CELL_Q16) >> 16) << 10) + ((change * CELL_Q16) >> 16) + 512;
}

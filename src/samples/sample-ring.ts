// SampleRing: carries samples from the core that reads the AFE to the core that judges them, without locks, over shared memory.
import { assert } from "../base/assert.js";
import type { AfeReading, AfeStatus } from "../contracts/afe.js";
import { AFE_BUS_ERROR, AFE_OK, AFE_WRONG_CHIP } from "../contracts/afe.js";
import type { SampleBlock } from "../vocabulary/sample.js";

/** Room for 4 s of samples at 250/s: twice as long as a TLS handshake keeps the other side busy. A power of two. [words] */
const RING_WORDS = 1024;
const RING_MASK = RING_WORDS - 1;

// Header words.
/** Words written and words read since the start, modulo 2^32. Each has one writer. */
const WRITTEN = 0;
const READ = 1;
/** AFE_* of the latest attempt to read the AFE. */
const STATUS = 2;
const HEADER_WORDS = 4;

/** What `SampleRing` wants of memory. [bytes] */
export const SAMPLE_RING_BYTES = 4 * (HEADER_WORDS + RING_WORDS);

/*
 * A word is a sample (bits 0 to 15, with flags), a gap (bit 30, and in the bits below how many samples were lost) or an interval from R to R that the AFE has
 * measured (bit 29, and in the bits below its milliseconds). The words of a block
 * are written first and published by one atomic store of WRITTEN, which the other side loads before it reads them; the same in the other
 * direction with READ keeps the writer out of words that are being read.
 */
const LEAD_OFF_BIT = 0x1_0000;
const SATURATED_BIT = 0x2_0000;
const LATE_BIT = 0x4_0000;
const R_TO_R_BIT = 0x2000_0000;
const R_TO_R_MS = R_TO_R_BIT - 1;
const GAP_BIT = 0x4000_0000;
const GAP_SAMPLES_MAX = GAP_BIT - 1;

/** One side writes with `put`, `putRToR` and `setStatus`, the other reads with `take`; each has an object of its own over the same memory. */
export class SampleRing {
  private readonly _words: Int32Array;
  private readonly _onRToR: ((intervalMs: number) => void) | undefined;
  /** Samples that found no room, or were lost before that. */
  private _lostSamples = 0;

  /**
   * @param memory SAMPLE_RING_BYTES, zeros at first; a SharedArrayBuffer if the sides are on different threads
   * @param onRToR reader: hears of intervals, out of `take` and among the samples where they were put
   */
  constructor(memory: SharedArrayBuffer | ArrayBuffer, onRToR?: (intervalMs: number) => void) {
    assert(memory.byteLength === SAMPLE_RING_BYTES, "SampleRing: the memory must have SAMPLE_RING_BYTES");
    this._words = new Int32Array(memory);
    this._onRToR = onRToR;
  }

  /** Writer: appends a block. If there is no room for it, its samples are lost, and the next block that fits comes after a gap. */
  put(block: SampleBlock): void {
    const words = this._words;
    const { count, samplesUv, lateSamples } = block;
    let written = Atomics.load(words, WRITTEN);
    const free = RING_WORDS - ((written - Atomics.load(words, READ)) | 0);
    const lost = this._lostSamples + block.gapSamples;
    if (free < count + 1) {
      this._lostSamples = lost + count;
      return;
    }
    this._lostSamples = 0;
    if (lost > 0) {
      words[HEADER_WORDS + (written & RING_MASK)] = GAP_BIT | (lost < GAP_SAMPLES_MAX ? lost : GAP_SAMPLES_MAX);
      written = (written + 1) | 0;
    }
    const flags = (block.leadOff ? LEAD_OFF_BIT : 0) | (block.saturated ? SATURATED_BIT : 0);
    for (let index = 0; index < count; index++) {
      const late = index < lateSamples ? LATE_BIT : 0;
      words[HEADER_WORDS + (written & RING_MASK)] = ((samplesUv[index] as number) & 0xffff) | flags | late;
      written = (written + 1) | 0;
    }
    Atomics.store(words, WRITTEN, written);
  }

  /** Writer: passes on what the AFE has measured. Without room nobody hears of it. */
  putRToR(intervalMs: number): void {
    const words = this._words;
    const written = Atomics.load(words, WRITTEN);
    if (((written - Atomics.load(words, READ)) | 0) === RING_WORDS) return;
    words[HEADER_WORDS + (written & RING_MASK)] = R_TO_R_BIT | intervalMs;
    Atomics.store(words, WRITTEN, (written + 1) | 0);
  }

  /** Writer: tells how the latest attempt to read the AFE went. */
  setStatus(status: AfeStatus): void {
    Atomics.store(this._words, STATUS, status);
  }

  /** Reader: takes what fits into `into`, up to the next gap. @returns the writer's status, AFE_OK with samples */
  take(into: AfeReading): AfeStatus {
    const words = this._words;
    const samplesUv = into.samplesUv;
    const room = samplesUv.length;
    // Before the samples: what was written before the status was is then among them.
    const status = Atomics.load(words, STATUS);
    let read = Atomics.load(words, READ);
    let unread = (Atomics.load(words, WRITTEN) - read) | 0;
    let count = 0;
    let lost = 0;
    let late = 0;
    let flags = 0;
    while (unread > 0 && count < room) {
      const word = words[HEADER_WORDS + (read & RING_MASK)] as number;
      if (word >= GAP_BIT) {
        if (count > 0) break;
        lost += word & GAP_SAMPLES_MAX;
      } else if (word >= R_TO_R_BIT) {
        this._onRToR?.(word & R_TO_R_MS);
      } else {
        samplesUv[count++] = (word << 16) >> 16;
        flags |= word;
        if ((word & LATE_BIT) !== 0) late++;
      }
      read = (read + 1) | 0;
      unread--;
    }
    Atomics.store(words, READ, read);
    into.count = count;
    into.leadOff = (flags & LEAD_OFF_BIT) !== 0;
    into.saturated = (flags & SATURATED_BIT) !== 0;
    into.overrun = lost > 0;
    into.lostSamples = lost;
    into.lateSamples = late;
    into.more = unread > 0;
    if (count > 0 || (status !== AFE_BUS_ERROR && status !== AFE_WRONG_CHIP)) return AFE_OK;
    return status;
  }
}

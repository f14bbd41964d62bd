// Acquirer: drains the AFE, gives every sample a number and marks what was lost.
import { assert } from "../base/assert.js";
import type { Afe, AfeReading, AfeStatus } from "../contracts/afe.js";
import { AFE_BUS_ERROR, AFE_OK } from "../contracts/afe.js";
import type { SampleBlock } from "../vocabulary/sample.js";
import { SAMPLE_RATE_HZ } from "../vocabulary/sample.js";

/** Room for the largest FIFO of the supported AFEs, and the largest block. [samples] */
export const BLOCK_SAMPLES_MAX = 32;
/** A sensor that was not there at start, or went away, is tried again this often. [ms] */
export const AFE_RETRY_MS = 1000;

/**
 * Turns AFE readings into numbered blocks. Sample numbers follow time: where the chip lost samples (FIFO overflow, bus fault, unplugged)
 * the numbers jump by the time that passed, to within one sample, and `gapSamples` says so. Nothing after a gap is ever shifted.
 */
export class Acquirer {
  // XS looks for a property from the first on: those of every tick come first.
  private _afe: Afe | undefined = undefined;
  /** The block of the last `poll` that returned true; overwritten by the next. It is what the AFE's readings go into, too. */
  readonly block: SampleBlock & AfeReading = {
    samplesUv: new Int32Array(BLOCK_SAMPLES_MAX), count: 0, leadOff: false, saturated: false, overrun: false, gapSamples: 0, firstSample: 0, lateSamples: 0, more: false,
    lostSamples: 0,
  };

  // Written here alone. Not properties with a getter: one call more a tick takes as long as three samples in C.
  /** Outcome of the last read; anything but AFE_OK is a technical fault. */
  status: AfeStatus = AFE_OK;
  /** Does the AFE hold more than the last `poll` took? */
  hasMore = false;
  /** Number that the next sample will get. */
  nextSample = 0;
  private _gapPending = false;
  private _lastReadMs = 0;
  /** Samples lost since start. */
  lostSamples = 0;
  /** Samples taken off their instants since start. */
  lateSamples = 0;
  private _nextOpenMs = 0;
  /** Of the gap that is pending, what the AFE has told. */
  private _knownLost = 0;
  private readonly _openAfe: () => Afe;

  /** @param openAfe opens and configures the AFE; throws if it is not there. */
  constructor(openAfe: () => Afe) {
    this._openAfe = openAfe;
  }

  get afeModel(): string {
    return this._afe?.identification.model ?? "none";
  }

  /**
   * Reads what the AFE holds. Does not allocate once the AFE is open.
   * @param nowMs a counter of milliseconds of which the lower 32 bits count
   * @returns true if `block` has new samples.
   */
  poll(nowMs: number): boolean {
    const afe = this._afe ?? this._tryOpen(nowMs);
    if (!afe) return false;
    const block = this.block;
    const leadOff = block.leadOff;
    const status = afe.sample(block);
    this.status = status;
    if (status !== AFE_OK) {
      // Nobody knows: what was is taken to go on.
      block.leadOff = leadOff;
      this.hasMore = false;
      this._gapPending = true;
      return false;
    }
    this.hasMore = block.more;
    if (block.overrun) {
      this._gapPending = true;
      this._knownLost += block.lostSamples;
    }
    const count = block.count;
    if (count === 0) return false;
    let firstSample = this.nextSample;
    if (this._gapPending) firstSample += this._endGap(count, nowMs);
    else block.gapSamples = 0;
    if (block.lateSamples > 0) this.lateSamples += block.lateSamples;
    this._lastReadMs = nowMs;
    block.firstSample = firstSample;
    this.nextSample = firstSample + count;
    return true;
  }

  /**
   * @returns how many samples are missing before the block: what the AFE says; or else what time says: both reads emptied the FIFO, so what lies
   * between them beyond `count` was lost
   */
  private _endGap(count: number, nowMs: number): number {
    let gapSamples = this._knownLost;
    if (gapSamples === 0) {
      // An integer by `| 0`: XS goes on counting in floating point with a number that has been through it once.
      const elapsedSamples = Math.round((((nowMs - this._lastReadMs) >>> 0) * SAMPLE_RATE_HZ) / 1000) | 0;
      gapSamples = elapsedSamples > count ? elapsedSamples - count : 1;
    }
    this.block.gapSamples = gapSamples;
    this.lostSamples += gapSamples;
    this._gapPending = false;
    this._knownLost = 0;
    return gapSamples;
  }

  private _tryOpen(nowMs: number): Afe | undefined {
    if (((nowMs - this._nextOpenMs) | 0) < 0) return undefined;
    let afe: Afe | undefined;
    try {
      afe = this._openAfe();
    } catch {
      this.status = AFE_BUS_ERROR;
      this._nextOpenMs = nowMs + AFE_RETRY_MS;
      this._gapPending = true;
    }
    assert(!afe || (afe.sampleRateHz === SAMPLE_RATE_HZ && afe.fifoSamples <= BLOCK_SAMPLES_MAX), "Acquirer: the AFE's rate or FIFO");
    return (this._afe = afe);
  }
}

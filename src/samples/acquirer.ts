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
  private readonly _openAfe: () => Afe;
  private readonly _reading: AfeReading = {
    samplesUv: new Int32Array(BLOCK_SAMPLES_MAX), count: 0, leadOff: false, saturated: false, overrun: false, lostSamples: 0, lateSamples: 0, more: false,
  };
  /** The block of the last `poll` that returned true; overwritten by the next. */
  readonly block: SampleBlock = {
    firstSample: 0, count: 0, samplesUv: this._reading.samplesUv, gapSamples: 0, lateSamples: 0, leadOff: false, saturated: false,
  };

  private _afe: Afe | undefined;
  private _nextSample = 0;
  private _lastReadMs = 0;
  private _nextOpenMs = 0;
  private _gapPending = false;
  /** Of the gap that is pending, what the AFE has told. */
  private _knownLost = 0;
  private _lostSamples = 0;
  private _lateSamples = 0;
  private _status: AfeStatus = AFE_OK;

  /** @param openAfe opens and configures the AFE; throws if it is not there. */
  constructor(openAfe: () => Afe) {
    this._openAfe = openAfe;
  }

  /** Outcome of the last read; anything but AFE_OK is a technical fault. */
  get status(): AfeStatus {
    return this._status;
  }

  /** Samples lost since start. */
  get lostSamples(): number {
    return this._lostSamples;
  }

  /** Samples taken off their instants since start. */
  get lateSamples(): number {
    return this._lateSamples;
  }

  /** Does the AFE hold more than the last `poll` took? */
  get hasMore(): boolean {
    return this._status === AFE_OK && this._reading.more;
  }

  /** Number that the next sample will get. */
  get nextSample(): number {
    return this._nextSample;
  }

  get afeModel(): string {
    return this._afe?.identification.model ?? "none";
  }

  /**
   * Reads what the AFE holds. Does not allocate once the AFE is open.
   * @returns true if `block` has new samples.
   */
  poll(nowMs: number): boolean {
    const afe = this._afe ?? this._tryOpen(nowMs);
    if (!afe) return false;
    const reading = this._reading;
    this._status = afe.sample(reading);
    if (this._status !== AFE_OK) {
      this._gapPending = true;
      return false;
    }
    if (reading.overrun) this._gapPending = true;
    this._knownLost += reading.lostSamples;
    this.block.leadOff = reading.leadOff;
    const count = reading.count;
    if (count === 0) return false;
    const gapSamples = this._gapPending ? this._gapBefore(count, nowMs) : 0;
    this._gapPending = false;
    this._knownLost = 0;
    this._lastReadMs = nowMs;
    this._lostSamples += gapSamples;
    this._lateSamples += reading.lateSamples;
    const block = this.block;
    block.gapSamples = gapSamples;
    block.firstSample = this._nextSample + gapSamples;
    block.count = count;
    block.lateSamples = reading.lateSamples;
    block.saturated = reading.saturated;
    this._nextSample = block.firstSample + count;
    return true;
  }

  /** What the AFE says is missing; or else what time says: both reads emptied the FIFO, so what lies between them beyond `count` was lost. */
  private _gapBefore(count: number, nowMs: number): number {
    if (this._knownLost > 0) return this._knownLost;
    const elapsedSamples = Math.round(((nowMs - this._lastReadMs) * SAMPLE_RATE_HZ) / 1000);
    return Math.max(1, elapsedSamples - count);
  }

  private _tryOpen(nowMs: number): Afe | undefined {
    if (nowMs < this._nextOpenMs) return undefined;
    let afe: Afe;
    try {
      afe = this._openAfe();
    } catch {
      this._status = AFE_BUS_ERROR;
      this._nextOpenMs = nowMs + AFE_RETRY_MS;
      this._gapPending = true;
      return undefined;
    }
    assert(afe.sampleRateHz === SAMPLE_RATE_HZ, "Acquirer: the AFE must run at SAMPLE_RATE_HZ");
    assert(afe.fifoSamples <= BLOCK_SAMPLES_MAX, "Acquirer: BLOCK_SAMPLES_MAX is smaller than the AFE's FIFO");
    this._afe = afe;
    this._status = AFE_OK;
    return afe;
  }
}

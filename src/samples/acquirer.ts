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
  readonly #openAfe: () => Afe;
  readonly #reading: AfeReading = {
    samplesUv: new Int32Array(BLOCK_SAMPLES_MAX), count: 0, leadOff: false, saturated: false, overrun: false, lostSamples: 0, lateSamples: 0, more: false,
  };
  /** The block of the last `poll` that returned true; overwritten by the next. */
  readonly block: SampleBlock = {
    firstSample: 0, count: 0, samplesUv: this.#reading.samplesUv, gapSamples: 0, lateSamples: 0, leadOff: false, saturated: false,
  };

  #afe: Afe | undefined;
  #nextSample = 0;
  #lastReadMs = 0;
  #nextOpenMs = 0;
  #gapPending = false;
  /** Of the gap that is pending, what the AFE has told. */
  #knownLost = 0;
  #lostSamples = 0;
  #lateSamples = 0;
  #status: AfeStatus = AFE_OK;

  /** @param openAfe opens and configures the AFE; throws if it is not there. */
  constructor(openAfe: () => Afe) {
    this.#openAfe = openAfe;
  }

  /** Outcome of the last read; anything but AFE_OK is a technical fault. */
  get status(): AfeStatus {
    return this.#status;
  }

  /** Samples lost since start. */
  get lostSamples(): number {
    return this.#lostSamples;
  }

  /** Samples taken off their instants since start. */
  get lateSamples(): number {
    return this.#lateSamples;
  }

  /** Does the AFE hold more than the last `poll` took? */
  get hasMore(): boolean {
    return this.#status === AFE_OK && this.#reading.more;
  }

  /** Number that the next sample will get. */
  get nextSample(): number {
    return this.#nextSample;
  }

  get afeModel(): string {
    return this.#afe?.identification.model ?? "none";
  }

  /**
   * Reads what the AFE holds. Does not allocate once the AFE is open.
   * @returns true if `block` has new samples.
   */
  poll(nowMs: number): boolean {
    const afe = this.#afe ?? this.#tryOpen(nowMs);
    if (!afe) return false;
    const reading = this.#reading;
    this.#status = afe.sample(reading);
    if (this.#status !== AFE_OK) {
      this.#gapPending = true;
      return false;
    }
    if (reading.overrun) this.#gapPending = true;
    this.#knownLost += reading.lostSamples;
    this.block.leadOff = reading.leadOff;
    const count = reading.count;
    if (count === 0) return false;
    const gapSamples = this.#gapPending ? this.#gapBefore(count, nowMs) : 0;
    this.#gapPending = false;
    this.#knownLost = 0;
    this.#lastReadMs = nowMs;
    this.#lostSamples += gapSamples;
    this.#lateSamples += reading.lateSamples;
    const block = this.block;
    block.gapSamples = gapSamples;
    block.firstSample = this.#nextSample + gapSamples;
    block.count = count;
    block.lateSamples = reading.lateSamples;
    block.saturated = reading.saturated;
    this.#nextSample = block.firstSample + count;
    return true;
  }

  /** What the AFE says is missing; or else what time says: both reads emptied the FIFO, so what lies between them beyond `count` was lost. */
  #gapBefore(count: number, nowMs: number): number {
    if (this.#knownLost > 0) return this.#knownLost;
    const elapsedSamples = Math.round(((nowMs - this.#lastReadMs) * SAMPLE_RATE_HZ) / 1000);
    return Math.max(1, elapsedSamples - count);
  }

  #tryOpen(nowMs: number): Afe | undefined {
    if (nowMs < this.#nextOpenMs) return undefined;
    let afe: Afe;
    try {
      afe = this.#openAfe();
    } catch {
      this.#status = AFE_BUS_ERROR;
      this.#nextOpenMs = nowMs + AFE_RETRY_MS;
      this.#gapPending = true;
      return undefined;
    }
    assert(afe.sampleRateHz === SAMPLE_RATE_HZ, "Acquirer: the AFE must run at SAMPLE_RATE_HZ");
    assert(afe.fifoSamples <= BLOCK_SAMPLES_MAX, "Acquirer: BLOCK_SAMPLES_MAX is smaller than the AFE's FIFO");
    this.#afe = afe;
    this.#status = AFE_OK;
    return afe;
  }
}

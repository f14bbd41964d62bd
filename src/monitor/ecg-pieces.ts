// EcgPieces: the last seconds of ECG, coded as they come into pieces that are ready to be stored; the oldest make room for the newest.
import { assert } from "../base/assert.js";
import { STRIP_DELTA_BYTES_MAX } from "../wire/strip.js";
import { DeltaRing } from "./delta-ring.js";

/**
 * Room for the differences. [bytes] An ECG takes 1.1 to 1.2 bytes a sample (MIT-BIH DS1), noise up to 1.3 (MIT-BIH noise stress at 6 dB):
 * 12 to 16 s, which is 7 s before the onset of an asystole, the 4 s it takes to find it, and a second to store the strip.
 */
const RING_BYTES = 4608;
/** Most pieces. Gaps make short ones. */
const PIECE_COUNT_MAX = 32;
/** What is known of a piece, in one table (a typed array costs more than its elements): where its differences begin in the ring, their bytes, its samples and its first one. */
const START = 0;
const BYTES = 1;
const COUNT = 2;
const FIRST_UV = 3;
const FIELDS = 4;

/**
 * A piece is at most one second without a gap: its first sample in full, the others as zigzag varints (the bytes of wire/strip). Pieces
 * are numbered from 0; those from `oldest` up to before `open` can be copied. Nothing is allocated after the constructor.
 */
export class EcgPieces {
  readonly #deltas = new DeltaRing(RING_BYTES);
  /** Piece n has row n % PIECE_COUNT_MAX. */
  readonly #table = new Int16Array(PIECE_COUNT_MAX * FIELDS);
  /** Lower 32 bits: the higher ones are those of the samples that come next. */
  readonly #firstSample = new Int32Array(PIECE_COUNT_MAX);
  #oldest = 0;
  #open = 0;
  /** There is a piece that is being filled. */
  #isOpen = false;
  /** Bytes of all pieces that are kept. */
  #used = 0;
  #nextSample = 0;

  /** Number of the oldest piece that is kept. */
  get oldest(): number {
    return this.#oldest;
  }
  /** Number of the piece that is being filled, or will be next. */
  get open(): number {
    return this.#open;
  }
  /** Number of the sample that comes next. */
  get nextSample(): number {
    return this.#nextSample;
  }
  firstSampleOf(piece: number): number {
    return this.#nextSample - ((this.#nextSample - (this.#firstSample[piece % PIECE_COUNT_MAX] as number)) | 0);
  }
  sampleCountOf(piece: number): number {
    return this.#field(piece, COUNT);
  }
  /** [uV] */
  firstUvOf(piece: number): number {
    return this.#field(piece, FIRST_UV);
  }

  /** Takes in the first `count` samples, int16 range. [uV] */
  process(samplesUv: Int32Array, count: number): void {
    let index = 0;
    while (index < count) {
      if (!this.#isOpen) this.#begin(this.#nextSample + index, samplesUv[index] as number);
      index = this.#deltas.append(samplesUv, index, count);
      if (index >= 0) break;
      this.closePiece();
      index = -1 - index;
    }
    this.#nextSample += count;
  }

  /** Samples were lost or mean nothing; their numbers count. */
  gap(lostSamples: number): void {
    this.closePiece();
    this.#nextSample += lostSamples;
  }

  /** Ends the open piece now, as far as it is. */
  closePiece(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const { count, bytes } = this.#deltas;
    const row = this.#open % PIECE_COUNT_MAX;
    this.#table[row * FIELDS + COUNT] = count;
    this.#table[row * FIELDS + BYTES] = bytes;
    this.#used += bytes;
    this.#open++;
  }

  /** Copies the differences of a piece that is kept and closed. @returns their bytes */
  copy(piece: number, into: Uint8Array, offset: number): number {
    assert(piece >= this.#oldest && piece < this.#open, "EcgPieces: no such piece");
    const { ring } = this.#deltas;
    const bytes = this.#field(piece, BYTES);
    let read = this.#field(piece, START);
    for (let index = 0; index < bytes; index++) {
      into[offset + index] = ring[read] as number;
      read = read + 1 === RING_BYTES ? 0 : read + 1;
    }
    return bytes;
  }

  #begin(firstSample: number, firstUv: number): void {
    while (this.#open - this.#oldest === PIECE_COUNT_MAX || RING_BYTES - this.#used < STRIP_DELTA_BYTES_MAX) {
      this.#used -= this.#field(this.#oldest, BYTES);
      this.#oldest++;
    }
    const row = this.#open % PIECE_COUNT_MAX;
    this.#isOpen = true;
    this.#deltas.startPiece();
    this.#table[row * FIELDS + START] = this.#deltas.write;
    this.#table[row * FIELDS + FIRST_UV] = firstUv;
    this.#firstSample[row] = firstSample;
  }

  #field(piece: number, field: number): number {
    return this.#table[(piece % PIECE_COUNT_MAX) * FIELDS + field] as number;
  }
}

// EcgPieces: the last seconds of ECG, coded as they come into pieces that are ready to be stored; the oldest make room for the newest.
import { assert } from "../base/assert.js";
import { DELTA_BYTES_MAX, STRIP_DELTA_BYTES_MAX, STRIP_SAMPLES_MAX } from "../wire/strip.js";

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
  readonly #ring = new Uint8Array(RING_BYTES);
  /** Piece n has row n % PIECE_COUNT_MAX. */
  readonly #table = new Int16Array(PIECE_COUNT_MAX * FIELDS);
  readonly #firstSample = new Float64Array(PIECE_COUNT_MAX);
  #oldest = 0;
  #open = 0;
  /** Of the open piece. */
  #openCount = 0;
  #openBytes = 0;
  #lastUv = 0;
  /** Where the next byte goes. */
  #write = 0;
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
    return this.#firstSample[piece % PIECE_COUNT_MAX] as number;
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
    const ring = this.#ring;
    let write = this.#write;
    let lastUv = this.#lastUv;
    let pieceCount = this.#openCount;
    let pieceBytes = this.#openBytes;
    for (let index = 0; index < count; index++) {
      const sampleUv = samplesUv[index] as number;
      const delta = sampleUv - lastUv;
      lastUv = sampleUv;
      if (pieceCount === 0) {
        this.#begin(write, this.#nextSample + index, sampleUv);
        pieceBytes = 0;
      } else {
        // zigzag(delta): without a call, for it is in the sample path.
        let code = (delta << 1) ^ (delta >> 31);
        while (code > 0x7f) {
          ring[write] = code | 0x80;
          code >>= 7;
          pieceBytes++;
          if (++write === RING_BYTES) write = 0;
        }
        ring[write] = code;
        pieceBytes++;
        if (++write === RING_BYTES) write = 0;
      }
      pieceCount++;
      if (pieceCount < STRIP_SAMPLES_MAX && pieceBytes <= STRIP_DELTA_BYTES_MAX - DELTA_BYTES_MAX) continue;
      this.#close(pieceCount, pieceBytes);
      pieceCount = 0;
    }
    this.#write = write;
    this.#lastUv = lastUv;
    this.#openCount = pieceCount;
    this.#openBytes = pieceBytes;
    this.#nextSample += count;
  }

  /** Samples were lost or mean nothing; their numbers count. */
  gap(lostSamples: number): void {
    this.closePiece();
    this.#nextSample += lostSamples;
  }

  /** Ends the open piece now, as far as it is. */
  closePiece(): void {
    if (this.#openCount > 0) this.#close(this.#openCount, this.#openBytes);
    this.#openCount = 0;
  }

  /** Copies the differences of a piece that is kept and closed. @returns their bytes */
  copy(piece: number, into: Uint8Array, offset: number): number {
    assert(piece >= this.#oldest && piece < this.#open, "EcgPieces: no such piece");
    const ring = this.#ring;
    const bytes = this.#field(piece, BYTES);
    let read = this.#field(piece, START);
    for (let index = 0; index < bytes; index++) {
      into[offset + index] = ring[read] as number;
      read = read + 1 === RING_BYTES ? 0 : read + 1;
    }
    return bytes;
  }

  #begin(start: number, firstSample: number, firstUv: number): void {
    while (this.#open - this.#oldest === PIECE_COUNT_MAX || RING_BYTES - this.#used < STRIP_DELTA_BYTES_MAX) {
      this.#used -= this.#field(this.#oldest, BYTES);
      this.#oldest++;
    }
    const row = this.#open % PIECE_COUNT_MAX;
    this.#table[row * FIELDS + START] = start;
    this.#table[row * FIELDS + FIRST_UV] = firstUv;
    this.#firstSample[row] = firstSample;
  }

  #close(count: number, bytes: number): void {
    const row = this.#open % PIECE_COUNT_MAX;
    this.#table[row * FIELDS + COUNT] = count;
    this.#table[row * FIELDS + BYTES] = bytes;
    this.#used += bytes;
    this.#open++;
  }

  #field(piece: number, field: number): number {
    return this.#table[(piece % PIECE_COUNT_MAX) * FIELDS + field] as number;
  }
}

// EcgPieces: the last seconds of ECG, coded as they come into pieces that are ready to be stored; the oldest make room for the newest.
import { assert } from "../base/assert.js";
import { DELIVERY_BYTES } from "../wire/delivery.js";
import { STRIP_BYTES_MAX, STRIP_DELTA_BYTES_MAX } from "../wire/strip.js";
import { DELTA_COUNT_BITS, DeltaRing } from "./delta-ring.js";

/**
 * Room for the differences. [bytes] An ECG takes 1.1 to 1.2 bytes a sample (MIT-BIH DS1), noise up to 1.3 (MIT-BIH noise stress at 6 dB):
 * 12 to 16 s, which is 7 s before the onset of an asystole, the 4 s it takes to find it, and a second to store the strip.
 */
const RING_BYTES = 4608;
/** Most pieces. Gaps make short ones. */
const PIECE_COUNT_MAX = 32;
/**
 * What is known of a piece, a row of one table (a typed array costs more than its elements): its first sample's number (its lower 32 bits) and
 * that sample, and packed into one number where its differences begin in the ring, their bytes and its samples.
 */
const FIRST_SAMPLE = 0;
const FIRST_UV = 1;
const PACKED = 2;
const FIELDS = 3;
const BYTES_BITS = 9;
const START_SHIFT = DELTA_COUNT_BITS + BYTES_BITS;

/**
 * A piece is at most one second without a gap: its first sample in full, the others as zigzag varints (the bytes of wire/strip). Pieces
 * are numbered from 0; those from `oldest` up to before `open` can be copied. Nothing is allocated after the constructor.
 */
export class EcgPieces {
  private readonly _deltas = new DeltaRing(RING_BYTES, DELIVERY_BYTES + STRIP_BYTES_MAX);
  /** There is a piece that is being filled. */
  private _isOpen = false;
  /** Number of the sample that comes next. */
  nextSample = 0;
  /** Piece n has row n % PIECE_COUNT_MAX. */
  private readonly _table = new Int32Array(PIECE_COUNT_MAX * FIELDS);
  /** Room for a message, in which nothing here keeps anything; and in it that for its record, where `copy` puts a piece: for whoever needs room for a moment. */
  readonly message: Uint8Array = this._deltas.memory.subarray(RING_BYTES);
  readonly record: Uint8Array = this.message.subarray(DELIVERY_BYTES);
  private _oldest = 0;
  private _open = 0;
  /** Bytes of all pieces that are kept. */
  private _used = 0;

  /** Takes in the first `count` samples, int16 range. [uV] */
  process(samplesUv: Int32Array, count: number): void {
    let index = 0;
    while (index < count) {
      if (!this._isOpen) this._begin(this.nextSample + index, samplesUv[index] as number);
      index = this._deltas.append(samplesUv, index, count);
      if (index >= 0) break;
      this.closePiece();
      index = -1 - index;
    }
    this.nextSample += count;
  }

  /** Number of the oldest piece that is kept. */
  get oldest(): number {
    return this._oldest;
  }
  /** Number of the piece that is being filled, or will be next. */
  get open(): number {
    return this._open;
  }
  firstSampleOf(piece: number): number {
    return this.nextSample - ((this.nextSample - this._field(piece, FIRST_SAMPLE)) | 0);
  }
  sampleCountOf(piece: number): number {
    return this._field(piece, PACKED) & ((1 << DELTA_COUNT_BITS) - 1);
  }
  /** [uV] */
  firstUvOf(piece: number): number {
    return this._field(piece, FIRST_UV);
  }

  /** Samples were lost or mean nothing; their numbers count. */
  gap(lostSamples: number): void {
    this.closePiece();
    this.nextSample += lostSamples;
  }

  /** Ends the open piece now, as far as it is. */
  closePiece(): void {
    if (!this._isOpen) return;
    this._isOpen = false;
    const { size } = this._deltas;
    this._table[(this._open % PIECE_COUNT_MAX) * FIELDS + PACKED]! += size;
    this._used += size >> DELTA_COUNT_BITS;
    this._open++;
  }

  /** Copies the differences of a piece that is kept and closed into `record`, from `offset` on. @returns their bytes */
  copy(piece: number, offset: number): number {
    assert(piece >= this._oldest && piece < this._open, "EcgPieces: no such piece");
    const { memory } = this._deltas;
    const start = this._field(piece, PACKED) >> START_SHIFT;
    const bytes = this._bytesOf(piece);
    const toEnd = RING_BYTES - start;
    const into = RING_BYTES + DELIVERY_BYTES + offset;
    memory.copyWithin(into, start, start + (bytes < toEnd ? bytes : toEnd));
    if (bytes > toEnd) memory.copyWithin(into + toEnd, 0, bytes - toEnd);
    return bytes;
  }

  private _begin(firstSample: number, firstUv: number): void {
    while (this._open - this._oldest === PIECE_COUNT_MAX || RING_BYTES - this._used < STRIP_DELTA_BYTES_MAX) {
      this._used -= this._bytesOf(this._oldest);
      this._oldest++;
    }
    const row = (this._open % PIECE_COUNT_MAX) * FIELDS;
    this._isOpen = true;
    this._table[row + FIRST_SAMPLE] = firstSample;
    this._table[row + FIRST_UV] = firstUv;
    this._table[row + PACKED] = this._deltas.startPiece() << START_SHIFT;
  }

  private _bytesOf(piece: number): number {
    return (this._field(piece, PACKED) >> DELTA_COUNT_BITS) & ((1 << BYTES_BITS) - 1);
  }

  private _field(piece: number, field: number): number {
    return this._table[(piece % PIECE_COUNT_MAX) * FIELDS + field] as number;
  }
}

// DeltaRing: samples as differences, one piece after another in a ring of bytes. This is the reference; boards with native kernels have
// src/native/delta-ring.ts under this name.
import { DELTA_BYTES_MAX, STRIP_DELTA_BYTES_MAX, STRIP_SAMPLES_MAX } from "../wire/strip.js";

/** What the closure is asked. */
const START = 0;
const BYTES = 1;

/** A piece has at most STRIP_SAMPLES_MAX samples. */
export const DELTA_COUNT_BITS = 8;

/** A piece with more bytes is full: the next sample might not fit. */
const BYTES_FULL = STRIP_DELTA_BYTES_MAX - DELTA_BYTES_MAX;

/** Nothing is allocated after the constructor. */
export class DeltaRing {
  /**
   * Appends samples to the open piece until it is full: the first of a piece as it is (nothing is written), the others as zigzag varints. (The
   * first of all members, as XS finds a member by going through those before it.)
   * @param samplesUv int16 range; those from `from` up to before `end` [uV]
   * @returns `end`, or -1 - the index of the first that was not taken if the piece is full
   */
  readonly append: (samplesUv: Int32Array, from: number, end: number) => number;
  private readonly _ask: Append;
  /** The ring, and behind it room that `append` leaves alone: bytes of the ring can be copied there without making anything (`copyWithin`). */
  readonly memory: Uint8Array;

  /** @param ringBytes more than any piece takes @param roomBytes behind it */
  constructor(ringBytes: number, roomBytes: number) {
    this.memory = new Uint8Array(ringBytes + roomBytes);
    this.append = this._ask = appendTo(this.memory, ringBytes);
  }

  /** The next sample begins a new piece. @returns where its first byte goes */
  startPiece(): number {
    return this._ask(undefined, START, 0);
  }
  /** Of the open piece: its samples in the lowest DELTA_COUNT_BITS, its bytes of differences above. */
  get size(): number {
    return this._ask(undefined, BYTES, 0);
  }
}

/** Without samples it answers the other members. */
type Append = (samplesUv: Int32Array | undefined, from: number, end: number) => number;

/** A closure: its variables outlive a call and cost XS no more than locals, a fifth of what members cost. */
function appendTo(ring: Uint8Array, ringBytes: number): Append {
  let start = 0;
  let write = 0;
  let count = 0;
  let lastUv = 0;
  return (samplesUv, from, end) => {
    let bytes = write < start ? write - start + ringBytes : write - start;
    if (samplesUv === undefined) {
      if (from === BYTES) return (bytes << DELTA_COUNT_BITS) + count;
      count = 0;
      return (start = write);
    }
    let index = from;
    // The piece has room for so many samples, unless many take more than a byte.
    let last = index + STRIP_SAMPLES_MAX - count;
    if (last > end) last = end;
    const isTight = bytes + DELTA_BYTES_MAX * (last - index) > BYTES_FULL;
    if (count === 0 && index < last) lastUv = samplesUv[index++] as number;
    while (index < last) {
      const sampleUv = samplesUv[index] as number;
      index++;
      const delta = sampleUv - lastUv;
      lastUv = sampleUv;
      // zigzag(delta): without a call, for it is in the sample path.
      let code = (delta << 1) ^ (delta >> 31);
      while (code > 0x7f) {
        ring[write] = code | 0x80;
        code >>= 7;
        if (++write === ringBytes) write = 0;
      }
      ring[write] = code;
      if (++write === ringBytes) write = 0;
      if (isTight) {
        bytes = write < start ? write - start + ringBytes : write - start;
        if (bytes > BYTES_FULL) last = 0;
      }
    }
    count += index - from;
    return count === STRIP_SAMPLES_MAX || bytes > BYTES_FULL ? -1 - index : index;
  };
}

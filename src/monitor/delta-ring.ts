// DeltaRing: samples as differences, one piece after another in a ring of bytes. This is the reference; boards with native kernels have
// src/native/delta-ring.ts under this name.
import { DELTA_BYTES_MAX, STRIP_DELTA_BYTES_MAX, STRIP_SAMPLES_MAX } from "../wire/strip.js";

/** Nothing is allocated after the constructor. */
export class DeltaRing {
  /** The ring, and behind it room that `append` leaves alone: bytes of the ring can be copied there without making anything (`copyWithin`). */
  readonly memory: Uint8Array;
  private readonly _ringBytes: number;
  private _lastUv = 0;

  /** Where the next byte goes. */
  write = 0;
  /** Of the open piece: samples, and bytes of differences. */
  count = 0;
  bytes = 0;

  /** @param ringBytes more than any piece takes @param roomBytes behind it */
  constructor(ringBytes: number, roomBytes: number) {
    this._ringBytes = ringBytes;
    this.memory = new Uint8Array(ringBytes + roomBytes);
  }

  /**
   * Appends samples to the open piece until it is full: the first of a piece as it is (nothing is written), the others as zigzag varints.
   * @param samplesUv int16 range; those from `from` up to before `end` [uV]
   * @returns `end`, or -1 - the index of the first that was not taken if the piece is full
   */
  append(samplesUv: Int32Array, from: number, end: number): number {
    const ring = this.memory;
    const ringBytes = this._ringBytes;
    let write = this.write;
    let lastUv = this._lastUv;
    let pieceCount = this.count;
    let pieceBytes = this.bytes;
    let index = from;
    let isFull = false;
    while (index < end && !isFull) {
      const sampleUv = samplesUv[index++] as number;
      const delta = sampleUv - lastUv;
      lastUv = sampleUv;
      if (pieceCount > 0) {
        // zigzag(delta): without a call, for it is in the sample path.
        let code = (delta << 1) ^ (delta >> 31);
        while (code > 0x7f) {
          ring[write] = code | 0x80;
          code >>= 7;
          pieceBytes++;
          if (++write === ringBytes) write = 0;
        }
        ring[write] = code;
        pieceBytes++;
        if (++write === ringBytes) write = 0;
      }
      pieceCount++;
      isFull = pieceCount === STRIP_SAMPLES_MAX || pieceBytes > STRIP_DELTA_BYTES_MAX - DELTA_BYTES_MAX;
    }
    this.write = write;
    this._lastUv = lastUv;
    this.count = pieceCount;
    this.bytes = pieceBytes;
    return isFull ? -1 - index : index;
  }

  /** The next sample begins a new piece. */
  startPiece(): void {
    this.count = 0;
    this.bytes = 0;
  }
}

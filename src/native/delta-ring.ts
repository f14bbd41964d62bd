// DeltaRing in C (delta-ring.c), which native boards have under the name of src/monitor/delta-ring.ts.
import type FFI from "mc/ffi";
import { assert } from "../base/assert.js";
import type { DeltaRing as Reference } from "../monitor/delta-ring.js";
import { kernels } from "../native/kernels.js";

/** Places in the state. [words] */
const WRITE = 0;
const COUNT = 1;
const BYTES = 2;
const HEAD_WORDS = 4;
/** As in the reference, in whose place this is. */
export const DELTA_COUNT_BITS = 8;

/** The members have the meaning that they have in the reference. Nothing is allocated after the constructor. */
export class DeltaRing implements Pick<Reference, keyof Reference> {
  private readonly _native: FFI = kernels();
  private readonly _state: ArrayBuffer;
  private readonly _head: Int32Array;
  private readonly _ringBytes: number;
  /** The block last given, and its memory: it is nearly always the same. */
  private _samplesUv: Int32Array | undefined = undefined;
  private _samples: ArrayBuffer;
  private _samplesMax = 0;
  readonly memory: Uint8Array;

  constructor(ringBytes: number, roomBytes: number) {
    this._ringBytes = ringBytes;
    this._state = new ArrayBuffer(4 * HEAD_WORDS + ringBytes + roomBytes);
    this._samples = this._state;
    this._head = new Int32Array(this._state, 0, HEAD_WORDS);
    this.memory = new Uint8Array(this._state, 4 * HEAD_WORDS);
  }

  get size(): number {
    return (this._head[BYTES]! << DELTA_COUNT_BITS) + this._head[COUNT]!;
  }

  append(samplesUv: Int32Array, from: number, end: number): number {
    if (samplesUv !== this._samplesUv) this._adopt(samplesUv);
    if (end > this._samplesMax) assert(false, "DeltaRing: more samples than the block has");
    return this._native.edgebeat_delta_ring_append(this._state, this._ringBytes, this._samples, from, end);
  }

  /** C gets the memory of a block as it is: nothing would stop it at the end. */
  private _adopt(samplesUv: Int32Array): void {
    assert(samplesUv.byteOffset === 0, "DeltaRing: a block must begin where its memory does");
    this._samplesUv = samplesUv;
    this._samples = samplesUv.buffer as ArrayBuffer;
    this._samplesMax = samplesUv.length;
  }

  startPiece(): number {
    this._head[COUNT] = 0;
    this._head[BYTES] = 0;
    return this._head[WRITE]!;
  }
}

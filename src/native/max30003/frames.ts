// Frames of the MAX30003 in C (max30003.c), which native boards have under the name of src/drivers/max30003/frames.ts.
import type FFI from "mc/ffi";
import { assert } from "../../base/assert.js";
import { BURST_COMMAND, BURST_WORDS, ECHO, STATUS_COMMAND } from "../../drivers/max30003/codes.js";
import type { Frames as Reference } from "../../drivers/max30003/frames.js";
import { kernels } from "../../native/kernels.js";

/** Places in the state (max30003.c). [bytes] */
const BURST = 4;
const STATE_BYTES = 56;

/** The members have the meaning that they have in the reference. Nothing is allocated after the constructor. */
export class Frames implements Pick<Reference, keyof Reference> {
  private readonly _native: FFI = kernels();
  private readonly _state = new ArrayBuffer(STATE_BYTES);
  readonly status = new Uint8Array(this._state, 0, BURST);
  readonly burst = new Uint8Array(this._state, BURST, 1 + 3 * BURST_WORDS);
  /** The samples last given, and their memory: they are always the same. */
  private _samplesUv: Int32Array | undefined;
  private _samples = this._state;

  constructor() {
    this.arm();
  }

  arm(): void {
    const { status } = this;
    status[0] = STATUS_COMMAND;
    status[2] = ECHO;
    this.burst[0] = BURST_COMMAND;
  }

  decode(samplesUv: Int32Array, before: number): number {
    if (samplesUv !== this._samplesUv) this._adopt(samplesUv);
    return this._native.edgebeat_max30003_decode(this._state, this._samples, before);
  }

  /** C gets the memory as it is: nothing would stop it at the end. */
  private _adopt(samplesUv: Int32Array): void {
    assert(samplesUv.byteOffset === 0 && samplesUv.length >= 2 * BURST_WORDS, "Frames: samples must begin where their memory does, with room for two bursts");
    this._samplesUv = samplesUv;
    this._samples = samplesUv.buffer as ArrayBuffer;
  }
}

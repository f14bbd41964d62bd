// FrontEnd in C: entry.c through Moddable's `ffi`. A manifest that includes hardware/common/manifest-native.json puts this module in the
// place of src/monitor/front-end.ts, with which it is bit-exact.
import type FFI from "mc/ffi";
import { assert } from "../base/assert.js";
import type { FoundBeats, FrontEnd as Reference, NamedBeats } from "../monitor/front-end.js";
import type { Fibrillation } from "../rhythm/rhythm-classifier.js";
import type { BeatClass } from "../vocabulary/beat.js";
import { kernels } from "../native/kernels.js";

/** What a call returns, as in entry.h. */
const BEATS = 0x7f;
const CLASSES_SHIFT = 7;
const CLASSES = 0x7f;
const VF_ACTIVE = 1 << 14;
const VF_SUSPECTED = 1 << 15;
const SECOND = 1 << 16;
const QUALITY_SHIFT = 17;
const QUALITY = 31;
const NOISE_GOVERNS = 1 << 22;
const FAULT = 1 << 23;

/** Size of the state and places in it, as in entry.h. [bytes, words] */
const STATE_BYTES = 9504;
const VF_ONSET = 0;
const VF_ENDED = 1;
const NEXT_SAMPLE = 2;
const LAST_UV = 3;
const CONTINUOUS = 4;
const CLASS_INDEX = 5;
/** A ring of beats: sample, class and P wave. */
const CLASS_FIRST = 13;
const CLASS_COUNT = 64;
const CLASS_WORDS = 2;
const P_WAVE_SHIFT = 8;
/** Sample, confidence. */
const BEAT_FIRST = 184;
const BEAT_WORDS = 2;

class NativeFibrillation implements Fibrillation {
  active = false;
  suspected = false;
  onsetSample = -1;
  endedSample = -1;
}

/** The members have the meaning that they have in the reference. Nothing is allocated after the constructor. */
export class FrontEnd implements Omit<Pick<Reference, keyof Reference>, "detector" | "classifier">, FoundBeats, NamedBeats {
  private readonly _native: FFI = kernels();
  private readonly _state = new ArrayBuffer(STATE_BYTES);
  private readonly _report = new Int32Array(this._state);
  /** The block last given, and its memory: it is always the same. */
  private _samplesUv: Int32Array = this._report;
  private _samples = this._state;
  private _samplesMax = 0;
  /** Number of the sample that comes next, to which those in the report are relative; up to date after events. */
  private _nextSample = 0;
  /** The result that says that nothing has happened. */
  private _quietResult = 0;

  readonly detector: FoundBeats = this;
  readonly classifier: NamedBeats = this;
  readonly vf = new NativeFibrillation();
  beatCount = 0;
  classCount = 0;
  secondCompleted = false;
  qualityFlags = 0;
  noiseGoverns = false;

  get isContinuous(): boolean {
    return this._report[CONTINUOUS] !== 0;
  }
  get lastUv(): number {
    return this._report[LAST_UV]!;
  }
  beatSample(i: number): number {
    return this._nextSample + this._report[BEAT_FIRST + BEAT_WORDS * i]!;
  }
  beatConfidence(i: number): number {
    return this._report[BEAT_FIRST + BEAT_WORDS * i + 1]!;
  }
  classSample(i: number): number {
    return this._nextSample + this._classWord(i, 0);
  }
  beatClass(i: number): BeatClass {
    return (this._classWord(i, 1) & ((1 << P_WAVE_SHIFT) - 1)) as BeatClass;
  }
  pWave(i: number): number {
    return this._classWord(i, 1) >> P_WAVE_SHIFT;
  }

  process(samplesUv: Int32Array, count: number): boolean {
    if (samplesUv !== this._samplesUv) this._adopt(samplesUv);
    if (count > this._samplesMax) assert(false, "FrontEnd: more samples than the block has");
    const result = this._native.edgebeat_front_end_process(this._state, this._samples, count);
    if (result === this._quietResult) return false;
    this._take(result);
    return true;
  }

  gap(lostSamples: number): void {
    const result = this._native.edgebeat_front_end_gap(this._state, lostSamples | 0);
    this._nextSample += lostSamples;
    this._take(result);
  }

  private _classWord(i: number, word: number): number {
    const report = this._report;
    return report[CLASS_FIRST + CLASS_WORDS * ((report[CLASS_INDEX]! + i) % CLASS_COUNT) + word]!;
  }

  /** C gets the memory of a block as it is: nothing would stop it at the end. */
  private _adopt(samplesUv: Int32Array): void {
    assert(samplesUv.byteOffset === 0, "FrontEnd: a block must begin where its memory does");
    this._samplesUv = samplesUv;
    this._samples = samplesUv.buffer as ArrayBuffer;
    this._samplesMax = samplesUv.length;
  }

  private _take(result: number): void {
    this._quietResult = result & (VF_ACTIVE | VF_SUSPECTED);
    const report = this._report;
    // C counts modulo 2^32.
    this._nextSample += (report[NEXT_SAMPLE]! - this._nextSample) | 0;
    assert((result & FAULT) === 0, "FrontEnd: more beats than a heart can make");
    this.beatCount = result & BEATS;
    this.classCount = (result >> CLASSES_SHIFT) & CLASSES;
    this.secondCompleted = (result & SECOND) !== 0;
    if (this.secondCompleted) {
      this.qualityFlags = (result >> QUALITY_SHIFT) & QUALITY;
      this.noiseGoverns = (result & NOISE_GOVERNS) !== 0;
    }
    const vf = this.vf;
    const active = (result & VF_ACTIVE) !== 0;
    if (active && !vf.active) vf.onsetSample = this._nextSample + report[VF_ONSET]!;
    if (!active && vf.active) vf.endedSample = this._nextSample + report[VF_ENDED]!;
    vf.active = active;
    vf.suspected = (result & VF_SUSPECTED) !== 0;
  }
}

// StripWriter: puts the ECG around an alert into the journal, a part a tick, after the alert itself and behind every alert.
import type { Clock } from "../contracts/clock.js";
import { type Alert, PHASE_ONSET, TECHNICAL_CODE_MIN } from "../vocabulary/alert.js";
import { SAMPLE_RATE_HZ } from "../vocabulary/sample.js";
import { KIND_STRIP, STRIP_HEAD_BYTES, STRIP_PARTS_MAX, encodeStripHead } from "../wire/strip.js";
import type { EcgPieces } from "./ecg-pieces.js";

/** ECG before and after an onset that a strip shows at least. [samples] */
const BEFORE_SAMPLES = 7 * SAMPLE_RATE_HZ;
const AFTER_SAMPLES = 3 * SAMPLE_RATE_HZ;
/** Strips written at the same time; alerts beyond have none. Conditions that begin within three seconds of each other are few. */
const STRIPS_MAX = 8;
/** What is known of a strip being written, in one table: its alert's sequence (0: no strip) and priority, the piece that comes next, the part that will be, the lower 32 bits of the sample at its end. */
const SEQUENCE = 0;
const PRIORITY = 1;
const PIECE = 2;
const PART = 3;
const END_SAMPLE = 4;
const FIELDS = 5;
const NONE = -1;

/** What a strip is written into. */
export interface StripJournal {
  /** @returns a negative number if the record was not stored */
  append(kind: number, priority: number, sequence: number, bytes: Uint8Array, byteCount: number, uptimeS: number): number;
}

/** Every medical alert gets a strip at its onset. Nothing is allocated after the constructor. */
export class StripWriter {
  /** Strips that are not complete yet. A property, since every tick looks at it. */
  count = 0;
  private readonly _pieces: EcgPieces;
  private readonly _journal: StripJournal;
  private readonly _head = { partIndex: 0, isLast: false, bootCount: 0, sequence: 0, firstSample: 0, sampleCount: 0, firstUv: 0 };
  private readonly _strips = new Int32Array(STRIPS_MAX * FIELDS);
  /** Parts are numbered within the boot: the journal's name for them. */
  private _partsOfBoot = 0;

  constructor(pieces: EcgPieces, journal: StripJournal, bootCount: number) {
    this._pieces = pieces;
    this._journal = journal;
    this._head.bootCount = bootCount;
  }

  /** An alert was raised and stored. If its onset was so long ago that the ECG before it is gone, the strip shows the first 10 s that there are. */
  begin(alert: Alert): void {
    if (alert.phase !== PHASE_ONSET || alert.conditionCode >= TECHNICAL_CODE_MIN) return;
    const strips = this._strips;
    let strip = 0;
    while (strip < strips.length && strips[strip + SEQUENCE] !== 0) strip += FIELDS;
    if (strip === strips.length) return;
    const pieces = this._pieces;
    const wanted = alert.onsetSample - BEFORE_SAMPLES;
    // The oldest piece but one: the oldest may be overwritten before its turn comes.
    let piece = pieces.oldest === 0 ? 0 : pieces.oldest + 1;
    const isTooLate = piece > 0 && piece < pieces.open && pieces.firstSampleOf(piece) > wanted;
    while (piece < pieces.open && pieces.firstSampleOf(piece) + pieces.sampleCountOf(piece) <= wanted) piece++;
    strips[strip + SEQUENCE] = alert.sequence;
    strips[strip + PRIORITY] = alert.priority;
    strips[strip + PIECE] = piece;
    strips[strip + PART] = 0;
    strips[strip + END_SAMPLE] = (isTooLate ? pieces.firstSampleOf(piece) + BEFORE_SAMPLES : alert.onsetSample) + AFTER_SAMPLES;
    this.count++;
  }

  /** Monitoring is suspended: what is being written ends here. */
  cutShort(): void {
    const strips = this._strips;
    for (let strip = 0; strip < strips.length; strip += FIELDS) if (this._samplesLeft(strip) > 0) strips[strip + END_SAMPLE] = this._pieces.nextSample;
  }

  /** Stores one part of the most important strip that has one. */
  step(clock: Pick<Clock, "monotonicMs">): void {
    const strips = this._strips;
    let chosen = NONE;
    for (let strip = 0; strip < strips.length; strip += FIELDS) {
      if (strips[strip + SEQUENCE] === 0 || !this._isReady(strip)) continue;
      if (chosen === NONE || (strips[strip + PRIORITY] as number) > (strips[chosen + PRIORITY] as number)) chosen = strip;
    }
    if (chosen === NONE) return;
    const isStored = this._store(chosen, Math.floor(clock.monotonicMs() / 1000));
    if (isStored && !this._head.isLast) return;
    strips[chosen + SEQUENCE] = 0;
    this.count--;
  }

  /** Is its next piece complete, or its end past? */
  private _isReady(strip: number): boolean {
    const pieces = this._pieces;
    if ((this._strips[strip + PIECE] as number) < pieces.open) return true;
    if (this._samplesLeft(strip) > 0) return false;
    pieces.closePiece();
    return true;
  }

  /** Samples that are still to come before the strip's end; negative when it is past. */
  private _samplesLeft(strip: number): number {
    return ((this._strips[strip + END_SAMPLE] as number) - this._pieces.nextSample) | 0;
  }

  /** @returns false if the journal did not take the part. */
  private _store(strip: number, uptimeS: number): boolean {
    const pieces = this._pieces;
    const head = this._head;
    const strips = this._strips;
    const end = pieces.nextSample + this._samplesLeft(strip);
    // What was overwritten in the meantime shows as a gap.
    const piece = Math.max(strips[strip + PIECE] as number, pieces.oldest);
    const part = strips[strip + PART] as number;
    head.partIndex = part;
    head.sequence = strips[strip + SEQUENCE] as number;
    let byteCount = STRIP_HEAD_BYTES;
    if (piece < pieces.open && pieces.firstSampleOf(piece) < end) {
      head.firstSample = pieces.firstSampleOf(piece);
      head.sampleCount = pieces.sampleCountOf(piece);
      head.firstUv = pieces.firstUvOf(piece);
      byteCount += pieces.copy(piece, STRIP_HEAD_BYTES);
    } else {
      // The ECG was gone before the end: says so, with a part that holds none.
      head.firstSample = end;
      head.sampleCount = 0;
      head.firstUv = 0;
    }
    head.isLast = head.firstSample + head.sampleCount >= end || part === STRIP_PARTS_MAX - 1;
    encodeStripHead(head, pieces.record);
    strips[strip + PIECE] = piece + 1;
    strips[strip + PART] = part + 1;
    this._partsOfBoot++;
    return this._journal.append(KIND_STRIP, strips[strip + PRIORITY] as number, this._partsOfBoot, pieces.record, byteCount, uptimeS) >= 0;
  }
}

// WFDB annotation files in the MIT format: bytes to annotations and back. Pure; files are opened in record.ts.
import { RecordError } from "./record-error.js";

/** One annotation. */
export interface Annotation {
  /** When, in samples from the start of the record (ticks, if the file says its own time resolution). */
  sample: number;
  /** What: the mnemonic of the annotation code, such as "N", "V", "+", "~", "[". */
  symbol: string;
  /** Depends on the symbol; for "~" bits 0-3 say which signals are noisy and bits 4-7 which are unreadable. -128 to 127. */
  subtype: number;
  /** Signal number. 0 to 255. */
  channel: number;
  /** Annotator number. -128 to 127. */
  annotator: number;
  /** Text, such as the rhythm "(AFIB" of "+". At most 255 bytes of Latin-1. */
  text: string;
}

/** Contents of an annotation file. */
export interface AnnotationFile {
  annotations: Annotation[];
  /** Ticks per second, where the file says so itself; else one tick is one frame of the record. */
  timeResolutionHz: number | undefined;
}

/** Mnemonic of each annotation code, from 0. Source: WFDB Applications Guide, annot(5) and ecgcodes.h. */
export const ANNOTATION_SYMBOLS: readonly string[] = [
  " ", "N", "L", "R", "a", "V", "F", "J", "A", "S",
  "E", "j", "/", "Q", "~", "[15]", "|", "[17]", "s", "T",
  "*", "D", '"', "=", "p", "B", "^", "t", "+", "u",
  "?", "!", "[", "]", "e", "n", "@", "x", "f", "(",
  ")", "r", "[42]", "[43]", "[44]", "[45]", "[46]", "[47]", "[48]", "[49]",
];

const CODES: ReadonlyMap<string, number> = new Map(ANNOTATION_SYMBOLS.map((symbol, code) => [symbol, code]));

/** Symbols that stand for a heart beat (a QRS complex). Source: WFDB ecgmap.h, `isqrs`. "!" flutter waves are none. */
export const BEAT_SYMBOLS: ReadonlySet<string> = new Set([
  "N", "L", "R", "a", "V", "F", "J", "A", "S", "E", "j", "/", "Q", "B", "?", "e", "n", "f", "r",
]);

/** Codes that belong to the annotation before them, not annotations themselves. Source: annot(5). */
const SKIP = 59;
const NUM = 60;
const SUB = 61;
const CHN = 62;
const AUX = 63;

/** Largest time step in an annotation word; longer ones need a SKIP. [ticks] Source: annot(5), 10 bits. */
const STEP_MAX = 1023;

/** Longest text: its length is one byte. [bytes] */
const TEXT_BYTES_MAX = 255;

const NOTE = '"';
const RESOLUTION_NOTE = "## time resolution: ";

/**
 * Reads an annotation file.
 * @param bytes Contents of the file.
 * @param fileName Named in errors.
 * @throws RecordError when the file ends before its end mark.
 */
export function parseAnnotations(bytes: Uint8Array, fileName: string): AnnotationFile {
  const annotations: Annotation[] = [];
  let at = 0;
  let sample = 0;
  let channel = 0;
  let annotator = 0;
  let current: Annotation | undefined;
  for (;;) {
    if (at + 2 > bytes.length) {
      throw new RecordError(`${fileName}: ends after ${annotations.length} annotations without an end mark; expected a whole MIT-format annotation file`);
    }
    const word = word16(bytes, at);
    at += 2;
    if (word === 0) break;
    const code = word >> 10;
    const data = word & 0x3ff;
    switch (code) {
      case SKIP:
        // The long that follows has its high half first, as on the PDP-11.
        sample += (word16(bytes, at) << 16) | word16(bytes, at + 2);
        at += 4;
        break;
      case NUM:
        annotator = signedByte(data);
        if (current !== undefined) current.annotator = annotator;
        break;
      case SUB:
        if (current !== undefined) current.subtype = signedByte(data);
        break;
      case CHN:
        channel = data & 0xff;
        if (current !== undefined) current.channel = channel;
        break;
      case AUX: {
        const textBytes = data & 0xff;
        // A text may carry a NUL at its end, which is no part of it.
        if (current !== undefined) current.text = latin1(bytes.subarray(at, at + textBytes)).replace(/\0+$/, "");
        at += textBytes + (textBytes & 1);
        break;
      }
      default:
        sample += data;
        current = { sample, symbol: ANNOTATION_SYMBOLS[code] ?? `[${code}]`, subtype: 0, channel, annotator, text: "" };
        annotations.push(current);
    }
  }
  return takeFileNotes(annotations);
}

/**
 * Writes an annotation file.
 * @param annotations In order of time.
 * @param fileName Named in errors.
 * @throws RecordError for an unknown symbol, a time that is not a whole number in order, or a text that is too long.
 */
export function formatAnnotations(annotations: readonly Annotation[], fileName: string): Uint8Array {
  const bytes: number[] = [];
  const putWord = (word: number): void => {
    bytes.push(word & 0xff, (word >> 8) & 0xff);
  };
  let sample = 0;
  let channel = 0;
  let annotator = 0;
  annotations.forEach((annotation, index) => {
    const where = `${fileName}: annotation ${index}`;
    const code = CODES.get(annotation.symbol);
    if (code === undefined || code === 0) throw new RecordError(`${where}: symbol is "${annotation.symbol}"; expected one of annot(5)`);
    const step = annotation.sample - sample;
    if (!Number.isInteger(step) || step < 0 || annotation.sample > 0x7fffffff) {
      throw new RecordError(`${where}: sample is ${annotation.sample}; expected a whole number from ${sample} to ${0x7fffffff}`);
    }
    if (step > STEP_MAX) {
      putWord(SKIP << 10);
      putWord(step >> 16);
      putWord(step);
      putWord(code << 10);
    } else {
      putWord((code << 10) | step);
    }
    if (annotation.subtype !== 0) putWord((SUB << 10) | (annotation.subtype & 0xff));
    if (annotation.channel !== channel) putWord((CHN << 10) | (annotation.channel & 0xff));
    if (annotation.annotator !== annotator) putWord((NUM << 10) | (annotation.annotator & 0xff));
    if (annotation.text !== "") {
      const textBytes = annotation.text.length;
      if (textBytes > TEXT_BYTES_MAX) throw new RecordError(`${where}: text has ${textBytes} bytes; expected at most ${TEXT_BYTES_MAX}`);
      putWord((AUX << 10) | textBytes);
      for (let i = 0; i < textBytes; i++) bytes.push(annotation.text.charCodeAt(i) & 0xff);
      if ((textBytes & 1) === 1) bytes.push(0);
    }
    sample = annotation.sample;
    channel = annotation.channel;
    annotator = annotation.annotator;
  });
  putWord(0);
  return Uint8Array.from(bytes);
}

/** Takes off the notes at time 0 that describe the file itself: its time resolution and its own code names. */
function takeFileNotes(annotations: Annotation[]): AnnotationFile {
  const isNote = (annotation: Annotation | undefined): annotation is Annotation =>
    annotation !== undefined && annotation.sample === 0 && annotation.symbol === NOTE && annotation.subtype === 0;
  let timeResolutionHz: number | undefined;
  let count = 0;
  if (annotations[0]?.text.startsWith("##") === true) {
    for (;;) {
      const note = annotations[count];
      if (!isNote(note)) break;
      count++;
      if (note.text.startsWith(RESOLUTION_NOTE)) timeResolutionHz = Number(note.text.slice(RESOLUTION_NOTE.length));
    }
  }
  return { annotations: annotations.slice(count), timeResolutionHz };
}

/** Little-endian 16 bits; past the end, 0: the caller's next read then finds the file too short. */
function word16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}

function signedByte(value: number): number {
  return (value << 24) >> 24;
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

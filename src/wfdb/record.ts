// WFDB records on disk: header, leads in microvolts, annotations. The only file of this folder that touches files.
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Annotation, formatAnnotations, parseAnnotations } from "./annotation.js";
import { ADC_BITS_DEFAULT, formatHeader, type Header, parseHeader, type SignalSpec } from "./header.js";
import { RecordError } from "./record-error.js";
import { checksumOf, decodeSignals, encodeSignals, type RawSignal } from "./signal.js";

/** Lowest rate that the monitor accepts. [Hz] Below it a QRS complex (60-120 ms) has too few samples. */
export const RATE_HZ_MIN = 100;

/** Highest rate that the monitor accepts. [Hz] */
export const RATE_HZ_MAX = 1000;

/** Microvolts in each unit that counts as an ECG voltage. */
const MICROVOLTS: ReadonlyMap<string, number> = new Map([
  ["v", 1_000_000],
  ["mv", 1000],
  ["uv", 1],
  ["µv", 1],
  ["μv", 1],
  ["nv", 0.001],
]);

/** One lead of a recording. */
export interface Lead {
  name: string;
  /** Unit of the file that it was read from; the samples are microvolts whatever it is. */
  unit: string;
  /** Microvolts, rounded. A sample that is missing in the file repeats the last good one. */
  samplesUv: Int32Array;
  /** How many samples are missing in the file. */
  missingCount: number;
}

/** A recording in memory. */
export interface EcgRecord {
  name: string;
  sampleRateHz: number;
  leads: Lead[];
  /** Samples of each lead. */
  sampleCount: number;
}

export interface LoadRecordOptions {
  /** Only this lead: its name (any case) or its number from 0, the signal number of the header. Default: all leads. */
  lead?: string | number | undefined;
  /** What to do with a wrong checksum: refuse the record (default), or report it through `warn`. */
  onChecksum?: "error" | "warn" | undefined;
  /** Receives the one-line warnings. */
  warn?: ((message: string) => void) | undefined;
}

/** A signal to be written, in ADC units. */
export interface SignalToWrite {
  samples: Int32Array;
  description: string;
  /** ADC units per unit. */
  gain: number;
  adcZero: number;
  /** ADC value of 0 units. Default: `adcZero`. */
  baseline?: number;
  /** Default: mV. */
  unit?: string;
  /** Default: 12. */
  adcBits?: number;
}

export interface RecordToWrite {
  sampleRateHz: number;
  /** 16, 61, 80 or 212. */
  format: number;
  signals: readonly SignalToWrite[];
  comments?: readonly string[];
}

/**
 * Reads the header alone, for records without signals.
 * @param path The record: its path with or without ".hea".
 * @throws RecordError
 */
export function loadHeader(path: string): Header {
  const fileName = `${stem(path)}.hea`;
  const header = parseHeader(readBytes(fileName, "a WFDB header").toString("latin1"), fileName);
  if (header.frameRateHz < RATE_HZ_MIN || header.frameRateHz > RATE_HZ_MAX) {
    throw new RecordError(`${fileName}: sampling rate is ${header.frameRateHz} Hz; expected ${RATE_HZ_MIN} to ${RATE_HZ_MAX} Hz`);
  }
  return header;
}

/**
 * Reads a recording: formats 16, 61, 80 and 212, and the .mat files of CinC 2017.
 * @param path The record: its path with or without ".hea", ".dat" or ".mat".
 * @throws RecordError for a missing, truncated, damaged or unsuitable file, or an unknown lead.
 */
export function loadRecord(path: string, options: LoadRecordOptions = {}): EcgRecord {
  const header = loadHeader(path);
  const fileName = `${stem(path)}.hea`;
  const specs = header.signals;
  const wanted = chooseSignals(specs, options.lead, fileName);
  const raws = loadSignals(header, wanted, dirname(path), options);
  const samplesPerFrame = specs[wanted[0]!]!.samplesPerFrame;
  const leads = wanted.map((signalIndex): Lead => {
    const spec = specs[signalIndex]!;
    if (spec.samplesPerFrame !== samplesPerFrame) {
      throw new RecordError(`${fileName}: leads have different rates (${samplesPerFrame} and ${spec.samplesPerFrame} samples per frame); expected one lead to be chosen of ${listLeads(specs)}`);
    }
    const raw = raws.get(signalIndex)!;
    return { name: spec.description, unit: spec.unit, samplesUv: toMicrovolts(raw.samples, spec), missingCount: raw.invalidCount };
  });
  const sampleCount = leads[0]!.samplesUv.length;
  if (sampleCount === 0) throw new RecordError(`${fileName}: the signal holds 0 samples; expected at least 1`);
  const sampleRateHz = header.frameRateHz * samplesPerFrame;
  if (sampleRateHz > RATE_HZ_MAX) {
    throw new RecordError(`${fileName}: sampling rate of lead ${leads[0]!.name} is ${sampleRateHz} Hz; expected ${RATE_HZ_MIN} to ${RATE_HZ_MAX} Hz`);
  }
  return { name: header.name, sampleRateHz, leads, sampleCount };
}

/**
 * Reads the annotations of a record.
 * @param path The record: its path with or without ".hea".
 * @param annotator Suffix of the file: "atr", "qrs", ...
 * @param sampleRateHz When given, times are converted to this rate if the file states a time resolution of its own.
 * @throws RecordError
 */
export function loadAnnotations(path: string, annotator: string, sampleRateHz?: number): Annotation[] {
  const fileName = `${stem(path)}.${annotator}`;
  const { annotations, timeResolutionHz } = parseAnnotations(readBytes(fileName, "a WFDB annotation file"), fileName);
  if (sampleRateHz === undefined || timeResolutionHz === undefined || timeResolutionHz === sampleRateHz) return annotations;
  return annotations.map((annotation) => ({ ...annotation, sample: Math.round((annotation.sample * sampleRateHz) / timeResolutionHz) }));
}

/**
 * Writes a record of one signal file beside its header.
 * @param path The record's path without suffix; its last part becomes the record's name.
 * @throws RecordError for samples that the format cannot hold.
 */
export function writeRecord(path: string, record: RecordToWrite): void {
  const name = basename(path);
  const bytes = encodeSignals(record.signals.map((signal) => signal.samples), record.format, `${path}.dat`);
  const signals = record.signals.map((signal): SignalSpec => ({
    fileName: `${name}.dat`,
    format: record.format,
    samplesPerFrame: 1,
    skewSamples: 0,
    byteOffset: 0,
    gain: signal.gain,
    baseline: signal.baseline ?? signal.adcZero,
    unit: signal.unit ?? "mV",
    adcBits: signal.adcBits ?? ADC_BITS_DEFAULT,
    adcZero: signal.adcZero,
    initialValue: signal.samples[0] ?? signal.adcZero,
    checksum: checksumOf(signal.samples),
    blockSizeBytes: 0,
    description: signal.description,
  }));
  const header: Header = {
    name,
    frameRateHz: record.sampleRateHz,
    counterRateHz: undefined,
    counterBase: undefined,
    frameCount: record.signals[0]?.samples.length ?? 0,
    startTime: undefined,
    startDate: undefined,
    signals,
    comments: [...(record.comments ?? [])],
  };
  writeFileSync(`${path}.dat`, bytes);
  writeFileSync(`${path}.hea`, formatHeader(header), "latin1");
}

/** Writes annotations beside a record, as `PATH.ANNOTATOR`. They must be in order of time. */
export function writeAnnotations(path: string, annotator: string, annotations: readonly Annotation[]): void {
  const fileName = `${stem(path)}.${annotator}`;
  writeFileSync(fileName, formatAnnotations(annotations, fileName));
}

/** The record's path without the suffix of one of its files. */
function stem(path: string): string {
  return path.replace(/\.(hea|dat|mat)$/, "");
}

function readBytes(fileName: string, expectation: string): Buffer {
  try {
    return readFileSync(fileName);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === "ENOENT" ? "not found" : `cannot be read (${(error as NodeJS.ErrnoException).code})`;
    throw new RecordError(`${fileName}: ${reason}; expected ${expectation}`);
  }
}

/** Header positions of the wanted leads; at least one. */
function chooseSignals(specs: readonly SignalSpec[], lead: string | number | undefined, fileName: string): number[] {
  const leads = specs.flatMap((spec, index) => (isVoltage(spec) ? [index] : []));
  if (leads.length === 0) throw new RecordError(`${fileName}: has ${specs.length} signals, none of them a voltage; expected at least one ECG lead`);
  if (lead === undefined) return leads;
  const byName = leads.find((index) => specs[index]!.description.toLowerCase() === String(lead).toLowerCase());
  const chosen = byName ?? leads.find((index) => String(index) === String(lead));
  if (chosen !== undefined) return [chosen];
  throw new RecordError(`${fileName}: has no lead "${lead}"; expected one of ${listLeads(specs)}`);
}

function listLeads(specs: readonly SignalSpec[]): string {
  return specs.flatMap((spec, index) => (isVoltage(spec) ? [`${spec.description} (${index})`] : [])).join(", ");
}

function isVoltage(spec: SignalSpec): boolean {
  return MICROVOLTS.has(spec.unit.toLowerCase());
}

/** Decodes the signal files that the wanted signals lie in; checks the checksums of the wanted signals. */
function loadSignals(header: Header, wanted: readonly number[], folder: string, options: LoadRecordOptions): Map<number, RawSignal> {
  const loaded = new Map<number, RawSignal>();
  for (const signalFile of new Set(wanted.map((index) => header.signals[index]!.fileName))) {
    const group = header.signals.filter((spec) => spec.fileName === signalFile);
    const fileName = join(folder, signalFile);
    const raws = decodeSignals(readBytes(fileName, "the signal file that the header names"), group, header.frameCount, fileName);
    raws.forEach((raw, position) => {
      const spec = group[position]!;
      const index = header.signals.indexOf(spec);
      if (wanted.includes(index)) {
        checkChecksum(raw, spec, fileName, options);
        loaded.set(index, raw);
      }
    });
  }
  return loaded;
}

function checkChecksum(raw: RawSignal, spec: SignalSpec, fileName: string, options: LoadRecordOptions): void {
  if (spec.checksum === undefined || spec.checksum === raw.checksum) return;
  const message = `${fileName}: checksum of lead ${spec.description} is ${raw.checksum}; expected ${spec.checksum}, so the file is damaged`;
  if (options.onChecksum !== "warn") throw new RecordError(message);
  options.warn?.(message);
}

function toMicrovolts(samples: Int32Array, spec: SignalSpec): Int32Array {
  const microvoltsPerUnit = MICROVOLTS.get(spec.unit.toLowerCase())!;
  const samplesUv = new Int32Array(samples.length);
  for (let index = 0; index < samples.length; index++) {
    samplesUv[index] = Math.round(((samples[index]! - spec.baseline) * microvoltsPerUnit) / spec.gain);
  }
  return samplesUv;
}

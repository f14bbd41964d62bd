// The WFDB header (.hea): text to a value and back. Pure; files are opened in record.ts.
import { RecordError } from "./record-error.js";

/** Rate when the record line gives none. [frames/s] Source: WFDB Applications Guide, header(5). */
export const FRAME_RATE_HZ_DEFAULT = 250;

/** Gain when the signal line gives none or 0. [ADC units per physical unit] Source: header(5). */
export const GAIN_DEFAULT = 200;

/** ADC resolution when the signal line gives none. [bits] Source: header(5), amplitude formats other than 8. */
export const ADC_BITS_DEFAULT = 12;

/** One signal line of a header. */
export interface SignalSpec {
  /** Name of the signal file, beside the header. Signals that share a file are interleaved in it. */
  fileName: string;
  /** WFDB storage format: 16, 212, ... (signal(5)). */
  format: number;
  samplesPerFrame: number;
  /** How many samples later than the first signal this one is stored. */
  skewSamples: number;
  /** Bytes before the first sample in the file (24 in the CinC 2017 .mat files). */
  byteOffset: number;
  /** ADC units per `unit`. */
  gain: number;
  /** ADC value that stands for 0 `unit`. */
  baseline: number;
  unit: string;
  adcBits: number;
  adcZero: number;
  /** First sample, where given. Some published headers have it wrong, so nothing depends on it. */
  initialValue: number | undefined;
  /** 16-bit signed sum of all samples, where given. The CinC 2017 headers say 0 for "not given", so 0 is read as undefined. */
  checksum: number | undefined;
  /** Bytes per block for special files; 0 for ordinary files. */
  blockSizeBytes: number;
  /** The lead's name, for ECG. */
  description: string;
}

/** A single-segment header. */
export interface Header {
  name: string;
  frameRateHz: number;
  /** Rate of the recorder's own counter, if different from the frame rate. */
  counterRateHz: number | undefined;
  /** Counter value at the first sample. */
  counterBase: number | undefined;
  /** Frames in the record; undefined where the header does not say. */
  frameCount: number | undefined;
  startTime: string | undefined;
  startDate: string | undefined;
  signals: SignalSpec[];
  /** Comment lines without the leading "#" and one space. */
  comments: string[];
}

/**
 * Reads a header.
 * @param text Contents of the .hea file.
 * @param fileName Named in errors.
 * @throws RecordError for a multi-segment header, a missing line or a field that is not what header(5) allows.
 */
export function parseHeader(text: string, fileName: string): Header {
  const comments: string[] = [];
  const lines: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith("#")) comments.push(line.replace(/^# ?/, ""));
    else if (line.trim() !== "") lines.push(line.trim());
  }
  const recordLine = lines[0];
  if (recordLine === undefined) throw new RecordError(`${fileName}: empty; expected a WFDB header`);
  const fields = recordLine.split(/\s+/);
  const [name, segments] = (fields[0] ?? "").split("/");
  if (name === undefined || !/^[A-Za-z0-9_-]+$/.test(name)) {
    throw new RecordError(`${fileName}: record name is "${fields[0]}"; expected letters, digits, "_" or "-"`);
  }
  if (segments !== undefined) {
    throw new RecordError(`${fileName}: has ${segments} segments; expected a single-segment record`);
  }
  const signalCount = wholeNumber(fields[1], "number of signals", fileName);
  const rate = parseRate(fields[2], fileName);
  // 0 frames means "not known" (header(5)), as an absent field does.
  const frameCount = fields[3] === undefined ? 0 : wholeNumber(fields[3], "number of samples", fileName);
  const signals = lines.slice(1, 1 + signalCount).map((line, index) => parseSignalLine(line, index, name, fileName));
  if (signals.length < signalCount) {
    throw new RecordError(`${fileName}: has ${signals.length} signal lines; expected ${signalCount}`);
  }
  return { name, ...rate, frameCount: frameCount === 0 ? undefined : frameCount, startTime: fields[4], startDate: fields[5], signals, comments };
}

/** Writes a header as header(5) wants it; `parseHeader` gives back the same value. */
export function formatHeader(header: Header): string {
  let record = `${header.name} ${header.signals.length} ${header.frameRateHz}`;
  if (header.counterRateHz !== undefined) {
    record += `/${header.counterRateHz}`;
    if (header.counterBase !== undefined) record += `(${header.counterBase})`;
  }
  const optional = [header.frameCount, header.startTime, header.startDate];
  while (optional.length > 0 && optional.at(-1) === undefined) optional.pop();
  // A later field needs the number of samples before it; 0 stands for "not known".
  for (const field of optional) record += ` ${field ?? 0}`;
  const signals = header.signals.map(formatSignalLine);
  const comments = header.comments.map((comment) => `# ${comment}`);
  return [record, ...signals, ...comments, ""].join("\n");
}

function parseRate(field: string | undefined, fileName: string): Pick<Header, "frameRateHz" | "counterRateHz" | "counterBase"> {
  if (field === undefined) return { frameRateHz: FRAME_RATE_HZ_DEFAULT, counterRateHz: undefined, counterBase: undefined };
  const match = /^([^/(]+)(?:\/([^(]+)(?:\(([^)]+)\))?)?$/.exec(field);
  const frameRateHz = Number(match?.[1]);
  const counterRateHz = match?.[2] === undefined ? undefined : Number(match[2]);
  const counterBase = match?.[3] === undefined ? undefined : Number(match[3]);
  const good = frameRateHz > 0 && Number.isFinite(frameRateHz) && !Number.isNaN(counterRateHz) && !Number.isNaN(counterBase);
  if (match === null || !good) {
    throw new RecordError(`${fileName}: sampling rate is "${field}"; expected a positive number of Hz, such as 360 or 360/360(0)`);
  }
  return { frameRateHz, counterRateHz, counterBase };
}

function parseSignalLine(line: string, index: number, record: string, fileName: string): SignalSpec {
  const where = `${fileName}: signal ${index}`;
  const fields = line.split(/\s+/);
  const format = /^(\d+)(?:x(\d+))?(?::(\d+))?(?:\+(\d+))?$/.exec(fields[1] ?? "");
  if (format === null) throw new RecordError(`${where}: format is "${fields[1] ?? ""}"; expected such as 16, 212 or 16+24`);
  const samplesPerFrame = Number(format[2] ?? 1);
  if (samplesPerFrame === 0) throw new RecordError(`${where}: format is "${fields[1]}"; expected at least 1 sample per frame`);
  const gain = /^([-+.\deE]+)(?:\(([-+]?\d+)\))?(?:\/(\S+))?$/.exec(fields[2] ?? String(GAIN_DEFAULT));
  const gainValue = Number(gain?.[1]);
  if (gain === null || !Number.isFinite(gainValue)) {
    throw new RecordError(`${where}: gain is "${fields[2]}"; expected such as 200, 200(1024) or 200/mV`);
  }
  const checksum = fields[6] === undefined ? 0 : (integer(fields[6], "checksum", where) << 16) >> 16;
  const adcZero = fields[4] === undefined ? 0 : integer(fields[4], "ADC zero", where);
  return {
    fileName: fields[0] ?? "",
    format: Number(format[1]),
    samplesPerFrame,
    skewSamples: Number(format[3] ?? 0),
    byteOffset: Number(format[4] ?? 0),
    gain: gainValue === 0 ? GAIN_DEFAULT : gainValue,
    baseline: gain[2] === undefined ? adcZero : Number(gain[2]),
    unit: gain[3] ?? "mV",
    adcBits: fields[3] === undefined ? ADC_BITS_DEFAULT : wholeNumber(fields[3], "ADC resolution", where),
    adcZero,
    initialValue: fields[5] === undefined ? undefined : integer(fields[5], "initial value", where),
    checksum: checksum === 0 ? undefined : checksum,
    blockSizeBytes: fields[7] === undefined ? 0 : integer(fields[7], "block size", where),
    description: fields.length > 8 ? fields.slice(8).join(" ") : `record ${record}, signal ${index}`,
  };
}

function formatSignalLine(signal: SignalSpec): string {
  let format = String(signal.format);
  if (signal.samplesPerFrame !== 1) format += `x${signal.samplesPerFrame}`;
  if (signal.skewSamples !== 0) format += `:${signal.skewSamples}`;
  if (signal.byteOffset !== 0) format += `+${signal.byteOffset}`;
  let gain = String(signal.gain);
  if (signal.baseline !== signal.adcZero) gain += `(${signal.baseline})`;
  if (signal.unit !== "mV") gain += `/${signal.unit}`;
  const line = `${signal.fileName} ${format} ${gain} ${signal.adcBits} ${signal.adcZero}`;
  if (signal.initialValue === undefined) return line;
  return `${line} ${signal.initialValue} ${signal.checksum ?? 0} ${signal.blockSizeBytes} ${signal.description}`;
}

function integer(field: string, what: string, where: string): number {
  if (!/^[-+]?\d+$/.test(field)) throw new RecordError(`${where}: ${what} is "${field}"; expected a whole number`);
  return Number(field);
}

function wholeNumber(field: string | undefined, what: string, where: string): number {
  if (field === undefined || !/^\d+$/.test(field)) {
    throw new RecordError(`${where}: ${what} is "${field ?? ""}"; expected a whole number, 0 or more`);
  }
  return Number(field);
}

// Bedside protocol: what the simulator and the page say to each other on the /sim WebSocket. Both sides use this file.

/*
 * Not the air: a device keeps raw ECG to itself but for the 10 s around an alert, so these samples reach only this local screen, never the broker.
 *
 * Simulator to page: text messages of JSON (`BedsideMessage`) and binary frames of samples:
 *   0  float64 LE  number of the first sample
 *   8  uint16 LE   count of samples
 *  10  int16 LE    samples [uV], `count` of them, consecutive
 * Page to simulator: text messages of JSON (`Command`). What is not a command is answered with an error message.
 */

/** Path of the WebSocket on the page's own server. */
export const BEDSIDE_PATH = "/sim";
/** Path of the page's configuration. */
export const CONFIG_PATH = "/config.json";

/** What the page must know before it can listen to the broker. */
export interface PageConfig {
  /** WebSocket address of the MQTT broker; "" if it has none. */
  brokerUrl: string;
  /** The device at this bedside. */
  deviceId: string;
  /** The device's data keys in hexadecimal, by epoch; undefined: it sends in clear. For this machine's own screen only. */
  keys?: Readonly<Record<string, string>> | undefined;
}

/** Multiple of real time; "max" = as fast as the machine can. */
export type Speed = number | "max";

/** What is simulated; the first message on every connection. */
export interface Hello {
  /** Name of the recording or of the synthetic patient. */
  record: string;
  /** JavaScript engine that runs the firmware: "node" or "xs". */
  engine: string;
  speed: Speed;
  deviceId: string;
}

/** A detected beat; sent when it was found, and again when its class is known. */
export interface BedsideBeat {
  /** Number of the sample at the R peak. */
  sample: number;
  /** One of BEAT_LETTERS; "" while it is not known. */
  class: string;
  /** Heart rate with this beat; -1 while unknown. [1/min] */
  heartRateBpm: number;
}

/** How device and simulated world are; about four times a second. */
export interface BedsideState {
  /** Simulated time since the start of the run. [ms] */
  simMs: number;
  /** The simulated network carries. */
  linkUp: boolean;
  /** The device's own view: its MQTT session stands. */
  online: boolean;
  leadOff: boolean;
  powered: boolean;
  /** The device's own view; -1 while unknown. [1/min] */
  heartRateBpm: number;
  /** Alerts in flash that no broker has acknowledged. */
  pendingAlerts: number;
  speed: Speed;
  /** The recording is at its end. */
  finished: boolean;
}

export type BedsideMessage =
  | ({ type: "hello"; sampleRateHz: number } & Hello)
  | ({ type: "beat" } & BedsideBeat)
  | ({ type: "state" } & BedsideState)
  | { type: "error"; problem: string };

/** What a person at the bedside can do: false cuts the link, pulls the lead, cuts the power; true restores it. */
export const COMMAND_NAMES = ["link", "lead", "power"] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];
export interface Command {
  type: "command";
  name: CommandName;
  value: boolean;
}

/** Longest command. [bytes] A valid one has about 50; more is not from our page. */
export const COMMAND_BYTES_MAX = 256;

/** Most samples in one frame: half a minute. */
export const FRAME_SAMPLES_MAX = 8192;
const FRAME_HEAD_BYTES = 10;

/** A run of consecutive samples. */
export interface SampleFrame {
  firstSample: number;
  samplesUv: Int16Array;
}

/** @param count Of `samplesUv`; at most FRAME_SAMPLES_MAX. */
export function encodeSamples(firstSample: number, samplesUv: Int16Array, count: number): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEAD_BYTES + 2 * count);
  const view = new DataView(bytes.buffer);
  view.setFloat64(0, firstSample, true);
  view.setUint16(8, count, true);
  for (let index = 0; index < count; index++) view.setInt16(FRAME_HEAD_BYTES + 2 * index, samplesUv[index] as number, true);
  return bytes;
}

/** @returns the samples, or undefined if the bytes are no whole frame. */
export function decodeSamples(bytes: ArrayBuffer): SampleFrame | undefined {
  if (bytes.byteLength < FRAME_HEAD_BYTES) return undefined;
  const view = new DataView(bytes);
  const firstSample = view.getFloat64(0, true);
  const count = view.getUint16(8, true);
  if (!Number.isSafeInteger(firstSample) || firstSample < 0) return undefined;
  if (bytes.byteLength !== FRAME_HEAD_BYTES + 2 * count) return undefined;
  const samplesUv = new Int16Array(count);
  for (let index = 0; index < count; index++) samplesUv[index] = view.getInt16(FRAME_HEAD_BYTES + 2 * index, true);
  return { firstSample, samplesUv };
}

export type ParsedCommand = { readonly ok: true; readonly command: Command } | { readonly ok: false; readonly problem: string };

/** Reads a command from the page; whatever else it is, is refused with what was expected. */
export function parseCommand(text: string): ParsedCommand {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return { ok: false, problem: "message: not JSON, expected a command" };
  }
  const { type, name, value } = (typeof message === "object" && message !== null ? message : {}) as Record<string, unknown>;
  if (type !== "command") return { ok: false, problem: `message.type: ${JSON.stringify(type)}, expected "command"` };
  const known = COMMAND_NAMES.find((candidate) => candidate === name);
  if (!known) return { ok: false, problem: `command.name: ${JSON.stringify(name)}, expected ${COMMAND_NAMES.join(", ")}` };
  if (typeof value !== "boolean") return { ok: false, problem: `command.value: ${JSON.stringify(value)}, expected true or false` };
  return { ok: true, command: { type, name: known, value } };
}

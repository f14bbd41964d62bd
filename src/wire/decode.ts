// What only receivers of a device's messages need: decoders and names. No device holds this module. See FORMAT.md.
import { crc32 } from "../base/crc32.js";
import type { Alert, Phase, Priority } from "../vocabulary/alert.js";
import { PHASE_END, PRIORITY_HIGH, PRIORITY_LOW } from "../vocabulary/alert.js";
import { getU16, getU32, getU48 } from "./bytes.js";
import { A128GCM, A256GCM, ALGORITHM_OFFSET, EPOCH_OFFSET, type Envelope, SEALED_BYTES_MAX, getBigEndian, readEnvelope } from "./cose.js";
import { DELIVERY_BYTES, DELIVERY_VERSION, type Delivery, FLAG_LATE, FLAG_REDELIVERED } from "./delivery.js";
import {
  ALERT_BYTES, ALERT_WALL_OFFSET, BIRTH_BYTES_MIN, type Birth, CLOCK_BYTES, type ClockRecord, type DecodeProblem, type Decoded, type DeviceState, RECORD_VERSION, STATE_OFFLINE, STATUS_BYTES,
  type Status, clockUptimeMs, clockWallMs,
} from "./record.js";
import { DELTA_BYTES_MAX, FLAG_LAST, STRIP_HEAD_BYTES, STRIP_SAMPLES_MAX, type StripHead } from "./strip.js";
import { CHANNELS, type Channel, ROOT, isDeviceId } from "./topic.js";
import { UPDATE_ON_TRIAL, UPDATE_REPORT_BYTES, type UpdateReport } from "./update.js";

/** The longest head of an envelope. */
const ENVELOPE_HEAD_BYTES = 30;
/** Of a Unix time in an alert. */
const WALL_BYTES = 6;

export const RESULT_NAMES = Object.freeze(["none", "done", "bad value", "no such alarm", "not stored", "not understood"] as const);
export const UPDATE_STATE_NAMES = Object.freeze(["idle", "receiving", "selected", "on trial"] as const);
export const UPDATE_RESULT_NAMES = Object.freeze([
  "goes on", "done", "no update header", "an image for another board", "not newer than what runs", "longer than a slot", "the firmware that runs is on trial itself",
  "not signed with the key that the device knows", "a piece out of order", "the flash failed", "the image is not the one that was signed",
] as const);

/** A status of firmware that takes no commands. */
const STATUS_BYTES_MIN = 32;
/** Of firmware that does not say how many samples were late. */
const STATUS_BYTES_COMMANDS = 44;
export const STATE_NAMES = Object.freeze(["lost", "online", "offline"] as const);

/** Decodes an alert; an unknown condition code is passed on (a newer firmware may have sent it), impossible values are refused. */
export function decodeAlert(bytes: Uint8Array): Decoded<Alert> {
  const problem = headProblem(bytes, "alert", ALERT_BYTES);
  if (problem) return refuse(problem);
  const phase = bytes[2] as number;
  const priority = bytes[3] as number;
  const clockQuality = bytes[30] as number;
  if (phase > PHASE_END) return refuse(`alert.phase: ${phase}, expected 0 or 1`);
  if (priority < PRIORITY_LOW || priority > PRIORITY_HIGH) return refuse(`alert.priority: ${priority}, expected 1 to 3`);
  if (clockQuality > 2) return refuse(`alert.clockQuality: ${clockQuality}, expected 0 to 2`);
  return {
    ok: true,
    value: {
      conditionCode: bytes[1] as number,
      phase: phase as Phase,
      priority: priority as Priority,
      latching: bytes[31] === 1,
      bootCount: getU32(bytes, 4),
      sequence: getU32(bytes, 8),
      onsetSequence: getU32(bytes, 46),
      onsetUptimeMs: getU48(bytes, 12),
      raisedUptimeMs: getU48(bytes, 18),
      onsetWallMs: getU48(bytes, ALERT_WALL_OFFSET),
      clockQuality: clockQuality as 0 | 1 | 2,
      onsetSample: getU48(bytes, 32),
      measured: getU32(bytes, 38) | 0,
      limit: getU32(bytes, 42) | 0,
    },
  };
}

/** CRC of an encoded alert without its Unix time, which may be filled in later. It is the same however often the alert is delivered. */
export function alertFingerprint(bytes: Uint8Array): number {
  return crc32(bytes, ALERT_WALL_OFFSET + WALL_BYTES, ALERT_BYTES, crc32(bytes, 0, ALERT_WALL_OFFSET));
}

export function decodeStatus(bytes: Uint8Array): Decoded<Status> {
  const problem = headProblem(bytes, "status", STATUS_BYTES_MIN);
  if (problem) return refuse(problem);
  const takesCommands = bytes.length >= STATUS_BYTES_COMMANDS;
  const state = bytes[1] as number;
  const clockQuality = bytes[2] as number;
  if (state > STATE_OFFLINE) return refuse(`status.state: ${state}, expected 0 to 2`);
  if (clockQuality > 2) return refuse(`status.clockQuality: ${clockQuality}, expected 0 to 2`);
  return {
    ok: true,
    value: {
      state: state as DeviceState,
      leadOff: ((bytes[3] as number) & 1) !== 0,
      journalFault: ((bytes[3] as number) & 2) !== 0,
      bootCount: getU32(bytes, 4),
      uptimeMs: getU48(bytes, 8),
      wallMs: getU48(bytes, 14),
      clockQuality: clockQuality as 0 | 1 | 2,
      heartRateBpm: getU32(bytes, 20) | 0,
      pendingAlerts: getU32(bytes, 24),
      lostSamples: getU32(bytes, 28),
      commandSequence: takesCommands ? getU48(bytes, 32) : 0,
      commandResult: takesCommands ? (bytes[38] as number) : 0,
      unacknowledgedAlarms: takesCommands ? (bytes[39] as number) : 0,
      refusedCommands: takesCommands ? getU32(bytes, 40) : 0,
      lateSamples: bytes.length >= STATUS_BYTES ? getU32(bytes, 44) : 0,
    },
  };
}

/** A record that was dropped, by its boot, time since start and number. */
export interface DroppedRecord {
  readonly bootCount: number;
  /** [s] */
  readonly uptimeS: number;
  readonly sequence: number;
}

/** "N records of a class were dropped": the device had no room for them, or their bytes were damaged. */
export interface DropReport {
  readonly reason: "no room" | "damaged";
  readonly lane: "alerts" | "evidence";
  readonly priority: number;
  readonly count: number;
  readonly oldest: DroppedRecord;
  readonly newest: DroppedRecord;
}

const DROP_REPORT_BYTES = 32;

export function decodeDropReport(bytes: Uint8Array): Decoded<DropReport> {
  const problem = headProblem(bytes, "drop report", DROP_REPORT_BYTES);
  if (problem) return refuse(problem);
  const recordAt = (offset: number): DroppedRecord => ({ bootCount: getU32(bytes, offset), uptimeS: getU32(bytes, offset + 4), sequence: getU32(bytes, offset + 8) });
  return {
    ok: true,
    value: {
      reason: bytes[1] === 1 ? "no room" : "damaged",
      lane: bytes[2] === 1 ? "alerts" : "evidence",
      priority: bytes[3] as number,
      count: getU32(bytes, 4),
      oldest: recordAt(8),
      newest: recordAt(20),
    },
  };
}

function textAt(bytes: Uint8Array, offset: number, byteCount: number): string {
  let text = "";
  for (let index = 0; index < byteCount; index++) text += String.fromCharCode((bytes[offset + index] as number) & 0x7f);
  return text;
}

export function decodeBirth(bytes: Uint8Array): Decoded<Birth> {
  const problem = headProblem(bytes, "birth", BIRTH_BYTES_MIN);
  if (problem) return refuse(problem);
  const clockQuality = bytes[1] as number;
  const versionBytes = bytes[20] as number;
  const modelBytes = bytes[21] as number;
  if (clockQuality > 2) return refuse(`birth.clockQuality: ${clockQuality}, expected 0 to 2`);
  if (bytes.length < BIRTH_BYTES_MIN + versionBytes + modelBytes)
    return refuse(`birth: ${bytes.length} bytes, expected ${BIRTH_BYTES_MIN + versionBytes + modelBytes}`);
  return {
    ok: true,
    value: {
      bootCount: getU32(bytes, 4),
      uptimeMs: getU48(bytes, 8),
      wallMs: getU48(bytes, 14),
      clockQuality: clockQuality as 0 | 1 | 2,
      sampleRateHz: getU16(bytes, 2),
      firmwareVersion: textAt(bytes, BIRTH_BYTES_MIN, versionBytes),
      afeModel: textAt(bytes, BIRTH_BYTES_MIN + versionBytes, modelBytes),
    },
  };
}

export function decodeClock(bytes: Uint8Array): Decoded<ClockRecord> {
  const problem = headProblem(bytes, "clock", CLOCK_BYTES);
  if (problem) return refuse(problem);
  const wallMs = clockWallMs(bytes);
  if (wallMs === 0) return refuse("clock.wallMs: 0, expected a Unix time");
  return { ok: true, value: { bootCount: getU32(bytes, 4), uptimeMs: clockUptimeMs(bytes), wallMs } };
}

/** Reads the header; the record is `message.subarray(DELIVERY_BYTES, DELIVERY_BYTES + recordBytes)`, checked to be there. */
export function decodeDelivery(message: Uint8Array): Decoded<Delivery> {
  if (message.length < DELIVERY_BYTES) return { ok: false, problem: `message: ${message.length} bytes, expected at least ${DELIVERY_BYTES}` };
  if (message[0] !== DELIVERY_VERSION) return { ok: false, problem: `message: version ${message[0]}, expected ${DELIVERY_VERSION}` };
  const recordBytes = getU16(message, 20);
  if (message.length !== DELIVERY_BYTES + recordBytes)
    return { ok: false, problem: `message: ${message.length} bytes, expected ${DELIVERY_BYTES + recordBytes}` };
  const flags = message[2] as number;
  const dated = message[3] as number;
  if (dated > 2) return { ok: false, problem: `message: dated ${dated}, expected 0 to 2` };
  return {
    ok: true,
    value: {
      kind: message[1] as number,
      late: (flags & FLAG_LATE) !== 0,
      redelivered: (flags & FLAG_REDELIVERED) !== 0,
      bootCount: getU32(message, 4),
      sentUptimeMs: getU48(message, 8),
      sentWallMs: getU48(message, 14),
      dated: dated as 0 | 1 | 2,
      recordBytes,
    },
  };
}

export interface StripPart extends StripHead {
  readonly samplesUv: Int16Array;
}

/** Decodes a part; a part that does not hold exactly its samples, or one that is no int16, is refused. */
export function decodeStripPart(bytes: Uint8Array): Decoded<StripPart> {
  if (bytes.length < STRIP_HEAD_BYTES) return refuse(`strip: ${bytes.length} bytes, expected at least ${STRIP_HEAD_BYTES}`);
  if (bytes[0] !== RECORD_VERSION) return refuse(`strip: version ${bytes[0]}, expected ${RECORD_VERSION}`);
  const sampleCount = getU16(bytes, 18);
  if (sampleCount > STRIP_SAMPLES_MAX) return refuse(`strip.sampleCount: ${sampleCount}, expected at most ${STRIP_SAMPLES_MAX}`);
  const samplesUv = new Int16Array(sampleCount);
  let sampleUv = (getU16(bytes, 20) << 16) >> 16;
  let offset = STRIP_HEAD_BYTES;
  if (sampleCount > 0) samplesUv[0] = sampleUv;
  for (let index = 1; index < sampleCount; index++) {
    let code = 0;
    let byte = 0x80;
    for (let shift = 0; (byte & 0x80) !== 0; shift += 7) {
      if (shift === 7 * DELTA_BYTES_MAX || offset === bytes.length) return refuse(`strip: sample ${index} is damaged`);
      byte = bytes[offset++] as number;
      code |= (byte & 0x7f) << shift;
    }
    sampleUv += (code >>> 1) ^ -(code & 1);
    if (sampleUv < -32768 || sampleUv > 32767) return refuse(`strip: sample ${index} is ${sampleUv}, expected an int16`);
    samplesUv[index] = sampleUv;
  }
  if (offset !== bytes.length) return refuse(`strip: ${bytes.length} bytes, expected ${offset}`);
  return {
    ok: true,
    value: {
      partIndex: bytes[1] as number, isLast: ((bytes[2] as number) & FLAG_LAST) !== 0, bootCount: getU32(bytes, 4), sequence: getU32(bytes, 8),
      firstSample: getU48(bytes, 12), sampleCount, firstUv: samplesUv[0] ?? 0, samplesUv,
    },
  };
}

export function decodeUpdateReport(bytes: Uint8Array): Decoded<UpdateReport> {
  const problem = headProblem(bytes, "update", UPDATE_REPORT_BYTES);
  if (problem) return { ok: false, problem };
  const state = bytes[1] as number;
  if (state > UPDATE_ON_TRIAL) return { ok: false, problem: `update.state: ${state}, expected 0 to ${UPDATE_ON_TRIAL}` };
  return {
    ok: true,
    value: {
      state, result: bytes[2] as number, bootCount: getU32(bytes, 4), runningVersion: getU32(bytes, 8), offeredVersion: getU32(bytes, 12),
      imageBytes: getU32(bytes, 16), nextOffset: getU32(bytes, 20), sequence: getU48(bytes, 24),
    },
  };
}

/** Reads an envelope, without a copy. What is not exactly what `encodeEnvelope` makes is refused. */
export function decodeEnvelope(message: Uint8Array): Decoded<Envelope> {
  const algorithm = message[ALGORITHM_OFFSET];
  if (algorithm !== A128GCM && algorithm !== A256GCM) return refuse(`envelope.algorithm: ${algorithm}, expected 1 (A128GCM) or 3 (A256GCM)`);
  const envelope = readEnvelope(message, algorithm === A128GCM ? 16 : 32, getBigEndian(message, EPOCH_OFFSET));
  if (envelope && envelope.sealed.length <= SEALED_BYTES_MAX) return { ok: true, value: envelope };
  const head = Array.from(message.subarray(0, ENVELOPE_HEAD_BYTES), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return refuse(`envelope: ${message.length} bytes that begin with ${head}, expected heads as in FORMAT.md and at least a tag`);
}

/** Whose topic, and for what. */
export interface Address {
  readonly deviceId: string;
  readonly channel: Channel;
}

/** @returns device and channel of a topic, or undefined if it is none of ours. */
export function parseTopic(topic: string): Address | undefined {
  if (!topic.startsWith(`${ROOT}/`)) return undefined;
  const [deviceId, name, ...rest] = topic.slice(ROOT.length + 1).split("/");
  const channel = CHANNELS.find((candidate) => candidate === name);
  if (deviceId === undefined || channel === undefined || rest.length > 0 || !isDeviceId(deviceId)) return undefined;
  return { deviceId, channel };
}

/** Undoes `versionNumber`. */
export function versionText(number: number): string {
  return `${Math.floor(number / 1_000_000)}.${Math.floor(number / 1000) % 1000}.${number % 1000}`;
}

function refuse(problem: string): DecodeProblem {
  return { ok: false, problem };
}

/** @returns what is wrong with the length and the version of a record, or "" */
function headProblem(bytes: Uint8Array, what: string, bytesMin: number): string {
  if (bytes.length < bytesMin) return `${what}: ${bytes.length} bytes, expected ${bytesMin}`;
  if (bytes[0] !== RECORD_VERSION) return `${what}: version ${bytes[0]}, expected ${RECORD_VERSION}`;
  return "";
}

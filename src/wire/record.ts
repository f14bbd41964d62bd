// The one binary encoding of alerts, status and birth: the same bytes on flash, over MQTT and in the dashboard. See FORMAT.md.
import { assert } from "../base/assert.js";
import { crc32 } from "../base/crc32.js";
import type { Alert, Phase, Priority } from "../vocabulary/alert.js";
import { PHASE_END, PRIORITY_HIGH, PRIORITY_LOW } from "../vocabulary/alert.js";
import { getI32, getU16, getU32, getU48, putU16, putU32, putU48 } from "./bytes.js";

/** Format version in byte 0 of every record. A reader refuses a newer one; a newer reader knows all older ones. */
export const RECORD_VERSION = 1;

/** Kinds of record; the journal and the delivery header carry them. Never reuse a number. */
export const KIND_ALERT = 1;
export const KIND_STATUS = 2;
export const KIND_BIRTH = 3;
/** In the journal only: an alert of PHASE_END, since of the other alerts the newest may go first. It is delivered as KIND_ALERT. */
export const KIND_ALERT_END = 4;
/** When a boot learned the time: dates what that boot had recorded before. In the journal's evidence lane: it goes after all that it dates. */
export const KIND_CLOCK = 65;
/** Made by the journal itself when it had to drop records: see src/journal/FORMAT.md. */
export const KIND_DROP_REPORT = 63;

export const ALERT_BYTES = 50;
const ALERT_WALL_OFFSET = 24;
const WALL_BYTES = 6;
export const STATUS_BYTES = 44;
/** A status of firmware that takes no commands. */
const STATUS_BYTES_MIN = 32;
export const CLOCK_BYTES = 20;
/** A birth record without its texts. */
export const BIRTH_BYTES_MIN = 24;
/** Longest text (firmware version, AFE model) in a birth record. [bytes] */
export const BIRTH_TEXT_BYTES_MAX = 24;
export const BIRTH_BYTES_MAX = BIRTH_BYTES_MIN + 2 * BIRTH_TEXT_BYTES_MAX;

/** States of a device, in status records. LOST is only ever said by the broker, as the device's Last Will. */
export const STATE_LOST = 0;
export const STATE_ONLINE = 1;
/** The device said goodbye. */
export const STATE_OFFLINE = 2;
export type DeviceState = typeof STATE_LOST | typeof STATE_ONLINE | typeof STATE_OFFLINE;
export const STATE_NAMES = Object.freeze(["lost", "online", "offline"] as const);

/** How the device is. Retained on the status topic. */
export interface Status {
  state: DeviceState;
  leadOff: boolean;
  /** The flash does not take alerts: what is raised is seen at the device alone. */
  journalFault: boolean;
  bootCount: number;
  /** When this was written, as time since start. [ms] */
  uptimeMs: number;
  /** Unix time then, 0 while unset. [ms] */
  wallMs: number;
  clockQuality: 0 | 1 | 2;
  /** -1 while unknown. [1/min] */
  heartRateBpm: number;
  /** Alerts in flash that no broker has acknowledged. */
  pendingAlerts: number;
  /** Samples lost since start. */
  lostSamples: number;
  /** Number of the last command, 0 if there was none. */
  commandSequence: number;
  /** RESULT_* of it; see command.ts. */
  commandResult: number;
  /** Alarms that wait to be acknowledged: those that go on, and latching ones that are over. */
  unacknowledgedAlarms: number;
  /** Messages since start that were no genuine command, or an old one. */
  refusedCommands: number;
}

/** What the device is and can do; published once per session. */
export interface Birth {
  bootCount: number;
  uptimeMs: number;
  wallMs: number;
  clockQuality: 0 | 1 | 2;
  sampleRateHz: number;
  firmwareVersion: string;
  afeModel: string;
}

/** What time it was at one moment of a boot. */
export interface ClockRecord {
  bootCount: number;
  uptimeMs: number;
  /** Unix time then. [ms] */
  wallMs: number;
}

/** Why bytes are not a record: the field, what it holds, what it must be. */
export interface DecodeProblem {
  readonly ok: false;
  readonly problem: string;
}
export type Decoded<T> = { readonly ok: true; readonly value: T } | DecodeProblem;

function refuse(problem: string): DecodeProblem {
  return { ok: false, problem };
}

/** @returns what is wrong with the length and the version of a record, or "" */
export function headProblem(bytes: Uint8Array, what: string, bytesMin: number): string {
  if (bytes.length < bytesMin) return `${what}: ${bytes.length} bytes, expected ${bytesMin}`;
  if (bytes[0] !== RECORD_VERSION) return `${what}: version ${bytes[0]}, expected ${RECORD_VERSION}`;
  return "";
}

/** Encodes an alert into the first ALERT_BYTES of `into`. @returns ALERT_BYTES */
export function encodeAlert(alert: Alert, into: Uint8Array): number {
  assert(into.length >= ALERT_BYTES, "encodeAlert: buffer too small");
  into[0] = RECORD_VERSION;
  into[1] = alert.conditionCode;
  into[2] = alert.phase;
  into[3] = alert.priority;
  putU32(into, 4, alert.bootCount);
  putU32(into, 8, alert.sequence);
  putU48(into, 12, alert.onsetUptimeMs);
  putU48(into, 18, alert.raisedUptimeMs);
  putU48(into, ALERT_WALL_OFFSET, alert.onsetWallMs);
  into[30] = alert.clockQuality;
  into[31] = alert.latching ? 1 : 0;
  putU48(into, 32, alert.onsetSample);
  putU32(into, 38, alert.measured);
  putU32(into, 42, alert.limit);
  putU32(into, 46, alert.onsetSequence);
  return ALERT_BYTES;
}

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
      measured: getI32(bytes, 38),
      limit: getI32(bytes, 42),
    },
  };
}

/** Boot count of an encoded alert or part of a strip, without decoding the rest. */
export function alertBootCount(bytes: Uint8Array): number {
  return getU32(bytes, 4);
}

/** Uptime at the onset of an encoded alert, without decoding the rest. [ms] */
export function alertOnsetUptimeMs(bytes: Uint8Array): number {
  return getU48(bytes, 12);
}

/** Unix time of the onset of an encoded alert, 0 = clock unset. [ms] */
export function alertOnsetWallMs(bytes: Uint8Array): number {
  return getU48(bytes, ALERT_WALL_OFFSET);
}

/** Fills in the Unix time of the onset of an encoded alert. [ms] */
export function setAlertOnsetWallMs(bytes: Uint8Array, wallMs: number): void {
  putU48(bytes, ALERT_WALL_OFFSET, wallMs);
}

/** CRC of an encoded alert without its Unix time, which may be filled in later. It is the same however often the alert is delivered. */
export function alertFingerprint(bytes: Uint8Array): number {
  return crc32(bytes, ALERT_WALL_OFFSET + WALL_BYTES, ALERT_BYTES, crc32(bytes, 0, ALERT_WALL_OFFSET));
}

/** Uptime at which an encoded alert was raised, without decoding the rest. [ms] */
export function alertRaisedUptimeMs(bytes: Uint8Array): number {
  return getU48(bytes, 18);
}

/** Encodes a status into the first STATUS_BYTES of `into`. @returns STATUS_BYTES */
export function encodeStatus(status: Status, into: Uint8Array): number {
  assert(into.length >= STATUS_BYTES, "encodeStatus: buffer too small");
  into[0] = RECORD_VERSION;
  into[1] = status.state;
  into[2] = status.clockQuality;
  into[3] = (status.leadOff ? 1 : 0) | (status.journalFault ? 2 : 0);
  putU32(into, 4, status.bootCount);
  putU48(into, 8, status.uptimeMs);
  putU48(into, 14, status.wallMs);
  putU32(into, 20, status.heartRateBpm);
  putU32(into, 24, status.pendingAlerts);
  putU32(into, 28, status.lostSamples);
  putU48(into, 32, status.commandSequence);
  into[38] = status.commandResult;
  into[39] = status.unacknowledgedAlarms;
  putU32(into, 40, status.refusedCommands);
  return STATUS_BYTES;
}

export function decodeStatus(bytes: Uint8Array): Decoded<Status> {
  const problem = headProblem(bytes, "status", STATUS_BYTES_MIN);
  if (problem) return refuse(problem);
  const takesCommands = bytes.length >= STATUS_BYTES;
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
      heartRateBpm: getI32(bytes, 20),
      pendingAlerts: getU32(bytes, 24),
      lostSamples: getU32(bytes, 28),
      commandSequence: takesCommands ? getU48(bytes, 32) : 0,
      commandResult: takesCommands ? (bytes[38] as number) : 0,
      unacknowledgedAlarms: takesCommands ? (bytes[39] as number) : 0,
      refusedCommands: takesCommands ? getU32(bytes, 40) : 0,
    },
  };
}

/** Encodes a birth; texts are cut to BIRTH_TEXT_BYTES_MAX characters and must be ASCII. @returns bytes written, at most BIRTH_BYTES_MAX */
export function encodeBirth(birth: Birth, into: Uint8Array): number {
  assert(into.length >= BIRTH_BYTES_MAX, "encodeBirth: buffer too small");
  into[0] = RECORD_VERSION;
  into[1] = birth.clockQuality;
  putU16(into, 2, birth.sampleRateHz);
  putU32(into, 4, birth.bootCount);
  putU48(into, 8, birth.uptimeMs);
  putU48(into, 14, birth.wallMs);
  const versionBytes = Math.min(birth.firmwareVersion.length, BIRTH_TEXT_BYTES_MAX);
  const modelBytes = Math.min(birth.afeModel.length, BIRTH_TEXT_BYTES_MAX);
  into[20] = versionBytes;
  into[21] = modelBytes;
  into[22] = 0;
  into[23] = 0;
  let offset = BIRTH_BYTES_MIN;
  for (let index = 0; index < versionBytes; index++) into[offset++] = birth.firmwareVersion.charCodeAt(index);
  for (let index = 0; index < modelBytes; index++) into[offset++] = birth.afeModel.charCodeAt(index);
  return offset;
}

/** Encodes a clock record into the first CLOCK_BYTES of `into`. @returns CLOCK_BYTES */
export function encodeClock(clock: ClockRecord, into: Uint8Array): number {
  assert(into.length >= CLOCK_BYTES, "encodeClock: buffer too small");
  into[0] = RECORD_VERSION;
  into.fill(0, 1, 4);
  putU32(into, 4, clock.bootCount);
  putU48(into, 8, clock.uptimeMs);
  putU48(into, 14, clock.wallMs);
  return CLOCK_BYTES;
}

export function decodeClock(bytes: Uint8Array): Decoded<ClockRecord> {
  const problem = headProblem(bytes, "clock", CLOCK_BYTES);
  if (problem) return refuse(problem);
  const wallMs = getU48(bytes, 14);
  if (wallMs === 0) return refuse("clock.wallMs: 0, expected a Unix time");
  return { ok: true, value: { bootCount: getU32(bytes, 4), uptimeMs: getU48(bytes, 8), wallMs } };
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

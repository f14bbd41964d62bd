// The one binary encoding of alerts, status and birth: the same bytes on flash, over MQTT and in the dashboard. See FORMAT.md.
import { assert } from "../base/assert.js";
import type { Alert } from "../vocabulary/alert.js";
import { getU32, getU48, putText, putU16, putU32, putU48 } from "./bytes.js";

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
export const ALERT_WALL_OFFSET = 24;
export const STATUS_BYTES = 48;
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
  /** Samples since start that were taken so far from their instants that the waveform suffers. */
  lateSamples: number;
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

/** Begins a record of `byteCount` bytes: its version and, from byte 4 on, the boot count. What is written beyond the end of `into` would be lost without a word. */
export function startRecord(into: Uint8Array, byteCount: number, bootCount: number): void {
  assert(into.length >= byteCount, "record: no room");
  into[0] = RECORD_VERSION;
  putU32(into, 4, bootCount);
}

/** Encodes an alert into the first ALERT_BYTES of `into`. @returns ALERT_BYTES */
export function encodeAlert(alert: Alert, into: Uint8Array): number {
  startRecord(into, ALERT_BYTES, alert.bootCount);
  into[1] = alert.conditionCode;
  into[2] = alert.phase;
  into[3] = alert.priority;
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

/** Uptime at which an encoded alert was raised, without decoding the rest. [ms] */
export function alertRaisedUptimeMs(bytes: Uint8Array): number {
  return getU48(bytes, 18);
}

/** Encodes a status into the first STATUS_BYTES of `into`. @returns STATUS_BYTES */
export function encodeStatus(status: Status, into: Uint8Array): number {
  startRecord(into, STATUS_BYTES, status.bootCount);
  into[1] = status.state;
  into[2] = status.clockQuality;
  into[3] = (status.leadOff ? 1 : 0) | (status.journalFault ? 2 : 0);
  putU48(into, 8, status.uptimeMs);
  putU48(into, 14, status.wallMs);
  putU32(into, 20, status.heartRateBpm);
  putU32(into, 24, status.pendingAlerts);
  putU32(into, 28, status.lostSamples);
  putU48(into, 32, status.commandSequence);
  into[38] = status.commandResult;
  into[39] = status.unacknowledgedAlarms;
  putU32(into, 40, status.refusedCommands);
  putU32(into, 44, status.lateSamples);
  return STATUS_BYTES;
}

/** Encodes a birth; texts are cut to BIRTH_TEXT_BYTES_MAX characters and must be ASCII. @returns bytes written, at most BIRTH_BYTES_MAX */
export function encodeBirth(birth: Birth, into: Uint8Array): number {
  startRecord(into, BIRTH_BYTES_MAX, birth.bootCount);
  into[1] = birth.clockQuality;
  putU16(into, 2, birth.sampleRateHz);
  putU48(into, 8, birth.uptimeMs);
  putU48(into, 14, birth.wallMs);
  const version = birth.firmwareVersion.slice(0, BIRTH_TEXT_BYTES_MAX);
  const model = birth.afeModel.slice(0, BIRTH_TEXT_BYTES_MAX);
  into[20] = version.length;
  into[21] = model.length;
  putU16(into, 22, 0);
  putText(into, BIRTH_BYTES_MIN, version + model);
  return BIRTH_BYTES_MIN + version.length + model.length;
}

/** Encodes a clock record into the first CLOCK_BYTES of `into`. @returns CLOCK_BYTES */
export function encodeClock(clock: ClockRecord, into: Uint8Array): number {
  startRecord(into, CLOCK_BYTES, clock.bootCount);
  into.fill(0, 1, 4);
  putU48(into, 8, clock.uptimeMs);
  putU48(into, 14, clock.wallMs);
  return CLOCK_BYTES;
}

/** Uptime at which a clock record's boot knew the time. [ms] */
export function clockUptimeMs(bytes: Uint8Array): number {
  return getU48(bytes, 8);
}

/** Unix time then, 0 if what the record holds is none. [ms] */
export function clockWallMs(bytes: Uint8Array): number {
  return bytes[0] === RECORD_VERSION ? getU48(bytes, 14) : 0;
}

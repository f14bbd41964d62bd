// MonitorConfig: patient and device settings, and how they are checked.
import { readForm, rowsOf } from "./form.js";

/** Settings of a monitor. After start only commands change them, and only limits. */
export interface MonitorConfig {
  /** Names the device in topics and alert identities. */
  readonly deviceId: string;
  /** Asystole: no QRS for this long. [ms] */
  readonly asystoleMs: number;
  /** Pause: an RR interval of at least this. [ms] */
  readonly pauseMs: number;
  /** Bradycardia: heart rate below this. [1/min] */
  readonly bradycardiaBpm: number;
  /** Tachycardia: heart rate above this. [1/min] */
  readonly tachycardiaBpm: number;
  /** Ventricular tachycardia: five ventricular beats in a row at a rate above this. [1/min] */
  readonly ventricularTachycardiaBpm: number;
  /** Noise that keeps the ECG from being judged for this long is a technical alarm. [ms] */
  readonly unreadableMs: number;
  /** MQTT keep-alive: after 1.5 times this without an answer the link counts as dead. [ms] */
  readonly keepAliveMs: number;
  /** How often the retained status is renewed while nothing changes. [ms] */
  readonly statusIntervalMs: number;
}

export interface NumberField {
  readonly name: Exclude<keyof MonitorConfig, "deviceId">;
  readonly min: number;
  readonly max: number;
}

/** @returns the settings that are numbers */
export function numberFields(): readonly NumberField[] {
  const rows = rowsOf("settings").filter(([, kind]) => kind === "whole");
  return rows.map(([name, , , min, max]) => ({ name: name as NumberField["name"], min: Number(min), max: Number(max) }));
}

export type CheckedConfig = { readonly ok: true; readonly config: MonitorConfig } | { readonly ok: false; readonly problems: readonly string[] };

/** Rate limits nearer than this would alarm all the time. [1/min] */
const RATE_LIMITS_GAP_BPM = 10;

/**
 * Checks settings and fills in defaults.
 * @param input What was configured, e.g. parsed JSON; missing fields get their defaults.
 * @returns the settings, or one line per problem: field, value, what was expected.
 */
export function checkConfig(input: unknown): CheckedConfig {
  const problems: string[] = [];
  const config = readForm("settings", "config", input, problems) as unknown as MonitorConfig;
  if (problems.length === 0) checkLimits(config, "config", problems);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config: Object.freeze(config) };
}

/** Checks that settings go with each other. @param path of them, for the problems, to which this adds */
export function checkLimits({ bradycardiaBpm, tachycardiaBpm, asystoleMs, pauseMs }: MonitorConfig, path: string, problems: string[]): void {
  const lowestBpm = bradycardiaBpm + RATE_LIMITS_GAP_BPM;
  if (tachycardiaBpm < lowestBpm) problems.push(`${path}.tachycardiaBpm: ${tachycardiaBpm}, expected at least bradycardiaBpm + ${RATE_LIMITS_GAP_BPM} = ${lowestBpm}`);
  if (pauseMs >= asystoleMs) problems.push(`${path}.pauseMs: ${pauseMs}, expected less than asystoleMs = ${asystoleMs}`);
}

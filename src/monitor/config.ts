// MonitorConfig: patient and device settings, checked field by field against one table.
import { deepFreeze } from "../base/freeze.js";
import { deviceIdProblem } from "../wire/topic.js";

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

interface NumberField {
  readonly name: Exclude<keyof MonitorConfig, "deviceId">;
  readonly initial: number;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
}

/**
 * Number fields with their defaults and ranges. Alarm limits: defaults and ranges follow what bedside monitors offer (asystole 3-10 s
 * on Mindray, 4 s on EDAN; adult heart-rate limits 50 and 120 per minute; pause 2-3 s: AHA/ACCF/HRS practice standards 2017).
 */
export const CONFIG_FIELDS: readonly NumberField[] = deepFreeze([
  { name: "asystoleMs", initial: 4000, min: 3000, max: 10_000, unit: "ms" },
  { name: "pauseMs", initial: 2500, min: 1500, max: 5000, unit: "ms" },
  { name: "bradycardiaBpm", initial: 50, min: 20, max: 100, unit: "1/min" },
  { name: "tachycardiaBpm", initial: 120, min: 60, max: 220, unit: "1/min" },
  { name: "ventricularTachycardiaBpm", initial: 100, min: 90, max: 200, unit: "1/min" },
  { name: "unreadableMs", initial: 20_000, min: 5000, max: 600_000, unit: "ms" },
  { name: "keepAliveMs", initial: 30_000, min: 5000, max: 600_000, unit: "ms" },
  { name: "statusIntervalMs", initial: 10_000, min: 1000, max: 3_600_000, unit: "ms" },
]);

export type CheckedConfig = { readonly ok: true; readonly config: MonitorConfig } | { readonly ok: false; readonly problems: readonly string[] };

/** Rate limits nearer than this would alarm all the time. [1/min] */
const RATE_LIMITS_GAP_BPM = 10;

/**
 * Checks settings and fills in defaults.
 * @param input What was configured, e.g. parsed JSON; missing fields get their defaults.
 * @returns the settings, or one line per problem: field, value, what was expected.
 */
export function checkConfig(input: unknown): CheckedConfig {
  if (typeof input !== "object" || input === null || Array.isArray(input))
    return { ok: false, problems: [`config: ${JSON.stringify(input)}, expected an object of settings`] };
  const given = input as Readonly<Record<string, unknown>>;
  const problems: string[] = [];
  const deviceId = given["deviceId"] ?? "edgebeat-1";
  if (typeof deviceId !== "string") problems.push(`config.deviceId: ${JSON.stringify(deviceId)}, expected a text`);
  else if (deviceIdProblem(deviceId)) problems.push(`config.deviceId: "${deviceId}": ${deviceIdProblem(deviceId)}`);
  const numbers: Record<string, number> = {};
  for (const field of CONFIG_FIELDS) {
    const value = given[field.name] ?? field.initial;
    if (typeof value !== "number" || !Number.isInteger(value) || value < field.min || value > field.max)
      problems.push(`config.${field.name}: ${JSON.stringify(value)}, expected a whole number from ${field.min} to ${field.max} [${field.unit}]`);
    else numbers[field.name] = value;
  }
  for (const name of Object.keys(given))
    if (name !== "deviceId" && !CONFIG_FIELDS.some((field) => field.name === name))
      problems.push(`config.${name}: unknown setting, expected one of deviceId, ${CONFIG_FIELDS.map((field) => field.name).join(", ")}`);
  const { bradycardiaBpm = 0, tachycardiaBpm = 0, asystoleMs = 0, pauseMs = 0 } = numbers;
  if (problems.length === 0 && tachycardiaBpm - bradycardiaBpm < RATE_LIMITS_GAP_BPM)
    problems.push(`config.tachycardiaBpm: ${tachycardiaBpm}, expected at least bradycardiaBpm + ${RATE_LIMITS_GAP_BPM} = ${bradycardiaBpm + RATE_LIMITS_GAP_BPM}`);
  if (problems.length === 0 && pauseMs >= asystoleMs) problems.push(`config.pauseMs: ${pauseMs}, expected less than asystoleMs = ${asystoleMs}`);
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, config: Object.freeze({ deviceId, ...numbers }) as unknown as MonitorConfig };
}

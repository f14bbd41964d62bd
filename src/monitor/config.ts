// MonitorConfig: patient and device settings, checked field by field against one table.
import { deepFreeze } from "../base/freeze.js";
import { deviceIdProblem } from "../wire/topic.js";
import { FieldCheck } from "./field-check.js";

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
 * Number fields: name, default, smallest and largest value, unit. As text, which takes half the flash of a table of objects. Alarm limits:
 * defaults and ranges follow what bedside monitors offer (asystole 3-10 s on Mindray, 4 s on EDAN; adult heart-rate limits 50 and 120 per
 * minute; pause 2-3 s: AHA/ACCF/HRS practice standards 2017).
 */
const FIELDS = `\
asystoleMs 4000 3000 10000 ms
pauseMs 2500 1500 5000 ms
bradycardiaBpm 50 20 100 1/min
tachycardiaBpm 120 60 220 1/min
ventricularTachycardiaBpm 100 90 200 1/min
unreadableMs 20000 5000 600000 ms
keepAliveMs 30000 5000 600000 ms
statusIntervalMs 10000 1000 3600000 ms`;

export const CONFIG_FIELDS: readonly NumberField[] = deepFreeze(FIELDS.split("\n").map(fieldOf));

function fieldOf(row: string): NumberField {
  const words = row.split(" ");
  return { name: words[0] as NumberField["name"], initial: Number(words[1]), min: Number(words[2]), max: Number(words[3]), unit: words[4] as string };
}

export type CheckedConfig = { readonly ok: true; readonly config: MonitorConfig } | { readonly ok: false; readonly problems: readonly string[] };

/** Rate limits nearer than this would alarm all the time. [1/min] */
const RATE_LIMITS_GAP_BPM = 10;

export const SETTING_NAMES = `deviceId ${CONFIG_FIELDS.map(({ name }) => name).join(" ")}`;

/**
 * Checks settings and fills in defaults.
 * @param input What was configured, e.g. parsed JSON; missing fields get their defaults.
 * @returns the settings, or one line per problem: field, value, what was expected.
 */
export function checkConfig(input: unknown): CheckedConfig {
  const check = new FieldCheck("config", input, SETTING_NAMES);
  const config = readConfig(check, readDeviceId(check, "edgebeat-1"));
  return config ? { ok: true, config } : { ok: false, problems: check.problems };
}

/** @param initial where there is none @returns the device id, in any case; the check says what is wrong with it */
export function readDeviceId(check: FieldCheck, initial?: string): string {
  const value = check.fields["deviceId"] ?? initial;
  if (typeof value !== "string") {
    check.refuse("deviceId", JSON.stringify(value), "a text");
    return "";
  }
  const problem = deviceIdProblem(value);
  if (problem) check.add("deviceId", `"${value}": ${problem}`);
  return value;
}

/** @returns the settings, if nothing that was checked so far is wrong */
export function readConfig(check: FieldCheck, deviceId: string): MonitorConfig | undefined {
  const config: Record<string, unknown> = { deviceId };
  CONFIG_FIELDS.forEach((field) => {
    config[field.name] = check.whole(field.name, field.initial, field.min, field.max, ` [${field.unit}]`);
  });
  if (check.problems.length > 0) return undefined;
  const { bradycardiaBpm, tachycardiaBpm, asystoleMs, pauseMs } = config as unknown as MonitorConfig;
  const lowestBpm = bradycardiaBpm + RATE_LIMITS_GAP_BPM;
  if (tachycardiaBpm < lowestBpm) check.refuse("tachycardiaBpm", tachycardiaBpm, `at least bradycardiaBpm + ${RATE_LIMITS_GAP_BPM} = ${lowestBpm}`);
  if (pauseMs >= asystoleMs) check.refuse("pauseMs", pauseMs, `less than asystoleMs = ${asystoleMs}`);
  return check.problems.length > 0 ? undefined : (Object.freeze(config) as unknown as MonitorConfig);
}

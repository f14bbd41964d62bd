// Alert: one alarm condition's onset or end, as it is stored, sent and shown.
import { deepFreeze } from "../base/freeze.js";

/** Alarm priorities in the sense of IEC 60601-1-8; the number is what travels. */
export const PRIORITY_LOW = 1;
export const PRIORITY_MEDIUM = 2;
export const PRIORITY_HIGH = 3;
export type Priority = typeof PRIORITY_LOW | typeof PRIORITY_MEDIUM | typeof PRIORITY_HIGH;
export const PRIORITY_NAMES = Object.freeze(["", "low", "medium", "high"] as const);

/** The condition began. */
export const PHASE_ONSET = 0;
/** The condition is over; `onsetSequence` names the alert that announced it. */
export const PHASE_END = 1;
export type Phase = typeof PHASE_ONSET | typeof PHASE_END;
export const PHASE_NAMES = Object.freeze(["onset", "end"] as const);

/** What a condition's `measured` and `limit` count. */
export type MeasureUnit = "ms" | "1/min" | "samples" | "count" | "";

/** An alarm condition: its code is for ever (old bytes stay readable), names may improve. */
export interface AlarmCondition {
  readonly code: number;
  readonly name: string;
  readonly kind: "physiological" | "technical";
  readonly unit: MeasureUnit;
  /** It is a few beats and over: its end is never told. */
  readonly isEvent?: true;
}

/** Codes below are physiological, those from here on technical. */
export const TECHNICAL_CODE_MIN = 64;

/** Every alarm condition there is. Codes 1 to 63 are physiological, 64 to 127 technical. */
export const ALARM_CONDITIONS = deepFreeze([
  { code: 1, name: "asystole", kind: "physiological", unit: "ms" },
  { code: 2, name: "bradycardia", kind: "physiological", unit: "1/min" },
  { code: 3, name: "tachycardia", kind: "physiological", unit: "1/min" },
  { code: 4, name: "pause", kind: "physiological", unit: "ms" },
  { code: 5, name: "ventricular-fibrillation", kind: "physiological", unit: "" },
  { code: 6, name: "ventricular-tachycardia", kind: "physiological", unit: "1/min" },
  { code: 7, name: "atrial-fibrillation", kind: "physiological", unit: "1/min" },
  { code: 8, name: "veb-run", kind: "physiological", unit: "count", isEvent: true },
  { code: 9, name: "veb-couplet", kind: "physiological", unit: "count", isEvent: true },
  { code: 10, name: "bigeminy", kind: "physiological", unit: "1/min" },
  { code: 11, name: "trigeminy", kind: "physiological", unit: "1/min", isEvent: true },
  { code: 12, name: "svt-run", kind: "physiological", unit: "1/min", isEvent: true },
  { code: 13, name: "idioventricular", kind: "physiological", unit: "1/min" },
  { code: 64, name: "lead-off", kind: "technical", unit: "ms" },
  { code: 65, name: "afe-fault", kind: "technical", unit: "count" },
  { code: 66, name: "samples-lost", kind: "technical", unit: "samples" },
  { code: 68, name: "journal-fault", kind: "technical", unit: "" },
  { code: 67, name: "ecg-unreadable", kind: "technical", unit: "ms" },
  { code: 80, name: "device-restart", kind: "technical", unit: "" },
] as const satisfies readonly AlarmCondition[]);

export type ConditionCode = (typeof ALARM_CONDITIONS)[number]["code"];
export type ConditionName = (typeof ALARM_CONDITIONS)[number]["name"];

/** @returns the condition with this code, or undefined for a code from a newer firmware. */
export function conditionOf(code: number): AlarmCondition | undefined {
  return ALARM_CONDITIONS.find((condition) => condition.code === code);
}

/** One alert. (device id, bootCount, sequence) names it for ever. */
export interface Alert {
  /** Code from ALARM_CONDITIONS. */
  conditionCode: number;
  phase: Phase;
  priority: Priority;
  /** Stays shown until a person acknowledges it, even if the condition ends. */
  latching: boolean;
  /** How often the device had started when this was raised, from 1. */
  bootCount: number;
  /** Number of the alert within its boot, from 1. */
  sequence: number;
  /** For PHASE_END: sequence of the onset's alert. Else equal to `sequence`. */
  onsetSequence: number;
  /** When the condition began (or ended), as time since start. [ms] */
  onsetUptimeMs: number;
  /** When the alert was raised, as time since start. [ms] */
  raisedUptimeMs: number;
  /** Unix time of the onset, 0 while the clock was unset. [ms] */
  onsetWallMs: number;
  /** CLOCK_* of contracts/clock at the time of raising. */
  clockQuality: 0 | 1 | 2;
  /** Number of the sample at the onset. */
  onsetSample: number;
  /** What was measured and the limit it crossed, in the condition's unit. */
  measured: number;
  limit: number;
}

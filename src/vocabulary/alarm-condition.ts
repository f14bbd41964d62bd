// The table of alarm conditions: what people read of them. The device itself knows them by their codes (rules.ts).
import { deepFreeze } from "../base/freeze.js";

/** By PRIORITY_* and PHASE_*. */
export const PRIORITY_NAMES = Object.freeze(["", "low", "medium", "high"] as const);
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

// The alarm table: one row per condition, with its priority, whether it latches, and why.
import type { ConditionCode, ConditionName, Priority } from "../vocabulary/alert.js";
import { ALARM_CONDITIONS, PRIORITY_HIGH, PRIORITY_LOW, PRIORITY_MEDIUM } from "../vocabulary/alert.js";
import { assert } from "../base/assert.js";
import { deepFreeze } from "../base/freeze.js";

export interface AlarmRule {
  readonly name: ConditionName;
  readonly priority: Priority;
  /** Stays shown until acknowledged even if the condition ends (IEC 60601-1-8, 6.6). */
  readonly latching: boolean;
  readonly reason: string;
}

/**
 * Priorities after IEC 60601-1-8, table 1: harm if nobody comes (death, injury, discomfort) against how soon it comes (at once, promptly,
 * delayed). Every condition of the vocabulary has a row.
 */
export const ALARM_RULES: readonly AlarmRule[] = deepFreeze([
  { name: "asystole", priority: PRIORITY_HIGH, latching: true, reason: "death within minutes" },
  { name: "bradycardia", priority: PRIORITY_MEDIUM, latching: false, reason: "fainting, promptly" },
  { name: "tachycardia", priority: PRIORITY_MEDIUM, latching: false, reason: "failing output, promptly" },
  { name: "pause", priority: PRIORITY_MEDIUM, latching: false, reason: "may announce asystole" },
  { name: "lead-off", priority: PRIORITY_LOW, latching: false, reason: "the patient is not watched; nothing is known to be wrong" },
  { name: "afe-fault", priority: PRIORITY_LOW, latching: false, reason: "the patient is not watched; nothing is known to be wrong" },
  { name: "samples-lost", priority: PRIORITY_LOW, latching: false, reason: "part of the ECG was not seen" },
]);

/** @returns index in ALARM_CONDITIONS and ALARM_RULES' row of a condition */
export function ruleOf(code: ConditionCode): AlarmRule {
  const condition = ALARM_CONDITIONS.find((candidate) => candidate.code === code);
  const rule = ALARM_RULES.find((candidate) => candidate.name === condition?.name);
  assert(rule !== undefined, "ALARM_RULES: a condition has no row");
  return rule;
}

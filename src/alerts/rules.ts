// The alarm table: one row per condition, with its priority, whether it latches, and why.
import type { ConditionCode, ConditionName, Priority } from "../vocabulary/alert.js";
import { ALARM_CONDITIONS, PRIORITY_HIGH, PRIORITY_LOW, PRIORITY_MEDIUM } from "../vocabulary/alert.js";
import {
  RHYTHM_ASYSTOLE, RHYTHM_ATRIAL_FIBRILLATION, RHYTHM_BIGEMINY, RHYTHM_BRADYCARDIA, RHYTHM_IDIOVENTRICULAR, RHYTHM_PAUSE, RHYTHM_SVT_RUN,
  RHYTHM_TACHYCARDIA, RHYTHM_TRIGEMINY, RHYTHM_VEB_COUPLET, RHYTHM_VEB_RUN, RHYTHM_VENTRICULAR_FIBRILLATION, RHYTHM_VENTRICULAR_TACHYCARDIA,
  type RhythmCode,
} from "../vocabulary/rhythm.js";
import { assert } from "../base/assert.js";
import { deepFreeze } from "../base/freeze.js";

/** Settings that are alarm limits. */
export interface AlarmLimits {
  readonly asystoleMs: number;
  readonly pauseMs: number;
  readonly bradycardiaBpm: number;
  readonly tachycardiaBpm: number;
  readonly ventricularTachycardiaBpm: number;
}

export interface AlarmRule {
  readonly name: ConditionName;
  readonly priority: Priority;
  /** Stays shown until acknowledged even if the condition ends (IEC 60601-1-8, 6.6). */
  readonly latching: boolean;
  /** The rhythm that is the condition; absent where the monitor itself judges it. */
  readonly rhythm?: RhythmCode;
  /** The setting that is its limit. */
  readonly limit?: keyof AlarmLimits;
  /** An event of a few beats: its end is not told, and it is told again only so long after it was told last. [ms] */
  readonly eventQuietMs?: number;
  readonly reason: string;
}

/** So that a patient with many does not fill the journal with them: what an event says, it has said. */
const EVENT_QUIET_MS = 60_000;

/**
 * Priorities after IEC 60601-1-8, table 1: harm if nobody comes (death, injury, discomfort) against how soon it comes (at once, promptly,
 * delayed). Every condition of the vocabulary has a row.
 */
export const ALARM_RULES: readonly AlarmRule[] = deepFreeze([
  { name: "asystole", priority: PRIORITY_HIGH, latching: true, rhythm: RHYTHM_ASYSTOLE, limit: "asystoleMs", reason: "death within minutes" },
  { name: "ventricular-fibrillation", priority: PRIORITY_HIGH, latching: true, rhythm: RHYTHM_VENTRICULAR_FIBRILLATION, reason: "death within minutes" },
  {
    name: "ventricular-tachycardia", priority: PRIORITY_HIGH, latching: true, rhythm: RHYTHM_VENTRICULAR_TACHYCARDIA, limit: "ventricularTachycardiaBpm",
    reason: "no pulse in many, fibrillation in some, within minutes",
  },
  { name: "bradycardia", priority: PRIORITY_MEDIUM, latching: false, rhythm: RHYTHM_BRADYCARDIA, limit: "bradycardiaBpm", reason: "fainting, promptly" },
  { name: "tachycardia", priority: PRIORITY_MEDIUM, latching: false, rhythm: RHYTHM_TACHYCARDIA, limit: "tachycardiaBpm", reason: "failing output, promptly" },
  { name: "pause", priority: PRIORITY_MEDIUM, latching: false, rhythm: RHYTHM_PAUSE, limit: "pauseMs", reason: "may announce asystole" },
  { name: "veb-run", priority: PRIORITY_MEDIUM, latching: false, rhythm: RHYTHM_VEB_RUN, eventQuietMs: EVENT_QUIET_MS, reason: "may announce ventricular tachycardia" },
  { name: "svt-run", priority: PRIORITY_LOW, latching: false, rhythm: RHYTHM_SVT_RUN, eventQuietMs: EVENT_QUIET_MS, reason: "palpitations, delayed" },
  {
    name: "idioventricular", priority: PRIORITY_MEDIUM, latching: false, rhythm: RHYTHM_IDIOVENTRICULAR, limit: "ventricularTachycardiaBpm",
    reason: "an escape rhythm: what it stands in for has failed",
  },
  { name: "veb-couplet", priority: PRIORITY_LOW, latching: false, rhythm: RHYTHM_VEB_COUPLET, eventQuietMs: EVENT_QUIET_MS, reason: "for the record, delayed" },
  { name: "bigeminy", priority: PRIORITY_LOW, latching: false, rhythm: RHYTHM_BIGEMINY, reason: "less output, delayed" },
  { name: "trigeminy", priority: PRIORITY_LOW, latching: false, rhythm: RHYTHM_TRIGEMINY, eventQuietMs: EVENT_QUIET_MS, reason: "for the record, delayed" },
  { name: "atrial-fibrillation", priority: PRIORITY_LOW, latching: false, rhythm: RHYTHM_ATRIAL_FIBRILLATION, reason: "stroke, delayed" },
  { name: "lead-off", priority: PRIORITY_LOW, latching: false, reason: "the patient is not watched; nothing is known to be wrong" },
  { name: "afe-fault", priority: PRIORITY_LOW, latching: false, reason: "the patient is not watched; nothing is known to be wrong" },
  { name: "samples-lost", priority: PRIORITY_LOW, latching: false, reason: "part of the ECG was not seen" },
  { name: "journal-fault", priority: PRIORITY_MEDIUM, latching: true, reason: "alerts can't be kept: somebody must look at the device itself" },
  { name: "device-restart", priority: PRIORITY_LOW, latching: false, reason: "the patient was not watched for the seconds that a restart takes" },
  { name: "ecg-unreadable", priority: PRIORITY_LOW, latching: false, reason: "the patient is not watched; nothing is known to be wrong" },
]);

/** @returns the row of a condition */
export function ruleOf(code: ConditionCode): AlarmRule {
  const condition = ALARM_CONDITIONS.find((candidate) => candidate.code === code);
  const rule = ALARM_RULES.find((candidate) => candidate.name === condition?.name);
  assert(rule !== undefined, "ALARM_RULES: a condition has no row");
  return rule;
}

/** @returns the condition that a rhythm is, or undefined if it raises no alarm */
export function conditionOfRhythm(rhythm: RhythmCode): { code: ConditionCode; limit: keyof AlarmLimits | undefined } | undefined {
  const rule = ALARM_RULES.find((candidate) => candidate.rhythm === rhythm);
  const condition = ALARM_CONDITIONS.find((candidate) => candidate.name === rule?.name);
  return rule && condition && { code: condition.code, limit: rule.limit };
}

// The alarm rules: of each condition its priority, whether it latches, whether it is an event; the rhythm that it is, and its limit.
import type { ConditionCode } from "../vocabulary/alarm-condition.js";
import { DEVICE_RESTART, LEAD_OFF, TECHNICAL_CODE_MIN } from "../vocabulary/alert.js";
import type { RhythmCode } from "../vocabulary/rhythm.js";

/** Settings that are alarm limits. */
export interface AlarmLimits {
  readonly asystoleMs: number;
  readonly pauseMs: number;
  readonly bradycardiaBpm: number;
  readonly tachycardiaBpm: number;
  readonly ventricularTachycardiaBpm: number;
}

/** Bits of a rule. The lowest two are PRIORITY_*. */
export const RULE_PRIORITY = 3;
/** Stays shown until acknowledged even if the condition ends (IEC 60601-1-8, 6.6). */
export const RULE_LATCHING = 4;
/** A few beats and over: its end is not told, and it is told again only a while after it was told last. */
export const RULE_EVENT = 8;

/**
 * The rules, a character a condition, which has the bits in its lowest four: the physiological conditions by code, from 1, then the technical
 * ones from 64, then the restart. Text, because a table of objects would take twenty times as much flash.
 *
 * Priorities after IEC 60601-1-8, table 1: harm if nobody comes (death, injury, discomfort) against how soon it comes (at once, promptly,
 * delayed).
 *
 *  7 asystole                  high, latching    death within minutes
 *  2 bradycardia               medium            fainting, promptly
 *  2 tachycardia               medium            failing output, promptly
 *  2 pause                     medium            may announce asystole
 *  7 ventricular-fibrillation  high, latching    death within minutes
 *  7 ventricular-tachycardia   high, latching    no pulse in many, fibrillation in some, within minutes
 *  1 atrial-fibrillation       low               stroke, delayed
 *  : veb-run                   medium, event     may announce ventricular tachycardia
 *  9 veb-couplet               low, event        for the record, delayed
 *  1 bigeminy                  low               less output, delayed
 *  9 trigeminy                 low, event        for the record, delayed
 *  9 svt-run                   low, event        palpitations, delayed
 *  2 idioventricular           medium            an escape rhythm: what it stands in for has failed
 *  1 lead-off                  low               the patient is not watched; nothing is known to be wrong
 *  1 afe-fault                 low               the patient is not watched; nothing is known to be wrong
 *  1 samples-lost              low               part of the ECG was not seen
 *  1 ecg-unreadable            low               the patient is not watched; nothing is known to be wrong
 *  6 journal-fault             medium, latching  alerts can't be kept: somebody must look at the device itself
 *  1 device-restart            low               the patient was not watched for the seconds that a restart takes
 */
const RULES = "7222771:91992111161";
/** How many conditions there are. */
export const CONDITION_COUNT = RULES.length;
/** Their codes are 1 to this. */
export const PHYSIOLOGICAL_COUNT = 13;
/** Places of events are from the first to before the second, with one among them that is none. */
export const EVENT_PLACE_MIN = 7;
export const EVENT_PLACE_END = 12;
/** Conditions of high priority, a bit for each place. */
export const HIGH_PLACES = 0b11_0001;

/** By RHYTHM_*: the condition that the rhythm is, as the letter of that number from @, which is none. */
const CONDITIONS = "@@BCDAG@JKIHLFME";

/** @returns the condition's place among all, 0 .. CONDITION_COUNT - 1 */
export function placeOf(code: ConditionCode): number {
  if (code < TECHNICAL_CODE_MIN) return code - 1;
  return code === DEVICE_RESTART ? CONDITION_COUNT - 1 : code - (LEAD_OFF - PHYSIOLOGICAL_COUNT);
}

/** @returns RULE_* of the condition at that place */
export function ruleAt(place: number): number {
  return RULES.charCodeAt(place) & (RULE_EVENT | RULE_LATCHING | RULE_PRIORITY);
}

/** @returns the condition that a rhythm is, or 0 if it raises no alarm */
export function conditionOfRhythm(rhythm: RhythmCode): ConditionCode | 0 {
  return (CONDITIONS.charCodeAt(rhythm) - 64) as ConditionCode | 0;
}

/** @returns the setting that is the condition's limit, or 0 if it has none */
export function limitOf(code: ConditionCode, limits: AlarmLimits): number {
  if (code === 1) return limits.asystoleMs;
  if (code === 2) return limits.bradycardiaBpm;
  if (code === 3) return limits.tachycardiaBpm;
  if (code === 4) return limits.pauseMs;
  return code === 6 || code === 13 ? limits.ventricularTachycardiaBpm : 0;
}

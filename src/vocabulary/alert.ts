// Alert: one alarm condition's onset or end, as it is stored, sent and shown.
import type { ConditionCode } from "./alarm-condition.js";

/** Alarm priorities in the sense of IEC 60601-1-8; the number is what travels. */
export const PRIORITY_LOW = 1;
export const PRIORITY_MEDIUM = 2;
export const PRIORITY_HIGH = 3;
export type Priority = typeof PRIORITY_LOW | typeof PRIORITY_MEDIUM | typeof PRIORITY_HIGH;

/** The condition began. */
export const PHASE_ONSET = 0;
/** The condition is over; `onsetSequence` names the alert that announced it. */
export const PHASE_END = 1;
export type Phase = typeof PHASE_ONSET | typeof PHASE_END;

/** Codes of conditions below are physiological, those from here on technical. */
export const TECHNICAL_CODE_MIN = 64;
/** The technical conditions, by which the monitor tells what it judges itself. */
export const LEAD_OFF: ConditionCode = 64;
export const AFE_FAULT: ConditionCode = 65;
export const SAMPLES_LOST: ConditionCode = 66;
export const ECG_UNREADABLE: ConditionCode = 67;
export const JOURNAL_FAULT: ConditionCode = 68;
export const DEVICE_RESTART: ConditionCode = 80;

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

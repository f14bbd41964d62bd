// AlarmController: turns conditions that come and go into alerts with identities, one for each onset and one for each end.
import type { ConditionCode } from "../vocabulary/alarm-condition.js";
import { PHASE_END, PHASE_ONSET, type Alert, type Priority } from "../vocabulary/alert.js";
import { CONDITION_COUNT, EVENT_PLACE_END, EVENT_PLACE_MIN, HIGH_PLACES, RULE_EVENT, RULE_LATCHING, RULE_PRIORITY, placeOf, ruleAt } from "./rules.js";

/** Knows when and where something happens, and hears of the alerts. */
export interface AlarmObserver {
  readonly uptimeMs: number;
  /** Unix time now, 0 while unset. [ms] */
  readonly wallMs: number;
  readonly clockQuality: 0 | 1 | 2;
  /** Number of the sample that comes next. */
  readonly nextSample: number;
  /** @param alert the object is reused by the next */
  onAlert(alert: Alert): void;
}

/** After it was told, an event is not told again for so long: what it says, it has said, and the journal is not filled with it. [ms] */
const EVENT_QUIET_MS = 60_000;
/** By place, each condition has the sequence of its onset, */
const ONSET_SEQUENCE = 0;
/** and each event the time until when it is not told again. [ms] */
const QUIET_UNTIL_MS = CONDITION_COUNT - EVENT_PLACE_MIN;
const FIELD_COUNT = QUIET_UNTIL_MS + EVENT_PLACE_END;

/** Conditions have bits by their places (rules.ts). Nothing is allocated after the constructor. */
export class AlarmController {
  private readonly _observer: AlarmObserver;
  /** A list, since a typed array of such numbers would make fractions of them, which cost calculation in software. */
  private readonly _fields = new Array<number>(FIELD_COUNT).fill(0);
  private _active = 0;
  /** Conditions whose alarm nobody has acknowledged yet. */
  private _unacknowledged = 0;
  private _lastSequence = 0;
  private readonly _alert: Alert;

  /** @param bootCount number of this start of the device, part of every alert's identity */
  constructor(bootCount: number, observer: AlarmObserver) {
    this._observer = observer;
    // `update` gives it the rest before anybody sees it.
    this._alert = { bootCount } as Alert;
  }

  /** Alarms that wait to be acknowledged: those that go on, and latching ones that are over. */
  get unacknowledgedCount(): number {
    let count = 0;
    for (let bits = this._unacknowledged; bits !== 0; bits &= bits - 1) count++;
    return count;
  }

  /** Does any condition of high priority go on? */
  get isHighActive(): boolean {
    return (this._active & HIGH_PLACES) !== 0;
  }

  /** @returns place of the condition whose latest alarm began with that alert, or -1 */
  placeOf(bootCount: number, onsetSequence: number): number {
    if (bootCount !== this._alert.bootCount || onsetSequence < 1) return -1;
    const place = this._fields.indexOf(onsetSequence);
    return place < CONDITION_COUNT ? place : -1;
  }

  /** Someone has seen the alarm of the condition at that place; once more does no harm. */
  acknowledge(place: number): void {
    this._unacknowledged &= ~(1 << place);
  }

  isActive(code: ConditionCode): boolean {
    return (this._active & (1 << placeOf(code))) !== 0;
  }

  /**
   * Says how a condition is now; only a change raises an alert, and of an event only its onset.
   * @param ageMs how long ago the change happened
   * @param measured what was measured, and
   * @param limit the limit, in the condition's unit
   */
  update(code: ConditionCode, active: boolean, ageMs: number, measured: number, limit: number): void {
    const place = placeOf(code);
    const bit = 1 << place;
    const before = this._active;
    this._active = active ? before | bit : before & ~bit;
    if (this._active === before) return;
    const rule = ruleAt(place);
    const fields = this._fields;
    const observer = this._observer;
    const { uptimeMs } = observer;
    if (rule & RULE_EVENT) {
      if (!active || uptimeMs < (fields[QUIET_UNTIL_MS + place] as number)) return;
      fields[QUIET_UNTIL_MS + place] = uptimeMs + EVENT_QUIET_MS;
    }
    const { wallMs, nextSample } = observer;
    const alert = this._alert;
    const sequence = ++this._lastSequence;
    const latching = (rule & RULE_LATCHING) !== 0;
    if (active) {
      fields[ONSET_SEQUENCE + place] = sequence;
      this._unacknowledged |= bit;
    } else if (!latching) {
      this._unacknowledged &= ~bit;
    }
    alert.conditionCode = code;
    alert.phase = active ? PHASE_ONSET : PHASE_END;
    alert.priority = (rule & RULE_PRIORITY) as Priority;
    alert.latching = latching;
    alert.sequence = sequence;
    alert.onsetSequence = fields[ONSET_SEQUENCE + place] as number;
    alert.onsetUptimeMs = notBefore0(uptimeMs - ageMs);
    alert.raisedUptimeMs = uptimeMs;
    alert.onsetWallMs = wallMs > 0 ? notBefore0(wallMs - ageMs) : 0;
    alert.clockQuality = observer.clockQuality;
    alert.onsetSample = notBefore0(nextSample - Math.round(ageMs / 4));
    alert.measured = measured;
    alert.limit = limit;
    observer.onAlert(alert);
  }
}

function notBefore0(value: number): number {
  return value > 0 ? value : 0;
}

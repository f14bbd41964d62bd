// AlarmController: turns conditions that come and go into alerts with identities, one for each onset and one for each end.
import type { ConditionCode } from "../vocabulary/alert.js";
import { ALARM_CONDITIONS, PHASE_END, PHASE_ONSET, PRIORITY_HIGH, type Alert } from "../vocabulary/alert.js";
import { type AlarmRule, ruleOf } from "./rules.js";

/** When and where something happened, as the monitor knows it at the time of raising. */
export interface Moment {
  readonly uptimeMs: number;
  /** Unix time now, 0 while unset. [ms] */
  readonly wallMs: number;
  readonly clockQuality: 0 | 1 | 2;
  /** Number of the sample that comes next. */
  readonly nextSample: number;
}

/** Highest condition code plus one. */
const CODE_COUNT = 128;

export class AlarmController {
  private readonly _rules: (AlarmRule | undefined)[] = [];
  private readonly _active = new Uint8Array(CODE_COUNT);
  private readonly _onsetSequence = new Float64Array(CODE_COUNT);
  /** Until when an event is not told again. [ms] */
  private readonly _quietUntilMs = new Float64Array(CODE_COUNT);
  private readonly _emit: (alert: Alert) => void;
  private readonly _alert: Alert;
  /** Conditions whose alarm nobody has acknowledged yet. */
  private readonly _unacknowledged = new Uint8Array(CODE_COUNT);
  private _lastSequence = 0;
  private _highCount = 0;

  /**
   * @param bootCount number of this start of the device, part of every alert's identity
   * @param emit receives each alert; the object is reused by the next
   */
  constructor(bootCount: number, emit: (alert: Alert) => void) {
    this._emit = emit;
    for (const { code } of ALARM_CONDITIONS) this._rules[code] = ruleOf(code);
    this._alert = {
      conditionCode: 0, phase: PHASE_ONSET, priority: 1, latching: false, bootCount, sequence: 0, onsetSequence: 0, onsetUptimeMs: 0,
      raisedUptimeMs: 0, onsetWallMs: 0, clockQuality: 0, onsetSample: 0, measured: 0, limit: 0,
    };
  }

  /** Alarms that wait to be acknowledged: those that go on, and latching ones that are over. */
  get unacknowledgedCount(): number {
    let count = 0;
    for (let code = 0; code < CODE_COUNT; code++) count += this._unacknowledged[code] as number;
    return count;
  }

  /** Does any condition of high priority go on? */
  get isHighActive(): boolean {
    return this._highCount > 0;
  }

  /** @returns code of the condition whose latest alarm began with that alert, or -1 */
  conditionOf(bootCount: number, onsetSequence: number): number {
    if (bootCount !== this._alert.bootCount || onsetSequence < 1) return -1;
    return this._onsetSequence.indexOf(onsetSequence);
  }

  /** Someone has seen the alarm of that condition; once more does no harm. */
  acknowledge(code: number): void {
    this._unacknowledged[code] = 0;
  }

  isActive(code: ConditionCode): boolean {
    return this._active[code] === 1;
  }

  /**
   * Says how a condition is now; only a change raises an alert, and of an event only its onset.
   * @param ageMs how long ago the change happened
   * @param measured what was measured, and
   * @param limit the limit, in the condition's unit
   */
  update(code: ConditionCode, active: boolean, moment: Moment, ageMs: number, measured: number, limit: number): void {
    const value = active ? 1 : 0;
    if (this._active[code] === value) return;
    this._active[code] = value;
    const rule = this._rules[code] as AlarmRule;
    if (rule.priority === PRIORITY_HIGH) this._highCount += active ? 1 : -1;
    if (rule.eventQuietMs !== undefined && !this._isNews(code, active, moment.uptimeMs, rule.eventQuietMs)) return;
    const alert = this._alert;
    const sequence = ++this._lastSequence;
    if (active) this._onsetSequence[code] = sequence;
    if (active || !rule.latching) this._unacknowledged[code] = value;
    alert.conditionCode = code;
    alert.phase = active ? PHASE_ONSET : PHASE_END;
    alert.priority = rule.priority;
    alert.latching = rule.latching;
    alert.sequence = sequence;
    alert.onsetSequence = this._onsetSequence[code] as number;
    alert.onsetUptimeMs = Math.max(0, moment.uptimeMs - ageMs);
    alert.raisedUptimeMs = moment.uptimeMs;
    alert.onsetWallMs = moment.wallMs > 0 ? Math.max(0, moment.wallMs - ageMs) : 0;
    alert.clockQuality = moment.clockQuality;
    alert.onsetSample = Math.max(0, moment.nextSample - Math.round(ageMs / 4));
    alert.measured = measured;
    alert.limit = limit;
    this._emit(alert);
  }

  private _isNews(code: ConditionCode, active: boolean, uptimeMs: number, quietMs: number): boolean {
    if (!active || uptimeMs < this._quietUntilMs[code]!) return false;
    this._quietUntilMs[code] = uptimeMs + quietMs;
    return true;
  }
}

// AlarmController and the alarm rules: one alert for each change, with identity, age and priority.
import { describe, expect, it } from "vitest";
import { AlarmController, type AlarmObserver } from "../../src/alerts/alarm-controller.js";
import { CONDITION_COUNT, EVENT_PLACE_END, EVENT_PLACE_MIN, HIGH_PLACES, RULE_EVENT, RULE_LATCHING, RULE_PRIORITY, conditionOfRhythm, limitOf, placeOf, ruleAt } from "../../src/alerts/rules.js";
import { checkConfig } from "../../src/monitor/config.js";
import { ALARM_CONDITIONS, type ConditionName, PRIORITY_NAMES, conditionOf } from "../../src/vocabulary/alarm-condition.js";
import type { Alert } from "../../src/vocabulary/alert.js";
import { RHYTHMS, type RhythmName } from "../../src/vocabulary/rhythm-table.js";
import type { RhythmCode } from "../../src/vocabulary/rhythm.js";

const MOMENT = { uptimeMs: 60_000, wallMs: 1_000_000, clockQuality: 1 as AlarmObserver["clockQuality"], nextSample: 15_000 };

function collect(moment = MOMENT): { alarms: AlarmController; alerts: Alert[]; observer: { uptimeMs: number } } {
  const alerts: Alert[] = [];
  const observer = { ...moment, onAlert: (alert: Alert) => void alerts.push({ ...alert }) };
  return { alerts, alarms: new AlarmController(3, observer), observer };
}

describe("alerts", () => {
  it("come at each change and not in between", () => {
    const { alarms, alerts } = collect();
    for (const active of [false, true, true, false, false, true]) alarms.update(1, active, 0, 0, 0);
    expect(alerts.map(({ phase, sequence, onsetSequence }) => [phase, sequence, onsetSequence])).toEqual([[0, 1, 1], [1, 2, 1], [0, 3, 3]]);
  });
  it("carry when the condition began, on every clock", () => {
    const { alarms, alerts } = collect();
    alarms.update(1, true, 4000, 4000, 4000);
    expect(alerts[0]).toMatchObject({
      conditionCode: 1, priority: 3, latching: true, bootCount: 3, onsetUptimeMs: 56_000, raisedUptimeMs: 60_000, onsetWallMs: 996_000, onsetSample: 14_000, measured: 4000, limit: 4000,
    });
  });
  it("have no wall time while the clock is unset, and never begin before the start", () => {
    const { alarms, alerts } = collect({ uptimeMs: 100, wallMs: 0, clockQuality: 0, nextSample: 20 });
    alarms.update(64, true, 500, 0, 0);
    expect(alerts[0]).toMatchObject({ onsetWallMs: 0, clockQuality: 0, onsetUptimeMs: 0, onsetSample: 0 });
  });
  it("number all conditions together and keep their onsets apart", () => {
    const { alarms, alerts } = collect();
    alarms.update(2, true, 0, 45, 50);
    alarms.update(64, true, 0, 0, 0);
    alarms.update(2, false, 0, 55, 50);
    expect(alerts.map(({ sequence, onsetSequence }) => [sequence, onsetSequence])).toEqual([[1, 1], [2, 2], [3, 1]]);
    expect(alarms.isActive(64)).toBe(true);
    expect(alarms.isActive(2)).toBe(false);
  });
});

describe("acknowledging", () => {
  it("takes an alarm off the count, that goes on or is latching, and no other", () => {
    const { alarms } = collect();
    alarms.update(1, true, 0, 0, 0);
    alarms.update(64, true, 0, 0, 0);
    expect(alarms.unacknowledgedCount).toBe(2);
    alarms.update(1, false, 0, 0, 0);
    alarms.update(64, false, 0, 0, 0);
    expect(alarms.unacknowledgedCount).toBe(1);
    for (const [boot, sequence, place] of [[2, 1, -1], [3, 0, -1], [3, 3, -1], [3, 1, placeOf(1)], [3, 2, placeOf(64)]] as const) expect(alarms.placeOf(boot, sequence)).toBe(place);
    for (const _time of [1, 2]) alarms.acknowledge(placeOf(1));
    expect(alarms.unacknowledgedCount).toBe(0);
    alarms.update(1, true, 0, 0, 0);
    expect(alarms.unacknowledgedCount).toBe(1);
  });
});

describe("an event", () => {
  const MINUTE_MS = 60_000;
  it("is told once a minute at most, and its end never", () => {
    const { alarms, alerts, observer } = collect();
    const update = (active: boolean, uptimeMs: number): void => {
      observer.uptimeMs = uptimeMs;
      alarms.update(9, active, 0, 2, 0);
    };
    for (const uptimeMs of [1000, 5000, 1000 + MINUTE_MS - 1, 1000 + MINUTE_MS, 1000 + 3 * MINUTE_MS]) {
      update(true, uptimeMs);
      update(false, uptimeMs);
    }
    expect(alerts.map(({ phase, raisedUptimeMs }) => [phase, raisedUptimeMs])).toEqual([[0, 1000], [0, 1000 + MINUTE_MS], [0, 1000 + 3 * MINUTE_MS]]);
  });
  it("does not pass for the onset that has its time as a number", () => {
    const { alarms, observer } = collect();
    observer.uptimeMs = 7 - MINUTE_MS;
    alarms.update(9, true, 0, 2, 0);
    expect(alarms.placeOf(3, 7)).toBe(-1);
  });
});

/** What the README promises of each condition, its rhythm and its setting. */
const EXPECTED: readonly (readonly [ConditionName, string, string, RhythmName | "", string])[] = [
  ["asystole", "high", "latching", "asystole", "asystoleMs"],
  ["bradycardia", "medium", "", "bradycardia", "bradycardiaBpm"],
  ["tachycardia", "medium", "", "tachycardia", "tachycardiaBpm"],
  ["pause", "medium", "", "pause", "pauseMs"],
  ["ventricular-fibrillation", "high", "latching", "ventricular-fibrillation", ""],
  ["ventricular-tachycardia", "high", "latching", "ventricular-tachycardia", "ventricularTachycardiaBpm"],
  ["atrial-fibrillation", "low", "", "atrial-fibrillation", ""],
  ["veb-run", "medium", "event", "veb-run", ""],
  ["veb-couplet", "low", "event", "veb-couplet", ""],
  ["bigeminy", "low", "", "bigeminy", ""],
  ["trigeminy", "low", "event", "trigeminy", ""],
  ["svt-run", "low", "event", "svt-run", ""],
  ["idioventricular", "medium", "", "idioventricular", "ventricularTachycardiaBpm"],
  ["lead-off", "low", "", "", ""],
  ["afe-fault", "low", "", "", ""],
  ["samples-lost", "low", "", "", ""],
  ["ecg-unreadable", "low", "", "", ""],
  ["journal-fault", "medium", "latching", "", ""],
  ["device-restart", "low", "", "", ""],
];

describe("the alarm rules", () => {
  const checked = checkConfig({});
  if (!checked.ok) throw new Error(checked.problems.join());
  const limits = checked.config;
  it.each(EXPECTED)("%s is %s, %s", (name, priority, kind, rhythm, limit) => {
    const { code, isEvent } = { isEvent: false, ...ALARM_CONDITIONS.find((condition) => condition.name === name)! };
    const rule = ruleAt(placeOf(code));
    expect(PRIORITY_NAMES[rule & RULE_PRIORITY]).toBe(priority);
    expect([(rule & RULE_LATCHING) !== 0, (rule & RULE_EVENT) !== 0]).toEqual([kind === "latching", kind === "event"]);
    expect(isEvent).toBe(kind === "event");
    if (isEvent) expect(placeOf(code) >= EVENT_PLACE_MIN && placeOf(code) < EVENT_PLACE_END).toBe(true);
    expect((HIGH_PLACES >> placeOf(code)) & 1).toBe(priority === "high" ? 1 : 0);
    expect(limitOf(code, limits)).toBe(limits[limit as keyof typeof limits] ?? 0);
    expect(RHYTHMS.filter((row) => conditionOfRhythm(row.code) === code).map((row) => row.name)).toEqual(rhythm ? [rhythm] : []);
  });
  it("have a place for each condition, and no condition twice", () => {
    expect(ALARM_CONDITIONS.map(({ code }) => placeOf(code)).toSorted((a, b) => a - b)).toEqual(Array.from({ length: CONDITION_COUNT }, (_, place) => place));
    expect(new Set(EXPECTED.map(([name]) => name)).size).toBe(CONDITION_COUNT);
  });
  it("make no alarm of what is none", () => expect(RHYTHMS.filter(({ code }) => conditionOfRhythm(code as RhythmCode) === 0).map(({ name }) => name)).toEqual(["inconclusive", "normal", "irregular"]));
  it("does not know codes of the future", () => expect(conditionOf(127)).toBeUndefined());
});

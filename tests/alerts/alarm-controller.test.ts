// AlarmController and the alarm table: one alert for each change, with identity, age and priority.
import { describe, expect, it } from "vitest";
import { AlarmController, type Moment } from "../../src/alerts/alarm-controller.js";
import { ALARM_RULES, ruleOf } from "../../src/alerts/rules.js";
import { ALARM_CONDITIONS, type Alert, conditionOf } from "../../src/vocabulary/alert.js";

const MOMENT: Moment = { uptimeMs: 60_000, wallMs: 1_000_000, clockQuality: 1, nextSample: 15_000 };

function collect(): { alarms: AlarmController; alerts: Alert[] } {
  const alerts: Alert[] = [];
  return { alerts, alarms: new AlarmController(3, (alert) => alerts.push({ ...alert })) };
}

describe("alerts", () => {
  it("come at each change and not in between", () => {
    const { alarms, alerts } = collect();
    for (const active of [false, true, true, false, false, true]) alarms.update(1, active, MOMENT, 0, 0, 0);
    expect(alerts.map(({ phase, sequence, onsetSequence }) => [phase, sequence, onsetSequence])).toEqual([[0, 1, 1], [1, 2, 1], [0, 3, 3]]);
  });
  it("carry when the condition began, on every clock", () => {
    const { alarms, alerts } = collect();
    alarms.update(1, true, MOMENT, 4000, 4000, 4000);
    expect(alerts[0]).toMatchObject({
      conditionCode: 1, priority: 3, latching: true, bootCount: 3, onsetUptimeMs: 56_000, raisedUptimeMs: 60_000, onsetWallMs: 996_000, onsetSample: 14_000, measured: 4000, limit: 4000,
    });
  });
  it("have no wall time while the clock is unset, and never begin before the start", () => {
    const { alarms, alerts } = collect();
    alarms.update(64, true, { uptimeMs: 100, wallMs: 0, clockQuality: 0, nextSample: 20 }, 500, 0, 0);
    expect(alerts[0]).toMatchObject({ onsetWallMs: 0, clockQuality: 0, onsetUptimeMs: 0, onsetSample: 0 });
  });
  it("number all conditions together and keep their onsets apart", () => {
    const { alarms, alerts } = collect();
    alarms.update(2, true, MOMENT, 0, 45, 50);
    alarms.update(64, true, MOMENT, 0, 0, 0);
    alarms.update(2, false, MOMENT, 0, 55, 50);
    expect(alerts.map(({ sequence, onsetSequence }) => [sequence, onsetSequence])).toEqual([[1, 1], [2, 2], [3, 1]]);
    expect(alarms.isActive(64)).toBe(true);
    expect(alarms.isActive(2)).toBe(false);
  });
});

describe("acknowledging", () => {
  it("takes an alarm off the count, that goes on or is latching, and no other", () => {
    const { alarms } = collect();
    alarms.update(1, true, MOMENT, 0, 0, 0);
    alarms.update(64, true, MOMENT, 0, 0, 0);
    expect(alarms.unacknowledgedCount).toBe(2);
    alarms.update(1, false, MOMENT, 0, 0, 0);
    alarms.update(64, false, MOMENT, 0, 0, 0);
    expect(alarms.unacknowledgedCount).toBe(1);
    for (const [boot, sequence, condition] of [[2, 1, -1], [3, 0, -1], [3, 3, -1], [3, 1, 1]] as const) expect(alarms.conditionOf(boot, sequence)).toBe(condition);
    for (const _time of [1, 2]) alarms.acknowledge(1);
    expect(alarms.unacknowledgedCount).toBe(0);
    alarms.update(1, true, MOMENT, 0, 0, 0);
    expect(alarms.unacknowledgedCount).toBe(1);
  });
});

describe("an event", () => {
  const MINUTE_MS = 60_000;
  it("is told once a minute at most, and its end never", () => {
    const { alarms, alerts } = collect();
    const update = (active: boolean, uptimeMs: number): void => alarms.update(9, active, { ...MOMENT, uptimeMs }, 0, 2, 0);
    for (const uptimeMs of [1000, 5000, 1000 + MINUTE_MS - 1, 1000 + MINUTE_MS, 1000 + 3 * MINUTE_MS]) {
      update(true, uptimeMs);
      update(false, uptimeMs);
    }
    expect(alerts.map(({ phase, raisedUptimeMs }) => [phase, raisedUptimeMs])).toEqual([[0, 1000], [0, 1000 + MINUTE_MS], [0, 1000 + 3 * MINUTE_MS]]);
  });
  it("is one in the vocabulary where it is one in the table", () => {
    expect(ALARM_RULES.filter(({ eventQuietMs }) => eventQuietMs !== undefined).map(({ name }) => name).toSorted()).toEqual(
      ALARM_CONDITIONS.filter((condition) => "isEvent" in condition).map(({ name }) => name).toSorted(),
    );
  });
});

describe("the alarm table", () => {
  it.each(ALARM_CONDITIONS)("has a row with a reason for $name", ({ code, name }) => {
    expect(ruleOf(code)).toMatchObject({ name });
    expect(ruleOf(code).reason).not.toBe("");
  });
  it("has no other row, and no condition twice", () => {
    expect(ALARM_RULES.length).toBe(ALARM_CONDITIONS.length);
    expect(new Set(ALARM_RULES.map(({ name }) => name)).size).toBe(ALARM_RULES.length);
    expect(new Set(ALARM_CONDITIONS.map(({ code }) => code)).size).toBe(ALARM_CONDITIONS.length);
  });
  it("calls only what may kill at once high", () => expect(ALARM_RULES.filter(({ priority }) => priority === 3).map(({ name }) => name)).toEqual(["asystole", "ventricular-fibrillation", "ventricular-tachycardia"]));
  it("ranks every technical alarm low but for a flash that keeps nothing", () => {
    for (const { name, priority } of ALARM_RULES) {
      const condition = ALARM_CONDITIONS.find((candidate) => candidate.name === name);
      if (condition?.kind === "technical") expect(priority).toBe(name === "journal-fault" ? 2 : 1);
    }
  });
  it("does not know codes of the future", () => expect(conditionOf(127)).toBeUndefined());
});

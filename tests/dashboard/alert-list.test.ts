// Order and life of the alerts in the list.
import { describe, expect, it } from "vitest";
import { ALERTS_MAX, AlertList } from "../../src/dashboard/alert-list.js";
import type { AlertEvent } from "../../src/subscriber/subscriber.js";
import type { Alert } from "../../src/vocabulary/alert.js";
import { PHASE_END, PRIORITY_HIGH, PRIORITY_LOW, PRIORITY_MEDIUM } from "../../src/vocabulary/alert.js";
import { DEVICE_ID, alertOf } from "./bedside-rig.js";

function eventOf(fields: Partial<Alert>, late = false, sendingBoot = fields.bootCount ?? 1): AlertEvent {
  const alert = alertOf(fields);
  return {
    type: "alert",
    deviceId: DEVICE_ID,
    alert,
    delivery: { kind: 1, late, redelivered: false, bootCount: sendingBoot, sentUptimeMs: 0, sentWallMs: 0, dated: 0, recordBytes: 0 },
    onset: { wallMs: alert.onsetWallMs, source: "device", drifted: false },
  };
}

const [HIGH, MEDIUM, LOW] = [PRIORITY_HIGH, PRIORITY_MEDIUM, PRIORITY_LOW] as const;
const onset = (sequence: number, priority: Alert["priority"], onsetUptimeMs: number, bootCount = 1): Partial<Alert> => ({ sequence, priority, onsetUptimeMs, bootCount });
const end = (sequence: number, onsetSequence: number, priority: Alert["priority"], onsetUptimeMs: number): Partial<Alert> => ({
  sequence, onsetSequence, priority, onsetUptimeMs, phase: PHASE_END,
});

describe("AlertList order", () => {
  const ROWS: { name: string; arrive: Partial<Alert>[]; shown: string[] }[] = [
    { name: "nothing", arrive: [], shown: [] },
    { name: "priority before age", arrive: [onset(1, LOW, 10), onset(2, MEDIUM, 20), onset(3, HIGH, 30)], shown: ["1.3", "1.2", "1.1"] },
    { name: "oldest first within a priority, whatever came first", arrive: [onset(2, HIGH, 20), onset(1, HIGH, 10), onset(3, HIGH, 30)], shown: ["1.1", "1.2", "1.3"] },
    { name: "sequence decides at the same time", arrive: [onset(2, HIGH, 10), onset(1, HIGH, 10)], shown: ["1.1", "1.2"] },
    { name: "a low active one before a high ended one", arrive: [onset(1, HIGH, 10), onset(2, LOW, 20), end(3, 1, HIGH, 30)], shown: ["1.2", "1.1 condition"] },
    {
      name: "ended ones by priority, then latest first",
      arrive: [onset(1, LOW, 10), onset(2, HIGH, 20), onset(3, HIGH, 30), end(4, 1, LOW, 40), end(5, 2, HIGH, 40), end(6, 3, HIGH, 40)],
      shown: ["1.3 condition", "1.2 condition", "1.1 condition"],
    },
    { name: "a boot before is older, although its uptime is greater", arrive: [onset(1, HIGH, 90, 1), onset(1, HIGH, 10, 2)], shown: ["2.1", "1.1 restart"] },
    { name: "an event is over when it is told", arrive: [{ ...onset(1, MEDIUM, 10), conditionCode: 8 }, onset(2, LOW, 20)], shown: ["1.2", "1.1 event"] },
    { name: "an end that comes before its onset", arrive: [end(2, 1, HIGH, 40), onset(1, HIGH, 10)], shown: ["1.1 condition"] },
  ];
  it.each(ROWS)("$name", ({ arrive, shown }) => {
    const list = new AlertList();
    for (const fields of arrive) list.apply(eventOf(fields));
    expect(list.items().map((item) => (item.ended ? `${item.key} ${item.ended}` : item.key))).toEqual(shown);
  });
});

describe("AlertList items", () => {
  it("keeps the onset's time, measures and late mark when the end comes, and says how long it held", () => {
    const list = new AlertList();
    list.apply(eventOf({ sequence: 1, onsetUptimeMs: 1000, measured: 4012 }, true));
    list.apply(eventOf({ sequence: 2, onsetSequence: 1, phase: PHASE_END, onsetUptimeMs: 7200, measured: 5 }, false));
    expect(list.items()).toMatchObject([{ onsetUptimeMs: 1000, measured: 4012, late: true, ended: "condition", heldMs: 6200, onsetKnown: true }]);
  });

  it("says the same whether onset or end comes first", () => {
    const events = [eventOf({ sequence: 1, onsetUptimeMs: 1000 }), eventOf({ sequence: 2, onsetSequence: 1, phase: PHASE_END, onsetUptimeMs: 7200 })];
    const [forward, backward] = [new AlertList(), new AlertList()];
    for (const event of events) forward.apply(event);
    for (const event of events.toReversed()) backward.apply(event);
    expect(backward.items()).toEqual(forward.items());
  });

  it("does not know the onset of an end alone", () => {
    const list = new AlertList();
    const item = list.apply(eventOf({ sequence: 2, onsetSequence: 1, phase: PHASE_END }));
    expect(item).toMatchObject({ key: "1.1", onsetKnown: false, ended: "condition", heldMs: undefined });
  });

  it("ends alerts of the boot before when the device starts anew, and alerts of it that come late", () => {
    const list = new AlertList();
    list.apply(eventOf({ sequence: 1 }));
    expect(list.noteBoot(1)).toBe(false);
    expect(list.noteBoot(2)).toBe(true);
    list.apply(eventOf({ sequence: 2, bootCount: 1 }, true, 2));
    list.apply(eventOf({ sequence: 1, bootCount: 2 }));
    expect(list.items().map(({ key, ended }) => [key, ended])).toEqual([["2.1", undefined], ["1.2", "restart"], ["1.1", "restart"]]);
  });

  it(`keeps ${ALERTS_MAX} and drops the oldest ended one first`, () => {
    const list = new AlertList();
    list.apply(eventOf(onset(1, HIGH, 1)));
    list.apply(eventOf(end(2, 1, HIGH, 2)));
    for (let sequence = 3; sequence < 3 + ALERTS_MAX - 1; sequence++) list.apply(eventOf(onset(sequence, LOW, sequence)));
    expect(list.items().some(({ key }) => key === "1.1")).toBe(true);
    list.apply(eventOf(onset(1000, LOW, 1000)));
    expect(list.items()).toHaveLength(ALERTS_MAX);
    expect(list.items().some(({ key }) => key === "1.1")).toBe(false);
  });
});

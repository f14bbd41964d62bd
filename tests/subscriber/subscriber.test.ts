// Subscriber: messages to events, repetitions dropped, dates honest, and nothing guessed from what is not ours.
import { describe, expect, it } from "vitest";
import { Subscriber } from "../../src/subscriber/subscriber.js";
import type { Alert } from "../../src/vocabulary/alert.js";
import { DELIVERY_BYTES, encodeDelivery } from "../../src/wire/delivery.js";
import { ALERT_BYTES, CLOCK_BYTES, KIND_ALERT, KIND_CLOCK, KIND_STATUS, encodeAlert, encodeClock } from "../../src/wire/record.js";

const NOW_MS = 1_800_000_000_000;
const ALERT: Alert = {
  conditionCode: 1, phase: 0, priority: 3, latching: true, bootCount: 2, sequence: 9, onsetSequence: 9, onsetUptimeMs: 10_000, raisedUptimeMs: 14_000, onsetWallMs: 0,
  clockQuality: 0, onsetSample: 2500, measured: 4000, limit: 4000,
};

function message(alert: Alert, delivery: { bootCount?: number; sentWallMs?: number; kind?: number; dated?: 0 | 1 | 2 } = {}): Uint8Array {
  const bytes = new Uint8Array(DELIVERY_BYTES + ALERT_BYTES);
  encodeDelivery({ kind: KIND_ALERT, late: true, redelivered: false, bootCount: 2, sentUptimeMs: 70_000, sentWallMs: 0, dated: 0, recordBytes: ALERT_BYTES, ...delivery }, bytes);
  encodeAlert(alert, bytes.subarray(DELIVERY_BYTES));
  return bytes;
}

const TOPIC = "edgebeat/v1/bed-4/alert";

describe("an alert", () => {
  it("comes once, however often it is delivered", () => {
    const subscriber = new Subscriber();
    expect(subscriber.accept(TOPIC, message(ALERT), NOW_MS)?.type).toBe("alert");
    expect(subscriber.accept(TOPIC, message(ALERT, { bootCount: 3 }), NOW_MS)).toEqual({ type: "duplicate", deviceId: "bed-4", bootCount: 2, sequence: 9 });
  });
  it("of another device, boot or number is another alert", () => {
    const subscriber = new Subscriber();
    const variants: [string, Alert][] = [[TOPIC, ALERT], ["edgebeat/v1/bed-5/alert", ALERT], [TOPIC, { ...ALERT, bootCount: 3 }], [TOPIC, { ...ALERT, sequence: 10 }]];
    for (const [topic, alert] of variants) expect(subscriber.accept(topic, message(alert), NOW_MS)?.type).toBe("alert");
  });
  it("of a device whose flash was replaced and that counts from boot 1 again is heard", () => {
    const subscriber = new Subscriber();
    subscriber.accept(TOPIC, message(ALERT), NOW_MS);
    expect(subscriber.accept(TOPIC, message({ ...ALERT, onsetUptimeMs: 20_000 }), NOW_MS)?.type).toBe("alert");
  });
  it.each<[string, Alert, Parameters<typeof message>[1], number | undefined, string]>([
    ["the device's clock", { ...ALERT, onsetWallMs: 5 }, {}, 5, "device"],
    ["the device's clock, set later", { ...ALERT, onsetWallMs: 5 }, { dated: 1, bootCount: 3 }, 5, "dated"],
    ["its age and the sending time", ALERT, { sentWallMs: 1_000_000 }, 940_000, "computed"],
    ["its age and our clock", ALERT, {}, NOW_MS - 60_000, "computed"],
    ["nothing: an earlier boot without a clock", ALERT, { bootCount: 3 }, undefined, "unknown"],
  ])("is dated by %s", (_name, alert, delivery, wallMs, source) =>
    expect(new Subscriber().accept(TOPIC, message(alert, delivery), NOW_MS)).toMatchObject({ onset: { wallMs, source } }));
});

it("an alert whose time was filled in between two deliveries is one alert", () => {
  const subscriber = new Subscriber();
  subscriber.accept(TOPIC, message(ALERT), NOW_MS);
  expect(subscriber.accept(TOPIC, message({ ...ALERT, onsetWallMs: 5 }, { dated: 1 }), NOW_MS)?.type).toBe("duplicate");
});

it.each<[string, Alert, 0 | 1 | 2, boolean]>([
  ["set", { ...ALERT, onsetWallMs: 5, clockQuality: 1 }, 0, false], ["drifted", { ...ALERT, onsetWallMs: 5, clockQuality: 2 }, 0, true],
  ["set later", { ...ALERT, onsetWallMs: 5 }, 1, false], ["set much later", { ...ALERT, onsetWallMs: 5 }, 2, true],
])("a clock that was %s: the time says whether it may be off", (_name, alert, dated, drifted) =>
  expect(new Subscriber().accept(TOPIC, message(alert, { dated }), NOW_MS)).toMatchObject({ onset: { wallMs: 5, drifted } }));

describe("the time that a boot learned", () => {
  const clock = (bootCount: number): Uint8Array => {
    const bytes = new Uint8Array(DELIVERY_BYTES + CLOCK_BYTES);
    encodeDelivery({ kind: KIND_CLOCK, late: false, redelivered: false, bootCount: 3, sentUptimeMs: 0, sentWallMs: 0, dated: 0, recordBytes: CLOCK_BYTES }, bytes);
    encodeClock({ bootCount, uptimeMs: 40_000, wallMs: 1_000_000 }, bytes.subarray(DELIVERY_BYTES));
    return bytes;
  };
  it("is an event, and dates what comes from that boot after it", () => {
    const subscriber = new Subscriber();
    expect(subscriber.accept(TOPIC, clock(2), NOW_MS)).toEqual({ type: "clock", deviceId: "bed-4", clock: { bootCount: 2, uptimeMs: 40_000, wallMs: 1_000_000 } });
    expect(subscriber.accept(TOPIC, message(ALERT, { bootCount: 3 }), NOW_MS)).toMatchObject({ onset: { wallMs: 970_000, source: "dated", drifted: false } });
  });
  it("of another boot or device dates nothing", () => {
    const subscriber = new Subscriber();
    subscriber.accept(TOPIC, clock(1), NOW_MS);
    subscriber.accept("edgebeat/v1/bed-5/alert", clock(2), NOW_MS);
    expect(subscriber.accept(TOPIC, message(ALERT, { bootCount: 3 }), NOW_MS)).toMatchObject({ onset: { wallMs: undefined, source: "unknown" } });
  });
});

it("a drop report says how many of what were dropped, from when to when", () => {
  const bytes = new Uint8Array(DELIVERY_BYTES + 32);
  encodeDelivery({ kind: 63, late: false, redelivered: false, bootCount: 2, sentUptimeMs: 0, sentWallMs: 0, dated: 0, recordBytes: 32 }, bytes);
  bytes.set([1, 1, 1, 2, 7, 0, 0, 0, 1, 0, 0, 0, 60, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0, 3, 0, 0, 0], DELIVERY_BYTES);
  expect(new Subscriber().accept(TOPIC, bytes, NOW_MS)).toEqual({
    type: "dropped", deviceId: "bed-4",
    report: { reason: "no room", lane: "alerts", priority: 2, count: 7, oldest: { bootCount: 1, uptimeS: 60, sequence: 5 }, newest: { bootCount: 2, uptimeS: 9, sequence: 3 } },
  });
});

describe("what is not ours or not whole", () => {
  it("on a foreign topic is ignored", () => expect(new Subscriber().accept("weather/today", message(ALERT), NOW_MS)).toBeUndefined());
  it.each<[string, string, Uint8Array, string]>([
    ["an empty message", TOPIC, new Uint8Array(0), "message: 0 bytes, expected at least 24"],
    ["a cut message", TOPIC, message(ALERT).subarray(0, 60), "message: 60 bytes, expected 74"],
    ["the wrong channel", "edgebeat/v1/bed-4/birth", message(ALERT), 'message: kind 1 on channel "birth"'],
    ["a short status", "edgebeat/v1/bed-4/status", message(ALERT, { kind: KIND_STATUS }).fill(9, DELIVERY_BYTES, DELIVERY_BYTES + 1), "status: version 9, expected 1"],
  ])("%s is a problem, not an event", (_name, topic, bytes, problem) => expect(new Subscriber().accept(topic, bytes, NOW_MS)).toEqual({ type: "problem", topic, problem }));
});

it("subscribes to every channel of one device or of all", () => {
  expect(Subscriber.topics("bed-4")).toEqual(["edgebeat/v1/bed-4/alert", "edgebeat/v1/bed-4/status", "edgebeat/v1/bed-4/birth", "edgebeat/v1/bed-4/evidence", "edgebeat/v1/bed-4/update"]);
  expect(Subscriber.topics()[0]).toBe("edgebeat/v1/+/alert");
});

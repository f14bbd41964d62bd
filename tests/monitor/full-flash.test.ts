// A whole monitor whose flash fills up in an outage: what is dropped is reported, and the most urgent is kept.
import { describe, expect, it } from "vitest";
import { Journal } from "../../src/journal/journal.js";
import { NorFlash } from "../../src/platform/sim/flash.js";
import { EcgPieces } from "../../src/monitor/ecg-pieces.js";
import { Outbox, START_MS_MAX } from "../../src/sync/outbox.js";
import { Subscriber, type SubscriberEvent } from "../../src/subscriber/subscriber.js";
import type { Alert } from "../../src/vocabulary/alert.js";
import { ALERT_BYTES, KIND_ALERT, encodeAlert } from "../../src/wire/record.js";

describe("journal, outbox and subscriber together", () => {
  it("deliver the high-priority alerts and a report of the low ones that had to go", () => {
    const journal = new Journal(new NorFlash({ blockBytes: 512, blockCount: 12, strict: true }));
    expect(journal.mount()).toBe(0);
    const record = new Uint8Array(ALERT_BYTES);
    const raise = (sequence: number, priority: 1 | 3): void => {
      const alert: Alert = {
        conditionCode: 1, phase: 0, priority, latching: false, bootCount: 1, sequence, onsetSequence: sequence, onsetUptimeMs: sequence * 1000,
        raisedUptimeMs: sequence * 1000, onsetWallMs: 0, clockQuality: 0, onsetSample: 0, measured: 0, limit: 0,
      };
      journal.append(KIND_ALERT, priority, sequence, record, encodeAlert(alert, record), sequence);
    };
    for (let sequence = 1; sequence <= 100; sequence++) raise(sequence, sequence % 10 === 0 ? 3 : 1);

    const subscriber = new Subscriber();
    const events: SubscriberEvent[] = [];
    const acknowledgements: number[] = [];
    let listener: Outbox | undefined;
    const uplink = {
      open: () => {},
      close: () => {},
      publish: (topic: string, message: Uint8Array, _retain: boolean, packetId: number): boolean => {
        const event = subscriber.accept(topic, message.slice(), 0);
        if (event) events.push(event);
        acknowledgements.push(packetId);
        return true;
      },
    };
    const clock = { nowMs: 200_000, monotonicMs: () => clock.nowMs, counterMs: () => clock.nowMs, wallMs: () => 0, quality: () => 0 as const };
    const source = {
      bootCount: 1,
      readBirth: () => ({ bootCount: 1, uptimeMs: clock.nowMs, wallMs: 0, clockQuality: 0 as const, sampleRateHz: 250, firmwareVersion: "1", afeModel: "x" }),
      readStatus: () => {},
    };
    listener = new Outbox(uplink, journal, clock, { deviceId: "dev", keepAliveMs: 30_000, statusIntervalMs: 1e6, entropy: 1 }, source, new EcgPieces());
    clock.nowMs += START_MS_MAX;
    listener.step(clock.nowMs);
    listener.onConnected();
    for (let steps = 0; journal.pendingCount > 0; steps++) {
      expect(steps).toBeLessThan(10_000);
      clock.nowMs += 40;
      listener.step(clock.nowMs);
      for (const packetId of acknowledgements.splice(0)) listener.onAcknowledged(packetId);
    }

    const alerts = events.flatMap((event) => (event.type === "alert" ? [event.alert] : []));
    expect(alerts.filter(({ priority }) => priority === 3).map(({ sequence }) => sequence)).toEqual([100, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
    const dropped = events.flatMap((event) => (event.type === "dropped" ? [event.report] : []));
    expect(dropped.length).toBeGreaterThan(0);
    expect(dropped.every(({ priority, reason, lane }) => priority === 1 && reason === "no room" && lane === "alerts")).toBe(true);
    expect(dropped.reduce((sum, { count }) => sum + count, 0) + alerts.length).toBe(100);
    expect(events.filter(({ type }) => type === "problem")).toEqual([]);
  });
});

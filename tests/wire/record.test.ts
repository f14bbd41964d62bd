// Records and delivery headers: bytes there and back, bytes as FORMAT.md has them, and refusal of what is not ours.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Alert } from "../../src/vocabulary/alert.js";
import { alertFingerprint, decodeAlert, decodeBirth, decodeClock, decodeDelivery, decodeStatus } from "../../src/wire/decode.js";
import { U48_MAX } from "../../src/wire/bytes.js";
import { DELIVERY_BYTES, encodeDelivery } from "../../src/wire/delivery.js";
import { ALERT_BYTES, BIRTH_BYTES_MAX, CLOCK_BYTES, STATUS_BYTES, alertBootCount, alertRaisedUptimeMs, encodeAlert, encodeBirth, encodeClock, encodeStatus, setAlertOnsetWallMs } from "../../src/wire/record.js";

const ALERT: Alert = {
  conditionCode: 1, phase: 0, priority: 3, latching: true, bootCount: 7, sequence: 42, onsetSequence: 42, onsetUptimeMs: 123_456, raisedUptimeMs: 127_456,
  onsetWallMs: 1_767_225_600_000, clockQuality: 1, onsetSample: 30_864, measured: 4000, limit: 4000,
};

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const u48 = fc.integer({ min: 0, max: U48_MAX });
const i32 = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const quality = fc.constantFrom(0 as const, 1 as const, 2 as const);
const anyAlert: fc.Arbitrary<Alert> = fc.record({
  conditionCode: fc.integer({ min: 0, max: 255 }), phase: fc.constantFrom(0 as const, 1 as const), priority: fc.constantFrom(1 as const, 2 as const, 3 as const),
  latching: fc.boolean(), bootCount: u32, sequence: u32, onsetSequence: u32, onsetUptimeMs: u48, raisedUptimeMs: u48, onsetWallMs: u48, clockQuality: quality,
  onsetSample: u48, measured: i32, limit: i32,
});

function alertBytes(alert: Alert): Uint8Array {
  const bytes = new Uint8Array(ALERT_BYTES);
  encodeAlert(alert, bytes);
  return bytes;
}

describe("alert record", () => {
  it("comes back as it went, for any alert", () =>
    fc.assert(fc.property(anyAlert, (alert) => {
      expect(decodeAlert(alertBytes(alert))).toEqual({ ok: true, value: alert });
    }), { seed: 1 }));

  it("has the bytes that FORMAT.md describes (unchanged since version 1)", () =>
    expect(Buffer.from(alertBytes(ALERT)).toString("hex")).toBe(
      "01010003070000002a00000040e201000000e0f10100000000a8da769b010101907800000000a00f0000a00f00002a000000",
    ));

  it("gives boot count and time without decoding", () => {
    expect(alertBootCount(alertBytes(ALERT))).toBe(7);
    expect(alertRaisedUptimeMs(alertBytes(ALERT))).toBe(127_456);
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array, string]>([
    ["a newer version", (bytes) => bytes.fill(2, 0, 1), "alert: version 2, expected 1"],
    ["a short record", (bytes) => bytes.subarray(0, 49), "alert: 49 bytes, expected 50"],
    ["no bytes", () => new Uint8Array(0), "alert: 0 bytes, expected 50"],
    ["phase 2", (bytes) => bytes.fill(2, 2, 3), "alert.phase: 2, expected 0 or 1"],
    ["priority 0", (bytes) => bytes.fill(0, 3, 4), "alert.priority: 0, expected 1 to 3"],
    ["priority 4", (bytes) => bytes.fill(4, 3, 4), "alert.priority: 4, expected 1 to 3"],
    ["clock quality 3", (bytes) => bytes.fill(3, 30, 31), "alert.clockQuality: 3, expected 0 to 2"],
  ])("refuses %s", (_name, spoil, problem) => expect(decodeAlert(spoil(alertBytes(ALERT)))).toEqual({ ok: false, problem }));

  it("reads anything without throwing", () =>
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      decodeAlert(bytes);
      decodeStatus(bytes);
      decodeBirth(bytes);
      decodeDelivery(bytes);
    }), { seed: 2, numRuns: 2000 }));
});

describe("status record", () => {
  const anyStatus = fc.record({
    state: fc.constantFrom(0 as const, 1 as const, 2 as const), leadOff: fc.boolean(), journalFault: fc.boolean(), bootCount: u32, uptimeMs: u48, wallMs: u48, clockQuality: quality,
    heartRateBpm: fc.integer({ min: -1, max: 400 }), pendingAlerts: u32, lostSamples: u32,
    commandSequence: u48, commandResult: fc.nat(255), unacknowledgedAlarms: fc.nat(255), refusedCommands: u32, lateSamples: u32,
  });
  it("comes back as it went", () =>
    fc.assert(fc.property(anyStatus, (status) => {
      const bytes = new Uint8Array(STATUS_BYTES);
      encodeStatus(status, bytes);
      expect(decodeStatus(bytes)).toEqual({ ok: true, value: status });
    }), { seed: 3 }));
  it("has the bytes that FORMAT.md says", () => {
    const bytes = new Uint8Array(STATUS_BYTES);
    encodeStatus({
      state: 1, leadOff: true, journalFault: true, bootCount: 0x0403_0201, uptimeMs: 0x0a09_0807_0605, wallMs: 0x100f_0e0d_0c0b, clockQuality: 2, heartRateBpm: -1,
      pendingAlerts: 0x1817_1615, lostSamples: 0x1c1b_1a19, commandSequence: 0x2221_201f_1e1d, commandResult: 0x23, unacknowledgedAlarms: 0x24, refusedCommands: 0x2827_2625,
      lateSamples: 0x2c2b_2a29,
    }, bytes);
    expect(Buffer.from(bytes).toString("hex")).toBe("010102030102030405060708090a0b0c0d0e0f10ffffffff15161718191a1b1c1d1e1f202122232425262728292a2b2c");
  });
  it("of older firmware, which does not tell late samples, is read, too", () => {
    const bytes = new Uint8Array(STATUS_BYTES).fill(1);
    expect(decodeStatus(bytes.subarray(0, 44))).toMatchObject({ ok: true, value: { refusedCommands: 0x01010101, lateSamples: 0 } });
  });
  it("of firmware that takes no commands is read, too", () => {
    const bytes = new Uint8Array(STATUS_BYTES).fill(1);
    expect(decodeStatus(bytes.subarray(0, 32))).toMatchObject({ ok: true, value: { heartRateBpm: 0x01010101, commandSequence: 0, commandResult: 0, unacknowledgedAlarms: 0, refusedCommands: 0 } });
  });
  it("refuses state 3", () => expect(decodeStatus(new Uint8Array(32).fill(1, 0, 1).fill(3, 1, 2))).toEqual({ ok: false, problem: "status.state: 3, expected 0 to 2" }));
});

describe("birth record", () => {
  const birth = { bootCount: 3, uptimeMs: 5, wallMs: 6, clockQuality: 1 as const, sampleRateHz: 250, firmwareVersion: "0.1.0", afeModel: "MAX30003" };
  it("comes back as it went", () => {
    const bytes = new Uint8Array(BIRTH_BYTES_MAX);
    expect(decodeBirth(bytes.subarray(0, encodeBirth(birth, bytes)))).toEqual({ ok: true, value: birth });
  });
  it("refuses texts that are cut off", () => {
    const bytes = new Uint8Array(BIRTH_BYTES_MAX);
    const length = encodeBirth(birth, bytes);
    expect(decodeBirth(bytes.subarray(0, length - 1))).toEqual({ ok: false, problem: "birth: 36 bytes, expected 37" });
  });
});

describe("an alert's Unix time filled in later", () => {
  it("is the only thing that changes, and the fingerprint does not", () => {
    const bytes = new Uint8Array(ALERT_BYTES);
    encodeAlert(ALERT, bytes);
    const before = alertFingerprint(bytes);
    setAlertOnsetWallMs(bytes, 1_900_000_000_000);
    expect(decodeAlert(bytes)).toEqual({ ok: true, value: { ...ALERT, onsetWallMs: 1_900_000_000_000 } });
    expect(alertFingerprint(bytes)).toBe(before);
    for (let index = 0; index < ALERT_BYTES; index++) {
      if (index >= 24 && index < 30) continue;
      const other = bytes.slice();
      other[index] = (other[index] as number) ^ 1;
      expect(alertFingerprint(other)).not.toBe(before);
    }
  });
});

describe("clock record", () => {
  it("comes back as it went", () =>
    fc.assert(fc.property(u32, u48, u48.filter((wallMs) => wallMs > 0), (bootCount, uptimeMs, wallMs) => {
      const bytes = new Uint8Array(CLOCK_BYTES);
      expect(encodeClock({ bootCount, uptimeMs, wallMs }, bytes)).toBe(CLOCK_BYTES);
      expect(decodeClock(bytes)).toEqual({ ok: true, value: { bootCount, uptimeMs, wallMs } });
    }), { seed: 5 }));
  it("without a time is refused: nothing is ever dated 1970", () => {
    const bytes = new Uint8Array(CLOCK_BYTES);
    encodeClock({ bootCount: 1, uptimeMs: 5, wallMs: 0 }, bytes);
    expect(decodeClock(bytes)).toEqual({ ok: false, problem: "clock.wallMs: 0, expected a Unix time" });
  });
});

describe("delivery header", () => {
  const anyDelivery = fc.record({
    kind: fc.integer({ min: 0, max: 255 }), late: fc.boolean(), redelivered: fc.boolean(), bootCount: u32, sentUptimeMs: u48, sentWallMs: u48,
    dated: fc.constantFrom(0 as const, 1 as const, 2 as const), recordBytes: fc.integer({ min: 0, max: 4000 }),
  });
  it("comes back as it went", () =>
    fc.assert(fc.property(anyDelivery, (delivery) => {
      const message = new Uint8Array(DELIVERY_BYTES + delivery.recordBytes);
      encodeDelivery(delivery, message);
      expect(decodeDelivery(message)).toEqual({ ok: true, value: delivery });
      expect(decodeDelivery(message.subarray(0, message.length - 1)).ok).toBe(false);
    }), { seed: 4 }));
});

// A subscriber with keys: what is not encrypted, forged, replayed, cut short or from a stranger is refused, counted and said.
import { describe, expect, it } from "vitest";
import { NodeAead } from "../../src/platform/sim/node-aead.js";
import { Nonces } from "../../src/security/nonces.js";
import { SealedUplink } from "../../src/security/sealed-uplink.js";
import { Subscriber } from "../../src/subscriber/subscriber.js";
import { checkKeys } from "../../src/subscriber/keys.js";
import { DELIVERY_BYTES, encodeDelivery } from "../../src/wire/delivery.js";
import { ALERT_BYTES, KIND_ALERT, KIND_STATUS, STATE_LOST, STATE_ONLINE, STATUS_BYTES, type Status, encodeAlert, encodeStatus } from "../../src/wire/record.js";

const NOW_MS = 1_800_000_000_000;
const KEYS = new Map([["bed-4", new Map([[1, new Uint8Array(16).fill(1)], [2, new Uint8Array(32).fill(2)]])], ["bed-5", new Map([[1, new Uint8Array(16).fill(5)]])]]);
const aead = new NodeAead();
const makeSubscriber = (): Subscriber => new Subscriber({ aead, keyOf: (deviceId, epoch) => KEYS.get(deviceId)?.get(epoch) });

const STATUS: Status = {
  state: STATE_ONLINE, leadOff: false, journalFault: false, bootCount: 1, uptimeMs: 1, wallMs: 0, clockQuality: 0, heartRateBpm: 70, pendingAlerts: 0, lostSamples: 0,
    commandSequence: 0, commandResult: 0, unacknowledgedAlarms: 0, refusedCommands: 0, lateSamples: 0,
};

/** What a device sends. */
class Sender {
  readonly #nonces: Nonces;
  constructor(bootCount: number) {
    this.#nonces = new Nonces(bootCount, 9);
  }
  send(topic: string, text: Uint8Array, epoch = 1, owner = "bed-4"): Uint8Array {
    let sent = new Uint8Array(0);
    const key = KEYS.get(owner)?.get(epoch) as Uint8Array;
    const wire = { open: () => {}, close: () => {}, publish: (_topic: string, message: Uint8Array) => ((sent = message.slice()), true) };
    new SealedUplink(wire, aead, this.#nonces, { dataKey: { epoch, key } }, { topic: "edgebeat/v1/bed-4/command", receive: () => {} }).publish(topic, text, false, 1);
    return sent;
  }
  status(state: Status["state"] = STATE_ONLINE, sentWallMs = 0, epoch = 1): Uint8Array {
    const text = new Uint8Array(DELIVERY_BYTES + STATUS_BYTES);
    encodeDelivery({ kind: KIND_STATUS, late: false, redelivered: false, bootCount: 1, sentUptimeMs: 1, sentWallMs, dated: 0, recordBytes: STATUS_BYTES }, text);
    encodeStatus({ ...STATUS, state }, text.subarray(DELIVERY_BYTES));
    return this.send(STATUS_TOPIC, text, epoch);
  }
  alert(sequence: number, epoch = 1): Uint8Array {
    return this.send(ALERT_TOPIC, alertText(sequence), epoch);
  }
}
const STATUS_TOPIC = "edgebeat/v1/bed-4/status";
const ALERT_TOPIC = "edgebeat/v1/bed-4/alert";

function alertText(sequence: number): Uint8Array {
  const text = new Uint8Array(DELIVERY_BYTES + ALERT_BYTES);
  encodeDelivery({ kind: KIND_ALERT, late: false, redelivered: false, bootCount: 1, sentUptimeMs: 1, sentWallMs: 0, dated: 0, recordBytes: ALERT_BYTES }, text);
  encodeAlert({
    conditionCode: 1, phase: 0, priority: 3, latching: true, bootCount: 1, sequence, onsetSequence: sequence, onsetUptimeMs: 0, raisedUptimeMs: 0, onsetWallMs: 0, clockQuality: 0,
    onsetSample: 0, measured: 4000, limit: 4000,
  }, text.subarray(DELIVERY_BYTES));
  return text;
}

describe("a subscriber with keys", () => {
  it("hears alerts of every epoch that it has the key of", () => {
    const subscriber = makeSubscriber();
    const sender = new Sender(1);
    expect(subscriber.accept(ALERT_TOPIC, sender.alert(1, 1), NOW_MS)).toMatchObject({ type: "alert", alert: { sequence: 1 } });
    expect(subscriber.accept(ALERT_TOPIC, sender.alert(2, 2), NOW_MS)).toMatchObject({ type: "alert", alert: { sequence: 2 } });
    expect(subscriber.accept(ALERT_TOPIC, sender.alert(1, 2), NOW_MS)).toMatchObject({ type: "duplicate", sequence: 1 });
  });

  const sender = new Sender(4);
  const genuine = sender.alert(7);
  it.each<[string, string, Uint8Array, string]>([
    ["in clear", ALERT_TOPIC, alertText(7), "unencrypted"],
    ["empty", ALERT_TOPIC, new Uint8Array(0), "unencrypted"],
    ["cut short", ALERT_TOPIC, genuine.slice(0, -1), "malformed"],
    ["cut to its head", ALERT_TOPIC, genuine.slice(0, 20), "malformed"],
    ["with a bit of its text changed", ALERT_TOPIC, genuine.map((byte, index) => (index === 60 ? byte ^ 1 : byte)), "forged"],
    ["with a bit of its nonce changed", ALERT_TOPIC, genuine.map((byte, index) => (index === 20 ? byte ^ 1 : byte)), "forged"],
    ["under another topic", STATUS_TOPIC, genuine, "forged"],
    ["under the name of another device", "edgebeat/v1/bed-5/alert", genuine, "forged"],
    ["made by another device", ALERT_TOPIC, sender.send(ALERT_TOPIC, alertText(8), 1, "bed-5"), "forged"],
    ["of a device without a key", "edgebeat/v1/bed-6/alert", genuine, "no key"],
    ["of an epoch without a key", ALERT_TOPIC, genuine.map((byte, index) => (index === 11 ? 3 : byte)), "no key"],
  ])("refuses a message %s", (_what, topic, message, refusal) => {
    const subscriber = makeSubscriber();
    expect(subscriber.accept(topic, message, NOW_MS)).toMatchObject({ type: "refused", topic, refusal, count: 1 });
    expect(subscriber.accept(topic, message, NOW_MS)).toMatchObject({ type: "refused", count: 2 });
    expect(subscriber.accept(ALERT_TOPIC, genuine, NOW_MS)?.type).toBe("alert");
  });

  it("refuses a message that it heard, in any order and whatever it holds, and takes those that were overtaken", () => {
    const device = new Sender(6);
    const messages = Array.from({ length: 5 }, (_, index) => device.alert(index + 1));
    const subscriber = makeSubscriber();
    const types = [0, 3, 1, 1, 4, 3, 2, 0].map((index) => subscriber.accept(ALERT_TOPIC, messages[index] as Uint8Array, NOW_MS)?.type);
    expect(types).toEqual(["alert", "alert", "alert", "refused", "alert", "refused", "alert", "refused"]);
    expect(subscriber.accept(ALERT_TOPIC, messages[4] as Uint8Array, NOW_MS)).toMatchObject({ refusal: "replayed", count: 4, problem: "message: number 5 of boot 6 was heard before, or is too old to tell" });
  });

  it("refuses a status from before one that it heard, and takes the latest again", () => {
    const subscriber = makeSubscriber();
    const [first, second] = [sender.status(), sender.status()];
    for (const [message, type] of [[first, "status"], [second, "status"], [second, "status"], [first, "refused"], [new Sender(3).status(), "refused"], [new Sender(5).status(), "status"], [second, "refused"]] as const)
      expect(subscriber.accept(STATUS_TOPIC, message, NOW_MS)?.type).toBe(type);
    expect(subscriber.accept(STATUS_TOPIC, first, NOW_MS)).toMatchObject({ refusal: "replayed", count: 4 });
  });

  it("takes the Last Will of the boot, sealed before what it ends, and none of an earlier boot", () => {
    const subscriber = makeSubscriber();
    const before = new Sender(1).status(STATE_LOST);
    const boot = new Sender(2);
    const will = boot.status(STATE_LOST);
    expect(subscriber.accept(STATUS_TOPIC, boot.status(), NOW_MS)?.type).toBe("status");
    expect(subscriber.accept(STATUS_TOPIC, before, NOW_MS)).toMatchObject({ type: "refused", refusal: "replayed" });
    expect(subscriber.accept(STATUS_TOPIC, will, NOW_MS)).toMatchObject({ type: "status", status: { state: STATE_LOST } });
    expect(subscriber.accept(STATUS_TOPIC, boot.status(), NOW_MS)?.type).toBe("status");
  });

  it("hears a device that counts from boot 1 again, if its clock or a new key says that this is now", () => {
    const subscriber = makeSubscriber();
    expect(subscriber.accept(STATUS_TOPIC, new Sender(9).status(STATE_ONLINE, NOW_MS), NOW_MS)?.type).toBe("status");
    expect(subscriber.accept(STATUS_TOPIC, new Sender(1).status(STATE_ONLINE, 0), NOW_MS)?.type).toBe("refused");
    expect(subscriber.accept(STATUS_TOPIC, new Sender(1).status(STATE_ONLINE, NOW_MS + 1), NOW_MS)?.type).toBe("status");
    expect(subscriber.accept(STATUS_TOPIC, new Sender(1).status(STATE_ONLINE, 0, 2), NOW_MS)?.type).toBe("status");
  });
});

it("a subscriber without keys says that it has none", () => {
  expect(new Subscriber().accept(ALERT_TOPIC, new Sender(1).alert(1), NOW_MS)).toEqual({ type: "problem", topic: ALERT_TOPIC, problem: "message: encrypted, and there are no keys" });
});

describe("a keys file", () => {
  const KEY = "00112233445566778899aabbccddeeff";
  const OTHER = "ff".repeat(32);
  it("holds keys by device and epoch", () => {
    const checked = checkKeys({ devices: { "bed-4": { data: { 1: KEY, 7: OTHER }, command: "ab".repeat(16) } } });
    expect(checked.ok && [...(checked.devices.get("bed-4")?.data.keys() ?? [])]).toEqual([1, 7]);
  });
  it.each<[unknown, RegExp]>([
    [[], /^keys.devices: expected an object/],
    [{ devices: { "Bed 4": {} } }, /^keys.devices.Bed 4: expected 1 to 23 characters of a-z/],
    [{ devices: { "bed-4": {} } }, /^keys.devices.bed-4.data: expected an object/],
    [{ devices: { "bed-4": { data: { 1: KEY.slice(1) } } } }, /^keys.devices.bed-4.data.1: a text of 31 characters, expected 32 or 64/],
    [{ devices: { "bed-4": { data: { 1: `${KEY.slice(1)}g` } } } }, /^keys.devices.bed-4.data.1: characters other than/],
    [{ devices: { "bed-4": { data: { 1: 5 } } } }, /^keys.devices.bed-4.data.1: number, expected a text/],
    [{ devices: { "bed-4": { data: { 0: KEY } } } }, /^keys.devices.bed-4.data.0: "0", expected a whole number from 1/],
    [{ devices: { "bed-4": { data: { x: KEY } } } }, /^keys.devices.bed-4.data.x: "x", expected a whole number from 1/],
    [{ devices: { "bed-4": { data: { 1: KEY } }, "bed-5": { data: { 1: KEY } } } }, /^keys.devices.bed-5.data.1: the same key as keys.devices.bed-4.data.1/],
    [{ devices: { "bed-4": { data: { 1: KEY }, command: KEY } } }, /^keys.devices.bed-4.command: the same key as/],
  ])("that is wrong is one line without a key: %j", (input, message) => {
    const checked = checkKeys(input);
    expect(checked).toMatchObject({ ok: false, problem: expect.stringMatching(message) });
    expect(JSON.stringify(checked)).not.toContain(KEY.slice(1));
  });
});

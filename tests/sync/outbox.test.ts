// Outbox: histories of a link and of a broker, and what must have been sent and acknowledged after them.
import { describe, expect, it } from "vitest";
import type { Clock, ClockQuality } from "../../src/contracts/clock.js";
import { CLOCK_DRIFTED, CLOCK_SET, CLOCK_TRUST_MS, CLOCK_UNSET } from "../../src/contracts/clock.js";
import type { Uplink, UplinkListener, UplinkSession } from "../../src/contracts/uplink.js";
import {
  BACK_OFF_MS_MAX, BACK_OFF_MS_MIN, DRAIN_START_MS_MAX, EVIDENCE_IN_FLIGHT_MAX, IN_FLIGHT_MAX, OPEN_MS_MAX, Outbox, PUBACK_MS_MAX, RECORD_INTERVAL_MS, STABLE_SESSION_MS, START_MS_MAX,
} from "../../src/sync/outbox.js";
import type { OutboxQueue } from "../../src/sync/outbox.js";
import type { Alert } from "../../src/vocabulary/alert.js";
import { decodeAlert, decodeDelivery, decodeStatus } from "../../src/wire/decode.js";
import { DELIVERY_BYTES, FLAG_REDELIVERED } from "../../src/wire/delivery.js";
import { KIND_STRIP, STRIP_BYTES_MAX } from "../../src/wire/strip.js";
import { ALERT_BYTES, CLOCK_BYTES, KIND_ALERT, KIND_CLOCK, encodeClock, encodeAlert, setAlertOnsetWallMs } from "../../src/wire/record.js";

const BOOT = 5;

class FakeClock implements Clock {
  nowMs = 0;
  /** Unix time at the start, 0 = unset. [ms] */
  startWallMs = 0;
  clockQuality: ClockQuality = CLOCK_UNSET;
  monotonicMs(): number {
    return this.nowMs;
  }
  counterMs(): number {
    return this.nowMs | 0;
  }
  wallMs(): number {
    return this.startWallMs === 0 ? 0 : this.startWallMs + this.nowMs;
  }
  quality(): ClockQuality {
    return this.clockQuality;
  }
}

interface Sent {
  readonly topic: string;
  readonly message: Uint8Array;
  readonly packetId: number;
}

class FakeUplink implements Uplink {
  sessions = 0;
  closes = 0;
  room = Infinity;
  sent: Sent[] = [];
  session: UplinkSession | undefined;
  open(session: UplinkSession, _listener: UplinkListener): void {
    this.sessions++;
    this.session = session;
  }
  publish(topic: string, message: Uint8Array, _retain: boolean, packetId: number): boolean {
    if (this.room-- <= 0) return false;
    this.sent.push({ topic, message: message.slice(), packetId });
    return true;
  }
  close(): void {
    this.closes++;
  }
  /** Sequences of the alerts sent so far. */
  alerts(): number[] {
    return this.sent.filter(({ topic }) => topic.endsWith("/alert")).map(({ message }) => {
      const decoded = decodeAlert(message.subarray(DELIVERY_BYTES));
      return decoded.ok ? decoded.value.sequence : -1;
    });
  }
}

/** Keeps alerts in an array; handles are positions. */
class FakeQueue implements OutboxQueue {
  readonly records: { kind: number; priority: number; bytes: Uint8Array; inFlight: boolean; done: boolean; damaged: boolean }[] = [];
  flashFails = false;
  get appended(): number {
    return this.records.length;
  }
  get pendingCount(): number {
    return this.pending();
  }
  add(sequence: number, priority: 1 | 2 | 3, raisedUptimeMs: number, bootCount = BOOT): void {
    const bytes = new Uint8Array(ALERT_BYTES);
    const alert: Alert = {
      conditionCode: 1, phase: 0, priority, latching: false, bootCount, sequence, onsetSequence: sequence, onsetUptimeMs: raisedUptimeMs, raisedUptimeMs, onsetWallMs: 0,
      clockQuality: 0, onsetSample: 0, measured: 0, limit: 0,
    };
    encodeAlert(alert, bytes);
    this.records.push({ kind: KIND_ALERT, priority, bytes, inFlight: false, done: false, damaged: false });
  }
  addClock(bootCount: number, uptimeMs: number, wallMs: number): void {
    const bytes = new Uint8Array(CLOCK_BYTES);
    encodeClock({ bootCount, uptimeMs, wallMs }, bytes);
    this.records.push({ kind: KIND_CLOCK, priority: 0, bytes, inFlight: false, done: false, damaged: false });
  }
  lookUps = 0;
  readPending(kind: number, bootCount: number, _sequence: number, into: Uint8Array): number {
    this.lookUps++;
    const handle = this.records.findIndex((record) => record.kind === kind && !record.done && new DataView(record.bytes.buffer).getUint32(4, true) === bootCount);
    return handle < 0 ? -8 : this.read(handle, into);
  }
  asked = 0;
  nextPending(): number {
    this.asked++;
    let best = -1;
    this.records.forEach((record, handle) => {
      if (!record.inFlight && !record.done && record.priority > (this.records[best]?.priority ?? -1)) best = handle;
    });
    return best;
  }
  markInFlight(handle: number, inFlight: boolean): void {
    this.#at(handle).inFlight = inFlight;
  }
  clearInFlight(): void {
    for (const record of this.records) record.inFlight = false;
  }
  /** A part of a strip: behind every alert. */
  addStripPart(): void {
    this.add(0, 1, 0);
    Object.assign(this.records.at(-1)!, { priority: 0.5, kind: KIND_STRIP });
  }
  kindOf(handle: number): number {
    return this.#at(handle).kind;
  }
  priorityOf(handle: number): number {
    return this.#at(handle).priority;
  }
  read(handle: number, into: Uint8Array): number {
    if (this.#at(handle).damaged) return -4;
    into.set(this.#at(handle).bytes);
    return this.#at(handle).bytes.length;
  }
  acknowledge(handle: number): boolean {
    if (this.flashFails) return false;
    return (this.#at(handle).done = true);
  }
  discard(handle: number): boolean {
    return (this.#at(handle).done = true);
  }
  pending(): number {
    return this.records.filter((record) => !record.done).length;
  }
  #at(handle: number): FakeQueue["records"][number] {
    return this.records[handle] as FakeQueue["records"][number];
  }
}

function setUp(entropy = 3): { clock: FakeClock; uplink: FakeUplink; queue: FakeQueue; outbox: Outbox; passMs: (ms: number) => void; connect: () => void; acknowledgeAll: () => void } {
  const clock = new FakeClock();
  const uplink = new FakeUplink();
  const queue = new FakeQueue();
  const message = new Uint8Array(DELIVERY_BYTES + STRIP_BYTES_MAX);
  const outbox = new Outbox(uplink, queue, clock, { deviceId: "dev", keepAliveMs: 30_000, statusIntervalMs: 10_000, entropy }, {
    bootCount: BOOT,
    readBirth: () => ({ bootCount: BOOT, uptimeMs: clock.nowMs, wallMs: 0, clockQuality: 0, sampleRateHz: 250, firmwareVersion: "1", afeModel: "x" }),
    readStatus: (status) => {
      status.pendingAlerts = queue.pending();
    },
  }, { message, record: message.subarray(DELIVERY_BYTES) });
  const passMs = (ms: number): void => {
    for (const endMs = clock.nowMs + ms; clock.nowMs < endMs; ) {
      clock.nowMs += 40;
      // As often as it takes: what it sends in one tick, and what in the next, is the monitor's to say.
      for (let message = 0; message < IN_FLIGHT_MAX && outbox.step(clock.nowMs); message++);
    }
  };
  const connect = (): void => {
    const before = uplink.sessions;
    while (uplink.sessions === before) passMs(40);
    outbox.onConnected();
  };
  const acknowledgeAll = (): void => {
    for (const { packetId } of uplink.sent.slice()) outbox.onAcknowledged(packetId);
  };
  return { clock, uplink, queue, outbox, passMs, connect, acknowledgeAll };
}

describe("a session", () => {
  it("has a Last Will that says lost, on the retained status topic", () => {
    const { uplink, connect } = setUp();
    connect();
    const { willTopic, willMessage } = uplink.session as UplinkSession;
    expect(willTopic).toBe("edgebeat/v1/dev/status");
    const status = decodeStatus(willMessage.subarray(DELIVERY_BYTES));
    expect(status.ok && status.value.state).toBe(0);
  });
  it("starts with a birth, then alerts, then the status", () => {
    const { uplink, queue, connect, passMs } = setUp();
    queue.add(1, 3, 0);
    connect();
    passMs(40);
    expect(uplink.sent.map(({ topic }) => topic.split("/").at(-1))).toEqual(["birth", "alert", "status"]);
  });
  it("renews the status after its interval, and at once when something has changed", () => {
    const { uplink, outbox, connect, passMs, acknowledgeAll } = setUp();
    const statuses = (): number => uplink.sent.filter(({ topic }) => topic.endsWith("/status")).length;
    connect();
    passMs(80);
    acknowledgeAll();
    expect(statuses()).toBe(1);
    passMs(9_800);
    expect(statuses()).toBe(1);
    passMs(400);
    expect(statuses()).toBe(2);
    acknowledgeAll();
    outbox.statusChanged();
    passMs(40);
    expect(statuses()).toBe(3);
  });
});

describe("a tick in which nothing is due", () => {
  it("asks the queue for nothing; a record, a status and the time wake it", () => {
    const { uplink, queue, outbox, connect, passMs, acknowledgeAll } = setUp();
    connect();
    passMs(80);
    acknowledgeAll();
    passMs(40);
    queue.asked = 0;
    passMs(4000);
    expect(queue.asked).toBe(0);
    queue.add(1, 3, 0);
    passMs(40);
    expect(uplink.alerts()).toEqual([1]);
    // A PUBACK that is awaited may be overdue at any time.
    expect(uplink.closes).toBe(0);
    passMs(PUBACK_MS_MAX + 80);
    expect(uplink.closes).toBe(1);
    connect();
    passMs(200);
    acknowledgeAll();
    const sent = uplink.sent.length;
    passMs(4000);
    expect(uplink.sent.length).toBe(sent);
    outbox.statusChanged();
    passMs(40);
    expect(uplink.sent.length).toBe(sent + 1);
  });
});

describe("evidence", () => {
  it("goes after alerts and status, on its own topic, and leaves slots for an alert that comes while it waits for its PUBACKs", () => {
    const { uplink, queue, connect, passMs, acknowledgeAll } = setUp();
    const channels = (): (string | undefined)[] => uplink.sent.map(({ topic }) => topic.split("/").at(-1));
    for (let count = 0; count < 5; count++) queue.addStripPart();
    queue.add(1, 3, 0);
    connect();
    passMs(10_000);
    expect(channels()).toEqual(["birth", "alert", "status", "evidence"]);
    acknowledgeAll();
    passMs(5000);
    expect(channels().slice(4).filter((channel) => channel === "evidence")).toHaveLength(EVIDENCE_IN_FLIGHT_MAX);
    queue.add(2, 3, 25_000);
    passMs(400);
    expect(uplink.alerts()).toEqual([1, 2]);
    for (let round = 0; round < 30; round++) {
      acknowledgeAll();
      passMs(400);
    }
    expect(channels().filter((channel) => channel === "evidence")).toHaveLength(5);
    expect(queue.pending()).toBe(0);
  });
});

describe("alerts", () => {
  it("go by priority, then age, at most IN_FLIGHT_MAX unacknowledged", () => {
    const { uplink, queue, connect, passMs, acknowledgeAll } = setUp();
    const priorities = [1, 3, 2, 3, 1, 2] as const;
    priorities.forEach((priority, index) => queue.add(index + 1, priority, 0));
    connect();
    passMs(DRAIN_START_MS_MAX);
    expect(uplink.sent).toHaveLength(IN_FLIGHT_MAX);
    for (let round = 0; round < 5; round++) {
      acknowledgeAll();
      passMs(3 * RECORD_INTERVAL_MS);
    }
    expect(uplink.alerts()).toEqual([2, 4, 3, 6, 1, 5]);
    expect(queue.pending()).toBe(0);
  });
  it("are late if raised before the session, or in an earlier boot", () => {
    const { uplink, queue, clock, connect, passMs, acknowledgeAll } = setUp();
    queue.add(9, 3, 1e9, BOOT - 1);
    queue.add(1, 2, 0);
    passMs(40);
    connect();
    queue.add(2, 1, clock.nowMs + 40);
    passMs(DRAIN_START_MS_MAX);
    acknowledgeAll();
    passMs(RECORD_INTERVAL_MS);
    const late = uplink.sent.filter(({ topic }) => topic.endsWith("/alert")).map(({ message }) => {
      const delivery = decodeDelivery(message);
      return delivery.ok && delivery.value.late;
    });
    expect(late).toEqual([true, true, false]);
  });
  it("are sent again after a lost session, marked, and acknowledged once", () => {
    const { uplink, queue, outbox, connect, passMs, acknowledgeAll } = setUp();
    queue.add(1, 3, 0);
    connect();
    passMs(40);
    outbox.onClosed();
    expect(queue.pending()).toBe(1);
    uplink.sent = [];
    connect();
    passMs(80);
    expect(uplink.alerts()).toEqual([1]);
    const delivery = decodeDelivery((uplink.sent.find(({ topic }) => topic.endsWith("/alert")) as Sent).message);
    expect(delivery.ok && delivery.value.redelivered).toBe(true);
    acknowledgeAll();
    expect(queue.pending()).toBe(0);
  });
  it("stay in flight if flash doesn't take the acknowledgement, which it is offered once more", () => {
    const { uplink, queue, connect, passMs, acknowledgeAll } = setUp();
    queue.add(1, 3, 0);
    connect();
    passMs(40);
    queue.flashFails = true;
    acknowledgeAll();
    acknowledgeAll();
    queue.flashFails = false;
    passMs(PUBACK_MS_MAX - 80);
    expect(queue.pending()).toBe(1);
    passMs(120);
    expect(queue.pending()).toBe(0);
    expect(uplink.alerts()).toEqual([1]);
    expect(uplink.closes).toBe(0);
  });
  it("are sent again in a new session, marked, if flash takes the acknowledgement neither time; others go meanwhile", () => {
    const { uplink, queue, connect, passMs, acknowledgeAll } = setUp();
    queue.add(1, 3, 0);
    connect();
    passMs(40);
    queue.flashFails = true;
    acknowledgeAll();
    queue.add(2, 3, 0);
    passMs(PUBACK_MS_MAX - 80);
    expect(uplink.alerts()).toEqual([1, 2]);
    expect(uplink.closes).toBe(0);
    passMs(120);
    expect(uplink.closes).toBe(1);
    queue.flashFails = false;
    uplink.sent = [];
    connect();
    passMs(80);
    expect(uplink.alerts()).toEqual([1, 2]);
    const redelivered = uplink.sent.filter(({ topic }) => topic.endsWith("/alert")).map(({ message }) => (message[2] as number) & FLAG_REDELIVERED);
    expect(redelivered).toEqual([FLAG_REDELIVERED, FLAG_REDELIVERED]);
    acknowledgeAll();
    expect(queue.pending()).toBe(0);
  });
  it("that are damaged are never sent", () => {
    const { uplink, queue, connect, passMs } = setUp();
    queue.add(1, 3, 0);
    queue.add(2, 2, 0);
    (queue.records[0] as { damaged: boolean }).damaged = true;
    connect();
    passMs(DRAIN_START_MS_MAX);
    expect(uplink.alerts()).toEqual([2]);
  });
  it("wait for room in the socket and lose nothing", () => {
    const { uplink, queue, connect, passMs, acknowledgeAll } = setUp();
    queue.add(1, 3, 0);
    uplink.room = 1;
    connect();
    passMs(200);
    expect(uplink.alerts()).toEqual([]);
    uplink.room = Infinity;
    passMs(40);
    acknowledgeAll();
    expect(uplink.alerts()).toEqual([1]);
  });
});

describe("an alert that was raised while the clock was unset", () => {
  const WALL_MS = 1_800_000_000_000;
  const EARLIER = BOOT - 1;
  it.each<[string, (queue: FakeQueue, clock: FakeClock) => void, number, ClockQuality, number]>([
    ["in this boot, which still has no time", () => {}, BOOT, CLOCK_UNSET, 0],
    ["in this boot, which has the time now", (_queue, clock) => {
      clock.startWallMs = WALL_MS;
      clock.clockQuality = CLOCK_SET;
    }, BOOT, CLOCK_SET, WALL_MS + 5000],
    ["in this boot, whose time is old", (_queue, clock) => {
      clock.startWallMs = WALL_MS;
      clock.clockQuality = CLOCK_DRIFTED;
    }, BOOT, CLOCK_DRIFTED, WALL_MS + 5000],
    ["in this boot, long ago", (_queue, clock) => {
      clock.nowMs = CLOCK_TRUST_MS + 6000;
      clock.startWallMs = WALL_MS;
      clock.clockQuality = CLOCK_SET;
    }, BOOT, CLOCK_DRIFTED, WALL_MS + 5000],
    ["in an earlier boot without a time, though this one has it", (_queue, clock) => {
      clock.startWallMs = WALL_MS;
      clock.clockQuality = CLOCK_SET;
    }, EARLIER, CLOCK_UNSET, 0],
    ["in an earlier boot that learned the time later", (queue) => queue.addClock(EARLIER, 65_000, WALL_MS + 60_000), EARLIER, CLOCK_SET, WALL_MS],
    ["in an earlier boot that learned the time much later", (queue) => queue.addClock(EARLIER, 5001 + CLOCK_TRUST_MS, WALL_MS + CLOCK_TRUST_MS), EARLIER, CLOCK_DRIFTED, WALL_MS - 1],
    ["in an earlier boot, when only another one learned the time", (queue) => queue.addClock(EARLIER - 1, 65_000, WALL_MS), EARLIER, CLOCK_UNSET, 0],
  ])("%s, is dated as well as can be", (_name, prepare, bootCount, dated, wallMs) => {
    const { uplink, queue, clock, connect, passMs } = setUp();
    queue.add(1, 3, 5000, bootCount);
    prepare(queue, clock);
    connect();
    passMs(40);
    const { message } = uplink.sent.find(({ topic }) => topic.endsWith("/alert")) as Sent;
    const delivery = decodeDelivery(message);
    const alert = decodeAlert(message.subarray(DELIVERY_BYTES));
    expect([delivery.ok && delivery.value.dated, alert.ok && alert.value.onsetWallMs, alert.ok && alert.value.clockQuality]).toEqual([dated, wallMs, CLOCK_UNSET]);
  });
  it("asks for the time of an earlier boot once", () => {
    const { queue, uplink, connect, passMs } = setUp();
    for (let sequence = 1; sequence <= 3; sequence++) queue.add(sequence, 3, 5000, EARLIER);
    queue.addClock(EARLIER, 65_000, WALL_MS);
    connect();
    passMs(40);
    expect([uplink.alerts().length, queue.lookUps]).toEqual([3, 1]);
  });
  it("otherwise keeps the time that it was given, whatever the clock says now", () => {
    const { uplink, queue, clock, connect, passMs } = setUp();
    queue.add(1, 3, 5000);
    setAlertOnsetWallMs((queue.records[0] as { bytes: Uint8Array }).bytes, 777);
    clock.startWallMs = WALL_MS;
    clock.clockQuality = CLOCK_SET;
    connect();
    passMs(40);
    const { message } = uplink.sent.find(({ topic }) => topic.endsWith("/alert")) as Sent;
    const alert = decodeAlert(message.subarray(DELIVERY_BYTES));
    expect([message[3], alert.ok && alert.value.onsetWallMs]).toEqual([0, 777]);
  });
});

describe("a broker that misbehaves", () => {
  it.each([["an unknown packet", 60_000], ["packet 0", 0]])("acknowledges %s: nothing happens", (_name, packetId) => {
    const { queue, outbox, connect, passMs } = setUp();
    queue.add(1, 3, 0);
    connect();
    passMs(40);
    outbox.onAcknowledged(packetId);
    expect(queue.pending()).toBe(1);
  });
  it("acknowledges twice: the second does not touch the next message", () => {
    const { uplink, queue, outbox, connect, passMs } = setUp();
    queue.add(1, 3, 0);
    queue.add(2, 3, 0);
    connect();
    passMs(40);
    const first = uplink.sent.find(({ topic }) => topic.endsWith("/alert")) as Sent;
    outbox.onAcknowledged(first.packetId);
    outbox.onAcknowledged(first.packetId);
    expect(queue.pending()).toBe(1);
  });
  it("never acknowledges: the session is given up and a new one tried", () => {
    const { uplink, queue, connect, passMs } = setUp();
    queue.add(1, 3, 0);
    connect();
    passMs(PUBACK_MS_MAX);
    expect(uplink.closes).toBe(0);
    passMs(200);
    expect(uplink.closes).toBe(1);
    connect();
  });
  it("acknowledges in the wrong order, and late: each PUBACK counts for its own message", () => {
    const { uplink, queue, outbox, connect, passMs } = setUp();
    for (let sequence = 1; sequence <= 3; sequence++) queue.add(sequence, 3, 0);
    connect();
    passMs(PUBACK_MS_MAX - 40);
    const alerts = uplink.sent.filter(({ topic }) => topic.endsWith("/alert"));
    for (const index of [2, 0, 1]) {
      outbox.onAcknowledged((alerts[index] as Sent).packetId);
      expect(queue.records[index]?.done).toBe(true);
    }
    expect(queue.pending()).toBe(0);
    expect(uplink.closes).toBe(0);
  });
  it("acknowledges in a new session what it got in the one before: the alert goes again, and the old PUBACK names nothing", () => {
    const { uplink, queue, outbox, connect, passMs } = setUp();
    queue.add(1, 3, 0);
    connect();
    passMs(40);
    const before = (uplink.sent.at(1) as Sent).packetId;
    outbox.onClosed();
    uplink.sent = [];
    connect();
    outbox.onAcknowledged(before);
    passMs(40);
    expect(uplink.alerts()).toEqual([1]);
    outbox.onAcknowledged(before);
    expect(queue.pending()).toBe(1);
    outbox.onAcknowledged((uplink.sent.find(({ topic }) => topic.endsWith("/alert")) as Sent).packetId);
    expect(queue.pending()).toBe(0);
  });
  it("accepts twice, or a session that was given up: only the first answer counts", () => {
    const { uplink, outbox, connect, passMs } = setUp();
    const births = (): number => uplink.sent.filter(({ topic }) => topic.endsWith("/birth")).length;
    connect();
    passMs(40);
    outbox.onConnected();
    passMs(80);
    expect(births()).toBe(1);
    outbox.onClosed();
    outbox.onConnected();
    expect(outbox.isUp).toBe(false);
  });
  it("never answers a connection attempt: it is given up after its time", () => {
    const { uplink, passMs } = setUp();
    passMs(START_MS_MAX);
    expect(uplink.sessions).toBe(1);
    passMs(OPEN_MS_MAX - START_MS_MAX);
    expect(uplink.closes).toBe(0);
    passMs(START_MS_MAX + BACK_OFF_MS_MIN);
    expect([uplink.closes, uplink.sessions]).toEqual([1, 2]);
  });
});

describe("after an outage", () => {
  it("the records go no faster than one in RECORD_INTERVAL_MS after the first few, and the status gets its turn among them", () => {
    const { uplink, queue, connect, passMs, acknowledgeAll } = setUp();
    for (let sequence = 1; sequence <= 300; sequence++) queue.add(sequence, 3, 0);
    connect();
    const sentAt: number[] = [];
    for (let ms = 0; ms < 20_000; ms += 40) {
      const before = uplink.alerts().length;
      passMs(40);
      for (let count = before; count < uplink.alerts().length; count++) sentAt.push(ms);
      acknowledgeAll();
    }
    expect(sentAt.slice(0, IN_FLIGHT_MAX).every((ms) => ms <= 40)).toBe(true);
    for (const [index, ms] of sentAt.entries()) {
      const count = Math.min(index + 1, 20);
      expect(ms - (sentAt[index + 1 - count] as number)).toBeGreaterThanOrEqual((count - IN_FLIGHT_MAX) * RECORD_INTERVAL_MS - 40);
    }
    expect(sentAt.length).toBeGreaterThan(190);
    expect(sentAt.length).toBeLessThanOrEqual(20_000 / RECORD_INTERVAL_MS + IN_FLIGHT_MAX);
    expect(uplink.sent.filter(({ topic }) => topic.endsWith("/status")).length).toBeGreaterThanOrEqual(2);
  });
  it("high priority goes at once, the rest after a random time that differs from device to device", () => {
    const startsMs = new Set<number>();
    for (let entropy = 1; entropy <= 40; entropy++) {
      const { uplink, queue, connect, passMs } = setUp(entropy);
      queue.add(1, 2, 0);
      queue.add(2, 3, 0);
      connect();
      passMs(40);
      expect(uplink.alerts()[0]).toBe(2);
      let startMs = 40;
      for (; !uplink.alerts().includes(1); startMs += 40) passMs(40);
      startsMs.add(startMs);
    }
    expect(Math.max(...startsMs)).toBeLessThanOrEqual(DRAIN_START_MS_MAX + 40);
    expect(Math.max(...startsMs) - Math.min(...startsMs)).toBeGreaterThan(DRAIN_START_MS_MAX * 0.7);
    expect(startsMs.size).toBeGreaterThan(25);
  });
  it("of a broker, a fleet of 500 comes back spread out, and sends what it held no faster than its share", () => {
    const DEVICES = 500;
    const OUTAGE_MS = 120_000;
    const fleet = Array.from({ length: DEVICES }, (_, index) => setUp(index * 7919 + 1));
    const opensPerSecond = new Map<number, number>();
    const alertsPerSecond = new Map<number, number>();
    for (const { uplink, queue, outbox, clock } of fleet) {
      for (let sequence = 1; sequence <= 20; sequence++) queue.add(sequence, 2, 0);
      for (let sessions = 0; clock.nowMs < OUTAGE_MS + BACK_OFF_MS_MAX + 20_000; ) {
        clock.nowMs += 40;
        outbox.step(clock.nowMs);
        const second = Math.floor(clock.nowMs / 1000);
        if (uplink.sessions > sessions) {
          sessions = uplink.sessions;
          if (clock.nowMs < OUTAGE_MS) outbox.onClosed();
          else {
            opensPerSecond.set(second, (opensPerSecond.get(second) ?? 0) + 1);
            outbox.onConnected();
          }
        }
        const count = uplink.alerts().length;
        if (count > 0) alertsPerSecond.set(second, (alertsPerSecond.get(second) ?? 0) + count);
        for (const { packetId } of uplink.sent) outbox.onAcknowledged(packetId);
        uplink.sent = [];
      }
      expect(queue.pending()).toBe(0);
    }
    // Evenly spread over the longest back-off, 8.3 would come in a second; half of what is waiting at the end of an outage comes sooner.
    expect(Math.max(...opensPerSecond.values())).toBeLessThan(0.1 * DEVICES);
    expect(Math.max(...alertsPerSecond.values())).toBeLessThan(0.5 * DEVICES * (1000 / RECORD_INTERVAL_MS));
  });
});

describe("back-off", () => {
  it("begins at a random time after power on, since the power may have come back for a fleet", () => {
    const firstMs = Array.from({ length: 50 }, (_, entropy) => {
      const { clock, uplink, passMs } = setUp(entropy + 1);
      while (uplink.sessions === 0) passMs(40);
      return clock.nowMs;
    });
    expect(Math.max(...firstMs)).toBeLessThanOrEqual(START_MS_MAX + 40);
    expect(new Set(firstMs).size).toBeGreaterThan(15);
  });

  it("grows from failure to failure, with jitter, up to its limit", () => {
    const { clock, uplink, outbox, passMs } = setUp();
    const waitsMs: number[] = [];
    passMs(START_MS_MAX);
    for (let attempt = 0; attempt < 40; attempt++) {
      const sinceMs = clock.nowMs;
      outbox.onClosed();
      const before = uplink.sessions;
      while (uplink.sessions === before) passMs(40);
      waitsMs.push(clock.nowMs - sinceMs);
    }
    expect(waitsMs[0]).toBeLessThanOrEqual(BACK_OFF_MS_MIN + 80);
    expect(Math.max(...waitsMs)).toBeLessThanOrEqual(BACK_OFF_MS_MAX + 80);
    expect(Math.max(...waitsMs.slice(8))).toBeGreaterThan(BACK_OFF_MS_MAX / 2);
    expect(new Set(waitsMs.slice(8)).size).toBeGreaterThan(20);
  });
  it.each([[STABLE_SESSION_MS - 80, false], [STABLE_SESSION_MS, true]])("a session of %d ms resets it: %s", (lastedMs, resets) => {
    const { clock, uplink, outbox, passMs, connect, acknowledgeAll } = setUp();
    passMs(START_MS_MAX);
    for (let failure = 0; failure < 12; failure++) {
      outbox.onClosed();
      const before = uplink.sessions;
      while (uplink.sessions === before) passMs(40);
    }
    outbox.onClosed();
    connect();
    for (const endMs = clock.nowMs + lastedMs; clock.nowMs < endMs; ) {
      passMs(40);
      acknowledgeAll();
    }
    const sinceMs = clock.nowMs;
    outbox.onClosed();
    const before = uplink.sessions;
    while (uplink.sessions === before) passMs(40);
    expect(clock.nowMs - sinceMs <= BACK_OFF_MS_MIN + 80).toBe(resets);
  });
});

describe("packet identifiers", () => {
  /** Sends a status. @returns its packet identifier */
  function sendOne({ clock, uplink, outbox }: ReturnType<typeof setUp>): number {
    outbox.statusChanged();
    uplink.sent = [];
    outbox.step(clock.nowMs);
    return uplink.sent[0]?.packetId ?? -1;
  }

  it("run from 1 to 65534 and around", () => {
    const rig = setUp();
    rig.connect();
    rig.passMs(40);
    rig.acknowledgeAll();
    let last = sendOne(rig);
    for (let count = 0; count < 66_000; count++) {
      rig.outbox.onAcknowledged(last);
      const next = sendOne(rig);
      expect(next).toBe(last === 65_534 ? 1 : last + 1);
      last = next;
    }
  });

  it("never name two messages in flight: a session ends before they have come round", () => {
    const rig = setUp();
    const { clock, uplink, outbox } = rig;
    rig.connect();
    rig.passMs(40);
    rig.acknowledgeAll();
    const stuck = sendOne(rig);
    let count = 0;
    for (; uplink.closes === 0; count++) {
      clock.nowMs++;
      const packetId = sendOne(rig);
      expect(packetId).not.toBe(stuck);
      outbox.onAcknowledged(packetId);
    }
    expect(count).toBe(PUBACK_MS_MAX + 1);
  });
});

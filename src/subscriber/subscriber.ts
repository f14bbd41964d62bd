// Subscriber: MQTT messages of any number of devices to typed events, each alert exactly once. Runs in Node and in browsers.
import { crc32 } from "../base/crc32.js";
import { CLOCK_DRIFTED, CLOCK_TRUST_MS, CLOCK_UNSET } from "../contracts/clock.js";
import type { Alert } from "../vocabulary/alert.js";
import { type Address, type DropReport, alertFingerprint, decodeAlert, decodeBirth, decodeClock, decodeDelivery, decodeDropReport, decodeStatus, decodeStripPart, decodeUpdateReport, parseTopic } from "../wire/decode.js";
import type { Delivery } from "../wire/delivery.js";
import { DELIVERY_BYTES } from "../wire/delivery.js";
import type { Birth, ClockRecord, Status } from "../wire/record.js";
import { KIND_ALERT, KIND_BIRTH, KIND_CLOCK, KIND_DROP_REPORT, KIND_STATUS, STATE_LOST } from "../wire/record.js";
import { KIND_STRIP } from "../wire/strip.js";
import { CHANNELS, topicOf } from "../wire/topic.js";
import { KIND_UPDATE, type UpdateReport } from "../wire/update.js";
import { isSealed } from "../wire/cose.js";
import { DeviceMemory, addTo } from "./device-memory.js";
import { type Refusal, type SealedAt, type UnsealerOptions, Unsealer, isAfter } from "./unsealer.js";
import { type Strip, StripAssembler } from "./strip-assembler.js";

/** When an alert's onset was, as well as the subscriber can know it. */
export interface OnsetTime {
  /** Unix time, or undefined if it cannot be known. [ms] */
  readonly wallMs: number | undefined;
  /**
   * "device": the device's clock was set; "dated": it was set later, and the device or we reckoned back; "computed": from the age the device
   * reported and our own clock; "unknown": from an earlier boot, in which the clock was never set.
   */
  readonly source: "device" | "dated" | "computed" | "unknown";
  /** The device's clock had not been set for so long that it may have been off by more than a second. */
  readonly drifted: boolean;
}

export interface AlertEvent {
  readonly type: "alert";
  readonly deviceId: string;
  readonly alert: Alert;
  readonly delivery: Delivery;
  readonly onset: OnsetTime;
}
export interface StatusEvent {
  readonly type: "status";
  readonly deviceId: string;
  readonly status: Status;
}
export interface BirthEvent {
  readonly type: "birth";
  readonly deviceId: string;
  readonly birth: Birth;
}
/** The device had to drop records. A later report with the same reason, lane, priority and oldest record replaces an earlier one. */
export interface DroppedEvent {
  readonly type: "dropped";
  readonly deviceId: string;
  readonly report: DropReport;
}
/** A boot of the device learned the time after it had raised alerts. */
export interface ClockEvent {
  readonly type: "clock";
  readonly deviceId: string;
  readonly clock: ClockRecord;
}
/** Another part of the ECG around an alert has arrived; the strip is complete, or says that it is not. */
export interface StripEvent {
  readonly type: "strip";
  readonly deviceId: string;
  readonly strip: Strip;
}
export interface UpdateEvent {
  readonly type: "update";
  readonly deviceId: string;
  readonly update: UpdateReport;
}
/** A message on one of our topics that is not ours or not whole. It is dropped, never guessed at. */
export interface ProblemEvent {
  readonly type: "problem";
  readonly topic: string;
  readonly problem: string;
}
/** An alert, or a part of the strip of one, that was seen before (MQTT's QoS 1 promises "at least once") and is not reported again. */
export interface DuplicateEvent {
  readonly type: "duplicate";
  readonly deviceId: string;
  readonly bootCount: number;
  readonly sequence: number;
}
/** A message that keys show not to be the device's own, or not to be of now. It is dropped. */
export interface RefusedEvent {
  readonly type: "refused";
  readonly deviceId: string;
  readonly topic: string;
  readonly refusal: Refusal;
  readonly problem: string;
  /** Messages refused so far, of all devices and for all reasons. */
  readonly count: number;
}
export type SubscriberEvent = AlertEvent | StatusEvent | BirthEvent | DroppedEvent | ClockEvent | StripEvent | UpdateEvent | ProblemEvent | DuplicateEvent | RefusedEvent;

/** Identities of parts of strips remembered per device before the oldest is forgotten; a device's whole journal holds fewer. */
const PARTS_REMEMBERED = 8192;

/** Status and birth are one kind: only what is later than both is news. */
const STATUS = "status";

/** Boots of all devices whose time is remembered. Alerts of such a boot come before its time, but for rare cases. */
const CLOCKS_REMEMBERED = 4096;

/** Turns messages into events. The MQTT client is the caller's: subscribe to `topics()`, pass each message to `accept`. */
export class Subscriber {
  readonly #memories: Map<string, DeviceMemory>;
  /** What time it was in boots of devices, by `device.boot`. */
  readonly #clocks = new Map<string, ClockRecord>();
  readonly #seenParts = new Map<string, Set<string>>();
  readonly #strips = new StripAssembler();
  readonly #unsealer: Unsealer | undefined;
  #refused = 0;

  /**
   * @param keys With keys, messages must be encrypted; without, they must not.
   * @param memories What was heard before, by device; the subscriber adds to it.
   */
  constructor(keys?: UnsealerOptions, memories = new Map<string, DeviceMemory>()) {
    this.#memories = memories;
    this.#unsealer = keys && new Unsealer(keys);
  }

  /** Topics to subscribe to with QoS 1, for one device or (without `deviceId`) for all. */
  static topics(deviceId = "+"): string[] {
    return CHANNELS.map((channel) => topicOf(deviceId, channel));
  }

  /**
   * @param receivedWallMs Unix time at the subscriber, to date alerts of devices whose clock is unset. [ms]
   * @returns the event, or undefined for a topic that is not edgebeat's.
   */
  accept(topic: string, message: Uint8Array, receivedWallMs: number): SubscriberEvent | undefined {
    const address = parseTopic(topic);
    if (!address) return undefined;
    const { deviceId } = address;
    if (!this.#unsealer) {
      if (isSealed(message)) return { type: "problem", topic, problem: "message: encrypted, and there are no keys" };
      return this.#accept(address, topic, message, receivedWallMs, undefined);
    }
    const unsealed = this.#unsealer.open(deviceId, topic, message);
    if (!unsealed.ok) return this.#refuse(deviceId, topic, unsealed.refusal, unsealed.problem);
    const { at, stream } = unsealed;
    // The broker keeps the last status, and the Last Will is sealed before the session: what is not journaled is judged by its age.
    const isJournaled = address.channel === "alert" || address.channel === "evidence";
    if (isJournaled && !this.#memoryOf(deviceId).isNewMessage(stream, at[2])) return this.#refuse(deviceId, topic, "replayed", `message: number ${at[2]} of boot ${at[1]} was heard before, or is too old to tell`);
    return this.#accept(address, topic, unsealed.message, receivedWallMs, at);
  }

  #memoryOf(deviceId: string): DeviceMemory {
    let memory = this.#memories.get(deviceId);
    if (!memory) this.#memories.set(deviceId, (memory = new DeviceMemory()));
    return memory;
  }

  #accept(address: Address, topic: string, message: Uint8Array, receivedWallMs: number, at: SealedAt | undefined): SubscriberEvent {
    const { deviceId, channel } = address;
    const decoded = decodeDelivery(message);
    if (!decoded.ok) return { type: "problem", topic, problem: decoded.problem };
    const delivery = decoded.value;
    const record = message.subarray(DELIVERY_BYTES);
    if (channel === "alert" && delivery.kind === KIND_ALERT) {
      const alert = decodeAlert(record);
      if (!alert.ok) return { type: "problem", topic, problem: alert.problem };
      const { bootCount, sequence } = alert.value;
      // The record's own bytes belong to the key: a device whose flash was replaced counts from boot 1 again, and is heard.
      const identity = `${bootCount}.${sequence}.${alertFingerprint(record)}`;
      if (!this.#memoryOf(deviceId).isNewAlert(identity)) return { type: "duplicate", deviceId, bootCount, sequence };
      return { type: "alert", deviceId, alert: alert.value, delivery, onset: this.#onsetTime(deviceId, alert.value, delivery, receivedWallMs) };
    }
    if (channel === "alert" && delivery.kind === KIND_DROP_REPORT) {
      const report = decodeDropReport(record);
      return report.ok ? { type: "dropped", deviceId, report: report.value } : { type: "problem", topic, problem: report.problem };
    }
    if (channel === "alert" && delivery.kind === KIND_CLOCK) {
      const clock = decodeClock(record);
      if (!clock.ok) return { type: "problem", topic, problem: clock.problem };
      this.#clocks.set(`${deviceId}.${clock.value.bootCount}`, clock.value);
      if (this.#clocks.size > CLOCKS_REMEMBERED) this.#clocks.delete(this.#clocks.keys().next().value as string);
      return { type: "clock", deviceId, clock: clock.value };
    }
    if (channel === "evidence" && delivery.kind === KIND_STRIP) return this.#acceptStripPart(deviceId, topic, record);
    if (channel === "status" && delivery.kind === KIND_STATUS) {
      const status = decodeStatus(record);
      if (!status.ok) return { type: "problem", topic, problem: status.problem };
      if (at && !this.#isNews(deviceId, STATUS, at, delivery, status.value.state === STATE_LOST)) return this.#refuse(deviceId, topic, "replayed", "status: older than one that was heard");
      return { type: "status", deviceId, status: status.value };
    }
    if (channel === "birth" && delivery.kind === KIND_BIRTH) {
      const birth = decodeBirth(record);
      if (!birth.ok) return { type: "problem", topic, problem: birth.problem };
      if (at && !this.#isNews(deviceId, STATUS, at, delivery, false)) return this.#refuse(deviceId, topic, "replayed", "birth: older than a message that was heard");
      return { type: "birth", deviceId, birth: birth.value };
    }
    if (channel === "update" && delivery.kind === KIND_UPDATE) {
      const update = decodeUpdateReport(record);
      if (!update.ok) return { type: "problem", topic, problem: update.problem };
      if (at && !this.#isNews(deviceId, "update", at, delivery, false)) return this.#refuse(deviceId, topic, "replayed", "update: older than a message that was heard");
      return { type: "update", deviceId, update: update.value };
    }
    return { type: "problem", topic, problem: `message: kind ${delivery.kind} on channel "${channel}"` };
  }

  #refuse(deviceId: string, topic: string, refusal: Refusal, problem: string): RefusedEvent {
    return { type: "refused", deviceId, topic, refusal, problem, count: ++this.#refused };
  }

  /**
   * Is a status or birth later than all before it? A broker may repeat the latest one, and it holds the Last Will, which is sealed before
   * the session that it ends: that must only be of the same boot. A device whose flash was replaced counts from boot 1 again; its clock tells.
   */
  #isNews(deviceId: string, kind: string, at: SealedAt, { sentWallMs }: Delivery, isLastWill: boolean): boolean {
    const memory = this.#memoryOf(deviceId);
    const latest = memory.latestOf(kind);
    if (latest && isAfter(latest.at, at) && !(latest.sentWallMs > 0 && sentWallMs > latest.sentWallMs)) return isLastWill && latest.at[0] === at[0] && latest.at[1] === at[1];
    memory.setLatest(kind, { at, sentWallMs });
    return true;
  }

  #acceptStripPart(deviceId: string, topic: string, record: Uint8Array): SubscriberEvent {
    const part = decodeStripPart(record);
    if (!part.ok) return { type: "problem", topic, problem: part.problem };
    const { bootCount, sequence, partIndex } = part.value;
    const identity = `${bootCount}.${sequence}.${partIndex}.${crc32(record, 0, record.length)}`;
    let seen = this.#seenParts.get(deviceId);
    if (!seen) this.#seenParts.set(deviceId, (seen = new Set()));
    if (!addTo(seen, identity, PARTS_REMEMBERED)) return { type: "duplicate", deviceId, bootCount, sequence };
    const strip = this.#strips.add(deviceId, part.value);
    return strip ? { type: "strip", deviceId, strip } : { type: "problem", topic, problem: `strip ${bootCount}.${sequence}: part ${partIndex} contradicts the others` };
  }

  #onsetTime(deviceId: string, alert: Alert, delivery: Delivery, receivedWallMs: number): OnsetTime {
    if (delivery.dated !== CLOCK_UNSET) return { wallMs: alert.onsetWallMs, source: "dated", drifted: delivery.dated === CLOCK_DRIFTED };
    if (alert.onsetWallMs > 0) return { wallMs: alert.onsetWallMs, source: "device", drifted: alert.clockQuality === CLOCK_DRIFTED };
    if (alert.bootCount === delivery.bootCount) {
      const ageMs = delivery.sentUptimeMs - alert.onsetUptimeMs;
      return { wallMs: (delivery.sentWallMs > 0 ? delivery.sentWallMs : receivedWallMs) - ageMs, source: "computed", drifted: ageMs > CLOCK_TRUST_MS };
    }
    const clock = this.#clocks.get(`${deviceId}.${alert.bootCount}`);
    if (!clock) return { wallMs: undefined, source: "unknown", drifted: false };
    const ageMs = clock.uptimeMs - alert.onsetUptimeMs;
    return { wallMs: clock.wallMs - ageMs, source: "dated", drifted: ageMs > CLOCK_TRUST_MS };
  }
}

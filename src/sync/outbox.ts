// Outbox: carries what the journal holds to the broker, most urgent first, and tells the journal what arrived.
import { assert } from "../base/assert.js";
import { Prng } from "../base/prng.js";
import type { Clock, ClockQuality } from "../contracts/clock.js";
import { CLOCK_DRIFTED, CLOCK_SET, CLOCK_TRUST_MS, CLOCK_UNSET } from "../contracts/clock.js";
import { SUBSCRIBE_PACKET_ID, type Uplink, type UplinkListener, type UplinkSession } from "../contracts/uplink.js";
import { DELIVERY_BYTES, encodeDelivery } from "../wire/delivery.js";
import { PRIORITY_HIGH } from "../vocabulary/alert.js";
import type { Birth, ClockRecord, Status } from "../wire/record.js";
import {
  ALERT_BYTES, BIRTH_BYTES_MAX, KIND_ALERT, KIND_ALERT_END, KIND_BIRTH, KIND_STATUS, STATE_LOST, STATUS_BYTES,
  alertBootCount, alertOnsetUptimeMs, alertOnsetWallMs, alertRaisedUptimeMs, CLOCK_BYTES, decodeClock, encodeBirth, encodeStatus, KIND_CLOCK, setAlertOnsetWallMs,
} from "../wire/record.js";
import { KIND_STRIP, STRIP_BYTES_MAX } from "../wire/strip.js";
import { KIND_UPDATE, UPDATE_REPORT_BYTES } from "../wire/update.js";
import { topicOf } from "../wire/topic.js";

/** What the outbox needs of the journal. */
export interface OutboxQueue {
  /** @returns handle of the most urgent record that is neither acknowledged nor in flight, or -1. */
  nextPending(): number;
  /** Takes a record out of `nextPending` while its PUBACK is awaited, or puts it back. */
  markInFlight(handle: number, inFlight: boolean): void;
  /** The link is lost: puts all of them back. */
  clearInFlight(): void;
  kindOf(handle: number): number;
  /** PRIORITY_* of the record. */
  priorityOf(handle: number): number;
  /** Reads a record that is not acknowledged, by its name. @returns its bytes, or a negative number if it is not there. May take as long as a mount. */
  readPending(kind: number, bootCount: number, sequence: number, into: Uint8Array): number;
  /** Reads the record. @returns its bytes, or a negative number if it can't be read. */
  read(handle: number, into: Uint8Array): number;
  /** Records durably that the record has arrived. @returns false if flash failed; the record will be sent again. */
  acknowledge(handle: number): boolean;
  /** The record can't be read: takes it out for good and has that reported. */
  discard(handle: number): boolean;
}

/** What else reports now and then, when nothing more important waits: an update under way. */
export interface Reporter {
  isReportDue(nowMs: number): boolean;
  /** Encodes a report of UPDATE_REPORT_BYTES that goes out now. @returns its bytes */
  writeReport(into: Uint8Array, nowMs: number): number;
  /** The report did not go out, or there is a new session. */
  reportSoon(): void;
}

export interface OutboxOptions {
  readonly deviceId: string;
  /** [ms] */
  readonly keepAliveMs: number;
  /** How often the retained status is renewed while nothing changes. [ms] */
  readonly statusIntervalMs: number;
  /** Seed of the back-off jitter: devices that lost the same broker must not come back together. */
  readonly entropy: number;
}

/** PUBLISHes awaiting PUBACK at once. A few hide the round trip; more would let a late emergency queue behind them. */
export const IN_FLIGHT_MAX = 4;
/** As many of them as may be evidence: an alert never waits for the PUBACK of a strip. */
export const EVIDENCE_IN_FLIGHT_MAX = 2;
/**
 * Records go out no faster than one in this time, but for IN_FLIGHT_MAX at once after a pause. [ms] After an outage of a whole fleet, a
 * thousand devices send 10,000 a second then, below the 16,000 that NATS, aedes and mosquitto took in our measurement (two cores, QoS 1).
 */
export const RECORD_INTERVAL_MS = 100;
/** In a new session, records below high priority wait a random time up to this, so that a fleet does not start to drain at once. [ms] */
export const DRAIN_START_MS_MAX = 5000;
/** The first attempt after power on comes within this, at random: the power may have come back for a fleet. [ms] */
export const START_MS_MAX = 1000;
/** First back-off ceiling; it doubles with each failure. [ms] */
export const BACK_OFF_MS_MIN = 1000;
/** Back-off never gets longer: an alert waits at most about this long once the network is back. [ms] */
export const BACK_OFF_MS_MAX = 60_000;
/** A session that lasted this long resets the back-off; shorter ones may be a broker in a restart loop. [ms] */
export const STABLE_SESSION_MS = 10_000;
/** A PUBACK that takes longer means a broken session. [ms] */
export const PUBACK_MS_MAX = 20_000;
/** A session that is not accepted by then is given up. The SDK's client gives up after 30 s by itself. [ms] */
export const OPEN_MS_MAX = 35_000;

/** MQTT 3.1.1, section 2.3.1, allows 65535, which is the subscription's. */
const PACKET_ID_MAX = SUBSCRIBE_PACKET_ID - 1;

const HANDLE_NONE = -1;
/** In-flight slot of a status or birth message, which no journal record stands behind. */
const HANDLE_UNJOURNALED = -2;

const DOWN = 0;
const OPENING = 1;
const UP = 2;

/** Sends records over one uplink; keeps no record itself, so a power cut costs nothing but a repetition. */
export class Outbox implements UplinkListener {
  readonly #uplink: Uplink;
  readonly #queue: OutboxQueue;
  readonly #clock: Clock;
  readonly #options: OutboxOptions;
  readonly #random: Prng;
  readonly #readStatus: (into: Status) => void;
  readonly #birth: Birth;
  readonly #status: Status = {
    state: STATE_LOST, leadOff: false, journalFault: false, bootCount: 0, uptimeMs: 0, wallMs: 0, clockQuality: 0, heartRateBpm: -1, pendingAlerts: 0, lostSamples: 0,
    commandSequence: 0, commandResult: 0, unacknowledgedAlarms: 0, refusedCommands: 0,
  };
  readonly #delivery = { kind: 0, late: false, redelivered: false, bootCount: 0, sentUptimeMs: 0, sentWallMs: 0, dated: CLOCK_UNSET as ClockQuality, recordBytes: 0 };
  readonly #session: UplinkSession;
  readonly #alertTopic: string;
  readonly #evidenceTopic: string;
  readonly #statusTopic: string;
  readonly #birthTopic: string;
  readonly #reporter: Reporter | undefined;
  readonly #message = new Uint8Array(DELIVERY_BYTES + STRIP_BYTES_MAX);
  readonly #record = this.#message.subarray(DELIVERY_BYTES);
  readonly #statusMessage = new Uint8Array(DELIVERY_BYTES + STATUS_BYTES);
  readonly #clockRecord = new Uint8Array(CLOCK_BYTES);
  /** The earlier boot that was last asked for its time, and what it knew. */
  #clockBootCount = 0;
  #earlierClock: ClockRecord | undefined;
  readonly #birthRecord = new Uint8Array(BIRTH_BYTES_MAX);
  readonly #packetIds = new Int32Array(IN_FLIGHT_MAX);
  readonly #handles = new Int32Array(IN_FLIGHT_MAX).fill(HANDLE_NONE);
  readonly #sentMs = new Float64Array(IN_FLIGHT_MAX);

  #state = DOWN;
  #stateSinceMs = 0;
  #nextAttemptMs = 0;
  #failures = 0;
  #lastPacketId = 0;
  /** Records below high priority wait until then. [ms] */
  #drainFromMs = 0;
  /** When the next record would be due if they went out evenly; it may lie before now by what the pause has saved up. [ms] */
  #nextRecordMs = 0;
  #birthDue = false;
  #statusDue = false;
  #statusSentMs = 0;
  /** Alerts raised before this were offered in an earlier session, perhaps without a PUBACK; they may have arrived. */
  #offeredBeforeMs = -1;
  #lostInFlight = false;
  /** Messages that await their PUBACK. */
  #inFlightCount = 0;

  /** @param readStatus fills in everything of a Status but `state`. */
  constructor(uplink: Uplink, queue: OutboxQueue, clock: Clock, options: OutboxOptions, birth: Birth, readStatus: (into: Status) => void, reporter?: Reporter) {
    this.#reporter = reporter;
    assert(options.keepAliveMs >= 1000, "Outbox: keepAliveMs must be at least 1000");
    this.#uplink = uplink;
    this.#queue = queue;
    this.#clock = clock;
    this.#options = options;
    this.#birth = birth;
    this.#readStatus = readStatus;
    this.#random = new Prng(options.entropy);
    this.#nextAttemptMs = clock.monotonicMs() + this.#random.below(START_MS_MAX);
    // Not from 1 after each start: a PUBACK for the boot before must not meet a message of this one.
    this.#lastPacketId = 1 + this.#random.below(PACKET_ID_MAX);
    this.#alertTopic = topicOf(options.deviceId, "alert");
    this.#evidenceTopic = topicOf(options.deviceId, "evidence");
    this.#statusTopic = topicOf(options.deviceId, "status");
    this.#birthTopic = topicOf(options.deviceId, "birth");
    this.#session = {
      clientId: options.deviceId,
      keepAliveMs: options.keepAliveMs,
      willTopic: this.#statusTopic,
      willMessage: new Uint8Array(DELIVERY_BYTES + STATUS_BYTES),
    };
  }

  /** Is there a session with the broker? */
  get isUp(): boolean {
    return this.#state === UP;
  }

  /** Asks for a status message soon: something in it has changed. */
  statusChanged(): void {
    this.#statusDue = true;
  }

  /** Does what is due now: at most one connection attempt and IN_FLIGHT_MAX messages. @param nowMs what the clock's monotonicMs says */
  step(nowMs: number): void {
    if (this.#state === DOWN) {
      if (nowMs >= this.#nextAttemptMs) this.#open(nowMs);
    } else if (this.#state === OPENING) {
      if (nowMs - this.#stateSinceMs > OPEN_MS_MAX) this.#giveUp(nowMs);
    } else if (this.#inFlightCount > 0 && this.#isOverdue(nowMs)) {
      this.#giveUp(nowMs);
    } else {
      this.#send(nowMs);
    }
  }

  onConnected(): void {
    if (this.#state !== OPENING) return;
    const nowMs = this.#clock.monotonicMs();
    this.#enter(UP, nowMs);
    this.#drainFromMs = nowMs + this.#random.below(DRAIN_START_MS_MAX);
    this.#birthDue = true;
    this.#statusDue = true;
    this.#reporter?.reportSoon();
  }

  onAcknowledged(packetId: number): void {
    for (let slot = 0; slot < IN_FLIGHT_MAX; slot++) {
      const handle = this.#handles[slot] as number;
      if (handle === HANDLE_NONE || this.#packetIds[slot] !== packetId) continue;
      this.#handles[slot] = HANDLE_NONE;
      this.#inFlightCount--;
      if (handle >= 0 && !this.#queue.acknowledge(handle)) this.#queue.markInFlight(handle, false);
      return;
    }
    // A PUBACK for a packet we do not await (repeated, or from a session before) changes nothing.
  }

  onClosed(): void {
    this.#close(this.#clock.monotonicMs());
  }

  #open(nowMs: number): void {
    this.#enter(OPENING, nowMs);
    this.#fillStatus(STATE_LOST, nowMs, this.#session.willMessage);
    this.#uplink.open(this.#session, this);
  }

  #giveUp(nowMs: number): void {
    this.#uplink.close();
    this.#close(nowMs);
  }

  #close(nowMs: number): void {
    if (this.#state === UP && nowMs - this.#stateSinceMs >= STABLE_SESSION_MS) this.#failures = 0;
    this.#enter(DOWN, nowMs);
    // Full jitter (after Brooker 2015, "Exponential backoff and jitter"): anywhere between now and the ceiling.
    const ceilingMs = Math.min(BACK_OFF_MS_MAX, BACK_OFF_MS_MIN * 2 ** Math.min(this.#failures, 16));
    this.#nextAttemptMs = nowMs + this.#random.below(ceilingMs) + 1;
    this.#failures++;
    for (let slot = 0; slot < IN_FLIGHT_MAX; slot++) {
      if ((this.#handles[slot] as number) >= 0) this.#lostInFlight = true;
      this.#handles[slot] = HANDLE_NONE;
    }
    this.#inFlightCount = 0;
    this.#queue.clearInFlight();
    if (this.#lostInFlight) this.#offeredBeforeMs = nowMs;
  }

  #enter(state: number, nowMs: number): void {
    this.#state = state;
    this.#stateSinceMs = nowMs;
  }

  #isOverdue(nowMs: number): boolean {
    for (let slot = 0; slot < IN_FLIGHT_MAX; slot++)
      if (this.#handles[slot] !== HANDLE_NONE && nowMs - (this.#sentMs[slot] as number) > PUBACK_MS_MAX) return true;
    return false;
  }

  #send(nowMs: number): void {
    for (let slot = 0; slot < IN_FLIGHT_MAX; slot++) {
      if (this.#handles[slot] !== HANDLE_NONE) continue;
      if (!this.#sendNext(slot, nowMs)) return;
    }
  }

  /** Sends the most important message there is. @returns false if there is none or no room for it. */
  #sendNext(slot: number, nowMs: number): boolean {
    if (this.#birthDue) {
      if (!this.#sendBirth(slot, nowMs)) return false;
      this.#birthDue = false;
      return true;
    }
    // Between records the status gets its turn, however long the queue is.
    const isDue = nowMs >= this.#nextRecordMs - (IN_FLIGHT_MAX - 1) * RECORD_INTERVAL_MS;
    const handle = isDue ? this.#queue.nextPending() : HANDLE_NONE;
    const isEvidence = handle >= 0 && this.#queue.kindOf(handle) === KIND_STRIP;
    if (handle >= 0 && !isEvidence && (nowMs >= this.#drainFromMs || this.#queue.priorityOf(handle) === PRIORITY_HIGH)) return this.#sendRecord(slot, handle, nowMs);
    if (this.#statusDue || nowMs - this.#statusSentMs >= this.#options.statusIntervalMs) {
      this.#fillStatus(1, nowMs, this.#statusMessage);
      if (!this.#publish(slot, HANDLE_UNJOURNALED, this.#statusTopic, this.#statusMessage, true, nowMs)) return false;
      this.#statusDue = false;
      this.#statusSentMs = nowMs;
      return true;
    }
    return (isEvidence && this.#mayEvidenceGo(nowMs) && this.#sendRecord(slot, handle, nowMs)) || this.#sendReport(slot, nowMs);
  }

  /** Evidence goes in its turn and leaves room for alerts, whatever its priority: of what may be in flight, and of what may be sent at once. */
  #mayEvidenceGo(nowMs: number): boolean {
    let count = 0;
    for (let slot = 0; slot < IN_FLIGHT_MAX; slot++) {
      const handle = this.#handles[slot] as number;
      if (handle >= 0 && this.#queue.kindOf(handle) === KIND_STRIP) count++;
    }
    return count < EVIDENCE_IN_FLIGHT_MAX && nowMs >= this.#nextRecordMs && nowMs >= this.#drainFromMs;
  }

  #sendRecord(slot: number, handle: number, nowMs: number): boolean {
    const record = this.#record;
    const recordBytes = this.#queue.read(handle, record);
    if (recordBytes < 0) {
      // Its bytes no longer match their CRC; sending them would be a false alert. If even that can't be stored, it waits for the next session.
      if (!this.#queue.discard(handle)) this.#queue.markInFlight(handle, true);
      return true;
    }
    const queuedKind = this.#queue.kindOf(handle);
    const kind = queuedKind === KIND_ALERT_END ? KIND_ALERT : queuedKind;
    const isAlert = kind === KIND_ALERT && recordBytes === ALERT_BYTES;
    const isStrip = kind === KIND_STRIP;
    const isOfThisBoot = !(isAlert || isStrip) || alertBootCount(record) === this.#birth.bootCount;
    const raisedMs = isAlert ? alertRaisedUptimeMs(record) : nowMs;
    const late = !isOfThisBoot || raisedMs < this.#stateSinceMs;
    const redelivered = this.#lostInFlight && (!isOfThisBoot || raisedMs <= this.#offeredBeforeMs);
    const dated = isAlert && alertOnsetWallMs(record) === 0 ? this.#date(record, isOfThisBoot, nowMs) : CLOCK_UNSET;
    this.#fillDelivery(kind, late, redelivered, dated, nowMs, recordBytes, this.#message);
    if (!this.#publish(slot, handle, isStrip ? this.#evidenceTopic : this.#alertTopic, this.#message.subarray(0, DELIVERY_BYTES + recordBytes), false, nowMs)) return false;
    this.#queue.markInFlight(handle, true);
    this.#nextRecordMs = (this.#nextRecordMs > nowMs ? this.#nextRecordMs : nowMs) + RECORD_INTERVAL_MS;
    return true;
  }

  /**
   * Fills in the Unix time of an alert that was raised while the clock was unset: from what the clock says now, or from what an earlier boot
   * learned after it had raised the alert.
   * @returns how good that time is; CLOCK_UNSET: nobody knows it
   */
  #date(record: Uint8Array, isOfThisBoot: boolean, nowMs: number): ClockQuality {
    const onsetMs = alertOnsetUptimeMs(record);
    let knownMs = nowMs;
    let wallMs = this.#clock.wallMs();
    let quality = this.#clock.quality();
    if (!isOfThisBoot) {
      const clock = this.#clockOf(alertBootCount(record));
      if (!clock) return CLOCK_UNSET;
      knownMs = clock.uptimeMs;
      wallMs = clock.wallMs;
      quality = CLOCK_SET;
    }
    if (quality === CLOCK_UNSET) return CLOCK_UNSET;
    setAlertOnsetWallMs(record, wallMs - (knownMs - onsetMs));
    return Math.abs(knownMs - onsetMs) > CLOCK_TRUST_MS ? CLOCK_DRIFTED : quality;
  }

  /** What an earlier boot learned of the time; looked up once, since it will learn no more. */
  #clockOf(bootCount: number): ClockRecord | undefined {
    if (bootCount !== this.#clockBootCount) {
      const isThere = this.#queue.readPending(KIND_CLOCK, bootCount, 1, this.#clockRecord) === CLOCK_BYTES;
      const decoded = isThere ? decodeClock(this.#clockRecord) : undefined;
      this.#clockBootCount = bootCount;
      this.#earlierClock = decoded?.ok ? decoded.value : undefined;
    }
    return this.#earlierClock;
  }

  #sendBirth(slot: number, nowMs: number): boolean {
    const birth = this.#birth;
    birth.uptimeMs = nowMs;
    birth.wallMs = this.#clock.wallMs();
    birth.clockQuality = this.#clock.quality();
    const recordBytes = encodeBirth(birth, this.#birthRecord);
    const message = new Uint8Array(DELIVERY_BYTES + recordBytes);
    message.set(this.#birthRecord.subarray(0, recordBytes), DELIVERY_BYTES);
    this.#fillDelivery(KIND_BIRTH, false, false, CLOCK_UNSET, nowMs, recordBytes, message);
    return this.#publish(slot, HANDLE_UNJOURNALED, this.#birthTopic, message, false, nowMs);
  }

  #sendReport(slot: number, nowMs: number): boolean {
    const reporter = this.#reporter;
    if (!reporter?.isReportDue(nowMs)) return false;
    const message = new Uint8Array(DELIVERY_BYTES + UPDATE_REPORT_BYTES);
    const recordBytes = reporter.writeReport(message.subarray(DELIVERY_BYTES), nowMs);
    this.#fillDelivery(KIND_UPDATE, false, false, CLOCK_UNSET, nowMs, recordBytes, message);
    if (this.#publish(slot, HANDLE_UNJOURNALED, topicOf(this.#options.deviceId, "update"), message, true, nowMs)) return true;
    reporter.reportSoon();
    return false;
  }

  #fillStatus(state: 0 | 1, nowMs: number, message: Uint8Array): void {
    const status = this.#status;
    this.#readStatus(status);
    status.state = state;
    status.bootCount = this.#birth.bootCount;
    status.uptimeMs = nowMs;
    status.wallMs = this.#clock.wallMs();
    status.clockQuality = this.#clock.quality();
    this.#fillDelivery(KIND_STATUS, false, false, CLOCK_UNSET, nowMs, STATUS_BYTES, message);
    encodeStatus(status, message.subarray(DELIVERY_BYTES));
  }

  #fillDelivery(kind: number, late: boolean, redelivered: boolean, dated: ClockQuality, nowMs: number, recordBytes: number, message: Uint8Array): void {
    const delivery = this.#delivery;
    delivery.kind = kind;
    delivery.late = late;
    delivery.redelivered = redelivered;
    delivery.bootCount = this.#birth.bootCount;
    delivery.sentUptimeMs = nowMs;
    delivery.sentWallMs = this.#clock.wallMs();
    delivery.dated = dated;
    delivery.recordBytes = recordBytes;
    encodeDelivery(delivery, message);
  }

  #publish(slot: number, handle: number, topic: string, message: Uint8Array, retain: boolean, nowMs: number): boolean {
    const packetId = this.#freePacketId();
    if (!this.#uplink.publish(topic, message, retain, packetId, false)) return false;
    this.#packetIds[slot] = packetId;
    this.#handles[slot] = handle;
    this.#inFlightCount++;
    this.#sentMs[slot] = nowMs;
    return true;
  }

  /** The next identifier from 1 to PACKET_ID_MAX that no message in flight uses (MQTT 3.1.1, section 2.3.1). */
  #freePacketId(): number {
    let packetId = this.#lastPacketId;
    let used = true;
    while (used) {
      packetId = packetId === PACKET_ID_MAX ? 1 : packetId + 1;
      used = false;
      for (let slot = 0; slot < IN_FLIGHT_MAX; slot++)
        if (this.#handles[slot] !== HANDLE_NONE && this.#packetIds[slot] === packetId) used = true;
    }
    this.#lastPacketId = packetId;
    return packetId;
  }
}

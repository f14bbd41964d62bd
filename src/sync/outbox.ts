// Outbox: carries what the journal holds to the broker, most urgent first, and tells the journal what arrived.
import { assert } from "../base/assert.js";
import { Prng } from "../base/prng.js";
import type { Clock, ClockQuality } from "../contracts/clock.js";
import { CLOCK_DRIFTED, CLOCK_SET, CLOCK_TRUST_MS, CLOCK_UNSET } from "../contracts/clock.js";
import { SUBSCRIBE_PACKET_ID, type Uplink, type UplinkListener } from "../contracts/uplink.js";
import { DELIVERY_BYTES, encodeDelivery } from "../wire/delivery.js";
import { PRIORITY_HIGH } from "../vocabulary/alert.js";
import type { Birth, Status } from "../wire/record.js";
import {
  ALERT_BYTES, KIND_ALERT, KIND_ALERT_END, KIND_BIRTH, KIND_STATUS, STATE_LOST, STATE_ONLINE,
  alertBootCount, alertOnsetUptimeMs, alertOnsetWallMs, alertRaisedUptimeMs, CLOCK_BYTES, clockUptimeMs, clockWallMs, encodeBirth, encodeStatus, KIND_CLOCK, setAlertOnsetWallMs,
} from "../wire/record.js";
import { KIND_STRIP } from "../wire/strip.js";
import { KIND_UPDATE } from "../wire/update.js";
import { type Channel, topicOf } from "../wire/topic.js";

/** What the outbox needs of the journal. */
export interface OutboxQueue {
  /** Counts what was ever appended: it changes when there is something new to send. A property, since every tick looks at it. */
  readonly appended: number;
  /** Records that are not acknowledged. */
  readonly pendingCount: number;
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
  /** Records durably that the record has arrived. @returns false if flash failed: it may be asked again. */
  acknowledge(handle: number): boolean;
  /** The record can't be read: takes it out for good and has that reported. */
  discard(handle: number): boolean;
}

/** Knows what the messages say that no record in the journal stands behind. */
export interface OutboxSource {
  /** Number of this start of the device. */
  readonly bootCount: number;
  /** Fills in all that `Outbox` does not know of a status itself; without word from it, no command was ever taken. */
  readStatus(into: Status): void;
  /** May allocate. */
  readBirth(): Birth;
}

/** What else reports now and then, when nothing more important waits: an update under way. */
export interface Reporter {
  isReportDue(nowMs: number): boolean;
  /** One is due now, or will be at a time that is known. */
  readonly isReportWaiting: boolean;
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

/** Where messages are put together. */
export interface MessageRoom {
  /** Room for the longest one: DELIVERY_BYTES + STRIP_BYTES_MAX. */
  readonly message: Uint8Array;
  /** Where the record is in it. */
  readonly record: Uint8Array;
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
/** A PUBACK that takes longer means a broken session; so does one that flash does not take then either. [ms] */
export const PUBACK_MS_MAX = 20_000;
/** A session that is not accepted by then is given up. The SDK's client gives up after 30 s by itself. [ms] */
export const OPEN_MS_MAX = 35_000;

/** MQTT 3.1.1, section 2.3.1, allows 65535, which is the subscription's. */
const PACKET_ID_MAX = SUBSCRIBE_PACKET_ID - 1;
assert(PACKET_ID_MAX > PUBACK_MS_MAX, "Outbox: even at a message a millisecond, none that awaits its PUBACK may have the packet identifier of the next");
/** In place of its packet identifier: the message has arrived, but flash did not take that yet; or there is none. */
const PACKET_ID_NONE = -1;

// Columns of the messages in flight: handle, time of sending (the lower 32 bits), packet identifier.
const SENT_MS = IN_FLIGHT_MAX;
const PACKET_ID = 2 * IN_FLIGHT_MAX;
const FLIGHTS_WORDS = 3 * IN_FLIGHT_MAX;

/** No message is in flight there. */
const HANDLE_NONE = -1;
/** Handle of a status or birth message, which no journal record stands behind. */
const HANDLE_UNJOURNALED = -2;

/** When an alert of an earlier boot was raised, on the clock of this one. [ms] */
const BEFORE_START_MS = -1;
/** Before that. [ms] */
const NEVER_MS = -2;

const DOWN = 0;
const OPENING = 1;
const UP = 2;

/** Sends records over one uplink; keeps no record itself, so a power cut costs nothing but a repetition. */
export class Outbox implements UplinkListener {
  private readonly _uplink: Uplink;
  private readonly _queue: OutboxQueue;
  private readonly _clock: Clock;
  private readonly _options: OutboxOptions;
  private readonly _random: Prng;
  private readonly _source: OutboxSource;
  private readonly _reporter: Reporter | undefined;
  private readonly _message: Uint8Array;
  private readonly _record: Uint8Array;
  /** The earlier boot that was last asked for its time, and what it knew: uptime and Unix time of one moment, or 0. [ms] */
  private _earlierBootCount = 0;
  private _earlierUptimeMs = 0;
  private _earlierWallMs = 0;
  private readonly _flights = new Int32Array(FLIGHTS_WORDS);

  private _state = DOWN;
  private _stateSinceMs = 0;
  private _nextAttemptMs = 0;
  /** Ceiling of the next back-off. [ms] */
  private _backOffMs = BACK_OFF_MS_MIN;
  private _lastPacketId = 0;
  /** Records below high priority wait until then. [ms] */
  private _drainFromMs = 0;
  /** When the next record would be due if they went out evenly; it may lie before now by what the pause has saved up. [ms] */
  private _nextRecordMs = 0;
  private _birthDue = false;
  private _statusDueMs = 0;
  /** Alerts raised before this were offered in an earlier session, perhaps without a PUBACK; they may have arrived. */
  private _offeredBeforeMs = NEVER_MS;
  /** Messages that await their PUBACK. */
  private _inFlightCount = 0;
  /** Nothing is to be done before that, if no record is added to these until then. On the clock's counter. [ms] */
  private _isAsleep = false;
  private _wakeMs = 0;
  private _appended = 0;

  /** @param room between steps it is free for others */
  constructor(uplink: Uplink, queue: OutboxQueue, clock: Clock, options: OutboxOptions, source: OutboxSource, room: MessageRoom, reporter?: Reporter) {
    this._reporter = reporter;
    this._message = room.message;
    this._record = room.record;
    assert(options.keepAliveMs >= 1000, "Outbox: keepAliveMs");
    this._uplink = uplink;
    this._queue = queue;
    this._clock = clock;
    this._options = options;
    this._source = source;
    this._random = new Prng(options.entropy);
    this._nextAttemptMs = clock.monotonicMs() + this._random.below(START_MS_MAX);
    // Not from 1 after each start: a PUBACK for the boot before must not meet a message of this one.
    this._lastPacketId = 1 + this._random.below(PACKET_ID_MAX);
    this._flights.fill(HANDLE_NONE);
  }

  /** Is there a session with the broker? */
  get isUp(): boolean {
    return this._state === UP;
  }

  /** Asks for a status message soon: something in it has changed. */
  statusChanged(): void {
    this._statusDueMs = 0;
    this._isAsleep = false;
  }

  /**
   * Does what is due now: at most one connection attempt or one message.
   * @param counterMs what the clock's counterMs says
   * @returns true if there was something to do
   */
  step(counterMs: number): boolean {
    // Most ticks end here. On XS a call costs as much as twenty operations: there is none without an update.
    if (this._isAsleep && ((counterMs - this._wakeMs) | 0) < 0 && this._queue.appended === this._appended && !this._reporter?.isReportWaiting) return false;
    const state = this._state;
    const nowMs = this._clock.monotonicMs();
    this._isAsleep = false;
    this._appended = this._queue.appended;
    if (state === UP) {
      if (!this._isOverdue(nowMs)) return this._inFlightCount < IN_FLIGHT_MAX && this._send(nowMs);
      this._giveUp(nowMs);
      return true;
    }
    const dueMs = state === DOWN ? this._nextAttemptMs : this._stateSinceMs + OPEN_MS_MAX + 1;
    if (nowMs < dueMs) return this._sleepUntil(dueMs);
    if (state === DOWN) this._open(nowMs);
    else this._giveUp(nowMs);
    return true;
  }

  onConnected(): void {
    if (this._state !== OPENING) return;
    const nowMs = this._clock.monotonicMs();
    this._enter(UP, nowMs);
    this._drainFromMs = nowMs + this._random.below(DRAIN_START_MS_MAX);
    this._birthDue = true;
    this._statusDueMs = 0;
    this._reporter?.reportSoon();
  }

  onAcknowledged(packetId: number): void {
    const flight = this._flights.indexOf(packetId, PACKET_ID) - PACKET_ID;
    // A PUBACK for a packet we do not await (repeated, or from a session before) changes nothing.
    if (flight >= 0) this._settle(flight);
  }

  onClosed(): void {
    this._close(this._clock.monotonicMs());
  }

  private _open(nowMs: number): void {
    this._enter(OPENING, nowMs);
    const { deviceId, keepAliveMs } = this._options;
    const willMessage = this._writeStatus(STATE_LOST, nowMs).slice();
    this._uplink.open({ clientId: deviceId, keepAliveMs, willTopic: topicOf(deviceId, "status"), willMessage }, this);
  }

  private _giveUp(nowMs: number): void {
    this._uplink.close();
    this._close(nowMs);
  }

  private _close(nowMs: number): void {
    if (this._state === UP && nowMs - this._stateSinceMs >= STABLE_SESSION_MS) this._backOffMs = BACK_OFF_MS_MIN;
    this._enter(DOWN, nowMs);
    // Full jitter (after Brooker 2015, "Exponential backoff and jitter"): anywhere between now and the ceiling.
    this._nextAttemptMs = nowMs + this._random.below(this._backOffMs) + 1;
    this._backOffMs = Math.min(BACK_OFF_MS_MAX, 2 * this._backOffMs);
    const flights = this._flights;
    let isOffered = this._offeredBeforeMs >= 0;
    for (let flight = 0; flight < IN_FLIGHT_MAX; flight++) if ((flights[flight] as number) >= 0) isOffered = true;
    if (isOffered) this._offeredBeforeMs = nowMs;
    flights.fill(HANDLE_NONE);
    this._inFlightCount = 0;
    this._queue.clearInFlight();
  }

  private _enter(state: number, nowMs: number): void {
    this._state = state;
    this._stateSinceMs = nowMs;
    this._isAsleep = false;
  }

  private _sleepUntil(wakeMs: number): false {
    this._isAsleep = true;
    this._wakeMs = wakeMs | 0;
    return false;
  }

  /** The message has arrived. @returns false if flash does not take that: then its record stays in flight, so that it is not sent again in this session. */
  private _settle(flight: number): boolean {
    const flights = this._flights;
    const handle = flights[flight] as number;
    flights[flight + PACKET_ID] = PACKET_ID_NONE;
    if (handle >= 0 && !this._queue.acknowledge(handle)) return false;
    flights[flight] = HANDLE_NONE;
    this._inFlightCount--;
    this._isAsleep = false;
    return true;
  }

  /** Is a PUBACK overdue, or was flash offered one a second time in vain? */
  private _isOverdue(nowMs: number): boolean {
    const flights = this._flights;
    for (let flight = 0; flight < IN_FLIGHT_MAX; flight++) {
      if (flights[flight] === HANDLE_NONE || ((nowMs - (flights[flight + SENT_MS] as number)) | 0) <= PUBACK_MS_MAX) continue;
      if (flights[flight + PACKET_ID] !== PACKET_ID_NONE || !this._settle(flight)) return true;
    }
    return false;
  }

  /** Sends the most important message there is. @returns false if there is none or no room for it. */
  private _send(nowMs: number): boolean {
    if (this._birthDue) return this._sendBirth(nowMs);
    const queue = this._queue;
    // Between records the status gets its turn, however long the queue is.
    const isDue = nowMs >= this._nextRecordMs - (IN_FLIGHT_MAX - 1) * RECORD_INTERVAL_MS;
    const handle = isDue ? queue.nextPending() : HANDLE_NONE;
    const isEvidence = handle >= 0 && queue.kindOf(handle) === KIND_STRIP;
    if (handle >= 0 && !isEvidence && (nowMs >= this._drainFromMs || queue.priorityOf(handle) === PRIORITY_HIGH)) return this._sendRecord(handle, nowMs);
    if (nowMs >= this._statusDueMs) {
      if (!this._publish(HANDLE_UNJOURNALED, "status", this._writeStatus(STATE_ONLINE, nowMs), true, nowMs)) return false;
      this._statusDueMs = nowMs + this._options.statusIntervalMs;
      return true;
    }
    if ((isEvidence && this._mayEvidenceGo(nowMs) && this._sendRecord(handle, nowMs)) || this._sendReport(nowMs)) return true;
    return this._inFlightCount === 0 && queue.pendingCount === 0 && this._sleepUntil(this._statusDueMs);
  }

  /** Evidence goes in its turn and leaves room for alerts, whatever its priority: of what may be in flight, and of what may be sent at once. */
  private _mayEvidenceGo(nowMs: number): boolean {
    let count = 0;
    for (let flight = 0; flight < IN_FLIGHT_MAX; flight++) {
      const handle = this._flights[flight] as number;
      if (handle >= 0 && this._queue.kindOf(handle) === KIND_STRIP) count++;
    }
    return count < EVIDENCE_IN_FLIGHT_MAX && nowMs >= this._nextRecordMs && nowMs >= this._drainFromMs;
  }

  private _sendRecord(handle: number, nowMs: number): boolean {
    const record = this._record;
    const recordBytes = this._queue.read(handle, record);
    if (recordBytes < 0) {
      // Its bytes no longer match their CRC; sending them would be a false alert. If even that can't be stored, it waits for the next session.
      if (!this._queue.discard(handle)) this._queue.markInFlight(handle, true);
      return true;
    }
    const queuedKind = this._queue.kindOf(handle);
    const kind = queuedKind === KIND_ALERT_END ? KIND_ALERT : queuedKind;
    const isAlert = kind === KIND_ALERT && recordBytes === ALERT_BYTES;
    const isStrip = kind === KIND_STRIP;
    const isOfThisBoot = !(isAlert || isStrip) || alertBootCount(record) === this._source.bootCount;
    const raisedMs = !isOfThisBoot ? BEFORE_START_MS : isAlert ? alertRaisedUptimeMs(record) : nowMs;
    const late = raisedMs < this._stateSinceMs;
    const redelivered = raisedMs <= this._offeredBeforeMs;
    const dated = isAlert && alertOnsetWallMs(record) === 0 ? this._date(record, isOfThisBoot, nowMs) : CLOCK_UNSET;
    const message = this._finish(kind, late, redelivered, dated, nowMs, recordBytes);
    if (!this._publish(handle, isStrip ? "evidence" : "alert", message, false, nowMs)) return false;
    this._queue.markInFlight(handle, true);
    this._nextRecordMs = (this._nextRecordMs > nowMs ? this._nextRecordMs : nowMs) + RECORD_INTERVAL_MS;
    return true;
  }

  /**
   * Fills in the Unix time of an alert that was raised while the clock was unset: from what the clock says now, or from what an earlier boot
   * learned after it had raised the alert.
   * @returns how good that time is; CLOCK_UNSET: nobody knows it
   */
  private _date(record: Uint8Array, isOfThisBoot: boolean, nowMs: number): ClockQuality {
    let knownMs = nowMs;
    let wallMs = this._clock.wallMs();
    let quality = this._clock.quality();
    if (!isOfThisBoot) {
      this._askEarlier(alertBootCount(record));
      knownMs = this._earlierUptimeMs;
      wallMs = this._earlierWallMs;
      quality = wallMs === 0 ? CLOCK_UNSET : CLOCK_SET;
    }
    if (quality === CLOCK_UNSET) return CLOCK_UNSET;
    const afterMs = knownMs - alertOnsetUptimeMs(record);
    setAlertOnsetWallMs(record, wallMs - afterMs);
    return Math.abs(afterMs) > CLOCK_TRUST_MS ? CLOCK_DRIFTED : quality;
  }

  /** What an earlier boot learned of the time; looked up once, since it will learn no more. */
  private _askEarlier(bootCount: number): void {
    if (bootCount === this._earlierBootCount) return;
    const bytes = new Uint8Array(CLOCK_BYTES);
    const isThere = this._queue.readPending(KIND_CLOCK, bootCount, 1, bytes) === CLOCK_BYTES;
    this._earlierBootCount = bootCount;
    this._earlierUptimeMs = clockUptimeMs(bytes);
    this._earlierWallMs = isThere ? clockWallMs(bytes) : 0;
  }

  private _sendBirth(nowMs: number): boolean {
    const recordBytes = encodeBirth(this._source.readBirth(), this._record);
    const isSent = this._publish(HANDLE_UNJOURNALED, "birth", this._finish(KIND_BIRTH, false, false, CLOCK_UNSET, nowMs, recordBytes), false, nowMs);
    this._birthDue = !isSent;
    return isSent;
  }

  private _sendReport(nowMs: number): boolean {
    const reporter = this._reporter;
    if (!reporter?.isReportDue(nowMs)) return false;
    const recordBytes = reporter.writeReport(this._record, nowMs);
    if (this._publish(HANDLE_UNJOURNALED, "update", this._finish(KIND_UPDATE, false, false, CLOCK_UNSET, nowMs, recordBytes), true, nowMs)) return true;
    reporter.reportSoon();
    return false;
  }

  private _writeStatus(state: 0 | 1, nowMs: number): Uint8Array {
    const clock = this._clock;
    const status = {
      state, bootCount: this._source.bootCount, uptimeMs: nowMs, wallMs: clock.wallMs(), clockQuality: clock.quality(), commandSequence: 0, commandResult: 0, refusedCommands: 0,
    } as Status;
    this._source.readStatus(status);
    return this._finish(KIND_STATUS, false, false, CLOCK_UNSET, nowMs, encodeStatus(status, this._record));
  }

  /** @returns the message whose record is written; it is good until the next one is */
  private _finish(kind: number, late: boolean, redelivered: boolean, dated: ClockQuality, sentUptimeMs: number, recordBytes: number): Uint8Array {
    encodeDelivery({ kind, late, redelivered, bootCount: this._source.bootCount, sentUptimeMs, sentWallMs: this._clock.wallMs(), dated, recordBytes }, this._message);
    return this._message.subarray(0, DELIVERY_BYTES + recordBytes);
  }

  private _publish(handle: number, channel: Channel, message: Uint8Array, retain: boolean, nowMs: number): boolean {
    const packetId = (this._lastPacketId % PACKET_ID_MAX) + 1;
    this._lastPacketId = packetId;
    if (!this._uplink.publish(topicOf(this._options.deviceId, channel), message, retain, packetId)) return false;
    const flights = this._flights;
    const flight = flights.indexOf(HANDLE_NONE);
    flights[flight] = handle;
    flights[flight + SENT_MS] = nowMs;
    flights[flight + PACKET_ID] = packetId;
    this._inFlightCount++;
    return true;
  }
}

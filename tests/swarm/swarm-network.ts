// SwarmNetwork: network and broker of a swarm run, in this process and in simulated time, with every way in which they may fail.
import type { Prng } from "../../src/base/prng.js";
import type { BrokerFaults } from "./plan.js";

const MQTT_CONNACK = 2;
const MQTT_PUBACK = 4;
const MQTT_SUBACK = 9;
/** How long a device without network takes to find that out. [ms] */
const LOSS_NOTICE_MS = 1000;
/** An MQTT client gives a silent link up after 1.5 times the keep-alive (contracts/uplink). */
const KEEP_ALIVE_FACTOR = 1.5;
/** A late acknowledgement takes up to this long. [ms] More than the device waits for it. */
const LATE_MS_MAX = 30_000;
/** Fixed header, length of the topic, packet identifier. [bytes] MQTT 3.1.1, section 3.3 */
const PUBLISH_BYTES_MIN = 7;
/** Fixed header, packet identifier, length of the topic, QoS. [bytes] Section 3.8 */
const SUBSCRIBE_BYTES_MIN = 7;

/** Calls into the device. */
export interface DeviceCalls {
  onWritable(session: number, byteCount: number): Promise<void>;
  onControl(session: number, operation: number, packetId: number): Promise<void>;
  onError(session: number): Promise<void>;
  onMessage(session: number, message: Uint8Array): Promise<void>;
}

/** What checkers hear, in the order of the device's own view. */
export interface NetworkWatcher {
  onConnected(session: number): void;
  /** The device handed over a message. `roomBytes`: what the socket had room for before it, `neededBytes` what it took. */
  onPublished(session: number, packetId: number, topic: string, message: Uint8Array, roomBytes: number, neededBytes: number): void;
  /** The device heard of an acknowledgement. */
  onAcknowledged(session: number, packetId: number): void;
  onEnded(session: number): void;
  /** The broker took a message; the subscriber's copy. */
  onArrived(topic: string, message: Uint8Array): void;
}

type News =
  | { readonly do: "connack" | "error" | "drop" }
  | { readonly do: "writable"; readonly bytes: number }
  | { readonly do: "puback"; readonly packetId: number }
  | { readonly do: "suback"; readonly packetId: number; readonly bytes: number }
  | { readonly do: "message"; readonly message: Uint8Array }
  | { readonly do: "arrive"; readonly packetId: number; readonly topic: string; readonly message: Uint8Array; readonly bytes: number };
type Due = News & { readonly atMs: number; readonly order: number; readonly session: number };

export interface NetworkOptions {
  readonly random: Prng;
  readonly writableBytes: number;
  readonly latencyMs: number;
  readonly latencySpreadMs: number;
  readonly broker: BrokerFaults;
}

export class SwarmNetwork {
  readonly #random: Prng;
  readonly #watcher: NetworkWatcher;
  readonly #writableBytes: number;
  readonly #latencyMs: number;
  readonly #latencySpreadMs: number;
  #broker: BrokerFaults;
  readonly #due: Due[] = [];
  #order = 0;
  #nowMs = 0;
  #session = 0;
  /** A session is being opened or open, as the device sees it. */
  #isOpen = false;
  /** Nothing gets through in this session any more, and nobody says so. */
  #isDead = false;
  #keepAliveMs = 0;
  #lastPacketId = 0;
  #outstandingBytes = 0;
  #lastArrivalMs = 0;
  #lastAckMs = 0;
  /** From then on the broker passes on what comes on the topic that the device subscribed to. [ms] */
  #subscribedMs = Number.POSITIVE_INFINITY;
  #downUntilMs = 0;
  #halfOpenUntilMs = 0;
  #refuseUntilMs = 0;
  #refusalAccepts = false;

  constructor(options: NetworkOptions, watcher: NetworkWatcher) {
    this.#random = options.random;
    this.#watcher = watcher;
    this.#writableBytes = options.writableBytes;
    this.#latencyMs = options.latencyMs;
    this.#latencySpreadMs = options.latencySpreadMs;
    this.#broker = options.broker;
  }

  takeDown(forMs: number): void {
    this.#downUntilMs = Math.max(this.#downUntilMs, this.#nowMs + forMs);
    this.#lose(LOSS_NOTICE_MS);
  }

  halfOpen(forMs: number): void {
    this.#halfOpenUntilMs = Math.max(this.#halfOpenUntilMs, this.#nowMs + forMs);
    if (this.#isOpen) this.#die();
  }

  /** The broker ends the session; what is on its way to it is lost. */
  drop(): void {
    this.#lose(this.#latencyMs);
  }

  refuse(forMs: number, accepts: boolean): void {
    this.#refuseUntilMs = this.#nowMs + forMs;
    this.#refusalAccepts = accepts;
  }

  /** From now on nothing fails. */
  heal(): void {
    this.#downUntilMs = this.#halfOpenUntilMs = this.#refuseUntilMs = 0;
    this.#broker = { late: 0, twice: 0, never: 0, unknownId: 0, overtake: 0, duplicate: 0 };
  }

  /** The device has lost power. */
  powerCut(): void {
    if (this.#isOpen) this.#watcher.onEnded(this.#session);
    this.#forgetSession();
    this.#isOpen = false;
    this.#session++;
  }

  open(keepAliveMs: number): number {
    if (this.#isOpen) this.#watcher.onEnded(this.#session);
    const session = ++this.#session;
    this.#isOpen = true;
    this.#isDead = false;
    this.#keepAliveMs = keepAliveMs;
    this.#outstandingBytes = 0;
    this.#lastArrivalMs = this.#lastAckMs = 0;
    this.#subscribedMs = Number.POSITIVE_INFINITY;
    if (this.#nowMs < this.#downUntilMs) this.#tell({ do: "error" }, LOSS_NOTICE_MS);
    else if (this.#nowMs < this.#halfOpenUntilMs) this.#die();
    else if (this.#nowMs < this.#refuseUntilMs && !this.#refusalAccepts) this.#tell({ do: "error" }, 2 * this.#wayMs());
    else {
      const afterMs = 2 * this.#wayMs();
      this.#tell({ do: "connack" }, afterMs);
      this.#tell({ do: "writable", bytes: 0 }, afterMs);
      if (this.#nowMs < this.#refuseUntilMs) this.#tell({ do: "drop" }, afterMs + this.#random.below(500));
    }
    return session;
  }

  /** @returns bytes writable after it, -1 without a session */
  publish(session: number, packetId: number, topic: string, message: Uint8Array): number {
    if (session !== this.#session || !this.#isOpen) return -1;
    const bytes = PUBLISH_BYTES_MIN + topic.length + message.length;
    this.#watcher.onPublished(session, packetId, topic, message, this.#writableBytes - this.#outstandingBytes, bytes);
    this.#lastPacketId = packetId;
    this.#outstandingBytes += bytes;
    if (!this.#isDead && this.#nowMs >= this.#downUntilMs) {
      // TCP keeps the order.
      this.#lastArrivalMs = Math.max(this.#lastArrivalMs, this.#nowMs + this.#wayMs());
      this.#tell({ do: "arrive", packetId, topic, message, bytes }, this.#lastArrivalMs - this.#nowMs);
    }
    return Math.max(0, this.#writableBytes - this.#outstandingBytes);
  }

  /** @returns bytes writable after it, -1 without a session */
  subscribe(session: number, packetId: number, topic: string): number {
    if (session !== this.#session || !this.#isOpen) return -1;
    const bytes = SUBSCRIBE_BYTES_MIN + topic.length;
    this.#outstandingBytes += bytes;
    if (!this.#isDead && this.#nowMs >= this.#downUntilMs) {
      this.#lastArrivalMs = Math.max(this.#lastArrivalMs, this.#nowMs + this.#wayMs());
      this.#subscribedMs = this.#lastArrivalMs;
      this.#tell({ do: "suback", packetId, bytes }, this.#lastArrivalMs - this.#nowMs + this.#wayMs());
    }
    return Math.max(0, this.#writableBytes - this.#outstandingBytes);
  }

  /** Somebody publishes on the topic that the device subscribes to. A clean session keeps nothing for it. */
  send(message: Uint8Array): void {
    if (!this.#isOpen || this.#isDead || this.#nowMs < this.#subscribedMs) return;
    this.#lastAckMs = Math.max(this.#lastAckMs, this.#nowMs + this.#wayMs());
    for (let copies = this.#chance(this.#broker.duplicate) ? 2 : 1; copies > 0; copies--) this.#tell({ do: "message", message }, this.#lastAckMs - this.#nowMs);
  }

  /** The device ends the session, with or without a goodbye. */
  close(session: number): void {
    if (session !== this.#session || !this.#isOpen) return;
    this.#isOpen = false;
    this.#watcher.onEnded(session);
    this.#forgetSession();
  }

  async advanceTo(nowMs: number, device: DeviceCalls): Promise<void> {
    for (;;) {
      const news = this.#due[0];
      if (!news || news.atMs > nowMs) break;
      this.#due.shift();
      this.#nowMs = Math.max(this.#nowMs, news.atMs);
      if (news.do === "arrive") this.#arrive(news);
      else if (news.session === this.#session && this.#isOpen) await this.#deliver(news, device);
    }
    this.#nowMs = nowMs;
  }

  async #deliver(news: Due, device: DeviceCalls): Promise<void> {
    const { session } = news;
    switch (news.do) {
      case "connack":
        this.#watcher.onConnected(session);
        return device.onControl(session, MQTT_CONNACK, 0);
      case "writable":
        this.#outstandingBytes -= news.bytes;
        return device.onWritable(session, Math.max(0, this.#writableBytes - this.#outstandingBytes));
      case "puback":
        this.#watcher.onAcknowledged(session, news.packetId);
        return device.onControl(session, MQTT_PUBACK, news.packetId);
      case "suback":
        this.#outstandingBytes -= news.bytes;
        await device.onControl(session, MQTT_SUBACK, news.packetId);
        return device.onWritable(session, Math.max(0, this.#writableBytes - this.#outstandingBytes));
      case "message":
        return device.onMessage(session, news.message);
      case "drop":
        return this.#lose(0);
      case "error":
        this.#isOpen = false;
        this.#watcher.onEnded(session);
        return device.onError(session);
      case "arrive":
    }
  }

  #arrive(news: Due & { do: "arrive" }): void {
    this.#watcher.onArrived(news.topic, news.message);
    if (this.#chance(this.#broker.duplicate)) this.#watcher.onArrived(news.topic, news.message);
    if (news.session !== this.#session || !this.#isOpen || this.#isDead) return;
    this.#tell({ do: "writable", bytes: news.bytes }, this.#wayMs());
    if (this.#chance(this.#broker.never)) return;
    const isLate = this.#chance(this.#broker.late);
    let afterMs = this.#wayMs() + (isLate ? this.#random.below(LATE_MS_MAX) : 0);
    // Brokers answer in order, unless this one does not.
    if (!isLate && !this.#chance(this.#broker.overtake)) {
      this.#lastAckMs = Math.max(this.#lastAckMs, this.#nowMs + afterMs);
      afterMs = this.#lastAckMs - this.#nowMs;
    }
    this.#tell({ do: "puback", packetId: news.packetId }, afterMs);
    if (this.#chance(this.#broker.twice)) this.#tell({ do: "puback", packetId: news.packetId }, afterMs + this.#random.below(3000));
    if (this.#chance(this.#broker.unknownId)) this.#tell({ do: "puback", packetId: this.#unknownId() }, afterMs);
  }

  /** @returns a packet identifier that the device has not used in this session and will not use soon. */
  #unknownId(): number {
    return 1 + ((this.#lastPacketId + 1000 + this.#random.below(60_000)) % 65_535);
  }

  #die(): void {
    this.#isDead = true;
    this.#forgetSession();
    this.#tell({ do: "error" }, this.#keepAliveMs * KEEP_ALIVE_FACTOR);
  }

  /** The session is over, and the device hears of it in a while. */
  #lose(noticeMs: number): void {
    if (!this.#isOpen || this.#isDead) return;
    this.#isDead = true;
    this.#forgetSession();
    this.#tell({ do: "error" }, noticeMs);
  }

  /** What is on its way to the device is lost; of what is on its way to the broker, the first so many messages still arrive. */
  #forgetSession(): void {
    let arrives = true;
    const kept = this.#due.filter((news) => {
      if (news.session !== this.#session) return true;
      if (news.do === "arrive") arrives &&= this.#random.below(2) === 0;
      return news.do === "arrive" && arrives;
    });
    this.#due.splice(0, this.#due.length, ...kept);
  }

  #chance(rate: number): boolean {
    return rate > 0 && this.#random.below(256) < rate;
  }

  #wayMs(): number {
    return this.#latencyMs + (this.#latencySpreadMs > 0 ? this.#random.below(this.#latencySpreadMs) : 0);
  }

  #tell(news: News, afterMs: number): void {
    const due: Due = { ...news, atMs: this.#nowMs + afterMs, order: this.#order++, session: this.#session };
    let index = this.#due.length;
    while (index > 0 && (this.#due[index - 1] as Due).atMs > due.atMs) index--;
    this.#due.splice(index, 0, due);
  }
}

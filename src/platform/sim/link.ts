// Link: the simulated network between the device and a real broker. The world's clock, not this machine's, decides when news arrives.
import { Prng } from "../../base/prng.js";
import { unpackTexts } from "../desk/border.js";
import { MQTT_CONNACK, MQTT_PUBACK, MQTT_SUBACK } from "../ecma419/mqtt-client.js";
import type { BrokerAddress } from "./broker.js";
import { type Answer, MqttSession } from "./mqtt-session.js";

/** Round trip over Wi-Fi and the internet. [ms] */
const ROUND_TRIP_MS_MIN = 40;
const ROUND_TRIP_MS_SPREAD = 80;
/** How long a device without network takes to find that out. [ms] */
const LOSS_NOTICE_MS = 1000;
/** Room in the socket's send buffer. [bytes] lwIP's TCP_SND_BUF in the Moddable SDK's ESP32 build is 5744. */
const WRITABLE_BYTES = 5744;
/** A broker that has not answered after this much real time is asked again after RETRY_MS, and then waited for no longer. [ms] */
const PATIENCE_MS = 3000;
const RETRY_MS = 1000;
/** Attempts to connect that nobody answers end after this. [ms] As in the SDK's client. */
const CONNECT_MS_MAX = 30_000;
/** The SDK's client pings after the first part of the keep-alive time, and gives up after the second without a word from the broker. */
const PING_AT = 0.75;
const DEAD_AT = 1.5;

/** What the device is told, and when. */
interface News {
  readonly atMs: number;
  readonly order: number;
  readonly session: number;
  /** Must be answered before the device can be told. */
  readonly answer: Promise<Answer> | undefined;
  readonly kind: "connack" | "puback" | "pingresp" | "suback" | "message" | "error";
  readonly message?: Uint8Array | undefined;
  readonly packetId: number;
  /** Until then the world stands still for the answer. [ms of real time] */
  readonly patientUntilMs: number;
}

/** Where the link delivers news: into the device, in world time. */
export interface LinkTarget {
  onWritable(session: number, byteCount: number): void | Promise<void>;
  onControl(session: number, operation: number, packetId: number): void | Promise<void>;
  onMessage(session: number, message: Uint8Array): void | Promise<void>;
  onError(session: number): void | Promise<void>;
}

export class Link {
  readonly #broker: BrokerAddress;
  readonly #random: Prng;
  readonly #news: News[] = [];
  readonly #credentials: { username?: string; password?: string };
  #session: MqttSession | undefined;
  #sessionNumber = 0;
  #keepAliveMs = 0;
  /** When the device last heard the broker in this session. [ms] */
  #heardMs = 0;
  #silent = false;
  #nextPingMs = 0;
  #order = 0;
  #nowMs = 0;
  #up = true;
  #accepted = false;
  /** Sessions that the broker did not accept, with its reason. */
  onRefused: (reason: string) => void = () => {};

  constructor(broker: BrokerAddress, seed: number, credentials: { username?: string; password?: string } = {}) {
    this.#broker = broker;
    this.#credentials = credentials;
    this.#random = new Prng(seed);
  }

  get isUp(): boolean {
    return this.#up;
  }

  /** Is there a session with the broker, as far as the device knows? */
  get hasSession(): boolean {
    return this.#session !== undefined && this.#accepted;
  }

  /** Takes the network away or gives it back. */
  setUp(up: boolean): void {
    if (this.#up === up) return;
    this.#up = up;
    if (!up) this.#loseSession();
  }

  /** Does the network swallow everything without a word? */
  get isSilent(): boolean {
    return this.#silent;
  }

  /** Lets the network swallow everything without a word, or ends that: then connections from before are found to be gone. */
  setSilent(silent: boolean): void {
    if (this.#silent === silent) return;
    this.#silent = silent;
    if (!silent) return this.#loseSession();
    this.#news.splice(0, Infinity, ...this.#news.filter(({ kind }) => kind === "error"));
    if (this.#session && !this.#accepted) this.#tell("error", this.#sessionNumber, undefined, 0, CONNECT_MS_MAX);
  }

  /** The device has lost power: its sessions end without a word, and no news reaches it any more. */
  powerCut(): void {
    this.#session?.cut();
    this.#session = undefined;
    this.#news.length = 0;
    this.#sessionNumber++;
  }

  /** OP_MQTT_OPEN */
  open(packed: Uint8Array, keepAliveMs: number): number {
    const session = ++this.#sessionNumber;
    this.#session?.cut();
    this.#session = undefined;
    if (!this.#up) {
      this.#tell("error", session, undefined, 0, LOSS_NOTICE_MS);
      return session;
    }
    if (this.#silent) {
      this.#tell("error", session, undefined, 0, CONNECT_MS_MAX);
      return session;
    }
    const { texts, tail } = unpackTexts(packed, 2);
    const [clientId = "", willTopic = ""] = texts;
    const mqtt = new MqttSession(this.#broker, { clientId, keepAliveMs, willTopic, willMessage: tail.slice() }, this.#credentials);
    this.#session = mqtt;
    this.#accepted = false;
    this.#keepAliveMs = keepAliveMs;
    this.#nextPingMs = this.#nowMs + keepAliveMs * PING_AT;
    mqtt.onUnasked = (messageId) => {
      if (this.#session === mqtt && !this.#silent) this.#tell("puback", session, undefined, messageId, this.#roundTripMs());
    };
    mqtt.onFailed = () => {
      if (this.#session !== mqtt) return;
      this.#session = undefined;
      if (mqtt.refusal) this.onRefused(mqtt.refusal);
      this.#tell("error", session, undefined, 0, 0);
    };
    mqtt.onMessage = (message) => {
      if (this.#session === mqtt) this.#tell("message", session, undefined, 0, this.#roundTripMs() / 2, 0, message);
    };
    this.#tell("connack", session, mqtt.connected, 0, this.#roundTripMs());
    return session;
  }

  /** OP_MQTT_PUBLISH. @returns bytes writable, -1 without a session */
  publish(session: number, packetId: number, packed: Uint8Array, retain: boolean): number {
    if (session !== this.#sessionNumber) return -1;
    const { texts, tail } = unpackTexts(packed, 1);
    // With the network gone but not yet noticed, bytes go into the socket's buffer and nowhere else.
    if (this.#session && !this.#silent) this.#tell("puback", session, this.#session.publish(texts[0] as string, tail.slice(), retain, packetId), packetId, this.#roundTripMs());
    return WRITABLE_BYTES;
  }

  /** OP_MQTT_SUBSCRIBE. @returns bytes writable, -1 without a session */
  subscribe(session: number, packetId: number, packed: Uint8Array): number {
    if (session !== this.#sessionNumber) return -1;
    const topic = unpackTexts(packed, 1).texts[0] as string;
    if (this.#session) this.#tell("suback", session, this.#session.subscribe(topic, packetId), packetId, this.#roundTripMs());
    return WRITABLE_BYTES;
  }

  /** OP_MQTT_DISCONNECT */
  disconnect(session: number): void {
    if (session === this.#sessionNumber) this.#session?.disconnect();
  }

  /** OP_MQTT_CLOSE */
  close(session: number): void {
    if (session !== this.#sessionNumber) return;
    this.#session?.end();
    this.#session = undefined;
    this.#sessionNumber++;
  }

  /** Delivers what is due by `nowMs`. Waits for the broker where its answer is what is due. */
  async advanceTo(nowMs: number, target: LinkTarget): Promise<void> {
    this.#nowMs = nowMs;
    if (this.#session && nowMs >= this.#nextPingMs) {
      if (!this.#silent) this.#tell("pingresp", this.#sessionNumber, this.#session.ping(), 0, this.#roundTripMs());
      this.#nextPingMs = nowMs + this.#keepAliveMs * PING_AT;
    }
    if (this.#session && this.#isDead(nowMs)) {
      this.#session.cut();
      this.#session = undefined;
      this.#tell("error", this.#sessionNumber, undefined, 0, 0);
    }
    for (;;) {
      const news = this.#news[0];
      if (!news || news.atMs > nowMs) return;
      const answer = news.answer === undefined ? "answered" : await answerOrLate(news.answer, news.patientUntilMs);
      if (this.#news[0] !== news) continue;
      this.#news.shift();
      if (news.session !== this.#sessionNumber) continue;
      if (answer === "late") this.#tell(news.kind, news.session, news.answer, news.packetId, RETRY_MS, news.patientUntilMs);
      else if (answer === "answered") await this.#deliver(news, target);
      else if (news.kind === "connack") await target.onError(news.session);
    }
  }

  /** Time passes without news. */
  passTo(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  /** Is there something to deliver by `nowMs`, or a ping to send? */
  isDue(nowMs: number): boolean {
    const news = this.#news[0];
    return (news !== undefined && news.atMs <= nowMs) || (this.#session !== undefined && (nowMs >= this.#nextPingMs || this.#isDead(nowMs)));
  }

  /** Has the broker been silent for so long that the device gives the session up? */
  #isDead(nowMs: number): boolean {
    return this.#accepted && nowMs - this.#heardMs > this.#keepAliveMs * DEAD_AT;
  }

  async #deliver(news: News, target: LinkTarget): Promise<void> {
    if (news.kind === "error") return target.onError(news.session);
    this.#heardMs = this.#nowMs;
    if (news.kind === "pingresp") return;
    if (news.kind === "message") return target.onMessage(news.session, news.message ?? new Uint8Array(0));
    if (news.kind === "suback") return target.onControl(news.session, MQTT_SUBACK, news.packetId);
    if (news.kind === "puback") return target.onControl(news.session, MQTT_PUBACK, news.packetId);
    this.#accepted = true;
    await target.onControl(news.session, MQTT_CONNACK, 0);
    await target.onWritable(news.session, WRITABLE_BYTES);
  }

  #loseSession(): void {
    if (!this.#session) return;
    this.#session.cut();
    this.#session = undefined;
    // What was on its way is lost with the network.
    this.#news.length = 0;
    this.#tell("error", this.#sessionNumber, undefined, 0, LOSS_NOTICE_MS);
  }

  #roundTripMs(): number {
    return ROUND_TRIP_MS_MIN + this.#random.below(ROUND_TRIP_MS_SPREAD);
  }

  #tell(kind: News["kind"], session: number, answer: News["answer"], packetId: number, afterMs: number, patientUntilMs = performance.now() + PATIENCE_MS, message?: Uint8Array): void {
    const news: News = { atMs: this.#nowMs + afterMs, order: this.#order++, session, answer, kind, packetId, patientUntilMs, message };
    this.#news.push(news);
    this.#news.sort((one, other) => one.atMs - other.atMs || one.order - other.order);
  }
}

/** @param untilMs When the patience ends; what has been answered by then counts, even if it is past. [ms of real time] */
function answerOrLate(answer: Promise<Answer>, untilMs: number): Promise<Answer | "late"> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), Math.max(0, untilMs - performance.now()));
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

// SessionChecker: what is sent and when: no packet identifier twice, no more than the socket takes, most urgent first, marked late and
// redelivered where it is, and nothing again that was acknowledged.
import type { Judge } from "./judge.js";
import { type AlertFacts, type MessageFacts, KIND_ALERT, readAlert } from "./wire-reader.js";

const PRIORITY_HIGH = 3;
/** Unacknowledged messages that the broker need not expect more of. */
const IN_FLIGHT_MAX = 16;

interface Waiting {
  readonly alert: AlertFacts;
  readonly order: number;
  /** Session in which it was last sent, -1 before. */
  session: number;
  /** Boot in which it was last sent, 0 before. */
  sentInBoot: number;
  acknowledged: boolean;
}

export class SessionChecker {
  readonly #judge: Judge;
  readonly #alerts = new Map<string, Waiting>();
  /** Those not acknowledged; dropped ones stay. */
  readonly #open = new Set<Waiting>();
  readonly #unacknowledged = new Map<number, string>();
  #session = -1;
  #sessionSinceMs = -1;
  #order = 0;
  /** Bits rotted or read badly: what was acknowledged may come back, and records may have gone. */
  #isDoubtful = false;
  /** [sent, passed over]: a complaint if the second is sent later. */
  readonly #passedOver: (readonly [string, Waiting])[] = [];

  constructor(judge: Judge) {
    this.#judge = judge;
  }

  onAnnounced(alert: AlertFacts): void {
    const waiting: Waiting = { alert, order: this.#order++, session: -1, sentInBoot: 0, acknowledged: false };
    this.#alerts.set(alert.name, waiting);
    this.#open.add(waiting);
  }

  onDoubt(): void {
    this.#isDoubtful = true;
  }

  /** @param uptimeMs when the device hears of it */
  onConnected(session: number, uptimeMs: number): void {
    this.#session = session;
    this.#sessionSinceMs = uptimeMs;
    this.#unacknowledged.clear();
  }

  onEnded(): void {
    this.#session = -1;
    this.#unacknowledged.clear();
  }

  onPublished(session: number, packetId: number, message: MessageFacts, roomBytes: number, neededBytes: number): void {
    if (session !== this.#session) this.#judge.complain("session", `a message is sent in session ${session} before the broker accepted it`);
    if (packetId < 1 || packetId > 65_535) this.#judge.complain("session", `packet identifier ${packetId}`);
    if (this.#unacknowledged.has(packetId)) this.#judge.complain("session", `packet identifier ${packetId} is used for two messages`);
    if (neededBytes > roomBytes) this.#judge.complain("session", `a message of ${neededBytes} bytes is sent where there is room for ${roomBytes}`);
    if (this.#unacknowledged.size >= IN_FLIGHT_MAX) this.#judge.complain("session", `${this.#unacknowledged.size + 1} messages are in flight`);
    const alert = message.kind === KIND_ALERT ? readAlert(message.record) : undefined;
    const name = typeof alert === "object" ? alert.name : "";
    this.#unacknowledged.set(packetId, name);
    if (typeof alert === "object") this.#onAlert(alert, message, session);
  }

  /** The device has heard of an acknowledgement and has done with it what it does. */
  onAcknowledged(packetId: number, powerWent: boolean): void {
    const name = this.#unacknowledged.get(packetId);
    this.#unacknowledged.delete(packetId);
    const waiting = name === undefined ? undefined : this.#alerts.get(name);
    if (waiting === undefined || powerWent) return;
    waiting.acknowledged = true;
    this.#open.delete(waiting);
  }

  end(): void {
    for (const [sent, passedOver] of this.#passedOver)
      if (passedOver.acknowledged && !this.#isDoubtful) this.#judge.complain("order", `alert ${sent} was sent before ${passedOver.alert.name} of priority ${passedOver.alert.priority}`);
  }

  #onAlert(alert: AlertFacts, message: MessageFacts, session: number): void {
    // One that was stored and never announced has no order that could be known.
    const waiting = this.#alerts.get(alert.name);
    if (waiting === undefined) return;
    if (waiting.acknowledged && !this.#isDoubtful) this.#judge.complain("restart", `alert ${alert.name} is sent again after its acknowledgement`);
    if (waiting.session === session) this.#judge.complain("session", `alert ${alert.name} is sent twice in one session`);
    const isLate = alert.boot !== message.boot || alert.raisedMs < this.#sessionSinceMs;
    if (message.late !== isLate) this.#judge.complain("marks", `alert ${alert.name} of ${alert.raisedMs} ms is ${message.late ? "" : "not "}marked late in a session since ${this.#sessionSinceMs} ms`);
    if (waiting.sentInBoot === message.boot && !message.redelivered) this.#judge.complain("marks", `alert ${alert.name} is sent again and not marked so`);
    for (const other of this.#open) {
      if (other === waiting || other.session === session) continue;
      const { priority } = other.alert;
      const isUrgent = priority > alert.priority || (priority === alert.priority && priority < PRIORITY_HIGH && other.order < waiting.order);
      if (isUrgent) this.#passedOver.push([alert.name, other]);
    }
    waiting.session = session;
    waiting.sentInBoot = message.boot;
  }
}

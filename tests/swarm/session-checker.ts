// SessionChecker: what is sent and when: no packet identifier twice, no more than the socket takes, the newest life-threatening onset first and
// then the most urgent, evidence when no alert waits, marked late and redelivered where it is, and nothing again that was acknowledged.
import type { Judge } from "./judge.js";
import { type AlertFacts, type MessageFacts, KIND_ALERT, KIND_STRIP, readAlert } from "./wire-reader.js";

const PRIORITY_HIGH = 3;
/** Unacknowledged messages that the broker need not expect more of. */
const IN_FLIGHT_MAX = 16;
/** Of these so many may be evidence, so that no alert waits for its acknowledgement. */
const EVIDENCE_IN_FLIGHT_MAX = 2;
const EVIDENCE = "evidence";

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
  /** What was sent in place of an alert: a complaint if that is acknowledged later, for then it was not dropped. */
  readonly #passedOver: { readonly checker: "order" | "strips"; readonly sent: string; readonly waiting: Waiting; readonly rule: string }[] = [];
  /** Of the onsets of high priority that were sent in this session, the newest. */
  #newestSent = -1;

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
    this.#newestSent = -1;
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
    this.#unacknowledged.set(packetId, typeof alert === "object" ? alert.name : message.kind === KIND_STRIP ? EVIDENCE : "");
    if (message.kind === KIND_STRIP) this.#onEvidence(session);
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
    for (const { checker, sent, waiting, rule } of this.#passedOver)
      if (waiting.acknowledged && !this.#isDoubtful) this.#judge.complain(checker, `${sent} was sent before alert ${waiting.alert.name}: ${rule}`);
  }

  #onEvidence(session: number): void {
    const count = [...this.#unacknowledged.values()].filter((name) => name === EVIDENCE).length;
    if (count > EVIDENCE_IN_FLIGHT_MAX) this.#judge.complain("strips", `${count} parts of strips are in flight`);
    for (const waiting of this.#open) if (waiting.session !== session) this.#passedOver.push({ checker: "strips", sent: "evidence", waiting, rule: "alerts first" });
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
    const isNewest = isLifeThreateningOnset(alert) && waiting.order > this.#newestSent;
    for (const other of this.#open) {
      if (other === waiting || other.session === session) continue;
      const rule = this.#ruleAgainst(waiting, isNewest, other);
      if (rule !== "") this.#passedOver.push({ checker: "order", sent: `alert ${alert.name}`, waiting: other, rule });
    }
    if (isNewest) this.#newestSent = waiting.order;
    waiting.session = session;
    waiting.sentInBoot = message.boot;
  }

  /** @returns why `other` should have been sent before `sent`, or "" */
  #ruleAgainst({ alert, order }: Waiting, isNewest: boolean, other: Waiting): string {
    const { priority } = other.alert;
    if (isLifeThreateningOnset(other.alert) && other.order > this.#newestSent && !(isNewest && order > other.order)) return "the newest life-threatening onset first";
    if (isNewest) return "";
    return priority > alert.priority || (priority === alert.priority && other.order < order) ? "higher priority first, then the older" : "";
  }
}

function isLifeThreateningOnset({ priority, phase }: AlertFacts): boolean {
  return priority === PRIORITY_HIGH && phase === 0;
}

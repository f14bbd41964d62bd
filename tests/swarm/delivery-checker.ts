// DeliveryChecker: every alert that the device announced reaches the subscriber exactly once or is reported as dropped, and none that it did
// not announce.
import type { SubscriberEvent } from "../../src/subscriber/subscriber.js";
import type { Judge } from "./judge.js";
import { type AlertFacts, type DropFacts, type MessageFacts, KIND_ALERT, KIND_DROPPED, readAlert, readDrop } from "./wire-reader.js";

const LANE_ALERTS = 1;
const DAMAGED = 2;

export class DeliveryChecker {
  readonly #judge: Judge;
  readonly #announced = new Map<string, AlertFacts>();
  /** Names that an alert may have which was stored when the power went, before it was announced. */
  readonly #cutShort = new Set<string>();
  readonly #arrived = new Set<string>();
  readonly #given = new Set<string>();
  /** By what names a report: reason, priority, oldest record. Later ones replace earlier ones. */
  readonly #drops = new Map<string, DropFacts>();
  /** Bits that rotted: each may cost a record. */
  #rotten = 0;

  constructor(judge: Judge) {
    this.#judge = judge;
  }

  get announcedCount(): number {
    return this.#announced.size;
  }
  /** Alerts that arrived, each counted once. */
  get arrivedCount(): number {
    return this.#arrived.size;
  }
  /** Alerts that drop reports account for. */
  get droppedCount(): number {
    let count = 0;
    for (const drop of this.#drops.values()) count += drop.count;
    return count;
  }

  onAnnounced(alert: AlertFacts): void {
    this.#announced.set(alert.name, alert);
  }

  /** @param nextName the alert that would have been announced next */
  onPowerCut(nextName: string): void {
    this.#cutShort.add(nextName);
  }

  onRot(bits: number): void {
    this.#rotten += bits;
  }

  onArrived(message: MessageFacts): void {
    if (message.kind === KIND_ALERT) this.#onAlert(readAlert(message.record));
    if (message.kind === KIND_DROPPED) this.#onDrop(readDrop(message.record));
  }

  onEvent(event: SubscriberEvent): void {
    if (event.type === "problem") this.#judge.complain("falsehood", `the subscriber cannot read a message: ${event.problem}`);
    // Of statuses that come twice the second is no news.
    if (event.type === "refused" && event.refusal !== "replayed") this.#judge.complain("falsehood", `the subscriber refuses a message as ${event.refusal}: ${event.problem}`);
    if (event.type !== "alert") return;
    const name = `${event.alert.bootCount}.${event.alert.sequence}`;
    if (this.#given.has(name)) this.#judge.complain("once", `the subscriber was given alert ${name} twice`);
    this.#given.add(name);
    if (!this.#arrived.has(name)) this.#judge.complain("falsehood", `the subscriber was given alert ${name}, which no message holds`);
  }

  /** A subscriber that starts anew has no memory, and may be given again what it was given before. */
  onSubscriberRestart(): void {
    this.#given.clear();
  }

  end(): void {
    const missing = new Map<number, AlertFacts[]>();
    for (const alert of this.#announced.values())
      if (!this.#arrived.has(alert.name)) missing.set(alert.priority, [...(missing.get(alert.priority) ?? []), alert]);
    // A bit may cost a record, and if that is a drop report, all that it counts.
    let rotten = this.#rotten > 0 && this.#drops.size > 0 ? Number.POSITIVE_INFINITY : this.#rotten;
    for (const [priority, alerts] of missing) {
      const reported = this.#reported(priority);
      const unexplained = alerts.length - reported;
      if (unexplained > rotten) this.#judge.complain("delivery", `${alerts.length} alerts of priority ${priority} never arrived (${alerts.map(({ name }) => name).join(", ")}), ${reported} are reported as dropped`);
      rotten -= Math.max(0, unexplained);
    }
  }

  #reported(priority: number): number {
    let count = 0;
    for (const drop of this.#drops.values()) if (drop.lane === LANE_ALERTS && drop.priority === priority) count += drop.count;
    return count;
  }

  #onAlert(alert: AlertFacts | string): void {
    if (typeof alert === "string") return this.#judge.complain("falsehood", alert);
    const { name } = alert;
    const announced = this.#announced.get(name);
    if (announced === undefined && !this.#cutShort.has(name)) this.#judge.complain("falsehood", `alert ${name} arrived, and was never raised`);
    if (announced !== undefined && announced.fixed !== alert.fixed) this.#judge.complain("falsehood", `alert ${name} arrived other than it was raised`);
    if (announced !== undefined && announced.wallMs > 0 && announced.wallMs !== alert.wallMs) this.#judge.complain("falsehood", `alert ${name} arrived with another Unix time`);
    this.#arrived.add(name);
  }

  #onDrop(drop: DropFacts | string): void {
    if (typeof drop === "string") return this.#judge.complain("falsehood", drop);
    if (drop.lane !== LANE_ALERTS) return;
    // A damaged drop report counts as one, by its own number.
    for (const name of drop.reason === DAMAGED && this.#rotten > 0 ? [] : [drop.oldest, drop.newest])
      if (!this.#announced.has(name) && !this.#cutShort.has(name)) this.#judge.complain("falsehood", `a drop report names alert ${name}, which was never raised`);
    const key = `${drop.reason} ${drop.priority} ${drop.oldest}`;
    const before = this.#drops.get(key);
    if (before === undefined || before.count < drop.count) this.#drops.set(key, drop);
    if (this.#reported(drop.priority) > this.#announced.size + this.#cutShort.size) this.#judge.complain("falsehood", `more alerts are reported as dropped than were raised`);
  }
}

// AlertChecker: alerts as the device raises them: numbers without gaps, boots that count up, times that go on, onsets before ends.
import type { Judge } from "./judge.js";
import type { AlertFacts, MessageFacts } from "./wire-reader.js";
import { KIND_ALERT, readAlert } from "./wire-reader.js";

/** No alert is older than this when it is raised. [ms] */
const AGE_MS_MAX = 120_000;
/** Unix times before this were made up. [ms] */
const WALL_MS_MIN = Date.UTC(2020, 0, 1);
const ONSET = 0;
/** Events of a few beats, whose end is not told: VEB run, VEB couplet, trigeminy, SVT run. */
const EVENTS: ReadonlySet<number> = new Set([8, 9, 11, 12]);
const RATE_PER_MS = 0.25;
/** How far sample numbers and uptime may differ: a first sample that came late, gaps known to within a sample, and two crystals. */
const SAMPLE_SLACK = 400;
const CRYSTALS_PPM = 400;

export class AlertChecker {
  readonly #judge: Judge;
  #boot = 0;
  #lastSequence = 0;
  #lastRaisedMs = 0;
  readonly #onsets = new Map<number, number>();
  #lastSentMs = 0;
  #sentBoot = 0;

  constructor(judge: Judge) {
    this.#judge = judge;
  }

  /** Name of the alert that comes next if the device is not started anew. */
  get nextName(): string {
    return `${this.#boot}.${this.#lastSequence + 1}`;
  }

  onBoot(boot: number): void {
    if (boot <= this.#boot) this.#judge.complain("numbering", `boot ${boot} comes after boot ${this.#boot}`);
    this.#boot = boot;
    this.#lastSequence = 0;
    this.#lastRaisedMs = 0;
    this.#onsets.clear();
  }

  /** @param uptimeMs what the device's clock says, @param wallMs 0 while it does not know */
  onAnnounced(alert: AlertFacts, uptimeMs: number, wallMs: number): void {
    const { name } = alert;
    if (alert.boot !== this.#boot || alert.sequence !== this.#lastSequence + 1) this.#judge.complain("numbering", `alert ${name} comes after ${this.#boot}.${this.#lastSequence}`);
    this.#lastSequence = alert.sequence;
    if (alert.raisedMs !== uptimeMs) this.#judge.complain("time", `alert ${name} was raised at ${uptimeMs} ms and says ${alert.raisedMs}`);
    if (alert.raisedMs < this.#lastRaisedMs) this.#judge.complain("time", `alert ${name} was raised at ${alert.raisedMs} ms, after one at ${this.#lastRaisedMs}`);
    if (alert.onsetMs > alert.raisedMs || alert.raisedMs - alert.onsetMs > AGE_MS_MAX) this.#judge.complain("time", `alert ${name} of ${alert.raisedMs} ms has its onset at ${alert.onsetMs}`);
    this.#lastRaisedMs = alert.raisedMs;
    if ((wallMs > 0) !== (alert.wallMs > 0) || (alert.wallMs > 0) !== (alert.clockQuality > 0)) this.#judge.complain("time", `alert ${name}: Unix time ${alert.wallMs}, quality ${alert.clockQuality}, while the clock says ${wallMs}`);
    if (alert.wallMs > 0 && (alert.wallMs < WALL_MS_MIN || alert.wallMs > wallMs)) this.#judge.complain("time", `alert ${name}: Unix time ${alert.wallMs}, while the clock says ${wallMs}`);
    const expectedSample = alert.onsetMs * RATE_PER_MS;
    if (alert.condition < 64 && Math.abs(alert.onsetSample - expectedSample) > SAMPLE_SLACK + (expectedSample * CRYSTALS_PPM) / 1e6) this.#judge.complain("time", `alert ${name} has its onset at ${alert.onsetMs} ms and sample ${alert.onsetSample}`);
    this.#pair(alert);
  }

  /** What a message says of its sending. */
  onPublished(message: MessageFacts, uptimeMs: number, wallMs: number): void {
    if (message.boot !== this.#boot) this.#judge.complain("numbering", `boot ${this.#boot} sends as boot ${message.boot}`);
    if (message.boot !== this.#sentBoot) this.#lastSentMs = 0;
    this.#sentBoot = message.boot;
    if (message.sentMs !== uptimeMs || message.sentMs < this.#lastSentMs) this.#judge.complain("time", `a message sent at ${uptimeMs} ms says ${message.sentMs}, after ${this.#lastSentMs}`);
    if (message.sentWallMs !== wallMs) this.#judge.complain("time", `a message says it is ${message.sentWallMs}, while it is ${wallMs}`);
    this.#lastSentMs = message.sentMs;
    if (message.kind !== KIND_ALERT) return;
    const alert = readAlert(message.record);
    if (typeof alert !== "string" && alert.boot === message.boot && alert.raisedMs > message.sentMs) this.#judge.complain("time", `alert ${alert.name} was sent before it was raised`);
  }

  #pair(alert: AlertFacts): void {
    const { condition, name } = alert;
    const onset = this.#onsets.get(condition);
    if (alert.phase === ONSET) {
      if (onset !== undefined && !EVENTS.has(condition)) this.#judge.complain("numbering", `alert ${name}: condition ${condition} begins twice`);
      if (alert.onsetSequence !== alert.sequence) this.#judge.complain("numbering", `alert ${name} is an onset and names ${alert.onsetSequence} as its onset`);
      this.#onsets.set(condition, alert.sequence);
      return;
    }
    if (onset !== alert.onsetSequence) this.#judge.complain("numbering", `alert ${name} ends ${alert.onsetSequence}, expected ${onset}`);
    this.#onsets.delete(condition);
  }
}

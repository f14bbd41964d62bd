// CommandChecker: genuine commands are carried out once each, in what the device says of them and in what it does; all else is refused and
// counted. It opens what comes to the device by itself, and knows what must come of it.
import type { Judge } from "./judge.js";
import { type AlertFacts, type CommandStatus, openEnvelope } from "./wire-reader.js";

const DONE = 1;
const BAD_VALUE = 2;
const NO_SUCH_ALARM = 3;
const NOT_STORED = 4;
const NOT_UNDERSTOOD = 5;
/** Longer messages don't reach what counts them. [bytes] */
const HEARD_BYTES_MAX = 576;
/** By number on the air: name, lowest and highest value, and the initial one. Source: src/monitor/config.ts */
const LIMITS: Readonly<Record<number, readonly [name: string, min: number, max: number, initial: number]>> = {
  1: ["asystoleMs", 3000, 10_000, 4000], 2: ["pauseMs", 1500, 5000, 2500], 3: ["bradycardiaBpm", 20, 100, 50], 4: ["tachycardiaBpm", 60, 220, 120], 5: ["unreadableMs", 5000, 600_000, 20_000],
};
/** The limit that an alert of a condition names. */
const LIMIT_OF: Readonly<Record<number, number>> = { 1: 1, 2: 3, 3: 4, 4: 2 };
const TIME_MIN_MS = Date.UTC(2025, 0, 1);
const TIME_MAX_MS = Date.UTC(2100, 0, 1);

/** What a command does once it is noted. */
export interface Effect {
  readonly rotatesTo?: { readonly epoch: number; readonly key: Uint8Array };
  readonly setsTimeMs?: number;
  readonly limits?: ReadonlyMap<number, number>;
  readonly acknowledges?: number;
}

interface Verdict {
  readonly sequence: number;
  readonly result: number;
  readonly effect: Effect;
}

export class CommandChecker {
  readonly #judge: Judge;
  readonly #topic: string;
  readonly #commandKey: Uint8Array | undefined;
  #epoch = 1;
  readonly #limits = new Map(Object.entries(LIMITS).map(([number, row]) => [Number(number), row[3]]));
  /** Of the last command that is noted. */
  #sequence = 0;
  #result = 0;
  /** Number of a command that the store did not take, or 0. */
  #notStored = 0;
  #refused = 0;
  #boot = 0;
  /** By condition: sequence of the latest onset in this boot. */
  readonly #onsets = new Map<number, number>();
  readonly #unacknowledged = new Set<number>();
  /** What is being given to the device, and whether the store took it. */
  #pending: Verdict | undefined;
  #isStored = false;
  /** Commands carried out. */
  done = 0;

  constructor(judge: Judge, topic: string, commandKey: Uint8Array | undefined) {
    this.#judge = judge;
    this.#topic = topic;
    this.#commandKey = commandKey;
  }

  onBoot(boot: number): void {
    this.#boot = boot;
    this.#refused = 0;
    this.#notStored = 0;
    this.#onsets.clear();
    this.#unacknowledged.clear();
  }

  onAnnounced(alert: AlertFacts): void {
    const { condition, name } = alert;
    const isOnset = alert.phase === 0;
    if (isOnset) this.#onsets.set(condition, alert.sequence);
    if (isOnset) this.#unacknowledged.add(condition);
    else if (!alert.latching) this.#unacknowledged.delete(condition);
    const limit = LIMIT_OF[condition] === undefined ? undefined : this.#limits.get(LIMIT_OF[condition]);
    if (limit !== undefined && alert.limit !== limit) this.#judge.complain("commands", `alert ${name} has the limit ${alert.limit}, while ${limit} is in force`);
  }

  /** A message is about to be given to the device. */
  onGiven(message: Uint8Array): void {
    this.#isStored = false;
    this.#pending = undefined;
    if (message.length > HEARD_BYTES_MAX) return;
    const verdict = this.#judgeMessage(message);
    if (verdict === undefined || verdict.sequence < this.#sequence) this.#refused++;
    else if (verdict.sequence > this.#sequence) this.#pending = verdict;
  }

  /** The device's store took a block, while a message was given to it or otherwise. */
  onStored(): void {
    if (this.#pending === undefined || this.#isStored) this.#judge.complain("commands", "the store is written to without a command, or twice for one");
    this.#isStored = true;
  }

  /** The device has done with a message what it does, or lost power in the midst of it. @returns what must have come of it */
  onTaken(): Effect {
    const verdict = this.#pending;
    this.#pending = undefined;
    if (verdict === undefined) return {};
    if (!this.#isStored) {
      this.#notStored = verdict.sequence;
      return {};
    }
    this.#sequence = verdict.sequence;
    this.#result = verdict.result;
    this.#notStored = 0;
    const { effect } = verdict;
    if (verdict.result === DONE) this.done++;
    effect.limits?.forEach((value, number) => this.#limits.set(number, value));
    if (effect.rotatesTo) this.#epoch = effect.rotatesTo.epoch;
    if (effect.acknowledges !== undefined) this.#unacknowledged.delete(effect.acknowledges);
    return effect;
  }

  onStatus(status: CommandStatus): void {
    const expected: CommandStatus = {
      sequence: this.#notStored || this.#sequence, result: this.#notStored > 0 ? NOT_STORED : this.#result, unacknowledged: this.#unacknowledged.size, refused: this.#refused,
    };
    for (const field of ["sequence", "result", "unacknowledged", "refused"] as const)
      if (status[field] !== expected[field]) this.#judge.complain("commands", `the status says ${field} ${status[field]}, expected ${expected[field]}`);
  }

  #judgeMessage(message: Uint8Array): Verdict | undefined {
    const opened = openEnvelope(message, this.#topic, (epoch) => (epoch === 0 ? this.#commandKey : undefined));
    if (typeof opened === "string" || opened.plain.length < 8) return undefined;
    const { plain } = opened;
    const view = new DataView(plain.buffer, plain.byteOffset, plain.length);
    const sequence = view.getUint32(2, true) + view.getUint16(6, true) * 2 ** 32;
    if (plain[0] !== 1) return { sequence, result: NOT_UNDERSTOOD, effect: {} };
    if (plain[1] === 1) return { sequence, ...this.#judgeLimits(plain.subarray(8)) };
    if (plain[1] === 2) {
      const isOfThisBoot = view.getUint32(8, true) === this.#boot;
      const found = [...this.#onsets].find(([, onset]) => isOfThisBoot && onset === view.getUint32(12, true));
      return found ? { sequence, result: DONE, effect: { acknowledges: found[0] } } : { sequence, result: NO_SUCH_ALARM, effect: {} };
    }
    if (plain[1] === 3) {
      const unixMs = view.getUint32(8, true) + view.getUint16(12, true) * 2 ** 32;
      return unixMs >= TIME_MIN_MS && unixMs <= TIME_MAX_MS ? { sequence, result: DONE, effect: { setsTimeMs: unixMs } } : { sequence, result: BAD_VALUE, effect: {} };
    }
    const epoch = view.getUint32(8, false);
    return epoch > this.#epoch ? { sequence, result: DONE, effect: { rotatesTo: { epoch, key: plain.slice(12) } } } : { sequence, result: BAD_VALUE, effect: {} };
  }

  #judgeLimits(body: Uint8Array): { result: number; effect: Effect } {
    const view = new DataView(body.buffer, body.byteOffset, body.length);
    const limits = new Map<number, number>();
    for (let offset = 0; offset < body.length; offset += 5) limits.set(view.getUint8(offset), view.getUint32(offset + 1, true));
    const all = new Map([...this.#limits, ...limits]);
    const isInRange = [...all].every(([number, value]) => value >= (LIMITS[number]?.[1] ?? Infinity) && value <= (LIMITS[number]?.[2] ?? 0));
    const isSound = isInRange && (all.get(4) as number) - (all.get(3) as number) >= 10 && (all.get(2) as number) < (all.get(1) as number);
    return isSound ? { result: DONE, effect: { limits } } : { result: BAD_VALUE, effect: {} };
  }
}

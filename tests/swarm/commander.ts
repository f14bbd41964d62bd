// Commander: who sends commands to the device of a swarm run, again and again until the device says what became of them, and who intrudes.
import type { Prng } from "../../src/base/prng.js";
import type { Intrusion, Wish } from "./plan.js";
import { type AlertFacts, type CommandStatus, sealEnvelope } from "./wire-reader.js";

/** How long it waits for the device's word. [ms] */
const PATIENCE_MS = 4000;
/** The store may be at fault for a while: so many times a command that was not stored is sent. */
const NOT_STORED = 4;

export class Commander {
  readonly #random: Prng;
  readonly #topic: string;
  readonly #key: Uint8Array;
  readonly #keyBytes: number;
  /** Wishes whose turn has not come. */
  readonly #wishes: (readonly [Wish, number])[] = [];
  /** What is being sent, and its number. */
  #message: Uint8Array | undefined;
  #sequence = 0;
  #sentMs = Number.NEGATIVE_INFINITY;
  #epoch = 1;
  #latestOnset: readonly [boot: number, sequence: number] = [1, 1];
  /** Messages that were sent, the oldest first. */
  readonly #heard: Uint8Array[] = [];

  constructor(random: Prng, topic: string, key: Uint8Array, keyBytes: number) {
    this.#random = random;
    this.#topic = topic;
    this.#key = key;
    this.#keyBytes = keyBytes;
  }

  /** Is everything said that was wished for? */
  get isDone(): boolean {
    return this.#message === undefined && this.#wishes.length === 0;
  }

  wish(wish: Wish, value: number): void {
    this.#wishes.push([wish, value]);
  }

  onAnnounced(alert: AlertFacts): void {
    if (alert.phase === 0) this.#latestOnset = [alert.boot, alert.sequence];
  }

  /** A genuine status has come. */
  onStatus(status: CommandStatus): void {
    if (status.sequence === this.#sequence && status.result !== NOT_STORED) this.#message = undefined;
  }

  /** @param wallMs Unix time at the commander @returns what is to be sent now, if anything is */
  next(nowMs: number, wallMs: number): Uint8Array | undefined {
    if (this.#message === undefined) {
      const wish = this.#wishes.shift();
      if (!wish) return undefined;
      this.#sequence = Math.max(this.#sequence + 1, wallMs);
      this.#message = this.#seal(this.#plainOf(...wish, wallMs), this.#topic);
    } else if (nowMs - this.#sentMs < PATIENCE_MS) return undefined;
    this.#sentMs = nowMs;
    this.#heard.push(this.#message);
    return this.#message;
  }

  /** @returns what an intruder, who hears all and has no key, sends; or one who has the key and sends to another topic */
  intrude(intrusion: Intrusion, value: number): Uint8Array {
    const heard = this.#heard[value % Math.max(1, this.#heard.length)] ?? this.#seal(this.#plainOf("limits", value, 0), `${this.#topic}s`);
    switch (intrusion) {
      case "forged": {
        const message = heard.slice();
        message[value % message.length] = (message[value % message.length] as number) ^ (1 << (value & 7));
        return message;
      }
      case "truncated":
        return heard.slice(0, value % heard.length);
      case "in-clear":
        return this.#plainOf("limits", value, 0);
      case "other-topic":
        return this.#seal(this.#plainOf("limits", value, 0), this.#topic.replace("command", "status"));
      case "replayed":
        return heard;
      case "too-long":
        return this.#seal(new Uint8Array(450 + (value % 200)), this.#topic);
      default:
        return Uint8Array.from({ length: value % 130 }, () => this.#random.below(256));
    }
  }

  #seal(plain: Uint8Array, topic: string): Uint8Array {
    return sealEnvelope(plain, topic, 0, this.#key, Uint8Array.from({ length: 12 }, () => this.#random.below(256)));
  }

  #plainOf(wish: Wish, value: number, wallMs: number): Uint8Array {
    const head = Buffer.alloc(8);
    head[0] = wish === "newer-version" ? 2 : 1;
    head.writeUIntLE(this.#sequence, 2, 6);
    const [kind, body] = this.#bodyOf(wish, value, wallMs);
    head[1] = kind;
    return new Uint8Array(Buffer.concat([head, body]));
  }

  #bodyOf(wish: Wish, value: number, wallMs: number): [kind: number, body: Buffer] {
    switch (wish) {
      // Not so far from the initial ones that what is due to be alarmed would no longer be.
      case "limits":
        return [1, Buffer.concat([limitOf(1, 3500 + (value % 500)), limitOf(2, 2300 + (value % 400)), limitOf(3, 45 + (value % 10)), ...(value % 2 === 0 ? [limitOf(4, 115 + (value % 10))] : [])])];
      case "bad-limits":
        return [1, value % 2 === 0 ? limitOf(1, value) : Buffer.concat([limitOf(3, 100), limitOf(4, 100)])];
      case "acknowledge":
      case "no-such-alarm": {
        const body = Buffer.alloc(8);
        body.writeUInt32LE(this.#latestOnset[0]);
        body.writeUInt32LE(this.#latestOnset[1] + (wish === "acknowledge" ? 0 : 1000), 4);
        return [2, body];
      }
      case "rotate": {
        const body = Buffer.alloc(4 + this.#keyBytes);
        body.writeUInt32BE(++this.#epoch);
        for (let index = 4; index < body.length; index++) body[index] = this.#random.below(256);
        return [4, body];
      }
      default: {
        const body = Buffer.alloc(6);
        body.writeUIntLE(wallMs + 1000 * (value - 500), 0, 6);
        return [3, body];
      }
    }
  }
}

function limitOf(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = number;
  bytes.writeUInt32LE(value, 1);
  return bytes;
}

// SecrecyChecker: a provisioned device sends nothing that anyone without its key could read, uses no nonce twice, whatever happens to it, and
// each key from the moment on that it was told to.
import type { Judge } from "./judge.js";
import { openEnvelope } from "./wire-reader.js";

export class SecrecyChecker {
  readonly #judge: Judge;
  /** By epoch; none: the device is not provisioned. */
  readonly #keys = new Map<number, Uint8Array>();
  #epoch = 1;
  #boot = 0;
  readonly #nonces = new Set<string>();
  /** Number of the last message in this boot. */
  #count = 0;

  constructor(judge: Judge, dataKey: Uint8Array | undefined) {
    this.#judge = judge;
    if (dataKey) this.#keys.set(1, dataKey);
  }

  /** Of all keys that the device ever had. */
  keyOf(epoch: number): Uint8Array | undefined {
    return this.#keys.get(epoch);
  }

  onBoot(boot: number): void {
    this.#boot = boot;
    this.#count = 0;
  }

  onRotated(epoch: number, key: Uint8Array): void {
    this.#keys.set(epoch, key);
    this.#epoch = epoch;
  }

  /** @param flash all of it, at the end */
  end(flash: Uint8Array): void {
    for (const [epoch, key] of this.#keys) if (Buffer.from(flash).includes(Buffer.from(key))) this.#judge.complain("secrecy", `key ${epoch} lies in the journal's flash`);
  }

  /** @returns what the message says to one who has the keys; undefined if that can't be known */
  open(topic: string, bytes: Uint8Array): Uint8Array | undefined {
    if (this.#keys.size === 0) return bytes;
    const opened = openEnvelope(bytes, topic, (epoch) => this.#keys.get(epoch));
    return typeof opened === "string" ? undefined : opened.plain;
  }

  /** The device sends a message, or hands over its Last Will. */
  onSent(topic: string, bytes: Uint8Array): Uint8Array | undefined {
    if (this.#keys.size === 0) return bytes;
    const opened = openEnvelope(bytes, topic, (epoch) => this.#keys.get(epoch));
    if (typeof opened === "string") {
      this.#judge.complain("secrecy", `a message on ${topic}: ${opened}`);
      return undefined;
    }
    const { epoch, nonce, plain } = opened;
    if (this.#nonces.has(nonce)) this.#judge.complain("secrecy", `nonce ${nonce} is used twice`);
    this.#nonces.add(nonce);
    const [boot, count] = [Number.parseInt(nonce.slice(0, 8), 16), Number.parseInt(nonce.slice(16), 16)];
    if (boot !== this.#boot || count <= this.#count) this.#judge.complain("secrecy", `nonce ${nonce} in boot ${this.#boot}, after message ${this.#count}`);
    this.#count = count;
    if (Buffer.from(bytes).includes(Buffer.from(plain.subarray(0, 16)))) this.#judge.complain("secrecy", `a message on ${topic} can be read in part`);
    if (epoch !== this.#epoch) this.#judge.complain("keys", `a message under key ${epoch}, while ${this.#epoch} is in force`);
    return plain;
  }
}

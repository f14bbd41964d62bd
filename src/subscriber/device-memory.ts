// What was heard of one device, so that nothing is told twice and nothing of the past passes for news; it can be kept on disk.
import type { SealedAt } from "./unsealer.js";

/** Identities of alerts that are remembered before the oldest is forgotten; a device's whole journal holds fewer. */
const ALERTS_REMEMBERED = 8192;
/** Nonce streams that are remembered before the one heard of longest ago is forgotten. A device has one for each boot. */
const STREAMS_REMEMBERED = 64;
/** So far behind the newest message of its stream may one come. [messages] A device has four in flight. */
const WINDOW_MESSAGES = 256;
const WINDOW_MASK = (1n << BigInt(WINDOW_MESSAGES)) - 1n;
const VERSION = 1;

/** A sliding window over the counts of one nonce stream. */
interface Window {
  /** The highest count heard. */
  readonly newest: number;
  /** Bit n: `newest - n` was heard. */
  readonly heard: bigint;
}

/** The latest message of a kind that only the latest counts of: when it was sealed, and when it was sent by the device's clock (0: not set). */
export interface Latest {
  readonly at: SealedAt;
  /** Unix time. [ms] */
  readonly sentWallMs: number;
}

export class DeviceMemory {
  readonly #alerts = new Set<string>();
  /** Heard of longest ago first. */
  readonly #streams = new Map<string, Window>();
  /** By kind. */
  readonly #latest = new Map<string, Latest>();
  /** It holds what `toJson` has not told yet. */
  isChanged = false;

  latestOf(kind: string): Latest | undefined {
    return this.#latest.get(kind);
  }

  setLatest(kind: string, latest: Latest): void {
    this.#latest.set(kind, latest);
    this.isChanged = true;
  }

  /** Notes an alert. @returns whether it was not known */
  isNewAlert(identity: string): boolean {
    if (!addTo(this.#alerts, identity, ALERTS_REMEMBERED)) return false;
    this.isChanged = true;
    return true;
  }

  /** Notes a message by its nonce. @returns whether it was not heard before, and is not so old that nobody knows */
  isNewMessage(stream: string, count: number): boolean {
    const { newest, heard } = this.#streams.get(stream) ?? { newest: count, heard: 0n };
    const behind = newest - count;
    if (behind >= WINDOW_MESSAGES || (behind >= 0 && (heard & (1n << BigInt(behind))) !== 0n)) return false;
    this.#streams.delete(stream);
    if (behind >= 0) this.#streams.set(stream, { newest, heard: heard | (1n << BigInt(behind)) });
    else this.#streams.set(stream, { newest: count, heard: -behind >= WINDOW_MESSAGES ? 1n : ((heard << BigInt(-behind)) | 1n) & WINDOW_MASK });
    if (this.#streams.size > STREAMS_REMEMBERED) this.#streams.delete(this.#streams.keys().next().value as string);
    this.isChanged = true;
    return true;
  }

  toJson(): unknown {
    this.isChanged = false;
    const streams = [...this.#streams].map(([stream, { newest, heard }]) => ({ stream, newest, heard: heard.toString(16) }));
    return { version: VERSION, latest: Object.fromEntries(this.#latest), streams, alerts: [...this.#alerts] };
  }

  /** @returns a memory of what `toJson` told, or the first thing that is wrong with it */
  static fromJson(input: unknown): DeviceMemory | string {
    const memory = new DeviceMemory();
    const { version, latest, streams, alerts } = (input ?? {}) as Readonly<Record<string, unknown>>;
    if (version !== VERSION) return `version: ${JSON.stringify(version)}, expected ${VERSION}`;
    if (!Array.isArray(streams) || streams.length > STREAMS_REMEMBERED) return `streams: expected a list of at most ${STREAMS_REMEMBERED}`;
    for (const [index, entry] of streams.entries()) {
      const { stream, newest, heard } = (entry ?? {}) as Readonly<Record<string, unknown>>;
      if (typeof stream !== "string" || !/^\d+\.\d+\.\d+$/.test(stream)) return `streams.${index}.stream: ${JSON.stringify(stream)}, expected three numbers with points between`;
      if (!isCount(newest)) return `streams.${index}.newest: ${JSON.stringify(newest)}, expected a whole number from 0`;
      if (typeof heard !== "string" || !/^[0-9a-f]{1,64}$/.test(heard)) return `streams.${index}.heard: ${JSON.stringify(heard)}, expected 1 to 64 hexadecimal digits`;
      memory.#streams.set(stream, { newest, heard: BigInt(`0x${heard}`) });
    }
    if (!Array.isArray(alerts) || alerts.length > ALERTS_REMEMBERED) return `alerts: expected a list of at most ${ALERTS_REMEMBERED}`;
    for (const [index, alert] of alerts.entries()) {
      if (typeof alert !== "string") return `alerts.${index}: ${JSON.stringify(alert)}, expected a text`;
      memory.#alerts.add(alert);
    }
    for (const [kind, entry] of Object.entries(latest ?? {})) {
      const { at, sentWallMs } = (entry ?? {}) as Partial<Latest>;
      if (!Array.isArray(at) || at.length !== 3 || !at.every(isCount)) return `latest.${kind}.at: ${JSON.stringify(at)}, expected three whole numbers from 0`;
      if (!isCount(sentWallMs)) return `latest.${kind}.sentWallMs: ${JSON.stringify(sentWallMs)}, expected a whole number from 0`;
      memory.#latest.set(kind, { at: at as unknown as SealedAt, sentWallMs });
    }
    return memory;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Adds to a set of at most `countMax`, from which the oldest goes. @returns whether it was not in it */
export function addTo(set: Set<string>, value: string, countMax: number): boolean {
  if (set.has(value)) return false;
  set.add(value);
  if (set.size > countMax) set.delete(set.values().next().value as string);
  return true;
}

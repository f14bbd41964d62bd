// SwarmPlan: what happens in one run of the swarm, as plain data; drawn from a seed with two dice, or written down as a scenario.
import { Prng } from "../../src/base/prng.js";
import type { CutOutcome } from "../../src/platform/sim/flash.js";

/** A stretch of the patient's ECG. */
export interface Segment {
  readonly rhythm: Rhythm;
  readonly seconds: number;
}
export type Rhythm = "sinus" | "slow" | "fast" | "asystole" | "vf" | "af" | "vt" | "noise" | "racing";

/** Something that happens to the world at a time since the start of the run. */
export type WorldEvent = { readonly atMs: number } & (
  /** The bus answers with ones, zeros or an exception: unplugged, shorted, broken. */
  | { readonly do: "bus"; readonly state: "high" | "low" | "throws"; readonly forMs: number }
  /** Both electrodes are off. */
  | { readonly do: "lead-off"; readonly forMs: number }
  /** The chip answers and samples no more. */
  | { readonly do: "hang" }
  /** The chip's supply fails and comes back at once. */
  | { readonly do: "chip-reset" }
  /** Some bits of the next frame are wrong. */
  | { readonly do: "corrupt"; readonly byteIndex: number; readonly mask: number }
  /** The firmware is kept from running; beyond 128 ms the chip's FIFO overflows. */
  | { readonly do: "late"; readonly forMs: number }
  /** The power goes in one of the next operations of the flash, at the latest 2 s from now, and comes back. */
  | { readonly do: "power-cut"; readonly operations: number; readonly outcome: CutOutcome; readonly offMs: number; readonly rotBits: number }
  | { readonly do: "link-down"; readonly forMs: number }
  /** What the device sends is lost and nothing comes back, and nobody tells it. */
  | { readonly do: "half-open"; readonly forMs: number }
  /** The broker ends the session. */
  | { readonly do: "broker-drop" }
  /** The broker turns every session away, or takes it and ends it at once. */
  | { readonly do: "broker-refuse"; readonly forMs: number; readonly accepts: boolean }
  /** The wall clock is set right, or wrong by so much. */
  | { readonly do: "set-clock"; readonly offsetMs: number }
  /** The subscriber's program ends and starts again without its memory. */
  | { readonly do: "subscriber-restart"; readonly downMs: number }
  /** Somebody wants something of the device, and has it sent until the device says what became of it. */
  | { readonly do: "command"; readonly wish: Wish; readonly value: number }
  /** Somebody without the key sends to the device once. */
  | { readonly do: "intrude"; readonly intrusion: Intrusion; readonly value: number }
  /** The store of secrets takes nothing. */
  | { readonly do: "store-fails"; readonly forMs: number }
);

/** Of these, the last three can't be fulfilled, and the device says why. */
export const WISHES = ["limits", "acknowledge", "time", "rotate", "bad-limits", "no-such-alarm", "newer-version"] as const;
export type Wish = (typeof WISHES)[number];
/** Messages made up, cut short, in clear, made for another topic, heard before, longer than any command, without sense. */
export const INTRUSIONS = ["forged", "truncated", "in-clear", "other-topic", "replayed", "too-long", "noise"] as const;
export type Intrusion = (typeof INTRUSIONS)[number];

/** Of 256 acknowledgements, how many go wrong in which way. */
export interface BrokerFaults {
  readonly late: number;
  readonly twice: number;
  readonly never: number;
  readonly unknownId: number;
  /** Of 256 acknowledgements, how many overtake the one before. */
  readonly overtake: number;
  /** Of 256 messages to the subscriber, how many come twice. */
  readonly duplicate: number;
}

export const NO_BROKER_FAULTS: BrokerFaults = { late: 0, twice: 0, never: 0, unknownId: 0, overtake: 0, duplicate: 0 };

export interface SwarmPlan {
  readonly seed: number;
  readonly segments: readonly Segment[];
  /** In the order of time. */
  readonly events: readonly WorldEvent[];
  readonly blockBytes: number;
  readonly blockCount: number;
  /** Build of the firmware: as it is, or with its tables at their smallest, so that their ends are met. */
  readonly build: "full" | "small";
  /** Room in the socket. [bytes] */
  readonly writableBytes: number;
  /** Half a round trip. [ms] */
  readonly latencyMs: number;
  readonly latencySpreadMs: number;
  readonly broker: BrokerFaults;
  /** What the device's millisecond counter of 32 bits shows when it starts: near its end, it wraps in the run. */
  readonly startTicks: number;
  /** Error of the device's crystal. [ppm] */
  readonly clockPpm: number;
  /** Error of the AFE's crystal. [ppm] */
  readonly chipPpm: number;
  /** Bytes of the device's data key; 0: it is not provisioned, sends in clear and takes no commands. */
  readonly keyBytes: 0 | 16 | 32;
}

/** A quiet world to write scenarios on. */
export const QUIET: SwarmPlan = Object.freeze({
  seed: 1, segments: [{ rhythm: "sinus", seconds: 20 }], events: [], blockBytes: 4096, blockCount: 8, build: "full", writableBytes: 5744, latencyMs: 40, latencySpreadMs: 0,
  broker: NO_BROKER_FAULTS, startTicks: 0, clockPpm: 0, chipPpm: 0,
  keyBytes: 0,
} as const);

/** The shortest patients, healthy and ill, and what chance adds. [s] */
const SECONDS_MIN = 16;
const ILL_SECONDS_MIN = 30;
const SECONDS_SPREAD = 20;

/** Rows of [block bytes, blocks]: from the smallest that the journal takes to more than a run can fill. */
const FLASHES: readonly (readonly [number, number])[] = [[256, 11], [256, 16], [512, 8], [512, 12], [1024, 8], [4096, 6], [4096, 16]];
/** The longest message, a part of an evidence strip, fits: the desk's border carries messages whole. [bytes] */
export const WRITABLE_BYTES_MIN = 420;
/** What encryption adds to a message. [bytes] */
export const ENVELOPE_BYTES = 46;
const BROKER_RATES = [8, 24, 64, 128] as const;

export const SWARM_SEED_MAX = 0xffff_ffff;

/** Draws a plan: the first die says which kinds of fault there are at all, the second how many or how bad. */
export function planFromSeed(seed: number): SwarmPlan {
  const random = new Prng(seed);
  const isOn = (): boolean => random.below(2) === 0;
  const intensity = (): number => 1 + random.below(4);
  const between = (low: number, high: number): number => low + random.below(high - low + 1);
  const pick = <T>(choices: readonly T[]): T => choices[random.below(choices.length)] as T;

  const segments = drawPatient(isOn() ? intensity() : 0, random);
  const endMs = segments.reduce((sum, { seconds }) => sum + seconds, 0) * 1000;
  const anyTime = (): number => random.below(endMs);
  const events: WorldEvent[] = [];
  const some = (make: (level: number) => WorldEvent, most = 4, isPossible = true): void => {
    if (!isOn() || !isPossible) return;
    const level = intensity();
    const count = 1 + random.below(Math.max(1, (most * level) >> 2));
    for (let index = 0; index < count; index++) events.push(make(level));
  };
  // In half of the runs the patient is seen all the time, so that what is planted there must be found.
  const isSeen = isOn();
  some(() => ({ atMs: anyTime(), do: "bus", state: pick(["high", "low", "throws"] as const), forMs: between(10, pick([200, 1500, 4000])) }), 4, !isSeen);
  some(() => ({ atMs: anyTime(), do: "lead-off", forMs: between(100, 2500) }), 6, !isSeen);
  // A loose electrode makes two alerts every few seconds: with an outage, what fills a small flash.
  const isFilling = !isSeen && isOn();
  if (isFilling) for (let atMs = random.below(4000), periodMs = between(2100, 3000); atMs < endMs; atMs += periodMs) events.push({ atMs, do: "lead-off", forMs: 700 + random.below(200) });
  some(() => pick([{ atMs: anyTime(), do: "hang" }, { atMs: anyTime(), do: "chip-reset" }] as const), 2, !isSeen);
  some(() => ({ atMs: anyTime(), do: "corrupt", byteIndex: random.below(8), mask: 1 << random.below(8) }), 8, !isSeen);
  some((level) => ({ atMs: anyTime(), do: "late", forMs: between(41, 150 * level) }), 6, !isSeen);
  const rots = isOn() && random.below(2) === 0;
  some(() => ({
    atMs: anyTime(), do: "power-cut", operations: random.below(12), outcome: random.below(4) as CutOutcome, offMs: random.below(3000),
    rotBits: rots ? random.below(3) : 0,
  }), 5);
  some((level) => ({ atMs: anyTime(), do: "link-down", forMs: between(500, 6000 * level) }), 3);
  if (isFilling && isOn()) events.push({ atMs: random.below(4000), do: "link-down", forMs: endMs });
  some((level) => ({ atMs: anyTime(), do: "half-open", forMs: between(500, 6000 * level) }), 2);
  some(() => ({ atMs: anyTime(), do: "broker-drop" }), 5);
  some((level) => ({ atMs: anyTime(), do: "broker-refuse", forMs: between(500, 4000 * level), accepts: isOn() }), 2);
  if (isOn()) events.push({ atMs: random.below(4000), do: "set-clock", offsetMs: 0 });
  some(() => ({ atMs: anyTime(), do: "set-clock", offsetMs: between(0, 7_200_000) - 3_600_000 }), 3);
  some(() => ({ atMs: anyTime(), do: "subscriber-restart", downMs: between(100, 8000) }), 2);
  const [blockBytes, blockCount] = isFilling || isOn() ? pick(FLASHES) : ([4096, 16] as const);
  const build = isOn() && isOn() ? "small" : "full";
  const keyBytes = isOn() ? pick([16, 32] as const) : 0;
  if (keyBytes > 0) {
    some(() => ({ atMs: anyTime(), do: "command", wish: pick(["limits", ...WISHES] as const), value: random.below(1000) }), 6);
    some(() => ({ atMs: anyTime(), do: "command", wish: "rotate", value: random.below(1000) }), 2);
    some(() => ({ atMs: anyTime(), do: "intrude", intrusion: pick(INTRUSIONS), value: random.below(1000) }), 10);
    some((level) => ({ atMs: anyTime(), do: "store-fails", forMs: between(500, 3000 * level) }), 2);
  }
  const rate = (): number => (isOn() ? pick(BROKER_RATES) : 0);
  const broker: BrokerFaults = isOn() ? { late: rate(), twice: rate(), never: rate() >> 1, unknownId: rate(), overtake: rate(), duplicate: rate() } : NO_BROKER_FAULTS;
  return {
    seed, segments, events: events.sort((one, other) => one.atMs - other.atMs), blockBytes, blockCount, build,
    writableBytes: isOn() ? between(WRITABLE_BYTES_MIN, 900) + (keyBytes > 0 ? ENVELOPE_BYTES : 0) : 5744,
    latencyMs: isOn() ? between(1, pick([50, 400, 1500])) : 40, latencySpreadMs: isOn() ? between(1, 500) : 40,
    broker,
    startTicks: isOn() ? pick([2 ** 31, 2 ** 32]) - random.below(endMs) : 0, clockPpm: isOn() ? between(0, 400) - 200 : 0, chipPpm: isOn() ? between(0, 200) - 100 : 0,
    keyBytes,
  };
}

/** The deadly ones twice as often. */
const ILL: readonly Rhythm[] = ["slow", "fast", "asystole", "asystole", "vf", "vf", "af", "vt", "noise", "racing"];

/** @param level 0 for a healthy patient, else how often it is ill, up to 4 */
function drawPatient(level: number, random: Prng): Segment[] {
  const totalSeconds = (level === 0 ? SECONDS_MIN : ILL_SECONDS_MIN) + random.below(SECONDS_SPREAD);
  if (level === 0) return [{ rhythm: "sinus", seconds: totalSeconds }];
  const segments: Segment[] = [{ rhythm: random.below(8) === 0 ? (ILL[random.below(ILL.length)] as Rhythm) : "sinus", seconds: 8 + random.below(8) }];
  for (let left = totalSeconds - (segments[0] as Segment).seconds; left > 0; ) {
    const isIll = random.below(5) < level;
    const seconds = Math.min(left, 3 + random.below(14));
    segments.push({ rhythm: isIll ? (ILL[random.below(ILL.length)] as Rhythm) : "sinus", seconds });
    left -= seconds;
  }
  return segments;
}

// The soak: the whole firmware for weeks or years of simulated time, with the outages that a life brings.
import { Prng } from "../../src/base/prng.js";
import type { CutOutcome } from "../../src/platform/sim/flash.js";
import { Judge, type Complaint } from "./judge.js";
import { QUIET, type Rhythm, type Segment, type SwarmPlan, type WorldEvent } from "./plan.js";
import type { Starts } from "./swarm-run.js";
import { SwarmWorld } from "./swarm-world.js";

const TICK_MS = 40;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Erases that a block is promised to take. Source: data sheets of the ESP32 modules' NOR flash, e.g. XMC XM25QH32C. */
const ENDURANCE_ERASES = 100_000;
const DAYS_PER_YEAR = 365.25;
/** The device's flash partition. */
const BLOCK_BYTES = 4096;
const BLOCK_COUNT = 64;
/** While monitoring is suspended nothing is due sooner than a PUBACK's 20 s. [ms] */
const STANDBY_TICK_MS = 5000;
/** In years mode, of each hour so much is monitored: time for an alert and its end. [ms] */
const WATCH_MS = 8000;

/** Once an hour something is wrong with the heart, for so long. [s] */
const EPISODES: readonly (readonly [Rhythm, number])[] = [["asystole", 8], ["vf", 14], ["slow", 60], ["fast", 60], ["af", 120], ["vt", 20], ["noise", 60]];

export interface SoakDay {
  readonly day: number;
  readonly raised: number;
  readonly delivered: number;
  readonly erasesMost: number;
  readonly erasesLeast: number;
  /** This process's heap after a collection, harness included; 0 if it can't be collected. [bytes] */
  readonly heapBytes: number;
  /** The firmware's own, where the engine tells (XS). */
  readonly slots: number;
  readonly chunksBytes: number;
}

export interface SoakResult {
  readonly complaints: readonly Complaint[];
  readonly days: readonly SoakDay[];
  readonly raised: number;
  readonly delivered: number;
  readonly dropped: number;
  readonly alarmsMet: number;
  readonly boots: number;
  readonly outages: number;
  readonly simulatedMs: number;
  /** Until the most erased block has had its promised erases, at this pace. */
  readonly yearsOfFlash: number;
  readonly digest: string;
}

export interface SoakOptions {
  readonly days: number;
  readonly seed: number;
  /** Monitor a part of each hour only, so that years pass: what is tried is journal, delivery and time. */
  readonly sparse: boolean;
  readonly onDay: (day: SoakDay) => void;
}

/** A life: every day an outage of hours and a link that is half open, every week a loss of power and a restart of the broker. */
export function soakPlan(days: number, seed: number, sparse: boolean): SwarmPlan {
  const random = new Prng(seed);
  const segments: Segment[] = [];
  const events: WorldEvent[] = [{ atMs: 5000, do: "set-clock", offsetMs: 0 }];
  const hours = Math.max(1, Math.round(days * 24));
  for (let hour = 0; hour < hours; hour++) {
    const startMs = hour * HOUR_MS;
    const [rhythm, seconds] = EPISODES[random.below(EPISODES.length)] as readonly [Rhythm, number];
    const beforeS = 600 + random.below(2400);
    if (sparse) segments.push({ rhythm: "sinus", seconds: 3600 });
    else segments.push({ rhythm: "sinus", seconds: beforeS }, { rhythm, seconds }, { rhythm: "sinus", seconds: 3600 - beforeS - seconds });
    // In years mode the monitoring of an hour begins with it.
    const leadOffMs = sparse ? 3000 : random.below(590_000);
    events.push({ atMs: startMs + leadOffMs, do: "lead-off", forMs: 1500 });
    if (hour % 24 === 8) {
      events.push({ atMs: startMs + random.below(4 * HOUR_MS), do: "link-down", forMs: HOUR_MS + random.below(5 * HOUR_MS) });
      events.push({ atMs: startMs + 12 * HOUR_MS + random.below(HOUR_MS), do: "half-open", forMs: random.below(600_000) });
    }
    if (hour % 168 === 50) {
      const atMs = startMs + random.below(30 * HOUR_MS);
      const offMs = 1000 + random.below(600_000);
      events.push({ atMs, do: "power-cut", operations: random.below(6), outcome: random.below(3) as CutOutcome, offMs, rotBits: 0 });
      events.push({ atMs: atMs + offMs + 20_000, do: "set-clock", offsetMs: 0 });
    }
    if (hour % 168 === 120) {
      const atMs = startMs + random.below(24 * HOUR_MS);
      events.push({ atMs, do: "broker-drop" }, { atMs: atMs + 1, do: "broker-refuse", forMs: 30_000 + random.below(300_000), accepts: random.below(2) === 0 });
    }
  }
  return {
    ...QUIET, seed, segments, events: events.sort((one, other) => one.atMs - other.atMs), blockBytes: BLOCK_BYTES, blockCount: BLOCK_COUNT,
    broker: { late: 2, twice: 2, never: 2, unknownId: 2, overtake: 4, duplicate: 4 }, clockPpm: 20, chipPpm: -15, latencySpreadMs: 80,
  };
}

export async function runSoak(options: SoakOptions, starts: Starts): Promise<SoakResult> {
  const { seed, sparse, onDay } = options;
  const plan = soakPlan(options.days, seed, sparse);
  const judge = new Judge();
  const world = new SwarmWorld(plan, starts.full, judge);
  const { endMs } = world;
  const days: SoakDay[] = [];
  await world.powerOn();
  for (let nextDayMs = DAY_MS; world.nowMs < endMs && !world.hasFailed; ) {
    if (sparse) await world.setStandby(world.nowMs % HOUR_MS >= WATCH_MS);
    await world.step(sparse && world.nowMs % HOUR_MS >= WATCH_MS ? Math.min(STANDBY_TICK_MS, HOUR_MS - (world.nowMs % HOUR_MS)) : TICK_MS);
    if (world.nowMs < nextDayMs) continue;
    nextDayMs += DAY_MS;
    days.push(await dayOf(world));
    onDay(days.at(-1) as SoakDay);
  }
  await world.finish();
  const erasesMost = Math.max(...world.flash.eraseCounts);
  return {
    complaints: judge.complaints, days, raised: world.delivery.announcedCount, delivered: world.delivery.arrivedCount, dropped: world.delivery.droppedCount, alarmsMet: world.patient.met,
    boots: world.boots, outages: plan.events.filter((event) => event.do === "link-down").length, simulatedMs: world.nowMs,
    yearsOfFlash: (ENDURANCE_ERASES / Math.max(1, erasesMost)) * (world.nowMs / DAY_MS / DAYS_PER_YEAR), digest: world.digest(),
  };
}

async function dayOf(world: SwarmWorld): Promise<SoakDay> {
  const collect = (globalThis as { gc?: () => void }).gc;
  collect?.();
  const memory = await world.memory();
  return {
    day: Math.round(world.nowMs / DAY_MS), raised: world.delivery.announcedCount, delivered: world.delivery.arrivedCount,
    erasesMost: Math.max(...world.flash.eraseCounts), erasesLeast: Math.min(...world.flash.eraseCounts),
    heapBytes: collect ? process.memoryUsage().heapUsed : 0, slots: memory?.slots ?? 0, chunksBytes: memory?.chunksBytes ?? 0,
  };
}

// A run of the firmware on some engine, with a broker that always answers: what it did, and what each tick cost where that can be counted.
import { createHash } from "node:crypto";
import { Max30003Emulator } from "../../../src/drivers/max30003/emulator.js";
import {
  CALL_BOOT, CALL_MQTT_CONTROL, CALL_MQTT_WRITABLE, CALL_TICK, OP_ALERT, OP_BEAT, OP_FLASH_ERASE, OP_FLASH_READ, OP_FLASH_WRITE, OP_MQTT_OPEN,
  OP_BEAT_CLASS, OP_MQTT_PUBLISH, OP_MQTT_PUBLISH_RETAINED, OP_SPI_TRANSFER, type HostCall,
} from "../../../src/platform/desk/border.js";
import { MQTT_CONNACK, MQTT_PUBACK } from "../../../src/platform/ecma419/mqtt-client.js";
import type { Engine } from "../../../src/platform/sim/engine.js";
import { NorFlash } from "../../../src/platform/sim/flash.js";
import { resampleRecording } from "../../../src/platform/sim/patient.js";
import { WORLD_TICK_MS } from "../../../src/platform/sim/world.js";
import type { XsMemoryReport } from "../../../src/platform/sim/xs-memory-report.js";
import { loadRecord } from "../../../src/wfdb/record.js";
import { DEMO_RECORD } from "../../ecg-data.js";
import { CALL_BLOCK, CALL_NOTHING } from "./chain-device.js";

const BLOCK_BYTES = 4096;
/** As in the partition of hardware/esp32c3-supermini/partitions.csv: the journal keeps 48 bytes a block. */
const BLOCK_COUNT = 112;
/** Start of the run. [ms, Unix] */
const WALL_START_MS = Date.UTC(2026, 0, 1);
const SAMPLES_PER_TICK = WORLD_TICK_MS / 4;
/** Room that the broker's socket always has. [bytes] */
const WRITABLE_BYTES = 2048;
/** Before it the signal is being learned, and the firmware starts up. [ms] */
const SETTLED_MS = 15_000;

interface MeteredEngine extends Engine {
  readonly instructions?: number;
  readonly floatCalls?: number;
}

export interface MeteredTick {
  readonly instructions: number;
  readonly floatCalls: number;
  /** Beats found. */
  readonly beats: number;
  /** Beats classified. */
  readonly classes: number;
  readonly alerts: number;
  /** Messages published. */
  readonly published: number;
  /** Programs and erases of flash. */
  readonly flashOperations: number;
}

export interface MeteredRun {
  /** SHA-256 over all alerts and every byte of flash. */
  readonly digest: string;
  readonly alerts: number;
  readonly bootInstructions: number;
  readonly ticks: readonly MeteredTick[];
  readonly memory: XsMemoryReport | undefined;
  /** Slots and chunk bytes made in quiet ticks (no beat, no class, no alert, no message, no flash, no collection). */
  readonly quietSlots: number;
  readonly quietChunkBytes: number;
}

/** @param watchHeap Ask for the heap around each tick; slow. */
export async function meteredRun(startEngine: (hostCall: HostCall) => Promise<MeteredEngine>, seconds: number, watchHeap = false): Promise<MeteredRun> {
  const ecgUv = demoUv();
  const chip = new Max30003Emulator({ nextSample: (_index, timeUs) => ecgUv[Math.round(timeUs / 4000) % ecgUv.length] as number, leadOff: false });
  const flash = new NorFlash({ blockBytes: BLOCK_BYTES, blockCount: BLOCK_COUNT });
  const digest = createHash("sha256");
  const answers: (() => number | Promise<number>)[] = [];
  let [beats, classes, alerts, published, flashOperations] = [0, 0, 0, 0, 0];
  const onHostCall: HostCall = (op, a, b, bytes = new Uint8Array(0)) => {
    if (op === OP_SPI_TRANSFER) chip.transfer(bytes);
    if (op === OP_FLASH_READ) return flash.read(bytes, a) ? 1 : 0;
    if (op === OP_FLASH_WRITE || op === OP_FLASH_ERASE) {
      flashOperations++;
      return (op === OP_FLASH_WRITE ? flash.write(bytes, a) : flash.eraseBlock(a)) ? 1 : 0;
    }
    if (op === OP_MQTT_OPEN) {
      answers.push(() => engine.call(CALL_MQTT_CONTROL, 1, MQTT_CONNACK * 65536), () => engine.call(CALL_MQTT_WRITABLE, 1, WRITABLE_BYTES));
      return 1;
    }
    if (op === OP_MQTT_PUBLISH || op === OP_MQTT_PUBLISH_RETAINED) {
      published++;
      if (b > 0) answers.push(() => engine.call(CALL_MQTT_CONTROL, a, MQTT_PUBACK * 65536 + b));
      return WRITABLE_BYTES;
    }
    if (op === OP_BEAT) beats++;
    if (op === OP_BEAT_CLASS) classes++;
    if (op === OP_ALERT) {
      alerts++;
      digest.update(bytes);
    }
    return WRITABLE_BYTES;
  };
  const engine: MeteredEngine = await startEngine(onHostCall);
  const options = { config: {}, entropy: 1, flashBlockBytes: BLOCK_BYTES, flashBlockCount: BLOCK_COUNT };
  await engine.call(CALL_BOOT, 0, 0, new TextEncoder().encode(JSON.stringify(options)));
  const bootInstructions = engine.instructions ?? 0;
  const ticks: MeteredTick[] = [];
  let [alertsInAll, quietSlots, quietChunkBytes] = [0, 0, 0];
  for (let nowMs = WORLD_TICK_MS; nowMs <= seconds * 1000; nowMs += WORLD_TICK_MS) {
    chip.advanceTo(nowMs * 1000);
    [beats, classes, alerts, published, flashOperations] = [0, 0, 0, 0, 0];
    const before = watchHeap ? await engine.memory?.(false) : undefined;
    // The time is told once, as by NTP.
    await engine.call(CALL_TICK, nowMs, nowMs === WORLD_TICK_MS ? WALL_START_MS + nowMs : 0);
    const [instructions, floatCalls] = [engine.instructions ?? 0, engine.floatCalls ?? 0];
    const after = watchHeap ? await engine.memory?.(false) : undefined;
    if (beats + classes + alerts + published + flashOperations === 0 && before && after && nowMs > SETTLED_MS) {
      quietSlots = Math.max(quietSlots, after.slots - before.slots);
      quietChunkBytes = Math.max(quietChunkBytes, after.chunksBytes - before.chunksBytes);
    }
    ticks.push({ instructions, floatCalls, beats, classes, alerts, published, flashOperations });
    alertsInAll += alerts;
    for (const answer of answers.splice(0)) await answer();
  }
  const memory = await engine.memory?.(false);
  await engine.close();
  return { digest: digest.update(flash.image).digest("hex"), alerts: alertsInAll, bootInstructions, ticks, memory, quietSlots, quietChunkBytes };
}

/** @returns what EcgChain alone takes of a sample, mean of the blocks of a tick in which no beat is found or classified */
export async function meteredChain(startEngine: (hostCall: HostCall) => Promise<MeteredEngine>, seconds: number): Promise<number> {
  let beats = 0;
  const engine = await startEngine(() => ++beats);
  await engine.call(CALL_BOOT, 0, 0);
  const ecgUv = Int32Array.from(demoUv());
  let [sum, count] = [0, 0];
  for (let index = 0; index < (seconds * 1000) / WORLD_TICK_MS; index++) {
    // What the call into the firmware itself takes does not count.
    await engine.call(CALL_NOTHING, 0, 0);
    const empty = engine.instructions ?? 0;
    beats = 0;
    const first = (index * SAMPLES_PER_TICK) % (ecgUv.length - SAMPLES_PER_TICK);
    await engine.call(CALL_BLOCK, SAMPLES_PER_TICK, 0, new Uint8Array(ecgUv.slice(first, first + SAMPLES_PER_TICK).buffer));
    if (beats > 0 || index * WORLD_TICK_MS < SETTLED_MS) continue;
    sum += (engine.instructions ?? 0) - empty;
    count++;
  }
  await engine.close();
  return sum / count / SAMPLES_PER_TICK;
}

function demoUv(): ArrayLike<number> {
  const record = loadRecord(DEMO_RECORD, { lead: 0 });
  return resampleRecording((record.leads[0] as (typeof record.leads)[number]).samplesUv, record.sampleRateHz);
}

export interface Costs {
  /** Instructions a sample: ticks without beat, class, alert, message and flash. */
  readonly perSampleMean: number;
  readonly perSampleWorst: number;
  /** What a tick with one beat and nothing else costs more than one without. */
  readonly perBeatMean: number;
  readonly perBeatWorst: number;
  /** What a tick with an alert costs more: raising, journal, and sending what can be sent at once. */
  readonly perAlertMean: number;
  /** All ticks but those of the start. */
  readonly perTickWorst: number;
  /** All of it, in instructions a second. */
  readonly perSecond: number;
  readonly beats: number;
  /** Calls of soft-float routines in ticks without beat, class, alert, message and flash. */
  readonly sampleFloatCalls: number;
}

const isQuiet = (tick: MeteredTick): boolean => tick.beats + tick.classes + tick.alerts + tick.published + tick.flashOperations === 0;
const isOfBeat = (tick: MeteredTick): boolean => tick.beats === 1 && tick.alerts + tick.published + tick.flashOperations === 0;

/** Numbers of the ticks that `costsOf` takes for a kind of cost. */
export function tickKinds({ ticks }: MeteredRun): { name: string; indexes: number[] }[] {
  const settled = [...ticks.keys()].filter((index) => index >= SETTLED_MS / WORLD_TICK_MS);
  const take = (is: (tick: MeteredTick) => boolean): number[] => settled.filter((index) => is(ticks[index] as MeteredTick));
  const worst = Math.max(...settled.map((index) => (ticks[index] as MeteredTick).instructions));
  return [
    { name: "quiet tick, mean", indexes: take(isQuiet) },
    { name: "tick with a beat, mean", indexes: take(isOfBeat) },
    { name: "worst tick", indexes: take((tick) => tick.instructions === worst) },
  ];
}

export function costsOf({ ticks }: MeteredRun): Costs {
  const settled = ticks.slice(SETTLED_MS / WORLD_TICK_MS);
  const quiet = settled.filter(isQuiet);
  const ofBeats = settled.filter(isOfBeat);
  const ofAlerts = settled.filter((tick) => tick.alerts > 0);
  const instructions = (list: readonly MeteredTick[]): number[] => list.map((tick) => tick.instructions);
  const mean = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / Math.max(1, numbers.length);
  const quietMean = mean(instructions(quiet));
  return {
    perSampleMean: quietMean / SAMPLES_PER_TICK,
    perSampleWorst: Math.max(...instructions(quiet)) / SAMPLES_PER_TICK,
    perBeatMean: mean(instructions(ofBeats)) - quietMean,
    perBeatWorst: Math.max(...instructions(ofBeats)) - quietMean,
    perAlertMean: mean(instructions(ofAlerts)) - quietMean,
    perTickWorst: Math.max(...instructions(settled)),
    perSecond: mean(instructions(settled)) * (1000 / WORLD_TICK_MS),
    beats: settled.reduce((sum, tick) => sum + tick.beats, 0),
    sampleFloatCalls: Math.max(...quiet.map((tick) => tick.floatCalls)),
  };
}

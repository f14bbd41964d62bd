// The boards' composition roots with each front end: on emulated chips and a timer of the test, each hands the monitor its ECG.
import { beforeEach, describe, expect, it, vi } from "vitest";
import { AFES, BOARDS } from "../../../scripts/boards.js";
import { type Afe, AFE_OK } from "../../../src/contracts/afe.js";
import type { DigitalOptions } from "../../../src/contracts/digital.js";
import type { EcgSource } from "../../../src/contracts/emulation.js";
import type { Spi, SpiOptions } from "../../../src/contracts/spi.js";
import { Ads1292rEmulator } from "../../../src/drivers/ads1292r/emulator.js";
import { Max30003Emulator } from "../../../src/drivers/max30003/emulator.js";
import { RingAfe } from "../../../src/samples/ring-afe.js";
import { SAMPLE_RING_BYTES } from "../../../src/samples/sample-ring.js";
import { makeReading } from "../../contracts/afe.suite.js";
import type { FakeTimer } from "./fake-timer.js";

const { timer, world } = await vi.hoisted(async () => ({
  timer: new (await import("./fake-timer.js")).FakeTimer() as FakeTimer,
  world: { uv: 0, isOff: false, max30003: undefined as Max30003Emulator | undefined, ads1292r: undefined as Ads1292rEmulator | undefined, started: [] as unknown[], worker: [] as string[], rToR: [] as number[], order: [] as string[], signal: (_sampleIndex: number): number => world.uv },
}));

/** SDK 8.2.3: a calibrated conversion of an ESP32, scaled to 12 bits that end at 2450 mV. */
const countOf = (pinMv: number): number => Math.min(4095, Math.trunc((Math.trunc(pinMv) * 4095) / 2450));

vi.mock("timer", () => ({ default: timer }));
vi.mock("time", () => ({ default: { get ticks() { return timer.nowMs; }, get microseconds() { return timer.nowMs * 1000; } } }));
vi.mock("microseconds", () => ({}));
vi.mock("embedded:io/spi", () => ({
  default: class {
    readonly #bus: Spi;
    #selected = false;
    constructor(options: SpiOptions) {
      const chip = (options.mode === 1 ? world.ads1292r : world.max30003) as Ads1292rEmulator | Max30003Emulator;
      this.#bus = new (chip.busClass())(options);
    }
    transfer(bytes: Uint8Array): void {
      expect(this.#selected).toBe(false);
      this.#selected = true;
      this.#bus.transfer(bytes);
    }
    flush(deselect: boolean): void {
      if (deselect) this.#selected = false;
    }
    close(): void {
      this.#bus.close();
    }
  },
}));
vi.mock("embedded:io/digital", () => ({
  // DRDY has an edge; without one it is LO+ or LO-.
  default: Object.assign(function Digital(options: DigitalOptions) {
    return options.onReadable ? new ((world.ads1292r as Ads1292rEmulator).pinClass())(options) : { read: () => (world.isOff ? 1 : 0), close: () => {} };
  }, { InputPullUp: 1, Falling: 2 }),
}));
vi.mock("embedded:io/analog", () => ({
  // The breakout at 3.3 V with its gain of 1100, and the divider of 47 and 100 kohm.
  default: class {
    readonly resolution = 12;
    read(): number {
      world.order.push("sample");
      return countOf(((1650 + (world.uv * 1100) / 1000) * 100) / 147);
    }
    close(): void {}
  },
}));
vi.mock("../../../src/platform/xs/update.js", () => ({ updateOf: () => undefined }));
vi.mock("../../../hardware/common/start.js", () => ({ start: (...args: unknown[]) => world.started.push(...args) }));
vi.mock("../../../src/platform/xs/other-core.js", () => ({
  readOnOtherCore: (module: string, model: string, onRToR?: (intervalMs: number) => void) => {
    const memory = new SharedArrayBuffer(SAMPLE_RING_BYTES);
    world.worker.push(module);
    return Object.assign(new RingAfe(memory, model, onRToR), { memory });
  },
}));
vi.mock("../../../src/platform/xs/indicator.js", () => ({ TraceIndicator: class { readonly rToR = (intervalMs: number): number => world.rToR.push(intervalMs); } }));

const source: EcgSource = { nextSample: (sampleIndex) => world.signal(sampleIndex), get leadOff() { return world.isOff; } };

const load = (path: string): Promise<unknown> => import(/* @vite-ignore */ `../../../${path}.ts`);

/** Runs a board's program, and its worker's where it starts one. @returns its AFE as the monitor has it */
async function powerOn(board: string, afe: string): Promise<Afe> {
  await load(`hardware/${board}/${afe}/main`);
  const opened = (world.started[0] as () => Afe & { readonly memory?: SharedArrayBuffer })();
  if (!opened.memory) return opened;
  const scope = { onmessage: (_memory: unknown): void => {} };
  vi.stubGlobal("self", scope);
  await load(world.worker[0] as string);
  scope.onmessage(opened.memory);
  return opened;
}

/** Lets a tick of 40 ms pass. @returns what the AFE has for it, all readings together */
function tick(afe: Afe): { readonly samplesUv: number[]; readonly leadOff: boolean; readonly lost: number; readonly late: number } {
  for (let ms = 0; ms < 40; ms++) {
    timer.pass(1);
    world.max30003?.advanceTo(timer.nowMs * 1000);
    world.ads1292r?.advanceTo(timer.nowMs * 1000);
  }
  const reading = makeReading(32);
  const samplesUv: number[] = [];
  let [lost, late] = [0, 0];
  do {
    expect(afe.sample(reading)).toBe(AFE_OK);
    samplesUv.push(...reading.samplesUv.subarray(0, reading.count));
    lost += reading.lostSamples;
    late += reading.lateSamples;
  } while (reading.more);
  return { samplesUv, leadOff: reading.leadOff, lost, late };
}

beforeEach(() => {
  vi.resetModules();
  timer.reset();
  vi.stubGlobal("trace", () => {});
  Object.assign(world, { uv: 0, isOff: false, max30003: new Max30003Emulator(source), ads1292r: new Ads1292rEmulator(source), started: [], worker: [], rToR: [], order: [], signal: () => world.uv });
});

const targets = Object.keys(BOARDS).filter((board) => BOARDS[board]?.chip).flatMap((board) => Object.keys(AFES).map((afe) => [board, afe] as const));

describe.each(targets)("%s with %s", (board, name) => {
  it("gives its AFE's model, and 250 samples a second in microvolts, none lost or late", async () => {
    world.uv = 700;
    const afe = await powerOn(board, name);
    expect(afe.identification.model).toBe(AFES[name as keyof typeof AFES].title);
    for (let start = 0; start < 5; start++) tick(afe);
    const ticks = Array.from({ length: 25 }, () => tick(afe));
    const samples = ticks.flatMap(({ samplesUv }) => samplesUv);
    expect(Math.abs(samples.length - 250)).toBeLessThanOrEqual(1);
    // The ADC's step is 1 mV, 1.34 uV at the electrodes; the divider's and the SDK's roundings add two more.
    expect(samples.filter((uv) => Math.abs(uv - 700) > 5)).toEqual([]);
    expect(ticks.filter(({ lost, late, leadOff }) => lost > 0 || late > 0 || leadOff)).toEqual([]);
  });

  it("tells of an electrode that is off, and on again", async () => {
    const afe = await powerOn(board, name);
    for (let start = 0; start < 10; start++) tick(afe);
    world.isOff = true;
    const off = Array.from({ length: 10 }, () => tick(afe).leadOff);
    world.isOff = false;
    const on = Array.from({ length: 10 }, () => tick(afe).leadOff);
    expect([off[0], off.at(-1), on.at(-1)]).toEqual([false, true, false]);
  });
});

it.each(Object.keys(BOARDS).filter((board) => BOARDS[board]?.chip))("the MAX30003 of %s tells the indicator what it measures from R to R", async (board) => {
  /** A complex each 200 samples, 800 ms: a triangle of 80 ms and 1 mV. */
  world.signal = (sampleIndex) => Math.max(0, 1000 - 100 * Math.abs((sampleIndex % 200) - 10));
  const afe = await powerOn(board, "max30003");
  for (let ticks = 0; ticks < 250; ticks++) tick(afe);
  expect(world.rToR.length).toBeGreaterThan(8);
  expect(world.rToR.filter((intervalMs) => Math.abs(intervalMs - 800) > 8)).toEqual([]);
});

it("an AD8232's R wave of 1.3 mV is not clipped either way", async () => {
  const afe = await powerOn("xiao-esp32s3", "ad8232");
  for (const uv of [1300, -1300]) {
    world.uv = uv;
    tick(afe);
    const { samplesUv } = tick(afe);
    expect(samplesUv.filter((sample) => Math.abs(sample - uv) > 5)).toEqual([]);
  }
});

it.each(["xiao-esp32s3", "esp32c3-supermini"])("the ADS1292R of %s is read when it says so, and not when a timer does", async (board) => {
  const afe = await powerOn(board, "ads1292r");
  const chip = world.ads1292r as Ads1292rEmulator;
  tick(afe);
  const waiting = Array.from({ length: 200 }, () => {
    timer.pass(1);
    chip.advanceTo(timer.nowMs * 1000);
    return chip.dataReadyPin === 0;
  });
  expect(chip.lastReadIndex).toBeGreaterThan(40);
  expect(waiting).not.toContain(true);
});

it("on the one core a sample of the AD8232 that is due with the monitor's tick comes first", async () => {
  await load("hardware/esp32c3-supermini/ad8232/main");
  timer.repeat(() => world.order.push("tick"), 40);
  timer.pass(120);
  expect(world.order.filter((what, index) => what === "tick" || world.order[index + 1] === "tick")).toEqual(["sample", "tick", "sample", "tick", "sample", "tick"]);
  expect(world.order).toHaveLength(33);
});

describe("a stall of 80 ms on the one core", () => {
  it("costs the AD8232 its samples, counted, and those after it are punctual", async () => {
    const afe = await powerOn("esp32c3-supermini", "ad8232");
    for (let start = 0; start < 5; start++) tick(afe);
    timer.stall(80);
    const ticks = [tick(afe), tick(afe)];
    expect(ticks.map(({ lost }) => lost)).toEqual([19, 0]);
    expect(ticks.map(({ samplesUv }) => samplesUv.length)).toEqual([11, 10]);
    expect(ticks.map(({ late }) => late)).toEqual([0, 0]);
  });
});

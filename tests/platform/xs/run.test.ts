// run: the monitor's ticks, also after a stall, and wrong settings.
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Board } from "../../../src/contracts/board.js";
import { run } from "../../../src/platform/xs/run.js";
import type { FakeTimer } from "./fake-timer.js";

const { timer, made } = await vi.hoisted(async () => ({ timer: new (await import("./fake-timer.js")).FakeTimer() as FakeTimer, made: { tickMs: [] as number[], configs: [] as unknown[], throws: undefined as Error | undefined } }));
vi.mock("timer", () => ({ default: timer }));
vi.mock("../../../src/monitor/monitor.js", () => ({
  TICK_MS: 40,
  Monitor: class {
    constructor(_board: Board, config: unknown) {
      made.configs.push(config);
    }
    tick(): void {
      made.tickMs.push(timer.nowMs);
      if (made.throws) throw made.throws;
    }
  },
}));

const said: string[] = [];
const faults: unknown[] = [];
const onFault = (error: unknown): number => faults.push(error);
vi.stubGlobal("trace", (text: string) => said.push(text));
beforeEach(() => {
  timer.reset();
  said.length = faults.length = made.tickMs.length = made.configs.length = 0;
  made.throws = undefined;
});

describe("run", () => {
  it("ticks every 40 ms", () => {
    run({} as Board, {}, onFault);
    timer.pass(200);
    expect(made.tickMs).toEqual([40, 80, 120, 160, 200]);
  });

  it("ticks once after a stall, and then 40 ms later", () => {
    run({} as Board, {}, onFault);
    timer.pass(40);
    timer.stall(2000);
    timer.pass(80);
    expect(made.tickMs).toEqual([40, 2040, 2080, 2120]);
  });

  it("takes good settings", () => {
    run({} as Board, { deviceId: "ward-3", asystoleMs: 5000 }, onFault);
    expect(made.configs).toEqual([expect.objectContaining({ deviceId: "ward-3", asystoleMs: 5000 })]);
    expect(said).toEqual([]);
  });

  it("reports a wrong setting and monitors with the defaults", () => {
    run({} as Board, { deviceId: "ward-3", asystoleMs: 1 }, onFault);
    expect(made.configs).toEqual([expect.objectContaining({ asystoleMs: 4000 })]);
    expect(said).toEqual([expect.stringMatching(/^config\.asystoleMs: 1, expected .*; using the defaults\n$/)]);
  });

  it("lets no exception out of its timer: the fault is told, and nothing ticks any more", () => {
    run({} as Board, {}, onFault);
    made.throws = new Error("a defect");
    expect(() => timer.pass(200)).not.toThrow();
    expect(faults).toEqual([made.throws]);
    expect(made.tickMs).toEqual([40]);
  });
});

// XsClock and XsFlash: the SDK's time that wraps, and its flash that throws, as the contracts want them.
import { beforeEach, describe, expect, it, vi } from "vitest";
import { CLOCK_DRIFTED, CLOCK_SET, CLOCK_UNSET } from "../../../src/contracts/clock.js";
import { XsClock } from "../../../src/platform/xs/clock.js";
import { XsFlash } from "../../../src/platform/xs/flash.js";

const HOUR_MS = 3_600_000;
const time = vi.hoisted(() => ({ ms: 0, setSeconds: [] as number[] }));
vi.mock("time", () => ({
  default: {
    get ticks() {
      return time.ms | 0;
    },
    delta: (start: number, end: number) => (end - start) | 0,
    set: (seconds: number) => time.setSeconds.push(seconds),
  },
}));
beforeEach(() => {
  time.ms = 0;
  time.setSeconds.length = 0;
});

describe("XsClock", () => {
  it("goes on where the SDK's ticks wrap", () => {
    const clock = new XsClock();
    for (let day = 1; day <= 60; day++) {
      time.ms += 24 * HOUR_MS;
      expect(clock.monotonicMs()).toBe(day * 24 * HOUR_MS);
    }
  });
  it("has no wall time before it is set, and doubts it later", () => {
    const clock = new XsClock();
    expect([clock.wallMs(), clock.quality()]).toEqual([0, CLOCK_UNSET]);
    clock.set(1_800_000_000_000);
    expect(time.setSeconds).toEqual([1_800_000_000]);
    expect(clock.quality()).toBe(CLOCK_SET);
    time.ms += 14 * HOUR_MS;
    clock.monotonicMs();
    expect(clock.quality()).toBe(CLOCK_SET);
    time.ms += 1;
    clock.monotonicMs();
    expect(clock.quality()).toBe(CLOCK_DRIFTED);
  });
});

describe("XsFlash", () => {
  const status = () => ({ size: 8192, blockLength: 4096, blocks: 2 });
  const broken = (): never => {
    throw new Error("write failed");
  };

  it("passes operations on", () => {
    const log: unknown[] = [];
    const partition = { status, read: (...words: unknown[]) => log.push(["read", ...words]), write: (...words: unknown[]) => log.push(["write", ...words]), eraseBlock: (...words: unknown[]) => log.push(["erase", ...words]), close: () => {} };
    const flash = new XsFlash(partition);
    const bytes = new Uint8Array(3);
    expect([flash.blockBytes, flash.blockCount]).toEqual([4096, 2]);
    expect([flash.read(bytes, 7), flash.write(bytes, 9), flash.eraseBlock(1)]).toEqual([true, true, true]);
    expect(log).toEqual([["read", bytes, 7], ["write", bytes, 9], ["erase", 1]]);
  });
  it("turns faults of the part into values", () => {
    const flash = new XsFlash({ status, read: broken, write: broken, eraseBlock: broken, close: () => {} });
    expect([flash.read(new Uint8Array(1), 0), flash.write(new Uint8Array(1), 0), flash.eraseBlock(0)]).toEqual([false, false, false]);
  });
});

// TickClock: a counter that wraps, a time that steps, and how long it is trusted.
import { describe, expect, it } from "vitest";
import { CLOCK_DRIFTED, CLOCK_SET, CLOCK_TRUST_MS, CLOCK_UNSET } from "../../../src/contracts/clock.js";
import { TickClock } from "../../../src/platform/ecma419/tick-clock.js";

const DAY_MS = 86_400_000;
const WALL_MS = 1_800_000_000_000;

describe("TickClock", () => {
  it.each([["0", 0], ["just before the sign changes", 0x7fff_ffff - 5], ["just before zero", -5], ["just after the sign changed", -0x8000_0000], ["a Unix time", WALL_MS]])(
    "goes on over every wrap, from a counter that began at %s",
    (_name, start) => {
      let ticks = start;
      // A counter of Unix time does not wrap; one of 32 bits does.
      const wrap = (value: number): number => (start === WALL_MS ? value : value | 0);
      const clock = new TickClock(() => wrap(ticks));
      let passedMs = 0;
      for (const stepMs of [0, 1, 9, 40, 1000, DAY_MS, 24 * DAY_MS, 40, 24 * DAY_MS, 24 * DAY_MS, 24 * DAY_MS, 1]) {
        ticks += stepMs;
        passedMs += stepMs;
        expect(clock.monotonicMs()).toBe(passedMs);
      }
    },
  );
  it("never goes back, even if the counter does", () => {
    let ticks = 1000;
    const clock = new TickClock(() => ticks);
    ticks = 1500;
    expect(clock.monotonicMs()).toBe(500);
    ticks = 1400;
    expect(clock.monotonicMs()).toBe(500);
    ticks = 1410;
    expect(clock.monotonicMs()).toBe(510);
  });
  it("knows the time once told, also over a wrap, and steps only the wall time when told another", () => {
    let ticks = 0x7fff_ffff - 100;
    const clock = new TickClock(() => ticks | 0);
    expect([clock.wallMs(), clock.quality()]).toEqual([0, CLOCK_UNSET]);
    clock.set(WALL_MS);
    ticks += 1000;
    expect([clock.wallMs(), clock.monotonicMs()]).toEqual([WALL_MS + 1000, 1000]);
    clock.set(WALL_MS - 3_600_000);
    ticks += 10;
    expect([clock.wallMs(), clock.monotonicMs()]).toEqual([WALL_MS - 3_600_000 + 10, 1010]);
  });
  it("doubts the time after CLOCK_TRUST_MS, until it is told again", () => {
    let ticks = 0;
    const clock = new TickClock(() => ticks);
    clock.set(WALL_MS);
    ticks = CLOCK_TRUST_MS;
    expect(clock.quality()).toBe(CLOCK_SET);
    ticks += 1;
    expect(clock.quality()).toBe(CLOCK_DRIFTED);
    clock.set(WALL_MS + ticks);
    expect(clock.quality()).toBe(CLOCK_SET);
  });
});

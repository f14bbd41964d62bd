// TickClock: a counter that wraps, a time that steps, and how long it is trusted.
import { describe, expect, it } from "vitest";
import { CLOCK_DRIFTED, CLOCK_SET, CLOCK_TRUST_MS, CLOCK_UNSET } from "../../../src/contracts/clock.js";
import { DRIFT_MEASURED_MS_MIN, DRIFT_PPM_MAX, TickClock } from "../../../src/platform/ecma419/tick-clock.js";

const DAY_MS = 86_400_000;
const WALL_MS = 1_800_000_000_000;

describe("TickClock", () => {
  it.each([["0", 0], ["just before the sign changes", 0x7fff_ffff - 5], ["just before zero", -5], ["just after the sign changed", -0x8000_0000], ["a Unix time", WALL_MS]])(
    "goes on over every wrap, from a counter that began at %s",
    (_name, start) => {
      let ticks = start;
      // A counter of Unix time does not wrap; one of 32 bits does.
      const wrap = (value: number): number => (start === WALL_MS ? value : value | 0);
      const clock = new TickClock({ get ticks() { return wrap(ticks); } });
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
    const clock = new TickClock({ get ticks() { return ticks; } });
    ticks = 1500;
    expect(clock.monotonicMs()).toBe(500);
    ticks = 1400;
    expect(clock.monotonicMs()).toBe(500);
    ticks = 1410;
    expect(clock.monotonicMs()).toBe(510);
  });
  it("knows the time once told, also over a wrap, and steps only the wall time when told another", () => {
    let ticks = 0x7fff_ffff - 100;
    const clock = new TickClock({ get ticks() { return ticks | 0; } });
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
    const clock = new TickClock({ get ticks() { return ticks; } });
    clock.set(WALL_MS);
    ticks = CLOCK_TRUST_MS;
    expect(clock.quality()).toBe(CLOCK_SET);
    ticks += 1;
    expect(clock.quality()).toBe(CLOCK_DRIFTED);
    clock.set(WALL_MS + ticks);
    expect(clock.quality()).toBe(CLOCK_SET);
  });

  describe("of a crystal that is off", () => {
    const HOUR_MS = 3_600_000;
    type Telling = readonly [afterHours: number, offMs: number, isExact?: boolean];
    /** Tells the time after so many true hours each, with what NTP adds. @returns how far the clock is off 6 h after the last. [ms] */
    function errorMs(ppm: number, tellings: readonly Telling[]): number {
      let trueMs = 0;
      const clock = new TickClock({ get ticks() { return Math.round(trueMs * (1 + ppm / 1_000_000)); } });
      for (const [afterHours, offMs, isExact = true] of tellings) {
        trueMs += afterHours * HOUR_MS;
        clock.set(WALL_MS + trueMs + offMs, isExact);
      }
      trueMs += 6 * HOUR_MS;
      return clock.wallMs() - WALL_MS - trueMs;
    }

    it.each<[string, number, readonly Telling[], number]>([
      ["before it is told twice: by all that the crystal gains", 50, [[1, 0]], 1080],
      ["told twice: the gain is taken out", 50, [[1, 0], [6, 0]], 0],
      ["a slow one, too", -50, [[1, 0], [6, 0]], 0],
      ["by as much as is believed", DRIFT_PPM_MAX, [[1, 0], [6, 0]], 0],
      ["by more: it is left alone", DRIFT_PPM_MAX + 5, [[1, 0], [6, 0]], 10_908],
      ["told again too soon to measure, and then over the whole time", 50, [[1, 0], [0.5, 0], [0.25, 0], [0.5, 0]], 0],
      ["told again too soon to measure", 50, [[1, 0], [0.999, 0]], 1080],
      ["by a network that is 100 ms late the second time", 50, [[1, 0], [6, 100]], 200],
      ["by an operator, whose clock is a second off: nothing is learned from that", 50, [[1, 0], [6, 1000, false]], 1000 + 1080],
      ["by an operator in between", 50, [[1, 0], [3, 1000, false], [3, 0]], 0],
      ["by a network that was an hour wrong for a while", 50, [[1, 0], [6, 0], [6, HOUR_MS], [6, 0], [6, 0]], 0],
    ])("%s", (_name, ppm, tellings, expectedMs) => {
      expect(DRIFT_MEASURED_MS_MIN).toBe(HOUR_MS);
      expect(Math.abs(errorMs(ppm, tellings) - expectedMs)).toBeLessThanOrEqual(12);
    });
    it("does not go back while it is off, but for what is told", () => {
      let ticks = 0;
      const clock = new TickClock({ get ticks() { return ticks; } });
      clock.set(WALL_MS, true);
      ticks = 6 * HOUR_MS;
      clock.set(WALL_MS + ticks - 10_800, true);
      let before = clock.wallMs();
      for (let step = 0; step < 20_000; step++) {
        ticks += 1;
        expect(clock.wallMs()).toBeGreaterThanOrEqual(before);
        before = clock.wallMs();
      }
      expect(before).toBe(WALL_MS + 6 * HOUR_MS - 10_800 + 20_000 - 10);
    });
  });
});

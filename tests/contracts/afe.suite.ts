// Contract suite of an AFE: what every driver must do on its emulated chip. Call it from the driver's own test file.
import { beforeEach, describe, expect, it } from "vitest";
import { AFE_BUS_ERROR, AFE_OK, AFE_WRONG_CHIP } from "../../src/contracts/afe.js";
import type { Afe, AfeReading, AfeStatus } from "../../src/contracts/afe.js";

export type BusFault = "high" | "low" | "throws";

/** An emulated front end with its bus and its patient. */
export interface AfeRig {
  /** Makes a driver on this chip, by its constructor. */
  open(): Afe;
  /** Lets time go on. [ms] */
  runMs(durationMs: number): void;
  /** Signal at the electrodes by number of the conversion. [uV] */
  signal: (sampleIndex: number) => number;
  setLeadOff(off: boolean): void;
  setBus(state: "ok" | BusFault): void;
  /** Pulls the sensor out (its bus reads as it then does, and it loses power) or plugs it in again. */
  setPlugged(plugged: boolean): void;
  /** The supply fails for an instant: the chip is in its power-on state. */
  resetPower(): void;
  /** Another chip of the same sort of bus sits there. */
  setWrongChip(wrong: boolean): void;
  /** The chip answers but no longer samples. */
  setStopped(stopped: boolean): void;
  /** How many buses and pins are open now. */
  readonly openBuses: number;
  /** Number of the conversion whose sample was read out last. */
  readonly lastReadIndex: number;
}

export interface AfeSuiteOptions {
  readonly name: string;
  makeRig(): AfeRig;
  /** How often the driver is read. [ms] */
  readonly tickMs: number;
  /** What a driver may be off, beyond rounding to whole microvolts. [uV] */
  readonly roundingUv: number;
  /** Range within which the driver must be exact, and a voltage that must show as saturated. [uV] */
  readonly linearUv: number;
  readonly saturatingUv: number;
  /** A rate that the chip does not have. [Hz] */
  readonly impossibleRateHz: number;
  /** What the hardware has; parts of the suite that need what is missing are left out. */
  readonly supports: {
    /** There is a bus, and at its end a chip that can be told from another one and from nothing. */
    readonly identity: boolean;
    /** The chip samples by a clock of its own. */
    readonly clock: boolean;
    readonly leadOff: boolean;
    /** Samples wait in the chip, `fifoSamples` of them; more are an overrun. */
    readonly fifo: boolean;
  };
}

/** A driver must be at work again so long after a fault is over, and have noticed one so long after it began. [ms] */
const RECOVERY_MS = 400;
const NOTICE_MS = 250;

export function makeReading(samples: number): AfeReading {
  return { samplesUv: new Int32Array(samples), count: 0, leadOff: false, saturated: false, overrun: false, lostSamples: 0, lateSamples: 0, more: false };
}

export function afeSuite(options: AfeSuiteOptions): void {
  const { supports, linearUv, tickMs } = options;

  /** A different voltage for each of many samples, over the whole linear range: shows loss, repetition and order. */
  const distinct = (sampleIndex: number): number => ((sampleIndex * 797) % (2 * linearUv + 1)) - linearUv;

  describe(`${options.name}: AFE contract`, () => {
    let rig: AfeRig;
    let afe: Afe;
    let reading: AfeReading;

    /** One tick. */
    const tick = (durationMs = tickMs): AfeStatus => {
      rig.runMs(durationMs);
      return afe.sample(reading);
    };
    /** Ticks for so long, looking after each. */
    const ticksFor = (durationMs: number, look = (): void => {}): void => {
      for (let passedMs = 0; passedMs < durationMs; passedMs += tickMs) {
        tick();
        look();
      }
    };
    /** Ticks until samples come. */
    const untilSamples = (): void => {
      for (let passedMs = 0; passedMs < RECOVERY_MS; passedMs += tickMs) if (tick() === AFE_OK && reading.count > 0) return;
      throw new Error(`no samples within ${RECOVERY_MS} ms`);
    };
    /** Ticks until a fault shows. */
    const untilFault = (): void => {
      for (let passedMs = 0; passedMs < NOTICE_MS; passedMs += tickMs) if (tick() !== AFE_OK) return;
      throw new Error(`no fault within ${NOTICE_MS} ms`);
    };
    /** Compares a reading with the signal, by the conversions that it must have come from. */
    const expectSignal = (): void => {
      const first = rig.lastReadIndex - reading.count + 1;
      for (let index = 0; index < reading.count; index++) {
        const sampleUv = reading.samplesUv[index] as number;
        expect(Number.isInteger(sampleUv)).toBe(true);
        expect(Math.abs(sampleUv - rig.signal(first + index)), `sample ${first + index}`).toBeLessThanOrEqual(0.5 + options.roundingUv);
      }
    };

    beforeEach(() => {
      rig = options.makeRig();
      rig.signal = distinct;
      afe = rig.open();
      reading = makeReading(afe.fifoSamples);
    });

    it("says what it is", () => {
      expect(afe.identification.model).not.toBe("");
      expect(afe.identification.classification).toBe("ECG");
      expect(afe.fifoSamples).toBeGreaterThan(0);
      expect(afe.sampleRateHz).toBe(250);
    });

    it("hands over every sample once, in order, exact to the converter's step", () => {
      untilSamples();
      let next = rig.lastReadIndex + 1;
      for (let ticks = 0; ticks < 500; ticks++) {
        expect(tick()).toBe(AFE_OK);
        expect(rig.lastReadIndex).toBe(next + reading.count - 1);
        next += reading.count;
        expectSignal();
        expect(reading).toMatchObject({ leadOff: false, saturated: false, overrun: false, lostSamples: 0, lateSamples: 0 });
      }
    });

    it("delivers at its rate", () => {
      untilSamples();
      let count = 0;
      ticksFor(10_000, () => (count += reading.count));
      expect(Math.abs(count - 2500)).toBeLessThanOrEqual(1);
    });

    it("has nothing when no time has passed", () => {
      untilSamples();
      afe.sample(reading);
      expect(afe.sample(reading)).toBe(AFE_OK);
      expect(reading.count).toBeLessThanOrEqual(1);
    });

    it("refuses a rate that the chip does not have, and goes on at the old one", () => {
      expect(() => afe.configure({ sampleRateHz: options.impossibleRateHz })).toThrow(RangeError);
      expect(() => afe.configure({ sampleRateHz: options.impossibleRateHz })).toThrow(
        new RegExp(`sampleRateHz.*${options.impossibleRateHz}.*250`),
      );
      expect(afe.sampleRateHz).toBe(250);
      untilSamples();
    });

    it("can be configured again; the first reading is then no overrun", () => {
      untilSamples();
      afe.configure({ sampleRateHz: 250 });
      untilSamples();
      expect(reading.overrun).toBe(false);
      expectSignal();
    });

    it("shows saturation while it lasts", () => {
      untilSamples();
      for (const saturatingUv of [options.saturatingUv, -options.saturatingUv]) {
        rig.signal = () => saturatingUv;
        ticksFor(400);
        expect(reading.saturated).toBe(true);
        expect(reading.count).toBeGreaterThan(0);
        for (let index = 0; index < reading.count; index++) {
          expect(Math.abs(reading.samplesUv[index] as number)).toBeLessThanOrEqual(32767);
          expect(Math.sign(reading.samplesUv[index] as number)).toBe(Math.sign(saturatingUv));
        }
        rig.signal = distinct;
        // Fast recovery, where a chip has it, may take a second to end.
        ticksFor(1000);
        expect(reading.saturated).toBe(false);
      }
    });

    it("frees the bus on close, twice does no harm, and reports a bus error from then on", () => {
      untilSamples();
      expect(rig.openBuses).toBeGreaterThan(0);
      afe.close();
      afe.close();
      expect(rig.openBuses).toBe(0);
      expect(tick()).toBe(AFE_BUS_ERROR);
      expect(reading.count).toBe(0);
    });

    it.runIf(supports.clock)("makes a stopped chip visible, and goes on with an overrun when it samples again", () => {
      untilSamples();
      rig.setStopped(true);
      tick();
      ticksFor(2000, () => expect(reading.count).toBe(0));
      for (let ticks = 0; ticks < 10; ticks++) expect(tick()).toBe(AFE_BUS_ERROR);
      rig.setStopped(false);
      untilSamples();
      expect(reading.overrun).toBe(true);
      expectSignal();
    });

    describe.runIf(supports.leadOff)("lead-off", () => {
      it("shows within a second, stays while it lasts and goes within a second", () => {
        untilSamples();
        rig.setLeadOff(true);
        ticksFor(1000);
        ticksFor(2000, () => expect(reading.leadOff).toBe(true));
        rig.setLeadOff(false);
        ticksFor(1000);
        expect(reading.leadOff).toBe(false);
      });

      it("does not show for a touch of 50 ms", () => {
        untilSamples();
        rig.setLeadOff(true);
        ticksFor(50 - tickMs, () => expect(reading.leadOff).toBe(false));
        tick(50 % tickMs || tickMs);
        expect(reading.leadOff).toBe(false);
        rig.setLeadOff(false);
        ticksFor(400, () => expect(reading.leadOff).toBe(false));
      });
    });

    describe.runIf(supports.fifo)("FIFO", () => {
      it("hands over a full FIFO without loss", () => {
        untilSamples();
        const next = rig.lastReadIndex + 1;
        expect(tick((afe.fifoSamples - 1) * 4)).toBe(AFE_OK);
        expect(reading.count).toBeGreaterThanOrEqual(afe.fifoSamples - 1);
        expect(rig.lastReadIndex).toBe(next + reading.count - 1);
        expectSignal();
        tick();
        expect(reading.overrun).toBe(false);
      });

      it("takes a flat line for what it is, however long nobody reads", () => {
        rig.signal = () => 0;
        untilSamples();
        for (const waitMs of [20, 40, 60, 64, 68, 80, 100, (afe.fifoSamples - 1) * 4]) {
          const next = rig.lastReadIndex + 1;
          expect(tick(waitMs)).toBe(AFE_OK);
          expect(reading.overrun).toBe(false);
          expect(rig.lastReadIndex).toBe(next + reading.count - 1);
          expectSignal();
        }
      });

      it("reports an overrun no later than with the first samples after it, and only once", () => {
        untilSamples();
        const before = rig.lastReadIndex;
        rig.runMs((afe.fifoSamples + 5) * 4);
        expect(afe.sample(reading)).toBe(AFE_OK);
        let overrun = reading.overrun;
        while (reading.count === 0) {
          tick();
          overrun = overrun || reading.overrun;
        }
        expect(overrun).toBe(true);
        expect(rig.lastReadIndex).toBeGreaterThan(before + reading.count);
        expectSignal();
        tick();
        expect(reading.overrun).toBe(false);
        expectSignal();
      });
    });

    describe.runIf(!supports.fifo)("without a FIFO", () => {
      it.each([8, 12, 40, 80, 128, 2000])("marks what is lost in a stall of %d ms before the next sample, to within one", (stallMs) => {
        untilSamples();
        for (let stalls = 0; stalls < 5; stalls++) {
          ticksFor(1000);
          const next = rig.lastReadIndex + 1;
          tick(stallMs);
          while (reading.count === 0) tick();
          const lost = rig.lastReadIndex - next;
          expect(reading.overrun).toBe(true);
          expect(lost).toBeGreaterThan(0);
          expect(Math.abs(reading.lostSamples - lost)).toBeLessThanOrEqual(1);
          expectSignal();
          tick();
          expect(reading.overrun).toBe(false);
        }
      });
    });

    describe.runIf(supports.identity).each<BusFault>(["high", "low", "throws"])("bus dead (%s)", (fault) => {
      it("is a bus error without samples, and is over, with an overrun, soon after the bus is back", () => {
        untilSamples();
        rig.setBus(fault);
        untilFault();
        for (let ticks = 0; ticks < 30; ticks++) {
          expect(tick()).toBe(AFE_BUS_ERROR);
          expect(reading).toMatchObject({ count: 0, saturated: false, overrun: false });
        }
        rig.setBus("ok");
        untilSamples();
        expect(reading.overrun).toBe(true);
        expectSignal();
        expect(tick()).toBe(AFE_OK);
        expect(reading.overrun).toBe(false);
      });

      it("at configure is no exception", () => {
        rig.setBus(fault);
        afe.configure({ sampleRateHz: 250 });
        untilFault();
        rig.setBus("ok");
        untilSamples();
        expectSignal();
      });

      it("at the start makes the constructor throw, with its bus closed", () => {
        afe.close();
        rig.setBus(fault);
        expect(() => rig.open()).toThrow();
        expect(rig.openBuses).toBe(0);
      });
    });

    it.runIf(supports.identity)("survives a reset of the chip behind its back", () => {
      untilSamples();
      rig.resetPower();
      untilSamples();
      expect(reading.overrun).toBe(true);
      expectSignal();
    });

    it.runIf(supports.identity)("survives being unplugged and plugged in again", () => {
      untilSamples();
      rig.setPlugged(false);
      untilFault();
      for (let ticks = 0; ticks < 30; ticks++) {
        expect(tick()).toBe(AFE_BUS_ERROR);
        expect(reading.count).toBe(0);
      }
      rig.setPlugged(true);
      untilSamples();
      expect(reading.overrun).toBe(true);
      expectSignal();
    });

    it.runIf(!supports.identity)("shows by lead-off that it is unplugged, and goes on when it is plugged in again", () => {
      untilSamples();
      rig.setPlugged(false);
      ticksFor(NOTICE_MS);
      ticksFor(1000, () => expect(reading.leadOff).toBe(true));
      rig.setPlugged(true);
      ticksFor(RECOVERY_MS);
      ticksFor(1000, () => expect(reading).toMatchObject({ count: 1, leadOff: false, saturated: false, overrun: false }));
      expectSignal();
    });

    describe.runIf(supports.identity)("another chip", () => {
      it("at the start makes the constructor throw, with its bus closed", () => {
        afe.close();
        rig.setWrongChip(true);
        expect(() => rig.open()).toThrow(/expected/);
        expect(rig.openBuses).toBe(0);
      });

      it("plugged in later is reported as such, until the right one is back", () => {
        untilSamples();
        rig.setPlugged(false);
        untilFault();
        rig.setWrongChip(true);
        rig.setPlugged(true);
        untilFault();
        for (let ticks = 0; ticks < 30; ticks++) expect(tick()).toBe(AFE_WRONG_CHIP);
        rig.setWrongChip(false);
        untilSamples();
        expect(reading.overrun).toBe(true);
      });
    });
  });
}

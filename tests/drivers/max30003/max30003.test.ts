// MAX30003 driver on its emulator: the AFE contract, what it writes to the chip, odd timings and odd faults.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AFE_BUS_ERROR, AFE_OK } from "../../../src/contracts/afe.js";
import type { AfeReading, AfeStatus } from "../../../src/contracts/afe.js";
import { CHECK_READINGS } from "../../../src/drivers/max30003/codes.js";
import { Max30003 } from "../../../src/drivers/max30003/max30003.js";
import { field, REGISTERS } from "../../../src/drivers/max30003/registers.js";
import { afeSuite, makeReading } from "../../contracts/afe.suite.js";
import { Max30003Rig } from "./rig.js";

afeSuite({
  name: "MAX30003",
  makeRig: () => new Max30003Rig(),
  tickMs: 40,
  roundingUv: 0.5,
  linearUv: 31_900,
  saturatingUv: 40_000,
  impossibleRateHz: 300,
  supports: { identity: true, clock: true, leadOff: true, fifo: true },
});

/** What the chip is set to at 250 samples/s. */
const SET_UP = [
  ["EN_INT: EINT and EOVF to INTB, open drain with pull-up", 0x02, 0xc00003],
  ["MNGR_INT: EINT at 8 samples", 0x04, 0x380004],
  ["MNGR_DYN: automatic fast recovery at 41 * 2048", 0x05, 0xa90000],
  ["CNFG_EMUX: both inputs connected", 0x14, 0x000000],
  ["CNFG_ECG: 250/s, gain 20, no high-pass, low-pass 100 Hz", 0x15, 0x402000],
  ["CNFG_RTOR1: R-to-R detector left off", 0x1d, 0x3f2300],
  ["CNFG_GEN: FMSTR 01, ECG on, lead-off at 10 nA, 100 Mohm bias", 0x10, 0x181217],
] as const;

describe("set-up", () => {
  // Words worked out by hand from the data sheet's register descriptions.
  it.each(SET_UP)("%s", (_, address, word) => {
    const rig = new Max30003Rig();
    rig.open();
    expect(rig.chip.register(address).toString(16)).toBe(word.toString(16));
  });

  // The same by the register table.
  it("is as its fields say", () => {
    const rig = new Max30003Rig();
    rig.open().configure({ sampleRateHz: 250 });
    const { EN_INT, MNGR_INT, MNGR_DYN, CNFG_EMUX, CNFG_ECG, CNFG_GEN, CNFG_RTOR1 } = REGISTERS;
    const expected = [
      [EN_INT.address, EN_INT.EN_EINT | EN_INT.EN_EOVF | field(EN_INT.INTB_TYPE, 3)],
      [MNGR_INT.address, field(MNGR_INT.EFIT, 7) | MNGR_INT.CLR_SAMP],
      [MNGR_DYN.address, field(MNGR_DYN.FAST, 2) | field(MNGR_DYN.FAST_TH, 41)],
      [CNFG_EMUX.address, 0],
      [CNFG_RTOR1.address, CNFG_RTOR1.reset],
      [CNFG_ECG.address, field(CNFG_ECG.RATE, 1) | field(CNFG_ECG.GAIN, 0) | field(CNFG_ECG.DLPF, 2)],
      [
        CNFG_GEN.address,
        field(CNFG_GEN.FMSTR, 1) | CNFG_GEN.EN_ECG | field(CNFG_GEN.EN_DCLOFF, 1) | field(CNFG_GEN.DCLOFF_IMAG, 2) |
          field(CNFG_GEN.EN_RBIAS, 1) | field(CNFG_GEN.RBIASV, 1) | CNFG_GEN.RBIASP | CNFG_GEN.RBIASN,
      ],
    ];
    for (const [address = 0, word = 0] of expected) expect(rig.chip.register(address)).toBe(word);
  });

  it("gives 250 samples/s", () => {
    const rig = new Max30003Rig();
    const afe = rig.open();
    expect(afe.sampleRateHz).toBe(250);
    expect(rig.chip.sampleRateHz).toBe(250);
    const reading = makeReading(32);
    let count = 0;
    for (let ticks = 0; ticks < 1050; ticks++) {
      rig.runMs(20);
      expect(afe.sample(reading)).toBe(AFE_OK);
      if (ticks >= 50) count += reading.count;
    }
    expect(Math.abs(count - 20 * 250)).toBeLessThanOrEqual(1);
  });

  it("hands pins and clock to the bus", () => {
    const rig = new Max30003Rig();
    const Bus = rig.chip.busClass();
    let seen: unknown;
    const Spy = class extends Bus {
      constructor(options: ConstructorParameters<typeof Bus>[0]) {
        super(options);
        seen = options;
      }
    };
    new Max30003({ sensor: { io: Spy, hz: 1_000_000, select: 5, clock: 18 } });
    expect(seen).toMatchObject({ hz: 1_000_000, mode: 0, select: 5, clock: 18 });
  });

  it.each([
    ["wrong chip", (rig: Max30003Rig) => rig.setWrongChip(true), "MAX30003: register INFO reads 0x521000, expected 0x5.3... (another chip?)"],
    ["dead bus", (rig: Max30003Rig) => rig.setBus("high"), "MAX30003: register INFO reads 0xffffff, expected 0x5.3... (no usable answer on the SPI bus)"],
  ])("%s: one clear line", (_, fault, message) => {
    const rig = new Max30003Rig();
    fault(rig);
    expect(() => rig.open()).toThrow(message);
  });

  it("undoes what someone else has set", () => {
    const rig = new Max30003Rig();
    rig.chip.transfer(Uint8Array.of(0x12 << 1, 0x70, 0, 0)); // calibration source on
    rig.chip.transfer(Uint8Array.of(0x1d << 1, 0x3f, 0xa3, 0)); // R-to-R detector on
    rig.open();
    expect(rig.chip.register(0x12)).toBe(0x004800);
    expect(rig.chip.register(0x1d)).toBe(0x3f2300);
  });

  it("synchronises after the PLL has locked", () => {
    const rig = new Max30003Rig();
    const states: number[] = [];
    spy(rig, (bytes) => {
      if (bytes[0] === 0x09 << 1) states.push(rig.chip.register(0x01) & 0x100);
    });
    rig.chip.pllLockUs = 60_000;
    const { afe, reading } = running(rig, 0);
    expect(states).toEqual([]);
    for (let ticks = 0; ticks < 5; ticks++) read(rig, afe, reading);
    // Two readings see PLLINT: one that finds the PLL unlocked, and one to which it is still held.
    expect(states).toEqual([0x100, 0]);
    expectSamples(reading, false);
  });

  it("a set-up that was asked for while the bus was dead is done when it is back", () => {
    const rig = new Max30003Rig();
    const { afe, reading } = running(rig);
    rig.resetPower();
    rig.setBus("throws");
    afe.configure({ sampleRateHz: 250 });
    rig.setBus("ok");
    for (let ticks = 0; ticks < 5; ticks++) read(rig, afe, reading);
    expect(rig.chip.sampleRateHz).toBe(250);
    expect(reading.count).toBeGreaterThanOrEqual(9);
  });

  it("any revision will do", () => {
    const rig = new Max30003Rig();
    rig.chip.infoWord = 0x5a3fff;
    expect(() => rig.open()).not.toThrow();
  });
});

/** Calls `look` before each frame. */
function spy(rig: Max30003Rig, look: (bytes: Uint8Array) => void): void {
  const transfer = rig.chip.transfer.bind(rig.chip);
  rig.chip.transfer = (bytes) => {
    look(bytes);
    transfer(bytes);
  };
}

/** One tick of 40 ms and a reading. */
function read(rig: Max30003Rig, afe: Max30003, reading: AfeReading): AfeStatus {
  rig.runMs(40);
  return afe.sample(reading);
}

/** A driver that has been read for some ticks. */
function running(rig: Max30003Rig, ticks = 3): { afe: Max30003; reading: AfeReading } {
  const afe = rig.open();
  const reading = makeReading(32);
  for (let tick = 0; tick < ticks; tick++) read(rig, afe, reading);
  return { afe, reading };
}

/** A tick's worth: 10 samples, or 9 in the first tick after a start. */
function expectSamples(reading: AfeReading, overrun: boolean): void {
  expect([9, 10]).toContain(reading.count);
  expect(reading.overrun).toBe(overrun);
}

/** The signal tells each sample's number apart for 60,000 samples. */
const numbered = (sampleIndex: number): number => (sampleIndex % 60_000) - 30_000;

describe("timing", () => {
  it("loses and repeats nothing at any times of reading within the FIFO's depth, samples arriving during bursts included", () => {
    let readings = 0;
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 127_700 }), { minLength: 20, maxLength: 200 }),
        fc.constantFrom(500_000, 1_000_000, 4_000_000, 12_000_000),
        fc.integer({ min: -200, max: 200 }),
        (intervalsUs, hz, ppm) => {
          const rig = new Max30003Rig();
          rig.signal = numbered;
          rig.chip.crystalPpm = ppm;
          const afe = new Max30003({ sensor: { io: rig.chip.busClass(), hz } });
          const reading = makeReading(32);
          for (let ticks = 0; ticks < 3; ticks++) {
            rig.runMs(40);
            afe.sample(reading);
          }
          let next = rig.lastReadIndex + 1;
          for (const intervalUs of intervalsUs) {
            // Reading takes bus time, of which up to 2 ms at 500 kHz come on top of the interval.
            rig.runMs(Math.min(intervalUs, hz < 4_000_000 ? 120_000 : 127_700) / 1000);
            if (afe.sample(reading) !== AFE_OK || reading.overrun) return false;
            for (let index = 0; index < reading.count; index++) {
              if (reading.samplesUv[index] !== numbered(next)) return false;
              next++;
            }
            readings++;
          }
          return true;
        },
      ),
      { numRuns: 300, seed: 30003 },
    );
    expect(readings).toBeGreaterThan(10_000);
  });

  it("marks every loss at any times of reading, and nothing else", () => {
    let losses = 0;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 300_000 }), { minLength: 20, maxLength: 100 }), (intervalsUs) => {
        const rig = new Max30003Rig();
        rig.signal = numbered;
        const afe = rig.open();
        const reading = makeReading(32);
        rig.runMs(40);
        afe.sample(reading);
        let next = -1;
        for (const intervalUs of intervalsUs) {
          rig.runMs(intervalUs / 1000);
          if (afe.sample(reading) !== AFE_OK) return false;
          if (reading.count === 0) continue;
          const first = (reading.samplesUv[0] as number) + 30_000;
          if (next >= 0 && first !== next && !reading.overrun) return false;
          if (reading.overrun) {
            if (first <= next) return false;
            losses++;
          }
          for (let index = 0; index < reading.count; index++) {
            if (reading.samplesUv[index] !== numbered(first + index)) return false;
          }
          next = first + reading.count;
        }
        return true;
      }),
      { numRuns: 200, seed: 30003 },
    );
    expect(losses).toBeGreaterThan(100);
  });

  it("takes two frames a reading in the usual case", () => {
    const rig = new Max30003Rig();
    const { afe, reading } = running(rig, 5);
    const before = rig.chip.frames;
    read(rig, afe, reading);
    expect(reading.count).toBe(10);
    expect(rig.chip.frames - before).toBe(2);
  });

  it("follows the chip's crystal, not the nominal rate", () => {
    const rig = new Max30003Rig();
    rig.chip.crystalPpm = 10_000;
    const afe = rig.open();
    const reading = makeReading(32);
    let count = 0;
    for (let ticks = 0; ticks < 2501; ticks++) {
      rig.runMs(40);
      afe.sample(reading);
      if (ticks > 0) count += reading.count;
    }
    expect(Math.abs(count - 25_250)).toBeLessThanOrEqual(12);
  });
});

describe("corrupted frames", () => {
  it("never throw, never leave the driver stuck, never give more samples than the FIFO holds", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ byteIndex: fc.integer({ min: 0, max: 48 }), mask: fc.integer({ min: 1, max: 255 }), skip: fc.integer({ min: 0, max: 3 }) }),
          { minLength: 1, maxLength: 30 },
        ),
        (hits) => {
          const rig = new Max30003Rig();
          const afe = rig.open();
          const reading = makeReading(32);
          for (const hit of hits) {
            rig.runMs(40);
            rig.chip.corruptNextFrame(hit.byteIndex, hit.mask);
            afe.sample(reading);
            if (reading.count > 32) return false;
            for (let skip = 0; skip < hit.skip; skip++) {
              rig.runMs(40);
              afe.sample(reading);
            }
          }
          for (let ticks = 0; ticks < 10; ticks++) {
            rig.runMs(40);
            afe.sample(reading);
          }
          rig.runMs(40);
          return afe.sample(reading) === AFE_OK && reading.count === 10;
        },
      ),
      { numRuns: 500, seed: 30003 },
    );
  });

  it("a write that goes wrong at set-up is noticed", () => {
    const rig = new Max30003Rig();
    const { afe, reading } = running(rig);
    rig.resetPower();
    expect(read(rig, afe, reading)).toBe(AFE_BUS_ERROR);
    // Frames of a set-up: STATUS, INFO, SW_RST, then EN_INT written and read back; its bit EN_EINT is hit.
    let frame = 0;
    spy(rig, () => {
      if (frame++ === 3) rig.chip.corruptNextFrame(1, 0x80);
    });
    expect(read(rig, afe, reading)).toBe(AFE_BUS_ERROR);
    expect(read(rig, afe, reading)).toBe(AFE_OK);
  });

  it("STATUS shows bits that it does not have: a bus error, with nothing of the reading left", () => {
    const rig = new Max30003Rig();
    rig.signal = () => 40_000;
    const { afe, reading } = running(rig);
    expect(reading.saturated).toBe(true);
    rig.setLeadOff(true);
    for (let ticks = 0; ticks < 5; ticks++) read(rig, afe, reading);
    expect(reading.leadOff).toBe(true);
    let armed = true;
    spy(rig, (bytes) => {
      if (armed && bytes[0] === 0x03) {
        rig.chip.corruptNextFrame(3, 0x80);
        armed = false;
      }
    });
    expect(read(rig, afe, reading)).toBe(AFE_BUS_ERROR);
    expect(reading).toMatchObject({ count: 0, leadOff: false, saturated: false, overrun: false });
  });

  it.each(SET_UP)("%s: found out when it is something else, and set up anew with an overrun", (_, address, word) => {
    const rig = new Max30003Rig();
    const { afe, reading } = running(rig);
    // A bit with which the chip goes on sampling at its rate.
    const wrong = word ^ (address === REGISTERS.CNFG_ECG.address ? 0x1000 : 0x800000);
    rig.chip.transfer(Uint8Array.of(address << 1, wrong >> 16, wrong >> 8, wrong));
    let readings = 1;
    while (read(rig, afe, reading) === AFE_OK) expect(++readings).toBeLessThanOrEqual(SET_UP.length * CHECK_READINGS);
    expect(reading).toMatchObject({ count: 0, overrun: false });
    expect(read(rig, afe, reading)).toBe(AFE_OK);
    expect(rig.chip.register(address)).toBe(word);
    while (reading.count === 0) expect(read(rig, afe, reading)).toBe(AFE_OK);
    expectSamples(reading, true);
  });

  it("a bus that answers what it is sent, out to in, is none", () => {
    const rig = new Max30003Rig();
    const { afe, reading } = running(rig);
    rig.chip.transfer = () => {};
    expect(read(rig, afe, reading)).toBe(AFE_BUS_ERROR);
    for (let ticks = 0; ticks < 5; ticks++) expect(read(rig, afe, reading)).not.toBe(AFE_OK);
    expect(() => rig.open()).toThrow();
  });

  it("a burst of zeros from a bus that is well again is not taken for samples", () => {
    const rig = new Max30003Rig();
    const { afe, reading } = running(rig);
    const transfer = rig.chip.transfer.bind(rig.chip);
    rig.chip.transfer = (bytes) => {
      if (bytes.length > 4) bytes.fill(0);
      else transfer(bytes);
    };
    expect(read(rig, afe, reading)).toBe(AFE_BUS_ERROR);
    expect(reading.count).toBe(0);
  });
});

describe("a chip that stops", () => {
  it("for a moment, by its clock: the samples that never were are an overrun", () => {
    const rig = new Max30003Rig();
    const { afe, reading } = running(rig);
    rig.runMs(5);
    rig.chip.clockStopped = true;
    rig.runMs(10);
    rig.chip.clockStopped = false;
    rig.runMs(15);
    expect(afe.sample(reading)).toBe(AFE_OK);
    expect(reading.count).toBe(0);
    read(rig, afe, reading);
    expectSamples(reading, true);
    read(rig, afe, reading);
    expectSamples(reading, false);
  });

  it("for good, in itself: shows within a second or so, and is cured by a new set-up after ten", () => {
    const rig = new Max30003Rig();
    const { afe, reading } = running(rig);
    rig.chip.hang();
    let ticks = 0;
    while (read(rig, afe, reading) === AFE_OK) ticks++;
    expect(ticks).toBeLessThanOrEqual(26);
    while (read(rig, afe, reading) !== AFE_OK) {
      expect(reading).toMatchObject({ count: 0, overrun: false });
      expect(++ticks).toBeLessThanOrEqual(260);
    }
    expectSamples(reading, true);
  });

  it("and goes on by itself: an overrun all the same", () => {
    const rig = new Max30003Rig();
    const { afe, reading } = running(rig);
    // For 40 readings, all that the driver sees is an empty FIFO.
    const transfer = rig.chip.transfer.bind(rig.chip);
    rig.chip.transfer = (bytes) => {
      const isBurst = bytes[0] === 0x41;
      transfer(bytes);
      if (isBurst) for (let at = 1; at < bytes.length; at++) bytes[at] = at % 3 === 0 ? 0x30 : 0;
    };
    for (let ticks = 0; ticks < 40; ticks++) read(rig, afe, reading);
    rig.chip.transfer = transfer;
    expect(read(rig, afe, reading)).toBe(AFE_OK);
    expectSamples(reading, true);
  });
});

describe("a PLL that locks at once", () => {
  it("leaves no trace in STATUS, and a fault is an overrun all the same", () => {
    const rig = new Max30003Rig();
    rig.chip.pllLockUs = 0;
    const { afe, reading } = running(rig, 1);
    expectSamples(reading, false);
    rig.setBus("throws");
    read(rig, afe, reading);
    rig.setBus("ok");
    read(rig, afe, reading);
    read(rig, afe, reading);
    expectSamples(reading, true);
  });
});

describe("fast recovery", () => {
  it("shows as saturated for half a second after a long saturation is over, with every sample's time kept", () => {
    const rig = new Max30003Rig();
    const { afe, reading } = running(rig);
    rig.signal = () => 40_000;
    for (let ticks = 0; ticks < 5; ticks++) {
      rig.runMs(40);
      afe.sample(reading);
    }
    rig.signal = () => 0;
    let saturatedTicks = 0;
    for (let ticks = 0; ticks < 25; ticks++) {
      rig.runMs(40);
      afe.sample(reading);
      expect(reading.count).toBe(10);
      if (reading.saturated) saturatedTicks++;
    }
    expect(saturatedTicks).toBeGreaterThanOrEqual(9);
    expect(saturatedTicks).toBeLessThanOrEqual(13);
  });
});

describe("R-to-R", () => {
  /** A complex every so many samples: a triangle of 80 ms and 1 mV. */
  const complexes = (every: number) => (sampleIndex: number): number => Math.max(0, 1000 - 100 * Math.abs((sampleIndex % every) - 10));

  it.each([[75, 300], [200, 800], [251, 1004]])("hears of the chip's intervals: a complex every %d samples is one of %d ms", (every, ms) => {
    const rig = new Max30003Rig();
    rig.signal = complexes(every);
    const heard: number[] = [];
    const afe = new Max30003({ sensor: { io: rig.chip.busClass() }, onRToR: (intervalMs) => heard.push(intervalMs) });
    expect(rig.chip.register(0x1d)).toBe(0x3fa300);
    const reading = makeReading(32);
    let count = 0;
    for (let ticks = 0; ticks < 1000; ticks++) {
      expect(read(rig, afe, reading)).toBe(AFE_OK);
      expect(reading).toMatchObject({ leadOff: false, saturated: false, overrun: false });
      count += reading.count;
    }
    expect(Math.abs(count - 10_000)).toBeLessThanOrEqual(20);
    expect(Math.abs(heard.length - 40_000 / ms)).toBeLessThanOrEqual(3);
    expect(heard.filter((intervalMs) => Math.abs(intervalMs - ms) > 8)).toEqual([]);
  });

  it("costs one frame more, once an interval", () => {
    const rig = new Max30003Rig();
    rig.signal = complexes(200);
    let heard = 0;
    const afe = new Max30003({ sensor: { io: rig.chip.busClass() }, onRToR: () => heard++ });
    const reading = makeReading(32);
    for (let ticks = 0; ticks < CHECK_READINGS; ticks++) read(rig, afe, reading);
    const [framesBefore, heardBefore] = [rig.chip.frames, heard];
    for (let ticks = 0; ticks < 10 * CHECK_READINGS; ticks++) read(rig, afe, reading);
    expect(heard - heardBefore).toBeGreaterThanOrEqual(15);
    expect(rig.chip.frames - framesBefore).toBe(20 * CHECK_READINGS + 10 + heard - heardBefore);
  });

  it("is not heard of where nobody asked, whatever STATUS says", () => {
    const rig = new Max30003Rig();
    rig.signal = complexes(200);
    const { afe, reading } = running(rig, 200);
    const transfer = rig.chip.transfer.bind(rig.chip);
    rig.chip.transfer = (bytes) => {
      const isStatus = bytes[0] === 0x03;
      transfer(bytes);
      if (isStatus) bytes[2] = (bytes[2] as number) | 0x04;
    };
    expect(read(rig, afe, reading)).toBe(AFE_OK);
    expectSamples(reading, false);
  });
});

it("does not write to a chip that it does not know", () => {
  const rig = new Max30003Rig();
  rig.setWrongChip(true);
  let writes = 0;
  spy(rig, (bytes) => {
    if (((bytes[0] as number) & 1) === 0) writes++;
  });
  expect(() => rig.open()).toThrow();
  expect(writes).toBe(0);
});

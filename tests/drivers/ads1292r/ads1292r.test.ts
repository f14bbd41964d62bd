// ADS1292R driver on its emulator: the AFE contract, what it writes to the chip, late readings, electrode offsets and odd faults.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AFE_BUS_ERROR, AFE_OK } from "../../../src/contracts/afe.js";
import type { AfeReading } from "../../../src/contracts/afe.js";
import { Ads1292r } from "../../../src/drivers/ads1292r/ads1292r.js";
import { REGISTERS, field } from "../../../src/drivers/ads1292r/registers.js";
import { afeSuite, makeReading } from "../../contracts/afe.suite.js";
import { Ads1292rRig } from "./rig.js";

afeSuite({
  name: "ADS1292R",
  makeRig: () => new Ads1292rRig(),
  tickMs: 4,
  roundingUv: 0.5,
  linearUv: 32_700,
  saturatingUv: 450_000,
  impossibleRateHz: 300,
  supports: { identity: true, clock: true, leadOff: true, fifo: false },
});

/** A driver that has been read for a second. */
function running(rig: Ads1292rRig): { afe: Ads1292r; reading: AfeReading } {
  const afe = rig.open();
  const reading = makeReading(1);
  pass(rig, afe, reading, 250);
  return { afe, reading };
}

function pass(rig: Ads1292rRig, afe: Ads1292r, reading: AfeReading, ticks: number, look = (): void => {}): void {
  for (let tick = 0; tick < ticks; tick++) {
    rig.runMs(4);
    afe.sample(reading);
    look();
  }
}

describe("set-up", () => {
  // Bytes worked out by hand from the data sheet's register map.
  it.each([
    ["CONFIG1: 250/s, continuous", 0x01, 0x01],
    ["CONFIG2: lead-off comparators, reference buffer, 2.42 V", 0x02, 0xe0],
    ["LOFF: 95 %, 6 nA, DC", 0x03, 0x10],
    ["CH1SET: off and shorted", 0x04, 0x81],
    ["CH2SET: gain 6, electrodes", 0x05, 0x00],
    ["RLD_SENS: right leg drive from channel 2", 0x06, 0x2c],
    ["LOFF_SENS: both inputs of channel 2", 0x07, 0x0c],
    ["RESP1: respiration off", 0x09, 0x02],
    ["RESP2: right leg drive about mid-supply", 0x0a, 0x03],
    ["GPIO: outputs, low", 0x0b, 0x00],
  ])("%s", (_, address, value) => {
    const rig = new Ads1292rRig();
    rig.open();
    expect(rig.chip.register(address).toString(16)).toBe(value.toString(16));
  });

  // The same by the register table.
  it.each([[125, 0], [250, 1], [500, 2]])("%d samples/s: DR %d, and the rest as its fields say", (sampleRateHz, dataRate) => {
    const rig = new Ads1292rRig();
    rig.open().configure({ sampleRateHz });
    const { CONFIG1, CONFIG2, LOFF, CH1SET, CH2SET, RLD_SENS, LOFF_SENS, RESP1, RESP2, GPIO } = REGISTERS;
    const expected = [
      [CONFIG1.address, field(CONFIG1.DR, dataRate)],
      [CONFIG2.address, CONFIG2.fixed | CONFIG2.PDB_LOFF_COMP | CONFIG2.PDB_REFBUF],
      [LOFF.address, LOFF.fixed],
      [CH1SET.address, CH1SET.PD | field(CH1SET.MUX, 1)],
      [CH2SET.address, field(CH2SET.GAIN, 0) | field(CH2SET.MUX, 0)],
      [RLD_SENS.address, RLD_SENS.PDB_RLD | RLD_SENS.RLD2N | RLD_SENS.RLD2P],
      [LOFF_SENS.address, LOFF_SENS.LOFF2N | LOFF_SENS.LOFF2P],
      [RESP1.address, RESP1.fixed],
      [RESP2.address, RESP2.fixed | RESP2.RLDREF_INT],
      [GPIO.address, 0],
    ];
    for (const [address = 0, byte = 0] of expected) expect(rig.chip.register(address)).toBe(byte);
  });

  it.each([125, 250, 500])("gives %d samples/s", (sampleRateHz) => {
    const rig = new Ads1292rRig();
    const afe = rig.open();
    afe.configure({ sampleRateHz });
    expect(afe.sampleRateHz).toBe(sampleRateHz);
    expect(rig.chip.sampleRateHz).toBeCloseTo(sampleRateHz, 9);
    const reading = makeReading(1);
    let count = 0;
    for (let ms = 0; ms < 10_000; ms++) {
      rig.runMs(1);
      expect(afe.sample(reading)).toBe(AFE_OK);
      expect(reading.overrun).toBe(false);
      count += reading.count;
    }
    expect(Math.abs(count - 10 * sampleRateHz)).toBeLessThanOrEqual(9);
  });

  it.each([
    ["wrong chip", (rig: Ads1292rRig) => rig.setWrongChip(true), "ADS1292R: register ID reads 0x53, expected 0x73 (another chip?)"],
    ["dead bus", (rig: Ads1292rRig) => rig.setBus("high"), "ADS1292R: no usable answer on the SPI bus (register ID reads 0xff, expected 0x73)"],
    ["a clock that leaves no time to decode", (rig: Ads1292rRig) => void (rig.open = () => new Ads1292r({
      sensor: { io: rig.chip.busClass(), hz: 4_000_000 }, alert: { io: rig.chip.pinClass() }, nowMs: () => 0,
    })), "ADS1292R: no usable answer on the SPI bus (register ID reads 0x00, expected 0x73)"],
  ])("%s: one clear line", (_, fault, message) => {
    const rig = new Ads1292rRig();
    fault(rig);
    expect(() => rig.open()).toThrow(message);
    expect(rig.openBuses).toBe(0);
  });

  it("undoes what someone else has set", () => {
    const rig = new Ads1292rRig();
    rig.chip.transfer(Uint8Array.of(0x11));
    rig.chip.transfer(Uint8Array.of(0x45, 0, 0x85));
    expect(rig.chip.register(0x05)).toBe(0x85);
    rig.open();
    expect(rig.chip.register(0x05)).toBe(0);
  });

  it("does not write to a chip that it does not know", () => {
    const rig = new Ads1292rRig();
    rig.setWrongChip(true);
    const transfer = rig.chip.transfer.bind(rig.chip);
    let writes = 0;
    rig.chip.transfer = (bytes) => {
      if (((bytes[0] as number) & 0xe0) === 0x40) writes++;
      transfer(bytes);
    };
    expect(() => rig.open()).toThrow();
    expect(writes).toBe(0);
  });
});

it("asks for service at each data-ready", () => {
  const rig = new Ads1292rRig();
  let alerts = 0;
  rig.open(() => alerts++);
  for (let tick = 0; tick < 250; tick++) rig.runMs(4);
  expect(alerts).toBeGreaterThanOrEqual(245);
});

it("takes one frame a sample", () => {
  const rig = new Ads1292rRig();
  const { afe, reading } = running(rig);
  const before = rig.chip.frames;
  pass(rig, afe, reading, 100);
  expect(rig.chip.frames - before).toBe(100);
});

it("reads again when new data come during a frame", () => {
  const rig = new Ads1292rRig();
  rig.signal = (sampleIndex) => sampleIndex % 1000;
  const { afe, reading } = running(rig);
  // Conversions come 0.3 ms or so after a multiple of 4 ms; this walks over that instant in steps of 10 us.
  for (let step = 0; step < 400; step++) {
    rig.runMs(4.01);
    if (afe.sample(reading) !== AFE_OK || reading.count === 0) continue;
    expect(reading.samplesUv[0]).toBe(rig.lastReadIndex % 1000);
  }
});

describe("late readings", () => {
  it("every loss is marked, nothing else is, and the numbers stay true to within one, whatever the delays", () => {
    let losses = 0;
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 20, arbitrary: fc.double({ min: 0, max: 1.9, noNaN: true }) }, { weight: 1, arbitrary: fc.double({ min: 8, max: 300, noNaN: true }) }), { minLength: 200, maxLength: 600 }), fc.integer({ min: -200, max: 200 }), (delaysMs, ppm) => {
        const rig = new Ads1292rRig();
        rig.chip.crystalPpm = ppm;
        const afe = rig.open();
        const reading = makeReading(1);
        let number = -1;
        let firstIndex = -1;
        for (const delayMs of delaysMs) {
          // The next data-ready, and a while.
          while (rig.chip.dataReadyPin === 1) rig.runMs(0.01);
          rig.runMs(delayMs);
          const before = rig.lastReadIndex;
          if (afe.sample(reading) !== AFE_OK) return false;
          if (reading.count === 0) return false;
          number += 1 + reading.lostSamples;
          if (firstIndex < 0) firstIndex = rig.lastReadIndex;
          const lost = before < 0 ? 0 : rig.lastReadIndex - before - 1;
          if (lost > 1 && !reading.overrun) return false;
          if (lost === 0 && reading.lostSamples > 1) return false;
          if (lost > 0) losses++;
          if (Math.abs(rig.lastReadIndex - firstIndex - number) > 1) return false;
        }
        return true;
      }),
      { numRuns: 40, seed: 1292 },
    );
    expect(losses).toBeGreaterThan(300);
  });

  it("a delay of up to 1.9 ms alone marks nothing in a minute, at either end of the crystal's tolerance", () => {
    for (const ppm of [-200, 200]) {
      const rig = new Ads1292rRig();
      rig.chip.crystalPpm = ppm;
      const afe = rig.open();
      const reading = makeReading(1);
      for (let sample = 0; sample < 15_000; sample++) {
        while (rig.chip.dataReadyPin === 1) rig.runMs(0.05);
        rig.runMs(((sample * 7) % 20) / 10.6);
        expect(afe.sample(reading)).toBe(AFE_OK);
        expect(reading).toMatchObject({ count: 1, overrun: false });
      }
    }
  });
});

describe("electrode offset", () => {
  it.each([300_000, -150_000, 40_000])("of %d uV shows as saturated for 100 ms and is then taken for zero", (offsetUv) => {
    const rig = new Ads1292rRig();
    const { afe, reading } = running(rig);
    rig.signal = () => offsetUv;
    let saturated = 0;
    pass(rig, afe, reading, 50, () => void (reading.saturated && saturated++));
    expect(saturated).toBe(25);
    expect(reading.samplesUv[0]).toBe(0);
    rig.signal = (sampleIndex) => offsetUv + (sampleIndex % 100) * 10;
    pass(rig, afe, reading, 100, () => expect(Math.abs((reading.samplesUv[0] as number) - (rig.lastReadIndex % 100) * 10)).toBeLessThanOrEqual(1));
  });

  it("a spike of 96 ms moves nothing", () => {
    const rig = new Ads1292rRig();
    const { afe, reading } = running(rig);
    rig.signal = () => 100_000;
    pass(rig, afe, reading, 24);
    expect(reading.samplesUv[0]).toBeGreaterThan(32_760);
    rig.signal = () => 500;
    pass(rig, afe, reading, 2);
    expect(reading).toMatchObject({ saturated: false });
    expect(reading.samplesUv[0]).toBe(500);
  });
});

describe("corrupted frames", () => {
  it("never throw, and never leave the driver stuck", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ byteIndex: fc.integer({ min: 0, max: 12 }), mask: fc.integer({ min: 1, max: 255 }), skip: fc.integer({ min: 0, max: 30 }) }), { minLength: 1, maxLength: 30 }),
        (hits) => {
          const rig = new Ads1292rRig();
          const { afe, reading } = running(rig);
          for (const hit of hits) {
            rig.runMs(4);
            rig.chip.corruptNextFrame(hit.byteIndex, hit.mask);
            afe.sample(reading);
            if (reading.count > 1) return false;
            pass(rig, afe, reading, hit.skip);
          }
          pass(rig, afe, reading, 100);
          rig.runMs(4);
          return afe.sample(reading) === AFE_OK && reading.count === 1;
        },
      ),
      { numRuns: 200, seed: 1292 },
    );
  });

  it("a write that goes wrong at set-up is noticed", () => {
    const rig = new Ads1292rRig();
    const transfer = rig.chip.transfer.bind(rig.chip);
    rig.chip.transfer = (bytes) => {
      if (bytes[0] === 0x41) rig.chip.corruptNextFrame(6, 0x04);
      transfer(bytes);
    };
    expect(() => rig.open()).toThrow("no usable answer");
  });
});

it("shows a chip that stops after at most 104 ms, and again and again until it is back", () => {
  const rig = new Ads1292rRig();
  const { afe, reading } = running(rig);
  rig.setStopped(true);
  let ticks = 0;
  while (afe.sample(reading) === AFE_OK) {
    rig.runMs(4);
    ticks++;
  }
  expect(ticks).toBeLessThanOrEqual(27);
  pass(rig, afe, reading, 500, () => expect(reading.count).toBe(0));
  expect(afe.sample(reading)).toBe(AFE_BUS_ERROR);
});

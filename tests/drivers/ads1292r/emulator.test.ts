// The ADS1292R emulator alone, against the data sheet: modes, registers, frames, DRDY, rates, lead-off.
import { beforeEach, describe, expect, it } from "vitest";
import { Ads1292rEmulator } from "../../../src/drivers/ads1292r/emulator.js";
import { REGISTERS } from "../../../src/drivers/ads1292r/registers.js";

const source = { nextSample: (sampleIndex: number): number => signal(sampleIndex), leadOff: false };
let signal: (sampleIndex: number) => number;
let chip: Ads1292rEmulator;
let nowUs: number;

beforeEach(() => {
  signal = () => 0;
  source.leadOff = false;
  chip = new Ads1292rEmulator(source);
  nowUs = 0;
});

function runMs(durationMs: number): void {
  nowUs += durationMs * 1000;
  chip.advanceTo(nowUs);
}
function send(...bytes: number[]): number[] {
  const frame = Uint8Array.from(bytes);
  chip.transfer(frame);
  return [...frame];
}
const read = (address: number): number => send(0x20 | address, 0, 0)[2] as number;
const write = (address: number, value: number): void => void send(0x40 | address, 0, value);
const data = (): number[] => send(...Array<number>(9).fill(0));
/** Set up for 250/s with the reference on, in the data mode, started. */
function start(): void {
  send(0x11);
  write(0x01, 0x01);
  write(0x02, 0xe0);
  write(0x07, 0x0c);
  send(0x10);
  send(0x08);
}

describe("registers", () => {
  it("can't be reached before SDATAC, since the chip comes up in its data mode", () => {
    expect(read(0x00)).toBe(0);
    send(0x11);
    expect(read(0x00)).toBe(0x73);
  });

  it.each(Object.entries(REGISTERS))("%s has its power-on value", (_, { address, reset }) => {
    send(0x11);
    expect(read(address)).toBe(reset);
  });

  it.each([
    ["ID is read-only", 0x00, 0x73], ["CONFIG1", 0x01, 0x87], ["CONFIG2", 0x02, 0xfb], ["LOFF", 0x03, 0xfd], ["CH1SET", 0x04, 0xff], ["CH2SET", 0x05, 0xff],
    ["RLD_SENS", 0x06, 0xff], ["LOFF_SENS", 0x07, 0x3f], ["LOFF_STAT, all but CLK_DIV read-only", 0x08, 0x40], ["RESP1", 0x09, 0xff], ["RESP2", 0x0a, 0x87],
    ["GPIO: inputs read low", 0x0b, 0x0c],
  ])("%s", (_, address, all) => {
    send(0x11);
    write(address, 0xff);
    expect(read(address).toString(16)).toBe(all.toString(16));
  });

  it("several at once", () => {
    send(0x11);
    send(0x44, 1, 0x81, 0x60);
    expect(send(0x24, 1, 0, 0)).toEqual([0, 0, 0x81, 0x60]);
  });
});

describe("data", () => {
  it("come first a little more than four periods after START, then each period", () => {
    start();
    runMs(15.9);
    expect(chip.dataReadyPin).toBe(1);
    runMs(0.5);
    expect(chip.dataReadyPin).toBe(0);
    data();
    expect(chip.dataReadyPin).toBe(1);
    runMs(4);
    expect(chip.dataReadyPin).toBe(0);
  });

  // 1000 uV * 6 / 2.42 V * (2^23 - 1) = 20,798.2
  it.each([[1000, [0x00, 0x51, 0x3e]], [-1000, [0xff, 0xae, 0xc2]], [500_000, [0x7f, 0xff, 0xff]], [-500_000, [0x80, 0x00, 0x00]]])("%d uV", (uv, bytes) => {
    signal = () => uv;
    start();
    runMs(20);
    expect(data()).toEqual([0xc0, 0, 0, 0, 0, 0, ...bytes]);
  });

  it("are 0 without a reference, with shorted inputs and with the channel off", () => {
    signal = () => 1000;
    for (const [address, value] of [[0x02, 0xc0], [0x05, 0x01], [0x05, 0x80]] as const) {
      start();
      send(0x11);
      write(address, value);
      send(0x10);
      runMs(24);
      expect(data().slice(6)).toEqual([0, 0, 0]);
      send(0x11);
      write(0x05, 0);
    }
  });

  it("that come during a frame spoil it, and that is no reading", () => {
    signal = (sampleIndex) => (sampleIndex % 2 === 0 ? 1000 : -1000);
    start();
    runMs(20);
    data();
    const before = chip.lastReadIndex;
    const conversionUs = 4000 * Math.ceil(nowUs / 4000);
    // A frame takes 72 us at 1 MHz: over the next conversion, wherever it is, one of these frames is under way.
    const spoilt: number[][] = [];
    for (; nowUs < conversionUs + 4000; runMs(0.05)) {
      const index = chip.lastReadIndex;
      const bytes = data();
      if (chip.lastReadIndex === index && bytes[0] === 0xc0 && chip.dataReadyPin === 0) spoilt.push(bytes);
    }
    expect(chip.lastReadIndex).toBeGreaterThan(before);
    expect(spoilt.length).toBeGreaterThan(0);
  });

  it.each([[0, 125], [1, 250], [2, 500], [3, 1000], [6, 8000], [7, 0]])("DR %d: %d/s", (dataRate, rateHz) => {
    send(0x11);
    write(0x01, dataRate);
    send(0x08);
    expect(chip.sampleRateHz).toBeCloseTo(rateHz, 6);
  });

  it("stop with STOP and at a power-on", () => {
    start();
    send(0x11);
    send(0x0a);
    expect(chip.sampleRateHz).toBe(0);
    send(0x08);
    expect(chip.sampleRateHz).toBeCloseTo(250, 6);
    chip.resetPower();
    expect(chip.sampleRateHz).toBe(0);
  });
});

describe("lead-off", () => {
  it.each([["both", 0xe0, 0x0c, 0xc6], ["P alone", 0xe0, 0x04, 0xc2], ["N alone", 0xe0, 0x08, 0xc4], ["comparators off", 0xa0, 0x0c, 0xc0], ["not sensed", 0xe0, 0x00, 0xc0]])("%s", (_, config2, sense, first) => {
    source.leadOff = true;
    start();
    send(0x11);
    write(0x02, config2);
    write(0x07, sense);
    send(0x10);
    runMs(24);
    expect(data()[0]).toBe(first);
  });
});

it("pin and bus classes count what is open", () => {
  const Bus = chip.busClass();
  expect(() => new Bus({ hz: 21_000_000, mode: 1 })).toThrow(RangeError);
  expect(() => new Bus({ hz: 1_000_000, mode: 0 })).toThrow("expected 1");
  const bus = new Bus({ hz: 1_000_000, mode: 1 });
  expect(chip.openBuses).toBe(1);
  bus.close();
  expect(() => bus.transfer(new Uint8Array(1))).toThrow("closed");
  expect(() => bus.close()).toThrow("closed");
  expect(chip.openBuses).toBe(0);
});

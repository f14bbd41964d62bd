// The MAX30003 emulator alone, against the data sheet: frames, FIFO and tags, commands, PLL, lead-off, fast recovery, INTB.
import { beforeEach, describe, expect, it } from "vitest";
import { Max30003Emulator } from "../../../src/drivers/max30003/emulator.js";

const source = { nextSample: (sampleIndex: number): number => signal(sampleIndex), leadOff: false };
let signal: (sampleIndex: number) => number;
let chip: Max30003Emulator;
let nowUs: number;

beforeEach(() => {
  signal = () => 0;
  source.leadOff = false;
  chip = new Max30003Emulator(source);
  nowUs = 0;
});

function runMs(durationMs: number): void {
  nowUs += durationMs * 1000;
  chip.advanceTo(nowUs);
}
function read(address: number): number {
  const [word] = burst(address, 1);
  return word as number;
}
function burst(address: number, words: number): number[] {
  const bytes = new Uint8Array(1 + 3 * words);
  bytes[0] = (address << 1) | 1;
  chip.transfer(bytes);
  return Array.from({ length: words }, (_, index) => ((bytes[1 + 3 * index] as number) << 16) | ((bytes[2 + 3 * index] as number) << 8) | (bytes[3 + 3 * index] as number));
}
function write(address: number, word: number): void {
  chip.transfer(Uint8Array.of(address << 1, word >> 16, word >> 8, word));
}
/** ECG on at 250/s, gain 20, inputs connected, PLL locked, latched PLLINT read away, FIFO empty; 1 ms after a SYNCH. */
function start(general = 0x181217): void {
  write(0x14, 0);
  write(0x15, 0x402000);
  write(0x10, general);
  runMs(20);
  read(0x01);
  write(0x09, 0);
  runMs(1);
}
const tagOf = (word: number): number => (word >> 3) & 7;

describe("frames", () => {
  it("INFO is not valid as the first command after power-on, nor after SW_RST; later it is", () => {
    expect(read(0x0f)).toBe(0);
    expect(read(0x0f)).toBe(0x503000);
    write(0x08, 0);
    expect(read(0x0f)).toBe(0);
    expect(read(0x0f)).toBe(0x503000);
    write(0x08, 0);
    read(0x01);
    expect(read(0x0f)).toBe(0x503000);
  });

  it.each([
    ["EN_INT", 0x02, 0xf00f03], ["EN_INT2", 0x03, 0xf00f03], ["MNGR_INT", 0x04, 0xf80077], ["MNGR_DYN", 0x05, 0xff0000],
    ["CNFG_CAL", 0x12, 0x707fff], ["CNFG_EMUX", 0x14, 0xbf0000], ["CNFG_RTOR1", 0x1d, 0xffbf00], ["CNFG_RTOR2", 0x1e, 0x3f3700],
  ])("%s keeps exactly the bits that it has", (_, address, bits) => {
    write(address, 0xffffff);
    expect(read(address).toString(16)).toBe(bits.toString(16));
    write(address, 0);
    expect(read(address)).toBe(0);
  });

  it.each([["STATUS", 0x01], ["INFO", 0x0f], ["NO_OP", 0x00], ["NO_OP", 0x7f], ["RTOR", 0x25]])("%s can't be written", (_, address) => {
    read(0x01);
    const before = read(address);
    write(address, 0xabcdef);
    expect(read(address)).toBe(before);
  });

  it("a write of fewer than 32 clocks does nothing", () => {
    chip.transfer(Uint8Array.of(0x05 << 1, 0xff, 0xff));
    expect(read(0x05)).toBe(0x3f0000);
  });

  it("a normal read goes on with zeros; a burst goes on with words", () => {
    start();
    runMs(12);
    expect(burst(0x05, 2)).toEqual([0x3f0000, 0]);
    expect(burst(0x21, 2).map(tagOf)).toEqual([0, 0]);
    expect(burst(0x20, 3).map(tagOf)).toEqual([0, 2, 6]);
  });

  it("a word that is not clocked out to its end stays in the FIFO", () => {
    signal = (sampleIndex) => sampleIndex * 100;
    start();
    runMs(4);
    chip.transfer(Uint8Array.of(0x41, 0, 0));
    expect(tagOf(read(0x20))).toBe(2);
    expect(tagOf(read(0x20))).toBe(6);
  });

  it.each([["SW_RST", 0x08], ["SYNCH", 0x09], ["FIFO_RST", 0x0a]])("%s acts on 0x000000 alone", (_, address) => {
    start();
    runMs(20);
    write(address, 1);
    expect(tagOf(read(0x20))).toBe(0);
    write(address, 0);
    expect(tagOf(read(0x20))).toBe(6);
  });
});

describe("conversion", () => {
  // Counts by V * 2^17 * gain / 1000 mV; the noise may add or take one.
  it.each([
    ["gain 20, +1 mV", 0, 1000, 2621], ["gain 20, -1 mV", 0, -1000, -2621], ["gain 40, +1 mV", 1, 1000, 5243],
    ["gain 80, +1 mV", 2, 1000, 10486], ["gain 160, +1 mV", 3, 1000, 20972],
    ["gain 20, end of the linear range", 0, 50_000, 85197], ["gain 20, lower end", 0, -50_000, -85197],
    ["gain 40, end of the converter", 1, 50_000, 131071], ["gain 160, lower end of the converter", 3, -50_000, -131072],
  ])("%s", (_, gain, uv, counts) => {
    signal = () => uv;
    start();
    write(0x15, 0x402000 | (gain << 16));
    runMs(4.5);
    expect(Math.abs(((read(0x20) << 8) >> 14) - counts)).toBeLessThanOrEqual(1);
  });

  it("is never still, as a bus held low would be", () => {
    start();
    runMs(100);
    const counts = burst(0x20, 24).map((word) => (word << 8) >> 14);
    for (const count of counts) expect(Math.abs(count)).toBe(1);
  });

  it("POL turns the sign; open inputs give nothing but noise", () => {
    signal = () => 1000;
    start();
    write(0x14, 0x800000);
    runMs(4);
    expect(Math.abs(((read(0x20) << 8) >> 14) + 2621)).toBeLessThanOrEqual(1);
    write(0x14, 0x100000);
    runMs(4);
    expect(Math.abs((read(0x20) << 8) >> 14)).toBe(1);
  });

  it.each([
    [0, 0, 512], [0, 1, 256], [0, 2, 128], [0, 3, 0], [1, 0, 500], [1, 1, 250], [1, 2, 125], [1, 3, 0],
    [2, 0, 0], [2, 1, 0], [2, 2, 200], [2, 3, 0], [3, 0, 0], [3, 1, 0], [3, 2, 199.8049], [3, 3, 0],
  ])("FMSTR %d and RATE %d give %d samples/s", (fmstr, rate, hz) => {
    write(0x15, rate << 22);
    write(0x10, 0x080000 | (fmstr << 20));
    expect(chip.sampleRateHz).toBeCloseTo(hz, 6);
  });

  it.each([
    ["100 Hz at 250/s is there", 0x100000, 0x402000, 0x402000], ["100 Hz at 125/s is not", 0x100000, 0x802000, 0x801000],
    ["150 Hz at 500/s is there", 0x100000, 0x003000, 0x003000], ["150 Hz at 250/s is not", 0x100000, 0x403000, 0x401000],
    ["100 Hz at 200/s is not", 0x200000, 0x802000, 0x801000], ["none is always there", 0x200000, 0x800000, 0x800000],
  ])("low-pass: %s", (_, general, written, effective) => {
    write(0x10, general);
    write(0x15, written);
    expect(read(0x15).toString(16)).toBe(effective.toString(16));
  });

  it("resistive bias stays off without the ECG channel", () => {
    write(0x10, 0x000017);
    expect(read(0x10)).toBe(0x000007);
    write(0x10, 0x080017);
    expect(read(0x10)).toBe(0x080017);
  });

  it.each([[100, 10_001], [0, 10_000], [-100, 9_999]])("crystal error %d ppm: %d samples in 40 s", (ppm, expected) => {
    let conversions = 0;
    signal = () => conversions++;
    chip.crystalPpm = ppm;
    start();
    conversions = 0;
    runMs(40_000);
    expect(conversions).toBe(expected);
  });

  it("hands the source the number and the time of each conversion", () => {
    const seen: [number, number][] = [];
    const timed = new Max30003Emulator({ leadOff: false, nextSample: (sampleIndex, timeUs) => (seen.push([sampleIndex, timeUs]), 0) });
    timed.transfer(Uint8Array.of(0x15 << 1, 0x40, 0x20, 0));
    timed.transfer(Uint8Array.of(0x10 << 1, 0x18, 0, 0));
    timed.advanceTo(30_000);
    // Two frames of 32 bits at 4 MHz, 10 ms for the PLL, then every 4 ms.
    expect(seen).toEqual([[0, 14_016], [1, 18_016], [2, 22_016], [3, 26_016]]);
  });
});

describe("FIFO", () => {
  it("tags the last word; an empty one is 0 with tag 6", () => {
    start();
    runMs(12);
    expect(burst(0x20, 5).map(tagOf)).toEqual([0, 0, 2, 6, 6]);
    expect(read(0x21)).toBe(0x30);
  });

  it("holds 32 words in order", () => {
    signal = (sampleIndex) => sampleIndex * 100;
    start();
    runMs(32 * 4 - 1);
    const words = burst(0x20, 33);
    expect(words.map(tagOf)).toEqual([...Array<number>(31).fill(0), 2, 6]);
    const counts = words.slice(0, 32).map((word) => (word << 8) >> 14);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
  });

  it("overflows at the 33rd word, stays so through reads, and goes on by FIFO_RST", () => {
    start();
    runMs(32 * 4 + 3.5);
    expect(read(0x01) & 0xc00000).toBe(0xc00000);
    expect(burst(0x20, 40).map(tagOf)).toEqual(Array<number>(40).fill(7));
    expect(read(0x01) & 0x400000).toBe(0x400000);
    write(0x0a, 0);
    expect(read(0x01) & 0xc00000).toBe(0);
    expect(tagOf(read(0x20))).toBe(6);
    runMs(4);
    expect(tagOf(read(0x20))).toBe(2);
  });

  it("counts the conversions that an overflow loses", () => {
    start();
    runMs(200);
    write(0x0a, 0);
    runMs(4);
    read(0x20);
    const first = chip.lastReadIndex;
    runMs(4);
    read(0x20);
    expect(chip.lastReadIndex).toBe(first + 1);
    expect(first).toBeGreaterThanOrEqual(50);
  });

  it("takes a sample that arrives in the middle of a burst", () => {
    start();
    // 16 words take 98 us at 4 MHz; the third sample comes 20 us after the burst begins.
    runMs(8);
    chip.advanceTo(nowUs + 2975);
    const tags = burst(0x20, 16).map(tagOf);
    expect(tags.slice(0, 2)).toEqual([0, 2]);
    expect(tags.filter((tag) => tag === 2)).toHaveLength(2);
  });
});

describe("INTB", () => {
  it("is low while an enabled term holds", () => {
    write(0x02, 0x800003);
    write(0x04, 0x380004);
    start();
    runMs(28);
    expect(chip.intb).toBe(1);
    runMs(4);
    expect(chip.intb).toBe(0);
    read(0x21);
    expect(chip.intb).toBe(1);
  });

  it("is high when its driver is off or the term is not enabled", () => {
    start();
    runMs(128);
    expect(chip.intb).toBe(1);
    write(0x02, 0x800000);
    expect(chip.intb).toBe(1);
    write(0x02, 0x800001);
    expect(chip.intb).toBe(0);
  });
});

describe("lead-off", () => {
  const LEAD_OFF = 0x10000f;
  it("shows after 140 ms, is held until read, and then goes", () => {
    start();
    source.leadOff = true;
    runMs(136);
    expect(read(0x01) & LEAD_OFF).toBe(0);
    runMs(12);
    expect(read(0x01) & LEAD_OFF).toBe(0x100009);
    expect(read(0x01) & LEAD_OFF).toBe(0x100009);
    source.leadOff = false;
    runMs(8);
    expect(read(0x01) & LEAD_OFF).toBe(0x100009);
    expect(read(0x01) & LEAD_OFF).toBe(0);
  });

  it.each([
    ["current the other way", 0x181a17, 0x100006], ["detection off", 0x180217, 0], ["no current", 0x181017, 0],
  ])("%s", (_, general, bits) => {
    start(general);
    source.leadOff = true;
    runMs(200);
    expect(read(0x01) & LEAD_OFF).toBe(bits);
  });
});

describe("fast recovery", () => {
  const drainedTags = (): number[] => burst(0x20, 32).map(tagOf).filter((tag) => tag !== 6);
  it("comes by itself after 125 ms beyond the threshold, and goes 500 ms later", () => {
    write(0x05, 0xa90000);
    signal = () => 33_000;
    start();
    runMs(120);
    expect(drainedTags().every((tag) => tag === 0 || tag === 2)).toBe(true);
    signal = () => 0;
    runMs(40);
    expect(drainedTags().every((tag) => tag === 0 || tag === 2)).toBe(true);
    signal = () => -33_000;
    runMs(120);
    drainedTags();
    runMs(20);
    expect(drainedTags().some((tag) => tag === 1)).toBe(true);
    expect(read(0x01) & 0x200000).toBe(0x200000);
    signal = () => 0;
    for (let ticks = 0; ticks < 4; ticks++) {
      runMs(100);
      expect(drainedTags().every((tag) => tag === 1 || tag === 3)).toBe(true);
    }
    runMs(120);
    drainedTags();
    runMs(40);
    expect(drainedTags().every((tag) => tag === 0 || tag === 2)).toBe(true);
  });

  it.each([
    ["never", 0x3f0000, 0], ["now", 0x7f0000, 1],
  ])("mode %s", (_, dynamic, tag) => {
    write(0x05, dynamic);
    signal = () => 33_000;
    start();
    runMs(120);
    expect(drainedTags()[0]).toBe(tag);
  });
});

describe("PLL", () => {
  it("is unlocked at first, which is held until read", () => {
    write(0x10, 0x180000);
    expect(read(0x01) & 0x100).toBe(0x100);
    runMs(5);
    expect(read(0x01) & 0x100).toBe(0x100);
    runMs(15);
    expect(read(0x01) & 0x100).toBe(0x100);
    expect(read(0x01) & 0x100).toBe(0);
  });

  it("says nothing while the ECG channel is off", () => {
    runMs(100);
    expect(read(0x01)).toBe(0);
  });

  it("loses its lock with the clock, and nothing is sampled", () => {
    start();
    chip.clockStopped = true;
    runMs(100);
    expect(read(0x01) & 0x100).toBe(0x100);
    expect(tagOf(read(0x20))).toBe(6);
    chip.clockStopped = false;
    runMs(20);
    read(0x01);
    expect(read(0x01) & 0x100).toBe(0);
    expect(tagOf(read(0x20))).toBe(0);
  });
});

describe("faults", () => {
  it.each([["high", 0xffffff], ["low", 0]] as const)("bus %s", (state, word) => {
    chip.bus = state;
    expect(read(0x0f)).toBe(word);
  });

  it("a bus that throws", () => {
    chip.bus = "throws";
    expect(() => read(0x0f)).toThrow();
  });

  it("a power reset brings the power-on words back and stops sampling", () => {
    start();
    chip.resetPower();
    expect([0x02, 0x04, 0x05, 0x10, 0x12, 0x14, 0x15, 0x1d, 0x1e].map(read)).toEqual([
      0x000003, 0x780004, 0x3f0000, 0x000004, 0x004800, 0x300000, 0x805000, 0x3f2300, 0x202400,
    ]);
    runMs(100);
    expect(tagOf(read(0x20))).toBe(6);
  });

  it("a chip that hangs answers but does not sample, until it is reset", () => {
    start();
    chip.hang();
    runMs(100);
    expect(tagOf(read(0x20))).toBe(6);
    expect(read(0x0f)).toBe(0x503000);
    start();
    runMs(100);
    expect(tagOf(read(0x20))).toBe(6);
    write(0x08, 0);
    start();
    runMs(4);
    expect(tagOf(read(0x20))).toBe(2);
  });

  it("a corrupted frame: what is heard, and what is answered; the next frame is well", () => {
    chip.corruptNextFrame(1, 0x40);
    write(0x05, 0x3f0000);
    expect(read(0x05)).toBe(0x7f0000);
    chip.corruptNextFrame(1, 0x01);
    expect(read(0x05)).toBe(0x7e0000);
    expect(read(0x05)).toBe(0x7f0000);
  });
});

describe("busClass", () => {
  const Bus = (): ReturnType<Max30003Emulator["busClass"]> => chip.busClass();
  it.each([
    ["hz 0", { hz: 0 }], ["hz beyond 12 MHz", { hz: 12_000_001 }], ["mode 1", { hz: 1_000_000, mode: 1 as const }],
  ])("refuses %s", (_, options) => {
    expect(() => new (Bus())(options)).toThrow(RangeError);
  });

  it("counts open buses and refuses a closed one", () => {
    const bus = new (Bus())({ hz: 12_000_000, mode: 0 });
    expect(chip.openBuses).toBe(1);
    bus.close();
    expect(chip.openBuses).toBe(0);
    expect(() => bus.transfer(new Uint8Array(4))).toThrow("closed");
    expect(() => bus.close()).toThrow("closed");
  });
});

// The NOR model: it keeps the flash contract, and each fault does what it says and nothing else.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Prng } from "../../../src/base/prng.js";
import { CUT_ALL, CUT_NOTHING, CUT_TORN, CUT_UNSTABLE, NorFlash, PowerCut } from "../../../src/platform/sim/flash.js";
import type { CutOutcome } from "../../../src/platform/sim/flash.js";
import { flashSuite } from "../../contracts/flash.suite.js";

const folder = mkdtempSync(join(tmpdir(), "nor-flash-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newPath = (): string => join(folder, `image-${files++}`);

flashSuite({ name: "NorFlash", make: () => new NorFlash({ blockBytes: 512, blockCount: 4 }), programUnitBytes: 1 });
flashSuite({ name: "NorFlash, strict, 16-byte units", make: () => new NorFlash({ blockBytes: 512, blockCount: 4, strict: true, programUnitBytes: 16 }), programUnitBytes: 16 });
flashSuite({ name: "NorFlash, on file", make: () => new NorFlash({ blockBytes: 512, blockCount: 4, path: newPath() }), programUnitBytes: 1 });

const BLOCK = 256;
const data = Uint8Array.from({ length: 32 }, (_, index) => index * 7);

function cut(outcome: CutOutcome, seed: number, act: (flash: NorFlash) => void): NorFlash {
  const flash = new NorFlash({ blockBytes: BLOCK, blockCount: 3, seed });
  flash.write(data, 0);
  flash.cutAfter(0, outcome);
  expect(() => act(flash)).toThrow(PowerCut);
  expect(() => flash.write(data, BLOCK)).toThrow("the power is off");
  flash.powerUp();
  return flash;
}

describe("power cut in a program", () => {
  const program = (flash: NorFlash) => flash.write(data, 64);

  it("CUT_NOTHING changes nothing", () => {
    expect(cut(CUT_NOTHING, 1, program).image.subarray(64, 96).every((byte) => byte === 0xff)).toBe(true);
  });

  it("CUT_ALL is complete", () => {
    expect(cut(CUT_ALL, 1, program).image.subarray(64, 96)).toEqual(data);
  });

  it("CUT_TORN clears a subset of the bits to clear, another one for each seed, and touches nothing else", () => {
    const images = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const { image } = cut(CUT_TORN, seed, program);
      images.add(image.subarray(64, 96).join());
      for (let index = 0; index < 32; index++) expect(image[64 + index]! & data[index]!).toBe(data[index]);
      expect(image.subarray(0, 32)).toEqual(data);
      expect(image.subarray(96).every((byte) => byte === 0xff)).toBe(true);
    }
    expect(images.size).toBeGreaterThan(150);
  });

  it("CUT_UNSTABLE reads in two ways at most, the second time as the image", () => {
    let changed = 0;
    for (let seed = 0; seed < 50; seed++) {
      const flash = cut(CUT_UNSTABLE, seed, program);
      const looks = [0, 1, 2].map(() => {
        const look = new Uint8Array(32);
        flash.read(look, 64);
        return look.join();
      });
      if (looks[0] !== looks[1]) changed++;
      expect(looks[1]).toBe(flash.image.subarray(64, 96).join());
      expect(looks[2]).toBe(looks[1]);
    }
    expect(changed).toBeGreaterThan(10);
  });
});

describe("power cut in an erase", () => {
  const erase = (flash: NorFlash) => flash.eraseBlock(0);

  it("CUT_NOTHING keeps the block, CUT_ALL erases it", () => {
    expect(cut(CUT_NOTHING, 1, erase).image.subarray(0, 32)).toEqual(data);
    expect(cut(CUT_ALL, 1, erase).image.every((byte) => byte === 0xff)).toBe(true);
  });

  it("CUT_TORN leaves anything in the block, at times the old bytes, and the other blocks alone", () => {
    const images = new Set<string>();
    let kept = 0;
    for (let seed = 0; seed < 200; seed++) {
      const { image } = cut(CUT_TORN, seed, erase);
      images.add(image.subarray(0, BLOCK).join());
      if (image.subarray(0, 32).join() === data.join()) kept++;
      expect(image.subarray(BLOCK).every((byte) => byte === 0xff)).toBe(true);
    }
    expect(images.size).toBeGreaterThan(100);
    expect(kept).toBeGreaterThan(10);
  });
});

describe("strict mode", () => {
  const make = (programUnitBytes: number) => new NorFlash({ blockBytes: BLOCK, blockCount: 2, strict: true, programUnitBytes });
  const zeros = new Uint8Array(16);
  for (const [name, act, message] of [
    ["0 to 1", (flash: NorFlash) => [flash.write(zeros.subarray(0, 1), 3), flash.write(Uint8Array.of(1), 3)], "would turn 0 into 1"],
    ["across a block border", (flash: NorFlash) => [flash.write(zeros, BLOCK - 8)], "crosses a block"],
    ["outside", (flash: NorFlash) => [flash.write(zeros, 2 * BLOCK - 8)], "lie outside"],
    ["erase of a block that is not there", (flash: NorFlash) => [flash.eraseBlock(2)], "erase of block 2, there are 2"],
  ] as const) {
    it(`names ${name}`, () => expect(() => act(make(1))).toThrow(message));
  }
  for (const [name, act, message] of [
    ["half a unit", (flash: NorFlash) => [flash.write(zeros.subarray(0, 8), 0)], "expected whole units of 16"],
    ["a unit at an odd place", (flash: NorFlash) => [flash.write(zeros, 8)], "expected whole units of 16"],
    ["a unit twice", (flash: NorFlash) => [flash.write(zeros, 0), flash.write(zeros, 0)], "was programmed before"],
  ] as const) {
    it(`with units of 16 names ${name}`, () => expect(() => act(make(16))).toThrow(message));
  }
});

describe("faults", () => {
  it("a worn block refuses its erase and loses its bytes", () => {
    const flash = new NorFlash({ blockBytes: BLOCK, blockCount: 2, enduranceErases: 3 });
    expect([1, 2, 3, 4].map(() => flash.eraseBlock(0))).toEqual([true, true, true, false]);
    expect(flash.eraseBlock(1)).toBe(true);
    expect([...flash.eraseCounts]).toEqual([4, 1]);
  });

  it("refused reads, programs and erases, and a stuck bit", () => {
    const flash = new NorFlash({ blockBytes: BLOCK, blockCount: 2 });
    const into = new Uint8Array(2);
    flash.setFaults(0, { read: true, program: true, erase: true });
    expect([flash.read(into, 0), flash.write(data, 0), flash.eraseBlock(0)]).toEqual([false, false, false]);
    expect([flash.read(into, BLOCK), flash.write(data, BLOCK), flash.eraseBlock(1)]).toEqual([true, true, true]);
    flash.setFaults(0, undefined);
    flash.eraseBlock(0);
    flash.setFaults(0, { stuckBit: 4 });
    expect(flash.write(new Uint8Array(2), 8)).toBe(true);
    expect([flash.image[8], flash.image[9]]).toEqual([16, 0]);
  });

  it("rot turns over as many bits as it is told, the same for the same seed", () => {
    const images = [7, 7, 8].map((seed) => {
      const flash = new NorFlash({ blockBytes: BLOCK, blockCount: 2 });
      flash.rot(3, new Prng(seed));
      return [...flash.image];
    });
    const bits = images[0]!.reduce((sum, byte) => sum + (0xff ^ byte).toString(2).replaceAll("0", "").length, 0);
    expect(bits).toBe(3);
    expect(images[1]).toEqual(images[0]);
    expect(images[2]).not.toEqual(images[0]);
  });
});

describe("image file", () => {
  it("is written through at once, and an existing one is continued", () => {
    const path = newPath();
    const first = new NorFlash({ blockBytes: BLOCK, blockCount: 2, path });
    first.write(data, 100);
    expect(readFileSync(path).subarray(100, 132)).toEqual(Buffer.from(data));
    const second = new NorFlash({ blockBytes: BLOCK, blockCount: 2, path });
    expect(second.image.subarray(100, 132)).toEqual(data);
    second.eraseBlock(0);
    expect(readFileSync(path).every((byte) => byte === 0xff)).toBe(true);
    first.close();
    second.close();
  });

  it("of another size is refused in one line", () => {
    const path = newPath();
    writeFileSync(path, new Uint8Array(100));
    expect(() => new NorFlash({ blockBytes: BLOCK, blockCount: 2, path })).toThrow(`flash image ${path}: 100 bytes, expected 512 (2 blocks of 256)`);
  });

  it("holds what a cut left behind", () => {
    const path = newPath();
    const flash = new NorFlash({ blockBytes: BLOCK, blockCount: 2, path, seed: 5 });
    flash.cutAfter(0, CUT_TORN);
    expect(() => flash.write(data, 0)).toThrow(PowerCut);
    expect(new Uint8Array(readFileSync(path))).toEqual(flash.image);
    flash.close();
  });
});

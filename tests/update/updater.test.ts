// Updater: what it refuses and takes, the trial of a new firmware, and the power going at every operation of an update.
import { generateKeyPairSync } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { DualSlots, makeImage } from "../../src/platform/sim/dual-slots.js";
import { CUT_OUTCOMES, type CutOutcome, NorFlash, PowerCut } from "../../src/platform/sim/flash.js";
import { NodeImageCheck, signUpdate } from "../../src/platform/sim/node-image-check.js";
import { TRIAL_HEALTHY_MS, TRIAL_MS_MAX, Updater } from "../../src/update/updater.js";
import {
  UPDATE_BAD_HEADER, UPDATE_BAD_IMAGE, UPDATE_DONE, UPDATE_GOES_ON, UPDATE_HEADER_BYTES, UPDATE_NOT_NEWER, UPDATE_OUT_OF_ORDER, UPDATE_SLOT_FAULT, UPDATE_TOO_BIG,
  UPDATE_TRIAL_UNDER_WAY, UPDATE_UNSIGNED, UPDATE_WRONG_BOARD, decodeUpdateHeader,
} from "../../src/wire/update.js";

const BLOCK_BYTES = 256;
const SLOT_BLOCKS = 4;
const SLOTS_END = (2 + 2 * SLOT_BLOCKS) * BLOCK_BYTES;
const PIECE_BYTES = 100;
const BOARD = "esp32-devkit";
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const { privateKey: otherKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const payload = (seed: number, count: number): Uint8Array => Uint8Array.from({ length: count }, (_, index) => (index * seed) & 0xff);
const OLD = makeImage(payload(3, 500));
const NEW = makeImage(payload(5, 700));
const NEWER = makeImage(payload(7, 640));
const VERSIONS = new Map([[OLD, 1], [NEW, 2], [NEWER, 3]]);

let flash: NorFlash;

/** Fresh from USB: the old firmware in slot 0, no OTA data, a journal behind the slots. */
beforeEach(() => {
  flash = freshFlash();
});

function freshFlash(seed = 1): NorFlash {
  const fresh = new NorFlash({ blockBytes: BLOCK_BYTES, blockCount: 2 + 2 * SLOT_BLOCKS + 2, seed });
  fresh.image.set(OLD, 2 * BLOCK_BYTES);
  fresh.image.set(payload(11, 2 * BLOCK_BYTES), SLOTS_END);
  return fresh;
}

/** A start of the device: bootloader, then the firmware's updater. */
function start(): { slots: DualSlots; updater: Updater; version: number } {
  const slots = new DualSlots(flash, SLOT_BLOCKS);
  const version = versionIn(slots.runningSlot);
  return { slots, updater: new Updater({ board: BOARD, slots, check: new NodeImageCheck(publicKey), restart: () => {} }, version), version };
}

/** Which of the images a slot holds, whole; 0 for none. */
function versionIn(slot: number): number {
  const offset = (2 + slot * SLOT_BLOCKS) * BLOCK_BYTES;
  for (const [image, version] of VERSIONS) if (slot >= 0 && Buffer.from(flash.image.subarray(offset, offset + image.length)).equals(Buffer.from(image))) return version;
  return 0;
}

const headerOf = (image: Uint8Array, changes: { board?: string; version?: number } = {}, key = privateKey): Uint8Array =>
  signUpdate(image, { board: BOARD, version: VERSIONS.get(image) as number, ...changes }, key);

function send(updater: Updater, image: Uint8Array): number {
  let result = updater.offer(headerOf(image));
  for (let offset = 0; result === UPDATE_GOES_ON && offset < image.length; offset += PIECE_BYTES) result = updater.piece(offset, image.subarray(offset, offset + PIECE_BYTES));
  return result;
}

/** A healthy minute. */
function prove(updater: Updater): boolean {
  return updater.judgeTrial(1000, true) || updater.judgeTrial(1000 + TRIAL_HEALTHY_MS, true);
}

describe("an offer", () => {
  it.each([
    ["of nonsense", () => new Uint8Array(UPDATE_HEADER_BYTES), UPDATE_BAD_HEADER],
    ["that is too short", () => headerOf(NEW).subarray(1), UPDATE_BAD_HEADER],
    ["of nothing", () => headerOf(NEW).fill(0, 12, 16), UPDATE_BAD_HEADER],
    ["for another board", () => headerOf(NEW, { board: "xiao-esp32s3" }), UPDATE_WRONG_BOARD],
    ["of the same version", () => headerOf(NEW, { version: 1 }), UPDATE_NOT_NEWER],
    ["of more than a slot", () => headerOf(new Uint8Array(SLOT_BLOCKS * BLOCK_BYTES + 1), { version: 2 }), UPDATE_TOO_BIG],
    ["signed by somebody else", () => headerOf(NEW, {}, otherKey), UPDATE_UNSIGNED],
    ["with a version that was changed after signing", () => headerOf(NEW).fill(9, 8, 9), UPDATE_UNSIGNED],
  ] as [string, () => Uint8Array, number][])("%s is refused before the flash is touched", (_what, header, expected) => {
    const { updater } = start();
    expect(updater.offer(header())).toBe(expected);
    expect(updater.nextOffset).toBe(-1);
    expect(flash.operations).toBe(0);
  });

  it("reads back as it was encoded", () => {
    expect(decodeUpdateHeader(headerOf(NEW))).toMatchObject({ version: 2, imageBytes: NEW.length, board: BOARD });
  });
});

describe("an update", () => {
  it("runs on trial, and stays once it has proved itself", () => {
    expect(send(start().updater, NEW)).toBe(UPDATE_DONE);
    const trial = start();
    expect([trial.version, trial.slots.isOnTrial]).toEqual([2, true]);
    expect(trial.updater.offer(headerOf(NEWER))).toBe(UPDATE_TRIAL_UNDER_WAY);
    expect(prove(trial.updater)).toBe(false);
    expect(trial.slots.isOnTrial).toBe(false);
    expect(start().version).toBe(2);
    expect(send(start().updater, NEWER)).toBe(UPDATE_DONE);
    expect(start().version).toBe(3);
  });

  it("is gone after its first start if it does not come up", () => {
    send(start().updater, NEW);
    expect(start().version).toBe(2);
    const back = start();
    expect([back.version, back.slots.isOnTrial]).toEqual([1, false]);
    expect(start().version).toBe(1);
    expect(send(start().updater, NEWER)).toBe(UPDATE_DONE);
    expect(start().version).toBe(3);
  });

  it.each([
    ["never healthy", () => false, TRIAL_MS_MAX],
    ["healthy for less than a minute at a time", (ms: number) => ms % TRIAL_HEALTHY_MS !== 0, TRIAL_MS_MAX],
  ] as [string, (ms: number) => boolean, number][])("that is %s fails its trial", (_what, isHealthy, expectedMs) => {
    send(start().updater, NEW);
    const { updater } = start();
    let ms = 0;
    while (!updater.judgeTrial(ms, isHealthy(ms))) ms += 1000;
    expect(ms).toBe(expectedMs);
    expect(start().version).toBe(1);
  });

  it("whose bytes are not those that were signed is not selected", () => {
    const { updater } = start();
    updater.offer(headerOf(NEW));
    expect(updater.piece(0, NEW.slice().fill(1, 600, 601))).toBe(UPDATE_BAD_IMAGE);
    expect(start().version).toBe(1);
  });

  it("waits for the right piece", () => {
    const { updater } = start();
    updater.offer(headerOf(NEW));
    expect([updater.piece(100, NEW.subarray(100, 200)), updater.piece(0, NEW.subarray(0, 100)), updater.piece(0, NEW.subarray(0, 100))]).toEqual([UPDATE_OUT_OF_ORDER, UPDATE_GOES_ON, UPDATE_OUT_OF_ORDER]);
    expect(updater.nextOffset).toBe(100);
    expect(updater.piece(100, NEW.subarray(100))).toBe(UPDATE_DONE);
  });

  it("goes on when it is offered again, and is not taken twice", () => {
    const { updater } = start();
    updater.offer(headerOf(NEW));
    updater.piece(0, NEW.subarray(0, 100));
    expect([updater.offer(headerOf(NEW)), updater.nextOffset]).toEqual([UPDATE_GOES_ON, 100]);
    expect(updater.offer(headerOf(NEW, { board: "xiao-esp32s3" }))).toBe(UPDATE_WRONG_BOARD);
    expect(updater.piece(100, NEW.subarray(100))).toBe(UPDATE_DONE);
    const { operations } = flash;
    expect([updater.offer(headerOf(NEW)), updater.selected?.version, flash.operations]).toEqual([UPDATE_DONE, 2, operations]);
  });

  it("that is longer than what was signed, or shorter, is not selected", () => {
    const { updater } = start();
    updater.offer(headerOf(NEW));
    expect(updater.piece(0, Buffer.concat([NEW, Buffer.alloc(1)]))).toBe(UPDATE_OUT_OF_ORDER);
    expect(updater.piece(0, NEW.subarray(0, NEW.length - 1))).toBe(UPDATE_GOES_ON);
    expect(start().version).toBe(1);
  });

  it("ends when the flash fails", () => {
    flash.setFaults(2 + SLOT_BLOCKS, { erase: true });
    expect(send(start().updater, NEW)).toBe(UPDATE_SLOT_FAULT);
    flash.setFaults(2 + SLOT_BLOCKS, {});
    flash.setFaults(3 + SLOT_BLOCKS, { program: true });
    expect(send(start().updater, NEW)).toBe(UPDATE_SLOT_FAULT);
    expect(start().version).toBe(1);
  });
});

describe("power", () => {
  /** Starts, updates and proves, twice over, until the newest firmware stands confirmed. @param starts versions that started */
  function live(starts: number[]): void {
    for (let round = 0; round < 12; round++) {
      const { slots, updater, version } = start();
      starts.push(version);
      if (slots.isOnTrial) prove(updater);
      else if (version === 3) return;
      else send(updater, version === 1 ? NEW : NEWER);
    }
  }

  it("may go in any operation of an update, its start and its trial: a whole firmware starts, the update gets through, and the journal is left alone", () => {
    let cuts = 0;
    const complaints: string[] = [];
    const judge = (name: string, starts: number[]): void => {
      if (starts.some((version) => version < 1)) complaints.push(`${name}: started ${starts}`);
      if (starts.at(-1) !== 3) complaints.push(`${name}: ended with ${starts}`);
      if (!Buffer.from(flash.image.subarray(SLOTS_END)).equals(Buffer.from(payload(11, 2 * BLOCK_BYTES)))) complaints.push(`${name}: journal touched`);
    };
    const run = (outcome: CutOutcome, first: number, second: number): boolean => {
      flash = freshFlash(first + 1000 * second);
      const starts: number[] = [];
      let isCut = false;
      for (const after of [first, second]) {
        flash.cutAfter(after, outcome);
        try {
          live(starts);
        } catch (error) {
          if (!(error instanceof PowerCut)) throw error;
          isCut = true;
          cuts++;
        }
        flash.powerUp();
      }
      live(starts);
      judge(`outcome ${outcome}, cuts ${first} and ${second}`, starts);
      return isCut;
    };
    for (const outcome of CUT_OUTCOMES) {
      for (let first = 0; run(outcome, first, 1_000_000); first++);
      for (let first = 0; first < 48; first += 5) for (let second = 0; second < 30; second += 7) run(outcome, first, second);
    }
    expect(complaints).toEqual([]);
    expect(cuts).toBeGreaterThan(400);
  });

  it("may go while another update replaces one that is selected already: only the bootloader's look at the whole image saves the device", () => {
    let cuts = 0;
    const started = new Set<number>();
    for (const outcome of CUT_OUTCOMES) {
      for (let after = 0; ; after++) {
        flash = freshFlash(after + 1);
        const { updater } = start();
        expect(send(updater, NEW)).toBe(UPDATE_DONE);
        flash.cutAfter(after, outcome);
        try {
          send(updater, NEWER);
          break;
        } catch (error) {
          if (!(error instanceof PowerCut)) throw error;
        }
        cuts++;
        flash.powerUp();
        started.add(start().version);
      }
    }
    expect(cuts).toBeGreaterThan(40);
    expect([...started].toSorted()).toEqual([1, 2, 3]);
  });

  it("that goes at the wrong moment would be noticed: a bootloader's entry for an image that is not whole", () => {
    const slots = start().slots;
    slots.begin(NEW.length);
    slots.write(NEW.subarray(0, 600));
    expect(slots.select()).toBe(false);
    expect(start().version).toBe(1);
  });
});

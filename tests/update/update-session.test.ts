// UpdateSession: its pace, what it asks for and when, and when it restarts.
import { generateKeyPairSync } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { DualSlots, makeImage } from "../../src/platform/sim/dual-slots.js";
import { NorFlash } from "../../src/platform/sim/flash.js";
import { NodeImageCheck, signUpdate } from "../../src/platform/sim/node-image-check.js";
import { PIECE_INTERVAL_MS, PIECE_WAIT_MS_MAX, PIECE_WAIT_MS_MIN, RESTART_DELAY_MS, UpdateSession } from "../../src/update/update-session.js";
import { TRIAL_HEALTHY_MS, TRIAL_MS_MAX } from "../../src/update/updater.js";
import { decodeUpdateReport, versionText } from "../../src/wire/decode.js";
import { UPDATE_DONE, UPDATE_IDLE, UPDATE_NOT_NEWER, UPDATE_ON_TRIAL, UPDATE_RECEIVING, UPDATE_REPORT_BYTES, UPDATE_SELECTED, UPDATE_SLOT_FAULT, type UpdateReport, versionNumber } from "../../src/wire/update.js";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const IMAGE = makeImage(new Uint8Array(1000).fill(7));
const header = (version = 2): Uint8Array => signUpdate(IMAGE, { board: "esp32-devkit", version }, privateKey);
let flash: NorFlash;
let restarts: number;
const conditions = { uptimeMs: 0, isHealthy: true, isQuiet: true };

beforeEach(() => {
  flash = new NorFlash({ blockBytes: 256, blockCount: 18 });
  new DualSlots(flash, 8).flashFirst(makeImage(new Uint8Array(10)));
  restarts = 0;
});

function start(version = 1): UpdateSession {
  return new UpdateSession({ board: "esp32-devkit", slots: new DualSlots(flash, 8), check: new NodeImageCheck(publicKey), restart: () => void restarts++ }, conditions, version, 5);
}
function report(session: UpdateSession, nowMs: number): UpdateReport {
  expect(session.isReportDue(nowMs)).toBe(true);
  const bytes = new Uint8Array(UPDATE_REPORT_BYTES);
  expect(session.writeReport(bytes, nowMs)).toBe(UPDATE_REPORT_BYTES);
  const decoded = decodeUpdateReport(bytes);
  if (!decoded.ok) throw new Error(decoded.problem);
  return decoded.value;
}
function piece(session: UpdateSession, sequence: number, offset: number, bytes: Uint8Array, nowMs: number): void {
  conditions.uptimeMs = nowMs;
  session.piece(sequence, offset, bytes);
}
function step(session: UpdateSession, now: typeof conditions): void {
  Object.assign(conditions, now);
  session.step();
}
/** Fetches the whole image from `nowMs` on. @returns when the last piece came */
function fetchAll(session: UpdateSession, sequence: number, nowMs: number): number {
  for (let offset = 0; offset < IMAGE.length; offset += 512) piece(session, sequence, offset, IMAGE.subarray(offset, offset + 512), (nowMs += PIECE_INTERVAL_MS));
  return nowMs;
}

describe("a device under update", () => {
  it("asks for the next piece no sooner than its pace allows, and says how far it is", () => {
    const session = start();
    expect(report(session, 0)).toEqual({ state: UPDATE_IDLE, result: 0, bootCount: 5, runningVersion: 1, offeredVersion: 0, imageBytes: 0, nextOffset: 0, sequence: 0 });
    expect(session.isReportDue(1e9)).toBe(false);
    session.offer(77, header());
    expect(report(session, 1000)).toMatchObject({ state: UPDATE_RECEIVING, offeredVersion: 2, imageBytes: IMAGE.length, nextOffset: 0, sequence: 77 });
    piece(session, 77, 0, IMAGE.subarray(0, 512), 1100);
    expect(session.isReportDue(1100 + PIECE_INTERVAL_MS - 1)).toBe(false);
    expect(report(session, 1100 + PIECE_INTERVAL_MS)).toMatchObject({ nextOffset: 512 });
  });

  it("asks again when no piece comes, less and less often, and at once in a new session", () => {
    const session = start();
    session.offer(77, header());
    let nowMs = 0;
    const waits: number[] = [];
    for (let time = 0; time < 9; time++) {
      report(session, nowMs);
      const from = nowMs;
      while (!session.isReportDue(nowMs)) nowMs += 1000;
      waits.push(nowMs - from);
    }
    expect(waits).toEqual([5000, 10_000, 20_000, 40_000, 80_000, 160_000, PIECE_WAIT_MS_MAX, PIECE_WAIT_MS_MAX, PIECE_WAIT_MS_MAX]);
    report(session, nowMs);
    session.reportSoon();
    report(session, nowMs);
    piece(session, 77, 0, IMAGE.subarray(0, 512), nowMs);
    report(session, nowMs + PIECE_INTERVAL_MS);
    expect(session.isReportDue(nowMs + PIECE_INTERVAL_MS + PIECE_WAIT_MS_MIN)).toBe(true);
  });

  it("drops pieces of another update, out of order or twice, without a word", () => {
    const session = start();
    session.offer(77, header());
    report(session, 0);
    piece(session, 76, 0, IMAGE.subarray(0, 512), 1);
    piece(session, 77, 512, IMAGE.subarray(512), 1);
    expect(session.isReportDue(PIECE_INTERVAL_MS + 1)).toBe(false);
    piece(session, 77, 0, IMAGE.subarray(0, 512), 2);
    piece(session, 77, 0, IMAGE.subarray(0, 512), 3);
    expect(report(session, 2 + PIECE_INTERVAL_MS)).toMatchObject({ nextOffset: 512, result: 0 });
  });

  it("says why it refuses, and what the flash refuses", () => {
    const session = start();
    session.offer(77, header(1));
    expect(report(session, 0)).toMatchObject({ state: UPDATE_IDLE, result: UPDATE_NOT_NEWER, sequence: 77 });
    flash.setFaults(2 + 8, { erase: true });
    session.offer(78, header());
    piece(session, 78, 0, IMAGE.subarray(0, 512), 1);
    expect(report(session, 1)).toMatchObject({ state: UPDATE_IDLE, result: UPDATE_SLOT_FAULT, sequence: 78 });
  });

  it("restarts when it has said so and nothing is going on, and goes on with another sender of the same image", () => {
    const session = start();
    session.offer(77, header());
    piece(session, 77, 0, IMAGE.subarray(0, 512), 0);
    session.offer(78, header());
    expect(report(session, 0)).toMatchObject({ nextOffset: 512, sequence: 78 });
    piece(session, 78, 512, IMAGE.subarray(512), 1000);
    expect(report(session, 1000)).toMatchObject({ state: UPDATE_SELECTED, result: UPDATE_DONE });
    step(session, { uptimeMs: 1000 + RESTART_DELAY_MS - 1, isHealthy: true, isQuiet: true });
    step(session, { uptimeMs: 1000 + RESTART_DELAY_MS, isHealthy: true, isQuiet: false });
    expect(restarts).toBe(0);
    step(session, { uptimeMs: 1000 + RESTART_DELAY_MS, isHealthy: false, isQuiet: true });
    expect(restarts).toBe(1);
  });

  it.each([[true, TRIAL_HEALTHY_MS, 0, UPDATE_IDLE], [false, TRIAL_MS_MAX, 1, UPDATE_ON_TRIAL]])("judges its trial (healthy: %s)", (isHealthy, endMs, restarted, state) => {
    const session = start();
    session.offer(77, header());
    fetchAll(session, 77, 0);
    const trial = start(2);
    expect(report(trial, 0)).toMatchObject({ state: UPDATE_ON_TRIAL, runningVersion: 2 });
    step(trial, { uptimeMs: 0, isHealthy, isQuiet: true });
    step(trial, { uptimeMs: endMs - 1, isHealthy, isQuiet: true });
    expect([restarts, trial.isReportDue(endMs)]).toEqual([0, false]);
    step(trial, { uptimeMs: endMs, isHealthy, isQuiet: true });
    expect(restarts).toBe(restarted);
    trial.reportSoon();
    expect(report(trial, endMs)).toMatchObject({ state });
  });
});

it.each([["0.1.0", 1000], ["1.2.3", 1_002_003], ["999.999.999", 999_999_999]])("version %s is %d", (text, number) => {
  expect([versionNumber(text), versionText(number)]).toEqual([number, text]);
});

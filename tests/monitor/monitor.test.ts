// Monitor: the whole firmware on a board of fakes; what must be seen when a part of the board fails.
import { beforeEach, describe, expect, it } from "vitest";
import { AFE_BUS_ERROR, AFE_OK, type Afe, type AfeReading, type AfeStatus } from "../../src/contracts/afe.js";
import type { Board } from "../../src/contracts/board.js";
import { RESTART_EXPECTED, RESTART_WATCHDOG, type RestartReason } from "../../src/contracts/restart.js";
import type { UplinkListener } from "../../src/contracts/uplink.js";
import { checkConfig } from "../../src/monitor/config.js";
import { Monitor, TICK_MS } from "../../src/monitor/monitor.js";
import { NorFlash } from "../../src/platform/sim/flash.js";
import { conditionOf } from "../../src/vocabulary/alarm-condition.js";
import { decodeStatus } from "../../src/wire/decode.js";
import { DELIVERY_BYTES } from "../../src/wire/delivery.js";
import type { Status } from "../../src/wire/record.js";

/** Gives 10 samples of a beating heart a tick, or what the test says. */
class FakeAfe implements Afe {
  readonly identification = { model: "fake", classification: "ECG" };
  readonly fifoSamples = 32;
  readonly sampleRateHz = 250;
  status: AfeStatus = AFE_OK;
  leadOff = false;
  count = 10;
  overrun = false;
  #next = 0;
  configure(): void {}
  close(): void {}
  sample(into: AfeReading): AfeStatus {
    for (let index = 0; index < this.count; index++, this.#next++) {
      const phase = this.#next % 200;
      into.samplesUv[index] = phase < 10 ? 1000 - 200 * Math.abs(phase - 5) : 20 * (phase % 3);
    }
    into.count = this.status === AFE_OK ? this.count : 0;
    into.leadOff = this.leadOff;
    into.overrun = this.overrun;
    into.saturated = false;
    this.overrun = false;
    return this.status;
  }
}

describe("a monitor", () => {
  let afe: FakeAfe;
  let flash: NorFlash;
  let nowMs: number;
  let alerts: string[];
  let beats: number;
  let published: { topic: string; message: Uint8Array }[];
  let listener: UplinkListener | undefined;
  let monitor: Monitor;

  const pass = (ms: number): void => {
    for (const endMs = nowMs + ms; nowMs < endMs; ) {
      nowMs += TICK_MS;
      monitor.tick();
    }
  };
  const start = (openAfe: () => Afe = () => afe, restartReason: RestartReason = RESTART_EXPECTED): void => {
    const board: Board = {
      openAfe, flash, restartReason,
      clock: { monotonicMs: () => nowMs, counterMs: () => nowMs | 0, wallMs: () => 0, quality: () => 0 },
      uplink: {
        open: (_session, opened) => (listener = opened),
        publish: (topic, message) => published.push({ topic, message: message.slice() }) > 0,
        close: () => {},
      },
      indicator: {
        beat: () => beats++,
        beatClass: () => {},
        alert: ({ conditionCode, phase }) => alerts.push(`${conditionOf(conditionCode)?.name} ${phase === 0 ? "onset" : "end"}`),
      },
      entropy: 1,
    };
    const checked = checkConfig({});
    if (!checked.ok) throw new Error(checked.problems.join());
    monitor = new Monitor(board, checked.config);
  };
  const statusNow = (): Status => {
    const status = {} as Status;
    monitor.readStatus(status);
    return status;
  };
  const lastStatus = (): ReturnType<typeof decodeStatus> => {
    const status = published.findLast(({ topic }) => topic.endsWith("/status"));
    return decodeStatus((status as { message: Uint8Array }).message.subarray(DELIVERY_BYTES));
  };

  beforeEach(() => {
    afe = new FakeAfe();
    flash = new NorFlash({ blockBytes: 4096, blockCount: 8 });
    nowMs = 0;
    alerts = [];
    beats = 0;
    published = [];
    listener = undefined;
  });

  it("finds beats and raises nothing when nothing is wrong", () => {
    start();
    pass(30_000);
    expect(beats).toBeGreaterThan(30);
    expect(alerts).toEqual([]);
    expect(statusNow().heartRateBpm).toBe(75);
  });

  it.each<[string, () => void, () => void, string]>([
    ["an AFE whose bus fails", () => (afe.status = AFE_BUS_ERROR), () => (afe.status = AFE_OK), "afe-fault"],
    ["an AFE that gives no samples", () => (afe.count = 0), () => (afe.count = 10), "afe-fault"],
    ["an electrode that is off", () => (afe.leadOff = true), () => (afe.leadOff = false), "lead-off"],
  ])("says so: %s, and its end", (_name, fail, mend, condition) => {
    start();
    pass(10_000);
    fail();
    pass(3000);
    expect(alerts).toEqual([`${condition} onset`]);
    expect(condition === "lead-off" ? statusNow().heartRateBpm : -1).toBe(-1);
    mend();
    pass(5000);
    expect(alerts).toContain(`${condition} end`);
    expect(alerts.some((alert) => /asystole|pause|bradycardia/.test(alert))).toBe(false);
  });

  it("says so when samples were lost, and counts them", () => {
    start();
    pass(10_000);
    afe.overrun = true;
    pass(40);
    expect(alerts).toEqual(["samples-lost onset"]);
    expect(statusNow().lostSamples).toBeGreaterThan(0);
    pass(11_000);
    expect(alerts).toEqual(["samples-lost onset", "samples-lost end"]);
  });

  it("starts without its AFE, says so, and finds it later", () => {
    let there = false;
    start(() => {
      if (!there) throw new Error("no chip");
      return afe;
    });
    pass(3000);
    expect(alerts).toEqual(["afe-fault onset"]);
    there = true;
    pass(8000);
    expect(alerts).toContain("afe-fault end");
    expect(beats).toBeGreaterThan(0);
  });

  it("says that it was restarted by a fault, for a minute, and keeps it in the journal", () => {
    start(() => afe, RESTART_WATCHDOG);
    pass(1000);
    expect(alerts).toEqual(["device-restart onset"]);
    expect(statusNow().pendingAlerts).toBe(1);
    pass(58_000);
    expect(alerts).toHaveLength(1);
    pass(2000);
    expect(alerts).toEqual(["device-restart onset", "device-restart end"]);
  });

  it("shows alerts at the device and says so in its status when the flash takes nothing", () => {
    for (let block = 0; block < flash.blockCount; block++) flash.setFaults(block, { program: true, erase: true });
    start();
    pass(1000);
    expect(alerts).toContain("journal-fault onset");
    listener?.onConnected();
    pass(200);
    expect(lastStatus()).toMatchObject({ ok: true, value: { journalFault: true } });
    afe.leadOff = true;
    pass(2000);
    expect(alerts).toContain("lead-off onset");
  });

  it("rests in standby: no samples, no alarms, but delivery goes on", () => {
    start();
    pass(10_000);
    afe.leadOff = true;
    pass(2000);
    monitor.setStandby(true);
    afe.count = 0;
    pass(20_000);
    expect(alerts).toEqual(["lead-off onset"]);
    listener?.onConnected();
    pass(6000);
    expect(published.some(({ topic }) => topic.endsWith("/alert"))).toBe(true);
  });
});

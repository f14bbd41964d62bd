// Acquirer: numbers of samples, gaps after every kind of loss, and a sensor that comes and goes.
import { describe, expect, it } from "vitest";
import { AFE_BUS_ERROR, AFE_OK, type Afe, type AfeReading, type AfeStatus } from "../../src/contracts/afe.js";
import { AFE_RETRY_MS, Acquirer } from "../../src/samples/acquirer.js";

/** An AFE that returns what the test says. */
class ScriptedAfe implements Afe {
  readonly identification = { model: "scripted", classification: "ECG" };
  readonly fifoSamples = 32;
  readonly sampleRateHz = 250;
  next: { status?: AfeStatus; count?: number; overrun?: boolean; leadOff?: boolean } = {};
  configure(): void {}
  close(): void {}
  sample(into: AfeReading): AfeStatus {
    const { status = AFE_OK, count = 0, overrun = false, leadOff = false } = this.next;
    into.count = count;
    into.overrun = overrun;
    into.leadOff = leadOff;
    into.saturated = false;
    return status;
  }
}

/** Rows: time of the read [ms], what the AFE says, and the block expected: [firstSample, count, gapSamples] or null. */
type Step = [nowMs: number, next: ScriptedAfe["next"], block: [number, number, number] | null];

const CASES: [string, Step[]][] = [
  ["steady reading", [[40, { count: 10 }, [0, 10, 0]], [80, { count: 10 }, [10, 10, 0]], [120, { count: 11 }, [20, 11, 0]]]],
  ["no samples yet", [[40, {}, null], [80, { count: 3 }, [0, 3, 0]]]],
  ["a late reading without overflow has no gap", [[40, { count: 10 }, [0, 10, 0]], [160, { count: 30 }, [10, 30, 0]]]],
  ["overflow: 200 ms are 50 samples, 32 came", [[40, { count: 10 }, [0, 10, 0]], [240, { count: 32, overrun: true }, [28, 32, 18]]]],
  ["overflow always leaves a gap of at least one", [[40, { count: 10 }, [0, 10, 0]], [80, { count: 10, overrun: true }, [11, 10, 1]]]],
  ["overflow told by a reading without samples", [[40, { count: 10 }, [0, 10, 0]], [240, { overrun: true }, null], [280, { count: 10 }, [60, 10, 50]]]],
  ["bus fault for 400 ms", [[40, { count: 10 }, [0, 10, 0]], [80, { status: AFE_BUS_ERROR }, null], [440, { status: AFE_BUS_ERROR }, null], [480, { count: 10 }, [110, 10, 100]]]],
  ["a fast crystal alone makes no gap", [[40, { count: 11 }, [0, 11, 0]], [80, { count: 11 }, [11, 11, 0]]]],
];

describe("blocks", () => {
  it.each(CASES)("%s", (_name, steps) => {
    const afe = new ScriptedAfe();
    const acquirer = new Acquirer(() => afe);
    let lost = 0;
    for (const [nowMs, next, expected] of steps) {
      afe.next = next;
      const { block } = acquirer;
      const found = acquirer.poll(nowMs) ? [block.firstSample, block.count, block.gapSamples] : null;
      expect(found).toEqual(expected);
      lost += expected?.[2] ?? 0;
    }
    expect(acquirer.lostSamples).toBe(lost);
  });
});

describe("a sensor that is not there", () => {
  it("is tried again every AFE_RETRY_MS, and what was missed is a gap", () => {
    const afe = new ScriptedAfe();
    let attempts = 0;
    const acquirer = new Acquirer(() => {
      attempts++;
      if (attempts < 3) throw new Error("no chip");
      return afe;
    });
    for (let nowMs = 40; nowMs <= 40 + 2 * AFE_RETRY_MS - 40; nowMs += 40) expect(acquirer.poll(nowMs)).toBe(false);
    expect(attempts).toBe(2);
    expect(acquirer.status).toBe(AFE_BUS_ERROR);
    afe.next = { count: 5 };
    expect(acquirer.poll(40 + 2 * AFE_RETRY_MS)).toBe(true);
    expect(acquirer.status).toBe(AFE_OK);
    expect([acquirer.block.firstSample, acquirer.block.gapSamples]).toEqual([505, 505]);
  });
  it("with the wrong rate is a defect of ours, not a fault of the world", () => {
    const afe = Object.assign(new ScriptedAfe(), { sampleRateHz: 500 });
    expect(() => new Acquirer(() => afe).poll(40)).toThrow("the AFE's rate");
  });
});

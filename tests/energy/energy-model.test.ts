// The energy model: worked by hand for a chip of round numbers, and orders that must hold for the real ones.
import { describe, expect, it } from "vitest";
import { CHIPS, type ChipCurrents, type HourCounts, type Scenario, batteryDays, meanCurrent, scenarios } from "../../src/energy/energy-model.js";

const CHIP: ChipCurrents = { name: "round", busyMa: 50, idleMa: 20, lightSleepMa: 1, receiveMa: 120, sendMa: 220, instructionsPerS: 100e6 };
const NOTHING: HourCounts = { bytecodes: 0, programmedBytes: 0, erases: 0, packets: 0, bytes: 0 };
const STILL: Scenario = { name: "still", radio: "off", wakesPerHour: 0, extraPackets: 0, extraBytes: 0, sparedPackets: 0, sparedBytes: 0, lightSleep: false };

describe("meanCurrent", () => {
  it.each([
    ["an idle CPU and the AFE", NOTHING, STILL, 20.1],
    // 0.1 of the time busy: 3600 s * 100e6 / 33 * 0.1 bytecodes.
    ["a tenth of the CPU", { ...NOTHING, bytecodes: (3600 * 100e6 * 0.1) / 33 }, STILL, 0.1 + 0.1 * 50 + 0.9 * 20],
    ["light sleep, awake 1 ms of 40", NOTHING, { ...STILL, lightSleep: true }, 0.1 + 0.025 * 20 + 0.975 * 1],
    // 2.5 s of listening an hour, 100 mA above idle.
    ["one connection an hour", NOTHING, { ...STILL, wakesPerHour: 1 }, 20.1 + (2500 * 100) / 3_600_000],
    // 3 ms of each 102.4 ms.
    ["modem sleep", NOTHING, { ...STILL, radio: "associated" }, 20.1 + (3 / 102.4) * 100],
    // 1000 packets of 35 + 90 bytes: 1 ms of sending and 30 ms of listening each.
    ["packets", { ...NOTHING, packets: 1000, bytes: 35_000 }, STILL, 20.1 + (1000 * 200 + 30_000 * 100) / 3_600_000],
    // 100 pages and 10 erases: 80 ms + 700 ms at 20 mA.
    ["flash", { ...NOTHING, programmedBytes: 25_600, erases: 10 }, STILL, 20.1 + (780 * 20) / 3_600_000],
  ] as [string, HourCounts, Scenario, number][])("of %s", (_what, counts, scenario, expectedMa) => {
    expect(meanCurrent(CHIP, counts, scenario).totalMa).toBeCloseTo(expectedMa, 6);
  });

  it.each(CHIPS.map((chip) => [chip.name, chip] as const))("on %s is least for alerts alone, and more for raw ECG than for anything else", (_name, chip) => {
    const counts: HourCounts = { bytecodes: 1e9, programmedBytes: 5000, erases: 1, packets: 400, bytes: 40_000 };
    const totals = scenarios(360, 90, 2).filter(({ lightSleep }) => lightSleep).map((scenario) => ({ name: scenario.name, totalMa: meanCurrent(chip, counts, scenario).totalMa })).sort((one, other) => one.totalMa - other.totalMa);
    expect(totals[0]?.name).toBe("alerts only, radio off between");
    expect(totals.at(-1)?.name).toBe("raw ECG streamed, light sleep, for comparison");
  });
});

it("a cell of 500 mAh gives 400 mAh: 16.7 hours at 24 mA", () => expect(batteryDays(500, 24)).toBeCloseTo(400 / 24 / 24, 9));

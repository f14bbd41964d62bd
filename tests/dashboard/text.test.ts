// Times, conditions and measures as text.
import { describe, expect, it } from "vitest";
import { conditionText, durationText, measureText, onsetText, shortDurationText, speedText } from "../../src/dashboard/text.js";
import { ALARM_CONDITIONS } from "../../src/vocabulary/alarm-condition.js";

describe("text", () => {
  it.each([[0, "0:00:00"], [999, "0:00:00"], [59_999, "0:00:59"], [60_000, "0:01:00"], [3_661_000, "1:01:01"], [360_000_000, "100:00:00"]])("duration %i ms", (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
  it.each([[0, "0.0 s"], [4_012, "4.0 s"], [59_949, "59.9 s"], [59_950, "1 min 0 s"], [65_400, "1 min 5 s"], [3_600_000, "60 min 0 s"]])("short duration %i ms", (ms, text) => {
    expect(shortDurationText(ms)).toBe(text);
  });
  it("speed", () => {
    expect([speedText(1), speedText(0.5), speedText("max")]).toEqual(["1×", "0.5×", "max"]);
  });
  it.each([[1, "Asystole"], [64, "Lead off"], [65, "AFE fault"], [66, "Samples lost"], [127, "Condition 127"]])("condition %i", (code, text) => {
    expect(conditionText(code)).toBe(text);
  });
  it.each([
    [1, 4012, 4000, "4.0 s, limit 4.0 s"],
    [2, 38, 40, "38/min, limit 40/min"],
    [66, 120, 25, "120 samples, limit 25 samples"],
    [65, 3, 1, "3, limit 1"],
    [127, 3, 1, "3, limit 1"],
  ])("measure of condition %i", (conditionCode, measured, limit, text) => {
    expect(measureText({ conditionCode, measured, limit })).toBe(text);
  });
  it("has words for every condition", () => {
    for (const { code } of ALARM_CONDITIONS) expect(conditionText(code)).toMatch(/^[A-Z][A-Za-z ]+$/);
  });
  it("onset: the device's clock, computed, unknown", () => {
    const wallMs = new Date(2026, 2, 2, 9, 5, 7).getTime();
    expect(onsetText({ wallMs, source: "device", drifted: false }, 1, 0)).toBe("09:05:07");
    expect(onsetText({ wallMs, source: "device", drifted: true }, 1, 0)).toBe("about 09:05:07");
    expect(onsetText({ wallMs, source: "dated", drifted: false }, 1, 0)).toBe("09:05:07");
    expect(onsetText({ wallMs, source: "computed", drifted: false }, 1, 0)).toBe("about 09:05:07");
    expect(onsetText({ wallMs: undefined, source: "unknown", drifted: false }, 3, 61_000)).toBe("boot 3 + 0:01:01");
  });
});

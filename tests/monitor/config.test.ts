// Settings: every limit just inside and just outside, and messages that name field, value and expectation.
import { describe, expect, it } from "vitest";
import { checkConfig, numberFields } from "../../src/monitor/config.js";

describe("checkConfig", () => {
  it("fills in defaults and freezes", () => {
    const checked = checkConfig({});
    expect(checked).toEqual({
      ok: true,
      config: { deviceId: "edgebeat-1", asystoleMs: 4000, pauseMs: 2500, bradycardiaBpm: 50, tachycardiaBpm: 120, ventricularTachycardiaBpm: 100, unreadableMs: 20_000, keepAliveMs: 30_000, statusIntervalMs: 10_000 },
    });
    expect(checked.ok && Object.isFrozen(checked.config)).toBe(true);
  });

  const others: Record<string, Record<string, number>> = { bradycardiaBpm: { tachycardiaBpm: 220 }, tachycardiaBpm: { bradycardiaBpm: 20 }, pauseMs: { asystoleMs: 10_000 }, asystoleMs: { pauseMs: 1500 } };
  describe.each(numberFields())("$name", ({ name, min, max }) => {
    it.each([min, max])("takes %d", (value) => expect(checkConfig({ ...others[name], [name]: value }).ok).toBe(true));
    it.each([min - 1, max + 1, min + 0.5, Number.NaN, "50", {}])("refuses %j", (value) =>
      expect(checkConfig({ ...others[name], [name]: value })).toEqual({
        ok: false, problems: [`config.${name}: ${JSON.stringify(value)}, expected a whole number from ${min} to ${max}`],
      }));
  });

  it.each([
    [[], "config: a list, expected an object"],
    [null, "config: null, expected an object"],
    [{ deviceId: 7 }, 'config.deviceId: 7, expected 1 to 23 characters of a-z, 0-9 and "-"'],
    [{ deviceId: "Bed" }, 'config.deviceId: "Bed", expected 1 to 23 characters of a-z, 0-9 and "-"'],
    [{ bradycardiaBpm: 100, tachycardiaBpm: 109 }, "config.tachycardiaBpm: 109, expected at least bradycardiaBpm + 10 = 110"],
    [{ pauseMs: 4000, asystoleMs: 4000 }, "config.pauseMs: 4000, expected less than asystoleMs = 4000"],
  ])("%j: %s", (input, problem) => expect(checkConfig(input)).toEqual({ ok: false, problems: [problem] }));

  it("names unknown settings", () => {
    const checked = checkConfig({ asystoleSeconds: 4 });
    expect(!checked.ok && checked.problems[0]).toMatch(/^config.asystoleSeconds: unknown field, expected one of deviceId, asystoleMs/);
  });
});

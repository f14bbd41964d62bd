// Names of alarm conditions as devices say them: those of the table.
import { describe, expect, it } from "vitest";
import { ALARM_CONDITIONS } from "../../src/vocabulary/alarm-condition.js";
import { conditionName } from "../../src/vocabulary/condition-name.js";

describe("conditionName", () => {
  it.each(ALARM_CONDITIONS)("of $code is $name", ({ code, name }) => expect(conditionName(code)).toBe(name));
  it.each([0, 14, 63, 69, 81, 641])("of %i, which is no condition's, is unknown", (code) => expect(conditionName(code)).toBe("unknown"));
});

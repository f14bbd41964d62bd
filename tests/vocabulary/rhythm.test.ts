// The table of rhythms: codes are for ever, names and texts are what others look up.
import { describe, expect, it } from "vitest";
import { RHYTHMS, RHYTHM_URGENCY } from "../../src/vocabulary/rhythm-table.js";
import { RHYTHM_COUNT } from "../../src/vocabulary/rhythm.js";

describe("RHYTHMS", () => {
  it("has each code at its index", () => expect(RHYTHMS.map(({ code }) => code)).toEqual(Array.from({ length: RHYTHM_COUNT }, (_, code) => code)));
  it("has no name twice", () => expect(new Set(RHYTHMS.map(({ name }) => name)).size).toBe(RHYTHM_COUNT));
  it("has texts that begin as WFDB's do, or none", () => expect(RHYTHMS.filter(({ wfdbText }) => wfdbText !== "" && !wfdbText.startsWith("("))).toEqual([]));
  it("has MDC codes of the ECG partition, or none", () => expect(RHYTHMS.filter(({ mdcCode }) => mdcCode !== 0 && mdcCode >> 16 !== 3)).toEqual([]));
  it("names each in the order of urgency but those that are over at once", () => expect(RHYTHMS.filter(({ code }) => !RHYTHM_URGENCY.includes(code)).map(({ name }) => name)).toEqual(["veb-couplet"]));

  // Unchanged, not correct: stored bytes hold these numbers.
  it("keeps the codes it has given", () => expect(RHYTHMS.map(({ name }) => name)).toEqual([
    "inconclusive", "normal", "bradycardia", "tachycardia", "pause", "asystole", "atrial-fibrillation", "irregular", "bigeminy", "trigeminy",
    "veb-couplet", "veb-run", "svt-run", "ventricular-tachycardia", "idioventricular", "ventricular-fibrillation",
  ]));
});

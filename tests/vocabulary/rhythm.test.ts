// The table of rhythms: codes are for ever, names and texts are what others look up.
import { describe, expect, it } from "vitest";
import { RHYTHMS, RHYTHM_ATRIAL_FIBRILLATION, RHYTHM_COUNT, RHYTHM_VENTRICULAR_FIBRILLATION, rhythmOf } from "../../src/vocabulary/rhythm.js";

describe("RHYTHMS", () => {
  it("has each code at its index", () => expect(RHYTHMS.map(({ code }) => code)).toEqual(Array.from({ length: RHYTHM_COUNT }, (_, code) => code)));
  it("has no name twice", () => expect(new Set(RHYTHMS.map(({ name }) => name)).size).toBe(RHYTHM_COUNT));
  it("has texts that begin as WFDB's do, or none", () => expect(RHYTHMS.filter(({ wfdbText }) => wfdbText !== "" && !wfdbText.startsWith("("))).toEqual([]));
  it("has MDC codes of the ECG partition, or none", () => expect(RHYTHMS.filter(({ mdcCode }) => mdcCode !== 0 && mdcCode >> 16 !== 3)).toEqual([]));

  // Unchanged, not correct: stored bytes hold these numbers.
  it("keeps the codes it has given", () => expect(RHYTHMS.map(({ name }) => name)).toEqual([
    "inconclusive", "normal", "bradycardia", "tachycardia", "pause", "asystole", "atrial-fibrillation", "irregular", "bigeminy", "trigeminy",
    "veb-couplet", "veb-run", "svt-run", "ventricular-tachycardia", "idioventricular", "ventricular-fibrillation",
  ]));
});

describe("rhythmOf", () => {
  it.each([
    [RHYTHM_ATRIAL_FIBRILLATION, "(AFIB"],
    [RHYTHM_VENTRICULAR_FIBRILLATION, "(VFL"],
    [RHYTHM_COUNT, undefined],
    [-1, undefined],
  ])("%d: %s", (code, wfdbText) => expect(rhythmOf(code)?.wfdbText).toBe(wfdbText));
});

// The precision-recall curve on hand-made events.
import { describe, expect, it } from "vitest";
import { precisionRecall } from "../../src/evaluation/precision-recall.js";

/** "90+ 80- 80+": scores of hits and of false detections. */
const parse = (notation: string): { score: number; isHit: boolean }[] =>
  notation.split(" ").filter((word) => word !== "").map((word) => ({ score: Number(word.slice(0, -1)), isHit: word.endsWith("+") }));

describe("precisionRecall", () => {
  it.each([
    ["nothing", "", 4, []],
    ["all right", "50+ 90+", 2, [[90, 50, 100], [50, 100, 100]]],
    ["one missed altogether", "90+", 2, [[90, 50, 100]]],
    ["equal scores are one point", "70- 80+ 80- 80+", 4, [[80, 50, 200 / 3], [70, 50, 50]]],
    ["all false", "70-", 4, [[70, 0, 0]]],
  ] as [string, string, number, number[][]][])("%s", (_name, notation, referenceCount, expected) => {
    const points = precisionRecall(parse(notation), referenceCount).map(({ scoreMin, sensitivity, predictivity }) => [scoreMin, sensitivity, predictivity]);
    expect(points).toEqual(expected);
  });
});

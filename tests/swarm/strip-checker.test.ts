// The checker of strips: it remembers what the chip gave, whatever the place in its memory.
import { expect, it } from "vitest";
import { Judge } from "./judge.js";
import { HISTORY_SAMPLES, StripChecker } from "./strip-checker.js";
import type { AlertFacts } from "./wire-reader.js";

const ALERT: AlertFacts = {
  name: "1.1", condition: 1, phase: 0, priority: 3, boot: 1, sequence: 1, onsetSequence: 1, onsetMs: 0, raisedMs: 0, wallMs: 0, clockQuality: 0, latching: false, onsetSample: 0, limit: 0, fixed: "",
};
const PART_SAMPLES = 250;

function complaintsAbout(chipSamples: number, samplesUv: readonly number[]): number {
  const judge = new Judge();
  const checker = new StripChecker(judge, true);
  checker.onBoot();
  for (let sample = 0; sample < chipSamples; sample++) checker.onSample(sample);
  checker.onAnnounced(ALERT, 0);
  checker.onEnd(0);
  checker.onArrived({ alert: ALERT.name, index: 0, isLast: false, firstSample: samplesUv[0] as number, samplesUv });
  return judge.complaints.length;
}

// Found by seed 812163, in which it held a strip for wrong that came when its memory was just full.
it.each([PART_SAMPLES, HISTORY_SAMPLES - 1, HISTORY_SAMPLES, HISTORY_SAMPLES + 1, 3 * HISTORY_SAMPLES])("knows the newest and the oldest of its samples when the chip has given %i", (chipSamples) => {
  for (const first of [chipSamples - PART_SAMPLES, Math.max(0, chipSamples - HISTORY_SAMPLES)]) {
    const samplesUv = Array.from({ length: PART_SAMPLES }, (_, index) => first + index);
    expect(complaintsAbout(chipSamples, samplesUv)).toBe(0);
    expect(complaintsAbout(chipSamples, samplesUv.with(PART_SAMPLES - 1, -1))).toBe(1);
  }
});

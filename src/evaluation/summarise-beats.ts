// The beat statistics of ANSI/AAMI EC57, from the counts of pairs.
import type { PairLabel } from "./beat-class.js";
import type { BeatMatrix } from "./compare-beats.js";
import type { Ratio } from "./statistics.js";

export interface BeatSummary {
  qrsSensitivity: Ratio;
  qrsPredictivity: Ratio;
  vebSensitivity: Ratio;
  vebPredictivity: Ratio;
  vebFalsePositiveRate: Ratio;
  svebSensitivity: Ratio;
  svebPredictivity: Ratio;
}

/** Classes of beats that are really there. */
const BEATS: readonly PairLabel[] = ["N", "S", "V", "F", "Q"];
/** No beat on that side. */
const ABSENT: readonly PairLabel[] = ["O", "X"];
const NOT_V: readonly PairLabel[] = ["N", "S", "F", "Q"];

/**
 * The statistics as WFDB's bxb -S defines them: a fusion or unknown beat called V is no VEB false positive; a fusion beat called S
 * is a SVEB false positive, an unknown beat called S is none. (WFDB's sumstats, which reads bxb's shortened lines, leaves the
 * fusion beats out of the gross SVEB +P.)
 */
export function summarise({ counts }: BeatMatrix): BeatSummary {
  const sum = (references: readonly PairLabel[], tests: readonly PairLabel[]): number =>
    references.reduce((total, reference) => total + tests.reduce((row, test) => row + counts[reference][test], 0), 0);
  const found = sum(BEATS, BEATS);
  const vebHits = counts.V.V;
  const vebFalse = sum(["N", "S", "O", "X"], ["V"]);
  const svebHits = counts.S.S;
  const svebFalse = sum(["N", "V", "F", "O", "X"], ["S"]);
  return {
    qrsSensitivity: { hits: found, total: found + sum(BEATS, ABSENT) },
    qrsPredictivity: { hits: found, total: found + sum(ABSENT, BEATS) },
    vebSensitivity: { hits: vebHits, total: vebHits + sum(["V"], [...NOT_V, ...ABSENT]) },
    vebPredictivity: { hits: vebHits, total: vebHits + vebFalse },
    vebFalsePositiveRate: { hits: vebFalse, total: vebFalse + sum([...NOT_V, ...ABSENT], NOT_V) },
    svebSensitivity: { hits: svebHits, total: svebHits + sum(["S"], ["N", "V", "F", "Q", ...ABSENT]) },
    svebPredictivity: { hits: svebHits, total: svebHits + svebFalse },
  };
}

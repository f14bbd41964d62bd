// Steps: how many the code under src/ takes for an input, and where; it counts them itself when scripts/count-steps.js bundles it.

/** Above the number of places in all of src/. */
export const PLACE_COUNT = 16_384;

const hits = new Uint32Array(PLACE_COUNT);
/** Places that were hit since `beginSteps`. */
export const touched: number[] = [];
let count = 0;
let countMax = Number.POSITIVE_INFINITY;

/** Called at the head of each function, loop and branch. Throws beyond the limit, so that an endless loop ends, in the same step on any machine. */
export function step(place: number): void {
  if (++count > countMax) throw new Error(`more than ${countMax} steps`);
  const before = hits[place] as number;
  hits[place] = before + 1;
  if (before === 0) touched.push(place);
}

/** Counts anew. */
export function beginSteps(stepsMax: number): void {
  for (const place of touched) hits[place] = 0;
  touched.length = 0;
  count = 0;
  countMax = stepsMax;
}

/** @returns steps since `beginSteps`; they are no longer limited */
export function endSteps(): number {
  countMax = Number.POSITIVE_INFINITY;
  return count;
}

/** @returns how often a place was hit, as a power of 2: 0 for once, at most 7 */
export function log2Hits(place: number): number {
  return Math.min(7, 31 - Math.clz32(hits[place] as number));
}

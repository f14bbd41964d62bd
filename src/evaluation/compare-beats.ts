// The beat-by-beat comparison of ANSI/AAMI EC57: which beats of two annotation files belong together, counted by class.
import type { Annotation } from "../wfdb/annotation.js";
import { PAIR_LABELS, type PairLabel } from "./beat-class.js";
import { BeatReader } from "./beat-reader.js";
import { type ComparisonOptions, END_OF_TIME, fromSampleOf, matchWindowOf } from "./comparison-options.js";

/** Counts of beat pairs: `counts[reference][test]`. */
export interface BeatMatrix {
  counts: Record<PairLabel, Record<PairLabel, number>>;
  /** How long the test side marked the signal as unreadable, over the whole record. [samples] */
  shutdownSamples: number;
}

/** One counted pair. */
export interface BeatPair {
  reference: PairLabel;
  test: PairLabel;
  /** Where the reference has its beat; where it has none, the test's sample. */
  referenceSample: number;
  /** Where the test has its beat; where it has none, the reference's sample. */
  testSample: number;
}

export function emptyBeatMatrix(): BeatMatrix {
  const row = (): Record<PairLabel, number> => ({ N: 0, S: 0, V: 0, F: 0, Q: 0, O: 0, X: 0 });
  return { counts: { N: row(), S: row(), V: row(), F: row(), Q: row(), O: row(), X: row() }, shutdownSamples: 0 };
}

/** The sum of several records' counts: the basis of EC57's gross statistics. */
export function addBeatMatrices(matrices: readonly BeatMatrix[]): BeatMatrix {
  const sum = emptyBeatMatrix();
  for (const { counts, shutdownSamples } of matrices) {
    for (const reference of PAIR_LABELS) for (const test of PAIR_LABELS) sum.counts[reference][test] += counts[reference][test];
    sum.shutdownSamples += shutdownSamples;
  }
  return sum;
}

/**
 * Compares two annotation files beat by beat. Agrees with WFDB's bxb -S to the beat.
 * - Beats up to one match window apart are a pair, unless a neighbour fits better.
 * - Test beats while the reference says ventricular flutter or fibrillation ("[" to "]") are not counted.
 * - A beat that has no partner is paired with O, or with X where the other side had marked the signal as unreadable.
 * @param reference Annotations in order of time.
 * @param test Annotations in order of time.
 * @param onPair Told each counted pair, in order.
 */
export function compareBeats(
  reference: readonly Annotation[],
  test: readonly Annotation[],
  options: ComparisonOptions,
  onPair?: (pair: BeatPair) => void,
): BeatMatrix {
  const window = matchWindowOf(options);
  const from = fromSampleOf(options);
  const matrix = emptyBeatMatrix();
  const ref = new BeatReader(reference, window, END_OF_TIME);
  const tst = new BeatReader(test, window, undefined);

  const count = (refLabel: PairLabel | undefined, testLabel: PairLabel | undefined, referenceSample: number, testSample: number): void => {
    if (refLabel === undefined || testLabel === undefined) return;
    matrix.counts[refLabel][testLabel]++;
    onPair?.({ reference: refLabel, test: testLabel, referenceSample, testSample });
  };
  const countPair = (): void => {
    count(ref.current.beatClass, tst.current.beatClass, ref.current.sample, tst.current.sample);
    ref.advance();
    tst.advance();
  };

  do ref.advance();
  while (ref.current.sample < from);
  do tst.advance();
  while (tst.next.sample < from);
  skipBorderBeats(ref, tst, from, window, countPair);

  const isOpen =
    options.toSample === undefined
      ? (): boolean => ref.current.sample !== END_OF_TIME
      : (): boolean => ref.current.sample <= options.toSample! || tst.current.sample <= options.toSample!;
  while (isOpen()) {
    const { sample: refSample, beatClass: refClass } = ref.current;
    const { sample: testSample, beatClass: testClass } = tst.current;
    const [earlier, later] = testSample < refSample ? [tst, ref] : [ref, tst];
    if (belongTogether(earlier, later, window)) {
      countPair();
    } else if (earlier === tst) {
      if (!ref.isFibrillation(testSample)) count(ref.isShutdown(testSample) ? "X" : "O", testClass, testSample, testSample);
      tst.advance();
    } else {
      count(refClass, tst.isShutdown(refSample) ? "X" : "O", refSample, refSample);
      ref.advance();
    }
  }
  matrix.shutdownSamples = tst.shutdownSamples;
  if (tst.openShutdownStart !== undefined && options.toSample !== undefined) matrix.shutdownSamples += options.toSample - tst.openShutdownStart;
  return matrix;
}

/** At the start the last test beat of the learning period may still belong to the first scored reference beat; else it is dropped. */
function skipBorderBeats(ref: BeatReader, tst: BeatReader, from: number, window: number, countPair: () => void): void {
  const gap = ref.current.sample - tst.current.sample;
  if (gap <= window && gap < Math.abs(ref.current.sample - tst.next.sample)) {
    countPair();
    return;
  }
  tst.advance();
  const nearBorder = tst.current.sample - from <= window;
  if (nearBorder && Math.abs(ref.current.sample - tst.next.sample) < Math.abs(ref.current.sample - tst.current.sample)) tst.advance();
}

/**
 * Do the current beats of the two readers belong together? They must be near, and the later one must be nearer to the earlier
 * than to the beat after the earlier, or else that beat must have a better partner of its own.
 */
function belongTogether(earlier: BeatReader, later: BeatReader, window: number): boolean {
  const gap = later.current.sample - earlier.current.sample;
  const rivalGap = Math.abs(later.current.sample - earlier.next.sample);
  return gap <= window && (gap < rivalGap || Math.abs(later.next.sample - earlier.next.sample) < rivalGap);
}

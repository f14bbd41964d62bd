// The precision-recall curve: what sensitivity and predictivity a limit on a score would give.

/** A detection with its score. */
export interface ScoredEvent {
  score: number;
  /** Is it right? */
  isHit: boolean;
}

export interface CurvePoint {
  /** Events of at least this score are kept. */
  scoreMin: number;
  /** Kept hits of all reference events. [%] */
  sensitivity: number;
  /** Hits of what is kept. [%] */
  predictivity: number;
}

/**
 * One point per distinct score, the highest first. A detection that a higher limit would drop is taken to leave its reference event
 * missed; the pairs are not made anew.
 * @param referenceCount Reference events, found or not; above 0.
 */
export function precisionRecall(events: readonly ScoredEvent[], referenceCount: number): CurvePoint[] {
  const points: CurvePoint[] = [];
  const inOrder = events.toSorted((one, other) => other.score - one.score);
  let hits = 0;
  inOrder.forEach(({ score, isHit }, index) => {
    if (isHit) hits++;
    if (inOrder[index + 1]?.score === score) return;
    points.push({ scoreMin: score, sensitivity: (100 * hits) / referenceCount, predictivity: (100 * hits) / (index + 1) });
  });
  return points;
}

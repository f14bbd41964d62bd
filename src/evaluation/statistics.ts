// Ratios of counts in percent: per record, gross (pooled) and averaged over records, as EC57 reports them.

/** A proportion with its counts. */
export interface Ratio {
  hits: number;
  total: number;
}

/** In percent; undefined when there is nothing to divide by. */
export function percentOf(ratio: Ratio): number | undefined {
  return ratio.total > 0 ? (100 * ratio.hits) / ratio.total : undefined;
}

/** EC57's gross statistic: every event weighs the same. */
export function gross(ratios: readonly Ratio[]): Ratio {
  return ratios.reduce((sum, ratio) => ({ hits: sum.hits + ratio.hits, total: sum.total + ratio.total }), { hits: 0, total: 0 });
}

/** EC57's average statistic, in percent: every record that has such events weighs the same. */
export function average(ratios: readonly Ratio[]): number | undefined {
  const percents = ratios.flatMap((ratio) => percentOf(ratio) ?? []);
  return percents.length === 0 ? undefined : percents.reduce((sum, percent) => sum + percent, 0) / percents.length;
}

/** Harmonic mean of sensitivity and positive predictivity. [%] Undefined when either is. */
export function f1Percent(sensitivity: Ratio, predictivity: Ratio): number | undefined {
  const se = percentOf(sensitivity);
  const p = percentOf(predictivity);
  if (se === undefined || p === undefined) return undefined;
  return se + p === 0 ? 0 : (2 * se * p) / (se + p);
}

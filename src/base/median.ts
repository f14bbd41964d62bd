// medianOf: the middle of a few whole numbers, without making anything.

/**
 * @param values the first `count` count; they stay as they are, unless they are `sorted` themselves
 * @param count 1 .. the length of `sorted`
 * @param sorted is overwritten; a plain array, which XS reads and writes twice as fast
 * @returns the middle one, or the mean of the two middle ones, rounded down
 */
export function medianOf(values: Int16Array | Int32Array | readonly number[], count: number, sorted: number[]): number {
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    let at = i;
    for (; at > 0; at--) {
      const before = sorted[at - 1]!;
      if (before <= value) break;
      sorted[at] = before;
    }
    sorted[at] = value;
  }
  return (sorted[(count - 1) >> 1]! + sorted[count >> 1]!) >> 1;
}

// medianOf: the middle of a few whole numbers, without making anything.

/**
 * @param values the first `count` count; they stay as they are, unless they are `sorted` themselves
 * @param count 1 .. the length of `sorted`
 * @param sorted is overwritten
 * @returns the middle one, or the mean of the two middle ones, rounded down
 */
export function medianOf<T extends Int16Array | Int32Array>(values: T, count: number, sorted: T): number {
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    let at = i;
    while (at > 0 && sorted[at - 1]! > value) {
      sorted[at] = sorted[at - 1]!;
      at--;
    }
    sorted[at] = value;
  }
  return (sorted[(count - 1) >> 1]! + sorted[count >> 1]!) >> 1;
}

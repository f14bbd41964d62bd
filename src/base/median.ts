// medianOf: the middle of a few whole numbers, without making anything.

/**
 * @param values those from `first` on count; they stay as they are, unless they are sorted in place
 * @param count 1 or more
 * @param sorted is overwritten from `sortedFirst` on; XS reads and writes a plain array twice as fast, but keeps 16 bytes for each element
 * @returns the middle one, or the mean of the two middle ones, rounded down
 */
export function medianOf(values: Numbers, count: number, sorted: Numbers, first = 0, sortedFirst = 0): number {
  for (let i = 0; i < count; i++) {
    const value = values[first + i]!;
    let at = sortedFirst + i;
    for (; at > sortedFirst; at--) {
      const before = sorted[at - 1]!;
      if (before <= value) break;
      sorted[at] = before;
    }
    sorted[at] = value;
  }
  return (sorted[sortedFirst + ((count - 1) >> 1)]! + sorted[sortedFirst + (count >> 1)]!) >> 1;
}

type Numbers = Int16Array | Int32Array | number[];

// medianOfLast: the middle of the last few whole numbers, without making anything.

/**
 * Takes the next number in.
 * @param memory has, from `first` on, the last `size` numbers as they came, and behind them the same in ascending order
 * @param count so many came before
 * @returns the middle one of the last, or the mean of the two middle ones, rounded down
 */
export function medianOfLast(memory: Int16Array | Int32Array, first: number, size: number, count: number, value: number): number {
  const sorted = first + size;
  const place = first + (count % size);
  let last = sorted + count;
  let at = last;
  if (count >= size) {
    at = last = sorted + size - 1;
    const old = memory[place]!;
    while (memory[at] !== old) at--;
  }
  memory[place] = value;
  // The place at `at` is free: the numbers between it and the new one's move.
  for (; at > sorted && memory[at - 1]! > value; at--) memory[at] = memory[at - 1]!;
  for (; at < last && memory[at + 1]! < value; at++) memory[at] = memory[at + 1]!;
  memory[at] = value;
  return (memory[(sorted + last) >> 1]! + memory[(sorted + last + 1) >> 1]!) >> 1;
}

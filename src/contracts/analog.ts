// The part of the ECMA-419 Analog class that drivers use: one conversion at a time, when it is asked for.

/** Options of an input. The pin's own fields are the board's affair and pass through. */
export interface AnalogOptions {
  readonly [pin: string]: unknown;
}

export interface Analog {
  /** Bits of a conversion. */
  readonly resolution: number;
  /** Converts now. @returns 0 to 2^resolution - 1 */
  read(): number;
  close(): void;
}

export type AnalogConstructor = new (options: AnalogOptions) => Analog;

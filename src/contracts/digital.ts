// The part of the ECMA-419 Digital class that drivers use: an input pin.

/** Options of an input. The pin's own fields (`pin`) are the board's affair and pass through. */
export interface DigitalOptions {
  readonly mode: number;
  /** Edges that call `onReadable`. */
  readonly edge?: number;
  /** An edge has come since the call before; several edges may make one call. */
  readonly onReadable?: () => void;
  readonly [pin: string]: unknown;
}

export interface Digital {
  /** @returns 0 for low, 1 for high */
  read(): number;
  close(): void;
}

export interface DigitalConstructor {
  new (options: DigitalOptions): Digital;
  readonly InputPullUp: number;
  readonly Falling: number;
}

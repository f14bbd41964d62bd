// The part of the ECMA-419 SPI class that drivers use, so that they compile and run without Moddable.

/** Options of an SPI bus object. Pin fields (`clock`, `in`, `out`, `select`) are the board's affair and pass through. */
export interface SpiOptions {
  /** Clock rate. [Hz] */
  readonly hz: number;
  readonly mode?: 0 | 1 | 2 | 3;
  readonly [pin: string]: unknown;
}

export interface Spi {
  /** One chip-select frame, full duplex, in place: the bytes sent are replaced by the bytes received. Throws on a bus fault. */
  transfer(bytes: Uint8Array): void;
  close(): void;
}

export type SpiConstructor = new (options: SpiOptions) => Spi;

// SPI of the device with one chip-select frame per transfer, which Moddable's own SPI class leaves to its user.
import SPI from "embedded:io/spi";
import type { Spi, SpiOptions } from "../../contracts/spi.js";

/**
 * Moddable's `transfer` pulls chip select low and leaves it there until another bus object is used or `flush(true)` is called
 * (Moddable SDK 8.2.3, modSPIActivateConfiguration). A chip whose commands begin with chip select would take all for one frame.
 */
export class FramedSpi implements Spi {
  private readonly _bus: SPI;

  /** @throws Error for pins in use; RangeError for options that the microcontroller does not have. */
  constructor(options: SpiOptions) {
    this._bus = new SPI(options);
  }

  transfer(bytes: Uint8Array): void {
    this._bus.transfer(bytes);
    this._bus.flush(true);
  }

  close(): void {
    this._bus.close();
  }
}

// SPI of the device with one chip-select frame per transfer, which Moddable's own SPI class leaves to its user.
import SPI from "embedded:io/spi";
import type { Spi, SpiOptions } from "../../contracts/spi.js";

/**
 * Moddable's `transfer` pulls chip select low and leaves it there until another bus object is used or `flush(true)` is called
 * (Moddable SDK 8.2.3, modSPIActivateConfiguration). A chip whose commands begin with chip select would take all for one frame.
 *
 * Chip select is an output that `flush` sets, after the interrupt that ends a transfer (spi_device_transmit) and a task's wake-up: it outlasts the clock by some
 * ten microseconds, more than the 4 periods of its clock, 7.8 us, that an ADS1292R wants (SBAS502C, "Timing Requirements: Serial Interface"). Not measured yet.
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

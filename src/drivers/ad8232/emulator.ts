// Emulator of an AD8232 with an ADC behind it, at its pins, written from the data sheet: what the real driver talks to in the simulator and in tests.
import type { Analog, AnalogConstructor } from "../../contracts/analog.js";
import type { Digital, DigitalConstructor } from "../../contracts/digital.js";
import type { EcgSource } from "../../contracts/emulation.js";
import { CARDIAC_MONITOR_GAIN, OUTPUT_SWING_MV } from "./pins.js";

/*
 * Modelled: OUTPUT about REFOUT at the gain of the portable cardiac monitor, its limits, an ADC of 12 bits over the supply; LO+ and LO- of the DC mode
 * with three electrodes, at once; what the pins read with pull-ups when nothing is connected.
 * Not modelled: the filters and their delay, fast restore, noise, the errors of an ADC, the right leg drive, SDN.
 */

/** Supply of the usual boards, and the end of the ADC. [mV] */
export const SUPPLY_MV = 3300;
const ADC_BITS = 12;

export class Ad8232Emulator {
  // Faults
  bus: "ok" | "throws" = "ok";
  isPlugged = true;

  /** Pins opened through the classes below and not closed yet. */
  openPins = 0;
  /** `sampleIndex` of the newest conversion, -1 before the first. */
  lastReadIndex = -1;
  readonly #source: EcgSource;
  #nowUs = 0;

  constructor(source: EcgSource) {
    this.#source = source;
  }

  /** Lets time go on. [us] */
  advanceTo(timeUs: number): void {
    this.#nowUs = timeUs;
  }

  /** A class of analog inputs that are wired to OUTPUT. */
  outputClass(): AnalogConstructor {
    // oxlint-disable-next-line no-this-alias -- the inner class has a `this` of its own
    const chip = this;
    return class EmulatedOutput implements Analog {
      readonly resolution = ADC_BITS;
      constructor() {
        chip.openPins++;
      }
      read(): number {
        return chip.convert();
      }
      close(): void {
        chip.openPins--;
      }
    };
  }

  /** A class of digital inputs that are wired to LO+ or LO-, which do the same here. */
  leadOffClass(): DigitalConstructor {
    // oxlint-disable-next-line no-this-alias -- the inner class has a `this` of its own
    const chip = this;
    return class EmulatedPin implements Digital {
      static readonly InputPullUp = 1;
      static readonly Falling = 2;
      constructor() {
        chip.openPins++;
      }
      read(): number {
        return chip.leadOffPin();
      }
      close(): void {
        chip.openPins--;
      }
    };
  }

  /** @throws Error if `bus` is "throws" */
  leadOffPin(): 0 | 1 {
    if (this.bus === "throws") throw new Error("emulated fault of a pin");
    return this.#source.leadOff || !this.isPlugged ? 1 : 0;
  }

  /** One conversion, now. @throws Error if `bus` is "throws" */
  convert(): number {
    if (this.bus === "throws") throw new Error("emulated fault of the converter");
    const electrodesUv = this.#source.nextSample(++this.lastReadIndex, this.#nowUs);
    if (!this.isPlugged) return 0;
    const outputMv = this.#source.leadOff ? SUPPLY_MV : SUPPLY_MV / 2 + (electrodesUv * CARDIAC_MONITOR_GAIN) / 1000;
    const limitedMv = Math.max(OUTPUT_SWING_MV, Math.min(SUPPLY_MV - OUTPUT_SWING_MV, outputMv));
    return Math.round((limitedMv / SUPPLY_MV) * 2 ** ADC_BITS);
  }
}

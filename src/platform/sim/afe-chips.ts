// The emulated front ends of the simulated world, each behind the same few wires that lead to the firmware.
import type { EcgSource } from "../../contracts/emulation.js";
import { Ad8232Emulator } from "../../drivers/ad8232/emulator.js";
import { Ads1292rEmulator } from "../../drivers/ads1292r/emulator.js";
import { Max30003Emulator } from "../../drivers/max30003/emulator.js";
import { type AfeName, PIN_DATA_READY } from "../desk/border.js";

/** A front end without a FIFO is sampled by a timer of the microcontroller so often. [ms] */
const TIMER_MS = 4;
/** One with a FIFO is drained so often where a core of its own does it: four times before it is full. [ms] */
const DRAIN_MS = 20;

export interface AfeChip {
  /** Lets time go on. [us] */
  advanceTo(timeUs: number): void;
  /** Number of the newest sample that the firmware has read, -1 before the first. */
  readonly lastReadIndex: number;
  /** One frame of SPI, in place. @throws Error for a fault of the bus */
  transfer(bytes: Uint8Array): void;
  /** Level of a pin of the microcontroller. @param pin PIN_* */
  readPin(pin: number): number;
  /** Converts the microcontroller's analog input. */
  readAnalog(): number;
  /** Does its interrupt, or the timer in its place, call the firmware now? @param ms time since power on [ms] */
  isServiceDue(ms: number): boolean;
}

const noBus = (): never => {
  throw new Error("nothing is connected there");
};

export function emulateAfe(name: AfeName, source: EcgSource): AfeChip {
  if (name === "ad8232") {
    const chip = new Ad8232Emulator(source);
    return {
      advanceTo: (timeUs) => chip.advanceTo(timeUs),
      get lastReadIndex() {
        return chip.lastReadIndex;
      },
      transfer: noBus,
      readPin: () => chip.leadOffPin(),
      readAnalog: () => chip.convert(),
      isServiceDue: (ms) => ms % TIMER_MS === 0,
    };
  }
  const chip = name === "ads1292r" ? new Ads1292rEmulator(source) : new Max30003Emulator(source);
  return {
    advanceTo: (timeUs) => chip.advanceTo(timeUs),
    get lastReadIndex() {
      return chip.lastReadIndex;
    },
    transfer: (bytes) => chip.transfer(bytes),
    readPin: (pin) => (pin === PIN_DATA_READY && chip instanceof Ads1292rEmulator ? chip.dataReadyPin : 1),
    readAnalog: noBus,
    isServiceDue: (ms) => ms % DRAIN_MS === 0 || (chip instanceof Ads1292rEmulator && chip.dataReadyPin === 0),
  };
}

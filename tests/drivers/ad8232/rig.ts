// An AD8232 emulator with a patient and a timer to play with, as the AFE contract suite wants it.
import { Ad8232 } from "../../../src/drivers/ad8232/ad8232.js";
import { Ad8232Emulator, SUPPLY_MV } from "../../../src/drivers/ad8232/emulator.js";
import type { AfeRig } from "../../contracts/afe.suite.js";

export class Ad8232Rig implements AfeRig {
  signal: (sampleIndex: number) => number = () => 0;
  /** As the emulator's source of ECG. */
  leadOff = false;
  nowUs = 0;
  readonly chip = new Ad8232Emulator(this);

  /** Number of the instant, at 250/s, of the latest conversion: an amplifier that converts when asked has no count of its own. */
  lastReadIndex = -1;

  nextSample(_conversion: number, timeUs: number): number {
    this.lastReadIndex = Math.round(timeUs / 4000);
    return this.signal(this.lastReadIndex);
  }
  open(): Ad8232 {
    const pin = { io: this.chip.leadOffClass() };
    return new Ad8232({
      sensor: { io: this.chip.outputClass() }, leadOffPlus: pin, leadOffMinus: pin, nowMs: () => this.nowUs / 1000, supplyMv: SUPPLY_MV, fullScaleMv: SUPPLY_MV,
    });
  }
  runMs(durationMs: number): void {
    this.nowUs += durationMs * 1000;
    this.chip.advanceTo(this.nowUs);
  }
  setLeadOff(off: boolean): void {
    this.leadOff = off;
  }
  setBus(state: "ok" | "high" | "low" | "throws"): void {
    this.chip.bus = state === "ok" ? "ok" : "throws";
  }
  setPlugged(plugged: boolean): void {
    this.chip.isPlugged = plugged;
  }
  resetPower(): void {}
  setWrongChip(): void {}
  setStopped(): void {}
  get openBuses(): number {
    return this.chip.openPins;
  }
}

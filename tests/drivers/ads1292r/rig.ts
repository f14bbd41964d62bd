// An ADS1292R emulator with a patient to play with, as the AFE contract suite wants it.
import { Ads1292r } from "../../../src/drivers/ads1292r/ads1292r.js";
import { Ads1292rEmulator } from "../../../src/drivers/ads1292r/emulator.js";
import type { AfeRig } from "../../contracts/afe.suite.js";

export class Ads1292rRig implements AfeRig {
  signal: (sampleIndex: number) => number = () => 0;
  /** As the emulator's source of ECG. */
  leadOff = false;
  nowUs = 0;
  readonly chip: Ads1292rEmulator;

  constructor() {
    this.chip = new Ads1292rEmulator(this);
  }

  nextSample(sampleIndex: number): number {
    return this.signal(sampleIndex);
  }

  open(onAlert?: () => void): Ads1292r {
    return new Ads1292r({
      sensor: { io: this.chip.busClass() }, alert: { io: this.chip.pinClass() }, nowMs: () => Math.floor(this.nowUs / 1000), ...(onAlert && { onAlert }),
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
    this.chip.bus = state;
  }
  setPlugged(plugged: boolean): void {
    this.chip.resetPower();
    this.chip.isPlugged = plugged;
  }
  resetPower(): void {
    this.chip.resetPower();
  }
  setWrongChip(wrong: boolean): void {
    this.chip.idByte = wrong ? 0x53 : 0x73;
  }
  setStopped(stopped: boolean): void {
    this.chip.clockStopped = stopped;
  }
  get openBuses(): number {
    return this.chip.openBuses + this.chip.openPins;
  }
  get lastReadIndex(): number {
    return this.chip.lastReadIndex;
  }
}

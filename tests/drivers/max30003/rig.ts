// A MAX30003 emulator with a patient to play with, as the AFE contract suite wants it.
import { Max30003 } from "../../../src/drivers/max30003/max30003.js";
import { Max30003Emulator } from "../../../src/drivers/max30003/emulator.js";
import type { AfeRig } from "../../contracts/afe.suite.js";

export class Max30003Rig implements AfeRig {
  signal: (sampleIndex: number) => number = () => 0;
  /** As the emulator's source of ECG. */
  leadOff = false;
  nowUs = 0;
  readonly chip: Max30003Emulator;

  constructor() {
    this.chip = new Max30003Emulator(this);
  }

  nextSample(sampleIndex: number): number {
    return this.signal(sampleIndex);
  }

  open(): Max30003 {
    return new Max30003({ sensor: { io: this.chip.busClass() } });
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
    this.chip.bus = plugged ? "ok" : "high";
  }
  resetPower(): void {
    this.chip.resetPower();
  }
  setWrongChip(wrong: boolean): void {
    this.chip.infoWord = wrong ? 0x521000 : 0x503000;
  }
  setStopped(stopped: boolean): void {
    this.chip.clockStopped = stopped;
  }
  get openBuses(): number {
    return this.chip.openBuses;
  }
  get lastReadIndex(): number {
    return this.chip.lastReadIndex;
  }
}

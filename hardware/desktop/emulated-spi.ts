// EmulatedSpi: an SPI bus with an emulated MAX30003 on it, wired to a synthetic patient who lives in real time.
import Time from "time";
import type { Spi, SpiOptions } from "../../src/contracts/spi.js";
import { Max30003Emulator } from "../../src/drivers/max30003/emulator.js";
import { SyntheticPatient, parseScenario } from "../../src/platform/sim/synthetic-patient.js";
import { textSetting } from "../../src/platform/xs/settings.js";

/** Shown over and over unless `patient=` says otherwise: enough to see beats, an alert of high priority and its end. */
const SCENARIO = "sinus@40,asystole@8,sinus@30,af@40,sinus@30";
const SEED = 1;

export class EmulatedSpi implements Spi {
  private readonly _startTicks = Time.ticks;
  private readonly _chip = makeChip();
  private readonly _bus: Spi;

  constructor(options: SpiOptions) {
    const Bus = this._chip.busClass();
    this._bus = new Bus(options);
  }
  transfer(bytes: Uint8Array): void {
    this._chip.advanceTo(Time.delta(this._startTicks) * 1000);
    this._bus.transfer(bytes);
  }
  close(): void {
    this._bus.close();
  }
}

function makeChip(): Max30003Emulator {
  let scenario = parseScenario(textSetting("patient", SCENARIO));
  if (!scenario.ok) {
    trace(`${scenario.problem}; using ${SCENARIO}\n`);
    scenario = parseScenario(SCENARIO);
  }
  const patient = new SyntheticPatient("desktop", scenario.ok ? scenario.segments : [], SEED);
  let sample = 0;
  return new Max30003Emulator({
    nextSample: (sampleIndex) => {
      sample = sampleIndex % patient.sampleCount;
      return patient.sampleUv(sample);
    },
    get leadOff() {
      return patient.leadOff(sample);
    },
  });
}

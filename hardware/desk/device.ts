// Composition root of the desk: the real firmware with the simulated world in place of the board, and a choice of front ends.
import type { Afe } from "../../src/contracts/afe.js";
import Ad8232 from "../../src/drivers/ad8232/ad8232.js";
import Ads1292r from "../../src/drivers/ads1292r/ads1292r.js";
import Max30003 from "../../src/drivers/max30003/max30003.js";
import type { Monitor } from "../../src/monitor/monitor.js";
import {
  type AfeName, CALL_FIGURE, CALL_SERVICE, CALL_STANDBY, type Device, FIGURE_BOOT_COUNT, FIGURE_HEART_RATE, FIGURE_LATE_SAMPLES, FIGURE_LOST_SAMPLES,
  FIGURE_PENDING_ALERTS, FIGURE_PENDING_EVIDENCE, type HostCall, PIN_DATA_READY, PIN_LEAD_OFF_MINUS, PIN_LEAD_OFF_PLUS,
} from "../../src/platform/desk/border.js";
import { DeskAnalog, DeskDigital } from "../../src/platform/desk/pins.js";
import { DeskSpi } from "../../src/platform/desk/stand-ins.js";
import { Acquisition } from "../../src/samples/acquisition.js";
import { RingAfe } from "../../src/samples/ring-afe.js";
import { SAMPLE_RING_BYTES } from "../../src/samples/sample-ring.js";
import { SAMPLE_RATE_HZ } from "../../src/vocabulary/sample.js";
import { Composition } from "./composition.js";

/** Supply of the AD8232's board and end of the converter, as in the emulator. [mV] */
const SUPPLY_MV = 3300;

/** Opens the chip of that name. */
function openChip(name: AfeName, hostCall: HostCall, nowMs: () => number): Afe {
  if (name === "max30003") return new Max30003({ sensor: { io: DeskSpi, hostCall } });
  if (name === "ads1292r") return new Ads1292r({ sensor: { io: DeskSpi, hostCall }, alert: { io: DeskDigital, hostCall, pin: PIN_DATA_READY }, nowMs });
  return new Ad8232({
    sensor: { io: DeskAnalog, hostCall }, leadOffPlus: { io: DeskDigital, hostCall, pin: PIN_LEAD_OFF_PLUS }, leadOffMinus: { io: DeskDigital, hostCall, pin: PIN_LEAD_OFF_MINUS },
    nowMs, supplyMv: SUPPLY_MV, fullScaleMv: SUPPLY_MV,
  });
}

function figure(monitor: Monitor, which: number): number {
  const status = {} as Parameters<typeof monitor.readStatus>[0];
  monitor.readStatus(status);
  if (which === FIGURE_PENDING_ALERTS) return status.pendingAlerts;
  if (which === FIGURE_PENDING_EVIDENCE) return monitor.pendingEvidence;
  if (which === FIGURE_LOST_SAMPLES) return status.lostSamples;
  if (which === FIGURE_BOOT_COUNT) return monitor.bootCount;
  if (which === FIGURE_HEART_RATE) return status.heartRateBpm;
  if (which === FIGURE_LATE_SAMPLES) return status.lateSamples;
  return monitor.nextSample;
}

/** @returns a device without power; CALL_BOOT starts it. */
export default function createDevice(hostCall: HostCall): Device {
  let acquisition: Acquisition | undefined;
  /** Time of the service that is going on. [ms] */
  let serviceMs = 0;
  const composition = new Composition(hostCall, ({ afe: name = "max30003", apart }) => {
    const openAfe = (): Afe => {
      const afe = openChip(name, hostCall, () => serviceMs);
      afe.configure({ sampleRateHz: SAMPLE_RATE_HZ });
      return afe;
    };
    // As on the boards: either the monitor's tick reads the chip, or something else does and hands over through a ring.
    if (!apart) return openAfe;
    const memory = new SharedArrayBuffer(SAMPLE_RING_BYTES);
    acquisition = new Acquisition(openAfe, memory);
    return () => new RingAfe(memory, name.toUpperCase());
  });

  const call = (op: number, a: number, b: number, byteCount: number): number => {
    switch (op) {
      case CALL_SERVICE:
        serviceMs = a;
        acquisition?.service(a);
        return 0;
      case CALL_STANDBY:
        composition.monitor?.setStandby(a === 1);
        return 0;
      case CALL_FIGURE:
        return composition.monitor ? figure(composition.monitor, a) : -1;
      default:
        return composition.call(op, a, b, byteCount);
    }
  };
  return { mailbox: composition.mailbox, call };
}

// The ADS1292R of a board, as hardware/common/ADS1292R.md has it wired.
import Digital from "embedded:io/digital";
import type { Afe } from "../../src/contracts/afe.js";
import Ads1292r from "../../src/drivers/ads1292r/ads1292r.js";
import { nowMs } from "../../src/platform/xs/fine-clock.js";
import { FramedSpi } from "../../src/platform/xs/framed-spi.js";
import { SAMPLE_RATE_HZ } from "../../src/vocabulary/sample.js";

/** GPIO numbers and the port of the bus. */
export interface Ads1292rPins {
  readonly dataReady: number;
  readonly port: number;
  readonly clock: number;
  readonly in: number;
  readonly out: number;
  readonly select: number;
}

/** @param onAlert data are ready @throws Error if no ADS1292R answers */
export function openAds1292r(pins: Ads1292rPins, onAlert: () => void): Afe {
  const { dataReady, ...bus } = pins;
  const afe = new Ads1292r({ sensor: { io: FramedSpi, active: 0, ...bus }, alert: { io: Digital, pin: dataReady }, onAlert, nowMs });
  afe.configure({ sampleRateHz: SAMPLE_RATE_HZ });
  return afe;
}

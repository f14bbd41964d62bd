// The AD8232 of a board: the usual breakout with a divider before the converter, as hardware/common/AD8232.md has it wired.
import Analog from "embedded:io/analog";
import Digital from "embedded:io/digital";
import type { Afe } from "../../src/contracts/afe.js";
import Ad8232 from "../../src/drivers/ad8232/ad8232.js";
import { BREAKOUT_GAIN } from "../../src/drivers/ad8232/pins.js";
import { nowMs } from "../../src/platform/xs/fine-clock.js";
import { SAMPLE_RATE_HZ } from "../../src/vocabulary/sample.js";

/** GPIO numbers; `output` must be one of ADC1, since Wi-Fi takes ADC2. */
export interface Ad8232Pins {
  readonly output: number;
  readonly leadOffPlus: number;
  readonly leadOffMinus: number;
}

/** What feeds the breakout; REFOUT is half of it. [mV] */
const SUPPLY_MV = 3300;
/**
 * Where conversions end on every ESP32, calibrated and at the widest attenuation, which are what the SDK sets unless it is told otherwise (Moddable SDK 8.2.3,
 * modules/io/analog/esp32/_analog.c). [mV]
 */
const CONVERTER_END_MV = 2450;
/** 47 kohm from OUTPUT to the converter's pin, 100 kohm from there to ground: 3.2 V, to which the amplifier reaches, are 2.18 V at the pin. [V/V] */
const DIVIDER = 147 / 100;

/** @throws Error if a pin can't be had */
export function openAd8232({ output, leadOffPlus, leadOffMinus }: Ad8232Pins): Afe {
  const afe = new Ad8232({
    sensor: { io: Analog, pin: output }, leadOffPlus: { io: Digital, pin: leadOffPlus }, leadOffMinus: { io: Digital, pin: leadOffMinus },
    nowMs, supplyMv: SUPPLY_MV, fullScaleMv: CONVERTER_END_MV * DIVIDER, gain: BREAKOUT_GAIN,
  });
  afe.configure({ sampleRateHz: SAMPLE_RATE_HZ });
  return afe;
}

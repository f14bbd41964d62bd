// Driver of the AD8232 analog ECG front end: a sensor of ECMA-419 style that converts once at each call, and says how punctual that was.
import { AFE_BUS_ERROR, AFE_OK } from "../../contracts/afe.js";
import type { Afe, AfeConfiguration, AfeReading, AfeStatus } from "../../contracts/afe.js";
import type { Analog, AnalogConstructor } from "../../contracts/analog.js";
import type { Digital, DigitalConstructor } from "../../contracts/digital.js";
import { microvolts, scaleOf } from "./decode.js";
import { CARDIAC_MONITOR_GAIN, OUTPUT_SWING_MV } from "./pins.js";

/** Rates at which a timer of whole milliseconds can call. */
const RATES_HZ = Object.freeze([125, 200, 250, 500]);
/**
 * A sample that comes later than this after its instant is marked. [ms] The steepest part of a QRS complex rises by some 100 uV a ms, so that half
 * a millisecond is 50 uV, the smallest deflection that cardiologists read (0.5 mm at 10 mm/mV).
 */
const LATE_MS = 0.5;
/** A call that comes so much before an instant is for that one; an earlier call is a late one for the instant before. [periods] */
const EARLY = 0.25;
/** Readings after which the instants are moved to the earliest of them, in case the timer runs in another phase now. */
const WINDOW_READINGS = 64;
/** LO+ and LO- must be high for so long: they know no delay. [ms] */
const LEAD_OFF_MS = 100;
/** An output that stays at its limit for so long shows no ECG at all, and not a tall complex that is clipped. [ms] */
const STUCK_MS = 100;
/** What an output that is stuck reads as: the end of the range, where signal quality looks for it. [uV] */
const STUCK_UV = 32_767;

export interface Ad8232Options {
  /** The ADC at OUTPUT. */
  readonly sensor: {
    readonly io: AnalogConstructor;
    readonly [pin: string]: unknown;
  };
  /** The pins LO+ and LO-; pulled up, they also tell that the amplifier is not there. */
  readonly leadOffPlus: { readonly io: DigitalConstructor; readonly [pin: string]: unknown };
  readonly leadOffMinus: { readonly io: DigitalConstructor; readonly [pin: string]: unknown };
  /** A clock that only goes forward, the finer the better. [ms] */
  readonly nowMs: () => number;
  /** Supply of the amplifier; REFOUT is half of it. [mV] */
  readonly supplyMv: number;
  /** Voltage at which the ADC ends. [mV] */
  readonly fullScaleMv: number;
  /** From the electrodes to OUTPUT; CARDIAC_MONITOR_GAIN if left out. [V/V] */
  readonly gain?: number;
}

/**
 * The sampling instants are those of the calls: `sample` has to be called by a timer at the rate. A call that comes too late for its
 * instant gives a sample that is marked as late; one that comes when the next is due gives that one, and what lies between is lost and
 * counted. A call before the next instant gives nothing.
 *
 * Nothing tells this amplifier from another, or from none but by LO+ and LO-, which are high then: that shows as lead-off.
 */
export class Ad8232 implements Afe {
  readonly identification = Object.freeze({ model: "AD8232", classification: "ECG" });
  readonly fifoSamples = 1;
  private readonly _nowMs: () => number;
  private _output: Analog | undefined;
  private _plus: Digital | undefined;
  private _minus: Digital | undefined;
  private readonly _scale: number;
  private readonly _middleCount: number;
  private readonly _lowCount: number;
  private readonly _highCount: number;
  private _sampleRateHz = 250;
  /** Instant of the latest sample; -1 before the first. [ms] */
  private _instantMs = -1;
  private _earliestMs = 0;
  private _readings = 0;
  private _lost = false;
  private _offSamples = 0;
  private _limitSamples = 0;
  private _closed = false;

  /** Opens the pins. @throws Error if one can't be had; the others are then closed. */
  constructor(options: Ad8232Options) {
    const { sensor, leadOffPlus, leadOffMinus, supplyMv, fullScaleMv } = options;
    this._nowMs = options.nowMs;
    try {
      this._output = new sensor.io(sensor);
      this._plus = new leadOffPlus.io({ mode: leadOffPlus.io.InputPullUp, ...leadOffPlus });
      this._minus = new leadOffMinus.io({ mode: leadOffMinus.io.InputPullUp, ...leadOffMinus });
    } catch (error) {
      this.close();
      throw error;
    }
    const counts = 2 ** this._output.resolution;
    this._scale = scaleOf(fullScaleMv, this._output.resolution, options.gain ?? CARDIAC_MONITOR_GAIN);
    this._middleCount = Math.round((supplyMv / 2 / fullScaleMv) * counts);
    this._lowCount = Math.ceil((OUTPUT_SWING_MV / fullScaleMv) * counts);
    // Where the ADC ends before the amplifier does, its own last code is the limit.
    this._highCount = Math.min(counts - 1, Math.floor(((supplyMv - OUTPUT_SWING_MV) / fullScaleMv) * counts));
  }

  get sampleRateHz(): number {
    return this._sampleRateHz;
  }

  /** @throws RangeError for a rate that no timer of whole milliseconds has. */
  configure(configuration: AfeConfiguration): void {
    const { sampleRateHz } = configuration;
    if (!RATES_HZ.includes(sampleRateHz)) throw new RangeError(`AD8232: sampleRateHz is ${sampleRateHz}, expected one of ${RATES_HZ.join(", ")}`);
    this._sampleRateHz = sampleRateHz;
    this._instantMs = -1;
    this._lost = false;
  }

  sample(into: AfeReading): AfeStatus {
    into.count = 0;
    into.leadOff = false;
    into.saturated = false;
    into.overrun = false;
    into.lostSamples = 0;
    into.lateSamples = 0;
    into.more = false;
    if (this._closed) return AFE_BUS_ERROR;
    // ECMA-419 reports faults of a pin by exceptions, and this is where they become values.
    try {
      this._read(into);
    } catch {
      into.count = 0;
      into.saturated = false;
      this._lost = this._instantMs >= 0;
      return AFE_BUS_ERROR;
    }
    into.leadOff = this._offSamples >= (this._sampleRateHz * LEAD_OFF_MS) / 1000;
    return AFE_OK;
  }

  /** Frees the pins. From now on `sample` reports AFE_BUS_ERROR. */
  close(): void {
    if (this._closed) return;
    this._closed = true;
    this._output?.close();
    this._plus?.close();
    this._minus?.close();
  }

  private _read(into: AfeReading): void {
    const nowMs = this._nowMs();
    const periodMs = 1000 / this._sampleRateHz;
    const passed = this._instantMs < 0 ? 1 : Math.floor((nowMs - this._instantMs) / periodMs + EARLY);
    if (passed === 0) return;
    const count = (this._output as Analog).read();
    const isOff = (this._plus as Digital).read() !== 0 || (this._minus as Digital).read() !== 0;
    this._judgeTime(nowMs, passed, periodMs, into);
    this._offSamples = isOff ? this._offSamples + 1 : 0;
    into.samplesUv[0] = this._convert(count, into);
    into.count = 1;
  }

  /** @param passed instants since the latest sample, that of the sample at hand included */
  private _judgeTime(nowMs: number, passed: number, periodMs: number, into: AfeReading): void {
    const isFirst = this._instantMs < 0;
    const instantMs = isFirst ? nowMs : this._instantMs + passed * periodMs;
    const lateMs = nowMs - instantMs;
    // In an unbroken row, a sample that is early shows that those before it were late.
    const isPunctual = lateMs < 0 && passed === 1;
    this._instantMs = isPunctual ? nowMs : instantMs;
    if (!isPunctual && (lateMs > LATE_MS || lateMs < -LATE_MS)) into.lateSamples = 1;
    if (passed > 1 || this._lost) {
      into.overrun = true;
      into.lostSamples = Math.max(1, passed - 1);
    }
    this._lost = false;
    if (this._readings === 0 || lateMs < this._earliestMs) this._earliestMs = Math.max(0, lateMs);
    if (++this._readings < WINDOW_READINGS) return;
    this._instantMs += this._earliestMs;
    this._readings = 0;
  }

  private _convert(count: number, into: AfeReading): number {
    if (count > this._lowCount && count < this._highCount) {
      this._limitSamples = 0;
      return microvolts(count, this._middleCount, this._scale);
    }
    into.saturated = true;
    if (++this._limitSamples < (this._sampleRateHz * STUCK_MS) / 1000) return microvolts(count, this._middleCount, this._scale);
    return count <= this._lowCount ? -STUCK_UV : STUCK_UV;
  }
}

export default Ad8232;

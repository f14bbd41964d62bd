// Driver of the ADS1292R two-lead ECG AFE: an ECMA-419 style sensor over SPI that takes one sample at each data-ready.
import { AFE_BUS_ERROR, AFE_OK, AFE_WRONG_CHIP } from "../../contracts/afe.js";
import type { Afe, AfeConfiguration, AfeReading, AfeStatus } from "../../contracts/afe.js";
import type { Digital, DigitalConstructor } from "../../contracts/digital.js";
import type { Spi, SpiConstructor } from "../../contracts/spi.js";
import { FRAME_BYTES, RDATAC, RREG, SDATAC, START, STOP, WREG } from "./codes.js";
import { ConversionCounter } from "./conversion-counter.js";
import { MICROVOLTS_CODE_MAX, SATURATION_CODE, channel2Code, isFrame, isLeadOff, microvolts } from "./decode.js";

/**
 * SPI clock unless the board sets another. [Hz] The chip needs 4 periods of its 512 kHz clock, 7.8 us, to take in each byte of a command, and at
 * 1 MHz a byte lasts 8 us. Source: data sheet, "Sending Multi-Byte Commands".
 */
const SPI_HZ = 1_000_000;

// Registers, as in registers.ts, which is for the emulator and the tests: the table with its names would take 2 KB of the device.
const ID = 0x00;
/** What an ADS1292R answers in ID. */
const ID_BYTE = 0x73;
const CONFIG1 = 0x01;
/** Registers that are set, in one command, from CONFIG1 to GPIO; in tests/drivers/ads1292r the bytes are put together from their fields. */
const SETUP = Object.freeze([
  0x00, // CONFIG1: the rate's bits are missing
  0xe0, // CONFIG2: lead-off comparators and reference buffer on, 2.42 V
  0x10, // LOFF: 95 % and 5 %, 6 nA, direct current
  0x81, // CH1SET: off, its inputs shorted
  0x00, // CH2SET: gain 6, electrodes
  0x2c, // RLD_SENS: right leg driven against the mean of both inputs of channel 2
  0x0c, // LOFF_SENS: both inputs of channel 2
  0x00, // LOFF_STAT
  0x02, // RESP1: respiration off
  0x03, // RESP2: right leg drive about mid-supply, made inside
  0x00, // GPIO: both pins are outputs, low
]);
const SETUP_BYTES = SETUP.length;
/** The one of these that says what is, and not what was set. */
const LOFF_STAT_AT = 7;
/** Electrodes must be off for so long: the comparators know no delay. [ms] */
const LEAD_OFF_MS = 100;
/** A code beyond the range of int16 microvolts for so long is an electrode's offset, and the zero moves there. [ms] */
const OFFSET_MS = 100;
/** No data for so long: the chip has stopped, lost its power or is not there. The filter needs 16 ms after a start. [ms] */
const SILENT_MS = 100;

/** Rates by DR. Source: data sheet, "CONFIG1". The chip has three more, faster than anybody can read in this way. */
const RATES_HZ = Object.freeze([125, 250, 500]);

export interface Ads1292rOptions {
  readonly sensor: {
    readonly io: SpiConstructor;
    /** SPI clock, up to 1,000,000. [Hz] */
    readonly hz?: number;
    /** Pins and port of the bus, handed to `io` as they are. */
    readonly [pin: string]: unknown;
  };
  /** The pin DRDY. The chip's START pin is to be tied low, since it is started by command. */
  readonly alert: {
    readonly io: DigitalConstructor;
    readonly [pin: string]: unknown;
  };
  /** Data are ready: `sample` is to be called before the next ones are. */
  readonly onAlert?: () => void;
  /** A clock that only goes forward, in steps of at most 1 ms. [ms] */
  readonly nowMs: () => number;
}

/**
 * ECG is channel 2 at gain 6, direct-coupled: the zero is moved to the electrodes' offset whenever the signal has left the range of
 * +-32.7 mV about it for 100 ms (flagged as saturated). Right leg drive from both inputs of channel 2; DC lead-off detection at 6 nA;
 * channel 1, which measures respiration in this part, is off.
 *
 * The chip keeps one sample. Who comes too late has missed some, and `overrun` and `lostSamples` say how many, by the time that passed.
 */
export class Ads1292r implements Afe {
  readonly identification = Object.freeze({ model: "ADS1292R", classification: "ECG" });
  readonly fifoSamples = 1;
  private _io: Spi;
  private _dataReady: Digital | undefined;
  private _nowMs: () => number;
  private _command = new Uint8Array(1);
  private _identify = new Uint8Array(3);
  private _transferSetup = new Uint8Array(2 + SETUP_BYTES);
  private _frame = new Uint8Array(FRAME_BYTES);
  private _setup = new Uint8Array(SETUP_BYTES);
  private _counter = new ConversionCounter();
  private _sampleRateHz = 250;
  private _id = 0;
  /** The chip is set up, for all we know. */
  private _ready = false;
  /** It has given data since it was set up. */
  private _running = false;
  /** No data for SILENT_MS. */
  private _silent = false;
  /** Samples have been handed over since the chip was configured; before that nothing can be lost. */
  private _started = false;
  private _lost = false;
  private _lastSampleMs = 0;
  private _waitingSinceMs = 0;
  private _offSamples = 0;
  private _offsetCode = 0;
  private _beyondSamples = 0;
  private _closed = false;

  /** Opens bus and pin and sets the chip up for 250 samples/s. @throws Error if no ADS1292R answers; bus and pin are then closed. */
  constructor(options: Ads1292rOptions) {
    const { sensor, alert, onAlert } = options;
    this._nowMs = options.nowMs;
    this._io = new sensor.io({ hz: SPI_HZ, mode: 1, ...sensor });
    try {
      const edge = onAlert === undefined ? {} : { edge: alert.io.Falling, onReadable: () => onAlert() };
      // Pulled up, the pin of a chip that is not there says "no data".
      this._dataReady = new alert.io({ mode: alert.io.InputPullUp, ...alert, ...edge });
      this._plan(this._sampleRateHz);
      const status = this._initialise();
      if (status !== AFE_OK) throw new Error(this._complaint(status));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get sampleRateHz(): number {
    return this._sampleRateHz;
  }

  /**
   * Sets the chip up anew. A fault of the bus shows at the next `sample`.
   * @throws RangeError for a rate that the chip does not have.
   */
  configure(configuration: AfeConfiguration): void {
    this._plan(configuration.sampleRateHz);
    this._ready = false;
    this._started = false;
    this._lost = false;
    this._silent = false;
    try {
      this._initialise();
    } catch {
      // The chip is not ready, and `sample` tries again.
    }
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
    let status: AfeStatus;
    // The SPI contract reports faults of the bus by exceptions, and this is where they become values.
    try {
      status = this._ready ? this._read(into) : this._initialise();
    } catch {
      status = AFE_BUS_ERROR;
    }
    if (status !== AFE_OK) {
      this._ready = false;
      this._lost = this._started;
      return status;
    }
    into.leadOff = this._offSamples >= (this._sampleRateHz * LEAD_OFF_MS) / 1000;
    return this._silent ? AFE_BUS_ERROR : AFE_OK;
  }

  /** Frees bus and pin; the chip goes on until it loses power. From now on `sample` reports AFE_BUS_ERROR. */
  close(): void {
    if (this._closed) return;
    this._closed = true;
    this._io.close();
    this._dataReady?.close();
  }

  private _read(into: AfeReading): AfeStatus {
    const dataReady = this._dataReady as Digital;
    const frame = this._frame;
    if (dataReady.read() !== 0) {
      if (this._nowMs() - this._waitingSinceMs <= SILENT_MS) return AFE_OK;
      this._silent = true;
      return AFE_BUS_ERROR;
    }
    frame.fill(0);
    this._io.transfer(frame);
    // New data have come while these were on their way, and may stand in the midst of them.
    if (dataReady.read() === 0) {
      frame.fill(0);
      this._io.transfer(frame);
    }
    if (!isFrame(frame)) return AFE_BUS_ERROR;
    this._silent = false;
    this._count(this._nowMs(), into);
    this._offSamples = isLeadOff(frame) ? this._offSamples + 1 : 0;
    into.samplesUv[0] = this._convert(channel2Code(frame), into);
    into.count = 1;
    return AFE_OK;
  }

  /** Finds out what was missed before the sample at hand. */
  private _count(nowMs: number, into: AfeReading): void {
    const periodMs = 1000 / this._sampleRateHz;
    let missed = 0;
    if (this._running) {
      missed = this._counter.missed(nowMs);
    } else {
      this._counter.start(nowMs, periodMs);
      if (this._lost) missed = Math.max(1, Math.round((nowMs - this._lastSampleMs) / periodMs) - 1);
      this._running = true;
    }
    into.overrun = missed > 0;
    into.lostSamples = missed;
    this._lost = false;
    this._started = true;
    this._lastSampleMs = nowMs;
    this._waitingSinceMs = nowMs;
  }

  private _convert(code: number, into: AfeReading): number {
    const beyond = code - this._offsetCode;
    if (beyond <= MICROVOLTS_CODE_MAX && beyond >= -MICROVOLTS_CODE_MAX) {
      this._beyondSamples = 0;
      return microvolts(beyond);
    }
    into.saturated = true;
    if (code < SATURATION_CODE && code > -SATURATION_CODE && ++this._beyondSamples >= (this._sampleRateHz * OFFSET_MS) / 1000) {
      this._offsetCode = code;
      this._beyondSamples = 0;
    }
    return microvolts(beyond > 0 ? MICROVOLTS_CODE_MAX : -MICROVOLTS_CODE_MAX);
  }

  /** Identifies, sets up and starts the chip. It writes no register of a chip that it does not know. */
  private _initialise(): AfeStatus {
    this._running = false;
    this._send(SDATAC);
    const identify = this._identify;
    identify[0] = RREG | ID;
    identify[1] = 0;
    identify[2] = 0;
    this._io.transfer(identify);
    const id = identify[2] as number;
    this._id = id;
    if (id === 0 || id === 0xff) return AFE_BUS_ERROR;
    if (id !== ID_BYTE) return AFE_WRONG_CHIP;
    this._send(STOP);
    const setup = this._setup;
    const transfer = this._transferSetup;
    transfer[0] = WREG | CONFIG1;
    transfer[1] = SETUP_BYTES - 1;
    transfer.set(setup, 2);
    this._io.transfer(transfer);
    transfer.fill(0);
    transfer[0] = RREG | CONFIG1;
    transfer[1] = SETUP_BYTES - 1;
    this._io.transfer(transfer);
    for (let at = 0; at < SETUP_BYTES; at++) {
      if (at !== LOFF_STAT_AT && transfer[2 + at] !== setup[at]) return AFE_BUS_ERROR;
    }
    this._send(RDATAC);
    this._send(START);
    this._ready = true;
    this._waitingSinceMs = this._nowMs();
    return AFE_OK;
  }

  private _send(command: number): void {
    this._command[0] = command;
    this._io.transfer(this._command);
  }

  /** Works out all registers that are set. */
  private _plan(sampleRateHz: number): void {
    const dataRate = RATES_HZ.indexOf(sampleRateHz);
    if (dataRate < 0) throw new RangeError(`ADS1292R: sampleRateHz is ${sampleRateHz}, expected one of ${RATES_HZ.join(", ")}`);
    this._sampleRateHz = sampleRateHz;
    this._setup.set(SETUP);
    this._setup[0] = dataRate;
  }

  private _complaint(status: AfeStatus): string {
    const found = `0x${this._id.toString(16).padStart(2, "0")}`;
    return status === AFE_WRONG_CHIP
      ? `ADS1292R: register ID reads ${found}, expected 0x73 (another chip?)`
      : `ADS1292R: no usable answer on the SPI bus (register ID reads ${found}, expected 0x73)`;
  }
}

export default Ads1292r;

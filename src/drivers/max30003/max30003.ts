// Driver of the MAX30003 single-lead ECG AFE: an ECMA-419 style sensor over SPI that drains the chip's FIFO.
import { AFE_BUS_ERROR, AFE_OK, AFE_WRONG_CHIP } from "../../contracts/afe.js";
import type { Afe, AfeConfiguration, AfeReading, AfeStatus } from "../../contracts/afe.js";
import type { Spi, SpiConstructor } from "../../contracts/spi.js";
import { BURST_BROKEN, BURST_MORE, BURST_OVERFLOW, decodeBurst } from "./decode.js";
import { field, FIFO_WORDS, REGISTERS } from "./registers.js";

const { STATUS, EN_INT, MNGR_INT, MNGR_DYN, INFO, CNFG_GEN, CNFG_EMUX, CNFG_ECG } = REGISTERS;

/** SPI clock unless the board sets another. [Hz] A third of the chip's limit of 12 MHz, for the sake of loose wires. */
const SPI_HZ = 4_000_000;
/**
 * Words of the first burst: the 10 samples of a 40 ms tick, and two that may come between. On XS a word that is empty costs a third of a
 * sample; whoever comes later than after 12 samples needs a second burst, of the rest of the FIFO.
 */
const BURST_WORDS = 12;
const REST_WORDS = FIFO_WORDS - BURST_WORDS;
/** INTB falls at so many unread samples: the other 24 then give 96 ms at 250/s, more than an erase of flash takes (80 ms). */
const INTERRUPT_SAMPLES = 8;
/** Fast recovery from +-32.03 mV on, 41 * 2048 * 0.38147 uV: the end of the linear range, as in SATURATION_UV. */
const FAST_THRESHOLD = 41;
/**
 * Readings in a row without a sample until the chip counts as stopped: a second at a tick of 40 ms; at the shortest tick, 1 ms, three
 * periods of the slowest rate.
 */
const STALL_READINGS = 25;
/** A stopped chip is set up anew every so many readings; less often than STALL_READINGS, since the PLL starts anew each time. */
const RESTART_READINGS = 250;

/** What a MAX30003 answers in INFO, apart from its revision. */
const INFO_MASK = INFO.PATTERN | INFO.PART_ID;
/** Bits of STATUS that say that an electrode is off. */
const LEAD_OFF = STATUS.DCLOFFINT | STATUS.LDOFF_PH | STATUS.LDOFF_PL | STATUS.LDOFF_NH | STATUS.LDOFF_NL;
/** Bits of STATUS that are in no field and so read as 0, unless the bus is at fault. */
const STATUS_UNUSED = 0x0ff0f0;

/**
 * Rates, and the fields that give them. The low-pass is the widest there is at the rate: the pipeline filters for itself, and its
 * models were trained on recordings of such bandwidth. Source: data sheet, "CNFG_ECG (0x15)".
 */
const RATES = Object.freeze([
  Object.freeze({ sampleRateHz: 125, fmstr: 1, rate: 2, dlpf: 1 }),
  Object.freeze({ sampleRateHz: 128, fmstr: 0, rate: 2, dlpf: 1 }),
  Object.freeze({ sampleRateHz: 200, fmstr: 2, rate: 2, dlpf: 1 }),
  Object.freeze({ sampleRateHz: 250, fmstr: 1, rate: 1, dlpf: 2 }),
  Object.freeze({ sampleRateHz: 256, fmstr: 0, rate: 1, dlpf: 2 }),
  Object.freeze({ sampleRateHz: 500, fmstr: 1, rate: 0, dlpf: 3 }),
  Object.freeze({ sampleRateHz: 512, fmstr: 0, rate: 0, dlpf: 3 }),
]);

export interface Max30003Options {
  readonly sensor: {
    readonly io: SpiConstructor;
    /** SPI clock, up to 12,000,000. [Hz] */
    readonly hz?: number;
    /** Pins and port of the bus, handed to `io` as they are. */
    readonly [pin: string]: unknown;
  };
}

/**
 * Gain 20 V/V (+-32.5 mV linear); no digital high-pass, so that the capacitor between CAPP and CAPN alone sets the lower corner;
 * DC lead-off detection; fast recovery after saturation (its samples are flagged as saturated). The R-to-R detector stays off.
 *
 * `overrun` comes with the first samples after a loss: the gap lies before `samplesUv[0]`.
 */
export class Max30003 implements Afe {
  readonly identification = Object.freeze({ model: "MAX30003", classification: "ECG" });
  readonly fifoSamples = FIFO_WORDS;
  private _io: Spi;
  private _frame = new Uint8Array(4);
  private _rest = new Uint8Array(1 + 3 * REST_WORDS);
  private _burst = this._rest.subarray(0, 1 + 3 * BURST_WORDS);
  /** Address and word of each register that is set, in order; CNFG_GEN comes last since it starts the chip. */
  private _setup = new Int32Array(12);
  private _sampleRateHz = 250;
  private _infoWord = 0;
  /** The chip is set up, for all we know. */
  private _ready = false;
  /** Samples have been handed over since the chip was configured; before that nothing can be lost. */
  private _started = false;
  /** Samples were lost since the last ones were handed over. */
  private _lost = false;
  private _emptyReadings = 0;
  private _closed = false;

  /** Opens the bus and sets the chip up for 250 samples/s. @throws Error if no MAX30003 answers; the bus is then closed. */
  constructor(options: Max30003Options) {
    this._io = new options.sensor.io({ hz: SPI_HZ, mode: 0, ...options.sensor });
    try {
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
   * Sets the chip up anew, throwing away what is in its FIFO. A fault of the bus shows at the next `sample`.
   * @throws RangeError for a rate that the chip does not have.
   */
  configure(configuration: AfeConfiguration): void {
    this._plan(configuration.sampleRateHz);
    this._ready = false;
    this._started = false;
    this._lost = false;
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
    let status: AfeStatus;
    // The SPI contract reports faults of the bus by exceptions, and this is where they become values.
    try {
      status = this._ready ? this._drain(into) : this._initialise();
    } catch {
      status = AFE_BUS_ERROR;
    }
    if (status !== AFE_OK) {
      into.count = 0;
      into.saturated = false;
      this._ready = false;
      this._lost = this._started;
    }
    if (into.count > 0) {
      into.overrun = this._lost;
      this._lost = false;
      this._started = true;
      this._emptyReadings = 0;
      return AFE_OK;
    }
    const emptyReadings = ++this._emptyReadings;
    if (status === AFE_OK && emptyReadings > STALL_READINGS) {
      status = AFE_BUS_ERROR;
      this._lost = this._started;
      if (emptyReadings % RESTART_READINGS === 0) this._ready = false;
    }
    return status;
  }

  /** Frees the bus; the chip goes on until it is reset or loses power. From now on `sample` reports AFE_BUS_ERROR. */
  close(): void {
    if (this._closed) return;
    this._closed = true;
    this._ready = false;
    this._io.close();
  }

  private _drain(into: AfeReading): AfeStatus {
    let result = this._readBurst(this._burst, into);
    if (result === BURST_MORE) result = this._readBurst(this._rest, into);
    if (result === BURST_BROKEN) return AFE_BUS_ERROR;
    if (result === BURST_OVERFLOW) {
      this._write(REGISTERS.FIFO_RST.address, 0);
      into.count = 0;
      into.saturated = false;
      this._lost = this._started;
    }
    const status = this._read(STATUS.address);
    // CNFG_GEN, with bits both set and clear, tells a chip that goes on from one that was reset and from a dead bus.
    if (this._read(CNFG_GEN.address) !== (this._setup[this._setup.length - 1] as number)) return AFE_BUS_ERROR;
    if ((status & STATUS_UNUSED) !== 0) return AFE_BUS_ERROR;
    if ((status & STATUS.PLLINT) !== 0) {
      // Without the PLL's lock the samples' times mean nothing. The data sheet asks for a SYNCH once it has locked ("SYNCH (0x09)").
      // PLLINT is held until read, so it shows once more after the lock, and that reading's SYNCH is the one that counts.
      this._write(REGISTERS.SYNCH.address, 0);
      into.count = 0;
      into.saturated = false;
      this._lost = this._started;
    }
    into.leadOff = (status & LEAD_OFF) !== 0;
    return AFE_OK;
  }

  /** Identifies, resets and sets up the chip. It does not write to a chip that it does not know. */
  private _initialise(): AfeStatus {
    this._read(STATUS.address); // INFO is not valid as the first command after power-on
    const info = this._read(INFO.address);
    this._infoWord = info;
    if (info === 0 || info === 0xffffff) return AFE_BUS_ERROR;
    if ((info & INFO_MASK) !== (INFO.reset & INFO_MASK)) return AFE_WRONG_CHIP;
    this._write(REGISTERS.SW_RST.address, 0);
    const setup = this._setup;
    for (let at = 0; at < setup.length; at += 2) {
      const address = setup[at] as number;
      const word = setup[at + 1] as number;
      this._write(address, word);
      if (this._read(address) !== word) return AFE_BUS_ERROR;
    }
    this._ready = true;
    return AFE_OK;
  }

  /** Works out the words of all registers that are set. */
  private _plan(sampleRateHz: number): void {
    const row = RATES.find((rate) => rate.sampleRateHz === sampleRateHz);
    if (row === undefined) {
      const choices = RATES.map((rate) => rate.sampleRateHz).join(", ");
      throw new RangeError(`MAX30003: sampleRateHz is ${sampleRateHz}, expected one of ${choices}`);
    }
    this._sampleRateHz = sampleRateHz;
    this._setup.set([
      EN_INT.address, EN_INT.EN_EINT | EN_INT.EN_EOVF | field(EN_INT.INTB_TYPE, 3),
      MNGR_INT.address, field(MNGR_INT.EFIT, INTERRUPT_SAMPLES - 1) | MNGR_INT.CLR_SAMP,
      MNGR_DYN.address, field(MNGR_DYN.FAST, 2) | field(MNGR_DYN.FAST_TH, FAST_THRESHOLD),
      CNFG_EMUX.address, 0, // both inputs connected, sign as wired
      CNFG_ECG.address, field(CNFG_ECG.RATE, row.rate) | field(CNFG_ECG.GAIN, 0) | field(CNFG_ECG.DLPF, row.dlpf),
      // 10 nA over the 100 Mohm bias is 1 V, well beyond the threshold of 300 mV; over an electrode it takes more than 30 Mohm.
      CNFG_GEN.address,
      field(CNFG_GEN.FMSTR, row.fmstr) | CNFG_GEN.EN_ECG | field(CNFG_GEN.EN_DCLOFF, 1) | field(CNFG_GEN.DCLOFF_IMAG, 2) |
        field(CNFG_GEN.EN_RBIAS, 1) | field(CNFG_GEN.RBIASV, 1) | CNFG_GEN.RBIASP | CNFG_GEN.RBIASN,
    ]);
  }

  private _complaint(status: AfeStatus): string {
    const found = `0x${this._infoWord.toString(16).padStart(6, "0")}`;
    return status === AFE_WRONG_CHIP
      ? `MAX30003: register INFO reads ${found}, expected 0x5.3... (another chip?)`
      : `MAX30003: no usable answer on the SPI bus (register INFO reads ${found}, expected 0x5.3...)`;
  }

  private _readBurst(burst: Uint8Array, into: AfeReading): number {
    burst[0] = (REGISTERS.ECG_FIFO_BURST.address << 1) | 1;
    this._io.transfer(burst);
    return decodeBurst(burst, into);
  }

  private _read(address: number): number {
    const frame = this._frame;
    // What else is sent while the chip answers means nothing to it.
    frame[0] = (address << 1) | 1;
    this._io.transfer(frame);
    return ((frame[1] as number) << 16) | ((frame[2] as number) << 8) | (frame[3] as number);
  }

  private _write(address: number, word: number): void {
    const frame = this._frame;
    frame[0] = address << 1;
    frame[1] = word >> 16;
    frame[2] = word >> 8;
    frame[3] = word;
    this._io.transfer(frame);
  }
}

export default Max30003;

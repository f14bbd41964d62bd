// Driver of the MAX30003 single-lead ECG AFE: an ECMA-419 style sensor over SPI that drains the chip's FIFO.
import { AFE_BUS_ERROR, AFE_OK, AFE_WRONG_CHIP } from "../../contracts/afe.js";
import type { Afe, AfeConfiguration, AfeReading, AfeStatus } from "../../contracts/afe.js";
import type { Spi, SpiConstructor } from "../../contracts/spi.js";
import { SAMPLE_RATE_HZ } from "../../vocabulary/sample.js";
import { READ_BROKEN, READ_CHECK, READ_COUNT, READ_LEAD_OFF, READ_MORE, READ_OVERFLOW, READ_R_TO_R, READ_SATURATED, READ_UNLOCKED, READ_UNUSUAL } from "./codes.js";
import { Frames } from "./frames.js";

/** SPI clock unless the board sets another. [Hz] A third of the chip's limit of 12 MHz, for the sake of loose wires. */
const SPI_HZ = 4_000_000;
/** Samples that wait in the chip. */
const FIFO_SAMPLES = 32;
/**
 * Readings in a row without a sample until the chip counts as stopped: a second at a tick of 40 ms; at the shortest tick, 1 ms, six
 * periods.
 */
const STALL_READINGS = 25;
/** A stopped chip is set up anew every so many readings; less often than STALL_READINGS, since the PLL starts anew each time. */
const RESTART_READINGS = 250;

// Registers, as in registers.ts, which is for the emulator and the tests: the table with its names would take 2.7 KB of the device.
const STATUS = 0x01;
const INFO = 0x0f;
const RTOR = 0x25;
/** The chip measures R to R in steps of 8 ms where FMSTR is 1, and counts them from bit 10 on. Source: data sheet, "RTOR (0x25)". */
const R_TO_R_MS = 8;
const R_TO_R_SHIFT = 10;
/** What a MAX30003 answers in INFO, apart from its revision. */
const INFO_MASK = 0xf03000;
const INFO_PATTERN = 0x503000;

// What is written: a register's address, and below it its word of 24 bits.
const WORD_BITS = 24;
const WORD_MASK = 0xffffff;
const SW_RST = 0x08_000000;
const SYNCH = 0x09_000000;
const FIFO_RST = 0x0a_000000;
/** The R-to-R detector as it is after power-on, EN_RTOR missing. */
const CNFG_RTOR1 = 0x1d_3f2300;
const EN_RTOR = 0x008000;
/**
 * What each register is set to, in order; in tests/drivers/max30003 the words are put together from their fields. CNFG_GEN comes last since it starts the chip.
 * FMSTR of CNFG_GEN and RATE of CNFG_ECG are both 1: 250 samples/s.
 */
const SETUP = Object.freeze([
  0x02_c00003, // EN_INT: EINT and EOVF pull INTB low, an open drain with pull-up
  // MNGR_INT: INTB falls at 8 unread samples: the other 24 then give 96 ms at 250/s, more than an erase of flash takes (80 ms).
  0x04_380004,
  // MNGR_DYN: fast recovery by itself, from +-32.03 mV on, 41 * 2048 * 0.38147 uV: the end of the linear range, as in SATURATION_UV.
  0x05_a90000,
  0x14_000000, // CNFG_EMUX: both inputs connected, sign as wired
  // CNFG_ECG: gain 20, no digital high-pass; the low-pass of 100 Hz is the widest there is: the pipeline filters for itself, and its models were trained on such bandwidth.
  0x15_402000,
  CNFG_RTOR1,
  // CNFG_GEN: ECG on; 10 nA over the 100 Mohm bias is 1 V, well beyond the threshold of 300 mV; over an electrode it takes more than 30 Mohm.
  0x10_181217,
]);

const IDENTIFICATION = Object.freeze({ model: "MAX30003", classification: "ECG" });

export interface Max30003Options {
  readonly sensor: {
    readonly io: SpiConstructor;
    /** SPI clock, up to 12,000,000. [Hz] */
    readonly hz?: number;
    /** Pins and port of the bus, handed to `io` as they are. */
    readonly [pin: string]: unknown;
  };
  /**
   * Turns the chip's own R-to-R detector on, and hears of each interval that it measures, out of `sample`. For comparison alone: it knows neither
   * ventricular beats nor noise. [ms]
   */
  readonly onRToR?: (intervalMs: number) => void;
}

/**
 * Gain 20 V/V (+-32.5 mV linear); no digital high-pass, so that the capacitor between CAPP and CAPN alone sets the lower corner;
 * DC lead-off detection; fast recovery after saturation (its samples are flagged as saturated). The R-to-R detector stays off unless somebody wants to hear of it.
 *
 * `overrun` comes with the first samples after a loss: the gap lies before `samplesUv[0]`.
 */
export class Max30003 implements Afe {
  // XS looks for a property from the first on: those of every tick come first.
  private _frames = new Frames();
  /** The chip is set up, for all we know. */
  private _ready = false;
  /** 0 if the last reading handed over samples. */
  private _emptyReadings = 0;
  private _io: Spi;
  private _onRToR: ((intervalMs: number) => void) | undefined;
  /** Samples have been handed over since the chip was configured; before that nothing can be lost. */
  private _started = false;
  /** Samples were lost since the last ones were handed over. */
  private _lost = false;
  /** The register that is checked next, a place in SETUP. */
  private _checkAt = 0;
  private _infoWord = 0;
  private _closed = false;
  readonly identification = IDENTIFICATION;
  readonly fifoSamples = FIFO_SAMPLES;
  /** The only one: what the pipeline takes. */
  readonly sampleRateHz = SAMPLE_RATE_HZ;

  /** Opens the bus and sets the chip up for 250 samples/s. @throws Error if no MAX30003 answers; the bus is then closed. */
  constructor(options: Max30003Options) {
    this._onRToR = options.onRToR;
    this._io = new options.sensor.io({ hz: SPI_HZ, mode: 0, ...options.sensor });
    try {
      const status = this._initialise();
      if (status !== AFE_OK) throw new Error(this._complaint(status));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Sets the chip up anew, throwing away what is in its FIFO. A fault of the bus shows at the next `sample`.
   * @throws RangeError for another rate than 250 samples/s.
   */
  configure({ sampleRateHz }: AfeConfiguration): void {
    if (sampleRateHz !== SAMPLE_RATE_HZ) throw new RangeError(`MAX30003: sampleRateHz ${sampleRateHz}, expected ${SAMPLE_RATE_HZ}`);
    this._started = false;
    this._lost = false;
    try {
      this._initialise();
    } catch {
      // The chip is not ready, and `sample` tries again.
    }
  }

  sample(into: AfeReading): AfeStatus {
    const frames = this._frames;
    let reading = 0;
    let status: AfeStatus = AFE_OK;
    // The SPI contract reports faults of the bus by exceptions, and this is where they become values.
    try {
      if (this._ready) {
        const io = this._io;
        io.transfer(frames.status);
        io.transfer(frames.burst);
        reading = frames.decode(into.samplesUv, 0);
        if (reading >= READ_UNUSUAL) reading = this._attend(reading, into.samplesUv);
      } else status = this._initialise();
    } catch {
      reading = READ_BROKEN;
    }
    into.saturated = (reading & READ_SATURATED) !== 0;
    into.leadOff = (reading & READ_LEAD_OFF) !== 0;
    into.overrun = false;
    const count = reading & READ_COUNT;
    into.count = count;
    // Most readings end here.
    if (count > 0 && this._emptyReadings === 0) return AFE_OK;
    return this._account(into, reading === READ_BROKEN ? AFE_BUS_ERROR : status);
  }

  /** Frees the bus; the chip goes on until it is reset or loses power. From now on `sample` reports AFE_BUS_ERROR. */
  close(): void {
    if (this._closed) return;
    this._closed = true;
    this._ready = false;
    this._io.close();
  }

  /** Does what a reading asks for. @returns what is left of it */
  private _attend(found: number, samplesUv: Int32Array): number {
    let reading = found;
    if ((reading & READ_MORE) !== 0) {
      this._io.transfer(this._frames.burst);
      reading = this._frames.decode(samplesUv, reading);
    }
    if ((reading & (READ_OVERFLOW | READ_UNLOCKED)) !== 0) {
      if ((reading & READ_OVERFLOW) !== 0) this._write(FIFO_RST);
      // Without the PLL's lock the samples' times mean nothing. The data sheet asks for a SYNCH once it has locked ("SYNCH (0x09)").
      // PLLINT is held until read, so it shows once more after the lock, and that reading's SYNCH is the one that counts.
      if ((reading & READ_UNLOCKED) !== 0) this._write(SYNCH);
      reading = (reading & READ_LEAD_OFF) | READ_CHECK;
      this._lost = this._started;
    }
    if ((reading & READ_R_TO_R) !== 0) this._onRToR?.((this._read(RTOR) >> R_TO_R_SHIFT) * R_TO_R_MS);
    if (reading !== READ_BROKEN && (reading & READ_CHECK) !== 0) {
      // CNFG_GEN, with bits both set and clear, tells a chip that goes on from one that was reset; samples come from neither without it.
      let at = SETUP.length - 1;
      if ((reading & READ_COUNT) !== 0) {
        at = this._checkAt;
        this._checkAt = at === SETUP.length - 1 ? 0 : at + 1;
      }
      if (!this._isSet(this._setupAt(at))) reading = READ_BROKEN;
    }
    this._frames.arm();
    return reading;
  }

  /** The rest of a reading with a fault or without samples, and of the first one after it. */
  private _account(into: AfeReading, found: AfeStatus): AfeStatus {
    let status = found;
    if (status !== AFE_OK) {
      this._ready = false;
      this._lost = this._started;
    } else if (into.count > 0) {
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

  /** Identifies, resets and sets up the chip. It does not write to a chip that it does not know. */
  private _initialise(): AfeStatus {
    this._ready = false;
    if (this._emptyReadings === 0) this._emptyReadings = 1;
    this._read(STATUS); // INFO is not valid as the first command after power-on
    const info = this._read(INFO);
    this._infoWord = info;
    if (info === 0 || info === 0xffffff) return AFE_BUS_ERROR;
    if ((info & INFO_MASK) !== INFO_PATTERN) return AFE_WRONG_CHIP;
    this._write(SW_RST);
    for (let at = 0; at < SETUP.length; at++) {
      const setting = this._setupAt(at);
      this._write(setting);
      if (!this._isSet(setting)) return AFE_BUS_ERROR;
    }
    this._frames.arm();
    this._ready = true;
    return AFE_OK;
  }

  private _setupAt(at: number): number {
    const setting = SETUP[at] as number;
    return this._onRToR && setting === CNFG_RTOR1 ? setting | EN_RTOR : setting;
  }

  /** Does its register hold what was written? */
  private _isSet(setting: number): boolean {
    return this._read(setting >> WORD_BITS) === (setting & WORD_MASK);
  }

  private _complaint(status: AfeStatus): string {
    const cause = status === AFE_WRONG_CHIP ? "another chip?" : "no usable answer on the SPI bus";
    return `MAX30003: register INFO reads 0x${this._infoWord.toString(16).padStart(6, "0")}, expected 0x5.3... (${cause})`;
  }

  /** Uses the frame of STATUS, which has to be armed again. */
  private _read(address: number): number {
    const frame = this._frames.status;
    // What else is sent while the chip answers means nothing to it.
    frame[0] = (address << 1) | 1;
    this._io.transfer(frame);
    return ((frame[1] as number) << 16) | ((frame[2] as number) << 8) | (frame[3] as number);
  }

  /** @param setting address and word */
  private _write(setting: number): void {
    const frame = this._frames.status;
    // The last bit of the command says "write".
    frame[0] = (setting >> WORD_BITS) << 1;
    frame[1] = setting >> 16;
    frame[2] = setting >> 8;
    frame[3] = setting;
    this._io.transfer(frame);
  }
}

export default Max30003;

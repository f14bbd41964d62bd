// Emulator of an ADS1292R at register level, written from the data sheet: what the real driver talks to in the simulator and in tests.
import type { Digital, DigitalConstructor, DigitalOptions } from "../../contracts/digital.js";
import type { BusState, EcgSource } from "../../contracts/emulation.js";
import type { Spi, SpiConstructor, SpiOptions } from "../../contracts/spi.js";
import { FRAME_BYTES, RDATAC, RREG, SDATAC, START, STATUS_PATTERN, STOP, WREG } from "./codes.js";
import { REGISTERS } from "./registers.js";

/*
 * Modelled: commands and their decode time, the data mode after power-on, registers with their unused, fixed and read-only bits, frames of
 * data and how new data spoil a frame that is under way; DRDY and its edges; rates and the time to the first data; gain, input switch,
 * power-down and reference; full scale; lead-off comparators.
 * Not modelled: the pins START, RESET and CLK (START is tied low), single-shot mode, standby, RDATA, OFFSETCAL, respiration, test signals,
 * the filter's response, noise, and what the right leg drive does for the common mode.
 * Faults that the driver claims to survive: those of the members under "Faults" below.
 */

const { ID, CONFIG1, CONFIG2, CH2SET, LOFF_SENS, LOFF_STAT, GPIO } = REGISTERS;
const REGISTER_COUNT = 12;

/** SPI clock limit. [Hz] Source: data sheet, "Timing Requirements": 50 ns at 2.7 V to 3.6 V. */
const SPI_HZ_MAX = 20_000_000;
/** Time from the end of a byte of a command to the end of the next. [us] Source: data sheet, "Timing Requirements": 4 tCLK at 512 kHz. */
const DECODE_US = 7.8125;
/** Reference and positive full scale. Source: data sheet, "Data Format". */
const VREF_UV = 2_420_000;
const CODE_MAX = 0x7f_ffff;
/** Gains by the field GAIN. Source: data sheet, "CH2SET". */
const GAINS = [6, 1, 2, 3, 4, 8, 12];
/** First data after a start come after four periods and a little. Source: data sheet, "Settling Time", Table 13: 2052 periods of 128 kHz at 250/s. */
const SETTLING_PERIODS = 4;
const SETTLING_US = 31;

export class Ads1292rEmulator {
  /** Error of the chip's oscillator: positive is fast. Takes effect at the next start. [ppm] */
  crystalPpm = 0;

  // Faults
  bus: BusState = "ok";
  /** What ID reads; 0x53 makes an ADS1292 of it. */
  idByte: number = ID.reset;
  /** Is there a chip at the pin DRDY? Without one it is pulled up. */
  isPlugged = true;
  #clockStopped = false;
  #corruptByteIndex = -1;
  #corruptMask = 0;

  /** Buses and pins opened through `busClass` and `pinClass` and not closed yet. */
  openBuses = 0;
  openPins = 0;
  frames = 0;
  /** `sampleIndex` of the newest sample that was read out, -1 before the first: the truth that checkers need. */
  lastReadIndex = -1;

  #source: EcgSource;
  #spiHz = 1_000_000;
  #nowUs = 0;
  #registers = new Uint8Array(REGISTER_COUNT);
  #continuous = true;
  #started = false;
  #periodUs = 0;
  #nextUs = Infinity;
  #sampleIndex = 0;
  #output = new Uint8Array(FRAME_BYTES);
  #outputIndex = -1;
  /** DRDY is low: there are data that nobody has begun to read. */
  #fresh = false;
  #edge = false;
  #listeners: (() => void)[] = [];

  constructor(source: EcgSource) {
    this.#source = source;
    this.resetPower();
  }

  /** An SPI class that is wired to this chip, for a driver's `io`. */
  busClass(): SpiConstructor {
    // oxlint-disable-next-line no-this-alias -- the inner class has a `this` of its own
    const chip = this;
    return class EmulatedSpi implements Spi {
      #open = true;
      constructor(options: SpiOptions) {
        if (!(options.hz > 0 && options.hz <= SPI_HZ_MAX)) throw new RangeError(`hz is ${options.hz}, expected up to ${SPI_HZ_MAX}`);
        if (options.mode !== 1) throw new RangeError(`mode is ${options.mode}, expected 1`);
        chip.#spiHz = options.hz;
        chip.openBuses++;
      }
      transfer(bytes: Uint8Array): void {
        if (!this.#open) throw new Error("the bus is closed");
        chip.transfer(bytes);
      }
      close(): void {
        if (!this.#open) throw new Error("the bus is closed already");
        this.#open = false;
        chip.openBuses--;
      }
    };
  }

  /** A class of input pins that are wired to DRDY. */
  pinClass(): DigitalConstructor {
    // oxlint-disable-next-line no-this-alias -- the inner class has a `this` of its own
    const chip = this;
    return class EmulatedPin implements Digital {
      static readonly InputPullUp = 1;
      static readonly Falling = 2;
      #listener: (() => void) | undefined;
      constructor(options: DigitalOptions) {
        if (options.onReadable && options.edge === EmulatedPin.Falling) {
          this.#listener = options.onReadable;
          chip.#listeners.push(this.#listener);
        }
        chip.openPins++;
      }
      read(): number {
        return chip.dataReadyPin;
      }
      close(): void {
        chip.#listeners = chip.#listeners.filter((listener) => listener !== this.#listener);
        chip.openPins--;
      }
    };
  }

  /** Level of the pin DRDY: 0 says that data are ready. */
  get dataReadyPin(): 0 | 1 {
    return this.isPlugged && this.#fresh ? 0 : 1;
  }

  /** Lets time go on; a time that is past (a frame took longer) does nothing. [us] */
  advanceTo(timeUs: number): void {
    this.#advanceTo(timeUs);
    if (!this.#edge || !this.isPlugged) return;
    // As on a microcontroller, all edges since the last call make one, and none comes in the midst of a frame.
    this.#edge = false;
    for (const listener of this.#listeners) listener();
  }

  /** One frame of the chip select, full duplex and in place. @throws Error if `bus` is "throws". */
  transfer(bytes: Uint8Array): void {
    this.frames++;
    if (this.bus === "throws") throw new Error("emulated fault of the bus");
    if (this.bus !== "ok" || !this.isPlugged) {
      bytes.fill(this.bus === "low" ? 0 : 0xff);
      return;
    }
    this.#corrupt(bytes);
    const command = bytes[0] as number;
    if (this.#continuous && command !== SDATAC) {
      this.#sendData(bytes);
      // Commands without registers act in this mode too.
      this.#obey(command);
    } else if (command >= RREG && command < WREG + RREG) {
      this.#reachRegisters(bytes);
    } else {
      this.#elapse(8 * bytes.length);
      bytes.fill(0);
      this.#obey(command);
    }
    this.#corrupt(bytes);
    this.#corruptByteIndex = -1;
  }

  /** The rate in force, 0 while nothing is sampled. [Hz] */
  get sampleRateHz(): number {
    return this.#nextUs === Infinity ? 0 : 1_000_000 / this.#periodUs;
  }

  register(address: number): number {
    return address === ID.address ? this.idByte : (this.#registers[address] as number);
  }

  /** Fault: the supply fails and comes back at once. */
  resetPower(): void {
    for (const { address, reset } of Object.values(REGISTERS)) this.#registers[address] = reset;
    this.#continuous = true;
    this.#started = false;
    this.#fresh = false;
    this.#retime();
  }

  /** Fault: the oscillator stops, and nothing is sampled until it goes on. */
  set clockStopped(stopped: boolean) {
    this.#clockStopped = stopped;
    this.#retime();
  }

  /** Fault: flips the bits of `mask` in byte `byteIndex` of the next frame, both of what the chip hears and of what it answers. */
  corruptNextFrame(byteIndex: number, mask: number): void {
    this.#corruptByteIndex = byteIndex;
    this.#corruptMask = mask;
  }

  #corrupt(bytes: Uint8Array): void {
    const index = this.#corruptByteIndex;
    if (index >= 0 && index < bytes.length) bytes[index] = (bytes[index] as number) ^ this.#corruptMask;
  }

  #advanceTo(timeUs: number): void {
    while (this.#nextUs <= timeUs) this.#convert();
    if (timeUs > this.#nowUs) this.#nowUs = timeUs;
  }

  #elapse(bits: number): void {
    this.#advanceTo(this.#nowUs + (bits * 1_000_000) / this.#spiHz);
  }

  /** Data go out byte by byte, from wherever they then stand: new ones spoil a frame. DRDY rises with the first clock. */
  #sendData(bytes: Uint8Array): void {
    const index = this.#outputIndex;
    this.#fresh = false;
    for (let at = 0; at < bytes.length; at++) {
      bytes[at] = at < FRAME_BYTES ? (this.#output[at] as number) : 0;
      this.#elapse(8);
    }
    if (bytes.length >= FRAME_BYTES && index === this.#outputIndex) this.lastReadIndex = index;
  }

  #obey(command: number): void {
    if (command === SDATAC) this.#continuous = false;
    else if (command === RDATAC) this.#continuous = true;
    else if (command === START || command === STOP) {
      this.#started = command === START;
      this.#retime();
    }
  }

  /** RREG and WREG. At a clock that leaves the chip no time to take in the first byte, the second is lost. */
  #reachRegisters(bytes: Uint8Array): void {
    const [command = 0, countLess1 = 0] = bytes;
    const writes = (command & WREG) !== 0;
    const first = command & 0x1f;
    const tooFast = 8_000_000 / this.#spiHz < DECODE_US;
    this.#elapse(8 * bytes.length);
    for (let at = 2; at < bytes.length; at++) {
      const address = first + at - 2;
      const reached = !tooFast && at - 2 <= countLess1 && address < REGISTER_COUNT;
      if (reached && writes) this.#set(address, bytes[at] as number);
      bytes[at] = reached && !writes ? this.register(address) : 0;
    }
    bytes[0] = 0;
    bytes[1] = 0;
  }

  #set(address: number, value: number): void {
    this.#registers[address] = value & (WRITABLE[address] as number);
    if (address === CONFIG1.address) this.#retime();
    // A pin that is an input reads what is at it; nothing is connected here, and it is low.
    if (address === GPIO.address) this.#registers[address] = value & GPIO.GPIOC | (value & GPIO.GPIOD & ~((value & GPIO.GPIOC) >> 2));
  }

  /** Starts anew, or stops. */
  #retime(): void {
    const dataRate = (this.#registers[CONFIG1.address] as number) & CONFIG1.DR;
    const running = this.#started && dataRate < 7 && !this.#clockStopped;
    this.#periodUs = 1_000_000 / (125 * 2 ** dataRate * (1 + this.crystalPpm / 1_000_000));
    this.#nextUs = running ? this.#nowUs + SETTLING_PERIODS * this.#periodUs + SETTLING_US : Infinity;
  }

  #convert(): void {
    const timeUs = this.#nextUs;
    this.#nowUs = timeUs;
    this.#nextUs = timeUs + this.#periodUs;
    const code = this.#quantise(this.#source.nextSample(this.#sampleIndex, timeUs));
    const status = this.#leadOffBits();
    this.#registers[LOFF_STAT.address] = ((this.#registers[LOFF_STAT.address] as number) & LOFF_STAT.CLK_DIV) | status;
    const gpio = (this.#registers[GPIO.address] as number) & GPIO.GPIOD;
    const output = this.#output;
    output[0] = (STATUS_PATTERN << 4) | (status >> 1);
    output[1] = ((status & 1) << 7) | (gpio << 5);
    output[6] = code >> 16;
    output[7] = code >> 8;
    output[8] = code;
    this.#outputIndex = this.#sampleIndex++;
    this.#fresh = true;
    this.#edge = true;
  }

  #quantise(electrodesUv: number): number {
    const settings = this.#registers[CH2SET.address] as number;
    const referred = ((this.#registers[CONFIG2.address] as number) & CONFIG2.PDB_REFBUF) !== 0;
    if (!referred || (settings & (CH2SET.PD | CH2SET.MUX)) !== 0) return 0;
    const gain = GAINS[(settings & CH2SET.GAIN) >> 4] ?? 0;
    const code = Math.round((electrodesUv * gain * CODE_MAX) / VREF_UV);
    return Math.max(-CODE_MAX - 1, Math.min(CODE_MAX, code));
  }

  #leadOffBits(): number {
    const comparing = ((this.#registers[CONFIG2.address] as number) & CONFIG2.PDB_LOFF_COMP) !== 0;
    if (!comparing || !this.#source.leadOff) return 0;
    const sensed = this.#registers[LOFF_SENS.address] as number;
    return ((sensed & LOFF_SENS.LOFF2P) !== 0 ? LOFF_STAT.IN2P_OFF : 0) | ((sensed & LOFF_SENS.LOFF2N) !== 0 ? LOFF_STAT.IN2N_OFF : 0);
  }
}

/** Bits of each register that can be written, by address. */
const WRITABLE = new Uint8Array(REGISTER_COUNT);
for (const register of Object.values(REGISTERS)) {
  const { address, access, reset: _reset, fixed, section: _section, ...fields } = register;
  if (access === "read-write") WRITABLE[address] = Object.values(fields as Record<string, number>).reduce((mask, bits) => mask | bits, fixed);
}
WRITABLE[LOFF_STAT.address] = LOFF_STAT.CLK_DIV;

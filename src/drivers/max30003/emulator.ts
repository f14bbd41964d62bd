// Emulator of a MAX30003 at register level, written from the data sheet: what the real driver talks to in the simulator and in tests.
import type { BusState, EcgSource } from "../../contracts/emulation.js";
import type { Spi, SpiConstructor, SpiOptions } from "../../contracts/spi.js";
import {
  ETAG_EMPTY, ETAG_FAST, ETAG_OVERFLOW, ETAG_VALID, ETAG_VALID_LAST, field, fieldOf, FIFO_WORDS, REGISTERS,
} from "./registers.js";

/*
 * Modelled: SPI frames with their command byte, bursts, frames that are too short; registers with their unused bits; INFO's
 * invalid first answer; SW_RST, SYNCH, FIFO_RST; the PLL; rates, gain, polarity and input switches; the end of the linear range;
 * the FIFO with tags and overflow; fast recovery; DC lead-off; R-to-R detection in its outline (slopes squared and averaged over a window,
 * a threshold that is a part of the usual peak, a hold-off), with the register's steps; the level of INTB. The chip goes on sampling during a frame.
 * Not modelled: the filters and their delay (the signal is taken as it leaves the decimator), the R-to-R detector's own gain, the calibration
 * source, the SAMP pulse, ultra-low power lead-on detection. Of the noise there is just enough that the output is never still.
 * Faults that the driver claims to survive: those of the members under "Faults" below.
 */

/** SPI clock limit. [Hz] Source: data sheet, "Timing Characteristics". */
const SPI_HZ_MAX = 12_000_000;
/** Linear input range at a gain of 20. [uV] Source: data sheet, "Electrical Characteristics", AC differential input range. */
const LINEAR_UV = 32_500;
/** Reference over the counts of the converter at gain 1. [uV] Source: data sheet, "ECG FIFO memory": VREF 1000 mV, 2^17. */
const REFERENCE_UV = 1_000_000;
const ADC_COUNTS = 0x20000;
/**
 * Amplitude of the noise, whose sign alternates. [counts] Far less than the real chip's, but no two samples in a row are 0, as on a
 * bus that is held low; and little enough that a whole number of microvolts at gain 20 comes out as just that:
 * (0.5 + 0.6) * 0.381 uV < 0.5 uV.
 */
const NOISE_COUNTS = 0.6;
/** An electrode has to be off for so long. [us] Source: data sheet, DC lead-off detection, 115 to 140 ms; the later is the worse. */
const LEAD_OFF_US = 140_000;
/** Fast recovery begins after so long beyond its threshold, and lasts so long. [us] Source: data sheet, "MNGR_DYN (0x05)". */
const FAST_ONSET_US = 125_000;
const FAST_US = 500_000;

/** R-to-R detection. [ms] Source: data sheet, "CNFG_RTOR1 and CNFG_RTOR2": the window of WNDW 3, the hold-off of HOFF 32, steps of RTOR. */
const R_TO_R_WINDOW_MS = 96;
const R_TO_R_HOLD_OFF_MS = 256;
const R_TO_R_STEP_MS = 8;
const R_TO_R_STEP_COUNT_MAX = 0x3fff;
/** PTSF counts sixteenths, from 1 on. */
const THRESHOLD_PARTS = 16;
/** By how much the usual peak follows a new one, and fades with each sample, so that it finds small complexes after large ones: the chip's gain is not modelled. */
const PEAK_FOLLOWS = 1 / 8;
const PEAK_FADES = 1 / 4096;
/** No slope of the emulator's own noise is a peak. [counts squared] */
const PEAK_MIN = 400;

/** ECG progressions by FMSTR, and divisors by RATE; 0 is a reserved combination. Source: data sheet, CNFG_GEN and CNFG_ECG. */
const PROGRESSIONS_HZ = [512, 500, 200, 199.8049];
const DIVISORS = [[1, 2, 4, 0], [1, 2, 4, 0], [0, 0, 1, 0], [0, 0, 1, 0]];

const { STATUS, EN_INT, MNGR_INT, MNGR_DYN, SW_RST, SYNCH, FIFO_RST, INFO, CNFG_GEN, CNFG_EMUX, CNFG_ECG } = REGISTERS;
const { CNFG_RTOR1, ECG_FIFO, ECG_FIFO_BURST, RTOR } = REGISTERS;
const ADDRESSES = 128;

export class Max30003Emulator {
  /** Error of the crystal at FCLK: positive is fast. Takes effect at the next SYNCH or change of rate. [ppm] */
  crystalPpm = 0;
  /** The PLL locks so long after it starts. [us] The data sheet gives no time; a guess. */
  pllLockUs = 10_000;

  // Faults
  bus: BusState = "ok";
  /** What INFO reads; 0x521000 makes a MAX30001 of it. */
  infoWord: number = INFO.reset;
  #clockStopped = false;
  #hung = false;
  #corruptByteIndex = -1;
  #corruptMask = 0;

  /** Buses opened through `busClass` and not closed yet. */
  openBuses = 0;
  /** Frames so far. */
  frames = 0;
  /** `sampleIndex` of the newest sample that was read out of the FIFO, -1 before the first: the truth that checkers need. */
  lastReadIndex = -1;

  #source: EcgSource;
  #spiHz = 4_000_000;
  #nowUs = 0;

  #registers = new Int32Array(ADDRESSES);
  /** No command since power-on or SW_RST. */
  #justReset = true;

  // Conversions: number n since the epoch comes n + 1 periods after it.
  #periodUs = 0;
  #epochUs = 0;
  #conversions = 0;
  #nextUs = Infinity;
  #sampleIndex = 0;
  #lockUs = Infinity;
  #pllLatched = false;

  #codes = new Int32Array(FIFO_WORDS);
  #indices = new Float64Array(FIFO_WORDS);
  #fast = new Uint8Array(FIFO_WORDS);
  #readAt = 0;
  #unread = 0;
  #overflowed = false;

  #lastCode = 0;
  #slopes: number[] = [];
  #slopeSum = 0;
  #usualPeak = 0;
  /** Of the complex under way: its highest window and when that was; 0 between complexes. */
  #peak = 0;
  #peakUs = 0;
  #lastPeakUs = -Infinity;
  #rToR = 0;
  #rToRLatched = false;

  #beyondSinceUs = Infinity;
  #fastUntilUs = -Infinity;
  #fastOn = false;
  #fastLatched = false;
  #offSinceUs = Infinity;
  #leadOff = false;
  #leadOffLatched = 0;

  constructor(source: EcgSource) {
    this.#source = source;
    this.#reset();
  }

  /** An SPI class that is wired to this chip, for a driver's `io`. */
  busClass(): SpiConstructor {
    // oxlint-disable-next-line no-this-alias -- the inner class has a `this` of its own
    const chip = this;
    return class EmulatedSpi implements Spi {
      #open = true;
      constructor(options: SpiOptions) {
        if (!(options.hz > 0 && options.hz <= SPI_HZ_MAX)) throw new RangeError(`hz is ${options.hz}, expected up to ${SPI_HZ_MAX}`);
        if ((options.mode ?? 0) !== 0) throw new RangeError(`mode is ${options.mode}, expected 0`);
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

  /** Lets time go on; a time that is past (a frame took longer) does nothing. [us] */
  advanceTo(timeUs: number): void {
    while (this.#nextUs <= timeUs) this.#convert();
    if (timeUs > this.#nowUs) this.#nowUs = timeUs;
  }

  /** One frame of the chip select, full duplex and in place. @throws Error if `bus` is "throws". */
  transfer(bytes: Uint8Array): void {
    this.frames++;
    if (this.bus === "throws") throw new Error("emulated fault of the bus");
    if (this.bus !== "ok") {
      bytes.fill(this.bus === "high" ? 0xff : 0);
      return;
    }
    this.#corrupt(bytes);
    const command = bytes[0] as number;
    const first = this.#justReset;
    if (bytes.length >= 4) this.#justReset = false;
    this.#elapse(8);
    bytes[0] = 0; // the chip does not drive its output during the command
    if ((command & 1) === 1) this.#answer(command >> 1, bytes, first);
    else this.#obey(command >> 1, bytes);
    this.#corrupt(bytes);
    this.#corruptByteIndex = -1;
  }

  /** Level of the pin INTB: 0 asks for service. */
  get intb(): 0 | 1 {
    const enabled = this.#registers[EN_INT.address] as number;
    const driven = fieldOf(enabled, EN_INT.INTB_TYPE) !== 0;
    return driven && (this.#status() & enabled & 0xffff00) !== 0 ? 0 : 1;
  }

  /** The rate in force, 0 while nothing is sampled. [Hz] */
  get sampleRateHz(): number {
    return this.#periodUs === 0 ? 0 : 1_000_000 / this.#periodUs;
  }

  /** What a register holds, without the effects of reading it. */
  register(address: number): number {
    return address === STATUS.address ? this.#status() : (this.#registers[address] as number);
  }

  /** Fault: the supply fails and comes back at once. */
  resetPower(): void {
    this.#reset();
  }

  /** Fault: FCLK stops, and nothing is sampled until it goes on. */
  set clockStopped(stopped: boolean) {
    if (stopped === this.#clockStopped) return;
    this.#clockStopped = stopped;
    this.#restartPll();
  }

  /** Fault: the chip answers as ever but samples no more, until it is reset. */
  hang(): void {
    this.#hung = true;
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

  #elapse(bits: number): void {
    this.advanceTo(this.#nowUs + (bits * 1_000_000) / this.#spiHz);
  }

  /** The chip's part of a read. A word is taken out of the FIFO by its last bit ("ECG FIFO memory"). */
  #answer(address: number, bytes: Uint8Array, first: boolean): void {
    const words = address === ECG_FIFO_BURST.address ? Infinity : 1;
    for (let at = 1; at < bytes.length; at += 3) {
      const served = (at - 1) / 3 < words;
      const word = served ? this.#peek(address, first) : 0;
      bytes[at] = word >> 16;
      if (at + 1 < bytes.length) bytes[at + 1] = word >> 8;
      if (at + 2 < bytes.length) bytes[at + 2] = word;
      this.#elapse(24);
      if (served && at + 2 < bytes.length) this.#finishRead(address, word);
    }
  }

  #peek(address: number, first: boolean): number {
    if (address === STATUS.address) return this.#status();
    if (address === INFO.address) return first ? 0 : this.infoWord;
    if (address === RTOR.address) return field(RTOR.INTERVAL, this.#rToR);
    if (address === ECG_FIFO.address || address === ECG_FIFO_BURST.address) return this.#peekFifo();
    return this.#registers[address] as number;
  }

  #peekFifo(): number {
    const sample = (this.#codes[this.#readAt] as number) << 6;
    if (this.#overflowed) return (sample & ECG_FIFO.SAMPLE) | field(ECG_FIFO.ETAG, ETAG_OVERFLOW);
    if (this.#unread === 0) return field(ECG_FIFO.ETAG, ETAG_EMPTY);
    const last = this.#unread === 1 ? ETAG_VALID_LAST : ETAG_VALID;
    const fast = this.#fast[this.#readAt] === 1 ? ETAG_FAST : ETAG_VALID;
    return (sample & ECG_FIFO.SAMPLE) | field(ECG_FIFO.ETAG, last + fast);
  }

  /** What reading does, at the rising edge of the word's last clock. */
  #finishRead(address: number, word: number): void {
    if (address === STATUS.address) this.#clearStatus();
    else if (address === ECG_FIFO.address || address === ECG_FIFO_BURST.address) {
      // A word that was empty when it began stays unread if a sample arrived meanwhile.
      if (this.#overflowed || this.#unread === 0 || fieldOf(word, ECG_FIFO.ETAG) === ETAG_EMPTY) return;
      this.lastReadIndex = this.#indices[this.#readAt] as number;
      this.#readAt = (this.#readAt + 1) % FIFO_WORDS;
      this.#unread--;
    }
  }

  /** The chip's part of a write: nothing, unless all 24 bits came. */
  #obey(address: number, bytes: Uint8Array): void {
    const word = bytes.length < 4 ? 0 : ((bytes[1] as number) << 16) | ((bytes[2] as number) << 8) | (bytes[3] as number);
    const whole = bytes.length >= 4;
    this.#elapse(8 * (bytes.length - 1));
    bytes.fill(0);
    if (!whole) return;
    if (address === SW_RST.address) {
      if (word === 0) this.#reset();
    } else if (address === SYNCH.address) {
      if (word === 0) this.#synchronise();
    } else if (address === FIFO_RST.address) {
      if (word === 0) this.#clearFifo();
    } else {
      this.#set(address, word & (WRITABLE[address] as number));
    }
  }

  #set(address: number, word: number): void {
    const before = this.#registers[address] as number;
    this.#registers[address] = word;
    if (address === CNFG_GEN.address) {
      const on = (word & CNFG_GEN.EN_ECG) !== 0;
      if (!on) this.#registers[address] = word & ~CNFG_GEN.EN_RBIAS;
      if (((before ^ word) & (CNFG_GEN.EN_ECG | CNFG_GEN.FMSTR)) !== 0) this.#restartPll();
    }
    if (address === CNFG_GEN.address || address === CNFG_ECG.address) {
      this.#limitLowPass();
      this.#retime();
    }
  }

  /** A low-pass that the rate can't have becomes the one at 40 Hz. Source: data sheet, "CNFG_ECG (0x15)", note at DLPF. */
  #limitLowPass(): void {
    const ecg = this.#registers[CNFG_ECG.address] as number;
    const dlpf = fieldOf(ecg, CNFG_ECG.DLPF);
    const rate = fieldOf(ecg, CNFG_ECG.RATE);
    const wide = fieldOf(this.#registers[CNFG_GEN.address] as number, CNFG_GEN.FMSTR) <= 1;
    const allowed = dlpf < 2 || (wide && (dlpf === 2 ? rate <= 1 : rate === 0));
    if (!allowed) this.#registers[CNFG_ECG.address] = (ecg & ~CNFG_ECG.DLPF) | field(CNFG_ECG.DLPF, 1);
  }

  #reset(): void {
    this.#registers.set(RESET_WORDS);
    this.#justReset = true;
    this.#hung = false;
    this.#pllLatched = false;
    this.#fastLatched = false;
    this.#leadOffLatched = 0;
    this.#rToR = 0;
    this.#rToRLatched = false;
    this.#restartPll();
    this.#synchronise();
  }

  /** Starts, stops or disturbs the PLL, after a change to CNFG_GEN or to FCLK. */
  #restartPll(): void {
    const on = ((this.#registers[CNFG_GEN.address] as number) & CNFG_GEN.EN_ECG) !== 0;
    this.#lockUs = on && !this.#clockStopped ? this.#nowUs + this.pllLockUs : Infinity;
    if (on && this.#nowUs < this.#lockUs) this.#pllLatched = true;
    this.#retime();
  }

  #synchronise(): void {
    this.#clearFifo();
    this.#beyondSinceUs = Infinity;
    this.#fastUntilUs = -Infinity;
    this.#fastOn = false;
    this.#offSinceUs = Infinity;
    this.#leadOff = false;
    this.#lastPeakUs = -Infinity;
    this.#retime();
  }

  #clearFifo(): void {
    this.#readAt = 0;
    this.#unread = 0;
    this.#overflowed = false;
  }

  /** Begins a new epoch of conversions, now or when the PLL has locked. */
  #retime(): void {
    const general = this.#registers[CNFG_GEN.address] as number;
    const fmstr = fieldOf(general, CNFG_GEN.FMSTR);
    const divisor = DIVISORS[fmstr]?.[fieldOf(this.#registers[CNFG_ECG.address] as number, CNFG_ECG.RATE)] as number;
    const running = (general & CNFG_GEN.EN_ECG) !== 0 && divisor > 0 && !this.#clockStopped && !this.#hung;
    this.#periodUs = running ? 1_000_000 / (((PROGRESSIONS_HZ[fmstr] as number) / divisor) * (1 + this.crystalPpm / 1_000_000)) : 0;
    this.#epochUs = Math.max(this.#nowUs, this.#lockUs);
    this.#conversions = 0;
    this.#nextUs = running ? this.#epochUs + this.#periodUs : Infinity;
  }

  #convert(): void {
    const timeUs = this.#nextUs;
    this.#nowUs = timeUs;
    this.#conversions++;
    this.#nextUs = this.#epochUs + (this.#conversions + 1) * this.#periodUs;
    const code = this.#quantise(this.#source.nextSample(this.#sampleIndex, timeUs));
    this.#watchLeadOff(timeUs);
    this.#watchSaturation(timeUs, code);
    this.#watchR(timeUs, code);
    this.#store(code);
    this.#sampleIndex++;
  }

  #quantise(electrodesUv: number): number {
    const emux = this.#registers[CNFG_EMUX.address] as number;
    const connected = (emux & (CNFG_EMUX.OPENP | CNFG_EMUX.OPENN)) === 0;
    const gain = 20 << fieldOf(this.#registers[CNFG_ECG.address] as number, CNFG_ECG.GAIN);
    const inputUv = connected ? electrodesUv : 0;
    const signedUv = (emux & CNFG_EMUX.POL) === 0 ? inputUv : -inputUv;
    const linearUv = Math.max(-LINEAR_UV, Math.min(LINEAR_UV, signedUv));
    const noise = (this.#sampleIndex & 1) === 0 ? NOISE_COUNTS : -NOISE_COUNTS;
    const code = Math.round((linearUv * gain * ADC_COUNTS) / REFERENCE_UV + noise);
    return Math.max(-ADC_COUNTS, Math.min(ADC_COUNTS - 1, code));
  }

  #store(code: number): void {
    if (this.#overflowed) return;
    if (this.#unread === FIFO_WORDS) {
      this.#overflowed = true;
      return;
    }
    const at = (this.#readAt + this.#unread) % FIFO_WORDS;
    this.#codes[at] = code;
    this.#indices[at] = this.#sampleIndex;
    this.#fast[at] = this.#fastOn ? 1 : 0;
    this.#unread++;
  }

  #watchLeadOff(timeUs: number): void {
    const general = this.#registers[CNFG_GEN.address] as number;
    const watching = fieldOf(general, CNFG_GEN.EN_DCLOFF) === 1 && fieldOf(general, CNFG_GEN.DCLOFF_IMAG) !== 0;
    if (!watching || !this.#source.leadOff) {
      this.#offSinceUs = Infinity;
      this.#leadOff = false;
      return;
    }
    if (this.#offSinceUs === Infinity) this.#offSinceUs = timeUs;
    if (timeUs - this.#offSinceUs < LEAD_OFF_US) return;
    this.#leadOff = true;
    const pulledUp = (general & CNFG_GEN.DCLOFF_IPOL) === 0;
    this.#leadOffLatched |= STATUS.DCLOFFINT | (pulledUp ? STATUS.LDOFF_PH | STATUS.LDOFF_NL : STATUS.LDOFF_PL | STATUS.LDOFF_NH);
  }

  #watchSaturation(timeUs: number, code: number): void {
    const dynamic = this.#registers[MNGR_DYN.address] as number;
    const mode = fieldOf(dynamic, MNGR_DYN.FAST);
    const beyond = Math.abs(code) > 2048 * fieldOf(dynamic, MNGR_DYN.FAST_TH);
    if (mode !== 2 || !beyond) this.#beyondSinceUs = Infinity;
    else if (this.#beyondSinceUs === Infinity) this.#beyondSinceUs = timeUs;
    if (timeUs - this.#beyondSinceUs > FAST_ONSET_US) {
      this.#fastUntilUs = timeUs + FAST_US;
      this.#beyondSinceUs = Infinity;
    }
    const on = mode === 1 || (mode === 2 && timeUs < this.#fastUntilUs);
    if (on && !this.#fastOn) this.#fastLatched = true;
    this.#fastOn = on;
  }

  #watchR(timeUs: number, code: number): void {
    const detector = this.#registers[CNFG_RTOR1.address] as number;
    const slope = code - this.#lastCode;
    this.#lastCode = code;
    this.#slopes.push(slope * slope);
    this.#slopeSum += slope * slope;
    if (this.#slopes.length > (R_TO_R_WINDOW_MS * 1000) / this.#periodUs) this.#slopeSum -= this.#slopes.shift() as number;
    if ((detector & CNFG_RTOR1.EN_RTOR) === 0) return;
    const height = this.#slopeSum / this.#slopes.length;
    const threshold = Math.max(PEAK_MIN, (Math.max(this.#usualPeak, this.#peak) * (fieldOf(detector, CNFG_RTOR1.PTSF) + 1)) / THRESHOLD_PARTS);
    this.#usualPeak -= this.#usualPeak * PEAK_FADES;
    if (height > threshold) {
      if (height <= this.#peak) return;
      this.#peak = height;
      this.#peakUs = timeUs;
    } else if (this.#peak > 0) {
      this.#usualPeak += (this.#peak - this.#usualPeak) * (this.#usualPeak === 0 ? 1 : PEAK_FOLLOWS);
      this.#peak = 0;
      if (this.#peakUs - this.#lastPeakUs < R_TO_R_HOLD_OFF_MS * 1000) return;
      const steps = Math.round((this.#peakUs - this.#lastPeakUs) / (R_TO_R_STEP_MS * 1000));
      this.#lastPeakUs = this.#peakUs;
      if (steps > R_TO_R_STEP_COUNT_MAX) return;
      this.#rToR = steps;
      this.#rToRLatched = true;
    }
  }

  #status(): number {
    const on = ((this.#registers[CNFG_GEN.address] as number) & CNFG_GEN.EN_ECG) !== 0;
    const manage = this.#registers[MNGR_INT.address] as number;
    let status = this.#leadOffLatched;
    if (this.#unread > fieldOf(manage, MNGR_INT.EFIT)) status |= STATUS.EINT;
    if (this.#overflowed) status |= STATUS.EOVF;
    if (this.#fastLatched || (this.#fastOn && (manage & MNGR_INT.CLR_FAST) === 0)) status |= STATUS.FSTINT;
    if (this.#rToRLatched) status |= STATUS.RRINT;
    if (this.#pllLatched || (on && this.#nowUs < this.#lockUs)) status |= STATUS.PLLINT;
    return status;
  }

  /** Reading STATUS clears what is held, unless its cause persists. */
  #clearStatus(): void {
    if (this.#nowUs >= this.#lockUs) this.#pllLatched = false;
    this.#fastLatched = false;
    if (fieldOf(this.#registers[MNGR_INT.address] as number, MNGR_INT.CLR_RRINT) === 0) this.#rToRLatched = false;
    if (!this.#leadOff) this.#leadOffLatched = 0;
  }
}

/** Power-on word of each address. */
const RESET_WORDS = new Int32Array(ADDRESSES);
/** Bits that can be written, by address. */
const WRITABLE = new Int32Array(ADDRESSES);
for (const register of Object.values(REGISTERS)) {
  const { address, access, reset, section: _, ...fields } = register;
  RESET_WORDS[address] = reset;
  if (access === "read-write") WRITABLE[address] = Object.values(fields).reduce((mask: number, bits: number) => mask | bits, 0);
}

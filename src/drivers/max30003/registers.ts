// Registers of the MAX30003: addresses, power-on values and bit fields, for the driver, its emulator and their tests.

/*
 * Source: Maxim Integrated (now Analog Devices), MAX30003 data sheet, document 19-7992, chapter "Register Description"; `section` is
 * the heading there. Register words are 24 bits, sent most significant bit first after a command byte of 7 address bits and a
 * read bit. A field is given as its mask; bits in no field read as 0. Power-on values are put together from the fields' defaults.
 */

const row = Object.freeze;

export const REGISTERS = Object.freeze({
  /** Reads as 0; writes do nothing. Address 0x7F is the same. */
  NO_OP: row({ address: 0x00, access: "none", reset: 0, section: "NO_OP (0x00 and 0x7F)" }),
  /** Interrupt terms, active high whether or not an output shows them, and the comparators of lead-off detection. */
  STATUS: row({
    address: 0x01, access: "read", reset: 0, section: "STATUS (0x01)",
    /** At least EFIT + 1 unread words in the FIFO; goes away by reading them. */
    EINT: 0x800000,
    /** The FIFO overflowed and its contents are lost; goes away by FIFO_RST or SYNCH alone. */
    EOVF: 0x400000,
    /** Fast recovery is on. */
    FSTINT: 0x200000,
    /** An electrode has been off for more than 115 ms; held until read. */
    DCLOFFINT: 0x100000,
    LONINT: 0x000800,
    RRINT: 0x000400,
    SAMP: 0x000200,
    /** The PLL is not, or was not, locked to FCLK while the ECG channel is on; held until read. */
    PLLINT: 0x000100,
    /** ECGP above, ECGP below, ECGN above, ECGN below the lead-off threshold; come and go with DCLOFFINT. */
    LDOFF_PH: 0x000008,
    LDOFF_PL: 0x000004,
    LDOFF_NH: 0x000002,
    LDOFF_NL: 0x000001,
  }),
  /** Which terms of STATUS pull the pin INTB low, and what sort of output it is. */
  EN_INT: row({
    address: 0x02, access: "read-write", reset: 0x000003, section: "EN_INT (0x02) and EN_INT2 (0x03)",
    EN_EINT: 0x800000, EN_EOVF: 0x400000, EN_FSTINT: 0x200000, EN_DCLOFFINT: 0x100000,
    EN_LONINT: 0x000800, EN_RRINT: 0x000400, EN_SAMP: 0x000200, EN_PLLINT: 0x000100,
    /** 0 off (three-state), 1 CMOS, 2 open drain, 3 open drain with 125 kohm pull-up. */
    INTB_TYPE: 0x000003,
  }),
  EN_INT2: row({
    address: 0x03, access: "read-write", reset: 0x000003, section: "EN_INT (0x02) and EN_INT2 (0x03)",
    EN_EINT: 0x800000, EN_EOVF: 0x400000, EN_FSTINT: 0x200000, EN_DCLOFFINT: 0x100000,
    EN_LONINT: 0x000800, EN_RRINT: 0x000400, EN_SAMP: 0x000200, EN_PLLINT: 0x000100,
    INTB_TYPE: 0x000003,
  }),
  MNGR_INT: row({
    address: 0x04, access: "read-write", reset: 0x780004, section: "MNGR_INT (0x04)",
    /** EINT comes at EFIT + 1 unread words. */
    EFIT: 0xf80000,
    /** 0: FSTINT stays as long as fast recovery, then until read. 1: until read. */
    CLR_FAST: 0x000040,
    CLR_RRINT: 0x000030, CLR_SAMP: 0x000004, SAMP_IT: 0x000003,
  }),
  MNGR_DYN: row({
    address: 0x05, access: "read-write", reset: 0x3f0000, section: "MNGR_DYN (0x05)",
    /** Fast recovery: 0 never, 1 now, 2 by itself: 500 ms of it after 125 ms beyond +-2048 * FAST_TH. */
    FAST: 0xc00000,
    FAST_TH: 0x3f0000,
  }),
  /** Commands: they act when 0x000000 is written, and at no other value. */
  SW_RST: row({ address: 0x08, access: "write", reset: 0, section: "SW_RST (0x08)" }),
  SYNCH: row({ address: 0x09, access: "write", reset: 0, section: "SYNCH (0x09)" }),
  FIFO_RST: row({ address: 0x0a, access: "write", reset: 0, section: "FIFO_RST (0x0A)" }),
  /** Identity. Not valid when it is the very first command after power-on or SW_RST. */
  INFO: row({
    address: 0x0f, access: "read", reset: 0x503000, section: "INFO (0x0F)",
    /** Always 0101 binary. */
    PATTERN: 0xf00000,
    REV_ID: 0x0f0000,
    /** 3 in a MAX30003. (A MAX30001 has 1.) */
    PART_ID: 0x003000,
  }),
  CNFG_GEN: row({
    address: 0x10, access: "read-write", reset: 0x000004, section: "CNFG_GEN (0x10)",
    EN_ULP_LON: 0xc00000,
    /** Master clock from FCLK (32,768 Hz): 0 for 512, 1 for 500, 2 for 200, 3 for 199.8 Hz ECG progressions. */
    FMSTR: 0x300000,
    EN_ECG: 0x080000,
    /** DC lead-off detection: 0 off, 1 on. Only while the ECG channel is on. */
    EN_DCLOFF: 0x003000,
    /** 0: ECGP is pulled up and ECGN down. 1: the other way round. */
    DCLOFF_IPOL: 0x000800,
    /** Lead-off current: 0, 5, 10, 20, 50, 100 nA. */
    DCLOFF_IMAG: 0x000700,
    /** Lead-off threshold about VMID: 300, 400, 450, 500 mV. */
    DCLOFF_VTH: 0x0000c0,
    /** Resistive bias of the inputs: 0 off, 1 on. Stays 0 if EN_ECG is 0. */
    EN_RBIAS: 0x000030,
    /** 50, 100, 200 Mohm. */
    RBIASV: 0x00000c,
    RBIASP: 0x000002, RBIASN: 0x000001,
  }),
  CNFG_CAL: row({
    address: 0x12, access: "read-write", reset: 0x004800, section: "CNFG_CAL (0x12)",
    EN_VCAL: 0x400000, VMODE: 0x200000, VMAG: 0x100000, FCAL: 0x007000, FIFTY: 0x000800, THIGH: 0x0007ff,
  }),
  CNFG_EMUX: row({
    address: 0x14, access: "read-write", reset: 0x300000, section: "CNFG_EMUX (0x14)",
    /** Turns the sign round. */
    POL: 0x800000,
    /** Isolate the inputs from the pins; both are set after power-on. */
    OPENP: 0x200000, OPENN: 0x100000,
    CALP_SEL: 0x0c0000, CALN_SEL: 0x030000,
  }),
  CNFG_ECG: row({
    address: 0x15, access: "read-write", reset: 0x805000, section: "CNFG_ECG (0x15)",
    /** Divides the progressions of FMSTR: 0 by 1, 1 by 2, 2 by 4; with FMSTR 2 and 3 only value 2, undivided. */
    RATE: 0xc00000,
    /** 20, 40, 80, 160 V/V. */
    GAIN: 0x030000,
    /** Digital high-pass: 0 none, 1 at 0.5 Hz. */
    DHPF: 0x004000,
    /** Digital low-pass: 0 none, 1 at 40, 2 at 100, 3 at 150 Hz. What a rate can't have reads back, and acts, as 1. */
    DLPF: 0x003000,
  }),
  /** The detector of R peaks. */
  CNFG_RTOR1: row({
    address: 0x1d, access: "read-write", reset: 0x3f2300, section: "CNFG_RTOR1 and CNFG_RTOR2 (0x1D and 0x1E)",
    /** Window over which the slope's squares are averaged: 3 is 96 ms. GAIN 15 scales by itself. */
    WNDW: 0xf00000, GAIN: 0x0f0000, EN_RTOR: 0x008000, PAVG: 0x003000, PTSF: 0x000f00,
  }),
  CNFG_RTOR2: row({
    address: 0x1e, access: "read-write", reset: 0x202400, section: "CNFG_RTOR1 and CNFG_RTOR2 (0x1D and 0x1E)",
    HOFF: 0x3f0000, RAVG: 0x003000, RHSF: 0x000700,
  }),
  /** Words of the FIFO, one after another for as long as the frame lasts. */
  ECG_FIFO_BURST: row({
    address: 0x20, access: "read", reset: 0, section: "ECG FIFO memory (0x20 and 0x21)",
    /** Two's complement, left justified. */
    SAMPLE: 0xffffc0,
    ETAG: 0x000038,
  }),
  /** One word of the FIFO. */
  ECG_FIFO: row({
    address: 0x21, access: "read", reset: 0, section: "ECG FIFO memory (0x20 and 0x21)",
    SAMPLE: 0xffffc0, ETAG: 0x000038,
  }),
  /**
   * The last interval from R to R, in steps of 256 periods of the master clock: 8 ms at 32,000 Hz (FMSTR 1), 7.8125 ms at 32,768 Hz (FMSTR 0). RRINT says that
   * there is a new one. Maxim's demo of the MAX30003WING (main.cpp, revision 8) has the same: RTOR_REG_OFFSET 10, RTOR_LSB_RES 0.0078125 at FMSTR 0.
   */
  RTOR: row({ address: 0x25, access: "read", reset: 0, section: "RTOR interval memory (0x25)", INTERVAL: 0xfffc00 }),
});

/*
 * Tags of a FIFO word (bits 5 to 3). Source: data sheet, "ECG FIFO memory (0x20 and 0x21)", table of ECG FIFO tags. 4 and 5 don't occur.
 */
/** A sample. */
export const ETAG_VALID = 0;
/** A sample's time has passed, but fast recovery was on: its voltage is no ECG. */
export const ETAG_FAST = 1;
/** As ETAG_VALID; nothing was left behind it. */
export const ETAG_VALID_LAST = 2;
/** As ETAG_FAST; nothing was left behind it. */
export const ETAG_FAST_LAST = 3;
/** The FIFO was empty: no sample, no time has passed. */
export const ETAG_EMPTY = 6;
/** The FIFO has overflowed: FIFO_RST or SYNCH is due, all samples since the reading before are lost. */
export const ETAG_OVERFLOW = 7;

/** Words that the FIFO holds. Source: data sheet, "ECG FIFO memory". */
export const FIFO_WORDS = 32;

/** @returns `value` moved to where the field with `mask` is. */
export function field(mask: number, value: number): number {
  return value * (mask & -mask);
}

/** @returns what the field with `mask` holds in `word`. */
export function fieldOf(word: number, mask: number): number {
  return ((word & mask) / (mask & -mask)) | 0;
}

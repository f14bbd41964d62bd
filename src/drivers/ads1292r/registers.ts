// Registers of the ADS1292R: addresses, power-on values and bit fields, for its emulator and the tests.

/*
 * Source: Texas Instruments, ADS1291, ADS1292 and ADS1292R data sheet, SBAS502C (April 2020), chapter "Register Maps", Table 16 (all addresses,
 * reset values, fields and fixed bits), and the section of each register; `section` is the heading there. Registers have 8 bits. A field is
 * given as its mask; `fixed` are the bits that must be written as 1.
 */

const row = Object.freeze;

export const REGISTERS = Object.freeze({
  /** Identity. */
  ID: row({
    address: 0x00, access: "read", reset: 0x73, fixed: 0, section: "ID: ID Control Register",
    /** 011 in an ADS1292R; 010 in the parts without respiration. */
    REV_ID_HIGH: 0xe0,
    ALWAYS_1: 0x10,
    /** 11: two channels of 24 bits. */
    REV_ID_LOW: 0x03,
  }),
  CONFIG1: row({
    address: 0x01, access: "read-write", reset: 0x02, fixed: 0, section: "CONFIG1: Configuration Register 1",
    SINGLE_SHOT: 0x80,
    /** 125 * 2^DR samples/s, DR from 0 to 6. */
    DR: 0x07,
  }),
  CONFIG2: row({
    address: 0x02, access: "read-write", reset: 0x80, fixed: 0x80, section: "CONFIG2: Configuration Register 2",
    /** Lead-off comparators on. */
    PDB_LOFF_COMP: 0x40,
    /** Reference buffer on; without it there is no reference unless one is connected. */
    PDB_REFBUF: 0x20,
    /** 0: 2.42 V, 1: 4.033 V (5 V supply). */
    VREF_4V: 0x10,
    CLK_EN: 0x08, INT_TEST: 0x02, TEST_FREQ: 0x01,
  }),
  LOFF: row({
    address: 0x03, access: "read-write", reset: 0x10, fixed: 0x10, section: "LOFF: Lead-Off Control Register",
    /** Threshold of the comparators: 0 is 95 % of the supply for P and 5 % for N. */
    COMP_TH: 0xe0,
    /** 6 nA, 22 nA, 6 uA, 22 uA. */
    ILEAD_OFF: 0x0c,
    /** 0: direct current. */
    FLEAD_OFF: 0x01,
  }),
  CH1SET: row({
    address: 0x04, access: "read-write", reset: 0x00, fixed: 0, section: "CH1SET: Channel 1 Settings",
    /** Power down. */
    PD: 0x80,
    /** 6, 1, 2, 3, 4, 8, 12 V/V. */
    GAIN: 0x70,
    /** 0: electrodes, 1: shorted inputs. */
    MUX: 0x0f,
  }),
  CH2SET: row({
    address: 0x05, access: "read-write", reset: 0x00, fixed: 0, section: "CH2SET: Channel 2 Settings",
    PD: 0x80, GAIN: 0x70, MUX: 0x0f,
  }),
  RLD_SENS: row({
    address: 0x06, access: "read-write", reset: 0x00, fixed: 0, section: "RLD_SENS: Right Leg Drive Sense Selection",
    CHOP: 0xc0,
    /** Amplifier of the right leg drive on. */
    PDB_RLD: 0x20,
    RLD_LOFF_SENS: 0x10,
    /** Inputs whose mean the right leg is driven against. */
    RLD2N: 0x08, RLD2P: 0x04, RLD1N: 0x02, RLD1P: 0x01,
  }),
  LOFF_SENS: row({
    address: 0x07, access: "read-write", reset: 0x00, fixed: 0, section: "LOFF_SENS: Lead-Off Sense Selection",
    FLIP2: 0x20, FLIP1: 0x10, LOFF2N: 0x08, LOFF2P: 0x04, LOFF1N: 0x02, LOFF1P: 0x01,
  }),
  /** Lead-off comparators; the same five bits are in each frame of data. */
  LOFF_STAT: row({
    address: 0x08, access: "read-write", reset: 0x00, fixed: 0, section: "LOFF_STAT: Lead-Off Status",
    /** The one bit that can be written: divides an external clock of 2.048 MHz. */
    CLK_DIV: 0x40,
    RLD_STAT: 0x10, IN2N_OFF: 0x08, IN2P_OFF: 0x04, IN1N_OFF: 0x02, IN1P_OFF: 0x01,
  }),
  RESP1: row({
    address: 0x09, access: "read-write", reset: 0x00, fixed: 0x02, section: "RESP1: Respiration Control Register 1",
    RESP_DEMOD_EN1: 0x80, RESP_MOD_EN: 0x40, RESP_PH: 0x3c, RESP_CTRL: 0x01,
  }),
  RESP2: row({
    address: 0x0a, access: "read-write", reset: 0x02, fixed: 0x01, section: "RESP2: Respiration Control Register 2",
    CALIB_ON: 0x80, RESP_FREQ: 0x04,
    /** Right leg drive about mid-supply, made inside. */
    RLDREF_INT: 0x02,
  }),
  GPIO: row({
    address: 0x0b, access: "read-write", reset: 0x0c, fixed: 0, section: "GPIO: General-Purpose I/O Register",
    /** 1: input. */
    GPIOC: 0x0c,
    GPIOD: 0x03,
  }),
});

/** @returns `value` moved to where the field with `mask` is. */
export function field(mask: number, value: number): number {
  return value * (mask & -mask);
}

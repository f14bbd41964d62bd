// Commands of the ADS1292R, and what its frames of data are like: numbers alone, which cost the device nothing.

// Source: data sheet, "SPI Command Definitions", Table 15.
export const START = 0x08;
export const STOP = 0x0a;
/** Read data continuously: each frame is a frame of data. In force after power-on; registers can't be reached then. */
export const RDATAC = 0x10;
export const SDATAC = 0x11;
/** These two take an address in their low 5 bits, then a byte of count - 1. */
export const RREG = 0x20;
export const WREG = 0x40;

/** Bytes of a frame of data: 24 bits of status, then 24 bits a channel. Source: data sheet, "Data Retrieval". */
export const FRAME_BYTES = 9;
/** High four bits of the status. Source: data sheet, "Data Retrieval". */
export const STATUS_PATTERN = 0x0c;

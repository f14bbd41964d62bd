// What the frames of a reading of the MAX30003 say, packed into one number, and the commands of those frames.

/** A reading: the number of samples, and flags. From READ_UNUSUAL on there is something to do but to hand over samples. */
export const READ_COUNT = 0x3f;
export const READ_SATURATED = 0x40;
export const READ_LEAD_OFF = 0x80;
export const READ_UNUSUAL = 0x100;
/** Every word of the burst was a sample and none of them the last: there are more. */
export const READ_MORE = 0x100;
/** No sample, or it is time: a register is to be compared with what was written into it. */
export const READ_CHECK = 0x200;
/** The PLL is not, or was not, locked. */
export const READ_UNLOCKED = 0x400;
/** The FIFO has overflowed; the samples are not to be used. */
export const READ_OVERFLOW = 0x800;
/** No MAX30003 sends such frames; nothing of them is to be used. */
export const READ_BROKEN = 0x1000;

/** The chip has measured an interval from R to R. */
export const READ_R_TO_R = 0x2000;

/** Words of a burst: the 10 samples of a 40 ms tick with room for a tick that comes late, and half the FIFO, so that a second burst takes the rest. */
export const BURST_WORDS = 16;
/** So many readings lie between two checks of a register: a second and more at a tick of 40 ms. */
export const CHECK_READINGS = 32;

/** Commands that read STATUS (0x01) and a burst (0x20): the register's address and a bit that says "read". */
export const STATUS_COMMAND = 0x03;
export const BURST_COMMAND = 0x41;
/** Sent while STATUS answers with its middle byte, which never has these bits: a bus that answers what it is sent is found out. */
export const ECHO = 0xff;

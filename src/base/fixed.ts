// Fixed point: the range of a sample. Every stage of the sample path works in int16 microvolts.

/** Smallest and largest value of a sample. [uV] */
export const INT16_MIN = -32768;
export const INT16_MAX = 32767;

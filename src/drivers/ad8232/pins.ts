// Electrical figures of the AD8232, which has no registers: what its pins do, for the driver, its emulator and their tests.

/*
 * Source: Analog Devices, AD8232 data sheet, Rev. A, and SparkFun's schematic (Eagle file) of its "AD8232 Heart Rate Monitor".
 */

/**
 * Gain of the data sheet's portable cardiac monitor (0.3 to 37 Hz), +-3.9 mV at 3.3 V. 100 of it are the instrumentation amplifier's. [V/V]
 * Source: data sheet, page 25, "Portable Cardiac Monitor with Elimination of Motion Artifacts".
 */
export const CARDIAC_MONITOR_GAIN = 400;
/**
 * Gain of "Cardiac Monitor Configuration", which SparkFun's board has by its resistors R8 and R9, and most others: +-1.4 mV, so that a tall QRS complex is
 * clipped. [V/V]
 */
export const BREAKOUT_GAIN = 1100;
/** The output reaches to so much from either supply rail. [mV] Source: data sheet, page 3, operational amplifier A1, output voltage range with a load of 50 kohm. */
export const OUTPUT_SWING_MV = 100;

// Electrical figures of the AD8232, which has no registers: what its pins do, for the driver, its emulator and their tests.

/*
 * Source: Analog Devices, AD8232 data sheet (Rev. D), and SparkFun's schematic of its "Single Lead Heart Rate Monitor - AD8232". The
 * documents were not at hand when this was written: the figures are from memory of them, and are to be compared with them before the
 * first board is built.
 */

/**
 * Gain of the data sheet's portable cardiac monitor (0.3 to 37 Hz), +-3.9 mV at 3.3 V; a board with the heart rate monitor's 1100 (SparkFun's,
 * and most others) has +-1.4 mV, and a tall QRS complex is clipped. 100 of it are the instrumentation amplifier's. [V/V]
 * Source: data sheet, "Applications Information".
 */
export const CARDIAC_MONITOR_GAIN = 400;
/** The output reaches to so much from either supply rail. [mV] Source: data sheet, "Specifications", output swing with a load of 50 kohm. */
export const OUTPUT_SWING_MV = 100;

// The border of the evaluator: operation numbers of the calls that bring a recording to the chain and its findings back (border.ts has the calls).

/** World to device: a recording begins; a = its samples/s (100 to 1000, whole), or 0 for one that has beats but no signal. @returns 0 */
export const CALL_RECORD_START = 1;
/** The next samples; bytes = microvolts as little-endian 16-bit numbers. @returns 0 */
export const CALL_RECORD_SAMPLES = 2;
/** Without a signal: time passes up to sample a (250/s), where a beat of class b (BEAT_*) lies. @returns 0 */
export const CALL_RECORD_BEAT = 3;
/** Without a signal: time passes up to sample a (250/s). @returns 0 */
export const CALL_RECORD_TIME = 4;

/** Device to world: a beat; a = sample number of its R peak (250/s), b = confidence in percent. */
export const OP_CHAIN_BEAT = 1;
/** A rhythm began or ended; a = sample number (250/s), b = 2 * rhythm code + (1 if it began). */
export const OP_CHAIN_RHYTHM = 2;
/** The class of a beat; a = sample number of its R peak (250/s), b = BEAT_*. The scores follow. */
export const OP_CHAIN_CLASS = 3;
/** The scores of the beat whose class came last; a = that of V, b = that of S, in counts of the model. */
export const OP_CHAIN_SCORES = 4;

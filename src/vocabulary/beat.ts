// Beat: one heartbeat, its R peak, RR interval and class.

/** Normal beat, bundle branch block included (AAMI EC57 class N). */
export const BEAT_N = 0;
/** Supraventricular ectopic beat (SVEB). */
export const BEAT_S = 1;
/** Ventricular ectopic beat (VEB). */
export const BEAT_V = 2;
/** Fusion of a ventricular and a normal beat. */
export const BEAT_F = 3;
/** Unclassifiable or paced beat. */
export const BEAT_Q = 4;
/** No classifier has judged the beat. */
export const BEAT_UNCLASSIFIED = 5;
export type BeatClass = typeof BEAT_N | typeof BEAT_S | typeof BEAT_V | typeof BEAT_F | typeof BEAT_Q | typeof BEAT_UNCLASSIFIED;

/** Letters of the classes, indexed by BEAT_* (AAMI EC57); BEAT_UNCLASSIFIED has none. */
export const BEAT_LETTERS = "NSVFQ";

// The codes of all rhythms there are.

/** Nothing can be said: the signal is too bad, or there are too few beats. */
export const RHYTHM_INCONCLUSIVE = 0;
/** Beats at a normal rate and none of the others. Sinus, or any other rhythm that cannot be told from it in one lead. */
export const RHYTHM_NORMAL = 1;
export const RHYTHM_BRADYCARDIA = 2;
export const RHYTHM_TACHYCARDIA = 3;
/** One long interval without a beat. */
export const RHYTHM_PAUSE = 4;
export const RHYTHM_ASYSTOLE = 5;
export const RHYTHM_ATRIAL_FIBRILLATION = 6;
/** Intervals that jump without the disorder of atrial fibrillation: flutter with changing block, frequent atrial ectopic beats. */
export const RHYTHM_IRREGULAR = 7;
/** Every second beat ventricular. */
export const RHYTHM_BIGEMINY = 8;
/** Every third beat ventricular. */
export const RHYTHM_TRIGEMINY = 9;
/** Two ventricular beats in a row. */
export const RHYTHM_VEB_COUPLET = 10;
/** Three or more ventricular beats in a row that are neither of the next two. */
export const RHYTHM_VEB_RUN = 11;
/** Three or more supraventricular ectopic beats in a row, fast. */
export const RHYTHM_SVT_RUN = 12;
/** Five or more ventricular beats in a row above 100/min. */
export const RHYTHM_VENTRICULAR_TACHYCARDIA = 13;
/** Five or more ventricular beats in a row at up to 100/min. */
export const RHYTHM_IDIOVENTRICULAR = 14;
/** Ventricular flutter or fibrillation. */
export const RHYTHM_VENTRICULAR_FIBRILLATION = 15;

/** Codes are 0 up to before it. */
export const RHYTHM_COUNT = 16;
export type RhythmCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15;

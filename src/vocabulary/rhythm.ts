// RhythmEpisode: a rhythm that began and perhaps ended, and the table of all rhythms there are.
import { deepFreeze } from "../base/freeze.js";

/** A rhythm: its code is for ever (old bytes stay readable), the rest may improve. */
export interface Rhythm {
  readonly code: number;
  readonly name: string;
  /** Text of the WFDB rhythm annotation (`+`), "" where WFDB knows none. Source: PhysioNet's annotation codes; (ASYS, (NOISE from its VFDB. */
  readonly wfdbText: string;
  /** IEEE 11073-10101 code with partition (3 << 16 | code), 0 where none was found. Source: the table's ECG partition; check against it before relying on one. */
  readonly mdcCode: number;
}

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

/** Every rhythm there is; the row's index is its code. */
export const RHYTHMS = deepFreeze([
  { code: RHYTHM_INCONCLUSIVE, name: "inconclusive", wfdbText: "(NOISE", mdcCode: 0 },
  { code: RHYTHM_NORMAL, name: "normal", wfdbText: "(N", mdcCode: 0 },
  { code: RHYTHM_BRADYCARDIA, name: "bradycardia", wfdbText: "(SBR", mdcCode: 199692 },
  { code: RHYTHM_TACHYCARDIA, name: "tachycardia", wfdbText: "(N", mdcCode: 199870 },
  { code: RHYTHM_PAUSE, name: "pause", wfdbText: "", mdcCode: 0 },
  { code: RHYTHM_ASYSTOLE, name: "asystole", wfdbText: "(ASYS", mdcCode: 199684 },
  { code: RHYTHM_ATRIAL_FIBRILLATION, name: "atrial-fibrillation", wfdbText: "(AFIB", mdcCode: 199736 },
  { code: RHYTHM_IRREGULAR, name: "irregular", wfdbText: "(N", mdcCode: 199726 },
  { code: RHYTHM_BIGEMINY, name: "bigeminy", wfdbText: "(B", mdcCode: 0 },
  { code: RHYTHM_TRIGEMINY, name: "trigeminy", wfdbText: "(T", mdcCode: 0 },
  { code: RHYTHM_VEB_COUPLET, name: "veb-couplet", wfdbText: "", mdcCode: 0 },
  { code: RHYTHM_VEB_RUN, name: "veb-run", wfdbText: "(VT", mdcCode: 0 },
  { code: RHYTHM_SVT_RUN, name: "svt-run", wfdbText: "(SVTA", mdcCode: 0 },
  { code: RHYTHM_VENTRICULAR_TACHYCARDIA, name: "ventricular-tachycardia", wfdbText: "(VT", mdcCode: 0 },
  { code: RHYTHM_IDIOVENTRICULAR, name: "idioventricular", wfdbText: "(IVR", mdcCode: 0 },
  { code: RHYTHM_VENTRICULAR_FIBRILLATION, name: "ventricular-fibrillation", wfdbText: "(VFL", mdcCode: 0 },
] as const satisfies readonly Rhythm[]);

export type RhythmCode = (typeof RHYTHMS)[number]["code"];
export type RhythmName = (typeof RHYTHMS)[number]["name"];

export const RHYTHM_COUNT = RHYTHMS.length;

/** @returns the rhythm with this code, or undefined for a code from a newer firmware. */
export function rhythmOf(code: number): Rhythm | undefined {
  return RHYTHMS[code];
}

/** One rhythm from its first beat to its last. */
export interface RhythmEpisode {
  /** RHYTHM_* */
  code: RhythmCode;
  /** Number of the sample at which it began; for AF and VF an estimate that lies before the decision. */
  onsetSample: number;
  /** Number of the sample at which it ended, -1 while it goes on. */
  endSample: number;
  /** Heart rate when it was decided, -1 if unknown. [1/min] */
  heartRateBpm: number;
}

// The table of rhythms: their names, and what other formats call them. The device itself knows them by their codes.
import { deepFreeze } from "../base/freeze.js";
import {
  RHYTHM_INCONCLUSIVE, RHYTHM_NORMAL, RHYTHM_BRADYCARDIA, RHYTHM_TACHYCARDIA, RHYTHM_PAUSE, RHYTHM_ASYSTOLE, RHYTHM_ATRIAL_FIBRILLATION,
  RHYTHM_IRREGULAR, RHYTHM_BIGEMINY, RHYTHM_TRIGEMINY, RHYTHM_VEB_COUPLET, RHYTHM_VEB_RUN, RHYTHM_SVT_RUN, RHYTHM_VENTRICULAR_TACHYCARDIA,
  RHYTHM_IDIOVENTRICULAR, RHYTHM_VENTRICULAR_FIBRILLATION, type RhythmCode,
} from "./rhythm.js";

/** A rhythm: its code is for ever (old bytes stay readable), the rest may improve. */
export interface Rhythm {
  readonly code: number;
  readonly name: string;
  /** Text of the WFDB rhythm annotation (`+`), "" where WFDB knows none. Source: PhysioNet's annotation codes; (ASYS, (NOISE from its VFDB. */
  readonly wfdbText: string;
  /** IEEE 11073-10101 code with partition (3 << 16 | code), 0 where none was found. Source: the table's ECG partition; check against it before relying on one. */
  readonly mdcCode: number;
}

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

/** Most urgent first: where several are active, this is the order in which they are named. */
export const RHYTHM_URGENCY: readonly RhythmCode[] = Object.freeze([
  RHYTHM_VENTRICULAR_FIBRILLATION, RHYTHM_ASYSTOLE, RHYTHM_VENTRICULAR_TACHYCARDIA, RHYTHM_INCONCLUSIVE, RHYTHM_PAUSE,
  RHYTHM_IDIOVENTRICULAR, RHYTHM_VEB_RUN, RHYTHM_ATRIAL_FIBRILLATION, RHYTHM_SVT_RUN, RHYTHM_BIGEMINY, RHYTHM_TRIGEMINY,
  RHYTHM_BRADYCARDIA, RHYTHM_TACHYCARDIA, RHYTHM_IRREGULAR, RHYTHM_NORMAL,
]);

export type RhythmName = (typeof RHYTHMS)[number]["name"];

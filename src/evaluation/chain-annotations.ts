// What the chain found in a recording, as WFDB annotations that the usual tools can score.
import { BEAT_LETTERS, type BeatClass } from "../vocabulary/beat.js";
import { RHYTHMS, RHYTHM_URGENCY } from "../vocabulary/rhythm-table.js";
import { RHYTHM_COUNT, RHYTHM_INCONCLUSIVE, RHYTHM_VENTRICULAR_FIBRILLATION, type RhythmCode } from "../vocabulary/rhythm.js";
import { SAMPLE_RATE_HZ } from "../vocabulary/sample.js";
import type { Annotation } from "../wfdb/annotation.js";

/** A beat; `sample` counts in the chain's 250/s. */
export interface ChainBeat {
  readonly sample: number;
  readonly beatClass: BeatClass;
  /** How sure the QRS detector is, 0 to 100; undefined where a file gave the beat. [%] */
  readonly confidence?: number;
  /** Scores of V and S, positive where the beat is of the class; undefined where a file gave the beat, where it could not be read, and from the kernels in C. [counts of the model] */
  readonly vScore?: number;
  readonly sScore?: number;
}

/** An onset or an end of a rhythm; `sample` counts in the chain's 250/s and may lie before the change before it. */
export interface RhythmChange {
  readonly sample: number;
  readonly code: RhythmCode;
  readonly began: boolean;
}

/** In order of decision. */
export interface ChainFindings {
  readonly beats: readonly ChainBeat[];
  readonly rhythms: readonly RhythmChange[];
}

/** `~` with it: signals 0 and 1 are noisy and unreadable; bxb looks at the second half. Source: WFDB annot(5), bxb(1). */
const UNREADABLE = 0x33;
const READABLE = 0;

/** Rhythms that WFDB has a text for, most urgent first. Bad signal suspends judgement, it does not end a rhythm, so it comes last. */
const NAMED_RHYTHMS = [...RHYTHM_URGENCY.filter((code) => code !== RHYTHM_INCONCLUSIVE && RHYTHMS[code]?.wfdbText !== ""), RHYTHM_INCONCLUSIVE];

/**
 * Sample number of the chain as that of a recording: the nearest one, the later of two that are equally near. A beat or an onset may
 * be placed a little before the start; that is 0 here.
 */
export function toFrame(sample: number, frameRateHz: number): number {
  return Math.max(0, Math.floor((sample * frameRateHz) / SAMPLE_RATE_HZ + 0.5));
}

/**
 * Annotations of what was found, in order of time:
 * - N S V F Q: beats, N also where no class was given. Within ventricular fibrillation there are none, as in the databases.
 * - `+` with a rhythm: the most urgent active one that WFDB has a text for, wherever that changes; "(NOISE" for bad signal. Where none is
 *   active after the first (in a pause, or until the heart rate is known again), the next one is taken to have begun.
 * - `[` and `]`: begin and end of ventricular flutter or fibrillation.
 * - `~`: the signal becomes unreadable, or readable again. Beats found meanwhile are kept; bxb then takes the stretch to end at the
 *   first of them.
 *
 * @param frameRateHz Rate in which annotations of the recording count.
 * @param frameCount What lies at or after it is left out.
 */
export function chainAnnotations(findings: ChainFindings, frameRateHz: number, frameCount: number): Annotation[] {
  const { marks, isFibrillation } = rhythmMarks(findings.rhythms, frameRateHz);
  const beats = findings.beats.flatMap(({ sample, beatClass }): Annotation[] =>
    isFibrillation(sample) ? [] : [annotation(toFrame(sample, frameRateHz), BEAT_LETTERS[beatClass] ?? "N")],
  );
  // The sort is stable: at one sample the marks come before the beat.
  return [...marks, ...beats].filter(({ sample }) => sample < frameCount).sort((one, other) => one.sample - other.sample);
}

function annotation(sample: number, symbol: string, text = "", subtype = 0): Annotation {
  return { sample, symbol, subtype, channel: 0, annotator: 0, text };
}

/** Goes through the changes in order of their time, which is not that of decision: many an onset lies before other changes that it followed. */
function rhythmMarks(changes: readonly RhythmChange[], frameRateHz: number): { marks: Annotation[]; isFibrillation: (sample: number) => boolean } {
  const marks: Annotation[] = [];
  const fibrillations: { startSample: number; endSample: number }[] = [];
  // How many episodes of each rhythm are under way: those of one rhythm may overlap where an onset was put back.
  const active = new Int32Array(RHYTHM_COUNT);
  let text = "";
  // Where the rhythm ended that no other has followed yet.
  let endedFrame: number | undefined;
  const inOrder = changes.toSorted((one, other) => one.sample - other.sample);
  for (let index = 0; index < inOrder.length; ) {
    const { sample } = inOrder[index]!;
    const wasFibrillation = active[RHYTHM_VENTRICULAR_FIBRILLATION]! > 0;
    const wasUnreadable = active[RHYTHM_INCONCLUSIVE]! > 0;
    for (; inOrder[index]?.sample === sample; index++) active[inOrder[index]!.code]! += inOrder[index]!.began ? 1 : -1;
    const frame = toFrame(sample, frameRateHz);
    const fibrillation = active[RHYTHM_VENTRICULAR_FIBRILLATION]! > 0;
    const unreadable = active[RHYTHM_INCONCLUSIVE]! > 0;
    if (wasFibrillation && !fibrillation) {
      fibrillations.at(-1)!.endSample = sample;
      marks.push(annotation(frame, "]"));
    }
    if (wasUnreadable && !unreadable) marks.push(annotation(frame, "~", "", READABLE));
    const code = NAMED_RHYTHMS.find((named) => active[named]! > 0);
    if (code === undefined) {
      if (text !== "") endedFrame ??= frame;
    } else {
      if (RHYTHMS[code]!.wfdbText !== text) marks.push(annotation(endedFrame ?? frame, "+", RHYTHMS[code]!.wfdbText));
      text = RHYTHMS[code]!.wfdbText;
      endedFrame = undefined;
    }
    if (!wasFibrillation && fibrillation) {
      fibrillations.push({ startSample: sample, endSample: Infinity });
      marks.push(annotation(frame, "["));
    }
    // Last, since bxb takes a `~` that is not followed by its own end for one that stands in the middle of its stretch.
    if (!wasUnreadable && unreadable) marks.push(annotation(frame, "~", "", UNREADABLE));
  }
  if (endedFrame !== undefined) marks.push(annotation(endedFrame, "+", RHYTHMS[RHYTHM_INCONCLUSIVE].wfdbText));
  return { marks, isFibrillation: (sample) => fibrillations.some(({ startSample, endSample }) => startSample <= sample && sample < endSample) };
}

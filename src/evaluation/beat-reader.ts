// BeatReader: walks through an annotation file beat by beat, one beat ahead, and knows the unreadable and VF stretches around.
import type { Annotation } from "../wfdb/annotation.js";
import { type BeatClass, beatClassOf, beginsShutdown } from "./beat-class.js";
import { END_OF_TIME } from "./comparison-options.js";

export interface BeatMark {
  /** END_OF_TIME after the last beat. */
  sample: number;
  /** Undefined before the first beat and after the last one. */
  beatClass: BeatClass | undefined;
}

interface Stretch {
  startSample: number;
  endSample: number;
}

/** No stretch yet; as an end: not known. */
const NONE = -1;

/**
 * Reads beats as WFDB's bxb does, oddities included, so that the counts agree: it knows only the last two stretches of
 * each kind that it has passed; whatever lies between "[" and "]" is no beat; a shutdown without an end mark stops one
 * match window before the next annotation.
 */
export class BeatReader {
  current: BeatMark = { sample: 0, beatClass: undefined };
  next: BeatMark = { sample: 0, beatClass: undefined };
  /** Time in shutdown so far. [samples] */
  shutdownSamples = 0;
  /** Where a shutdown began that lasts to the end of the file; it is not in `shutdownSamples`. */
  openShutdownStart: number | undefined;

  readonly #annotations: readonly Annotation[];
  readonly #matchWindowSamples: number;
  readonly #openShutdownEnd: number | undefined;
  #index = 0;
  #shutdown: Stretch = { startSample: NONE, endSample: NONE };
  #shutdownBefore: Stretch = { startSample: NONE, endSample: NONE };
  #fibrillation: Stretch = { startSample: NONE, endSample: NONE };
  #fibrillationBefore: Stretch = { startSample: NONE, endSample: NONE };

  /**
   * @param openShutdownEnd Where a shutdown ends that lasts to the end of the file. bxb takes the end of time for the
   *   reference; for the test it leaves the end of the shutdown before: undefined.
   */
  constructor(annotations: readonly Annotation[], matchWindowSamples: number, openShutdownEnd: number | undefined) {
    this.#annotations = annotations;
    this.#matchWindowSamples = matchWindowSamples;
    this.#openShutdownEnd = openShutdownEnd;
  }

  /** Moves one beat on. */
  advance(): void {
    this.current = this.next;
    this.next = this.#readBeat();
  }

  /** Is `sample`, which must lie near the current beat, in ventricular flutter or fibrillation? */
  isFibrillation(sample: number): boolean {
    return isInLast(this.#fibrillation, sample) || isWithin(this.#fibrillationBefore, sample);
  }

  /** Is `sample`, which must lie near the current beat, in a stretch marked unreadable? */
  isShutdown(sample: number): boolean {
    return isInLast(this.#shutdown, sample) || isWithin(this.#shutdownBefore, sample);
  }

  #readBeat(): BeatMark {
    for (;;) {
      const annotation = this.#annotations[this.#index++];
      if (annotation === undefined) return { sample: END_OF_TIME, beatClass: undefined };
      const beatClass = beatClassOf(annotation.symbol);
      if (beatClass !== undefined) return { sample: annotation.sample, beatClass };
      if (beginsShutdown(annotation)) this.#readShutdown(annotation.sample);
      else if (annotation.symbol === "[") this.#readFibrillation(annotation.sample);
    }
  }

  #readShutdown(startSample: number): void {
    this.#shutdownBefore = this.#shutdown;
    const shutdown = { startSample, endSample: this.#shutdown.endSample };
    this.#shutdown = shutdown;
    const ending = this.#annotations[this.#index];
    if (ending === undefined) {
      shutdown.endSample = this.#openShutdownEnd ?? shutdown.endSample;
      this.openShutdownStart = startSample;
      return;
    }
    if (ending.symbol === "~" && !beginsShutdown(ending)) {
      shutdown.endSample = ending.sample;
      this.#index++;
    } else {
      // One mark in the middle of the stretch, as in the AHA database: it lasts from the last event to the next.
      shutdown.endSample = ending.sample - this.#matchWindowSamples;
      const lastEvent = Math.max(this.#fibrillation.endSample, this.current.sample);
      shutdown.startSample = Math.min(lastEvent + this.#matchWindowSamples, shutdown.endSample);
    }
    this.shutdownSamples += shutdown.endSample - shutdown.startSample;
  }

  #readFibrillation(startSample: number): void {
    this.#fibrillationBefore = this.#fibrillation;
    this.#fibrillation = { startSample, endSample: this.#fibrillation.endSample };
    for (;;) {
      const annotation = this.#annotations[this.#index++];
      if (annotation === undefined) return;
      if (annotation.symbol === "]") {
        this.#fibrillation.endSample = annotation.sample;
        return;
      }
    }
  }
}

/** A last stretch that has no end lasts for ever. */
function isInLast(stretch: Stretch, sample: number): boolean {
  return stretch.startSample !== NONE && stretch.startSample <= sample && (sample <= stretch.endSample || stretch.endSample === NONE);
}

function isWithin(stretch: Stretch, sample: number): boolean {
  return stretch.startSample !== NONE && stretch.startSample <= sample && sample <= stretch.endSample;
}

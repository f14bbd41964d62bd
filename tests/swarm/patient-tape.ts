// PatientTape: the patient of a swarm run, pieced together from strips that are rendered once a process.
import { SyntheticPatient } from "../../src/platform/sim/synthetic-patient.js";
import type { Rhythm, Segment } from "./plan.js";

/** Samples a second, at the chip's sampling instants. */
export const TAPE_RATE_HZ = 250;
/** Longest stretch without a repetition. [s] */
const STRIP_SECONDS = 60;

/** What each rhythm is to the synthetic patient. */
const RECIPES: Readonly<Record<Rhythm, readonly [name: string, parameter: number]>> = {
  sinus: ["sinus", 72], slow: ["sinus", 36], fast: ["sinus", 150], racing: ["sinus", 220], asystole: ["asystole", 0], vf: ["vf", 0], af: ["af", 95], vt: ["vt", 180], noise: ["noise", 1500],
};

const strips = new Map<Rhythm, Int32Array>();

function stripOf(rhythm: Rhythm): Int32Array {
  let strip = strips.get(rhythm);
  if (strip === undefined) {
    const [name, parameter] = RECIPES[rhythm];
    const patient = new SyntheticPatient(name, [{ name, parameter, seconds: STRIP_SECONDS }], 7);
    strip = Int32Array.from({ length: patient.sampleCount }, (_, index) => patient.sampleUv(index));
    strips.set(rhythm, strip);
  }
  return strip;
}

export class PatientTape {
  readonly #ends: number[] = [];
  readonly #strips: Int32Array[] = [];
  readonly #starts: number[] = [];
  #at = 0;

  constructor(segments: readonly Segment[]) {
    let sample = 0;
    for (const { rhythm, seconds } of segments) {
      this.#starts.push(sample);
      this.#strips.push(stripOf(rhythm));
      sample += Math.round(seconds * TAPE_RATE_HZ);
      this.#ends.push(sample);
    }
  }

  /** ECG at a sample number; after the last segment it goes on. Numbers may not go back by more than a segment's length at a time. [uV] */
  sampleUv(sample: number): number {
    while (this.#at + 1 < this.#ends.length && sample >= (this.#ends[this.#at] as number)) this.#at++;
    while (this.#at > 0 && sample < (this.#starts[this.#at] as number)) this.#at--;
    const strip = this.#strips[this.#at] as Int32Array;
    return strip[(sample - (this.#starts[this.#at] as number)) % strip.length] as number;
  }
}

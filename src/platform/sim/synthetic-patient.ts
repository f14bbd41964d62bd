// SyntheticPatient: an ECG made from a seed and a timeline of rhythms, for what no recording shows.
// Waves are Gaussians around the R peak (after McSharry et al. 2003, "A dynamical model for generating synthetic ECG signals").
import { Prng } from "../../base/prng.js";

const RATE_HZ = 250;

/** One wave of a beat: centre after the R peak [s], height [uV], standard deviation [s]. */
type Wave = readonly [centreS: number, heightUv: number, widthS: number];

const P_WAVE: Wave = [-0.16, 130, 0.022];
const NARROW_QRS: readonly Wave[] = [[-0.026, -110, 0.009], [0, 1150, 0.011], [0.028, -240, 0.011]];
const T_WAVE: Wave = [0.28, 300, 0.05];
const WIDE_QRS: readonly Wave[] = [[0, 1700, 0.034], [0.085, -700, 0.04], [0.3, -420, 0.06]];

interface SegmentKind {
  readonly name: string;
  /** Default length. [s] */
  readonly seconds: number;
  readonly parameter?: { readonly name: string; readonly initial: number; readonly min: number; readonly max: number };
}

const RATE = (initial: number): NonNullable<SegmentKind["parameter"]> => ({ name: "beats per minute", initial, min: 20, max: 300 });

/** Everything a scenario can be made of. */
export const SEGMENT_KINDS: readonly SegmentKind[] = [
  { name: "sinus", seconds: 30, parameter: RATE(72) },
  { name: "af", seconds: 90, parameter: RATE(95) },
  { name: "bigeminy", seconds: 30, parameter: RATE(72) },
  { name: "vt", seconds: 12, parameter: RATE(180) },
  { name: "vf", seconds: 15 },
  { name: "asystole", seconds: 10 },
  { name: "lead-off", seconds: 10 },
  { name: "noise", seconds: 20, parameter: { name: "microvolts", initial: 500, min: 10, max: 5000 } },
];

interface Segment {
  readonly name: string;
  readonly parameter: number;
  readonly seconds: number;
}

/** Longest segment. [s] */
const SEGMENT_SECONDS_MAX = 86_400;

/**
 * Parses `name[:parameter][@seconds]`, several joined by commas, e.g. "sinus:72@30,asystole@8,sinus". A single segment other than
 * sinus stands between 20 s of sinus rhythm on either side.
 * @returns the timeline, or what is wrong with the text.
 */
export function parseScenario(text: string): { ok: true; segments: Segment[] } | { ok: false; problem: string } {
  const refuse = (problem: string): { ok: false; problem: string } => ({ ok: false, problem: `patient "synthetic:${text}": ${problem}` });
  const segments: Segment[] = [];
  for (const part of text.split(",")) {
    const [head = "", secondsText, ...tooMuch] = part.split("@");
    const [name = "", parameterText, ...more] = head.split(":");
    if (tooMuch.length > 0 || more.length > 0) return refuse(`"${part}", expected name[:parameter][@seconds]`);
    const kind = SEGMENT_KINDS.find((candidate) => candidate.name === name);
    if (!kind) return refuse(`unknown rhythm "${name}", expected one of ${SEGMENT_KINDS.map((known) => known.name).join(", ")}`);
    const seconds = secondsText === undefined ? kind.seconds : Number(secondsText);
    if (!(seconds > 0 && seconds <= SEGMENT_SECONDS_MAX)) return refuse(`"${part}" lasts "${secondsText}", expected more than 0 and at most ${SEGMENT_SECONDS_MAX} seconds`);
    if (parameterText !== undefined && !kind.parameter) return refuse(`"${name}" takes no parameter, found "${parameterText}"`);
    const range = kind.parameter;
    const parameter = parameterText === undefined ? (range?.initial ?? 0) : Number(parameterText);
    if (range && !(parameter >= range.min && parameter <= range.max))
      return refuse(`"${part}" has ${range.name} "${parameterText}", expected ${range.min} to ${range.max}`);
    segments.push({ name, parameter, seconds });
  }
  const [only] = segments;
  if (only && segments.length === 1 && only.name !== "sinus") {
    const sinus = { name: "sinus", parameter: 72, seconds: 20 };
    return { ok: true, segments: [sinus, only, sinus] };
  }
  return { ok: true, segments };
}

/** A Patient (`patient.ts`). Renders the whole timeline at once; the same scenario and seed give the same samples. */
export class SyntheticPatient {
  readonly name: string;
  readonly sampleCount: number;
  readonly #samplesUv: Float64Array;
  /** Sample ranges [start, end) with an electrode off. */
  readonly #leadOffRanges: (readonly [number, number])[] = [];
  readonly #random: Prng;

  /** @param segments from `parseScenario` */
  constructor(name: string, segments: readonly Segment[], seed: number) {
    this.name = name;
    this.#random = new Prng(seed);
    let seconds = 0;
    for (const segment of segments) seconds += segment.seconds;
    this.sampleCount = Math.round(seconds * RATE_HZ);
    this.#samplesUv = new Float64Array(this.sampleCount);
    let startS = 0;
    for (const segment of segments) {
      this.#render(segment, startS, startS + segment.seconds);
      startS += segment.seconds;
    }
    this.#addBackground();
  }

  sampleUv(index: number): number {
    return Math.round(this.#samplesUv[index] ?? 0);
  }

  leadOff(index: number): boolean {
    return this.#leadOffRanges.some(([start, end]) => index >= start && index < end);
  }

  /** @returns a number from 0 up to 1 */
  #uniform(): number {
    return this.#random.below(1 << 30) / (1 << 30);
  }

  #render(segment: Segment, startS: number, endS: number): void {
    const meanS = segment.parameter > 0 ? 60 / segment.parameter : 0;
    switch (segment.name) {
      case "vf":
        return this.#renderFibrillation(startS, endS);
      case "asystole":
        return;
      case "lead-off":
        this.#leadOffRanges.push([Math.round(startS * RATE_HZ), Math.round(endS * RATE_HZ)]);
        return;
      case "noise":
        this.#renderNoise(startS, endS, segment.parameter);
        return this.#renderBeats(startS, endS, () => 60 / 72, () => false, true);
      case "af":
        this.#renderWave(startS, endS, 6.3, 45);
        return this.#renderBeats(startS, endS, () => meanS * (0.62 + 0.76 * this.#uniform()), () => false, false);
      case "vt":
        return this.#renderBeats(startS, endS, () => meanS, () => true, false);
      case "bigeminy":
        // The ectopic beat comes early, the pause after it makes up for it.
        return this.#renderBeats(startS, endS, (beat) => meanS * (beat % 2 === 1 ? 0.62 : 1.38), (beat) => beat % 2 === 1, true);
      default:
        return this.#renderBeats(startS, endS, () => meanS * (0.985 + 0.03 * this.#uniform()), () => false, true);
    }
  }

  /** @param intervalS RR interval before beat number `beat` [s] */
  #renderBeats(startS: number, endS: number, intervalS: (beat: number) => number, isVentricular: (beat: number) => boolean, hasP: boolean): void {
    let peakS = startS + 0.25;
    for (let beat = 0; peakS < endS - 0.1; beat++) {
      const wide = isVentricular(beat);
      for (const wave of wide ? WIDE_QRS : NARROW_QRS) this.#addWave(peakS, wave);
      if (!wide) this.#addWave(peakS, T_WAVE);
      if (!wide && hasP) this.#addWave(peakS, P_WAVE);
      peakS += intervalS(beat + 1);
    }
  }

  #addWave(peakS: number, [centreS, heightUv, widthS]: Wave): void {
    const samples = this.#samplesUv;
    const first = Math.max(0, Math.ceil((peakS + centreS - 4 * widthS) * RATE_HZ));
    const last = Math.min(samples.length - 1, Math.floor((peakS + centreS + 4 * widthS) * RATE_HZ));
    for (let index = first; index <= last; index++) {
      const distance = (index / RATE_HZ - peakS - centreS) / widthS;
      samples[index] = (samples[index] as number) + heightUv * Math.exp(-0.5 * distance * distance);
    }
  }

  #renderWave(startS: number, endS: number, frequencyHz: number, heightUv: number): void {
    const samples = this.#samplesUv;
    for (let index = Math.round(startS * RATE_HZ); index < Math.round(endS * RATE_HZ); index++)
      samples[index] = (samples[index] as number) + heightUv * Math.sin((2 * Math.PI * frequencyHz * index) / RATE_HZ);
  }

  /** Coarse ventricular fibrillation: one oscillation of 4 to 6.5 Hz whose frequency and height wander. */
  #renderFibrillation(startS: number, endS: number): void {
    const samples = this.#samplesUv;
    let phase = 0;
    let frequencyHz = 5;
    let heightUv = 450;
    for (let index = Math.round(startS * RATE_HZ); index < Math.round(endS * RATE_HZ); index++) {
      frequencyHz = Math.min(6.5, Math.max(4, frequencyHz + 0.12 * (this.#uniform() - 0.5)));
      heightUv = Math.min(700, Math.max(250, heightUv + 14 * (this.#uniform() - 0.5)));
      phase += (2 * Math.PI * frequencyHz) / RATE_HZ;
      samples[index] = (samples[index] as number) + heightUv * (Math.sin(phase) + 0.25 * Math.sin(2 * phase + 1));
    }
  }

  /** Electrode motion: a random walk pulled back to zero, with muscle noise on it. */
  #renderNoise(startS: number, endS: number, heightUv: number): void {
    const samples = this.#samplesUv;
    let walkUv = 0;
    for (let index = Math.round(startS * RATE_HZ); index < Math.round(endS * RATE_HZ); index++) {
      walkUv = walkUv * 0.97 + heightUv * 0.5 * (this.#uniform() - 0.5);
      samples[index] = (samples[index] as number) + walkUv + heightUv * 0.4 * (this.#uniform() - 0.5);
    }
  }

  /** Breathing moves the baseline; skin and amplifier add a little noise. */
  #addBackground(): void {
    const samples = this.#samplesUv;
    for (let index = 0; index < samples.length; index++) {
      const noiseUv = 24 * (this.#uniform() + this.#uniform() - 1);
      samples[index] = (samples[index] as number) + 60 * Math.sin((2 * Math.PI * 0.24 * index) / RATE_HZ) + noiseUv;
    }
  }
}

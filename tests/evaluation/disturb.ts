// Makes a plausible wrong annotation file from a right one, from a seed: beats lost, added, moved and renamed, shutdowns, VF and rhythms invented.
import type { Annotation } from "../../src/wfdb/annotation.js";

export interface Disturbance {
  seed: number;
  /** Chance that a beat is renamed; half of it that it is lost, another half that one is added. 0 to 1. */
  level: number;
  /** How many shutdowns, VF episodes and rhythm changes to invent. */
  stretches: number;
  sampleRateHz: number;
  sampleCount: number;
}

const SYMBOLS = ["N", "L", "A", "e", "V", "E", "F", "Q", "/"];
const RHYTHMS = ["(AFIB", "(AFL", "(N", "(VFL", "(VT"];

/** A beat or mark as the scorer sees it. */
export function mark(sample: number, symbol: string, subtype = 0, text = ""): Annotation {
  return { sample, symbol, subtype, channel: 0, annotator: 0, text };
}

/** Same arguments, same result: the golden numbers in golden-ec57.ts depend on it. */
export function disturb(annotations: readonly Annotation[], { seed, level, stretches, sampleRateHz, sampleCount }: Disturbance): Annotation[] {
  let state = seed;
  /** 0 to `below` - 1; the generator of Numerical Recipes, high bits. */
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return Math.floor(((state >>> 8) * below) / 0x1000000);
  };
  const chance = (probability: number): boolean => random(10_000) < probability * 10_000;
  const within = (sample: number): number => Math.max(0, Math.min(sampleCount - 1, sample));
  let out: Annotation[] = [];
  for (const annotation of annotations) {
    if (chance(level / 2)) continue;
    const reachMs = chance(level) ? 400 : 10;
    const sample = within(annotation.sample + Math.floor(((random(2 * reachMs + 1) - reachMs) * sampleRateHz) / 1000));
    out.push({ ...annotation, sample, symbol: chance(level) ? SYMBOLS[random(SYMBOLS.length)]! : annotation.symbol });
    if (chance(level / 2)) out.push(mark(within(sample + random(sampleRateHz >> 1)), SYMBOLS[random(SYMBOLS.length)]!));
  }
  for (let count = 0; count < stretches; count++) {
    const start = random(sampleCount);
    const end = within(start + random(20 * sampleRateHz));
    const kind = random(3);
    if (kind === 0) out.push(mark(start, "["), mark(end, "]"));
    else if (kind === 1) {
      out = out.filter(({ sample }) => sample < start || sample > end);
      out.push(mark(start, "~", 0x33), mark(end, "~", 0));
    } else out.push(mark(start, "+", 0, RHYTHMS[random(RHYTHMS.length)]!), mark(end, "+", 0, RHYTHMS[random(RHYTHMS.length)]!));
  }
  return out.sort((a, b) => a.sample - b.sample);
}

// A strip of ECG on the clinical grid as SVG, with the reference's annotations above the trace and edgebeat's below it.
import { beatClassOf } from "../evaluation/beat-class.js";
import type { BeatPair } from "../evaluation/compare-beats.js";
import type { Annotation } from "../wfdb/annotation.js";
import { durationText } from "./lines.js";

/** The usual scale of ECG paper. */
const MM_PER_SECOND = 25;
const MM_PER_MV = 10;
/** Room for the labels of one side: rhythms and other marks, beats under them. [mm] */
const ROW_MM = 8;
const MARK_Y_MM = 2.6;
const BEAT_Y_MM = 6.4;
/** Least and greatest height of the trace. [mm] */
const TRACE_MM_MIN = 30;
const TRACE_MM_MAX = 70;
/** Half the width of the band behind a wrong beat. [mm] 80 ms. */
const BAND_MM = 2;
/** Coordinates of the trace are whole numbers of this many to the millimetre. */
const UNITS_PER_MM = 50;

/** Symbols shown besides beats. */
const MARKS: ReadonlySet<string> = new Set(["[", "]", "!", "~"]);

export interface StripInput {
  /** One lead of the whole recording. [uV] */
  readonly samplesUv: Int32Array;
  readonly sampleRateHz: number;
  readonly startSeconds: number;
  readonly seconds: number;
  readonly reference: readonly Annotation[];
  readonly test: readonly Annotation[];
  /** Rate in which the annotations count. */
  readonly frameRateHz: number;
  /** Pairs of beats to be shown as wrong. */
  readonly wrong: readonly BeatPair[];
  /** Score of a test beat, where it has one, by its sample; shown where the reference has no beat. [%] */
  readonly confidence: ReadonlyMap<number, number>;
}

/** Once in a document that has strips: the grid that they refer to. */
export const STRIP_GRID =
  '<svg width="0" height="0" aria-hidden="true"><defs>' +
  '<pattern id="mm" width="1" height="1" patternUnits="userSpaceOnUse"><path d="M1 0H0V1" fill="none" stroke="#f6d8d0" stroke-width=".12"/></pattern>' +
  '<pattern id="grid" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="#fffaf8"/><rect width="5" height="5" fill="url(#mm)"/><path d="M5 0H0V5" fill="none" stroke="#e9ac9e" stroke-width=".2"/></pattern>' +
  "</defs></svg>";

export function ecgStrip(input: StripInput): string {
  const { samplesUv, sampleRateHz, startSeconds, seconds } = input;
  const widthMm = seconds * MM_PER_SECOND;
  const first = Math.max(0, Math.round(startSeconds * sampleRateHz));
  const samples = samplesUv.subarray(first, Math.min(samplesUv.length, Math.round((startSeconds + seconds) * sampleRateHz) + 1));
  let lowUv = samples[0]!;
  let highUv = lowUv;
  for (const sampleUv of samples) {
    if (sampleUv < lowUv) lowUv = sampleUv;
    else if (sampleUv > highUv) highUv = sampleUv;
  }
  const rangeMm = ((highUv - lowUv) / 1000) * MM_PER_MV + 4;
  // Whole large squares; the trace's middle lies in theirs.
  const traceMm = 5 * Math.ceil(Math.min(TRACE_MM_MAX, Math.max(TRACE_MM_MIN, rangeMm)) / 5);
  const heightMm = 2 * ROW_MM + traceMm;
  const middleUv = (lowUv + highUv) / 2;
  const path = tracePath(samples, (MM_PER_SECOND / sampleRateHz) * UNITS_PER_MM, (index) => (ROW_MM + traceMm / 2 - ((samples[index]! - middleUv) / 1000) * MM_PER_MV) * UNITS_PER_MM);
  const bands = input.wrong
    .map(({ referenceSample }) => xOf(referenceSample, input))
    .filter((x) => x >= 0 && x <= widthMm)
    .map((x) => `<rect class="band" x="${fixed(x - BAND_MM)}" y="0" width="${2 * BAND_MM}" height="${heightMm}"/>`);
  return (
    `<svg class="strip" viewBox="0 0 ${widthMm} ${heightMm}" width="${widthMm}mm" height="${heightMm}mm" role="img">` +
    `<rect width="${widthMm}" height="${heightMm}" fill="url(#grid)"/>${bands.join("")}` +
    `<path class="trace" transform="scale(${1 / UNITS_PER_MM})" stroke-width="${0.28 * UNITS_PER_MM}" d="${path}"/>` +
    labels(input.reference, input, 0, new Map(input.wrong.map(({ referenceSample }) => [referenceSample, ""]))) +
    labels(input.test, input, heightMm - ROW_MM, new Map(input.wrong.map((pair) => [pair.testSample, noteOf(pair, input)]))) +
    `<text class="small" x="1.5" y="${heightMm - ROW_MM - 1}">${durationText(startSeconds)}</text>` +
    `<text class="small" x="${widthMm - 1.5}" y="${heightMm - ROW_MM - 1}" text-anchor="end">${MM_PER_SECOND} mm/s, ${MM_PER_MV} mm/mV</text></svg>`
  );
}

function xOf(sample: number, { frameRateHz, startSeconds }: StripInput): number {
  return (sample / frameRateHz - startSeconds) * MM_PER_SECOND;
}

/** Relative steps between rounded positions: short, and without drift. */
function tracePath(samples: Int32Array, unitsPerSample: number, yOf: (index: number) => number): string {
  let x = 0;
  let y = Math.round(yOf(0));
  const steps = [`M0 ${y}l`];
  for (let index = 1; index < samples.length; index++) {
    const nextX = Math.round(index * unitsPerSample);
    const nextY = Math.round(yOf(index));
    steps.push(`${nextX - x} ${nextY - y}`);
    x = nextX;
    y = nextY;
  }
  return steps.join(" ");
}

/** @param wrong samples of wrong beats, with a note each */
function labels(annotations: readonly Annotation[], input: StripInput, top: number, wrong: ReadonlyMap<number, string>): string {
  return annotations
    .flatMap(({ sample, symbol, text }) => {
      const x = xOf(sample, input);
      if (x < 0 || x > input.seconds * MM_PER_SECOND) return [];
      if (beatClassOf(symbol) !== undefined) {
        const note = wrong.get(sample);
        return [`<text class="label${note === undefined ? "" : " bad"}" x="${fixed(x)}" y="${top + BEAT_Y_MM}">${escapeHtml(symbol)}${note ?? ""}</text>`];
      }
      const mark = symbol === "+" ? text : MARKS.has(symbol) ? symbol : "";
      // A bracket and its rhythm stand at one sample.
      return mark === "" ? [] : [`<text class="small" x="${fixed(symbol === "+" ? x + 1 : x)}" y="${top + MARK_Y_MM}">${escapeHtml(mark)}</text>`];
    })
    .join("");
}

function noteOf({ reference, testSample }: BeatPair, { confidence }: StripInput): string {
  const score = reference === "O" || reference === "X" ? confidence.get(testSample) : undefined;
  return score === undefined ? "" : `<tspan class="small" dx=".6">${score} %</tspan>`;
}

function fixed(mm: number): string {
  return String(Math.round(mm * 100) / 100);
}

export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

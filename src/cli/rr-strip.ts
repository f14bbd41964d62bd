// RR intervals over time as SVG, for recordings that have beats but no signal.
import { BEAT_SYMBOLS, type Annotation } from "../wfdb/annotation.js";
import { durationText } from "./lines.js";

const WIDTH_MM = 250;
/** Height of the mark above the stretch. */
const BAR_MM = 3;
const HEIGHT_MM = 50;
/** Longest interval shown. [s] */
const RR_SECONDS_MAX = 2;
const MM_PER_SECOND = HEIGHT_MM / RR_SECONDS_MAX;

export interface RrStripInput {
  readonly beats: readonly Annotation[];
  readonly frameRateHz: number;
  readonly startSeconds: number;
  readonly seconds: number;
  /** The stretch that is wrong. [s] */
  readonly wrong: readonly [number, number];
}

export function rrStrip({ beats, frameRateHz, startSeconds, seconds, wrong }: RrStripInput): string {
  const xOf = (second: number): number => ((second - startSeconds) / seconds) * WIDTH_MM;
  const dots: string[] = [];
  let lastSeconds: number | undefined;
  for (const { sample, symbol } of beats) {
    if (!BEAT_SYMBOLS.has(symbol)) continue;
    const second = sample / frameRateHz;
    if (lastSeconds !== undefined && second >= startSeconds && second <= startSeconds + seconds) {
      dots.push(`<circle cx="${xOf(second).toFixed(1)}" cy="${(HEIGHT_MM - Math.min(RR_SECONDS_MAX, second - lastSeconds) * MM_PER_SECOND).toFixed(1)}" r=".55"/>`);
    }
    lastSeconds = second;
  }
  const [left, right] = wrong.map((second) => Math.min(WIDTH_MM, Math.max(0, xOf(second)))) as [number, number];
  const lines = [0.5, 1, 1.5].map((rr) => {
    const y = HEIGHT_MM - rr * MM_PER_SECOND;
    return `<path d="M0 ${y}H${WIDTH_MM}" stroke="#e9ac9e" stroke-width=".2"/><text class="small" x="1.5" y="${y - 0.8}">${rr} s</text>`;
  });
  return (
    `<svg class="strip" viewBox="0 0 ${WIDTH_MM} ${HEIGHT_MM}" width="${WIDTH_MM}mm" height="${HEIGHT_MM}mm" role="img"><rect width="${WIDTH_MM}" height="${HEIGHT_MM}" fill="#fffaf8"/>` +
    `<rect class="bad" x="${left.toFixed(1)}" y="0" width="${(right - left).toFixed(1)}" height="${BAR_MM}"/>${lines.join("")}${dots.join("")}` +
    `<text class="small" x="1.5" y="${HEIGHT_MM - 1.5}">${durationText(startSeconds)}</text><text class="small" x="${WIDTH_MM - 1.5}" y="${HEIGHT_MM - 1.5}" text-anchor="end">RR intervals, ${seconds} s</text></svg>`
  );
}

// StripView: the ECG around an alert as a small drawing under it.
import type { Strip } from "../subscriber/strip-assembler.js";
import { SAMPLE_RATE_HZ } from "../vocabulary/sample.js";

const SVG = "http://www.w3.org/2000/svg";
/** The drawing's own units: one a sample across, so that a gap keeps its width; [units] high. */
const HEIGHT = 300;
/** Least range that fills the height, so that noise does not look like an ECG. [uV] */
const RANGE_UV_MIN = 1500;

/**
 * @param onsetSample Where the alert's condition began.
 * @returns the drawing with a caption that says what is missing.
 */
export function stripView(strip: Strip, onsetSample: number): HTMLElement {
  const { samplesUv, firstSample } = strip;
  const width = Math.max(1, samplesUv.length);
  const known = samplesUv.filter((sampleUv) => !Number.isNaN(sampleUv));
  const [leastUv, mostUv] = known.reduce(([least, most], sampleUv) => [Math.min(least, sampleUv), Math.max(most, sampleUv)], [Infinity, -Infinity] as [number, number]);
  const rangeUv = Math.max(RANGE_UV_MIN, mostUv - leastUv);
  const middleUv = (mostUv + leastUv) / 2;
  const yOf = (sampleUv: number): string => (HEIGHT / 2 - ((sampleUv - middleUv) / rangeUv) * HEIGHT * 0.92).toFixed(1);

  const drawing = svg("svg", { class: "strip-trace", viewBox: `0 0 ${width} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const onset = onsetSample - firstSample;
  if (onset >= 0 && onset < width) drawing.append(svg("line", { class: "strip-onset", x1: String(onset), x2: String(onset), y1: "0", y2: String(HEIGHT) }));
  for (const [from, to] of runsOf(samplesUv)) {
    const points = Array.from(samplesUv.subarray(from, to), (sampleUv, index) => `${from + index},${yOf(sampleUv)}`);
    drawing.append(svg("polyline", { class: "strip-line", points: points.join(" ") }));
  }

  const figure = document.createElement("figure");
  figure.className = "alert-strip";
  const caption = document.createElement("figcaption");
  caption.textContent = captionOf(strip, known.length, onset);
  figure.append(drawing, caption);
  return figure;
}

function captionOf(strip: Strip, knownCount: number, onset: number): string {
  const seconds = (samples: number): string => `${(samples / SAMPLE_RATE_HZ).toFixed(1)} s`;
  const words = [`ECG ${seconds(strip.samplesUv.length)}`];
  if (onset >= 0 && onset < strip.samplesUv.length) words.push(`onset at ${seconds(onset)}`);
  const missing = strip.samplesUv.length - knownCount;
  if (!strip.complete) words.push(strip.partCount < 0 ? `incomplete: ${strip.partsReceived} parts so far` : `incomplete: ${strip.partsReceived} of ${strip.partCount} parts`);
  else if (missing > 0) words.push(`${seconds(missing)} missing`);
  return words.join(" · ");
}

/** @returns the runs of samples that are there, as [from, to). */
function runsOf(samplesUv: Float32Array): [number, number][] {
  const runs: [number, number][] = [];
  for (let from = 0, index = 0; index <= samplesUv.length; index++) {
    if (index < samplesUv.length && !Number.isNaN(samplesUv[index])) continue;
    if (index > from) runs.push([from, index]);
    from = index + 1;
  }
  return runs;
}

function svg(name: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  return element;
}

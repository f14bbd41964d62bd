// Waveform: geometry and drawing of the ECG sweep over the clinical grid; no DOM, any Canvas 2D context or a test's pen will do.
import { SAMPLE_RATE_HZ } from "../vocabulary/sample.js";
import type { BedsideBeat } from "./bedside.js";
import type { SampleHistory } from "./sample-history.js";

/** CSS pixels in a millimetre. Source: CSS Values and Units 4, section 6.2: 1 in = 96 px = 25.4 mm. */
export const PX_PER_MM = 96 / 25.4;
/** Paper speed and gain of a clinical ECG; the recommendation for routine recording (Kligfield et al., Circulation 115:1306, 2007). */
const SWEEP_MM_PER_S = 25;
const GAIN_MM_PER_MV = 10;
/** The grid's small and large square: 40 ms x 0.1 mV and 200 ms x 0.5 mV. */
const MINOR_MM = 1;
const MAJOR_MM = 5;

export const PX_PER_SAMPLE = (SWEEP_MM_PER_S * PX_PER_MM) / SAMPLE_RATE_HZ;
const PX_PER_UV = (GAIN_MM_PER_MV * PX_PER_MM) / 1000;

/** Width of the erase bar before the sweep: 0.3 s, wide enough to show which side is new. */
export const ERASE_SAMPLES = 75;

/** Where 0 mV lies: this part of the height, rounded to a large square. QRS complexes mostly point up and need the room. */
const BASELINE_FRACTION = 0.6;

/** The trace follows its newest sample with this time constant. [ms] Samples come in bursts; this makes the sweep even, 0.2 s late. */
const FOLLOW_MS = 200;

/** A beat's mark stands over the highest sample this near to its R peak: 80 ms, half a wide QRS. */
const MARK_REACH_SAMPLES = 20;
const MARK_GAP_PX = 7;
const MARK_PX = 7;
const LETTER_PX = 13;

const GLOW_PX = 5;
const TRACE_PX = 1.6;
/** Drawing may reach this far from its sample to either side: half a letter, more than half the glow or the head. */
const REACH_PX = 10;

/** What is used of CanvasRenderingContext2D. */
export interface Pen {
  strokeStyle: unknown;
  fillStyle: unknown;
  lineWidth: number;
  font: string;
  textAlign: unknown;
  lineJoin: unknown;
  save(): void;
  restore(): void;
  beginPath(): void;
  rect(x: number, y: number, width: number, height: number): void;
  clip(): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  closePath(): void;
  stroke(): void;
  fill(): void;
  clearRect(x: number, y: number, width: number, height: number): void;
  fillRect(x: number, y: number, width: number, height: number): void;
  fillText(text: string, x: number, y: number): void;
  arc(x: number, y: number, radius: number, startAngle: number, endAngle: number): void;
}

export interface WaveformLook {
  font: string;
  minor: string;
  major: string;
  ink: string;
  trace: string;
  glow: string;
  head: string;
  /** By class letter; "" for an unclassified beat. */
  beat: Readonly<Record<string, string>>;
}

/** One screen-full. All in CSS pixels. */
export interface Sweep {
  widthPx: number;
  heightPx: number;
  /** y of 0 mV. */
  baselinePx: number;
  /** Samples in a pass over the screen. */
  sampleCount: number;
}

export function sweepOf(widthPx: number, heightPx: number): Sweep {
  const majorPx = MAJOR_MM * PX_PER_MM;
  const baselinePx = Math.round((heightPx * BASELINE_FRACTION) / majorPx) * majorPx;
  return { widthPx, heightPx, baselinePx, sampleCount: Math.max(1, Math.floor(widthPx / PX_PER_SAMPLE)) };
}

export function xOf(sweep: Sweep, sample: number): number {
  return (sample % sweep.sampleCount) * PX_PER_SAMPLE;
}

/** y of a voltage; what is too large for the screen is clipped at its edge. */
export function yOf(sweep: Sweep, uv: number): number {
  return Math.max(1, Math.min(sweep.heightPx - 1, sweep.baselinePx - uv * PX_PER_UV));
}

/** Samples from `from` up to, not including, `to`. */
export interface Run {
  from: number;
  to: number;
}

/** What is on the screen when `head` is the newest sample drawn: the pass before, right of the erase bar, then this pass. */
export function visibleRuns(sweep: Sweep, head: number): Run[] {
  const to = head + 1;
  const passStart = head - (head % sweep.sampleCount);
  const previousFrom = Math.max(0, to + ERASE_SAMPLES - sweep.sampleCount);
  const runs = [{ from: previousFrom, to: passStart }, { from: passStart, to }];
  return runs.filter((run) => run.from < run.to);
}

/** Moves the drawn end of the trace towards the newest sample. Works at any speed of the simulator. */
export function followHead(head: number, newest: number, elapsedMs: number): number {
  if (head > newest) return newest;
  return newest - (newest - head) * Math.exp(-elapsedMs / FOLLOW_MS);
}

/** Draws the grid and the 1 mV, 200 ms calibration mark. @param devicePixelRatio Lines are put on whole device pixels. */
export function drawGrid(pen: Pen, sweep: Sweep, look: WaveformLook, devicePixelRatio: number): void {
  const { widthPx, heightPx, baselinePx } = sweep;
  pen.clearRect(0, 0, widthPx, heightPx);
  const hairPx = 1 / devicePixelRatio;
  const onPixel = (px: number): number => Math.round(px * devicePixelRatio) / devicePixelRatio;
  const topMm = Math.round(baselinePx / PX_PER_MM);
  for (const isMajor of [false, true]) {
    pen.fillStyle = isMajor ? look.major : look.minor;
    for (let mm = 0; mm * PX_PER_MM <= widthPx; mm += MINOR_MM)
      if ((mm % MAJOR_MM === 0) === isMajor) pen.fillRect(onPixel(mm * PX_PER_MM), 0, hairPx, heightPx);
    for (let mm = 0; mm * PX_PER_MM <= heightPx; mm += MINOR_MM)
      if (((mm - topMm) % MAJOR_MM === 0) === isMajor) pen.fillRect(0, onPixel(mm * PX_PER_MM), widthPx, hairPx);
  }
  drawCalibration(pen, sweep, look);
}

function drawCalibration(pen: Pen, sweep: Sweep, look: WaveformLook): void {
  const mm = PX_PER_MM;
  const bottomPx = sweep.heightPx - 2 * mm;
  const topPx = bottomPx - GAIN_MM_PER_MV * mm;
  pen.strokeStyle = look.ink;
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.moveTo(1 * mm, bottomPx);
  pen.lineTo(2 * mm, bottomPx);
  pen.lineTo(2 * mm, topPx);
  pen.lineTo(7 * mm, topPx);
  pen.lineTo(7 * mm, bottomPx);
  pen.lineTo(8 * mm, bottomPx);
  pen.stroke();
  pen.fillStyle = look.ink;
  pen.font = `11px ${look.font}`;
  pen.textAlign = "left";
  pen.fillText("1 mV", 8.5 * mm, topPx + 11);
  pen.fillText("0.2 s", 8.5 * mm, topPx + 25);
}

/** From `fromPx` up to `toPx`, over the whole height. */
export interface Strip {
  fromPx: number;
  toPx: number;
}

/** What must be drawn again when the sweep goes on from `before` to `head`: new trace and erase bar, or all after a jump. */
export function staleStrips(sweep: Sweep, before: number, head: number): Strip[] {
  const all = { fromPx: 0, toPx: sweep.widthPx };
  if (head < before || head - before >= sweep.sampleCount - ERASE_SAMPLES) return [all];
  const fromPx = xOf(sweep, before) - REACH_PX;
  const toPx = xOf(sweep, head) + ERASE_SAMPLES * PX_PER_SAMPLE + REACH_PX;
  if (xOf(sweep, before) <= xOf(sweep, head)) return [{ fromPx, toPx }];
  return [{ fromPx, toPx: sweep.widthPx }, { fromPx: 0, toPx }];
}

/** What must be drawn again when a beat becomes known after the sweep has passed it. */
export function beatStrip(sweep: Sweep, beat: BedsideBeat): Strip {
  const x = xOf(sweep, beat.sample);
  return { fromPx: x - 2 * REACH_PX, toPx: x + 2 * REACH_PX };
}

/**
 * Draws one strip of the picture in which `head` is the newest sample: trace, beats and head, on a transparent ground.
 * A strip is a part of the same picture whatever its edges are, if these lie on whole device pixels.
 */
export function drawTrace(pen: Pen, sweep: Sweep, look: WaveformLook, history: SampleHistory, head: number, strip: Strip): void {
  pen.save();
  pen.beginPath();
  pen.rect(strip.fromPx, 0, strip.toPx - strip.fromPx, sweep.heightPx);
  pen.clip();
  pen.clearRect(strip.fromPx, 0, strip.toPx - strip.fromPx, sweep.heightPx);
  const visible = visibleRuns(sweep, head);
  const runs = visible.map((run) => runIn(sweep, run, strip));
  pen.lineJoin = "round";
  for (const [colour, widthPx] of [[look.glow, GLOW_PX], [look.trace, TRACE_PX]] as const) {
    pen.strokeStyle = colour;
    pen.lineWidth = widthPx;
    pen.beginPath();
    for (const run of runs) traceRun(pen, sweep, history, run);
    pen.stroke();
  }
  for (const beat of history.beats) {
    const x = xOf(sweep, beat.sample);
    const isInStrip = x >= strip.fromPx - REACH_PX && x <= strip.toPx + REACH_PX;
    if (isInStrip && visible.some((run) => beat.sample >= run.from && beat.sample < run.to)) drawBeat(pen, sweep, look, history, beat);
  }
  const headUv = history.at(head);
  if (!Number.isNaN(headUv)) {
    pen.fillStyle = look.head;
    pen.beginPath();
    pen.arc(xOf(sweep, head), yOf(sweep, headUv), 2.5, 0, 2 * Math.PI);
    pen.fill();
  }
  pen.restore();
}

/** The samples of a run that can be seen in a strip; a run lies within one pass. */
function runIn(sweep: Sweep, run: Run, strip: Strip): Run {
  const passStart = run.from - (run.from % sweep.sampleCount);
  const from = passStart + Math.floor((strip.fromPx - REACH_PX) / PX_PER_SAMPLE);
  const to = passStart + Math.ceil((strip.toPx + REACH_PX) / PX_PER_SAMPLE);
  return { from: Math.max(run.from, from), to: Math.min(run.to, to) };
}

/** A lost sample lifts the pen: a gap is seen as a gap. */
function traceRun(pen: Pen, sweep: Sweep, history: SampleHistory, run: Run): void {
  let isDown = false;
  for (let sample = run.from; sample < run.to; sample++) {
    const uv = history.at(sample);
    if (Number.isNaN(uv)) {
      isDown = false;
      continue;
    }
    const x = xOf(sweep, sample);
    const y = yOf(sweep, uv);
    if (isDown) pen.lineTo(x, y);
    else pen.moveTo(x, y);
    isDown = true;
  }
}

function drawBeat(pen: Pen, sweep: Sweep, look: WaveformLook, history: SampleHistory, beat: BedsideBeat): void {
  let peakUv = history.at(beat.sample);
  if (Number.isNaN(peakUv)) return;
  for (let sample = beat.sample - MARK_REACH_SAMPLES; sample <= beat.sample + MARK_REACH_SAMPLES; sample++) {
    const uv = history.at(sample);
    if (uv > peakUv) peakUv = uv;
  }
  const x = xOf(sweep, beat.sample);
  const tipPx = Math.max(MARK_PX + LETTER_PX + 2, yOf(sweep, peakUv) - MARK_GAP_PX);
  pen.fillStyle = look.beat[beat.class] ?? look.ink;
  pen.beginPath();
  pen.moveTo(x, tipPx);
  pen.lineTo(x - MARK_PX / 2, tipPx - MARK_PX);
  pen.lineTo(x + MARK_PX / 2, tipPx - MARK_PX);
  pen.closePath();
  pen.fill();
  if (beat.class === "") return;
  pen.font = `600 ${LETTER_PX}px ${look.font}`;
  pen.textAlign = "center";
  const letterX = Math.max(LETTER_PX / 2, Math.min(sweep.widthPx - LETTER_PX / 2, x));
  pen.fillText(beat.class, letterX, tipPx - MARK_PX - 3);
}

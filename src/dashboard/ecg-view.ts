// EcgView: the two canvases of the waveform, sharp at any pixel density, redrawn when there is something new.
import type { SampleHistory } from "./sample-history.js";
import type { Pen, Strip, Sweep, WaveformLook } from "./waveform.js";
import { beatStrip, drawGrid, drawTrace, followHead, staleStrips, sweepOf } from "./waveform.js";

export class EcgView {
  readonly #history: SampleHistory;
  readonly #grid: HTMLCanvasElement;
  readonly #trace: HTMLCanvasElement;
  readonly #look: WaveformLook;
  #sweep: Sweep = sweepOf(0, 0);
  #devicePixelRatio = 0;
  /** Where the sweep is, with its fraction of a sample. */
  #head = 0;
  #framedMs = 0;
  /** Newest sample that is drawn; -1 when nothing is. */
  #drawnHead = -1;
  /** How many beats there were then. */
  #drawnBeatCount = 0;

  constructor(grid: HTMLCanvasElement, trace: HTMLCanvasElement, history: SampleHistory) {
    this.#grid = grid;
    this.#trace = trace;
    this.#history = history;
    this.#look = lookOf(getComputedStyle(grid));
    requestAnimationFrame((nowMs) => this.#frame(nowMs));
  }

  #frame(nowMs: number): void {
    requestAnimationFrame((nextMs) => this.#frame(nextMs));
    this.#fit();
    const history = this.#history;
    const newest = history.nextSample - 1;
    this.#head = Math.max(followHead(this.#head, newest, nowMs - this.#framedMs), Math.min(newest, history.firstSample));
    this.#framedMs = nowMs;
    const head = Math.floor(this.#head);
    if (newest < 0 || (head === this.#drawnHead && history.beatCount === this.#drawnBeatCount)) return;
    this.#draw(head);
  }

  /** Draws only what is new: a full picture each time would keep a machine without a graphics processor busy. */
  #draw(head: number): void {
    const sweep = this.#sweep;
    const newBeatCount = Math.min(this.#history.beats.length, this.#history.beatCount - this.#drawnBeatCount);
    const newBeats = this.#history.beats.slice(this.#history.beats.length - newBeatCount);
    const strips = this.#drawnHead < 0 ? [{ fromPx: 0, toPx: sweep.widthPx }] : staleStrips(sweep, this.#drawnHead, head);
    strips.push(...newBeats.map((beat) => beatStrip(sweep, beat)));
    for (const strip of strips) drawTrace(penOf(this.#trace), sweep, this.#look, this.#history, head, this.#onPixels(strip));
    this.#drawnHead = head;
    this.#drawnBeatCount = this.#history.beatCount;
  }

  #onPixels({ fromPx, toPx }: Strip): Strip {
    const ratio = this.#devicePixelRatio;
    return { fromPx: Math.floor(fromPx * ratio) / ratio, toPx: Math.ceil(toPx * ratio) / ratio };
  }

  /** Follows the page's layout and zoom. */
  #fit(): void {
    const { clientWidth, clientHeight } = this.#trace;
    const isFitted = clientWidth === this.#sweep.widthPx && clientHeight === this.#sweep.heightPx && devicePixelRatio === this.#devicePixelRatio;
    if (isFitted) return;
    this.#sweep = sweepOf(clientWidth, clientHeight);
    this.#devicePixelRatio = devicePixelRatio;
    this.#drawnHead = -1;
    for (const canvas of [this.#grid, this.#trace]) {
      canvas.width = Math.round(clientWidth * devicePixelRatio);
      canvas.height = Math.round(clientHeight * devicePixelRatio);
      contextOf(canvas).setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    }
    drawGrid(penOf(this.#grid), this.#sweep, this.#look, devicePixelRatio);
  }
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  return canvas.getContext("2d") as CanvasRenderingContext2D;
}

function penOf(canvas: HTMLCanvasElement): Pen {
  return contextOf(canvas);
}

/** Colours and font are named in style.css. */
function lookOf(style: CSSStyleDeclaration): WaveformLook {
  const property = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    font: property("font"),
    minor: property("grid-minor"),
    major: property("grid-major"),
    ink: property("muted"),
    trace: property("trace"),
    glow: property("trace-glow"),
    head: property("trace-head"),
    beat: { N: property("beat-n"), S: property("beat-s"), V: property("beat-v"), F: property("beat-f"), Q: property("beat-q") },
  };
}

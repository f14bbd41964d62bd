// Geometry of the sweep in true millimetres, and what is drawn where.
import { describe, expect, it } from "vitest";
import { SampleHistory } from "../../src/dashboard/sample-history.js";
import type { Pen, WaveformLook } from "../../src/dashboard/waveform.js";
import { ERASE_SAMPLES, PX_PER_MM, PX_PER_SAMPLE, beatStrip, drawGrid, drawTrace, followHead, staleStrips, sweepOf, visibleRuns, xOf, yOf } from "../../src/dashboard/waveform.js";

/** 100 mm by 80 mm: four seconds. */
const SWEEP = sweepOf(100 * PX_PER_MM, 80 * PX_PER_MM);
const ALL = { fromPx: 0, toPx: SWEEP.widthPx };
const LOOK: WaveformLook = { font: "sans", minor: "minor", major: "major", ink: "ink", trace: "trace", glow: "glow", head: "head", beat: { N: "normal", V: "ventricular" } };

/** Notes what is drawn, as [what, colour, numbers]. */
class NotingPen implements Pen {
  strokeStyle: unknown = "";
  fillStyle: unknown = "";
  lineWidth = 0;
  font = "";
  textAlign: unknown = "";
  lineJoin: unknown = "";
  readonly notes: { what: string; colour: unknown; path: [number, number][][]; text?: string }[] = [];
  #path: [number, number][][] = [];

  save(): void {}
  restore(): void {}
  rect(): void {}
  clip(): void {}
  beginPath(): void {
    this.#path = [];
  }
  moveTo(x: number, y: number): void {
    this.#path.push([[x, y]]);
  }
  lineTo(x: number, y: number): void {
    this.#path.at(-1)?.push([x, y]);
  }
  arc(x: number, y: number): void {
    this.#path.push([[x, y]]);
  }
  closePath(): void {}
  stroke(): void {
    this.notes.push({ what: "stroke", colour: this.strokeStyle, path: this.#path });
  }
  fill(): void {
    this.notes.push({ what: "fill", colour: this.fillStyle, path: this.#path });
  }
  clearRect(): void {
    this.notes.length = 0;
  }
  fillRect(x: number, y: number, width: number, height: number): void {
    this.notes.push({ what: "rect", colour: this.fillStyle, path: [[[x, y], [width, height]]] });
  }
  fillText(text: string, x: number, y: number): void {
    this.notes.push({ what: "text", colour: this.fillStyle, path: [[[x, y]]], text });
  }
  paths(what: string, colour: string): [number, number][][] {
    return this.notes.filter((note) => note.what === what && note.colour === colour).flatMap((note) => note.path);
  }
}

describe("geometry", () => {
  it("is true: 25 mm a second, 10 mm a millivolt, 96 px an inch", () => {
    expect(xOf(SWEEP, 250)).toBeCloseTo((25 / 25.4) * 96, 9);
    expect(yOf(SWEEP, 0) - yOf(SWEEP, 1000)).toBeCloseTo((10 / 25.4) * 96, 9);
    expect(SWEEP.sampleCount).toBe(1000);
  });

  it("puts 0 mV on a large square's line", () => {
    for (const heightPx of [150, 227, 321, 500]) {
      const squares = sweepOf(1000, heightPx).baselinePx / (5 * PX_PER_MM);
      expect(squares).toBeCloseTo(Math.round(squares), 9);
    }
  });

  it.each([[32_767, 1], [-32_768, SWEEP.heightPx - 1]])("clips %i uV at the edge", (uv, y) => {
    expect(yOf(SWEEP, uv)).toBe(y);
  });

  it("survives a screen without size", () => {
    expect(sweepOf(0, 0).sampleCount).toBe(1);
    expect(xOf(sweepOf(0, 0), 7)).toBe(0);
  });
});

describe("visibleRuns", () => {
  const ROWS: { name: string; head: number; runs: [number, number][] }[] = [
    { name: "the first sample", head: 0, runs: [[0, 1]] },
    { name: "the first pass", head: 500, runs: [[0, 501]] },
    { name: "the end of the first pass", head: 999, runs: [[0, 1000]] },
    { name: "a new pass: the old one right of the erase bar", head: 1000, runs: [[1 + ERASE_SAMPLES, 1000], [1000, 1001]] },
    { name: "the middle of a pass", head: 1500, runs: [[501 + ERASE_SAMPLES, 1000], [1000, 1501]] },
    { name: "the last before the bar meets the edge", head: 1998 - ERASE_SAMPLES, runs: [[999, 1000], [1000, 1999 - ERASE_SAMPLES]] },
    { name: "the bar at the edge", head: 1999 - ERASE_SAMPLES, runs: [[1000, 2000 - ERASE_SAMPLES]] },
  ];
  it.each(ROWS)("$name", ({ head, runs }) => {
    expect(visibleRuns(SWEEP, head)).toEqual(runs.map(([from, to]) => ({ from, to })));
  });

  it("never shows a place twice, nor a sample under the erase bar", () => {
    for (let head = 0; head < 3 * SWEEP.sampleCount; head += 7) {
      const places = visibleRuns(SWEEP, head).flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => (from + index) % SWEEP.sampleCount));
      expect(new Set(places).size).toBe(places.length);
      const barFrom = (head % SWEEP.sampleCount) + 1;
      expect(places.filter((place) => place >= barFrom && place < barFrom + ERASE_SAMPLES)).toEqual([]);
    }
  });
});

describe("followHead", () => {
  const ROWS: { name: string; head: number; newest: number; elapsedMs: number; at: number }[] = [
    { name: "no time, no way", head: 10, newest: 60, elapsedMs: 0, at: 10 },
    { name: "one time constant", head: 0, newest: 100, elapsedMs: 200, at: 63.2 },
    { name: "a tab that was asleep", head: 0, newest: 100_000, elapsedMs: 60_000, at: 100_000 },
    { name: "a restart", head: 5000, newest: 3, elapsedMs: 16, at: 3 },
    { name: "no more samples", head: 99.9, newest: 100, elapsedMs: 16, at: 99.9 },
  ];
  it.each(ROWS)("$name", ({ head, newest, elapsedMs, at }) => {
    expect(followHead(head, newest, elapsedMs)).toBeCloseTo(at, 1);
  });

  it("runs evenly although samples come in bursts: within 1 px of a steady sweep", () => {
    let [head, newest] = [0, 0];
    const lags: number[] = [];
    for (let ms = 0; ms < 10_000; ms += 16) {
      if (ms % 48 === 0) newest = (ms / 1000) * 250;
      head = followHead(head, newest, 16);
      if (ms > 2000) lags.push((ms / 1000) * 250 - head);
    }
    expect((Math.max(...lags) - Math.min(...lags)) * PX_PER_SAMPLE).toBeLessThan(1);
    expect(Math.max(...lags)).toBeLessThan(0.3 * 250);
  });
});

describe("staleStrips", () => {
  const erasePx = ERASE_SAMPLES * PX_PER_SAMPLE;
  const ROWS: { name: string; before: number; head: number; covered: [number, number][]; count: number }[] = [
    { name: "a step", before: 100, head: 110, covered: [[xOf(SWEEP, 100), xOf(SWEEP, 110) + erasePx]], count: 1 },
    { name: "a step over the edge", before: 995, head: 1005, covered: [[xOf(SWEEP, 995), SWEEP.widthPx], [0, xOf(SWEEP, 5) + erasePx]], count: 2 },
    { name: "a jump", before: 100, head: 1100 - ERASE_SAMPLES, covered: [[0, SWEEP.widthPx]], count: 1 },
    { name: "a restart", before: 100, head: 3, covered: [[0, SWEEP.widthPx]], count: 1 },
  ];
  it.each(ROWS)("$name", ({ before, head, covered, count }) => {
    const strips = staleStrips(SWEEP, before, head);
    expect(strips).toHaveLength(count);
    covered.forEach(([fromPx, toPx], index) => {
      expect(strips[index]?.fromPx).toBeLessThanOrEqual(fromPx);
      expect(strips[index]?.toPx).toBeGreaterThanOrEqual(toPx);
    });
  });

  it("redraws a beat's whole mark", () => {
    const strip = beatStrip(SWEEP, { sample: 500, class: "N", heartRateBpm: 60 });
    expect([xOf(SWEEP, 500) - strip.fromPx, strip.toPx - xOf(SWEEP, 500)].every((px) => px > 7)).toBe(true);
  });
});

describe("drawGrid", () => {
  it.each([1, 2, 1.5])("has a line a millimetre, a strong one each five, on whole device pixels at ratio %f", (ratio) => {
    const pen = new NotingPen();
    drawGrid(pen, SWEEP, LOOK, ratio);
    const [minor, major] = [pen.paths("rect", "minor"), pen.paths("rect", "major")];
    expect(major.length).toBe(100 / 5 + 1 + 80 / 5 + 1);
    expect(minor.length + major.length).toBe(101 + 81);
    for (const [[x, y]] of [...minor, ...major] as [[number, number]][]) {
      expect(x * ratio).toBeCloseTo(Math.round(x * ratio), 9);
      expect(y * ratio).toBeCloseTo(Math.round(y * ratio), 9);
    }
  });

  it("draws the calibration mark 10 mm high and 5 mm wide", () => {
    const pen = new NotingPen();
    drawGrid(pen, SWEEP, LOOK, 1);
    const [mark] = pen.paths("stroke", "ink");
    const [xs, ys] = [(mark ?? []).map(([x]) => x), (mark ?? []).map(([, y]) => y)];
    expect(Math.max(...ys) - Math.min(...ys)).toBeCloseTo(10 * PX_PER_MM, 9);
    expect((xs[3] as number) - (xs[2] as number)).toBeCloseTo(5 * PX_PER_MM, 9);
  });
});

describe("drawTrace", () => {
  function drawn(samplesUv: number[], beats: { sample: number; class: string }[] = [], gapAt = -1, strip = ALL): NotingPen {
    const history = new SampleHistory();
    const cut = gapAt < 0 ? samplesUv.length : gapAt;
    history.push({ firstSample: 0, samplesUv: Int16Array.from(samplesUv.slice(0, cut)) });
    if (gapAt >= 0) history.push({ firstSample: cut + 5, samplesUv: Int16Array.from(samplesUv.slice(cut + 5)) });
    for (const beat of beats) history.pushBeat({ ...beat, heartRateBpm: 60 });
    const pen = new NotingPen();
    drawTrace(pen, SWEEP, LOOK, history, samplesUv.length - 1, strip);
    return pen;
  }
  const flat = (count: number): number[] => new Array<number>(count).fill(0);

  it("draws one line through all samples, and a dot at its end", () => {
    const pen = drawn([0, 500, 0]);
    expect(pen.paths("stroke", "trace")).toEqual([[0, 500, 0].map((uv, sample) => [xOf(SWEEP, sample), yOf(SWEEP, uv)])]);
    expect(pen.paths("fill", "head")).toEqual([[[xOf(SWEEP, 2), yOf(SWEEP, 0)]]]);
  });

  it("lifts the pen over lost samples and at the erase bar", () => {
    expect(drawn(flat(100), [], 50).paths("stroke", "trace").map((line) => line.length)).toEqual([50, 45]);
    expect(drawn(flat(1500)).paths("stroke", "trace").map((line) => line.length)).toEqual([1000 - 500 - ERASE_SAMPLES, 500]);
  });

  it("marks a beat over its R peak, with its class", () => {
    const samplesUv = flat(300);
    samplesUv[100] = 1000;
    const pen = drawn(samplesUv, [{ sample: 100, class: "V" }]);
    const [tip] = pen.paths("fill", "ventricular")[0] ?? [];
    expect(tip?.[0]).toBe(xOf(SWEEP, 100));
    expect(tip?.[1]).toBeLessThan(yOf(SWEEP, 1000));
    expect(pen.notes.find((note) => note.what === "text")).toMatchObject({ text: "V", colour: "ventricular" });
  });

  const MARKS: { name: string; beat: { sample: number; class: string }; colour: string; count: number; text: string | undefined }[] = [
    { name: "an unclassified beat has no letter", beat: { sample: 50, class: "" }, colour: "ink", count: 1, text: undefined },
    { name: "a beat of an unknown class is still marked", beat: { sample: 50, class: "Z" }, colour: "ink", count: 1, text: "Z" },
    { name: "a beat that the sweep has not reached is not marked", beat: { sample: 400, class: "N" }, colour: "normal", count: 0, text: undefined },
  ];
  it.each(MARKS)("$name", ({ beat, colour, count, text }) => {
    const pen = drawn(flat(300), [beat]);
    expect(pen.paths("fill", colour)).toHaveLength(count);
    expect(pen.notes.find((note) => note.what === "text")?.text).toBe(text);
  });

  it("keeps marks of huge beats, and letters at the edges, on the screen", () => {
    const samplesUv = flat(300);
    samplesUv[0] = 20_000;
    const pen = drawn(samplesUv, [{ sample: 0, class: "N" }]);
    const [letter] = pen.notes.filter((note) => note.what === "text").flatMap((note) => note.path[0] ?? []);
    expect(letter?.[0]).toBeGreaterThan(5);
    expect(letter?.[1]).toBeGreaterThan(10);
  });

  it("draws of a strip no more than can be seen in it", () => {
    const beats = [{ sample: 100, class: "N" }, { sample: 260, class: "N" }];
    const pen = drawn(flat(300), beats, -1, { fromPx: xOf(SWEEP, 240), toPx: xOf(SWEEP, 250) });
    const samples = pen.paths("stroke", "trace").flat().map(([x]) => Math.round(x / PX_PER_SAMPLE));
    expect(samples[0]).toBeGreaterThan(200);
    expect(samples[0]).toBeLessThan(237);
    expect(samples.at(-1)).toBeGreaterThan(253);
    expect(samples.at(-1)).toBeLessThan(290);
    expect(pen.paths("fill", "normal")).toHaveLength(1);
  });

  it("draws nothing without samples", () => {
    const pen = new NotingPen();
    drawTrace(pen, SWEEP, LOOK, new SampleHistory(), 0, ALL);
    expect(pen.notes.every((note) => note.path.length === 0)).toBe(true);
  });
});

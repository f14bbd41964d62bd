// Shape of one beat: the measures of its QRS complex that tell a ventricular beat from a conducted one, as numbers that can be compared.
import { log2Q10 } from "../base/log2.js";

/** A window of ECG around the middle of a complex: so many steps (8 ms) before it and in all. 352 ms reach over the P wave, 440 ms over the T wave. */
export const WINDOW_BEFORE_STEPS = 44;
export const WINDOW_STEPS = 100;
/** ... and so many behind it. */
export const WINDOW_AFTER_STEPS = WINDOW_STEPS - WINDOW_BEFORE_STEPS - 1;

/** Places of the measures in a shape. Heights are quarters of a microvolt, logarithms and ratios have 1024 to the octave or to 1. */
/** Highest minus lowest point of the complex. */
export const SHAPE_HEIGHT = 0;
export const SHAPE_LOG_HEIGHT = 1;
/** Steps from the first to the last steep slope around the middle. */
export const SHAPE_LOG_WIDTH = 2;
/** Area between complex and base line over the larger of highest and lowest point: a width. */
export const SHAPE_LOG_AREA_WIDTH = 3;
/** Standard deviation in time of the slopes. [steps] */
export const SHAPE_LOG_SLOPE_WIDTH = 4;
/** Largest slope over the height. */
export const SHAPE_LOG_STEEPNESS = 5;
/** The area alone. */
export const SHAPE_LOG_AREA = 6;
/** Way up and down over the height: 2 for a single wave, more for a notched one. */
export const SHAPE_WAY = 7;
/** Highest and lowest point over the base line. */
export const SHAPE_HIGH = 8;
export const SHAPE_LOW = 9;
/** Base line: the mean of the 40 ms before the complex. */
export const SHAPE_BASE = 10;
export const SHAPE_MEASURES = 11;

/** The complex lies from 104 ms before to 136 ms after the middle. [index in the window] */
const COMPLEX_FIRST = WINDOW_BEFORE_STEPS - 13;
const COMPLEX_STEPS = 30;
const BASE_FIRST = WINDOW_BEFORE_STEPS - 14;
const BASE_STEPS = 5;
/** Least height and amplitude that anything is divided by: 20 and 10 uV. */
const HEIGHT_MIN = 80;
const AMPLITUDE_MIN = 40;
/** A slope is steep above 15 % of the largest near the middle (-80 .. +88 ms) ... */
const STEEP_SHARE_Q8 = 38;
const STEEP_FIRST = WINDOW_BEFORE_STEPS - 10;
const STEEP_END = WINDOW_BEFORE_STEPS + 12;
/** ... and the complex ends where three slopes in a row are not, at the latest 176 ms before and 240 ms after the middle. */
const FLAT_STEPS = 3;
const WIDTH_BEFORE_STEPS = 22;
const WIDTH_AFTER_STEPS = 30;

/**
 * Measures the complex in a window. All sums stay below 2^31: 30 slopes of at most 65535 times 29^2 are 5.6e8 by the sum of squares.
 * @param window int16; the window begins at `offset`. [1/4 uV]
 * @param shape Gets SHAPE_MEASURES numbers from `shapeOffset` on.
 */
export function measureShape(window: Int16Array, offset: number, shape: Int32Array, shapeOffset: number): void {
  let base = 0;
  for (let i = 0; i < BASE_STEPS; i++) base += window[offset + BASE_FIRST + i]!;
  base = (base / BASE_STEPS) | 0;
  const second = offset + COMPLEX_FIRST + 1;
  let here = window[second - 1]!;
  let high = here;
  let low = here;
  let area = 0;
  let way = 0;
  let steepest = 0;
  let moment1 = 0;
  let moment2 = 0;
  for (let i = 0; i < COMPLEX_STEPS; i++) {
    if (here > high) high = here;
    else if (here < low) low = here;
    area += here < base ? base - here : here - base;
    const next = window[second + i]!;
    const slope = next < here ? here - next : next - here;
    if (slope > steepest) steepest = slope;
    way += slope;
    const moment = slope * i;
    moment1 += moment;
    moment2 += moment * i;
    here = next;
  }
  let height = high - low;
  if (height < HEIGHT_MIN) height = HEIGHT_MIN;
  high -= base;
  low -= base;
  let amplitude = high > -low ? high : -low;
  if (amplitude < AMPLITUDE_MIN) amplitude = AMPLITUDE_MIN;
  const logHeight = log2Q10(height);
  const logArea = log2Q10(area);
  // A flat line has no way, and moments of 0.
  const weight = way || 1;
  const mean = moment1 / weight;
  // Q8: at most 29^2 / 4 * 256.
  const varianceQ8 = ((moment2 / weight - mean * mean) * 256) | 0;
  shape[shapeOffset + SHAPE_HEIGHT] = height;
  shape[shapeOffset + SHAPE_LOG_HEIGHT] = logHeight;
  shape[shapeOffset + SHAPE_LOG_WIDTH] = log2Q10(widthOf(window, offset));
  shape[shapeOffset + SHAPE_LOG_AREA_WIDTH] = logArea - log2Q10(amplitude);
  shape[shapeOffset + SHAPE_LOG_SLOPE_WIDTH] = (log2Q10(varianceQ8) - 8192) >> 1;
  shape[shapeOffset + SHAPE_LOG_STEEPNESS] = log2Q10(steepest) - logHeight;
  shape[shapeOffset + SHAPE_LOG_AREA] = logArea;
  shape[shapeOffset + SHAPE_WAY] = ((way << 10) / height) | 0;
  shape[shapeOffset + SHAPE_HIGH] = high;
  shape[shapeOffset + SHAPE_LOW] = low;
  shape[shapeOffset + SHAPE_BASE] = base;
}

function widthOf(window: Int16Array, offset: number): number {
  let steepest = 0;
  let before = window[offset + STEEP_FIRST - 1]!;
  let here = window[offset + STEEP_FIRST]!;
  const steepEnd = offset + STEEP_END;
  for (let at = offset + STEEP_FIRST + 1; at <= steepEnd; at++) {
    const after = window[at]!;
    const slope = after < before ? before - after : after - before;
    if (slope > steepest) steepest = slope;
    before = here;
    here = after;
  }
  const limit = (steepest * STEEP_SHARE_Q8) >> 8;
  const middle = offset + WINDOW_BEFORE_STEPS;
  let width = 1;
  for (let way = -1; way <= 1; way += 2) {
    const end = middle + (way < 0 ? -WIDTH_BEFORE_STEPS : WIDTH_AFTER_STEPS);
    let last = middle;
    let flat = 0;
    for (let at = middle; at !== end && flat < FLAT_STEPS; at += way) {
      const slope = window[at + 1]! - window[at - 1]!;
      if (slope > limit || -slope > limit) {
        last = at;
        flat = 0;
      } else flat++;
    }
    width += way * (last - middle);
  }
  return width;
}

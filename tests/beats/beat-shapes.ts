// Hand-made beats for the tests of shapes, templates and features.
import { WINDOW_BEFORE_STEPS, WINDOW_STEPS } from "../../src/beats/beat-shape.js";

/** A complex: a triangle of that height and half width around the middle. */
export interface Complex {
  readonly heightUv: number;
  readonly halfWidthMs: number;
  /** Later than the middle by so much. */
  readonly lateMs?: number;
  /** A wave of 120 uV 160 ms before the middle. */
  readonly hasPWave?: boolean;
}

const STEP_MS = 8;

export function windowOf({ heightUv, halfWidthMs, lateMs = 0, hasPWave = false }: Complex): Int16Array {
  return Int16Array.from({ length: WINDOW_STEPS }, (_, step) => {
    const ms = (step - WINDOW_BEFORE_STEPS) * STEP_MS;
    const complex = heightUv * Math.max(0, 1 - Math.abs(ms - lateMs) / halfWidthMs);
    const pWave = hasPWave ? 120 * Math.max(0, 1 - Math.abs(ms + 160) / 48) : 0;
    return Math.round(4 * (complex + pWave));
  });
}

// measureShape: what makes a beat look ventricular comes out larger for such beats, whatever their size.
import { describe, expect, it } from "vitest";
import {
  SHAPE_BASE, SHAPE_HEIGHT, SHAPE_HIGH, SHAPE_LOG_AREA_WIDTH, SHAPE_LOG_SLOPE_WIDTH, SHAPE_LOG_STEEPNESS, SHAPE_LOG_WIDTH, SHAPE_LOW, SHAPE_MEASURES, SHAPE_WAY, WINDOW_STEPS,
  measureShape,
} from "../../src/beats/beat-shape.js";
import { type Complex, windowOf } from "./beat-shapes.js";

function shapeOf(complex: Complex): Int32Array {
  const shape = new Int32Array(SHAPE_MEASURES);
  measureShape(windowOf(complex), 0, shape, 0);
  return shape;
}

describe("measureShape", () => {
  it("measures heights in quarters of a microvolt over the base line", () => {
    const shape = shapeOf({ heightUv: 1000, halfWidthMs: 40 });
    expect([shape[SHAPE_HEIGHT], shape[SHAPE_HIGH], shape[SHAPE_LOW], shape[SHAPE_BASE]]).toEqual([4000, 4000, 0, 0]);
    const down = shapeOf({ heightUv: -1000, halfWidthMs: 40 });
    expect([down[SHAPE_HEIGHT], down[SHAPE_HIGH], down[SHAPE_LOW]]).toEqual([4000, 0, -4000]);
  });
  it.each([SHAPE_LOG_AREA_WIDTH, SHAPE_LOG_SLOPE_WIDTH, SHAPE_LOG_WIDTH])("width %i grows with the complex", (measure) => {
    const widths = [24, 40, 64, 88].map((halfWidthMs) => shapeOf({ heightUv: 900, halfWidthMs })[measure]!);
    expect(widths).toEqual([...widths].sort((one, other) => one - other));
    expect(widths[3]! - widths[0]!).toBeGreaterThan(1024);
  });
  it("is steeper the narrower it is, and a single wave goes twice its height", () => {
    expect(shapeOf({ heightUv: 900, halfWidthMs: 24 })[SHAPE_LOG_STEEPNESS]).toBeGreaterThan(shapeOf({ heightUv: 900, halfWidthMs: 80 })[SHAPE_LOG_STEEPNESS]!);
    expect(shapeOf({ heightUv: 900, halfWidthMs: 40 })[SHAPE_WAY]).toBe(2048);
  });
  it("says the same of a beat twice as high, but for its heights", () => {
    const [small, large] = [shapeOf({ heightUv: 800, halfWidthMs: 56 }), shapeOf({ heightUv: 1600, halfWidthMs: 56 })];
    for (const measure of [SHAPE_LOG_AREA_WIDTH, SHAPE_LOG_SLOPE_WIDTH, SHAPE_LOG_WIDTH, SHAPE_LOG_STEEPNESS, SHAPE_WAY]) expect(Math.abs(large[measure]! - small[measure]!)).toBeLessThan(8);
  });
  it("stays whole and finite for a flat line and for full scale", () => {
    for (const level of [0, 32767, -32768]) {
      const shape = new Int32Array(SHAPE_MEASURES);
      measureShape(new Int16Array(WINDOW_STEPS).fill(level), 0, shape, 0);
      expect(shape[SHAPE_HEIGHT]).toBe(80);
    }
    const shape = new Int32Array(SHAPE_MEASURES);
    measureShape(Int16Array.from({ length: WINDOW_STEPS }, (_, step) => (step % 2 === 0 ? 32767 : -32768)), 0, shape, 0);
    expect(shape[SHAPE_HEIGHT]).toBe(65535);
  });
});

// TemplateSet: alike beats share a template, unlike ones found their own, the patient's usual one is known.
import { describe, expect, it } from "vitest";
import { LIKENESS, LIKENESS_ONE, NO_TEMPLATE, SHIFT, TemplateSet } from "../../src/beats/template-set.js";
import { windowOf } from "./beat-shapes.js";

const NORMAL = windowOf({ heightUv: 1000, halfWidthMs: 32, hasPWave: true });
const WIDE = windowOf({ heightUv: -1400, halfWidthMs: 96 });
const LATE = windowOf({ heightUv: 1000, halfWidthMs: 32, lateMs: 16, hasPWave: true });

/** Beats as letters: each is matched and learned. @returns the template of each */
function learn(templates: TemplateSet, beats: readonly Int16Array[], isRegular = true): number[] {
  return beats.map((window) => {
    templates.match(window);
    return templates.learn(window, 0, 0, isRegular);
  });
}

describe("TemplateSet", () => {
  it("knows no beat at first, and the first again", () => {
    const templates = new TemplateSet();
    expect(templates.match(NORMAL)).toBe(NO_TEMPLATE);
    const [place] = learn(templates, [NORMAL]);
    expect(templates.match(NORMAL)).toBe(place);
    expect(templates.values[LIKENESS + place!]).toBeGreaterThan(LIKENESS_ONE - 20);
  });
  it("gives an unlike beat a template of its own", () => {
    const templates = new TemplateSet();
    const [normal, wide, again] = learn(templates, [NORMAL, WIDE, NORMAL]);
    expect(wide).not.toBe(normal);
    expect(again).toBe(normal);
    expect(templates.count).toBe(2);
  });
  it("finds a beat that is displaced, and says by how much", () => {
    const templates = new TemplateSet();
    const [place] = learn(templates, [NORMAL, NORMAL, NORMAL]);
    expect(templates.match(LATE)).toBe(place);
    expect(templates.values[SHIFT + place!]).toBe(2);
  });
  it("holds what comes most often for usual, and not what comes out of turn", () => {
    const templates = new TemplateSet();
    const [normal] = learn(templates, Array.from({ length: 30 }, () => NORMAL));
    const wide = learn(templates, Array.from({ length: 10 }, () => WIDE), false).at(-1);
    expect([templates.dominant, templates.lifetime]).toEqual([normal, normal]);
    templates.match(WIDE);
    expect(templates.reference).toBe(normal);
    expect(templates.previous).toBe(wide);
  });
  it("never holds more than eight, and the usual one survives", () => {
    const templates = new TemplateSet();
    const [normal] = learn(templates, Array.from({ length: 40 }, () => NORMAL));
    for (let kind = 0; kind < 30; kind++) learn(templates, [windowOf({ heightUv: kind % 2 === 0 ? 700 : -1500, halfWidthMs: 40 + 4 * kind, lateMs: 8 * (kind % 5) })], false);
    expect(templates.count).toBeLessThanOrEqual(8);
    expect(templates.match(NORMAL)).toBe(normal);
  });
});

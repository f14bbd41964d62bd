// The journal against its ledger in random lives without power cuts, on all geometries: order, content, drop reports, boot counts.
import { describe, expect, it } from "vitest";
import { GEOMETRIES, randomCase } from "./power-cut-cases.js";
import { newFigures, runCase } from "./power-cut-engine.js";

const SEEDS = 40;
const STEPS = 200;

describe("random lives", () => {
  for (const geometry of GEOMETRIES) {
    it(`${geometry.blockCount} x ${geometry.blockBytes}${geometry.encrypted ? " encrypted" : ""}`, () => {
      const figures = newFigures();
      for (let seed = 1; seed <= SEEDS; seed++) runCase(randomCase(1000 + seed, STEPS, geometry.evidenceBytes), geometry, { seed, depth: 0 }, figures);
      expect(figures.complaints).toEqual([]);
      expect(figures.acknowledged).toBeGreaterThan(500);
    });
  }
});

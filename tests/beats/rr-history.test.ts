// RrHistory: the statistics of the last intervals equal those counted from scratch, and runs begin and end where they should.
import { describe, expect, it } from "vitest";
import { log2Q10 } from "../../src/base/log2.js";
import { Prng } from "../../src/base/prng.js";
import { RrHistory } from "../../src/beats/rr-history.js";

const follow = (intervals: readonly number[], rr = new RrHistory()): RrHistory => {
  for (const interval of intervals) {
    rr.add(interval);
    rr.settle(true);
  }
  return rr;
};

describe("RrHistory", () => {
  it("equals a count from scratch after any intervals", () => {
    const prng = new Prng(5);
    const intervals: number[] = [];
    const rr = new RrHistory();
    for (let beat = 0; beat < 300; beat++) {
      const interval = prng.below(10) === 0 ? 80 + prng.below(400) : 190 + prng.below(40);
      intervals.push(interval);
      rr.add(interval);
      rr.settle(true);
      const logs = intervals.slice(-48).map(log2Q10);
      const sorted = [...logs].sort((one, other) => one - other);
      expect(rr.medianLog).toBe((sorted[(logs.length - 1) >> 1]! + sorted[logs.length >> 1]!) >> 1);
      expect(rr.logBack(0)).toBe(logs.at(-1));
      expect(rr.quantileLog(2)).toBe(sorted[(logs.length * 2) >> 3]);
      expect(rr.rankQ10).toBe(((logs.filter((log) => log < logs.at(-1)!).length << 10) / logs.length) | 0);
    }
  });
  it("finds a steady rhythm even and a wild one uneven", () => {
    const steady = follow(Array.from({ length: 60 }, (_, beat) => 200 + (beat % 3)));
    const wild = follow(Array.from({ length: 60 }, (_, beat) => 120 + ((beat * 73) % 160)));
    expect([steady.jumpsQ10, steady.recentJumpsQ10, steady.regularJumpsQ10]).toEqual([0, 0, 0]);
    expect(wild.jumpsQ10).toBeGreaterThan(600);
    expect(wild.changeLog).toBeGreaterThan(10 * steady.changeLog);
    expect(wild.quantileLog(6) - wild.quantileLog(2)).toBeGreaterThan(steady.quantileLog(6) - steady.quantileLog(2));
    expect(wild.cellsQ10).toBeGreaterThan(steady.cellsQ10);
    expect(wild.entropyLog).toBeGreaterThan(steady.entropyLog);
  });
  it("follows a fast run from its first early beat to its end", () => {
    const rr = follow(Array.from({ length: 20 }, () => 200));
    expect([rr.runBaseLog, rr.runBeats]).toEqual([0, 0]);
    follow([130, 120, 125], rr);
    expect([rr.runBaseLog, rr.runBeats]).toEqual([log2Q10(200), 3]);
    follow([230], rr);
    expect([rr.runBaseLog, rr.runBeats]).toEqual([0, 0]);
  });
  it("measures nothing across a gap", () => {
    const rr = follow(Array.from({ length: 20 }, () => 200));
    rr.beginWithout();
    expect([rr.log, rr.medianLog, rr.runBaseLog]).toEqual([log2Q10(200), log2Q10(200), 0]);
  });
});

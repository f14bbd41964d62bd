// FrontEnd: what its stages do together and none does alone.
import { describe, expect, it } from "vitest";
import { FrontEnd } from "../../src/monitor/front-end.js";
import { BEAT_Q } from "../../src/vocabulary/beat.js";

const RATE_HZ = 250;
const BLOCK_SAMPLES = 10;

/** A train of complexes of 1 mV and 40 ms. */
function complexes(seconds: number, intervalSamples: number, heightUv: number): number[] {
  return Array.from({ length: seconds * RATE_HZ }, (_, index) => (index % intervalSamples < 10 ? heightUv * Math.sin((Math.PI * (index % intervalSamples)) / 10) : 0));
}

/** @returns how many beats came at most in one call, and the classes in all */
function run(signalUv: readonly number[]): { most: number; classes: number[] } {
  const frontEnd = new FrontEnd();
  const classes: number[] = [];
  let most = 0;
  for (let first = 0; first < signalUv.length; first += BLOCK_SAMPLES) {
    frontEnd.process(Int32Array.from(signalUv.slice(first, first + BLOCK_SAMPLES)), BLOCK_SAMPLES);
    most = Math.max(most, frontEnd.beatCount);
    for (let i = 0; i < frontEnd.classCount; i++) classes.push(frontEnd.classifier.beatClass(i));
  }
  return { most, classes };
}

describe("beats that are found all at once", () => {
  it("when a heart is fast from the first sample: those of the 3 s in which levels are learned", () => {
    const { most, classes } = run(complexes(20, 65, 1000));
    expect(most).toBeGreaterThan(8);
    expect(classes.length).toBeGreaterThan(70);
  });

  it("when complexes became small, and levels are learned anew after 8 s: those too old for a window get no class", () => {
    const { most, classes } = run([...complexes(30, 75, 2000), ...complexes(30, 70, 300)]);
    expect(most).toBeGreaterThan(16);
    expect(classes.filter((code) => code === BEAT_Q).length).toBeGreaterThan(4);
  });
});

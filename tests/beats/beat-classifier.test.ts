// BeatClassifier: every beat gets one class, in order, when the next beat or the limit of waiting has come.
import { describe, expect, it } from "vitest";
import { BeatClassifier, type BeatModel } from "../../src/beats/beat-classifier.js";
import { FEATURE_COUNT } from "../../src/beats/beat-features.js";
import { featureNames } from "../../src/training/feature-names.js";
import { BEAT_N, BEAT_Q, BEAT_S, BEAT_V } from "../../src/vocabulary/beat.js";

const BLOCK_SAMPLES = 10;

/** A patient of triangular complexes, 40 ms wide or wider. */
class Patient {
  readonly told: { sample: number; beatClass: number; atSample: number }[] = [];
  readonly classifier: BeatClassifier;
  nextSample = 0;

  constructor(model: BeatModel) {
    this.classifier = new BeatClassifier(model);
  }

  /** Gives samples up to `toSample`; each beat is added 60 samples after its R peak, as a detector would. */
  run(toSample: number, beats: readonly number[]): this {
    const block = new Int32Array(BLOCK_SAMPLES);
    for (; this.nextSample < toSample; this.nextSample += BLOCK_SAMPLES) {
      for (let i = 0; i < BLOCK_SAMPLES; i++) {
        const near = Math.min(...beats.map((beat) => Math.abs(beat - this.nextSample - i)));
        block[i] = near < 5 ? 1000 - 200 * near : 0;
      }
      for (const beat of beats) if (beat + 60 >= this.nextSample && beat + 60 < this.nextSample + BLOCK_SAMPLES) this.classifier.addBeat(beat);
      this.#note(this.classifier.judge(this.classifier.filter(block, BLOCK_SAMPLES)), this.nextSample + BLOCK_SAMPLES);
    }
    return this;
  }

  gap(lostCount: number): this {
    this.#note(this.classifier.gap(lostCount), this.nextSample);
    this.nextSample += lostCount;
    return this;
  }

  get classes(): string {
    return this.told.map(({ beatClass }) => "NSVFQ"[beatClass]).join("");
  }

  #note(count: number, atSample: number): void {
    for (let i = 0; i < count; i++) this.told.push({ sample: this.classifier.classSample(i), beatClass: this.classifier.beatClass(i), atSample });
  }
}

const saying = (vScore: number, sScore: number): BeatModel => ({
  run: (_features, scores) => {
    scores[0] = vScore;
    scores[1] = sScore;
  },
});
const every = (rr: number, count: number, first = 300): number[] => Array.from({ length: count }, (_, beat) => first + rr * beat);

describe("a beat's class", () => {
  it.each([
    ["V where that score is positive", 1, 1, BEAT_V],
    ["else S where that one is", 0, 1, BEAT_S],
    ["else N", 0, 0, BEAT_N],
  ])("is %s", (_name, vScore, sScore, beatClass) => {
    const { told } = new Patient(saying(vScore, sScore)).run(1200, [300, 500, 700]);
    expect(told[0]).toMatchObject({ sample: 300, beatClass });
  });

  it("comes with the next beat, once and in order", () => {
    const beats = every(200, 10);
    const { told } = new Patient(saying(-1, -1)).run(3000, beats);
    expect(told.map(({ sample }) => sample)).toEqual(beats);
    for (const { sample, atSample } of told.slice(0, -1)) expect(atSample).toBe(sample + 200 + 60 + BLOCK_SAMPLES);
  });

  it("waits for the whole window when beats come fast", () => {
    const { told } = new Patient(saying(-1, -1)).run(1500, every(70, 8));
    expect(told).toHaveLength(8);
    for (const { sample, atSample } of told) expect(atSample - sample).toBeGreaterThanOrEqual(131);
    for (const { sample, atSample } of told.slice(0, -1)) expect(atSample - sample).toBeLessThanOrEqual(140);
  });

  it("comes after 1.5 s of silence, after four V in a row after 0.7 s", () => {
    const alone = new Patient(saying(-1, -1)).run(1200, [300]);
    expect(alone.told).toEqual([{ sample: 300, beatClass: BEAT_N, atSample: 680 }]);
    const run = new Patient(saying(1, -1)).run(2000, every(140, 5));
    expect(run.classes).toBe("VVVVV");
    expect(run.told.at(-1)!.atSample - run.told.at(-1)!.sample).toBeLessThanOrEqual(185);
  });

  it("comes for each of many beats that are found at once", () => {
    const patient = new Patient(saying(-1, -1)).run(3000, []);
    const beats = every(70, 30, 700);
    for (const beat of beats) patient.classifier.addBeat(beat);
    patient.run(3200, []);
    expect(patient.told.map(({ sample }) => sample)).toEqual(beats);
  });

  it("is Q where the samples around it are lost, and those before a gap are judged by what came", () => {
    const patient = new Patient(saying(-1, -1)).run(770, [300, 500, 700]).gap(1000);
    expect(patient.told.map(({ sample, beatClass }) => [sample, beatClass])).toEqual([[300, BEAT_N], [500, BEAT_N], [700, BEAT_Q]]);
    patient.run(3000, [2000, 2200]);
    expect(patient.classes).toBe("NNQNN");
  });
});

describe("what the model is given", () => {
  it("is one number a feature, and does not know of what lies behind a gap", () => {
    const seen: number[][] = [];
    const model: BeatModel = { run: (features) => void seen.push([...features]) };
    new Patient(model).run(900, [300, 500]).gap(5000).run(8000, [6400, 6600, 6800]);
    const early = featureNames().indexOf("r_rr0_p");
    expect(seen.every((features) => features.length === FEATURE_COUNT)).toBe(true);
    // No interval is measured over the gap: the first beat behind it has none.
    expect(seen[2]![early]).toBe(seen[0]![early]);
  });

  it("is the same in blocks of another size", () => {
    const run = (blockSamples: number): number[][] => {
      const seen: number[][] = [];
      const classifier = new BeatClassifier({ run: (features) => void seen.push([...features]) });
      for (let first = 0; first < 5000; first += blockSamples) {
        const samplesUv = Int32Array.from({ length: blockSamples }, (_, i) => Math.max(0, 900 - 150 * Math.abs(((first + i) % 190) - 95)));
        for (let sample = first; sample < first + blockSamples; sample++) if (sample > 200 && (sample - 60) % 190 === 95) classifier.addBeat(sample - 60);
        classifier.judge(classifier.filter(samplesUv, blockSamples));
      }
      return seen;
    };
    expect(run(10)).toEqual(run(50));
    expect(run(10).length).toBeGreaterThan(20);
  });
});

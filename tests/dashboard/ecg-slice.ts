// ECG slice for the page's tests: a minute of the demo record with its annotated beats.
import { join } from "node:path";
import { BEAT_LETTERS } from "../../src/vocabulary/beat.js";
import { SAMPLE_RATE_HZ } from "../../src/vocabulary/sample.js";
import { loadAnnotations, loadRecord } from "../../src/wfdb/record.js";

/** Start and length of the slice: normal, ventricular and fusion beats. [s] */
const START_S = 136;
const SLICE_S = 60;

const PATH = join(import.meta.dirname, "../../demo/208-excerpt");

export interface EcgSlice {
  /** At SAMPLE_RATE_HZ, around 0. */
  samplesUv: Int16Array;
  beats: { sample: number; class: string }[];
}

export function ecgSlice(): EcgSlice {
  const { sampleRateHz, leads } = loadRecord(PATH, { lead: 0 });
  const sourceUv = (leads[0] as (typeof leads)[number]).samplesUv;
  const startSample = START_S * sampleRateHz;
  const scale = sampleRateHz / SAMPLE_RATE_HZ;
  const atUv = (sample: number): number => {
    const before = Math.floor(startSample + sample * scale);
    const fraction = startSample + sample * scale - before;
    return (sourceUv[before] as number) * (1 - fraction) + (sourceUv[before + 1] as number) * fraction;
  };
  const rawUv = Float64Array.from({ length: SLICE_S * SAMPLE_RATE_HZ }, (_, sample) => atUv(sample));
  const medianUv = rawUv.toSorted()[rawUv.length >> 1] as number;
  const beats = loadAnnotations(PATH, "atr")
    .filter(({ symbol }) => BEAT_LETTERS.includes(symbol))
    .map(({ sample, symbol }) => ({ sample: Math.round((sample - startSample) / scale), class: symbol }))
    .filter(({ sample }) => sample >= 0 && sample < rawUv.length);
  return { samplesUv: Int16Array.from(rawUv, (uv) => uv - medianUv), beats };
}

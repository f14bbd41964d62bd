// Composition root of the evaluation: the firmware's own chain, fed with recordings instead of an AFE.
import { assert } from "../../src/base/assert.js";
import type { BeatModel } from "../../src/beats/beat-classifier.js";
import { BeatMlpModel } from "../../src/models/beat-mlp.js";
import { checkConfig } from "../../src/monitor/config.js";
import { type ChainObserver, EcgChain } from "../../src/monitor/ecg-chain.js";
import { FrontEnd } from "../../src/monitor/front-end.js";
import { TICK_MS } from "../../src/monitor/monitor.js";
import { type Device, type HostCall, MAILBOX_BYTES } from "../../src/platform/desk/border.js";
import {
  CALL_RECORD_BEAT, CALL_RECORD_SAMPLES, CALL_RECORD_START, CALL_RECORD_TIME, OP_CHAIN_BEAT, OP_CHAIN_CLASS, OP_CHAIN_RHYTHM, OP_CHAIN_SCORES,
} from "../../src/platform/desk/evaluation-border.js";
import { P_WAVE_UNKNOWN } from "../../src/rhythm/af-detector.js";
import { NO_FIBRILLATION, RhythmClassifier, type RhythmLimits } from "../../src/rhythm/rhythm-classifier.js";
import { INPUT_RATE_HZ_MIN, Resampler } from "../../src/samples/resampler.js";
import { BEAT_Q, type BeatClass } from "../../src/vocabulary/beat.js";
import { SAMPLE_MS, SAMPLE_RATE_HZ } from "../../src/vocabulary/sample.js";

/** Samples that the chain gets at a time: those of one tick of the monitor, so that silence is judged as often as there. */
const BLOCK_SAMPLES = TICK_MS / SAMPLE_MS;
const INPUT_SAMPLES_MAX = MAILBOX_BYTES / 2;
const OUTPUT_SAMPLES_MAX = Math.ceil((INPUT_SAMPLES_MAX * SAMPLE_RATE_HZ) / INPUT_RATE_HZ_MIN) + 1;

/** The firmware's model, which keeps what it says of the beats whose classes are still to come. */
class KeepingModel implements BeatModel {
  /** Those of V and S, a pair a beat. [counts of the model] */
  readonly scores: number[] = [];
  private readonly _model = new BeatMlpModel();

  run(features: Int8Array, scores: Int32Array): void {
    this._model.run(features, scores);
    this.scores.push(scores[0] as number, scores[1] as number);
  }
}

/** @returns a device without a recording; CALL_RECORD_START begins one, and forgets the one before. */
export default function createEvaluator(hostCall: HostCall): Device {
  const mailbox = new Uint8Array(MAILBOX_BYTES);
  const mailboxView = new DataView(mailbox.buffer);
  const input = new Int32Array(INPUT_SAMPLES_MAX);
  const output = new Int32Array(OUTPUT_SAMPLES_MAX);
  const block = new Int32Array(BLOCK_SAMPLES);
  let blockCount = 0;
  let nextSample = 0;
  let resampler: Resampler | undefined;
  let model = new KeepingModel();
  let chain: EcgChain | undefined;
  let rhythm: RhythmClassifier | undefined;

  const observer: ChainObserver = {
    onBeat: (sample, _heartRateBpm, confidence) => void hostCall(OP_CHAIN_BEAT, sample, confidence),
    onBeatClass: (sample, beatClass) => {
      hostCall(OP_CHAIN_CLASS, sample, beatClass);
      // Of a beat that could not be read no model is asked; and the front end in C asks one of its own.
      if (beatClass === BEAT_Q) return;
      const [vScore, sScore] = model.scores.splice(0, 2);
      if (vScore !== undefined && sScore !== undefined) hostCall(OP_CHAIN_SCORES, vScore, sScore);
    },
    onRhythm: (code, began, sample) => void hostCall(OP_CHAIN_RHYTHM, sample, 2 * code + (began ? 1 : 0)),
  };

  const start = (rateHz: number): void => {
    const checked = checkConfig({});
    assert(checked.ok, "the default settings are valid");
    const limits: RhythmLimits = checked.config;
    blockCount = 0;
    nextSample = 0;
    resampler = rateHz > 0 ? new Resampler(rateHz) : undefined;
    model = new KeepingModel();
    chain = rateHz > 0 ? new EcgChain(limits, observer, new FrontEnd(model)) : undefined;
    rhythm = rateHz > 0 ? undefined : new RhythmClassifier(limits, observer, NO_FIBRILLATION);
  };

  const takeSamples = (byteCount: number): void => {
    if (!resampler || !chain) return;
    const count = byteCount >> 1;
    for (let index = 0; index < count; index++) input[index] = mailboxView.getInt16(2 * index, true);
    const outputCount = resampler.process(input, count, output);
    for (let index = 0; index < outputCount; index++) {
      block[blockCount++] = output[index] as number;
      if (blockCount === BLOCK_SAMPLES) {
        chain.process(block, BLOCK_SAMPLES);
        blockCount = 0;
      }
    }
  };

  const passTime = (untilSample: number): void => {
    while (nextSample < untilSample) {
      const count = Math.min(BLOCK_SAMPLES, untilSample - nextSample);
      nextSample += count;
      rhythm?.advance(count);
    }
  };

  const takeBeat = (sample: number, beatClass: BeatClass): void => {
    passTime(sample);
    rhythm?.detectBeat(sample);
    rhythm?.classifyBeat(sample, beatClass, P_WAVE_UNKNOWN);
  };

  const call = (op: number, a: number, b: number, byteCount: number): number => {
    switch (op) {
      case CALL_RECORD_START:
        start(a);
        return 0;
      case CALL_RECORD_SAMPLES:
        takeSamples(byteCount);
        return 0;
      case CALL_RECORD_BEAT:
        takeBeat(a, b as BeatClass);
        return 0;
      case CALL_RECORD_TIME:
        passTime(a);
        return 0;
      default:
        return -1;
    }
  };
  return { mailbox, call };
}

// ChainRunner: sends recordings through the firmware's chain, one after the other, and collects what it finds.
import type { ChainBeat, ChainFindings, RhythmChange } from "../evaluation/chain-annotations.js";
import type { HostCall } from "../platform/desk/border.js";
import { MAILBOX_BYTES } from "../platform/desk/border.js";
import { CALL_RECORD_BEAT, CALL_RECORD_SAMPLES, CALL_RECORD_START, CALL_RECORD_TIME, OP_CHAIN_BEAT, OP_CHAIN_CLASS, OP_CHAIN_RHYTHM, OP_CHAIN_SCORES } from "../platform/desk/evaluation-border.js";
import type { Engine } from "../platform/sim/engine.js";
import { BEAT_UNCLASSIFIED } from "../vocabulary/beat.js";
import type { RhythmCode } from "../vocabulary/rhythm.js";
import type { EngineStarter } from "./engines.js";

const BLOCK_SAMPLES = MAILBOX_BYTES / 2;
/** What the AFE can say. [uV] */
const SAMPLE_UV_MAX = 32_767;
/** After its end a recording goes on with its last value for so long, so that the beats still to be decided (400 ms) and the class of the last one (1.5 s) come out. [s] */
const TAIL_SECONDS = 2;

interface Collected {
  readonly beats: ChainBeat[];
  /** How many of the beats, from the first on, have their class. */
  classCount: number;
  readonly rhythms: RhythmChange[];
}

export class ChainRunner {
  readonly #engine: Engine;
  readonly #findings: Collected;

  static async start(startEngine: EngineStarter): Promise<ChainRunner> {
    const findings: Collected = { beats: [], classCount: 0, rhythms: [] };
    const onHostCall: HostCall = (op, a, b) => {
      if (op === OP_CHAIN_BEAT) findings.beats.push({ sample: a, beatClass: BEAT_UNCLASSIFIED, confidence: b });
      else if (op === OP_CHAIN_CLASS) {
        // Beats wait for their classes; the next one to get its class is the one that has waited longest.
        Object.assign(findings.beats[findings.classCount++]!, { beatClass: b });
      } else if (op === OP_CHAIN_SCORES) Object.assign(findings.beats[findings.classCount - 1]!, { vScore: a, sScore: b });
      else if (op === OP_CHAIN_RHYTHM) findings.rhythms.push({ sample: a, code: Math.floor(b / 2) as RhythmCode, began: b % 2 === 1 });
      return 0;
    };
    return new ChainRunner(await startEngine(onHostCall), findings);
  }

  private constructor(engine: Engine, findings: Collected) {
    this.#engine = engine;
    this.#findings = findings;
  }

  /** @param rateHz whole, 100 to 1000 */
  async runSignal(samplesUv: Int32Array, rateHz: number): Promise<ChainFindings> {
    await this.#engine.call(CALL_RECORD_START, rateHz, 0);
    const count = samplesUv.length + Math.ceil(TAIL_SECONDS * rateHz);
    const bytes = new Uint8Array(MAILBOX_BYTES);
    const view = new DataView(bytes.buffer);
    for (let first = 0; first < count; first += BLOCK_SAMPLES) {
      const blockCount = Math.min(BLOCK_SAMPLES, count - first);
      for (let index = 0; index < blockCount; index++) {
        const sampleUv = samplesUv[Math.min(first + index, samplesUv.length - 1)]!;
        view.setInt16(2 * index, Math.max(-SAMPLE_UV_MAX, Math.min(SAMPLE_UV_MAX, sampleUv)), true);
      }
      await this.#engine.call(CALL_RECORD_SAMPLES, 0, 0, bytes.subarray(0, 2 * blockCount));
    }
    return this.#take();
  }

  /**
   * Runs the rhythms alone, over beats that something else found.
   * @param beats in order of time; samples of the chain (250/s), as `sampleCount`
   */
  async runBeats(beats: readonly ChainBeat[], sampleCount: number): Promise<ChainFindings> {
    await this.#engine.call(CALL_RECORD_START, 0, 0);
    for (const { sample, beatClass } of beats) await this.#engine.call(CALL_RECORD_BEAT, sample, beatClass);
    await this.#engine.call(CALL_RECORD_TIME, sampleCount, 0);
    return { ...this.#take(), beats };
  }

  async close(): Promise<void> {
    await this.#engine.close();
  }

  #take(): ChainFindings {
    const { beats, rhythms } = this.#findings;
    this.#findings.classCount = 0;
    return { beats: beats.splice(0), rhythms: rhythms.splice(0) };
  }
}

// What the firmware may cost on an ESP32-C3, and what it costs now: figures of the emulated microcontroller, with target and limit.
import type { McuSizes } from "../../../scripts/build-mcu.js";
import { SAMPLE_RATE_HZ } from "../../../src/vocabulary/sample.js";
import { costsOf, type MeteredRun } from "./metered-run.js";

/** Instructions a second of an ESP32-C3 at 160 MHz; 1.4 cycles an instruction are assumed, not measured. */
const C3_INSTRUCTIONS_PER_SECOND = 114_000_000;

export type Figures = ReturnType<typeof figuresOf>;

/** @param chainPerSampleMean of meteredChain */
export function figuresOf(run: MeteredRun, sizes: McuSizes, chainPerSampleMean: number) {
  const costs = costsOf(run);
  return {
    ...costs,
    chainPerSampleMean,
    bootInstructions: run.bootInstructions,
    // Computed: beats come no faster in the demo record than they do.
    sharePercentAt180: (100 * (SAMPLE_RATE_HZ * costs.perSampleMean + 3 * costs.perBeatMean)) / C3_INSTRUCTIONS_PER_SECOND,
    sharePercent: (100 * costs.perSecond) / C3_INSTRUCTIONS_PER_SECOND,
    arenaPeakBytes: run.memory?.arenaPeakBytes ?? Infinity,
    stackSlotsPeak: run.memory?.stackSlotsPeak ?? Infinity,
    cStackPeakBytes: run.memory?.cStackPeakBytes ?? Infinity,
    romBytes: run.memory?.romBytes ?? Infinity,
    ...sizes,
  };
}

export interface Budget {
  readonly key: keyof Figures;
  readonly name: string;
  readonly unit: string;
  /** What a product needs (Infinity: nothing is asked). */
  readonly target: number;
  /** What must never be passed: the target where it is met, else what was measured, and a little for what a compiler of another version does. */
  readonly limit: number;
}

export const BUDGETS: readonly Budget[] = [
  { key: "chainPerSampleMean", name: "AFE block to beat, mean", unit: "instructions/sample", target: 20_000, limit: 19_800 },
  { key: "perSampleMean", name: "whole tick, mean", unit: "instructions/sample", target: 20_000, limit: 32_600 },
  { key: "perSampleWorst", name: "whole tick, worst without a beat", unit: "instructions/sample", target: Infinity, limit: 74_800 },
  { key: "sampleFloatCalls", name: "soft-float calls, worst tick without a beat", unit: "calls", target: 0, limit: 0 },
  { key: "perBeatMean", name: "beat path, mean", unit: "instructions/beat", target: 6_000_000, limit: 4_640_000 },
  { key: "perBeatWorst", name: "beat path, worst", unit: "instructions/beat", target: Infinity, limit: 6_270_000 },
  { key: "perAlertMean", name: "alert (raised and stored; it is sent in a later tick)", unit: "instructions/alert", target: Infinity, limit: 454_000 },
  { key: "perTickWorst", name: "worst tick", unit: "instructions", target: 8_000_000, limit: 6_600_000 },
  { key: "sharePercent", name: "share of a C3", unit: "%", target: 22, limit: 22 },
  { key: "sharePercentAt180", name: "share of a C3 at 180 beats/min, computed", unit: "%", target: 22, limit: 19.5 },
  { key: "bootInstructions", name: "start on an empty flash", unit: "instructions", target: Infinity, limit: 7_200_000 },
  { key: "arenaPeakBytes", name: "JavaScript arena, peak (plain MQTT)", unit: "bytes", target: 48 * 1024, limit: 48 * 1024 },
  { key: "stackSlotsPeak", name: "JavaScript stack, peak", unit: "slots", target: 384, limit: 262 },
  { key: "cStackPeakBytes", name: "C stack, peak", unit: "bytes", target: 10_240, limit: 10_240 },
  { key: "bytecodeBytes", name: "bytecode and model", unit: "bytes", target: 96 * 1024, limit: 95_900 },
  { key: "benchBytes", name: "bytecode of the test bench, on no board", unit: "bytes", target: Infinity, limit: 1_400 },
  { key: "codeBytes", name: "XS, its library and the board (C, without parser)", unit: "bytes", target: Infinity, limit: 430_000 },
  { key: "romBytes", name: "built-ins and preloaded modules in flash", unit: "bytes", target: Infinity, limit: 125_000 },
  { key: "staticRamBytes", name: "RAM outside the arena: data and C stack", unit: "bytes", target: Infinity, limit: 26_000 },
];

/** What the native kernels change of that: target and limit. */
const NATIVE_BOUNDS: Partial<Record<keyof Figures, Pick<Budget, "target" | "limit">>> = {
  chainPerSampleMean: { target: 1500, limit: 990 },
  perSampleMean: { target: 1500, limit: 5_720 },
  perSampleWorst: { target: Infinity, limit: 9_080 },
  perBeatMean: { target: 800_000, limit: 265_000 },
  perBeatWorst: { target: Infinity, limit: 342_000 },
  perAlertMean: { target: Infinity, limit: 440_000 },
  perTickWorst: { target: 1_200_000, limit: 508_000 },
  sharePercent: { target: 3, limit: 3 },
  sharePercentAt180: { target: 3, limit: 3 },
  arenaPeakBytes: { target: 48 * 1024, limit: 43_400 },
  bytecodeBytes: { target: 96 * 1024, limit: 67_500 },
};

export const NATIVE_BUDGETS: readonly Budget[] = [
  ...BUDGETS.map((budget) => ({ ...budget, ...NATIVE_BOUNDS[budget.key] })),
  { key: "nativeBytes", name: "native kernels and model (C)", unit: "bytes", target: 24 * 1024, limit: 18_100 },
];

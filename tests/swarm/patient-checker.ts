// PatientChecker: what the patient and the electrodes do against what the device says: planted rhythms are alarmed in time, a healthy heart
// raises no life-threatening alarm, and no failure is silent.
import type { Judge } from "./judge.js";
import type { Rhythm, Segment } from "./plan.js";
import type { AlertFacts } from "./wire-reader.js";

/** Condition codes (src/wire/FORMAT.md, vocabulary/alert). */
const ASYSTOLE = 1;
const VENTRICULAR_FIBRILLATION = 5;
const LEAD_OFF = 64;
const AFE_FAULT = 65;
const SAMPLES_LOST = 66;
const ONSET = 0;

/** What must be alarmed, and how soon after its onset. [ms] Asystole: the limit of 4 s, and a second for the detector to be sure. */
const DUE: readonly { readonly rhythm: Rhythm; readonly condition: number; readonly withinMs: number }[] = [
  { rhythm: "asystole", condition: ASYSTOLE, withinMs: 5000 },
  { rhythm: "vf", condition: VENTRICULAR_FIBRILLATION, withinMs: 8000 },
];
/**
 * Fibrillation (a fast ventricular tachycardia looks like it) suspends the count of silence until it is judged to have ended, 4 to 5 s after it
 * did; its own alarm is on until then. Asystole right after it is alarmed so much later. [ms]
 */
const AFTER_FIBRILLATION_MS = 5000;
/** Fibrillation this long before counts as right before. [ms] */
const FIBRILLATION_MEMORY_MS = 8000;
/** More spans than begin in that time. */
const SPANS_REMEMBERED = 10;
/** The detector has learned the heart by then. [ms] */
const LEARNING_MS = 10_000;
/** Rhythms with a beat at least every 2 s. */
const BEATING: ReadonlySet<Rhythm> = new Set(["sinus", "slow", "fast", "racing", "af", "vt"]);
/** A rhythm before this no longer counts. [ms] */
const MEMORY_MS = 15_000;

interface Expectation {
  readonly condition: number;
  readonly fromMs: number;
  readonly dueMs: number;
  readonly what: string;
  /** It need not be alarmed if the signal is disturbed meanwhile. */
  readonly needsGoodSignal: boolean;
}

interface Span {
  readonly rhythm: Rhythm;
  readonly fromMs: number;
  readonly toMs: number;
}

export class PatientChecker {
  readonly #judge: Judge;
  readonly #spans: Span[] = [];
  readonly #active = new Set<number>();
  readonly #lastOnsetMs = new Map<number, number>();
  #expectations: Expectation[] = [];
  /** When the next of them is due, or earlier. [ms] */
  #nextDueMs = 0;
  /** The span at hand. */
  #at = 0;
  /** Since when the signal is undisturbed; may lie ahead. [ms] */
  #goodSinceMs = 0;
  #isPowered = false;
  /** Alarms that were due and came. */
  met = 0;

  constructor(judge: Judge, segments: readonly Segment[]) {
    this.#judge = judge;
    let fromMs = 0;
    for (const { rhythm, seconds } of segments) {
      const toMs = fromMs + seconds * 1000;
      const due = DUE.find((row) => row.rhythm === rhythm);
      const isAfterFibrillation = this.#spans.slice(-SPANS_REMEMBERED).some((span) => (span.rhythm === "vf" || span.rhythm === "vt") && span.toMs > fromMs - FIBRILLATION_MEMORY_MS);
      const withinMs = (due?.withinMs ?? 0) + (isAfterFibrillation ? AFTER_FIBRILLATION_MS : 0);
      if (due && toMs - fromMs >= withinMs) this.#expectations.push({ condition: due.condition, fromMs, dueMs: fromMs + withinMs, what: rhythm, needsGoodSignal: true });
      this.#spans.push({ rhythm, fromMs, toMs });
      fromMs = toMs;
    }
  }

  onBoot(nowMs: number): void {
    this.#isPowered = true;
    this.#active.clear();
    this.#lastOnsetMs.clear();
    this.disturb(nowMs);
  }

  onPowerGone(nowMs: number): void {
    this.#isPowered = false;
    this.disturb(nowMs);
    this.#expectations = this.#expectations.filter(({ fromMs }) => fromMs > nowMs);
  }

  /** The signal is or was disturbed until then. */
  disturb(untilMs: number): void {
    this.#goodSinceMs = Math.max(this.#goodSinceMs, untilMs);
  }

  /** The bus fails for so long from now on. Not silent: the AFE counts as failed after a second without samples. */
  expectAfeFault(nowMs: number, forMs: number): void {
    if (forMs >= 1300) this.#expect(AFE_FAULT, nowMs, 1200, "a failed AFE");
  }

  /** The electrodes are off for so long from now on; the chip needs 140 ms and the firmware 500. */
  expectLeadOff(nowMs: number, forMs: number): void {
    if (forMs >= 900) this.#expect(LEAD_OFF, nowMs, 800, "electrodes off");
  }

  /** The firmware does not run for so long from now on; the chip's FIFO holds 128 ms. */
  expectLoss(nowMs: number, forMs: number): void {
    if (forMs >= 150) this.#expect(SAMPLES_LOST, nowMs, forMs + 500, "lost samples");
  }

  /** A new fault of the sample path makes it uncertain what the device can know of those before it. */
  forgetTechnical(): void {
    this.#expectations = this.#expectations.filter(({ needsGoodSignal }) => needsGoodSignal);
  }

  onAnnounced(alert: AlertFacts, nowMs: number): void {
    if (alert.phase !== ONSET) {
      this.#active.delete(alert.condition);
      return;
    }
    this.#active.add(alert.condition);
    this.#lastOnsetMs.set(alert.condition, nowMs);
    const isUndisturbed = this.#isPowered && this.#goodSinceMs <= nowMs - MEMORY_MS;
    const rhythms = this.#rhythmsSince(nowMs - MEMORY_MS, nowMs);
    if (alert.condition === ASYSTOLE && isUndisturbed && rhythms.every((rhythm) => BEATING.has(rhythm))) this.#judge.complain("patient", `asystole is alarmed in ${rhythms.join(", ")}`);
    if (alert.condition === VENTRICULAR_FIBRILLATION && isUndisturbed && rhythms.every((rhythm) => rhythm === "sinus")) this.#judge.complain("patient", "ventricular fibrillation is alarmed in sinus rhythm");
  }

  onTick(nowMs: number): void {
    while (this.#at + 1 < this.#spans.length && nowMs >= (this.#spans[this.#at] as Span).toMs) this.#at++;
    const span = this.#spans[this.#at] as Span;
    if (span.rhythm === "noise") this.disturb(span.toMs);
    if (nowMs < this.#nextDueMs) return;
    this.#expectations = this.#expectations.filter((expectation) => !this.#isSettled(expectation, nowMs));
    this.#nextDueMs = this.#expectations.reduce((next, { dueMs }) => Math.min(next, dueMs), Number.POSITIVE_INFINITY);
  }

  #isSettled({ condition, fromMs, dueMs, what, needsGoodSignal }: Expectation, nowMs: number): boolean {
    if (nowMs < dueMs) return false;
    const cameInTime = this.#active.has(condition) || (this.#lastOnsetMs.get(condition) ?? -1) >= fromMs;
    if (needsGoodSignal && this.#goodSinceMs > fromMs - LEARNING_MS) return true;
    if (cameInTime) this.met++;
    else this.#judge.complain("patient", `${what} since ${fromMs / 1000} s is not alarmed by ${dueMs / 1000} s`);
    return true;
  }

  #expect(condition: number, nowMs: number, withinMs: number, what: string): void {
    if (!this.#isPowered || this.#goodSinceMs > nowMs - 1500) return;
    this.#expectations.push({ condition, fromMs: nowMs, dueMs: nowMs + withinMs, what, needsGoodSignal: false });
    this.#nextDueMs = 0;
  }

  #rhythmsSince(fromMs: number, toMs: number): Rhythm[] {
    return this.#spans.slice(Math.max(0, this.#at - SPANS_REMEMBERED), this.#at + 2).filter((span) => span.toMs > fromMs && span.fromMs <= toMs).map(({ rhythm }) => rhythm);
  }
}

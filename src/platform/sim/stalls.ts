// Stalls: who can't run at a moment of the simulated world, because a stall plan says so.
import type { StallCause, StallPlan } from "./stall-plan.js";

export class Stalls {
  readonly #plan: StallPlan;
  /** When each row of the plan that has a time comes next. [ms] */
  readonly #nextMs: number[];
  /** The monitor's core is busy until then; both cores are. [ms] */
  #monitorUntilMs = 0;
  #chipUntilMs = 0;

  constructor(plan: StallPlan) {
    this.#plan = plan;
    this.#nextMs = plan.map(({ atMs }) => atMs ?? Infinity);
  }

  /** The time is now `nowMs`: begins what is due. */
  advanceTo(nowMs: number): void {
    for (const [index, { cause, durationMs, everyMs }] of this.#plan.entries()) {
      if (nowMs < (this.#nextMs[index] as number)) continue;
      this.#nextMs[index] = everyMs === undefined ? Infinity : nowMs + everyMs;
      this.#begin(cause, durationMs, nowMs);
    }
  }

  /** The cause of stalls without a time has occurred. */
  occurred(cause: StallCause, nowMs: number): void {
    for (const row of this.#plan) if (row.cause === cause && row.atMs === undefined) this.#begin(cause, row.durationMs, nowMs);
  }

  /** May the monitor run? */
  isMonitorFree(nowMs: number): boolean {
    return nowMs >= this.#monitorUntilMs;
  }

  /** May code run that has a core of its own? Flash is the code of both cores, and neither runs while it is erased. */
  isOtherCoreFree(nowMs: number): boolean {
    return nowMs >= this.#chipUntilMs;
  }

  /** What stalls the same core comes one after the other. */
  #begin(cause: StallCause, durationMs: number, nowMs: number): void {
    this.#monitorUntilMs = Math.max(this.#monitorUntilMs, nowMs) + durationMs;
    if (cause === "flash") this.#chipUntilMs = Math.max(this.#chipUntilMs, nowMs) + durationMs;
  }
}

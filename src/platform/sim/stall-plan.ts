// StallPlan: what keeps the firmware busy, when and for how long, from text such as "flash 80ms, tls 2s@120, gc 30ms/5s".

/** What stalls: an erase of flash (the whole chip), a TLS handshake, garbage collection, or the work of each tick (one core). */
export type StallCause = "flash" | "tls" | "gc" | "tick";

export interface Stall {
  readonly cause: StallCause;
  readonly durationMs: number;
  /** When it happens first, or for the only time; undefined: whenever its cause does. [ms since the start of the run] */
  readonly atMs: number | undefined;
  /** How often it happens from then on; undefined: once. [ms] */
  readonly everyMs: number | undefined;
}

export type StallPlan = readonly Stall[];

const CAUSES: readonly string[] = ["flash", "tls", "gc", "tick"] satisfies readonly StallCause[];
/** Longer is no stall but a device that hangs. [ms] */
const DURATION_MS_MAX = 60_000;
const FORM = 'expected "CAUSE DURATION", "CAUSE DURATION@SECONDS" or "CAUSE DURATION/PERIOD", joined by commas, e.g. "flash 80ms, tls 2s@120, gc 30ms/5s"';

/** @returns the plan, or one line that says what is wrong with `text`. */
export function parseStallPlan(text: string): { ok: true; plan: StallPlan } | { ok: false; problem: string } {
  const refuse = (problem: string): { ok: false; problem: string } => ({ ok: false, problem: `stall "${text}": ${problem}` });
  if (text.trim() === "none") return { ok: true, plan: [] };
  const plan: Stall[] = [];
  for (const part of text.split(",")) {
    const item = part.trim();
    const match = /^([a-z]+)\s+(\d+(?:\.\d+)?)(ms|s)\s*(?:@\s*(\d+(?:\.\d+)?))?\s*(?:\/\s*(\d+(?:\.\d+)?)(ms|s))?$/.exec(item);
    if (!match) return refuse(`"${item}", ${FORM}`);
    const [, cause = "", duration, unit, at, period, periodUnit] = match;
    if (!CAUSES.includes(cause)) return refuse(`"${cause}", expected one of ${CAUSES.join(", ")}`);
    const durationMs = Number(duration) * (unit === "s" ? 1000 : 1);
    if (!(durationMs >= 1 && durationMs <= DURATION_MS_MAX)) return refuse(`"${item}" lasts ${durationMs} ms, expected 1 to ${DURATION_MS_MAX}`);
    const everyMs = period === undefined ? undefined : Number(period) * (periodUnit === "s" ? 1000 : 1);
    if (everyMs !== undefined && everyMs <= durationMs) return refuse(`"${item}" comes again before it ends`);
    if (cause === "gc" && at === undefined && everyMs === undefined)
      return refuse(`"${item}" does not say when: the simulator can't see the engine collect, expected "${item}@SECONDS" or "${item}/PERIOD"`);
    const atMs = at === undefined ? everyMs : Number(at) * 1000;
    plan.push({ cause: cause as StallCause, durationMs, atMs, everyMs });
  }
  return { ok: true, plan };
}

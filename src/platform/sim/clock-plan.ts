// ClockPlan: what the device's clock has to live with, from text such as "unset 0-60, step 90:3600, fast 50, wrap 30".

/** What happens to the device's clock. Times are seconds since the start of the run. */
export interface ClockPlan {
  /** Stretches in which the network does not tell the time. [s] */
  readonly silences: readonly { readonly fromS: number; readonly toS: number }[];
  /** The time is told at `atS`, whatever the network, and wrong by `errorS`; the next telling is right again. [s] */
  readonly steps: readonly { readonly atS: number; readonly errorS: number }[];
  /** By how much the device's crystal is fast. [ppm] */
  readonly fastPpm: number;
  /** The millisecond counter wraps so long after each power on. [s], undefined: it begins at 0 */
  readonly wrapS: number | undefined;
}

const FORM = 'expected "ntp", or some of "unset FROM-TO", "step AT:SECONDS", "fast PPM", "wrap SECONDS", e.g. "unset 0-60, step 90:3600"';
const SECONDS_MAX = 2_147_483;
const PPM_MAX = 1000;

/** @returns the plan, or one line that says what is wrong with `text`. */
export function parseClockPlan(text: string): { ok: true; plan: ClockPlan } | { ok: false; problem: string } {
  const silences: { fromS: number; toS: number }[] = [];
  const steps: { atS: number; errorS: number }[] = [];
  let fastPpm = 0;
  let wrapS: number | undefined;
  const refuse = (problem: string): { ok: false; problem: string } => ({ ok: false, problem: `clock "${text}": ${problem}` });
  const parts = text.trim() === "ntp" ? [] : text.split(",");
  for (const part of parts) {
    const match = /^\s*(unset|step|fast|wrap)\s+(-?\d+(?:\.\d+)?)(?:([-:])(-?\d+(?:\.\d+)?))?\s*$/.exec(part);
    if (!match) return refuse(`"${part.trim()}", ${FORM}`);
    const [, what, , mark] = match;
    const [first, second] = [Number(match[2]), Number(match[4])];
    if (what === "unset" && mark === "-") {
      if (first < 0 || second <= first) return refuse(`"${part.trim()}" ends before it begins`);
      silences.push({ fromS: first, toS: second });
    } else if (what === "step" && mark === ":" && first >= 0) steps.push({ atS: first, errorS: second });
    else if (what === "fast" && mark === undefined && Math.abs(first) <= PPM_MAX) fastPpm = first;
    else if (what === "wrap" && mark === undefined && first > 0 && first <= SECONDS_MAX) wrapS = first;
    else return refuse(`"${part.trim()}", ${FORM}`);
  }
  return { ok: true, plan: { silences, steps: steps.toSorted((one, other) => one.atS - other.atS), fastPpm, wrapS } };
}

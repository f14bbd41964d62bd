// LinkPlan: when the network is there and when it is not, from text such as "down 60-120" or "half-open 60-200; down 300-310".

/** A stretch of time. [s since the start of the run] */
interface Outage {
  readonly fromS: number;
  readonly toS: number;
}

export interface LinkPlan {
  /** Without network, and the device finds out. */
  readonly outages: readonly Outage[];
  /** Nothing comes through, but no end of the connection is told: as when a router forgets it. */
  readonly silences: readonly Outage[];
}

const FORM = 'expected "up", or "down FROM-TO[,FROM-TO...]" and "half-open FROM-TO[,...]" in seconds, with ";" between them, e.g. "down 60-120"';

/** @returns the plan, or one line that says what is wrong with `text`. */
export function parseLinkPlan(text: string): { ok: true; plan: LinkPlan } | { ok: false; problem: string } {
  const refuse = (problem: string): { ok: false; problem: string } => ({ ok: false, problem: `link "${text}": ${problem}` });
  const outages: Outage[] = [];
  const silences: Outage[] = [];
  if (text.trim() === "up") return { ok: true, plan: { outages, silences } };
  for (const clause of text.split(";")) {
    const match = /^\s*(down|half-open)\s+(.+)$/.exec(clause);
    if (!match) return refuse(FORM);
    const list = match[1] === "down" ? outages : silences;
    for (const part of (match[2] as string).split(",")) {
      const numbers = /^\s*(\d+(?:\.\d+)?)\s*-\s*(\d+(?:\.\d+)?)\s*$/.exec(part);
      if (!numbers) return refuse(`"${part.trim()}", ${FORM}`);
      const [fromS, toS] = [Number(numbers[1]), Number(numbers[2])];
      if (toS <= fromS) return refuse(`"${part.trim()}" ends before it begins`);
      const previous = list.at(-1);
      if (previous && fromS < previous.toS) return refuse(`"${part.trim()}" begins before the outage ahead of it ends`);
      list.push({ fromS, toS });
    }
  }
  return { ok: true, plan: { outages, silences } };
}

/** Is the network there at `seconds` since the start, but lets nothing through? */
export function isLinkSilent(plan: LinkPlan, seconds: number): boolean {
  return plan.silences.some(({ fromS, toS }) => seconds >= fromS && seconds < toS);
}

/** Is the network there at `seconds` since the start? */
export function isLinkUp(plan: LinkPlan, seconds: number): boolean {
  return !plan.outages.some(({ fromS, toS }) => seconds >= fromS && seconds < toS);
}

// LinkPlan: when the network is there and when it is not, from text such as "down 60-120".

/** A stretch without network. [s since the start of the run] */
interface Outage {
  readonly fromS: number;
  readonly toS: number;
}

export interface LinkPlan {
  readonly outages: readonly Outage[];
}

const FORM = 'expected "up" or "down FROM-TO[,FROM-TO...]" in seconds, e.g. "down 60-120"';

/** @returns the plan, or one line that says what is wrong with `text`. */
export function parseLinkPlan(text: string): { ok: true; plan: LinkPlan } | { ok: false; problem: string } {
  const refuse = (problem: string): { ok: false; problem: string } => ({ ok: false, problem: `link "${text}": ${problem}` });
  if (text.trim() === "up") return { ok: true, plan: { outages: [] } };
  const match = /^\s*down\s+(.+)$/.exec(text);
  if (!match) return refuse(FORM);
  const outages: Outage[] = [];
  for (const part of (match[1] as string).split(",")) {
    const numbers = /^\s*(\d+(?:\.\d+)?)\s*-\s*(\d+(?:\.\d+)?)\s*$/.exec(part);
    if (!numbers) return refuse(`"${part.trim()}", ${FORM}`);
    const [fromS, toS] = [Number(numbers[1]), Number(numbers[2])];
    if (toS <= fromS) return refuse(`"${part.trim()}" ends before it begins`);
    const previous = outages.at(-1);
    if (previous && fromS < previous.toS) return refuse(`"${part.trim()}" begins before the outage ahead of it ends`);
    outages.push({ fromS, toS });
  }
  return { ok: true, plan: { outages } };
}

/** Is the network there at `seconds` since the start? */
export function isLinkUp(plan: LinkPlan, seconds: number): boolean {
  return !plan.outages.some(({ fromS, toS }) => seconds >= fromS && seconds < toS);
}

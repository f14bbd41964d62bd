// Judge: collects what the checkers of a swarm run have to complain about.

/** Each has at least one planted defect that it must find (mutants.ts). */
export type CheckerName = "delivery" | "falsehood" | "once" | "order" | "numbering" | "time" | "marks" | "session" | "patient" | "work" | "exception" | "restart" | "memory" | "secrecy" | "keys" | "commands" | "strips";

export interface Complaint {
  readonly checker: CheckerName;
  readonly text: string;
}

/** More would only repeat the first. */
const COMPLAINTS_MAX = 20;

export class Judge {
  readonly complaints: Complaint[] = [];
  /** Time since the start of the run. [ms] */
  nowMs = 0;

  complain(checker: CheckerName, text: string): void {
    if (this.complaints.length < COMPLAINTS_MAX) this.complaints.push({ checker, text: `${(this.nowMs / 1000).toFixed(2)} s: ${text}` });
  }
}

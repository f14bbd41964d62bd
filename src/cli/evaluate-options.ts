// Options of `edgebeat evaluate`, checked before anything starts.
import { accessSync, constants, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type EngineName, engineNamed } from "./engine-name.js";
import { UsageError } from "./usage-error.js";

/** Annotator of the reference annotations that come with the databases. */
export const REFERENCE = "atr";

/** What commander hands over: texts as the user typed them. */
export interface EvaluateFlags {
  readonly db: string;
  readonly records?: string;
  readonly lead?: string;
  readonly engine: string;
  readonly from: string;
  readonly out: string;
  readonly annotator: string;
  readonly beats?: string;
  readonly json: boolean;
}

export interface EvaluateOptions {
  readonly db: string;
  /** Names of records in `db`, in order; at least one. */
  readonly records: readonly string[];
  /** Undefined: the first lead of each record. */
  readonly lead: string | undefined;
  readonly engine: EngineName;
  /** Start of scoring. [s] */
  readonly fromSeconds: number;
  /** An existing folder that can be written. */
  readonly out: string;
  readonly annotator: string;
  /** Annotator whose beats take the place of a signal. */
  readonly beats: string | undefined;
  readonly json: boolean;
}

/** Suffixes of a record's own files. */
const OWN_SUFFIXES = ["hea", "dat", "mat"];
const FROM_SECONDS_MAX = 86_400;
/** Record names to list where one is wrong. */
const NAMES_SHOWN = 8;

/** @throws UsageError with one line for the first flag that is wrong */
export function checkEvaluateFlags(flags: EvaluateFlags): EvaluateOptions {
  const { db, lead, out, annotator, beats, json } = flags;
  const engine = engineNamed(flags.engine);
  const fromSeconds = Number(flags.from);
  if (flags.from.trim() === "" || !Number.isInteger(fromSeconds) || fromSeconds < 0 || fromSeconds > FROM_SECONDS_MAX)
    throw new UsageError(`--from ${flags.from}: expected a whole number of seconds from 0 to ${FROM_SECONDS_MAX}, 300 for EC57`);
  if (lead !== undefined && beats !== undefined) throw new UsageError("--lead and --beats: expected one of them, not both");
  for (const [flag, name] of [["--annotator", annotator], ["--beats", beats ?? REFERENCE]] as const)
    if (!/^[A-Za-z][A-Za-z0-9]*$/.test(name) || OWN_SUFFIXES.includes(name)) throw new UsageError(`${flag} ${name}: expected letters and digits, and not ${OWN_SUFFIXES.join(", ")}`);
  if (annotator === REFERENCE || annotator === beats) throw new UsageError(`--annotator ${annotator}: names annotations that are read, expected another name such as eb`);
  const records = chooseRecords(db, flags.records);
  makeFolder(out);
  return { db, records, lead, engine, fromSeconds, out, annotator, beats, json };
}

function chooseRecords(db: string, list: string | undefined): string[] {
  if (!existsSync(db) || !statSync(db).isDirectory()) throw new UsageError(`--db ${db}: no such folder, expected one with WFDB records`);
  const present = readdirSync(db).filter((name) => name.endsWith(".hea")).map((name) => name.slice(0, -".hea".length)).sort();
  if (present.length === 0) throw new UsageError(`--db ${db}: has no *.hea file, expected a folder with WFDB records`);
  if (list === undefined) return present;
  const wanted = [...new Set(list.split(",").map((name) => name.trim()))];
  const missing = wanted.find((name) => !present.includes(name));
  if (missing !== undefined) {
    const shown = present.length > NAMES_SHOWN ? `${present.slice(0, NAMES_SHOWN).join(", ")}, ...` : present.join(", ");
    throw new UsageError(`--records ${list}: there is no record "${missing}" in ${db}, expected some of ${shown}`);
  }
  return wanted;
}

function makeFolder(out: string): void {
  refuseUnwritable(out, () => {
    mkdirSync(out, { recursive: true });
    accessSync(join(out, "."), constants.W_OK);
  });
}

/** Runs something that writes below `--out`. @throws UsageError where the file system does not let it */
export function refuseUnwritable(out: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UsageError(`--out ${out}: cannot be written (${code}), expected a folder for annotations and report`);
  }
}

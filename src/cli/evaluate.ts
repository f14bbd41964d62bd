// `edgebeat evaluate`: the firmware's own chain over WFDB records; annotation files, EC57 tables and a report come out.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { formatTable } from "../evaluation/format-table.js";
import { RecordError } from "../wfdb/record-error.js";
import { ChainRunner } from "./chain-runner.js";
import { engineStarter, EVALUATOR } from "./engines.js";
import { checkEvaluateFlags, type EvaluateFlags, type EvaluateOptions, refuseUnwritable } from "./evaluate-options.js";
import { pooledJson, recordJson, recordText, unscoredText } from "./evaluation-lines.js";
import { pairTable, tablesOf } from "./evaluation-tables.js";
import { durationText } from "./lines.js";
import { evaluateRecord, type RecordOutcome } from "./record-evaluation.js";
import { reportHtml } from "./report-html.js";
import { UsageError } from "./usage-error.js";

/** @throws UsageError for a bad flag and for a record that cannot be read */
export async function evaluate(flags: EvaluateFlags, output: Writable): Promise<void> {
  const options = checkEvaluateFlags(flags);
  const say = (line: string): void => void output.write(`${line}\n`);
  const runner = await ChainRunner.start(await engineStarter(EVALUATOR, options.engine, options.json ? () => {} : say));
  try {
    await run(options, runner, say);
  } catch (error) {
    if (error instanceof RecordError) throw new UsageError(error.message);
    throw error;
  } finally {
    await runner.close();
  }
}

async function run(options: EvaluateOptions, runner: ChainRunner, say: (line: string) => void): Promise<void> {
  const { records, db, engine, fromSeconds, json, out } = options;
  if (!json) say(`edgebeat evaluate: ${records.length} records of ${db}, engine ${engine}, scored from ${durationText(fromSeconds)}. Not a medical device.`);
  const startedMs = performance.now();
  const outcomes: RecordOutcome[] = [];
  for (const record of records) {
    const outcome = await evaluateRecord(record, runner, options);
    outcomes.push(outcome);
    say(json ? JSON.stringify(recordJson(outcome)) : recordText(outcome));
  }
  const seconds = outcomes.reduce((sum, outcome) => sum + outcome.frameCount / outcome.frameRateHz, 0);
  const timesRealTime = Math.round((1000 * seconds) / (performance.now() - startedMs));
  const report = join(out, "report.html");
  refuseUnwritable(out, () => writeFileSync(report, reportHtml(options, outcomes, timesRealTime)));
  if (json) return say(JSON.stringify({ type: "pooled", seconds, timesRealTime, report, ...pooledJson(outcomes) }));
  const pairs = pairTable(outcomes);
  for (const table of [...tablesOf(outcomes), ...(pairs ? [pairs] : [])]) say(`\n${table.heading}\n${formatTable(table)}`);
  const unscored = unscoredText(outcomes);
  if (unscored !== "") say(`\n${unscored}`);
  say(`\n${durationText(seconds)} of ECG at ${timesRealTime} times real time, with files and scoring, on one core. Report: ${report}`);
}

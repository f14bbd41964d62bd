// The EC57 tables of an evaluation: beats, runs, atrial fibrillation, ventricular fibrillation.
import type { EpisodeSummary } from "../evaluation/compare-episodes.js";
import { type RunComparison, summariseRuns } from "../evaluation/compare-runs.js";
import { beatTable, episodeTable, matrixTable, type RecordRow, runTable, type Table } from "../evaluation/format-table.js";
import { addBeatScores, type BeatScore, type EpisodeScore } from "../evaluation/score-annotations.js";
import type { Ratio } from "../evaluation/statistics.js";
import { summarise } from "../evaluation/summarise-beats.js";
import type { RecordOutcome } from "./record-evaluation.js";

/** A table under its heading. */
export interface TitledTable extends Table {
  readonly heading: string;
}

/** Every table that has something to say. */
export function tablesOf(outcomes: readonly RecordOutcome[]): TitledTable[] {
  const rowsOf = <Part>(partOf: (outcome: RecordOutcome) => Part | undefined): RecordRow<Part>[] =>
    outcomes.flatMap((outcome) => {
      const summary = partOf(outcome);
      return summary === undefined ? [] : [{ record: outcome.record, summary }];
    });
  const beats = rowsOf(({ score }) => score?.beats);
  const runs = (part: (score: BeatScore) => RunComparison): Table => {
    const rows = beats.map(({ record, summary }) => ({ record, summary: summariseRuns(part(summary)) }));
    return listed(runTable(rows), rows, (summary) => (Object.values(summary) as Ratio[]).some(({ total }) => total > 0));
  };
  const episodes = (kind: keyof EpisodeScore): Table => {
    const rows = rowsOf(({ score }) => score?.episodes[kind]);
    return listed(episodeTable(rows), rows, ({ episodeSensitivity, episodePredictivity }: EpisodeSummary) => episodeSensitivity.total + episodePredictivity.total > 0);
  };
  return [
    { heading: "Beats [%]", ...beatTable(beats.map(({ record, summary }) => ({ record, summary: summarise(summary.matrix) }))) },
    { heading: "Runs of ventricular beats [%]", ...runs((score) => score.ventricularRuns) },
    { heading: "Runs of supraventricular beats [%]", ...runs((score) => score.supraventricularRuns) },
    { heading: "Atrial fibrillation [%]", ...episodes("af") },
    { heading: "Ventricular flutter and fibrillation [%]", ...episodes("vf") },
    // Gross and average alone say nothing.
  ].filter(({ rows }) => rows.length > 2);
}

/** All pairs of beats of all records, or undefined without any. */
export function pairTable(outcomes: readonly RecordOutcome[]): TitledTable | undefined {
  const scores = outcomes.flatMap(({ score }) => score?.beats ?? []);
  if (scores.length === 0) return undefined;
  return { heading: "Pairs of beats: reference down, edgebeat across; O no beat, X no beat in an unreadable stretch", ...matrixTable(addBeatScores(scores).matrix) };
}

/** Records without such events stay out of the list, not out of gross and average: all of them count for specificity. */
function listed<Summary>(table: Table, rows: readonly RecordRow<Summary>[], hasEvents: (summary: Summary) => boolean): Table {
  const silent = new Set(rows.filter(({ summary }) => !hasEvents(summary)).map(({ record }) => record));
  return { ...table, rows: table.rows.filter(([record]) => !silent.has(record!)) };
}

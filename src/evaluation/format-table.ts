// Tables of EC57 results: one row a record, then gross and average; and tables as plain text.
import { PAIR_LABELS } from "./beat-class.js";
import type { BeatMatrix } from "./compare-beats.js";
import type { EpisodeSummary } from "./compare-episodes.js";
import type { RunSummary } from "./compare-runs.js";
import { average, f1Percent, gross, percentOf, type Ratio } from "./statistics.js";
import type { BeatSummary } from "./summarise-beats.js";

/** Results of one record, by its name. */
export interface RecordRow<Summary> {
  record: string;
  summary: Summary;
}

/** Cells as texts. */
export interface Table {
  titles: readonly string[];
  /** As many cells per row as there are titles; the first names the row. */
  rows: readonly (readonly string[])[];
}

/** A column that shows a ratio in percent. */
interface RatioColumn<Summary> {
  title: string;
  decimals: number;
  ratioOf(summary: Summary): Ratio;
}

/** A column computed from two others. */
interface F1Column {
  title: string;
  /** Titles of the sensitivity and the predictivity column. */
  of: readonly [string, string];
}

/** Shown where there is nothing to divide by, as bxb does. */
const UNDEFINED = "-";

const BEAT_COLUMNS: readonly (RatioColumn<BeatSummary> | F1Column)[] = [
  { title: "QRS Se", decimals: 2, ratioOf: (s) => s.qrsSensitivity },
  { title: "QRS +P", decimals: 2, ratioOf: (s) => s.qrsPredictivity },
  { title: "VEB Se", decimals: 2, ratioOf: (s) => s.vebSensitivity },
  { title: "VEB +P", decimals: 2, ratioOf: (s) => s.vebPredictivity },
  { title: "VEB FPR", decimals: 3, ratioOf: (s) => s.vebFalsePositiveRate },
  { title: "VEB F1", of: ["VEB Se", "VEB +P"] },
  { title: "SVEB Se", decimals: 2, ratioOf: (s) => s.svebSensitivity },
  { title: "SVEB +P", decimals: 2, ratioOf: (s) => s.svebPredictivity },
  { title: "SVEB F1", of: ["SVEB Se", "SVEB +P"] },
];

const RUN_COLUMNS: readonly RatioColumn<RunSummary>[] = [
  { title: "couplet Se", decimals: 1, ratioOf: (s) => s.coupletSensitivity },
  { title: "couplet +P", decimals: 1, ratioOf: (s) => s.coupletPredictivity },
  { title: "short run Se", decimals: 1, ratioOf: (s) => s.shortRunSensitivity },
  { title: "short run +P", decimals: 1, ratioOf: (s) => s.shortRunPredictivity },
  { title: "long run Se", decimals: 1, ratioOf: (s) => s.longRunSensitivity },
  { title: "long run +P", decimals: 1, ratioOf: (s) => s.longRunPredictivity },
];

const EPISODE_COLUMNS: readonly RatioColumn<EpisodeSummary>[] = [
  { title: "episode Se", decimals: 1, ratioOf: (s) => s.episodeSensitivity },
  { title: "episode +P", decimals: 1, ratioOf: (s) => s.episodePredictivity },
  { title: "duration Se", decimals: 2, ratioOf: (s) => s.durationSensitivity },
  { title: "duration +P", decimals: 2, ratioOf: (s) => s.durationPredictivity },
  { title: "duration Sp", decimals: 2, ratioOf: (s) => s.durationSpecificity },
];

/** QRS, VEB and SVEB statistics in percent. */
export function beatTable(rows: readonly RecordRow<BeatSummary>[]): Table {
  return ratioTable(BEAT_COLUMNS, rows);
}

/** Couplets, short runs (3-5) and long runs (6 and more), in percent. */
export function runTable(rows: readonly RecordRow<RunSummary>[]): Table {
  return ratioTable(RUN_COLUMNS, rows);
}

/** Episodes and their durations, in percent. Gross durations are sums of samples: records of one table have one rate. */
export function episodeTable(rows: readonly RecordRow<EpisodeSummary>[]): Table {
  return ratioTable(EPISODE_COLUMNS, rows);
}

/** The counts of pairs: reference classes down, test classes across. */
export function matrixTable({ counts }: BeatMatrix): Table {
  return {
    titles: ["", ...PAIR_LABELS.map((label) => label.toLowerCase())],
    rows: PAIR_LABELS.map((reference) => [reference, ...PAIR_LABELS.map((test) => String(counts[reference][test]))]),
  };
}

/** Lines up cells: the first column to the left, the others to the right. */
export function formatTable({ titles, rows }: Table): string {
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join("  ").trimEnd();
  return [line(titles), ...rows.map(line)].join("\n");
}

function ratioTable<Summary>(columns: readonly (RatioColumn<Summary> | F1Column)[], rows: readonly RecordRow<Summary>[]): Table {
  const ratioColumn = (title: string): RatioColumn<Summary> =>
    columns.find((column): column is RatioColumn<Summary> => "ratioOf" in column && column.title === title)!;
  const cells = (ratioOfColumn: (column: RatioColumn<Summary>) => Ratio): string[] =>
    columns.map((column) => {
      if ("ratioOf" in column) return formatPercent(percentOf(ratioOfColumn(column)), column.decimals);
      const [sensitivity, predictivity] = column.of;
      return formatPercent(f1Percent(ratioOfColumn(ratioColumn(sensitivity)), ratioOfColumn(ratioColumn(predictivity))), 2);
    });
  const averages = columns.map((column) =>
    "ratioOf" in column ? formatPercent(average(rows.map(({ summary }) => column.ratioOf(summary))), column.decimals) : "",
  );
  return {
    titles: ["record", ...columns.map((column) => column.title)],
    rows: [
      ...rows.map(({ record, summary }) => [record, ...cells((column) => column.ratioOf(summary))]),
      ["gross", ...cells((column) => gross(rows.map(({ summary }) => column.ratioOf(summary))))],
      ["average", ...averages],
    ],
  };
}

function formatPercent(percent: number | undefined, decimals: number): string {
  return percent === undefined ? UNDEFINED : percent.toFixed(decimals);
}

// The report of an evaluation: one HTML page that needs nothing else, with figures, tables and the worst mistakes on ECG paper.
import { PAIR_LABELS, type PairLabel } from "../evaluation/beat-class.js";
import type { BeatPair } from "../evaluation/compare-beats.js";
import type { EpisodeSummary } from "../evaluation/compare-episodes.js";
import { BEAT_MISTAKES, EPISODE_MISTAKES, type Mistake, worstBeats, worstEpisodes } from "../evaluation/mistakes.js";
import { type CurvePoint, precisionRecall } from "../evaluation/precision-recall.js";
import { addBeatScores, addEpisodeSummaries } from "../evaluation/score-annotations.js";
import { f1Percent, percentOf, type Ratio } from "../evaluation/statistics.js";
import { summarise } from "../evaluation/summarise-beats.js";
import { type EcgRecord, loadRecord } from "../wfdb/record.js";
import { curveSvg } from "./curve-svg.js";
import { ecgStrip, escapeHtml, STRIP_GRID } from "./ecg-strip.js";
import type { EvaluateOptions } from "./evaluate-options.js";
import { unscoredText } from "./evaluation-lines.js";
import { tablesOf, type TitledTable } from "./evaluation-tables.js";
import { durationText } from "./lines.js";
import { type RecordOutcome, scoringOf } from "./record-evaluation.js";
import { REPORT_STYLE } from "./report-style.js";
import { rrStrip } from "./rr-strip.js";

/** Length of a strip: 250 mm, as on a sheet of twelve-lead ECG. [s] */
const STRIP_SECONDS = 10;
/** The same for RR intervals. [s] */
const RR_STRIP_SECONDS = 240;
/** Strips of one kind of mistake, from one record and in all. */
const STRIPS_PER_RECORD = 2;
const STRIPS_PER_KIND = 6;

/** @throws RecordError where a record has become unreadable meanwhile */
export function reportHtml(options: EvaluateOptions, outcomes: readonly RecordOutcome[], timesRealTime: number): string {
  const { db, engine, fromSeconds, annotator, beats, lead } = options;
  const seconds = outcomes.reduce((sum, { frameCount, frameRateHz }) => sum + frameCount / frameRateHz, 0);
  const source = beats === undefined ? (lead === undefined ? "first lead of each record" : `lead ${lead}`) : `beats from .${beats}, no signal`;
  const facts = [
    `${outcomes.length} records of ${db}`, source, `${durationText(seconds)} in all`, `scored from ${durationText(fromSeconds)}`,
    `engine ${engine}, ${timesRealTime} times real time`, `annotations .${annotator}`,
  ];
  const unscored = unscoredText(outcomes);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>edgebeat evaluation: ${escapeHtml(db)}</title><style>${REPORT_STYLE}</style></head>
<body>
${STRIP_GRID}
<h1>edgebeat evaluation</h1>
<p>${facts.map(escapeHtml).join(" · ")}. Not a medical device.</p>
${unscored === "" ? "" : `<p>${escapeHtml(unscored).replaceAll("\n", "<br>")}</p>`}
${tiles(outcomes)}
<div class="pair">${matrixHtml(outcomes)}${curveHtml(outcomes)}</div>
${tablesOf(outcomes).map(tableHtml).join("\n")}
${mistakesHtml(options, outcomes)}
</body>
</html>
`;
}

function tiles(outcomes: readonly RecordOutcome[]): string {
  const scores = outcomes.flatMap(({ score }) => score ?? []);
  const beatScores = scores.flatMap(({ beats }) => beats ?? []);
  const all: [title: string, figure: string, note: string][] = [];
  if (beatScores.length > 0) {
    const s = summarise(addBeatScores(beatScores).matrix);
    const f1 = (title: string, sensitivity: Ratio, predictivity: Ratio): void =>
      void all.push([title, percentText(f1Percent(sensitivity, predictivity)), `Se ${ratioText(sensitivity)}, +P ${ratioText(predictivity)}`]);
    all.push(["QRS sensitivity", ratioText(s.qrsSensitivity), countText(s.qrsSensitivity, "missed")], ["QRS +P", ratioText(s.qrsPredictivity), countText(s.qrsPredictivity, "false")]);
    f1("VEB F1", s.vebSensitivity, s.vebPredictivity);
    f1("SVEB F1", s.svebSensitivity, s.svebPredictivity);
  }
  for (const [kind, title] of [["af", "AF"], ["vf", "VF"]] as const) {
    const e = addEpisodeSummaries(scores.map(({ episodes }) => episodes[kind]));
    if (e.episodeSensitivity.total + e.episodePredictivity.total > 0)
      all.push([`${title} time found`, ratioText(e.durationSensitivity), `+P ${ratioText(e.durationPredictivity)}, Sp ${ratioText(e.durationSpecificity)}; ${episodeText(e)}`]);
  }
  const unreadableSeconds = outcomes.reduce((sum, outcome) => sum + outcome.unreadableSeconds, 0);
  if (unreadableSeconds > 0) all.push(["Called unreadable", durationText(unreadableSeconds), "of all records"]);
  const items = all.map(([title, figure, note]) => `<div class="tile"><dt>${title}</dt><dd>${figure}<small>${note}</small></dd></div>`);
  return items.length === 0 ? "" : `<dl class="tiles">${items.join("")}</dl>`;
}

function episodeText({ episodeSensitivity, episodePredictivity }: EpisodeSummary): string {
  return `${episodeSensitivity.hits} of ${episodeSensitivity.total} episodes, ${episodePredictivity.total - episodePredictivity.hits} false`;
}

function matrixHtml(outcomes: readonly RecordOutcome[]): string {
  const scores = outcomes.flatMap(({ score }) => score?.beats ?? []);
  if (scores.length === 0) return "";
  const { counts } = addBeatScores(scores).matrix;
  const rows = PAIR_LABELS.map((reference) => {
    const total = PAIR_LABELS.reduce((sum, test) => sum + counts[reference][test], 0);
    const cells = PAIR_LABELS.map((test) => matrixCell(reference, test, counts[reference][test], total));
    return `<tr><th>${reference}</th>${cells.join("")}</tr>`;
  });
  return (
    `<section><h2>Confusion matrix</h2><p>Reference down, edgebeat across; O: no beat; X: none, in a stretch called unreadable. Shade: share of the row.</p>` +
    `<div class="scroll"><table class="matrix"><thead><tr><th></th>${PAIR_LABELS.map((label) => `<th>${label.toLowerCase()}</th>`).join("")}</tr></thead><tbody>${rows.join("")}</tbody></table></div></section>`
  );
}

function matrixCell(reference: PairLabel, test: PairLabel, count: number, total: number): string {
  const isEmpty = (reference === "O" || reference === "X") && (test === "O" || test === "X");
  if (isEmpty) return '<td class="none"></td>';
  // The root makes a hundredth visible.
  const shade = total === 0 ? 0 : Math.sqrt(count / total) * 0.55;
  const colour = reference === test ? "29 122 70" : "192 39 26";
  return `<td style="background:rgb(${colour} / ${shade.toFixed(2)})">${count}</td>`;
}

/** Points of a curve of a class: more make a file large and a picture no better. */
const CLASS_POINTS_MAX = 150;

function curveHtml(outcomes: readonly RecordOutcome[]): string {
  const qrs = qrsCurve(outcomes);
  const curve = (title: string, text: string, points: readonly CurvePoint[], scoreNow: number): string =>
    points.length === 0 ? "" : `<section><h2>${title}</h2><p>${text}</p>${curveSvg(points, scoreNow)}</section>`;
  const classText = "What another limit on the model's score would give. Large dot: as it is. Fusion and unknown beats count neither way.";
  return (
    curve("QRS detection by confidence", "What a limit on the detector's confidence would give. Large dot: no limit, as it is.", qrs, 0) +
    curve("VEB by score", classText, classCurve(outcomes, "V"), 1) +
    curve("SVEB by score", classText, classCurve(outcomes, "S"), 1)
  );
}

/** Every beat that the model scored for a class, right or false, against all beats of the class in the reference. What is V first is not asked for S. */
function classCurve(outcomes: readonly RecordOutcome[], own: "V" | "S"): CurvePoint[] {
  const pairs = outcomes.flatMap(({ score, classScores }) => (score === undefined ? [] : score.pairs.map((pair) => ({ ...pair, scores: classScores.get(pair.testSample) }))));
  const events = pairs.flatMap(({ reference, test, scores }) =>
    !scores || !isBeat(test) || reference === "F" || reference === "Q" || (own === "S" && scores.V > 0) ? [] : [{ score: scores[own], isHit: reference === own }],
  );
  const referenceCount = pairs.filter(({ reference }) => reference === own).length;
  if (referenceCount === 0) return [];
  const points = precisionRecall(events, referenceCount);
  // Far from the limit a curve says nothing that a picture could show.
  const step = Math.ceil(points.length / CLASS_POINTS_MAX);
  const now = points.findLastIndex(({ scoreMin }) => scoreMin > 0);
  return points.filter((_, index) => index === now || index % step === 0);
}

/** Every beat that has a score, right or false, against all beats of the reference. */
function qrsCurve(outcomes: readonly RecordOutcome[]): CurvePoint[] {
  const pairs = outcomes.flatMap(({ score, confidence }) => (score === undefined ? [] : score.pairs.map((pair) => ({ ...pair, score: confidence.get(pair.testSample) }))));
  const events = pairs.flatMap(({ reference, test, score }) => (isBeat(test) && score !== undefined ? [{ score, isHit: isBeat(reference) }] : []));
  const referenceCount = pairs.filter(({ reference }) => isBeat(reference)).length;
  return referenceCount === 0 ? [] : precisionRecall(events, referenceCount);
}

function isBeat(label: PairLabel): boolean {
  return label !== "O" && label !== "X";
}

interface RecordMistake {
  readonly outcome: RecordOutcome;
  readonly mistake: Mistake;
  /** Comparable between records: mistakes, or seconds. */
  readonly weight: number;
  /** Caption. */
  readonly what: string;
}

function mistakesHtml(options: EvaluateOptions, outcomes: readonly RecordOutcome[]): string {
  const scored = outcomes.filter(({ score }) => score !== undefined);
  const draw = stripDrawer(options);
  const section = (title: string, summary: string, mistakes: readonly RecordMistake[], pairs: (pair: BeatPair) => boolean): string =>
    mistakes.length === 0 ? "" : `<h3>${title}</h3><p>${summary}</p>${mistakes.map((mistake) => draw(mistake, pairs)).join("")}`;
  const beats = scored.flatMap((outcome) =>
    worstBeats(outcome.score!.pairs, STRIP_SECONDS * outcome.frameRateHz, STRIPS_PER_RECORD).map((mistake): RecordMistake => ({ outcome, mistake, weight: mistake.weight, what: `${mistake.weight} in this strip` })),
  );
  const episodes = scored.flatMap((outcome) =>
    worstEpisodes(outcome.reference!, outcome.annotations, scoringOf(outcome, options.fromSeconds), STRIPS_PER_RECORD).map(
      (mistake): RecordMistake => {
        const weight = mistake.weight / outcome.frameRateHz;
        return { outcome, mistake, weight, what: `${durationText(weight)} from ${durationText(mistake.startSample / outcome.frameRateHz)} on` };
      },
    ),
  );
  const worst = (mistakes: readonly RecordMistake[], kind: number): RecordMistake[] =>
    mistakes.filter(({ mistake }) => mistake.kind === kind).sort((one, other) => other.weight - one.weight).slice(0, STRIPS_PER_KIND);
  const sections = [
    ...EPISODE_MISTAKES.map(({ title }, kind) => section(title, "The longest stretches; each strip shows the middle of one.", worst(episodes, kind), () => false)),
    ...BEAT_MISTAKES.map(({ title, isMistake }, kind) => {
      const isWrong = ({ reference, test }: BeatPair): boolean => isMistake(reference, test);
      const perRecord = scored.map(({ record, score }) => ({ record, count: score!.pairs.filter(isWrong).length })).filter(({ count }) => count > 0).sort((one, other) => other.count - one.count);
      const total = perRecord.reduce((sum, { count }) => sum + count, 0);
      const summary = `${total} in all: ${perRecord.slice(0, STRIPS_PER_KIND).map(({ record, count }) => `${count} in ${escapeHtml(record)}`).join(", ")}${perRecord.length > STRIPS_PER_KIND ? " and others" : ""}.`;
      return section(title, summary, worst(beats, kind), isWrong);
    }),
  ].filter((text) => text !== "");
  if (sections.length === 0) return "";
  const legend =
    options.beats === undefined
      ? "Above each trace the reference, below it edgebeat. Wrong beats are red; a percentage is the detector's confidence in a false one."
      : "Each dot is an RR interval; the red bar marks the stretch.";
  return `<h2>The worst mistakes</h2><p>${legend}</p>${sections.join("")}`;
}

/** Draws strips; a record is read once, and only if it has one. */
function stripDrawer(options: EvaluateOptions): (mistake: RecordMistake, isWrong: (pair: BeatPair) => boolean) => string {
  const recordings = new Map<string, EcgRecord>();
  const read = (path: string): EcgRecord => {
    const recording = recordings.get(path) ?? loadRecord(path, { lead: options.lead ?? 0 });
    recordings.set(path, recording);
    return recording;
  };
  return ({ outcome, mistake, what }, isWrong) => {
    const { record, path, lead, frameRateHz, frameCount, annotations, reference, confidence, score } = outcome;
    const seconds = lead === undefined ? RR_STRIP_SECONDS : STRIP_SECONDS;
    const middleSeconds = (mistake.startSample + mistake.endSample) / 2 / frameRateHz;
    const startSeconds = Math.max(0, Math.min(middleSeconds - seconds / 2, frameCount / frameRateHz - seconds));
    const caption = `<figcaption><b>${escapeHtml(record)}</b>${lead === undefined ? "" : ` ${escapeHtml(lead)}`}, ${what}</figcaption>`;
    if (lead === undefined) {
      const wrong = [mistake.startSample / frameRateHz, mistake.endSample / frameRateHz] as const;
      return `<figure>${caption}${rrStrip({ beats: annotations, frameRateHz, startSeconds, seconds, wrong })}</figure>`;
    }
    const { leads, sampleRateHz } = read(path);
    const strip = ecgStrip({
      samplesUv: leads[0]!.samplesUv, sampleRateHz, startSeconds, seconds, reference: reference!, test: annotations, frameRateHz, wrong: score!.pairs.filter(isWrong), confidence,
    });
    return `<figure>${caption}${strip}</figure>`;
  };
}

function tableHtml({ heading, titles, rows }: TitledTable): string {
  const body = rows.map(([name, ...cells], index) => `<tr${index >= rows.length - 2 ? ' class="sum"' : ""}><th>${escapeHtml(name!)}</th>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`);
  return `<h2>${heading}</h2><div class="scroll"><table><thead><tr>${titles.map((title) => `<th>${title}</th>`).join("")}</tr></thead><tbody>${body.join("")}</tbody></table></div>`;
}

function percentText(percent: number | undefined): string {
  return percent === undefined ? "-" : percent.toFixed(2);
}

function ratioText(ratio: Ratio): string {
  return percentText(percentOf(ratio));
}

function countText({ hits, total }: Ratio, what: string): string {
  return `${total - hits} ${what} of ${total}`;
}

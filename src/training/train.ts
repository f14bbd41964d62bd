// Training of the beat classes, from recordings to an int8 model: cross-validation, the model of all patients, its files.
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { FEATURE_COUNT } from "../beats/beat-features.js";
import { featureNames } from "./feature-names.js";
import { type Int8Model, weightCount } from "../kernels/int8-model.js";
import { runReference } from "../kernels/reference.js";
import { writeModel } from "../model-compiler/model-files.js";
import { BEAT_N, BEAT_S, BEAT_V } from "../vocabulary/beat.js";
import { floatModelOf, trainWithThreshold } from "./beat-net.js";
import type { ClassRecipe } from "./class-net.js";
import { crossValidate, type Judge, type Patient, pooledF1, scoreRecord } from "./cross-validate.js";
import { type LabelledBeats, readPatient } from "./labelled-beats.js";
import { startTensorflow } from "./mlp.js";
import { modelCard, noiseTable, pacedTable, recordTables, type SeededScores, seedTable } from "./model-card.js";
import { type QuantisedModel, quantise } from "./quantize.js";
import type { Noise, NoisePlan } from "./noise.js";
import { databaseIn, type TrainingData } from "./records.js";
import { loadRecord } from "../wfdb/record.js";

export interface TrainOptions {
  /** Cross-validate and print, write nothing. */
  readonly cv: boolean;
  /** A small network on a few recordings, or on the demo record alone where there are no others. */
  readonly quick: boolean;
  readonly seed: number;
  readonly seedCount: number;
  /** Which network: a name of MODELS. */
  readonly model: string;
  /** Folder of the model's files. */
  readonly out: string;
  /** Instead of training: file that gets the features of every beat of the recordings, as inputs for `npm run compile-model`. */
  readonly beatsFile?: string;
  /** Folder of the databases. */
  readonly dataFolder: string;
  /** Path without suffix. */
  readonly demoRecord: string;
  readonly print: (line: string) => void;
}

/** Data or options that nothing can be trained with. The message is one line. */
export class TrainingError extends Error {
  override get name(): string {
    return "TrainingError";
  }
}

/** The features that serve each class, by the first letters of their names. */
const V_FEATURES = /^[rtac]_/;
const S_FEATURES = /^[rtph]_/;
/** What a false positive costs: S is rare. Of V twice its own weight was as good on clean beats, but called more noise V. */
const V_OTHERS_WEIGHT = 3;
const S_OTHERS_WEIGHT = 25;
const EPOCHS = 9;
/** Beats in noise weigh as much as clean ones: at half the weight V was hardly better on clean ones, at one and a half a little worse. They teach V alone: S became worse with them. */
const V_NOISY_WEIGHT = 1;
const LEADS_MAX = 2;
/** A network that is trained in a second. */
const QUICK = { hiddenCount: 4, weightCount: 80, epochs: 2, noisyWeight: 0 } as const;
/** Noise that teaches, and noise that judges: nothing of the one is in the other. */
const TEACHING_NOISE: NoisePlan = { snrDb: 6, fromSeconds: 60, part: [0, 0.5] };
const JUDGING_NOISE: NoisePlan = { snrDb: 6, fromSeconds: 300, part: [0.5, 1] };
const CALIBRATION_BEATS = 2000;

/** How many ReLUs the network of a class has, and how many weights of theirs are not 0. */
type Size = Pick<ClassRecipe, "hiddenCount" | "weightCount">;

/** The networks by name. */
export const MODELS: Readonly<Record<string, { readonly v: Size; readonly s: Size }>> = {
  "beat-mlp": { v: { hiddenCount: 8, weightCount: 300 }, s: { hiddenCount: 12, weightCount: 240 } },
  "beat-tiny": { v: { hiddenCount: 7, weightCount: 220 }, s: { hiddenCount: 7, weightCount: 180 } },
};

function recipesOf(name: string): ClassRecipe[] {
  const { v, s } = MODELS[name]!;
  return [
    { label: BEAT_V, columns: columnsOf(V_FEATURES), othersWeight: V_OTHERS_WEIGHT, epochs: EPOCHS, noisyWeight: V_NOISY_WEIGHT, ...v },
    { label: BEAT_S, columns: columnsOf(S_FEATURES), othersWeight: S_OTHERS_WEIGHT, epochs: EPOCHS, noisyWeight: 0, ...s },
  ];
}

/** Writes the model's files, or only prints the cross-validation. */
export async function train(options: TrainOptions): Promise<void> {
  const { print, quick } = options;
  await startTensorflow();
  const data = chooseData(options);
  const leadsMax = quick ? 1 : LEADS_MAX;
  const clean = data.folds.map((records) => readPatients(records, leadsMax, print));
  if (options.beatsFile !== undefined) return writeBeats(options.beatsFile, clean, print);
  const noise = quick || data.noise === undefined ? undefined : readNoise(data.noise);
  const folds = noise ? clean.map((patients, fold) => patients.map((leads, index) => [...leads, ...readPatient(data.folds[fold]![index]!, leadsMax, { noise, plan: TEACHING_NOISE })])) : clean;
  const recipes = quick ? recipesOf(options.model).map((recipe) => ({ ...recipe, ...QUICK })) : recipesOf(options.model);
  // The card comes last: it takes minutes, and the model can be used meanwhile.
  const model = options.cv ? undefined : writeNetwork(folds, recipes, options);
  const judged = noise ? new Map(data.folds.flat().map((path) => [basename(path), readPatient(path, 1, { noise, plan: JUDGING_NOISE })[0]!])) : new Map<string, LabelledBeats>();
  const crossValidation = quick ? [] : crossValidateSeeds(folds, judged, recipes, options);
  if (crossValidation.length > 0) print(`\n${recordTables(crossValidation)}\n\n${seedTable(crossValidation)}\n\n${noiseTable(crossValidation)}\n`);
  if (!model) return;

  const paced = readPatients(data.paced, 1, print).map(([lead]) => scoreRecord(lead!, judgeOf(model.model)));
  if (paced.length > 0) print(`\nPacemakers, from 5:00\n${pacedTable(paced)}\n`);
  const card = modelCard({
    name: options.model, dataName: data.name, seed: options.seed, folds: data.folds.map((records) => records.map((path) => basename(path))),
    beatCount: clean.flat(2).reduce((sum, { labels }) => sum + labels.length, 0), inputCount: FEATURE_COUNT,
    hiddenCounts: recipes.map(({ hiddenCount }) => hiddenCount), weightBytes: model.weights.length, weightCount: weightCount(model.model),
    crossValidation, paced, noise: noise && { teaching: TEACHING_NOISE, judging: JUDGING_NOISE },
  });
  writeFileSync(join(options.out, "MODEL.md"), card);
  print(`written: ${join(options.out, "MODEL.md")}`);
}

/** The features of the first leads' beats, one beat after the other. */
function writeBeats(file: string, folds: readonly (readonly Patient[])[], print: TrainOptions["print"]): void {
  const leads = folds.flat().map(([lead]) => lead!);
  writeFileSync(file, Buffer.concat(leads.map(({ features }) => Buffer.from(features.buffer, features.byteOffset, features.length))));
  print(`written: ${file}, ${leads.reduce((sum, { labels }) => sum + labels.length, 0)} beats`);
}

function readNoise(path: string): Noise {
  const { sampleRateHz, leads } = loadRecord(path);
  return { sampleRateHz, leadsUv: leads.map(({ samplesUv }) => samplesUv) };
}

/** All files but the card. */
function writeNetwork(folds: readonly (readonly Patient[])[], recipes: readonly ClassRecipe[], { model: name, seed, out, print }: TrainOptions): QuantisedModel {
  print(`training ${name}, seed ${seed}, on ${folds.flat().length} recordings`);
  const model = trainModel(name, folds, recipes, seed);
  writeModel(out, model);
  print(`written: ${out}`);
  return model;
}

function chooseData({ quick, dataFolder, demoRecord }: TrainOptions): TrainingData {
  const { data, missing } = databaseIn(dataFolder);
  if (missing.length === 0) return quick ? { ...data, name: `Some recordings of ${data.name}`, folds: data.folds.map((records) => records.slice(-1)), paced: [] } : data;
  if (quick) return { name: "The demo record", noise: undefined, folds: [[demoRecord]], paced: [] };
  throw new TrainingError(`${dataFolder}: ${missing.length} recordings missing, the first of them ${missing[0]}; expected DS1 of the MIT-BIH Arrhythmia Database in mitdb/, or --quick`);
}

function readPatients(records: readonly string[], leadsMax: number, print: TrainOptions["print"]): Patient[] {
  return records.map((path) => {
    const patient = readPatient(path, leadsMax);
    print(`${basename(path)}: ${patient[0]!.labels.length} beats, ${patient.length} leads`);
    return patient;
  });
}

function crossValidateSeeds(
  folds: readonly (readonly Patient[])[], noisy: ReadonlyMap<string, LabelledBeats>, recipes: readonly ClassRecipe[], { model: name, seed, seedCount, print }: TrainOptions,
): SeededScores[] {
  return Array.from({ length: seedCount }, (_, index) => {
    const scores = crossValidate(folds, (taught, fold) => {
      const start = performance.now();
      const judge = judgeOf(trainModel(name, taught, recipes, seed + index).model);
      print(`seed ${seed + index}, fold ${fold + 1} of ${folds.length}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
      return judge;
    }, (record) => noisy.get(record));
    const { veb, sveb } = pooledF1(scores, 0);
    print(`seed ${seed + index}: VEB F1 ${veb.toFixed(2)}, SVEB F1 ${sveb.toFixed(2)} from 5:00`);
    return { seed: seed + index, scores };
  });
}

/** One network for all classes, quantised with the beats that taught it. */
function trainModel(name: string, folds: readonly (readonly Patient[])[], recipes: readonly ClassRecipe[], seed: number): QuantisedModel {
  const nets = recipes.map((recipe) => trainWithThreshold(folds, recipe, seed));
  const names = featureNames();
  return quantise(floatModelOf(name, nets, names), sampleOf(folds.flat(2), CALIBRATION_BEATS).map((beat) => [beat]));
}

/** V where the score of V is positive, else S where that of S is, else N. */
function judgeOf(model: Int8Model): Judge {
  return ({ features, featureCount, labels }) =>
    Uint8Array.from(labels, (_, beat) => {
      const logits = runReference(model, [features.subarray(beat * featureCount, (beat + 1) * featureCount)]);
      const winner = logits.findIndex((logit) => logit > 0);
      return winner < 0 ? BEAT_N : winner === 0 ? BEAT_V : BEAT_S;
    });
}

/** Features of beats, evenly over all. */
function sampleOf(leads: readonly LabelledBeats[], count: number): Int8Array[] {
  const beats = leads.flatMap(({ features, featureCount, labels }) => Array.from(labels, (_, beat) => features.subarray(beat * featureCount, (beat + 1) * featureCount)));
  return Array.from({ length: Math.min(count, beats.length) }, (_, index) => beats[Math.floor((index * beats.length) / Math.min(count, beats.length))]!);
}

function columnsOf(names: RegExp): number[] {
  return featureNames().flatMap((name, feature) => (names.test(name) ? [feature] : []));
}

// Which recordings teach the beat classes, and where they lie.
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Folder of the MIT-BIH Arrhythmia Database within the folder of all databases. */
const DATABASE = "mitdb";

/**
 * DS1, the inter-patient training set of de Chazal et al. (IEEE Trans Biomed Eng 51(7):1196, 2004), in five folds of which each has VEB and
 * SVEB of several patients. Records 201 and 202 are of one patient, the only such pair, and 202 is not in DS1: a record is a patient.
 */
const FOLDS: readonly (readonly string[])[] = [
  ["106", "108", "112", "124", "209"],
  ["101", "122", "201", "208"],
  ["114", "115", "119", "207", "230"],
  ["109", "118", "203", "205"],
  ["116", "215", "220", "223"],
];

/** Records of pacemakers: never trained on, scored apart, as EC57 wants. */
const PACED: readonly string[] = ["102", "104", "107", "217"];

/** Electrode-motion noise, two leads, of the MIT-BIH Noise Stress Test Database. */
const NOISE = "nstdb/em_rec";

/** Paths of recordings, without suffix. */
export interface TrainingData {
  readonly name: string;
  /** Noise to add; undefined where it is not there. */
  readonly noise: string | undefined;
  /** Patients are in one fold only. */
  readonly folds: readonly (readonly string[])[];
  readonly paced: readonly string[];
}

/** @param folder Folder of the databases. @returns what of DS1 is missing is an empty list only when all is there. */
export function databaseIn(folder: string): { data: TrainingData; missing: string[] } {
  const path = (record: string): string => join(folder, DATABASE, record);
  const isMissing = (record: string): boolean => [".hea", ".dat", ".atr"].some((suffix) => !existsSync(path(record) + suffix));
  const noise = join(folder, NOISE);
  return {
    data: {
      noise: existsSync(`${noise}.hea`) ? noise : undefined,
      name: "DS1 of the MIT-BIH Arrhythmia Database",
      folds: FOLDS.map((records) => records.map(path)),
      paced: PACED.filter((record) => !isMissing(record)).map(path),
    },
    missing: FOLDS.flat().filter(isMissing),
  };
}

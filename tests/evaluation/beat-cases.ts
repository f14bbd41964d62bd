// Small cases of the beat-by-beat comparison: ties, borders, VF and shutdowns. WFDB's own bxb (10.7.0) gives the same counts for each of them:
//   bxb -r REC -a ref tst -f sFROM [-t sTO] -S -
import type { Annotation } from "../../src/wfdb/annotation.js";
import { mark } from "./disturb.js";

/** Symbol and sample; a "~" also has its subtype: 48 begins a shutdown. */
type Notation = string;

export interface BeatCase {
  name: string;
  rateHz: 250 | 360;
  from: number;
  /** Length of the record where the case needs no other end. */
  to: number;
  reference: Notation;
  test: Notation;
  /** Pairs in order, reference label first. */
  pairs: string;
}

/** Length of the records. [samples] */
const CASE_SAMPLES = 10_000;

/** "N100 ~48@200 [300" as annotations. */
export function parseNotation(notation: Notation): Annotation[] {
  return notation
    .split(" ")
    .filter((word) => word !== "")
    .map((word) => {
      const noise = /^~(\d+)@(\d+)$/.exec(word);
      return noise === null ? mark(Number(word.slice(1)), word.slice(0, 1)) : mark(Number(noise[2]), "~", Number(noise[1]));
    });
}

function row(name: string, reference: Notation, test: Notation, pairs: string, more: Partial<BeatCase> = {}): BeatCase {
  return { name, rateHz: 360, from: 0, to: CASE_SAMPLES, reference, test, pairs, ...more };
}

export const BEAT_CASES: readonly BeatCase[] = [
  row("nothing", "", "", ""),
  row("every class", "N100 L500 A900 j1300 V1700 E2100 F2500 /2900 Q3300", "N100 V500 A900 S1300 F1700 r2100 V2500 V2900 ?3300", "NN NV SS SS VF VV FV QV QQ"),
  row("test late by the window", "N1000", "N1054", "NN"),
  row("test late by more", "N1000", "N1055", "NO ON"),
  row("test early by the window", "N1000", "N946", "NN"),
  row("test early by more", "N1000", "N945", "ON NO"),
  row("window of 37.5 samples is rounded up", "N1000 N2000", "N1038 N2039", "NN NO ON", { rateHz: 250 }),
  row("the nearer test beat is taken", "V1000", "N980 V1005", "ON VV"),
  row("the nearer reference beat is taken", "N1000 V1030", "V1025", "NO VV"),
  row("as near to the next: the next is taken", "N1000 V1080", "V1040", "NO VV"),
  row("as near to the next, which has a better partner", "N1096 V1160", "N1128 V1185", "NN VV", { rateHz: 250 }),
  row("the same with the sides changed", "N1128 V1185", "N1096 V1160", "NN VV", { rateHz: 250 }),
  row("both sides stop early", "N1000", "V1000", "NV"),
  row("test beats in VF are not counted, its bounds included", "[2000 ]4000 N6000", "V1999 V2000 V3000 V4000 V4001 N6000", "OV OV NN"),
  row("reference beats and waves in VF are not read", "[2000 !2100 V2300 ]4000 N6000", "N6000", "NN"),
  row("VF without end", "N1000 [2000 !3000", "N1000 V2500 V9000", "NN"),
  row("a second VF without end does not exclude", "[1000 ]1500 N2000 [3000", "V1200 N2000 V4000", "NN OV"),
  row("VF of the test excuses nothing", "N1000 N2000 N3000", "[900 N1000 N2000 ]2500 N3000", "NO NO NN"),
  row("beats missed in shutdown", "N1000 V2000 N3001", "~48@900 ~0@3000", "NX VX NO"),
  row("beats found in shutdown", "~51@900 ~3@3000", "N899 N1000 V3000 N3001", "ON XN XV ON"),
  row("one signal unreadable is no shutdown", "N1000", "~16@900 ~0@3000", "NO"),
  row("a shutdown with one mark lasts from beat to beat, but for the window", "N1000 N1053 N1054 N3946 N3947 N4100", "N1000 ~48@2000 N4000", "NN NO NX NX NN NO"),
  row("a shutdown with one mark after VF", "[1000 ]2000 N2053 N2054 N3500", "[1000 ]2000 ~48@3000 N4000", "NO NX NX ON"),
  row("a first shutdown of the test without end", "N1000 N5000", "N1000 ~48@2000", "NN NX"),
  row("a second shutdown of the test without end", "N1000 N5000", "~48@100 ~0@200 N1000 ~48@2000", "NN NO"),
  row("a second shutdown of the reference without end", "~48@100 ~0@200 N1000 ~48@2000", "N1000 N5000", "NN XN"),
  row("a pair across the start counts", "N1010 N2000", "N995 N2000", "NN NN", { from: 1000 }),
  row("a test beat after the start whose partner lies before it is dropped", "N990 N2000", "N1005 N2000", "NN", { from: 1000 }),
  row("a test beat long after the start is not", "N990 N2000", "N1055 N2000", "ON NN", { from: 1000 }),
  row("a beat at the start counts", "N1000 N2000", "N1000 N2000", "NN NN", { from: 1000 }),
  row("a beat before the start does not", "N999 N2000", "N999 N2000", "NN", { from: 1000 }),
  row("a beat at the end counts", "N1000 N3000", "N1000 N3000", "NN NN", { to: 3000 }),
  row("a beat after the end does not", "N1000 N3001", "N1000 N3001", "NN", { to: 3000 }),
  row("a pair across the end counts", "N1000 N2990", "N1000 N3010", "NN NN", { to: 3000 }),
  row("a missed beat before the end counts", "N1000 N2990", "N1000 N3100", "NN NO", { to: 3000 }),
];

// Beat classes for scoring: from the annotation symbols of a recording to the classes of ANSI/AAMI EC57.
import type { Annotation } from "../wfdb/annotation.js";

/** Normal and bundle branch block; supraventricular ectopic; ventricular ectopic; fusion; unknown and paced. */
export type BeatClass = "N" | "S" | "V" | "F" | "Q";

/** As {@link BeatClass}, with O: no beat there; X: no beat there, and the other side said that the signal is unreadable. */
export type PairLabel = BeatClass | "O" | "X";

/** In the order of the EC57 table. */
export const PAIR_LABELS: readonly PairLabel[] = ["N", "S", "V", "F", "Q", "O", "X"];

/** Class of each beat symbol, as WFDB's bxb has it: escape beats (j, e, n) are S, paced beats are Q. Source: WFDB bxb(1). */
const CLASSES: ReadonlyMap<string, BeatClass> = new Map([
  ["N", "N"], ["L", "N"], ["R", "N"], ["B", "N"],
  ["A", "S"], ["a", "S"], ["J", "S"], ["S", "S"], ["j", "S"], ["e", "S"], ["n", "S"],
  ["V", "V"], ["E", "V"], ["r", "V"],
  ["F", "F"],
  ["Q", "Q"], ["/", "Q"], ["f", "Q"], ["?", "Q"],
]);

/** Class of a symbol; undefined if it stands for no beat. */
export function beatClassOf(symbol: string): BeatClass | undefined {
  return CLASSES.get(symbol);
}

/**
 * The annotations with the escape beats j and e as N, as in de Chazal's table (IEEE Trans Biomed Eng 51(7):1196, 2004); score the
 * result where that table is wanted. bxb and this scorer count them as S.
 */
export function withEscapeBeatsNormal(annotations: readonly Annotation[]): Annotation[] {
  return annotations.map((annotation) =>
    annotation.symbol === "j" || annotation.symbol === "e" ? { ...annotation, symbol: "N" } : annotation,
  );
}

/** True for "~" that begins a stretch in which no signal is readable: bits 4 and 5 of its subtype. Source: WFDB annot(5), bxb(1). */
export function beginsShutdown(annotation: Annotation): boolean {
  return annotation.symbol === "~" && (annotation.subtype & 0x30) === 0x30;
}

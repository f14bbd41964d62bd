// The power-cut engine: runs cases on a simulated NOR flash, cuts the power at every operation in every way, restarts, checks, goes on.
import { Prng } from "../../src/base/prng.js";
import type { Flash } from "../../src/contracts/flash.js";
import type { CutOutcome, FlashOperation } from "../../src/platform/sim/flash.js";
import { CUT_OUTCOMES, NorFlash } from "../../src/platform/sim/flash.js";
import { Ledger } from "./ledger.js";
import type { JournalCalls } from "./ledger.js";
import { ProbedJournal } from "./probed-journal.js";

/** One thing that a case does. Steps are re-entrant: after a cut the same step is done again. */
export type Step =
  | { readonly do: "append"; readonly kind: number; readonly priority: number; readonly bytes: number }
  /** Acknowledges the `which`-th of the pending records in the order of sending. */
  | { readonly do: "acknowledge"; readonly which: number }
  | { readonly do: "restart" };

export interface PowerCutCase {
  readonly name: string;
  readonly steps: readonly Step[];
}

export interface Geometry {
  readonly blockBytes: number;
  readonly blockCount: number;
  /** As ESP32 flash encryption: erased bytes read as noise, programs are whole 16-byte units, each at most once. */
  readonly encrypted?: boolean;
}

export interface PowerCutFigures {
  cases: number;
  cuts: number;
  remounts: number;
  acknowledged: number;
  lost: number;
  falseRecords: number;
  /** Largest difference between the most and the least erased block in a case that erased each block 20 times or more. */
  wearSpread: number;
  complaints: string[];
}

export interface PowerCutOptions {
  readonly seed: number;
  /** 1: cuts in the case; 2: and in each recovery; 3: and in the recovery from that. */
  readonly depth: number;
  readonly makeJournal?: (flash: Flash) => JournalCalls;
}

/** Steps that a case goes on for after a cut. */
const STEPS_AFTER_CUT = 3;
/** More would only repeat the first. */
const COMPLAINTS_MAX = 20;
/** Unit of the encrypted flash. [bytes] */
const ENCRYPTED_UNIT_BYTES = 16;
/** Below this, a difference in erases is no wear spread yet. [erases of the least worn block] */
const WEAR_ERASES_MIN = 20;

export function newFigures(): PowerCutFigures {
  return { cases: 0, cuts: 0, remounts: 0, acknowledged: 0, lost: 0, falseRecords: 0, wearSpread: 0, complaints: [] };
}

/** Runs one case on one geometry and adds to `figures`. */
export function runCase(powerCutCase: PowerCutCase, geometry: Geometry, options: PowerCutOptions, figures: PowerCutFigures): void {
  new CaseRun(powerCutCase, geometry, options, figures).run();
}

/** A flash, a journal on it and what that journal owes. */
interface Life {
  readonly nor: NorFlash;
  /** As the journal sees it. */
  readonly flash: Flash;
  readonly ledger: Ledger;
  journal: JournalCalls;
}

class CaseRun {
  readonly #case: PowerCutCase;
  readonly #geometry: Geometry;
  readonly #options: PowerCutOptions;
  readonly #figures: PowerCutFigures;
  readonly #prng: Prng;
  /** One life for the case itself, one for each level of restarts. */
  readonly #lives: Life[] = [];
  #step = 0;

  constructor(powerCutCase: PowerCutCase, geometry: Geometry, options: PowerCutOptions, figures: PowerCutFigures) {
    this.#case = powerCutCase;
    this.#geometry = geometry;
    this.#options = options;
    this.#figures = figures;
    this.#prng = new Prng(options.seed);
    for (let level = 0; level <= options.depth; level++) this.#lives.push(this.#makeLife(level));
  }

  run(): void {
    const { nor, ledger } = this.#life(0);
    this.#figures.cases++;
    nor.onOperation = (operation) => this.#cut(0, operation);
    this.#complain(this.#mount(0), "first mount");
    for (this.#step = 0; this.#step < this.#case.steps.length; this.#step++) {
      this.#do(0, this.#case.steps[this.#step]!);
      this.#complain(ledger.survey(this.#life(0).journal), "no cut");
      if (this.#figures.complaints.length >= COMPLAINTS_MAX) break;
    }
    nor.onOperation = undefined;
    this.#settle(ledger);
    const least = Math.min(...nor.eraseCounts);
    if (least >= WEAR_ERASES_MIN) this.#figures.wearSpread = Math.max(this.#figures.wearSpread, Math.max(...nor.eraseCounts) - least);
  }

  /** Called before `operation` of life `level`: lives through all its interruptions on the level above, then lets it happen. */
  #cut(level: number, operation: FlashOperation): void {
    if (level >= this.#options.depth || this.#figures.complaints.length >= COMPLAINTS_MAX) return;
    const here = this.#life(level);
    const above = this.#life(level + 1);
    for (const outcome of CUT_OUTCOMES) {
      this.#figures.cuts++;
      above.nor.copyFrom(here.nor);
      above.nor.interrupt(operation, outcome, this.#prng);
      above.ledger.copyFrom(here.ledger);
      this.#liveOn(level + 1, outcome, operation);
    }
  }

  /** Restarts after a cut, checks, goes on for some steps, restarts once more and checks again. */
  #liveOn(level: number, outcome: CutOutcome, operation: FlashOperation): void {
    const life = this.#life(level);
    const { nor, ledger } = life;
    const where = `level ${level}, step ${this.#step}, ${operation.bytes === undefined ? "erase" : `program of ${operation.bytes.length}`} at ${operation.offset}, outcome ${outcome}`;
    nor.onOperation = (inner) => this.#cut(level, inner);
    this.#figures.remounts++;
    this.#complain(this.#mount(level), where);
    nor.onOperation = undefined;
    this.#complain(ledger.survey(life.journal), where);
    const end = Math.min(this.#step + STEPS_AFTER_CUT, this.#case.steps.length);
    for (let step = this.#step; step < end; step++) this.#do(level, this.#case.steps[step]!);
    this.#complain(ledger.survey(life.journal), `${where}, steps after`);
    this.#figures.remounts++;
    this.#complain(this.#mount(level), `${where}, second restart`);
    this.#complain(ledger.survey(life.journal), `${where}, second restart`);
    this.#settle(ledger);
  }

  #do(level: number, step: Step): void {
    const { journal, ledger } = this.#life(level);
    if (step.do === "append") {
      ledger.append(journal, step.kind, step.priority, step.bytes);
    } else if (step.do === "restart") {
      this.#complain(this.#mount(level), "restart");
    } else {
      const handle = this.#pick(journal, step.which);
      if (handle >= 0) ledger.acknowledge(journal, handle);
    }
  }

  /** A start: of the journal before nothing is left but the flash. */
  #mount(level: number): string[] {
    const life = this.#life(level);
    life.journal = this.#makeJournal(life.flash);
    return life.ledger.mount(life.journal);
  }

  #pick(journal: JournalCalls, which: number): number {
    let handle = -1;
    for (let index = 0; index <= which; index++) {
      const next = journal.nextPending();
      if (next < 0) break;
      handle = next;
      journal.markInFlight(handle, true);
    }
    journal.clearInFlight();
    return handle;
  }

  #settle(ledger: Ledger): void {
    this.#figures.acknowledged += ledger.acknowledged;
    this.#figures.lost += ledger.lost;
    this.#figures.falseRecords += ledger.falseRecords;
    ledger.acknowledged = 0;
    ledger.lost = 0;
    ledger.falseRecords = 0;
  }

  #complain(complaints: readonly string[], where: string): void {
    const { blockBytes, blockCount, encrypted } = this.#geometry;
    for (const complaint of complaints) {
      if (this.#figures.complaints.length >= COMPLAINTS_MAX) return;
      this.#figures.complaints.push(`${this.#case.name} on ${blockCount} x ${blockBytes}${encrypted ? " encrypted" : ""}, seed ${this.#options.seed}, ${where}: ${complaint}`);
    }
  }

  #life(level: number): Life {
    return this.#lives[level]!;
  }

  #makeLife(level: number): Life {
    const { blockBytes, blockCount, encrypted } = this.#geometry;
    const nor = new NorFlash({ blockBytes, blockCount, strict: true, seed: this.#options.seed + level, programUnitBytes: ENCRYPTED_UNIT_BYTES });
    const flash = encrypted ? new ScrambledFlash(nor) : nor;
    return { nor, flash, journal: this.#makeJournal(flash), ledger: new Ledger() };
  }

  #makeJournal(flash: Flash): JournalCalls {
    return this.#options.makeJournal?.(flash) ?? new ProbedJournal(flash);
  }
}

/** What flash encryption looks like from above: what was not written reads as noise that depends on the place. */
class ScrambledFlash implements Flash {
  readonly blockBytes: number;
  readonly blockCount: number;
  readonly #nor: NorFlash;
  readonly #key: Uint8Array;
  readonly #scrambled = [32, 64, 128, 256].map((bytes) => new Uint8Array(bytes));

  constructor(nor: NorFlash) {
    this.#nor = nor;
    this.blockBytes = nor.blockBytes;
    this.blockCount = nor.blockCount;
    const prng = new Prng(0x5eed);
    this.#key = new Uint8Array(nor.image.length).map(() => prng.below(256));
  }

  read(into: Uint8Array, offset: number): boolean {
    const isRead = this.#nor.read(into, offset);
    for (let index = 0; index < into.length; index++) into[index]! ^= this.#key[offset + index]!;
    return isRead;
  }

  write(bytes: Uint8Array, offset: number): boolean {
    const scrambled = this.#scrambled.find((buffer) => buffer.length === bytes.length)!;
    for (let index = 0; index < bytes.length; index++) scrambled[index] = bytes[index]! ^ this.#key[offset + index]!;
    return this.#nor.write(scrambled, offset);
  }

  eraseBlock(blockIndex: number): boolean {
    return this.#nor.eraseBlock(blockIndex);
  }
}

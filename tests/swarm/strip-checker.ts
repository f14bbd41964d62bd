// StripChecker: evidence strips belong to an alert, come after it, and hold what the chip measured then, bit for bit, 7 s before to 3 s after the
// onset; one that does not is known to be partial, and why.
import type { Judge } from "./judge.js";
import type { AlertFacts, DropFacts, PartFacts } from "./wire-reader.js";

const MEDICAL_CODES_BELOW = 64;
const LANE_EVIDENCE = 64;
const BEFORE_SAMPLES = 1750;
const AFTER_SAMPLES = 750;
/** A strip begins and ends with parts of at most a second. */
const SAMPLES_MAX = BEFORE_SAMPLES + AFTER_SAMPLES + 500;
/** The device has the ECG before an onset if that takes no more until the alert, in the code of a strip. [bytes] An ECG takes 1.2 a sample or so, noise 2. */
const KEPT_BYTES = 3600;
/** Of ECG so coarse, a piece or two may be overwritten before their turn comes. */
const OVERWRITTEN_SAMPLES_MAX = 500;
/** Strips at a time; alerts beyond have none. */
const STRIPS_MAX = 8;
/** From the onset (or the alert, if it is later) until the last part is in flash, if nothing else is to be stored. [ms] */
const STORED_MS = 4500;
/** A part takes a tick, a strip at most 14 of them. [ms] */
const STRIP_STORING_MS = 14 * 40;
/** A chip that has stopped is set up anew by then; until then strips wait for what it did not give. [ms] */
const HANG_MS = 15_000;
/** What the chip gave in the last seconds, enough for the longest strip. [samples] */
export const HISTORY_SAMPLES = 8192;
/** Gaps are known to within a sample each, and a chip that stops makes none, for 15 s at a time. */
const SEARCH_SAMPLES = 8192;

/** What the chip has given in one boot. */
interface Source {
  /** Sample n of the device is the chip's number n + shift; unknown before the first part. */
  shift: number | undefined;
  /** The device may have missed samples: the shift may change. */
  isDisturbed: boolean;
  /** Bits were wrong on the bus. */
  isCorrupt: boolean;
  /** When the power went, or standby began. [ms] */
  endMs: number;
}

interface History {
  /** The chip's number of the first. */
  readonly first: number;
  readonly samplesUv: Int16Array;
}

interface Part {
  readonly index: number;
  readonly isLast: boolean;
  readonly firstSample: number;
  readonly sampleCount: number;
}

interface Strip {
  readonly alert: AlertFacts;
  readonly source: Source;
  readonly dueMs: number;
  /** It may end before its time: power, standby, or more strips than the device has room for. */
  isCut: boolean;
  history: History | undefined;
  readonly parts: Map<number, Part>;
}

export class StripChecker {
  readonly #judge: Judge;
  readonly #fits: boolean;
  /** Those that are not complete. */
  readonly #strips = new Map<string, Strip>();
  /** Of the others: number of the last part. */
  readonly #complete = new Map<string, number>();
  /** Those whose ECG is still being measured. */
  #open: Strip[] = [];
  readonly #arrived = new Set<string>();
  readonly #ring = new Int16Array(HISTORY_SAMPLES);
  #count = 0;
  #source: Source = newSource();
  readonly #drops = new Map<string, DropFacts>();
  #isDoubtful = false;
  /** Strips that were whole, and right. */
  whole = 0;

  /** @param fits whether parts fit into a block of the flash; in smaller ones most strips have none */
  constructor(judge: Judge, fits: boolean) {
    this.#judge = judge;
    this.#fits = fits;
  }

  onBoot(): void {
    this.#count = 0;
    this.#source = newSource();
  }

  /** The chip has made a sample. */
  onSample(sampleUv: number): void {
    this.#ring[this.#count++ % HISTORY_SAMPLES] = sampleUv;
  }

  onDisturbed(isCorrupt: boolean): void {
    this.#source.isDisturbed = true;
    this.#source.isCorrupt ||= isCorrupt;
  }

  /** Bits of the flash rotted, or read badly; or there was no time to deliver all strips. */
  onDoubt(): void {
    this.#isDoubtful = true;
  }

  onAnnounced(alert: AlertFacts, nowMs: number): void {
    if (alert.phase !== 0 || alert.condition >= MEDICAL_CODES_BELOW) return;
    const ageMs = alert.raisedMs - alert.onsetMs;
    const strip: Strip = {
      alert, source: this.#source, dueMs: nowMs + STORED_MS - Math.min(ageMs, 3000) + STRIP_STORING_MS * (this.#open.length + 1), isCut: !this.#fits || this.#open.length >= STRIPS_MAX, history: undefined, parts: new Map(),
    };
    this.#open.push(strip);
    this.#strips.set(alert.name, strip);
  }

  onTick(nowMs: number): void {
    if (this.#open.length > 0 && this.#open.some(({ dueMs }) => dueMs <= nowMs)) this.#close((strip) => strip.dueMs <= nowMs, false);
  }

  /** Monitoring ends, for good or for a while. */
  onEnd(nowMs: number): void {
    this.#source.endMs = Math.min(this.#source.endMs, nowMs);
    this.#close(() => true, true);
  }

  onArrived(part: PartFacts): void {
    const { alert, index } = part;
    const strip = this.#strips.get(alert);
    const lastIndex = this.#complete.get(alert);
    if (lastIndex !== undefined && index <= lastIndex) return;
    if (!strip) return this.#judge.complain("strips", `part ${index} of a strip of alert ${alert}, which has ${lastIndex === undefined ? "none" : `ended with part ${lastIndex}`}`);
    if (strip.parts.has(index)) return;
    strip.parts.set(index, { index, isLast: part.isLast, firstSample: part.firstSample, sampleCount: part.samplesUv.length });
    if (part.samplesUv.length > 0) this.#compare(strip, part);
    const ordered = [...strip.parts.values()].toSorted((one, other) => one.index - other.index);
    const last = ordered.at(-1) as Part;
    if (!last.isLast || ordered.length <= last.index) return;
    this.#checkSpan(strip, ordered);
    this.#strips.delete(alert);
    this.#complete.set(alert, last.index);
  }

  onAlertArrived(name: string): void {
    if (this.#arrived.has(name)) return;
    this.#arrived.add(name);
    if ((this.#strips.get(name)?.parts.size ?? 0) > 0) this.#judge.complain("strips", `alert ${name} comes after a part of its strip`);
  }

  onDrop(drop: DropFacts): void {
    const key = `${drop.reason} ${drop.priority} ${drop.oldest}`;
    if (drop.lane === LANE_EVIDENCE && (this.#drops.get(key)?.count ?? 0) < drop.count) this.#drops.set(key, drop);
  }

  end(): void {
    const dropped = [...this.#drops.values()].reduce((sum, { count }) => sum + count, 0);
    let missing = 0;
    for (const strip of this.#strips.values()) {
      const { alert, parts, source } = strip;
      const isCut = strip.isCut || (source.isDisturbed && source.endMs < strip.dueMs + HANG_MS);
      missing += Math.max(-1, ...parts.keys()) + 1 - parts.size;
      const isEnded = [...parts.values()].some(({ isLast }) => isLast);
      if (!isEnded && !isCut && dropped === 0 && !this.#isDoubtful) this.#judge.complain("strips", `the strip of alert ${alert.name} has ${parts.size} parts and no end`);
    }
    if (missing > dropped && !this.#isDoubtful) this.#judge.complain("strips", `${missing} parts of strips never arrived, ${dropped} are reported as dropped`);
  }

  #checkSpan({ alert, source, isCut, history }: Strip, parts: readonly Part[]): void {
    const [first, last] = [parts[0] as Part, parts.at(-1) as Part];
    const endSample = last.firstSample + last.sampleCount;
    const onset = alert.onsetSample;
    const what = `the strip of alert ${alert.name} shows samples ${first.firstSample} to ${endSample} around ${onset}`;
    for (const [index, part] of parts.entries()) {
      const before = parts[index - 1];
      const gap = before ? part.firstSample - before.firstSample - before.sampleCount : 0;
      if (gap < 0 || (gap > 0 && !source.isDisturbed)) this.#judge.complain("strips", `${what}, with a gap of ${gap} before part ${index}`);
    }
    if (endSample - first.firstSample > SAMPLES_MAX && !source.isDisturbed) this.#judge.complain("strips", `${what}, which is too much`);
    if (isCut || source.isDisturbed) return;
    const hasBefore = first.firstSample <= Math.max(0, onset - BEFORE_SAMPLES);
    if (!hasBefore && history && codedBytes(history, onset - BEFORE_SAMPLES + (source.shift ?? 0), onset + (source.shift ?? 0) + (alert.raisedMs - alert.onsetMs) / 4) <= KEPT_BYTES) this.#judge.complain("strips", `${what}, not what was before it`);
    if (hasBefore ? endSample < onset + AFTER_SAMPLES : endSample - first.firstSample < BEFORE_SAMPLES + AFTER_SAMPLES - OVERWRITTEN_SAMPLES_MAX) this.#judge.complain("strips", `${what}, not what came after it`);
    this.whole++;
  }

  #close(isDue: (strip: Strip) => boolean, isCut: boolean): void {
    const first = Math.max(0, this.#count - HISTORY_SAMPLES);
    const samplesUv = Int16Array.from({ length: this.#count - first }, (_, index) => this.#ring[(first + index) % HISTORY_SAMPLES] as number);
    for (const strip of this.#open.filter(isDue)) {
      strip.history = { first, samplesUv };
      strip.isCut ||= isCut;
    }
    this.#open = this.#open.filter(({ history }) => history === undefined);
  }

  /** Finds the part in what the chip gave. */
  #compare({ alert, source, history }: Strip, part: PartFacts): void {
    const sampleAt = history ? (index: number) => history.samplesUv[index - history.first] : (index: number) => (index < this.#count && index >= this.#count - HISTORY_SAMPLES ? this.#ring[index % HISTORY_SAMPLES] : undefined);
    const isThere = (shift: number): boolean => part.samplesUv.every((sampleUv, index) => sampleUv === sampleAt(part.firstSample + shift + index));
    const isFixed = source.shift !== undefined && !source.isDisturbed;
    for (let step = 0; step <= (isFixed ? 0 : 2 * SEARCH_SAMPLES); step++) {
      const shift = (source.shift ?? 0) + (step % 2 === 0 ? step / 2 : -(step + 1) / 2);
      if (!isThere(shift)) continue;
      source.shift = shift;
      return;
    }
    if (!source.isCorrupt) this.#judge.complain("strips", `part ${part.index} of the strip of alert ${alert.name}, from sample ${part.firstSample} on, is not what the chip gave`);
  }
}

function newSource(): Source {
  return { shift: undefined, isDisturbed: false, isCorrupt: false, endMs: Number.POSITIVE_INFINITY };
}

/** @returns bytes of the differences of samples, by the chip's numbers */
function codedBytes({ first, samplesUv }: History, from: number, to: number): number {
  let bytes = 0;
  for (let index = Math.max(1, from - first); index < to - first; index++) {
    const difference = Math.abs((samplesUv[index] ?? 0) - (samplesUv[index - 1] ?? 0));
    bytes += difference < 64 ? 1 : difference < 8192 ? 2 : 3;
  }
  return bytes;
}

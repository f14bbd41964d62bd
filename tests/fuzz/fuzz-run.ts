// The fuzzer: varies inputs of every target from a seed on, and keeps those that go a new way through the code or come out in a new way.
import { Prng } from "../../src/base/prng.js";
import { PLACE_COUNT, beginSteps, endSteps, log2Hits, touched } from "./steps.js";
import { TARGETS, type Target, takeSaid } from "./targets.js";

/** What a decoder may take: so many steps, and so many for each byte of its input. */
const STEPS_MAX = 5000;
const STEPS_FACTOR_MAX = 50;
/** Steps do not count what the engine's own functions do. An input that takes more of the processor hangs. [ms] */
const INPUT_MS_MAX = 2000;
/** What a decoder may allocate, texts of problems included: so many bytes, and so many for each byte of its input. */
const ALLOCATED_BYTES_MAX = 65_536;
const ALLOCATED_FACTOR_MAX = 64;
/** Inputs kept for a target beside its seeds. */
const CORPUS_MAX = 500;
const INPUT_BYTES_MAX = 4096;
/** Numbers at which decoders go wrong. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x20, 0x2c, 0x2d, 0x30, 0x39, 0x22] as const;

export interface FuzzFigures {
  inputs: number;
  /** Different ways in which inputs came out, of all targets. */
  outcomes: number;
  /** Most steps that one input took. */
  stepsMost: number;
  /** Most bytes that one input allocated. */
  allocatedBytesMost: number;
  /** Places of the code that inputs have reached. */
  readonly places: Set<number>;
  readonly byTarget: Map<string, number>;
  readonly failures: string[];
}

export function newFuzzFigures(): FuzzFigures {
  return { inputs: 0, outcomes: 0, stepsMost: 0, allocatedBytesMost: 0, places: new Set(), byTarget: new Map(), failures: [] };
}

class Pool {
  readonly #target: Target;
  readonly #corpus: Uint8Array[];
  readonly #words = new Set<string>();
  /** By place and how often it was hit. */
  readonly #ways = new Uint8Array(8 * PLACE_COUNT);

  constructor(target: Target) {
    this.#target = target;
    this.#corpus = [...target.seeds];
  }

  /** @returns a varied input */
  draw(random: Prng): Uint8Array {
    const base = this.#corpus[random.below(this.#corpus.length)] as Uint8Array;
    const other = this.#corpus[random.below(this.#corpus.length)] as Uint8Array;
    return vary(base, other, random);
  }

  try(input: Uint8Array, figures: FuzzFigures): void {
    const stepsMax = STEPS_MAX + STEPS_FACTOR_MAX * input.length;
    allocatedBytes = 0;
    beginSteps(stepsMax);
    const start = performance.now();
    let word: string;
    let steps: number;
    try {
      word = this.#target.run(input);
    } finally {
      steps = endSteps();
    }
    const isSlow = performance.now() - start > INPUT_MS_MAX;
    allocatedBytes += takeSaid();
    figures.stepsMost = Math.max(figures.stepsMost, steps);
    figures.allocatedBytesMost = Math.max(figures.allocatedBytesMost, allocatedBytes);
    if (steps > stepsMax) throw new Error(`took ${steps} steps for ${input.length} bytes`);
    if (allocatedBytes > ALLOCATED_BYTES_MAX + ALLOCATED_FACTOR_MAX * input.length) throw new Error(`allocated ${allocatedBytes} bytes for ${input.length}`);
    if (isSlow) this.#measure(input);
    const isNewWay = this.#noteWay(figures);
    if (!this.#words.has(word)) {
      this.#words.add(word);
      figures.outcomes++;
    } else if (!isNewWay) return;
    if (this.#corpus.length < CORPUS_MAX) this.#corpus.push(input);
  }

  /** It may have been this machine that was busy: tries once more, by the time of the processor. */
  #measure(input: Uint8Array): void {
    const before = process.cpuUsage();
    this.#target.run(input);
    const ms = process.cpuUsage(before).user / 1000;
    if (ms > INPUT_MS_MAX) throw new Error(`took ${ms.toFixed(0)} ms`);
  }

  /** @returns whether this way through the code is new */
  #noteWay(figures: FuzzFigures): boolean {
    const ways = this.#ways;
    let isNew = false;
    for (const place of touched) {
      const way = 8 * place + log2Hits(place);
      if (ways[way] === 1) continue;
      ways[way] = 1;
      figures.places.add(place);
      isNew = true;
    }
    return isNew;
  }
}

let allocatedBytes = 0;

/** Counts the bytes of typed arrays that are made from now on, by length or as copies. @returns what undoes it */
function countAllocations(): () => void {
  const scope = globalThis as unknown as Record<string, new (...args: unknown[]) => object>;
  const names = ["ArrayBuffer", "Uint8Array", "Int16Array", "Int32Array", "Uint16Array", "Uint32Array", "Float64Array"];
  const originals = names.map((name) => scope[name] as new (...args: unknown[]) => object);
  names.forEach((name, index) => {
    const original = originals[index] as (new (...args: unknown[]) => object) & { readonly BYTES_PER_ELEMENT?: number };
    scope[name] = new Proxy(original, {
      construct(target, args: unknown[], newTarget) {
        if (typeof args[0] === "number") allocatedBytes += args[0] * (original.BYTES_PER_ELEMENT ?? 1);
        return Reflect.construct(target, args, newTarget) as object;
      },
    });
  });
  const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
  const { slice } = typedArray;
  typedArray.slice = function (this: Uint8Array, ...range) {
    const copy = slice.apply(this, range) as Uint8Array<ArrayBuffer>;
    allocatedBytes += copy.byteLength;
    return copy;
  };
  return () => {
    names.forEach((name, index) => (scope[name] = originals[index] as new (...args: unknown[]) => object));
    typedArray.slice = slice;
  };
}

/** Runs inputs until `inputs` more were tried, or a failure. */
export function fuzz(seed: number, inputs: number, figures: FuzzFigures, targets: readonly Target[] = TARGETS): void {
  const pools = new Map(targets.map((target) => [target, new Pool(target)]));
  const wheel = targets.flatMap((target) => Array.from({ length: target.share }, () => target));
  const random = new Prng(seed);
  const restore = countAllocations();
  try {
    for (let count = 0; count < inputs && figures.failures.length === 0; count++) {
      const target = wheel[random.below(wheel.length)] as Target;
      const pool = pools.get(target) as Pool;
      const input = pool.draw(random);
      figures.inputs++;
      figures.byTarget.set(target.name, (figures.byTarget.get(target.name) ?? 0) + 1);
      try {
        pool.try(input, figures);
      } catch (error) {
        figures.failures.push(`${target.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n  input: ${Buffer.from(input).toString("hex")}`);
      }
    }
  } finally {
    restore();
  }
}

function vary(base: Uint8Array, other: Uint8Array, random: Prng): Uint8Array {
  let bytes: Uint8Array = base.slice();
  for (let change = 1 + random.below(4); change > 0; change--) {
    const at = random.below(bytes.length + 1);
    const isWithin = at < bytes.length;
    switch (random.below(8)) {
      case 0:
        if (isWithin) bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
        break;
      case 1:
        if (isWithin) bytes[at] = random.below(256);
        break;
      case 2:
        if (isWithin) bytes[at] = EDGES[random.below(EDGES.length)] as number;
        break;
      case 3:
        bytes = bytes.slice(0, at);
        break;
      case 4:
        bytes = joined(bytes.subarray(0, at), other.subarray(random.below(other.length + 1)));
        break;
      case 5:
        // A part is left out, or comes twice.
        bytes = joined(bytes.subarray(0, at), bytes.subarray(random.below(bytes.length + 1)));
        break;
      case 6:
        bytes.fill(random.below(2) * 255, at, at + 1 + random.below(16));
        break;
      default:
        if (isWithin) bytes[at] = (bytes[at] as number) + (random.below(2) === 0 ? 1 : -1);
    }
  }
  return bytes;
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.min(INPUT_BYTES_MAX, one.length + other.length));
  bytes.set(one.subarray(0, bytes.length));
  bytes.set(other.subarray(0, Math.max(0, bytes.length - one.length)), Math.min(one.length, bytes.length));
  return bytes;
}

/** The figures as one line for people. */
export function fuzzText({ inputs, outcomes, stepsMost, allocatedBytesMost, places, byTarget, failures }: FuzzFigures): string {
  return (
    `${inputs} inputs to ${byTarget.size} decoders, ${outcomes} different outcomes, ${places.size} places of the code reached, ${failures.length} failures, ` +
    `at most ${allocatedBytesMost} bytes allocated and ${stepsMost} steps taken for one input`
  );
}

export { PLANTED } from "./planted.js";

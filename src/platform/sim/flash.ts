// NOR flash on the desk: programs clear bits, erases set them, power cuts leave things half done, blocks wear out, bits rot.
import { closeSync, existsSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from "node:fs";
import { Prng } from "../../base/prng.js";
import type { Flash } from "../../contracts/flash.js";

/** The power went before the operation had any effect. */
export const CUT_NOTHING = 0;
/** The power went right after the operation was complete. */
export const CUT_ALL = 1;
/** Program: any subset of the bits to clear is clear. Erase: any bits of the block have any value. */
export const CUT_TORN = 2;
/** Like CUT_TORN, and some of the bits in between read as anything the first time, then settle. */
export const CUT_UNSTABLE = 3;
export type CutOutcome = typeof CUT_NOTHING | typeof CUT_ALL | typeof CUT_TORN | typeof CUT_UNSTABLE;
export const CUT_OUTCOMES: readonly CutOutcome[] = [CUT_NOTHING, CUT_ALL, CUT_TORN, CUT_UNSTABLE];

/** Thrown out of the operation in which the power goes, and by every operation until `powerUp`. Firmware must not catch it. */
export class PowerCut extends Error {
  override readonly name = "PowerCut";
}

/** An operation that changes the flash: a program of `bytes` at `offset`, or (bytes undefined) an erase of the block at `offset`. */
export interface FlashOperation {
  offset: number;
  bytes: Uint8Array | undefined;
}

/** How a block misbehaves. */
export interface BlockFaults {
  /** Reads return false. */
  readonly read?: boolean;
  /** Programs return false and do nothing. */
  readonly program?: boolean;
  /** Programs report success, but this bit (0 to 7) of each program's first byte stays 1. */
  readonly stuckBit?: number;
  /** Erases return false and leave random bits. */
  readonly erase?: boolean;
}

export interface NorFlashOptions {
  readonly blockBytes: number;
  readonly blockCount: number;
  /** Seeds everything random. */
  readonly seed?: number;
  /** Image file, made if it is missing. Each operation is written through at once, so that even SIGKILL loses nothing. */
  readonly path?: string;
  /** Throw when the firmware programs what no firmware should: a 0 back to 1, or beyond a block. */
  readonly strict?: boolean;
  /** With `strict`: a program must cover whole units of this size, none of them programmed since the erase (ESP32 flash encryption: 16). [bytes] */
  readonly programUnitBytes?: number;
  /** Erases after which a block fails (ESP32 parts promise 100,000). */
  readonly enduranceErases?: number;
}

/**
 * Claims that it holds the firmware to: a cut may leave any subset of one program or any content in one block, and bits that read
 * badly once; bits may rot; a worn block may refuse or corrupt programs and erases. It does not model programs that disturb other blocks.
 */
export class NorFlash implements Flash {
  readonly blockBytes: number;
  readonly blockCount: number;
  /** The whole content. */
  readonly image: Uint8Array;
  /** Erases of each block. */
  readonly eraseCounts: Int32Array;
  /** Programs and erases so far. */
  operations = 0;
  programs = 0;
  erases = 0;
  reads = 0;
  bytesRead = 0;
  bytesProgrammed = 0;
  /** Called before each program and erase takes effect. The operation object is reused. */
  onOperation: ((operation: FlashOperation) => void) | undefined;

  readonly #prng: Prng;
  readonly #strict: boolean;
  readonly #unitBytes: number;
  readonly #enduranceErases: number;
  readonly #operation: FlashOperation = { offset: 0, bytes: undefined };
  /** A byte a unit: 1 = bits of it were programmed since its erase. */
  readonly #programmed: Uint8Array;
  /** Bits that read as anything the next time. */
  readonly #unstable: Uint8Array;
  #unstableBytes = 0;
  readonly #faults: (BlockFaults | undefined)[];
  #hasFaults = false;
  #file = -1;
  #cutAtOperation = -1;
  #cutOutcome: CutOutcome = CUT_NOTHING;
  #isOff = false;

  /** Throws an Error of one line if the image file has another size. */
  constructor(options: NorFlashOptions) {
    const { blockBytes, blockCount } = options;
    const bytes = blockBytes * blockCount;
    this.blockBytes = blockBytes;
    this.blockCount = blockCount;
    this.#prng = new Prng(options.seed ?? 1);
    this.#strict = options.strict ?? false;
    this.#unitBytes = options.programUnitBytes ?? 1;
    this.#enduranceErases = options.enduranceErases ?? Infinity;
    this.#programmed = new Uint8Array(bytes / this.#unitBytes);
    this.#unstable = new Uint8Array(bytes);
    this.#faults = new Array<BlockFaults | undefined>(blockCount).fill(undefined);
    this.eraseCounts = new Int32Array(blockCount);
    if (options.path === undefined) {
      this.image = new Uint8Array(bytes).fill(0xff);
      return;
    }
    if (existsSync(options.path)) {
      const found = statSync(options.path).size;
      if (found !== bytes) {
        throw new Error(`flash image ${options.path}: ${found} bytes, expected ${bytes} (${blockCount} blocks of ${blockBytes})`);
      }
      this.image = new Uint8Array(readFileSync(options.path));
    } else {
      this.image = new Uint8Array(bytes).fill(0xff);
      writeFileSync(options.path, this.image);
    }
    this.#file = openSync(options.path, "r+");
  }

  read(into: Uint8Array, offset: number): boolean {
    this.#checkRange(offset, into.length);
    this.reads++;
    this.bytesRead += into.length;
    if (this.#hasFaults && this.#faults[this.#blockOf(offset)]?.read === true) return false;
    const image = this.image;
    const length = into.length;
    for (let index = 0; index < length; index++) into[index] = image[offset + index] as number;
    if (this.#unstableBytes > 0) this.#readUnstable(into, offset);
    return true;
  }

  write(bytes: Uint8Array, offset: number): boolean {
    this.#checkRange(offset, bytes.length);
    if (this.#strict) this.#checkProgram(bytes, offset);
    this.#begin(offset, bytes);
    this.programs++;
    this.bytesProgrammed += bytes.length;
    const faults = this.#hasFaults ? this.#faults[this.#blockOf(offset)] : undefined;
    if (faults?.program === true) return false;
    this.#program(bytes, offset);
    if (faults?.stuckBit !== undefined) this.image[offset] = (this.image[offset] as number) | (1 << faults.stuckBit);
    this.#save(offset, bytes.length);
    return true;
  }

  eraseBlock(blockIndex: number): boolean {
    if (!(blockIndex >= 0 && blockIndex < this.blockCount)) throw new Error(`flash: erase of block ${blockIndex}, there are ${this.blockCount}`);
    const offset = blockIndex * this.blockBytes;
    this.#begin(offset, undefined);
    this.erases++;
    const erases = ((this.eraseCounts[blockIndex] as number) += 1);
    if (erases > this.#enduranceErases || this.#faults[blockIndex]?.erase === true) {
      this.#scramble(offset, this.#prng);
      this.#save(offset, this.blockBytes);
      return false;
    }
    this.#erase(offset);
    this.#save(offset, this.blockBytes);
    return true;
  }

  /** Lets the power go in the operation after the next `operations` ones. */
  cutAfter(operations: number, outcome: CutOutcome): void {
    this.#cutAtOperation = this.operations + operations;
    this.#cutOutcome = outcome;
  }

  /** The power is back; what the cut left behind is what there is. Cancels a cut that has not happened. */
  powerUp(): void {
    this.#isOff = false;
    this.#cutAtOperation = -1;
  }

  /** Leaves an operation half done, as a cut with this outcome does. */
  interrupt(operation: FlashOperation, outcome: CutOutcome, prng: Prng): void {
    const { offset, bytes } = operation;
    if (outcome === CUT_NOTHING) return;
    if (bytes === undefined) {
      if (outcome === CUT_ALL) this.#erase(offset);
      else this.#scramble(offset, prng);
      if (outcome === CUT_UNSTABLE) this.#destabilise(offset, this.blockBytes, prng);
      this.#save(offset, this.blockBytes);
      return;
    }
    if (outcome === CUT_ALL) this.#program(bytes, offset);
    else this.#tear(bytes, offset, outcome, prng);
    this.#save(offset, bytes.length);
  }

  /** Turns `count` random bits of the image over, as years on the shelf do. */
  rot(count: number, prng: Prng): void {
    for (let flip = 0; flip < count; flip++) this.flip(prng.below(this.image.length), prng.below(8));
  }

  /** Turns one bit over. */
  flip(offset: number, bit: number): void {
    this.image[offset] = (this.image[offset] as number) ^ (1 << bit);
    this.#save(offset, 1);
  }

  /** Makes a block misbehave from now on; `undefined` heals it. */
  setFaults(block: number, faults: BlockFaults | undefined): void {
    this.#faults[block] = faults;
    this.#hasFaults = this.#faults.some((entry) => entry !== undefined);
  }

  /** Takes over content and wear of a flash of the same geometry; the power is on. */
  copyFrom(other: NorFlash): void {
    this.image.set(other.image);
    this.eraseCounts.set(other.eraseCounts);
    this.#programmed.set(other.#programmed);
    if (this.#unstableBytes > 0 || other.#unstableBytes > 0) this.#unstable.set(other.#unstable);
    this.#unstableBytes = other.#unstableBytes;
    this.powerUp();
    this.#save(0, this.image.length);
  }

  /** Closes the image file. */
  close(): void {
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
  }

  #begin(offset: number, bytes: Uint8Array | undefined): void {
    if (this.#isOff) throw new PowerCut("flash: the power is off");
    const operation = this.#operation;
    operation.offset = offset;
    operation.bytes = bytes;
    this.onOperation?.(operation);
    if (this.operations === this.#cutAtOperation) {
      this.interrupt(operation, this.#cutOutcome, this.#prng);
      this.#isOff = true;
      throw new PowerCut(`flash: power cut in operation ${this.operations}`);
    }
    this.operations++;
  }

  #program(bytes: Uint8Array, offset: number): void {
    const image = this.image;
    const length = bytes.length;
    const programmed = this.#programmed;
    const unit = this.#unitBytes;
    for (let index = 0; index < length; index++) {
      const byte = bytes[index] as number;
      if (byte === 0xff) continue;
      image[offset + index] = (image[offset + index] as number) & byte;
      programmed[((offset + index) / unit) | 0] = 1;
    }
  }

  /** Programs a random subset of the bits to clear; how large a part of them is random, too. */
  #tear(bytes: Uint8Array, offset: number, outcome: CutOutcome, prng: Prng): void {
    const image = this.image;
    const density = prng.below(257);
    const length = bytes.length;
    for (let index = 0; index < length; index++) {
      const before = image[offset + index] as number;
      const toClear = before & ~(bytes[index] as number);
      if (toClear === 0) continue;
      const cleared = toClear & randomBits(density, prng);
      if (outcome === CUT_UNSTABLE) this.#addUnstable(offset + index, toClear & randomBits(64, prng));
      if (cleared === 0) continue;
      image[offset + index] = before & ~cleared;
      this.#programmed[((offset + index) / this.#unitBytes) | 0] = 1;
    }
  }

  #erase(offset: number): void {
    this.image.fill(0xff, offset, offset + this.blockBytes);
    this.#programmed.fill(0, offset / this.#unitBytes, (offset + this.blockBytes) / this.#unitBytes);
    if (this.#unstableBytes > 0) {
      for (let index = offset; index < offset + this.blockBytes; index++) this.#settle(index);
    }
  }

  /** Half an erase: mostly bits on their way to 1, at times anything at all, in a part of the block or in all of it. */
  #scramble(offset: number, prng: Prng): void {
    const image = this.image;
    const anything = prng.below(4) === 0;
    const density = prng.below(257);
    const from = prng.below(2) === 0 ? 0 : prng.below(this.blockBytes);
    for (let index = offset + from; index < offset + this.blockBytes; index++) {
      image[index] = anything ? prng.below(256) : (image[index] as number) | randomBits(density, prng);
    }
    this.#programmed.fill(1, offset / this.#unitBytes, (offset + this.blockBytes) / this.#unitBytes);
  }

  #destabilise(offset: number, bytes: number, prng: Prng): void {
    for (let index = offset; index < offset + bytes; index++) {
      if (prng.below(4) === 0) this.#addUnstable(index, prng.below(256));
    }
  }

  #addUnstable(index: number, bits: number): void {
    if (bits === 0) return;
    if (this.#unstable[index] === 0) this.#unstableBytes++;
    this.#unstable[index] = (this.#unstable[index] as number) | bits;
  }

  #settle(index: number): void {
    if (this.#unstable[index] === 0) return;
    this.#unstable[index] = 0;
    this.#unstableBytes--;
  }

  #readUnstable(into: Uint8Array, offset: number): void {
    const length = into.length;
    for (let index = 0; index < length; index++) {
      const bits = this.#unstable[offset + index] as number;
      if (bits === 0) continue;
      into[index] = (into[index] as number) ^ (bits & this.#prng.below(256));
      this.#settle(offset + index);
    }
  }

  #checkRange(offset: number, length: number): void {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.image.length)) {
      throw new Error(`flash: ${length} bytes at ${offset} lie outside the ${this.image.length} bytes there are`);
    }
  }

  #checkProgram(bytes: Uint8Array, offset: number): void {
    const unit = this.#unitBytes;
    if (offset % unit !== 0 || bytes.length % unit !== 0) throw new Error(`flash: program of ${bytes.length} bytes at ${offset}, expected whole units of ${unit}`);
    if (bytes.length > 0 && this.#blockOf(offset) !== this.#blockOf(offset + bytes.length - 1)) throw new Error(`flash: program of ${bytes.length} bytes at ${offset} crosses a block`);
    for (let index = 0; index < bytes.length; index++) {
      const now = this.image[offset + index] as number;
      const then = bytes[index] as number;
      if ((now & then) !== then) throw new Error(`flash: program at ${offset + index} would turn 0 into 1: ${now} to ${then}`);
      if (unit > 1 && this.#programmed[((offset + index) / unit) | 0] === 1) throw new Error(`flash: the unit at ${offset + index} was programmed before`);
    }
  }

  #blockOf(offset: number): number {
    return (offset / this.blockBytes) | 0;
  }

  #save(offset: number, length: number): void {
    if (this.#file >= 0) writeSync(this.#file, this.image, offset, length, offset);
  }
}

/** @returns 8 bits, each 1 with a chance of `density` in 256. */
function randomBits(density: number, prng: Prng): number {
  let bits = 0;
  for (let bit = 0; bit < 8; bit++) {
    if (prng.below(256) < density) bits |= 1 << bit;
  }
  return bits;
}

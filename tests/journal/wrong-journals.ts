// Journals that are wrong on purpose: the suite that passes them proves nothing.
import type { Flash } from "../../src/contracts/flash.js";
import { ProbedJournal } from "./probed-journal.js";

/** Announces before durable: `append` returns first and programs at the next call. */
export class EarlyJournal extends ProbedJournal {
  #late: (() => void) | undefined;

  override append(kind: number, priority: number, sequence: number, bytes: Uint8Array, byteCount: number, uptimeS = 0): number {
    this.#catchUp();
    const copy = bytes.slice(0, byteCount);
    this.#late = () => super.append(kind, priority, sequence, copy, byteCount, uptimeS);
    return 0;
  }

  override get pendingCount(): number {
    this.#catchUp();
    return super.pendingCount;
  }

  override nextPending(): number {
    this.#catchUp();
    return super.nextPending();
  }

  #catchUp(): void {
    const late = this.#late;
    this.#late = undefined;
    late?.();
  }
}

/** Acknowledges before durable: `acknowledge` only hides the record. */
export class ForgetfulJournal extends ProbedJournal {
  override acknowledge(handle: number): boolean {
    this.markInFlight(handle, true);
    return true;
  }
}

/** A flash that says "done" while its last programs still wait in a cache: what a journal must not do, seen from below. */
export class LazyFlash implements Flash {
  readonly blockBytes: number;
  readonly blockCount: number;
  readonly #flash: Flash;
  readonly #waitingMax: number;
  /** Oldest first. */
  readonly #waiting: { readonly bytes: Uint8Array; readonly offset: number }[] = [];

  constructor(flash: Flash, waitingMax: number) {
    this.#flash = flash;
    this.#waitingMax = waitingMax;
    this.blockBytes = flash.blockBytes;
    this.blockCount = flash.blockCount;
  }

  read(into: Uint8Array, offset: number): boolean {
    const isRead = this.#flash.read(into, offset);
    for (const { bytes, offset: start } of this.#waiting)
      for (let index = 0; index < into.length; index++) {
        const place = offset + index - start;
        if (place >= 0 && place < bytes.length) into[index] = into[index]! & bytes[place]!;
      }
    return isRead;
  }

  write(bytes: Uint8Array, offset: number): boolean {
    this.#programAllBut(this.#waitingMax - 1);
    this.#waiting.push({ bytes: bytes.slice(), offset });
    return true;
  }

  eraseBlock(blockIndex: number): boolean {
    this.#programAllBut(0);
    return this.#flash.eraseBlock(blockIndex);
  }

  #programAllBut(count: number): void {
    while (this.#waiting.length > count) {
      const { bytes, offset } = this.#waiting.shift()!;
      this.#flash.write(bytes, offset);
    }
  }
}

/** A good journal on a lazy flash. */
export class LazyFlashJournal extends ProbedJournal {
  constructor(flash: Flash, waitingMax = 1) {
    super(new LazyFlash(flash, waitingMax));
  }
}

/** The mark of a boot is two programs, and neither is durable. */
export class UnmarkedBootJournal extends LazyFlashJournal {
  constructor(flash: Flash) {
    super(flash, 2);
  }
}

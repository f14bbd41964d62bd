// Journals that are wrong on purpose: the suite that passes them proves nothing.
import type { Flash } from "../../src/contracts/flash.js";
import { Journal } from "../../src/journal/journal.js";

/** Announces before durable: `append` returns first and programs at the next call. */
export class EarlyJournal extends Journal {
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

  override mount(): ReturnType<Journal["mount"]> {
    this.#late = undefined;
    return super.mount();
  }

  #catchUp(): void {
    const late = this.#late;
    this.#late = undefined;
    late?.();
  }
}

/** Acknowledges before durable: `acknowledge` only hides the record. */
export class ForgetfulJournal extends Journal {
  override acknowledge(handle: number): boolean {
    this.markInFlight(handle, true);
    return true;
  }
}

/** A flash that says "done" while the last program still waits in a cache: what a journal must not do, seen from below. */
export class LazyFlash implements Flash {
  readonly blockBytes: number;
  readonly blockCount: number;
  readonly #flash: Flash;
  #late: { readonly bytes: Uint8Array; readonly offset: number } | undefined;

  constructor(flash: Flash) {
    this.#flash = flash;
    this.blockBytes = flash.blockBytes;
    this.blockCount = flash.blockCount;
  }

  read(into: Uint8Array, offset: number): boolean {
    const isRead = this.#flash.read(into, offset);
    const late = this.#late;
    if (late === undefined) return isRead;
    for (let index = 0; index < into.length; index++) {
      const place = offset + index - late.offset;
      if (place >= 0 && place < late.bytes.length) into[index] = into[index]! & late.bytes[place]!;
    }
    return isRead;
  }

  write(bytes: Uint8Array, offset: number): boolean {
    this.forget(this.#late);
    this.#late = { bytes: bytes.slice(), offset };
    return true;
  }

  eraseBlock(blockIndex: number): boolean {
    this.forget(this.#late);
    return this.#flash.eraseBlock(blockIndex);
  }

  /** Programs what waits; without an argument, loses it as a power cut does. */
  forget(late?: { readonly bytes: Uint8Array; readonly offset: number }): void {
    this.#late = undefined;
    if (late !== undefined) this.#flash.write(late.bytes, late.offset);
  }
}

/** A good journal on a lazy flash. */
export class LazyFlashJournal extends Journal {
  readonly #lazy: LazyFlash;

  constructor(flash: Flash) {
    const lazy = new LazyFlash(flash);
    super(lazy);
    this.#lazy = lazy;
  }

  override mount(): ReturnType<Journal["mount"]> {
    this.#lazy.forget();
    return super.mount();
  }
}

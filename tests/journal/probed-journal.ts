// The journal with what only tests ask of it.
import type { Flash } from "../../src/contracts/flash.js";
import { Journal } from "../../src/journal/journal.js";

export class ProbedJournal extends Journal {
  /** Blocks emptied by copying so far. */
  reclaims = 0;

  constructor(flash: Flash) {
    super(flash);
    const room = this["_room"];
    const reclaim = room.reclaim.bind(room);
    room.reclaim = (block: number): boolean => {
      this.reclaims++;
      return reclaim(block);
    };
  }

  sequenceOf(handle: number): number {
    this["_assertHandle"](handle);
    return this["_table"].sequenceAt(handle);
  }

  /** @returns the boot in which the record was appended. */
  bootCountOf(handle: number): number {
    this["_assertHandle"](handle);
    return this["_table"].bootCountAt(handle);
  }

  /** Mounts. @returns what came of it */
  tellMount(): { code: number; bootCount: number; pending: number } {
    return { code: this.mount(), bootCount: this.bootCount, pending: this.pendingCount };
  }
}

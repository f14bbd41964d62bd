// The recovery tables, every combination: expected outcomes are stated here again, as rules, apart from the tables.
import { describe, expect, it } from "vitest";
import { JOURNAL_FAULT, JOURNAL_FOREIGN } from "../../src/journal/codes.js";
import { HEADER_FOREIGN, HEADER_INVALID, HEADER_UNREADABLE, HEADER_VALID } from "../../src/journal/layout.js";
import type { HeaderState } from "../../src/journal/layout.js";
import * as recovery from "../../src/journal/recovery.js";

const STATES: readonly HeaderState[] = [HEADER_INVALID, HEADER_VALID, HEADER_FOREIGN, HEADER_UNREADABLE];
const BITS = [false, true];

describe("blockFate", () => {
  for (const first of STATES) {
    for (const second of STATES) {
      it(`first copy ${first}, second copy ${second}`, () => {
        const either = new Set([first, second]);
        const expected = either.has(HEADER_FOREIGN)
          ? recovery.BLOCK_FOREIGN
          : either.has(HEADER_VALID)
            ? recovery.BLOCK_USED
            : either.has(HEADER_UNREADABLE)
              ? recovery.BLOCK_BAD
              : recovery.BLOCK_FREE;
        expect(recovery.blockFate(first, second)).toBe(expected);
      });
    }
  }
});

describe("mountFate", () => {
  for (const foreign of BITS) {
    for (const valid of BITS) {
      for (const unreadable of BITS) {
        it(`foreign ${foreign}, valid ${valid}, unreadable ${unreadable}`, () => {
          const expected = foreign ? JOURNAL_FOREIGN : valid ? recovery.MOUNT_CONTINUE : unreadable ? JOURNAL_FAULT : recovery.MOUNT_FORMAT;
          expect(recovery.mountFate(foreign, valid, unreadable)).toBe(expected);
        });
      }
    }
  }
});

describe("recordFate", () => {
  it("every kind", () => {
    for (let kind = 0; kind < 256; kind++) {
      const expected = kind === 0 ? recovery.RECORD_KEPT : kind < 128 ? recovery.RECORD_PENDING : kind < 192 ? recovery.RECORD_KEPT : recovery.RECORD_SPENT;
      expect(recovery.recordFate(kind), `kind ${kind}`).toBe(expected);
    }
  });
});

// Vault: what was commanded is there after any restart, whatever its bytes are; a block that is not whole counts for nothing.
import { describe, expect, it } from "vitest";
import type { Store } from "../../src/contracts/store.js";
import { Prng } from "../../src/base/prng.js";
import { type Limits, Vault } from "../../src/security/vault.js";

const KEY = { epoch: 1, key: new Uint8Array(16).fill(7) };
const COMMAND_KEY = new Uint8Array(16).fill(9);

class MemoryStore implements Store {
  bytes: Uint8Array | undefined;
  works = true;
  read(): Uint8Array | undefined {
    return this.bytes?.slice();
  }
  write(bytes: Uint8Array): boolean {
    if (this.works) this.bytes = bytes.slice();
    return this.works;
  }
}
const LIMITS: Limits = new Map([["asystoleMs", 6000]]);
const start = (store: Store, commandKey = COMMAND_KEY): Vault => new Vault(store, KEY, commandKey);

describe("Vault", () => {
  it("has nothing at first", () => {
    const vault = start(new MemoryStore());
    expect([vault.sequence, vault.result, vault.limits, vault.dataKey]).toEqual([0, 0, {}, KEY]);
  });
  // Checksums of either sign come up among so many.
  it("keeps everything over a thousand restarts", () => {
    const store = new MemoryStore();
    const prng = new Prng(3);
    for (let round = 1; round <= 1000; round++) {
      const sequence = 2 ** 40 + 1000 * round + prng.below(1000);
      const key = { epoch: round, key: Uint8Array.from({ length: 16 }, () => prng.below(256)) };
      const limit = 40 + prng.below(60);
      expect(start(store).commit(sequence, 1 + (round % 4), key, new Map([["pauseMs", limit]]))).toBe(true);
      const again = start(store);
      expect([again.sequence, again.result, again.limits]).toEqual([sequence, 1 + (round % 4), { pauseMs: limit }]);
      expect([again.dataKey.epoch, ...again.dataKey.key]).toEqual([round, ...key.key]);
    }
  });
  it("believes no block with a wrong bit or of another length", () => {
    const store = new MemoryStore();
    start(store).commit(77, 1);
    const whole = store.bytes!;
    for (let bit = 0; bit < 8 * whole.length; bit++) {
      store.bytes = whole.slice();
      store.bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(start(store).sequence).toBe(0);
    }
    store.bytes = whole.subarray(1);
    expect(start(store).sequence).toBe(0);
  });
  it("after a new provision keeps the number of the last command and nothing else", () => {
    const store = new MemoryStore();
    for (let sequence = 1; sequence < 50; sequence++) {
      start(store).commit(sequence, 2, { epoch: 5, key: new Uint8Array(16) }, LIMITS);
      const vault = start(store, new Uint8Array(16).fill(sequence + 20));
      expect([vault.sequence, vault.result, vault.limits, vault.dataKey]).toEqual([sequence, 0, {}, KEY]);
    }
  });
  it("changes nothing when the store fails", () => {
    const store = new MemoryStore();
    const vault = start(store);
    store.works = false;
    expect(vault.commit(5, 1, undefined, LIMITS)).toBe(false);
    expect([vault.sequence, vault.limits]).toEqual([0, {}]);
  });
});

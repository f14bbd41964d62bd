// Mounting: how much it reads of 1 MB of flash, what that costs on XS, and what it makes of a block that shows its records late.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { buildXsHost } from "../../scripts/build-xs-host.js";
import { bundleForXs } from "../../scripts/bundle-xs.js";
import type { Flash } from "../../src/contracts/flash.js";
import { BLOCK_SEQUENCE_WORD, GRANULE_BYTES, HEADER_WORDS, RECORD_MAGIC, RECORDS_OFFSET, sealBlockHeader } from "../../src/journal/layout.js";
import { NorFlash } from "../../src/platform/sim/flash.js";
import { bootOnXs } from "./boot-on-xs.js";
import { makeMountLoad, MOUNT_LOADS } from "./mount-loads.js";
import { ProbedJournal } from "./probed-journal.js";

const host = await buildXsHost({ quiet: true });
if (!host.ok) console.warn(`SKIPPED: the cost of mounting on XS: ${host.reason}`);

const folder = mkdtempSync(join(tmpdir(), "edgebeat-mount-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Granules that begin like a record, delivered ones of blocks not yet reused included. */
function recordsOn({ image }: NorFlash): number {
  let count = 0;
  for (let offset = 0; offset < image.length; offset += GRANULE_BYTES) if (image[offset] === RECORD_MAGIC) count++;
  return count;
}

describe("mounting 1 MB", () => {
  for (const load of MOUNT_LOADS) {
    it(`${load.name}: reads each record's header twice at most, and less than the flash holds`, () => {
      const flash = makeMountLoad(load);
      flash.reads = 0;
      flash.bytesRead = 0;
      const pending = load.name.startsWith("undelivered") ? load.records : load.name === "delivered but one" ? 1 : 0;
      expect(new ProbedJournal(flash).tellMount()).toMatchObject({ code: 0, pending });
      // Besides: headers of blocks, the erased granules at the end of each, areas of the few copies and drop reports, the head block once more.
      expect(flash.reads).toBeLessThan(2 * recordsOn(flash) + 8 * flash.blockCount + 256);
      expect(flash.bytesRead).toBeLessThan(flash.image.length);
    });
  }

  it.skipIf(!host.ok)("full of undelivered alerts: costs less than 30 million bytecodes on XS", async () => {
    const bundlePath = join(folder, "device.js");
    await bundleForXs(new URL("../../hardware/desk/device.ts", import.meta.url).pathname, bundlePath);
    const load = MOUNT_LOADS.find(({ name }) => name === "undelivered, mixed")!;
    const bytecodes = await bootOnXs((host as { path: string }).path, bundlePath, makeMountLoad(load));
    expect(bytecodes).toBeLessThan(30e6);
  });
});

/** A flash one range of which reads as erased for as long as `hidden` is set: a program cut so late that its bits read badly. */
class HidingFlash implements Flash {
  readonly blockBytes: number;
  readonly blockCount: number;
  readonly #flash: NorFlash;
  hidden: { readonly from: number; readonly to: number } | undefined;

  constructor(flash: NorFlash) {
    this.#flash = flash;
    this.blockBytes = flash.blockBytes;
    this.blockCount = flash.blockCount;
  }

  read(into: Uint8Array, offset: number): boolean {
    const isRead = this.#flash.read(into, offset);
    const { from, to } = this.hidden ?? { from: 0, to: 0 };
    for (let index = 0; index < into.length; index++) if (offset + index >= from && offset + index < to) into[index] = 0xff;
    return isRead;
  }

  write(bytes: Uint8Array, offset: number): boolean {
    return this.#flash.write(bytes, offset);
  }

  eraseBlock(blockIndex: number): boolean {
    return this.#flash.eraseBlock(blockIndex);
  }
}

describe("a block that shows its record late", () => {
  it("counts for nothing: the boot that did not see it has said so, and alerts appended since are kept", () => {
    const flash = new HidingFlash(new NorFlash({ blockBytes: 512, blockCount: 16, strict: true }));
    const payload = new Uint8Array(300);
    const append = (sequence: number, byteCount: number): void => expect(journal.append(1, 3, sequence, payload, byteCount)).toBeGreaterThanOrEqual(0);
    let journal = new ProbedJournal(flash);
    journal.mount();
    // Leaves room for a boot mark in the first block, and not for the next alert, which goes to the second.
    append(1, 240);
    append(2, 200);
    const secondBlock = { from: 512 + RECORDS_OFFSET, to: 512 + RECORDS_OFFSET + GRANULE_BYTES };
    flash.hidden = secondBlock;
    journal = new ProbedJournal(flash);
    expect(journal.tellMount()).toMatchObject({ code: 0, pending: 1, bootCount: 2 });
    flash.hidden = undefined;
    journal = new ProbedJournal(flash);
    expect(journal.tellMount()).toMatchObject({ code: 0, pending: 1, bootCount: 3 });
    append(3, 20);
    append(4, 20);
    journal = new ProbedJournal(flash);
    expect(journal.tellMount()).toMatchObject({ code: 0, pending: 3, bootCount: 4 });
  });
});

describe("a block without a record that has the sequence of the head", () => {
  // A block that could not be read for a while may have been opened under a number that was given again meanwhile.
  it.each([0, 5])("is passed over, as block %i", (twin) => {
    const flash = new NorFlash({ blockBytes: 512, blockCount: 16 });
    const first = new ProbedJournal(flash);
    first.mount();
    for (let sequence = 1; sequence <= 6; sequence++) expect(first.append(1, 3, sequence, new Uint8Array(48), 48)).toBeGreaterThanOrEqual(0);
    const head = first["_log"].map.head;
    expect(head).toBeGreaterThan(0);
    // The alerts of block 0 go with it.
    const pending = twin === 0 ? 2 : 6;
    const words = new Int32Array(HEADER_WORDS);
    words[BLOCK_SEQUENCE_WORD] = first["_log"].newestSequence;
    sealBlockHeader(words, 0, 512, twin);
    flash.image.fill(0xff, twin * 512, (twin + 1) * 512);
    flash.image.set(new Uint8Array(words.buffer), twin * 512);
    expect(new ProbedJournal(flash).tellMount()).toEqual({ code: 0, bootCount: 2, pending });
  });
});

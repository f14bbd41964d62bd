/*---
description: The flash contract on real NOR, in the partition xs_test that the SDK carves for tests: programs clear bits, erases set them, and how long both take.
flags: [module]
---*/
// For Moddable's testmc on a device; hardware/README.md says how. The journal's partition is not touched.
import FlashStorage from "embedded:storage/flash";
import Time from "time";

/** An erase beyond this loses samples of a 32-word FIFO (128 ms at 250 samples/s). [ms] */
const ERASE_MS_MAX = 128;
const flash = FlashStorage.open({ path: "xs_test", mode: "r+" });
const { blockLength, blocks } = flash.status();
assert.sameValue(blockLength, 4096, "block of 4 KB");
assert(blocks >= 2, "at least two blocks");

function bytesAt(offset, count) {
  const bytes = new Uint8Array(count);
  flash.read(bytes, offset);
  return bytes.join();
}

let longestMs = 0;
for (let round = 0; round < 16; round++) {
  const start = Time.ticks;
  flash.eraseBlock(0);
  longestMs = Math.max(longestMs, Time.delta(start));
}
trace(`flash: longest erase ${longestMs} ms\n`);
assert(longestMs <= ERASE_MS_MAX, `erase took ${longestMs} ms, expected at most ${ERASE_MS_MAX}`);
assert.sameValue(bytesAt(0, 4), "255,255,255,255", "erased bytes are 0xFF");
flash.write(Uint8Array.of(0xf0, 0x0f), 1);
assert.sameValue(bytesAt(0, 4), "255,240,15,255", "a program of any alignment");
flash.write(Uint8Array.of(0x3c), 1);
assert.sameValue(bytesAt(1, 1), "48", "a program can only clear bits");

flash.eraseBlock(1);
const page = new Uint8Array(256).fill(0x55);
const start = Time.ticks;
for (let offset = 0; offset < blockLength; offset += 256) flash.write(page, blockLength + offset);
trace(`flash: ${blockLength} bytes programmed in ${Time.delta(start)} ms\n`);
assert.sameValue(bytesAt(2 * blockLength - 2, 2), "85,85", "programmed to the end of the block");
assert.sameValue(bytesAt(0, 2), "255,48", "the block before is left alone");
flash.eraseBlock(0, 2);
assert.sameValue(bytesAt(blockLength, 1), "255", "a range of blocks is erased");
flash.close();

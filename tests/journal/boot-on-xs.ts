// Starts the desk's firmware on XS on a given flash, to count what mounting costs there.
import { CALL_BOOT, OP_FLASH_ERASE, OP_FLASH_READ, OP_FLASH_WRITE } from "../../src/platform/desk/border.js";
import type { NorFlash } from "../../src/platform/sim/flash.js";
import { XsEngine } from "../../src/platform/sim/xs-engine.js";

/** Enough for the maps of 1 MB beside the whole firmware; the boards have 448 KB of flash for the journal. [bytes] */
const ARENA_BYTES = 131_072;

/**
 * @param bundlePath `hardware/desk/device.ts`, bundled
 * @returns bytecodes from power-on until the journal is mounted
 */
export async function bootOnXs(hostPath: string, bundlePath: string, flash: NorFlash): Promise<number> {
  const engine = await XsEngine.start({
    hostPath,
    bundlePath,
    arenaBytes: ARENA_BYTES,
    onHostCall: (op, a, _b, bytes = new Uint8Array(0)) => {
      if (op === OP_FLASH_READ) return flash.read(bytes, a) ? 1 : 0;
      if (op === OP_FLASH_WRITE) return flash.write(bytes, a) ? 1 : 0;
      if (op === OP_FLASH_ERASE) return flash.eraseBlock(a) ? 1 : 0;
      return 0;
    },
  });
  const before = (await engine.memory()).bytecodes;
  const options = { config: {}, entropy: 1, flashBlockBytes: flash.blockBytes, flashBlockCount: flash.blockCount };
  await engine.call(CALL_BOOT, 0, 0, new TextEncoder().encode(JSON.stringify(options)));
  const { bytecodes } = await engine.memory();
  await engine.kill();
  return bytecodes - before;
}

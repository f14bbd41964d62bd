// The firmware on an emulated microcontroller (bare-metal RV32IMC under QEMU): the same as on V8, within its budgets, through power cuts.
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import createDevice from "../../../hardware/desk/device.js";
import { type McuBuild, buildMcu } from "../../../scripts/build-mcu.js";
import { Prng } from "../../../src/base/prng.js";
import { CALL_BOOT, OP_FLASH_ERASE, OP_FLASH_READ, OP_FLASH_WRITE, type HostCall } from "../../../src/platform/desk/border.js";
import { CUT_TORN, NorFlash } from "../../../src/platform/sim/flash.js";
import { NodeEngine } from "../../../src/platform/sim/node-engine.js";
import { XsEngine } from "../../../src/platform/sim/xs-engine.js";
import { XsEngineError } from "../../../src/platform/sim/xs-engine-error.js";
import { BUDGETS, type Figures, figuresOf, NATIVE_BUDGETS } from "./budgets.js";
import { CALL_STORE, OP_DELIVERED, OP_DELIVERING, OP_FOUND, OP_STORED, WRITER_BLOCK_BYTES, WRITER_BLOCK_COUNT } from "./journal-writer.js";
import { meteredChain, type MeteredRun, meteredRun } from "./metered-run.js";

type Built = Extract<McuBuild, { ok: true }>;

const device = await buildMcu({ quiet: true });
const nativeDevice = await buildMcu({ quiet: true, native: true });
if (!device.ok) console.warn(`SKIPPED: the emulated microcontroller: ${device.reason}`);

/** Long enough for the learning of the signal, two alerts and forty beats. */
const SECONDS = 35;
const CUTS = 12;
/** Every second cut falls into the start, the others into some seven records after it. [instructions] */
const START_INSTRUCTIONS = 15_000_000;
const RECORDS_INSTRUCTIONS = 4_000_000;
const RECORDS_MAX = 100;

function start(built: McuBuild, onHostCall: HostCall, onTorn?: HostCall): Promise<XsEngine> {
  const { emulator, emulatorWords } = built as Built;
  return XsEngine.start({ hostPath: emulator, hostWords: emulatorWords, onHostCall, ...(onTorn && { onTorn }) });
}

const PATHS = [
  { path: "TypeScript", native: false, built: device, budgets: BUDGETS },
  { path: "native", native: true, built: nativeDevice, budgets: NATIVE_BUDGETS },
];

describe.skipIf(!device.ok).each(PATHS)("the emulated microcontroller, $path path", ({ native, built, budgets }) => {
  let run: MeteredRun;
  let figures: Figures;

  beforeAll(async () => {
    run = await meteredRun((hostCall) => start(built, hostCall), SECONDS, true);
    const chain = await buildMcu({ entry: fileURLToPath(new URL("chain-device.ts", import.meta.url)), quiet: true, native });
    figures = figuresOf(run, (built as Built).sizes, await meteredChain((hostCall) => start(chain, hostCall), SECONDS));
  });

  it("raises the same alerts and writes the same flash as V8", async () => {
    const onNode = await meteredRun(async (hostCall) => new NodeEngine(createDevice, hostCall), SECONDS);
    expect(run.alerts).toBeGreaterThan(0);
    expect(run.digest).toBe(onNode.digest);
  });

  it("counts instructions exactly: a second run costs the same to the last one", async () => {
    const again = await meteredRun((hostCall) => start(built, hostCall), 5);
    expect(again.bootInstructions).toBe(run.bootInstructions);
    expect(again.ticks).toEqual(run.ticks.slice(0, again.ticks.length));
  });

  it("makes nothing in the sample path", () => {
    expect([run.quietSlots, run.quietChunkBytes]).toEqual([0, 0]);
  });

  it.each(budgets)("$name: at most $limit $unit (target $target)", ({ key, limit }) => {
    expect(figures[key]).toBeGreaterThanOrEqual(0);
    expect(figures[key]).toBeLessThanOrEqual(limit);
  });
});

describe.skipIf(!device.ok)("the journal on the emulated microcontroller", () => {
  it(`loses nothing and brings nothing back in ${CUTS} power cuts at any instruction`, async () => {
    const writer = await buildMcu({ entry: fileURLToPath(new URL("journal-writer.ts", import.meta.url)), quiet: true });
    expect(writer.ok).toBe(true);
    const flash = new NorFlash({ blockBytes: WRITER_BLOCK_BYTES, blockCount: WRITER_BLOCK_COUNT, strict: true });
    const random = new Prng(6);
    const [stored, delivering, delivered] = [new Set<number>(), new Set<number>(), new Set<number>()];
    let found = new Set<number>();
    let next = 1;
    let torn = 0;
    const onHostCall: HostCall = (op, a, _b, bytes = new Uint8Array(0)) => {
      if (op === OP_FLASH_READ) return flash.read(bytes, a) ? 1 : 0;
      if (op === OP_FLASH_WRITE) return flash.write(bytes, a) ? 1 : 0;
      if (op === OP_FLASH_ERASE) return flash.eraseBlock(a) ? 1 : 0;
      if (op === OP_FOUND) {
        expect(found.has(a)).toBe(false);
        found.add(a);
      }
      if (op === OP_STORED) stored.add(a);
      if (op === OP_DELIVERING) delivering.add(a);
      if (op === OP_DELIVERED) delivered.add(a);
      return 0;
    };
    const onTorn: HostCall = (op, a, _b, bytes) => {
      torn++;
      flash.interrupt(op === OP_FLASH_ERASE ? { offset: a * WRITER_BLOCK_BYTES, bytes: undefined } : { offset: a, bytes }, CUT_TORN, random);
      return 0;
    };
    for (let cut = 0; cut <= CUTS; cut++) {
      const engine = await start(writer, onHostCall, onTorn);
      // The last start is left alone.
      const [cutsStart, cutsRecords] = [cut < CUTS && cut % 2 === 1, cut < CUTS && cut % 2 === 0];
      if (cutsStart) engine.cutAfter(1 + random.below(START_INSTRUCTIONS));
      found = new Set();
      try {
        expect(await engine.call(CALL_BOOT, 0, 0)).toBeGreaterThan(0);
        for (const number of stored) if (!delivering.has(number)) expect(found).toContain(number);
        for (const number of delivered) expect(found).not.toContain(number);
        if (cutsRecords) engine.cutAfter(1 + random.below(RECORDS_INSTRUCTIONS));
        // After a cut that is never reached the number of records ends it.
        for (let left = cut < CUTS ? RECORDS_MAX : 3; left > 0; left--) expect(await engine.call(CALL_STORE, next++, 0)).toBe(0);
      } catch (error) {
        if (!(error instanceof XsEngineError && error.reason === "power cut")) throw error;
      }
      await engine.kill();
    }
    console.log(`${CUTS} cuts, ${torn} of them within a program or an erase; ${stored.size} records stored, ${delivered.size} delivered`);
    expect(stored.size).toBeGreaterThan(CUTS);
    expect(torn).toBeGreaterThan(0);
  });
});

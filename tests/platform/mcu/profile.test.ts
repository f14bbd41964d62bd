// What `npm run mcu -- --modules` and `--profile` tell: every byte and every instruction, each of the function that it belongs to.
import { describe, expect, it } from "vitest";
import { BENCH_MODULES, buildMcu } from "../../../scripts/build-mcu.js";
import { listImage } from "../../../scripts/image-listing.js";
import { Profiles } from "../../../scripts/mcu-profile.js";
import { CALL_TICK } from "../../../src/platform/desk/border.js";
import { XsEngine } from "../../../src/platform/sim/xs-engine.js";
import { meteredRun } from "./metered-run.js";

const plain = await buildMcu({ quiet: true, native: true });
const profiled = await buildMcu({ quiet: true, native: true, profile: true });
if (!plain.ok) console.warn(`SKIPPED: the emulated microcontroller: ${plain.reason}`);

const SECONDS = 8;
/** What telling XS's calls costs, and the compiler's other choices around it. */
const OVERHEAD = 1.06;

function started({ emulator, emulatorWords }: { emulator: string; emulatorWords: readonly string[] }, onTrace?: (line: string) => void) {
  return (onHostCall: (op: number, a: number, b: number, bytes?: Uint8Array) => number) =>
    XsEngine.start({ hostPath: emulator, hostWords: emulatorWords, onHostCall, ...(onTrace && { onTrace }) });
}

describe.skipIf(!plain.ok)("where the costs lie", () => {
  it("gives every byte of the image to a module of the source", async () => {
    if (!plain.ok) return;
    const { modules, functions } = await listImage(plain);
    const imageBytes = plain.sizes.bytecodeBytes + plain.sizes.benchBytes;
    expect([...modules.values()].reduce((sum, bytes) => sum + bytes, 0)).toBe(imageBytes);
    expect(functions.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(imageBytes);
    expect([...modules.keys()].filter((name) => name !== "(all)" && !/^(src|hardware)\/.*\.ts$/.test(name))).toEqual([]);
    expect(modules.get("(all)")).toBeLessThan(plain.sizes.bytecodeBytes / 50);
    expect([...modules.keys()]).toEqual(expect.arrayContaining([...BENCH_MODULES]));
  });

  it.each(["Monitor.tick src/monitor/monitor.ts", "Frames.decode src/native/max30003/frames.ts", "Journal.append src/journal/journal.ts"])("names %s", async (expected) => {
    if (!plain.ok) return;
    const { functions } = await listImage(plain);
    expect(functions.map(({ name, module }) => `${name} ${module}`)).toContain(expected);
  });

  it("gives every instruction to a function, and does not change what the firmware does", async () => {
    if (!plain.ok || !profiled.ok) return;
    const profiles = new Profiles();
    const run = await meteredRun(async (hostCall) => profiles.watch(await started(profiled, (line) => profiles.take(line))(hostCall), CALL_TICK), SECONDS);
    const without = await meteredRun(started(plain), SECONDS);
    expect(run.digest).toBe(without.digest);
    expect(profiles.ticks).toHaveLength(without.ticks.length);
    const { functions } = await listImage(profiled);
    const tick = functions.find(({ name }) => name === "Monitor.tick");
    for (const [index, { code, rows }] of profiles.ticks.entries()) {
      const { instructions } = without.ticks[index] as (typeof without.ticks)[number];
      const sum = rows.reduce((total, { self }) => total + self, 0);
      expect(sum).toBe((run.ticks[index] as (typeof run.ticks)[number]).instructions);
      expect(sum).toBeGreaterThan(instructions);
      expect(sum).toBeLessThan(instructions * OVERHEAD);
      expect(rows.filter(({ address }) => address === code + (tick?.start ?? -1)).map(({ calls }) => calls)).toEqual([1]);
    }
  });
});

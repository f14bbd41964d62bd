// Weeks and months of uptime: beyond 32 bits of milliseconds a quiet tick still takes no floating point on XS, and beyond 32 bits of samples beats keep their numbers.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { buildXsHost } from "../../../scripts/build-xs-host.js";
import { bundleForXs } from "../../../scripts/bundle-xs.js";
import { Max30003Emulator } from "../../../src/drivers/max30003/emulator.js";
import { CALL_BOOT, CALL_TICK, OP_BEAT, OP_FLASH_ERASE, OP_FLASH_READ, OP_FLASH_WRITE, OP_MQTT_OPEN, OP_SPI_TRANSFER, type HostCall } from "../../../src/platform/desk/border.js";
import { NorFlash } from "../../../src/platform/sim/flash.js";
import { SyntheticPatient, parseScenario } from "../../../src/platform/sim/synthetic-patient.js";
import { WORLD_TICK_MS } from "../../../src/platform/sim/world.js";
import { XsEngine } from "../../../src/platform/sim/xs-engine.js";

const host = await buildXsHost({ quiet: true });
if (!host.ok) console.warn(`SKIPPED: long uptime on XS: ${host.reason}`);

const folder = mkdtempSync(join(tmpdir(), "edgebeat-uptime-"));
afterAll(() => rmSync(folder, { recursive: true }));

const BLOCK_BYTES = 4096;
const BLOCK_COUNT = 16;
const DAY_MS = 86_400_000;
/** The bus fails over a leap in time, and the samples of that are lost; less than half of what the counter takes. [ms] */
const LEAP_MS = 20 * DAY_MS;
const SETTLED_TICKS = 1500;
const WATCHED_TICKS = 100;

/** @returns floating point operations of each quiet tick, and the number of the last beat, after so many leaps */
async function watch(leaps: number): Promise<{ floats: number[]; beatSample: number; uptimeMs: number }> {
  const bundlePath = join(folder, "firmware.js");
  await bundleForXs(new URL("../../../hardware/mcu/device.ts", import.meta.url).pathname, bundlePath, { native: true });
  const scenario = parseScenario("sinus:60@120");
  if (!scenario.ok) throw new Error(scenario.problem);
  const patient = new SyntheticPatient("sinus", scenario.segments, 3);
  let next = 0;
  const chip = new Max30003Emulator({ nextSample: () => patient.sampleUv(next++), leadOff: false });
  const flash = new NorFlash({ blockBytes: BLOCK_BYTES, blockCount: BLOCK_COUNT });
  let [events, beatSample, busFails] = [0, -1, false];
  const onHostCall: HostCall = (op, a, _b, bytes = new Uint8Array(0)) => {
    if (op !== OP_SPI_TRANSFER) events++;
    else if (busFails) return -1;
    else chip.transfer(bytes);
    if (op === OP_FLASH_READ) return flash.read(bytes, a) ? 1 : 0;
    if (op === OP_FLASH_WRITE) return flash.write(bytes, a) ? 1 : 0;
    if (op === OP_FLASH_ERASE) return flash.eraseBlock(a) ? 1 : 0;
    if (op === OP_MQTT_OPEN) return 1; // A broker that never answers.
    if (op === OP_BEAT) beatSample = a;
    return 0;
  };
  const engine = await XsEngine.start({ hostPath: (host as { path: string }).path, bundlePath, onHostCall });
  const options = { config: {}, entropy: 1, flashBlockBytes: BLOCK_BYTES, flashBlockCount: BLOCK_COUNT };
  await engine.call(CALL_BOOT, 0, 0, new TextEncoder().encode(JSON.stringify(options)));
  let [nowMs, chipMs] = [0, 0];
  const tick = async (): Promise<void> => {
    nowMs += WORLD_TICK_MS;
    chipMs += WORLD_TICK_MS;
    chip.advanceTo(chipMs * 1000);
    await engine.call(CALL_TICK, nowMs | 0, 0);
  };
  for (let count = 0; count < 50; count++) await tick();
  for (let leap = 0; leap < leaps; leap++) {
    busFails = true;
    nowMs += LEAP_MS;
    await tick();
    busFails = false;
    // The chip is set up anew, and its samples end the gap.
    for (let count = 0; count < 50; count++) await tick();
  }
  for (let count = 0; count < SETTLED_TICKS; count++) await tick();
  const floats: number[] = [];
  let before = (await engine.memory(false)).floatOperations;
  for (let count = 0; count < WATCHED_TICKS; count++) {
    events = 0;
    await tick();
    const { floatOperations } = await engine.memory(false);
    if (events === 0) floats.push(floatOperations - before);
    before = floatOperations;
  }
  await engine.kill();
  return { floats, beatSample, uptimeMs: nowMs };
}

describe.skipIf(!host.ok)("a quiet tick on XS", () => {
  it.each([
    [0, 0],
    [20, 1],
    [40, 2],
    [60, 3],
  ])("takes no floating point after %d days", async (_days, leaps) => {
    const { floats } = await watch(leaps);
    expect(floats.length).toBeGreaterThan(WATCHED_TICKS / 2);
    expect(Math.max(...floats)).toBe(0);
  });

  it("after 120 days, with sample numbers beyond 2^31, takes a few, and its beats still have the numbers that time says", async () => {
    const { floats, beatSample, uptimeMs } = await watch(6);
    expect(beatSample).toBeGreaterThan(2 ** 31);
    expect(Math.abs(beatSample * 4 - uptimeMs)).toBeLessThan(2500);
    expect(Math.max(...floats)).toBeLessThanOrEqual(12);
  });
});

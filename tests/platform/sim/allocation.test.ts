// The sample path creates nothing: the XS heap is the same after ten seconds of beats, without any collection in between.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { buildXsHost } from "../../../scripts/build-xs-host.js";
import { bundleForXs } from "../../../scripts/bundle-xs.js";
import { Max30003Emulator } from "../../../src/drivers/max30003/emulator.js";
import {
  CALL_BOOT, CALL_TICK, OP_ALERT, OP_BEAT, OP_FLASH_ERASE, OP_FLASH_READ, OP_FLASH_WRITE, OP_MQTT_OPEN, OP_SPI_TRANSFER, type HostCall,
} from "../../../src/platform/desk/border.js";
import { NorFlash } from "../../../src/platform/sim/flash.js";
import { resampleRecording } from "../../../src/platform/sim/patient.js";
import { WORLD_TICK_MS } from "../../../src/platform/sim/world.js";
import { XsEngine } from "../../../src/platform/sim/xs-engine.js";
import { loadRecord } from "../../../src/wfdb/record.js";
import { DEMO_RECORD } from "../../ecg-data.js";

const host = await buildXsHost({ quiet: true });
if (!host.ok) console.warn(`SKIPPED: the allocation test on XS: ${host.reason}`);

const folder = mkdtempSync(join(tmpdir(), "edgebeat-allocation-"));
afterAll(() => rmSync(folder, { recursive: true }));

const BLOCK_BYTES = 4096;
const BLOCK_COUNT = 16;
const STACK_SLOTS = 384;
/** As on the boards (hardware/common/manifest-esp32.json). */
const ARENA_BYTES = 94_208;

describe.skipIf(!host.ok)("the sample path on XS", () => {
  it("makes no object and no chunk while it reads 2,500 samples and finds their beats", async () => {
    const bundlePath = join(folder, "firmware.js");
    await bundleForXs(new URL("../../../hardware/desk/device.ts", import.meta.url).pathname, bundlePath);
    const record = loadRecord(DEMO_RECORD, { lead: 0 });
    const ecgUv = resampleRecording((record.leads[0] as (typeof record.leads)[number]).samplesUv, record.sampleRateHz);
    const chip = new Max30003Emulator({ nextSample: (_index, timeUs) => ecgUv[Math.round(timeUs / 4000)] as number, leadOff: false });
    const flash = new NorFlash({ blockBytes: BLOCK_BYTES, blockCount: BLOCK_COUNT });
    let beats = 0;
    let alerts = 0;
    const onHostCall: HostCall = (op, a, _b, bytes = new Uint8Array(0)) => {
      if (op === OP_SPI_TRANSFER) chip.transfer(bytes);
      if (op === OP_FLASH_READ) return flash.read(bytes, a) ? 1 : 0;
      if (op === OP_FLASH_WRITE) return flash.write(bytes, a) ? 1 : 0;
      if (op === OP_FLASH_ERASE) return flash.eraseBlock(a) ? 1 : 0;
      if (op === OP_MQTT_OPEN) return 1; // A broker that never answers.
      if (op === OP_BEAT) beats++;
      if (op === OP_ALERT) alerts++;
      return 0;
    };
    const engine = await XsEngine.start({ hostPath: (host as { path: string }).path, bundlePath, onHostCall, stackSlots: STACK_SLOTS, arenaBytes: ARENA_BYTES });
    const options = { config: {}, entropy: 1, flashBlockBytes: BLOCK_BYTES, flashBlockCount: BLOCK_COUNT };
    await engine.call(CALL_BOOT, 0, 0, new TextEncoder().encode(JSON.stringify(options)));
    let nowMs = 0;
    const pass = async (seconds: number): Promise<void> => {
      for (const endMs = nowMs + seconds * 1000; nowMs < endMs; ) {
        nowMs += WORLD_TICK_MS;
        chip.advanceTo(nowMs * 1000);
        await engine.call(CALL_TICK, nowMs, 0);
      }
    };
    // The strip of the record's first alert is in flash by then: storing one makes a few objects that the collector takes back.
    await pass(15);
    const alertsBefore = alerts;
    const before = await engine.memory();
    beats = 0;
    await pass(10);
    const after = await engine.memory();
    await engine.kill();
    expect(beats).toBeGreaterThan(15);
    expect(alerts).toBe(alertsBefore);
    expect(after.collections - before.collections).toBe(0);
    expect(after.slots - before.slots).toBe(0);
    expect(after.chunksBytes - before.chunksBytes).toBe(0);
  });
});

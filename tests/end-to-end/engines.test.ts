// The same firmware on V8 and on the real XS engine in the device's memory: the same digest, and memory that stays as it is.
import { beforeAll, describe, expect, it } from "vitest";
import { type Run, runSim } from "./command.js";

interface BuildXsHost {
  buildXsHost(options: { quiet: boolean }): Promise<{ ok: true; path: string } | { ok: false; reason: string }>;
}

const script: string = "../../scripts/build-xs-host.js";
const { buildXsHost } = (await import(script)) as BuildXsHost;
const host = await buildXsHost({ quiet: true });
if (!host.ok) console.warn(`SKIPPED: tests on the XS engine: ${host.reason}`);

/** Memory of an ESP32-C3's JavaScript: all of it one pool. [bytes] Source: Moddable SDK 8.2.3, esp32c3 target manifest, creation.static. */
const ARENA_BYTES = 94_208;

interface Memory {
  readonly arenaBytes: number;
  readonly arenaPeakBytes: number;
  readonly slots: number;
  readonly chunksBytes: number;
}

describe.skipIf(!host.ok)("XS and V8", () => {
  let onXs: Run;
  let onNode: Run;
  const DEMO = ["--link", "down 60-120", "--seed", "3"];

  beforeAll(async () => {
    // On XS the millisecond counter wraps in the middle of the run, which must not show.
    [onNode, onXs] = await Promise.all([runSim(DEMO), runSim([...DEMO, "--engine", "xs", "--clock", "wrap 150"])]);
  });

  it("give the same digest of alerts and flash for the demo record through an outage", () => {
    expect(onXs.status).toBe(0);
    expect(onXs.summary).toMatchObject({ engine: "xs", lost: 0, alertsPending: 0 });
    expect(onXs.summary["digest"]).toMatch(/^[0-9a-f]{64}$/);
    expect(onXs.summary["digest"]).toBe(onNode.summary["digest"]);
  });

  it("say the same at every step", () => {
    const told = ({ command }: Run): string[] => command.lines.filter(({ type }) => type === "raised" || type === "beat" || type === "delivered").map((line) => JSON.stringify(line));
    expect(told(onXs).length).toBeGreaterThan(500);
    expect(told(onXs).toSorted()).toEqual(told(onNode).toSorted());
  });

  it("fits into the device's memory", () => {
    const memory = onXs.summary["memory"] as Memory;
    expect(memory.arenaBytes).toBe(ARENA_BYTES);
    expect(memory.arenaPeakBytes).toBeLessThan(ARENA_BYTES);
    expect(memory.arenaPeakBytes).toBeGreaterThan(10_000);
  });

  it("give it with the native kernels, too", async () => {
    const onNative = await runSim([...DEMO, "--engine", "xs-native"]);
    expect([onNative.status, onNative.command.stderr]).toEqual([0, ""]);
    expect(onNative.summary["digest"]).toBe(onNode.summary["digest"]);
  });

  it.each([
    "synthetic:asystole", "synthetic:lead-off", "synthetic:noise@20,vf@10,sinus@20",
  ])("%s: the same digest", async (patient) => {
    const [node, xs] = await Promise.all([runSim(["--patient", patient]), runSim(["--patient", patient, "--engine", "xs"])]);
    expect([xs.status, xs.command.stderr]).toEqual([0, ""]);
    expect(xs.summary["digest"]).toBe(node.summary["digest"]);
  });

  it("holds as many live objects after five minutes as after one", async () => {
    const short = await runSim([...DEMO, "--engine", "xs", "--seconds", "59"]);
    const [after1, after5] = [short.summary["memory"] as Memory, onXs.summary["memory"] as Memory];
    expect(after5.slots - after1.slots).toBeLessThanOrEqual(16);
    expect(after5.chunksBytes - after1.chunksBytes).toBeLessThanOrEqual(512);
  });
});

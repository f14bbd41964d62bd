// The two engines that run firmware on the desk: V8 in this process, or XS in a process of its own.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import createDevice from "../../hardware/desk/device.js";
import createEvaluator from "../../hardware/desk/evaluator.js";
import type { Device, HostCall } from "../platform/desk/border.js";
import type { Engine } from "../platform/sim/engine.js";
import { NodeEngine } from "../platform/sim/node-engine.js";
import { XsEngine } from "../platform/sim/xs-engine.js";
import type { EngineName } from "./engine-name.js";
import { PACKAGE_FOLDER } from "./package-folder.js";
import { UsageError } from "./usage-error.js";

/** @param firmware an ES module in place of the one that the starter was made for */
export type EngineStarter = (hostCall: HostCall, firmware?: Uint8Array) => Promise<Engine>;

/** Firmware that the desk can run. */
interface Firmware {
  /** Default export of its entry. */
  readonly create: (hostCall: HostCall) => Device;
  /** Its entry: hardware/desk/NAME.ts. */
  readonly name: string;
}

/** The whole monitor. */
export const DEVICE: Firmware = { create: createDevice, name: "device" };
/** The monitor's chain from samples to rhythms alone. */
export const EVALUATOR: Firmware = { create: createEvaluator, name: "evaluator" };

/** JavaScript memory of a device with one machine, as in hardware/common/manifest-esp32.json; and of the worker that reads the AFE, as in other-core.ts. [bytes] */
const ARENA_BYTES = 94_208;
const WORKER_BYTES = 16_384;

/**
 * @param hasWorker the AFE is read apart from the monitor; on the desk the worker's memory adds to the monitor's
 * @throws UsageError if XS is asked for and can't be built here
 */
export async function engineStarter(firmware: Firmware, engine: EngineName, say: (line: string) => void, hasWorker = false): Promise<EngineStarter> {
  if (engine === "node") return async (hostCall, module) => new NodeEngine(module ? await load(module) : firmware.create, hostCall);
  const { buildXsHost } = (await script("build-xs-host.js")) as unknown as { buildXsHost: (options: { quiet: boolean }) => Promise<{ ok: true; path: string; bits: number } | { ok: false; reason: string }> };
  const host = await buildXsHost({ quiet: true });
  if (!host.ok) throw new UsageError(`--engine ${engine}: ${host.reason}; --engine node needs no compiler`);
  const bundlePath = await bundle(firmware, engine);
  say(`XS engine: ${host.bits}-bit build`);
  // The memory that the device's own manifest asks for.
  const manifest = JSON.parse(readFileSync(join(PACKAGE_FOLDER, "manifest.json"), "utf8")) as { creation: { stack: number } };
  const save = (module: Uint8Array): string => {
    const path = join(PACKAGE_FOLDER, "build", `${createHash("sha256").update(module).digest("hex").slice(0, 16)}.xs.js`);
    writeFileSync(path, module);
    return path;
  };
  return (hostCall, module) => XsEngine.start({ hostPath: host.path, bundlePath: module ? save(module) : bundlePath, onHostCall: hostCall, stackSlots: manifest.creation.stack, arenaBytes: hasWorker ? ARENA_BYTES + WORKER_BYTES : ARENA_BYTES });
}

function script(name: string): Promise<Record<string, (...args: never[]) => Promise<unknown>>> {
  return import(pathToFileURL(join(PACKAGE_FOLDER, "scripts", name)).href);
}

/** @returns path of the firmware as one ES module for XS */
async function bundle({ name }: Firmware, engine: "xs" | "xs-native"): Promise<string> {
  const path = join(PACKAGE_FOLDER, "build", `${name}.${engine}.js`);
  const { bundleForXs } = (await script("bundle-xs.js")) as unknown as { bundleForXs: (entry: string, output: string, options: { native: boolean }) => Promise<void> };
  await bundleForXs(join(PACKAGE_FOLDER, "hardware", "desk", `${name}.ts`), path, { native: engine === "xs-native" });
  return path;
}

/** @returns the desk's firmware as one ES module, as it lies in a slot */
export async function bundleFirmware(): Promise<Uint8Array> {
  return readFileSync(await bundle(DEVICE, "xs"));
}

async function load(module: Uint8Array): Promise<Firmware["create"]> {
  return ((await import(`data:text/javascript;base64,${Buffer.from(module).toString("base64")}`)) as { default: Firmware["create"] }).default;
}

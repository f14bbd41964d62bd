// The keys file: reads and writes the keys of devices, and finds the key of a message.
import { existsSync } from "node:fs";
import { NodeAead } from "../platform/sim/node-aead.js";
import { type DeviceKeys, checkKeys } from "../subscriber/keys.js";
import type { UnsealerOptions } from "../subscriber/unsealer.js";
import { readJson, writeSecretJson } from "./json-file.js";
import { UsageError } from "./usage-error.js";

const EXPECTED = "a JSON file of keys";
/** A message with an unknown key makes the file be read again, but not more often than this. [ms] */
const REREAD_MS_MIN = 1000;

/** @throws UsageError that names file and field, and tells no key */
export function readKeys(file: string): ReadonlyMap<string, DeviceKeys> {
  const checked = checkKeys(readJson("--keys", file, EXPECTED));
  if (!checked.ok) throw new UsageError(`--keys ${file}: ${checked.problem}`);
  return checked.devices;
}

/** An entry of the file, once it is checked. */
interface DeviceEntry {
  readonly data?: Readonly<Record<string, string>>;
  readonly command?: string;
  /** Number of the last command. */
  readonly commandSequence?: unknown;
}

/** Adds a device's data key, and its command key if it is new, to the file, which is made if it is not there. */
export function addKey(file: string, deviceId: string, epoch: number, data: string, command?: string): void {
  change(file, deviceId, (device) => ({ ...device, data: { ...device.data, [epoch]: data }, ...command !== undefined && { command } }));
}

/** @returns the number of the next command: the time, or one more than the last; noted in the file, so that it is never given twice */
export function nextSequence(file: string, deviceId: string): number {
  let sequence = 0;
  change(file, deviceId, (device) => {
    const last = Number(device.commandSequence);
    sequence = Math.max(Date.now(), Number.isSafeInteger(last) ? last + 1 : 0);
    return { ...device, commandSequence: sequence };
  });
  return sequence;
}

function change(file: string, deviceId: string, changed: (device: DeviceEntry) => DeviceEntry): void {
  if (existsSync(file)) readKeys(file);
  const content = (existsSync(file) ? readJson("--keys", file, EXPECTED) : {}) as { devices?: Record<string, DeviceEntry> };
  writeSecretJson("--keys", file, { ...content, devices: { ...content.devices, [deviceId]: changed(content.devices?.[deviceId] ?? {}) } });
}

/** Keys for a subscriber. A key that is not known may have been added since: the file is read again. */
export function unsealerOf(file: string): UnsealerOptions {
  let devices = readKeys(file);
  let readAtMs = performance.now();
  const keyOf = (deviceId: string, epoch: number): Uint8Array | undefined => {
    const key = devices.get(deviceId)?.data.get(epoch);
    if (key || performance.now() - readAtMs < REREAD_MS_MIN) return key;
    readAtMs = performance.now();
    try {
      devices = readKeys(file);
    } catch {
      // Somebody is at it, or broke it: what was read before stays in force.
    }
    return devices.get(deviceId)?.data.get(epoch);
  };
  return { aead: new NodeAead(), keyOf };
}

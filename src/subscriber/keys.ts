// The keys of devices, as receivers and operators hold them: a JSON file, checked field by field. No message ever tells a key.
import { bytesOfHex } from "../base/hex.js";
import { DEVICE_ID_EXPECTED, isDeviceId } from "../wire/topic.js";

/** The keys of one device. */
export interface DeviceKeys {
  /** What its messages are encrypted with, by epoch. Old ones stay, for messages that brokers still hold. */
  readonly data: ReadonlyMap<number, Uint8Array>;
  /** What commands to it are encrypted with; receivers that send none do without. */
  readonly command: Uint8Array | undefined;
}

export type CheckedKeys = { readonly ok: true; readonly devices: ReadonlyMap<string, DeviceKeys> } | { readonly ok: false; readonly problem: string };

const EPOCH_MAX = 0xffff_ffff;
const KEY_DIGITS = Object.freeze([32, 64] as const);

/** @returns the key of a text, or what is wrong with it, without the text */
function parseKey(name: string, value: unknown): Uint8Array | string {
  if (typeof value !== "string") return `${name}: ${typeof value}, expected a text of 32 or 64 hexadecimal digits`;
  if (!KEY_DIGITS.some((digits) => digits === value.length)) return `${name}: a text of ${value.length} characters, expected 32 or 64 hexadecimal digits`;
  return bytesOfHex(value) ?? `${name}: characters other than 0-9 and a-f, expected hexadecimal digits`;
}

/** @returns what is wrong with the number of a key, or "" */
function epochProblem(name: string, value: unknown): string {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= EPOCH_MAX) return "";
  return `${name}: ${JSON.stringify(value)}, expected a whole number from 1 to ${EPOCH_MAX}`;
}

/** Checks parsed JSON: `{"devices": {"DEVICE": {"data": {"EPOCH": "HEX"}, "command": "HEX"}}}`. @returns the keys, or the first thing that is wrong */
export function checkKeys(input: unknown): CheckedKeys {
  const devices = objectOf(objectOf(input)?.["devices"]);
  if (!devices) return { ok: false, problem: 'keys.devices: expected an object of devices, {"devices": {"DEVICE": {"data": {"EPOCH": "KEY"}}}}' };
  const checked = new Map<string, DeviceKeys>();
  const owners = new Map<string, string>();
  for (const [deviceId, entry] of Object.entries(devices)) {
    const name = `keys.devices.${deviceId}`;
    if (!isDeviceId(deviceId)) return { ok: false, problem: `${name}: expected ${DEVICE_ID_EXPECTED}` };
    const keys = checkDevice(name, objectOf(entry), owners);
    if (typeof keys === "string") return { ok: false, problem: keys };
    checked.set(deviceId, keys);
  }
  return { ok: true, devices: checked };
}

/** @param owners who has each key so far: two with one key would use a nonce twice */
function checkDevice(name: string, entry: Readonly<Record<string, unknown>> | undefined, owners: Map<string, string>): DeviceKeys | string {
  const epochs = objectOf(entry?.["data"]);
  if (!entry || !epochs) return `${name}.data: expected an object of keys by epoch, {"1": "KEY"}`;
  const data = new Map<number, Uint8Array>();
  const named: [string, unknown][] = Object.entries(epochs).map(([epoch, value]) => [`data.${epoch}`, value]);
  if (entry["command"] !== undefined) named.push(["command", entry["command"]]);
  for (const [field, value] of named) {
    const key = parseKey(`${name}.${field}`, value);
    if (typeof key === "string") return key;
    const owner = owners.get(value as string);
    if (owner !== undefined) return `${name}.${field}: the same key as ${owner}, expected one of its own`;
    owners.set(value as string, `${name}.${field}`);
    if (field === "command") return { data, command: key };
    const epoch = Number(field.slice("data.".length));
    if (epochProblem(`${name}.${field}`, epoch)) return epochProblem(`${name}.${field}`, field.slice("data.".length));
    data.set(epoch, key);
  }
  return { data, command: undefined };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
}

// Provision: what makes a device this device: its name, network, broker, keys and limits; checked field by field, secrets never repeated.
import { bytesOfHex } from "../base/hex.js";
import { type MonitorConfig, readConfig, readDeviceId } from "./config.js";
import { FieldCheck, type Fields, kindOf } from "./field-check.js";

/** Who vouches for the broker, and who the device is; PEM, or DER in base64. */
export interface ProvisionedTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface Provision {
  readonly config: MonitorConfig;
  /** The settings of `config` as they were given, without the device id. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly wifi: { readonly ssid: string; readonly password: string } | undefined;
  readonly broker: { readonly host: string; readonly port: number; readonly user: string; readonly password: string; readonly tls: ProvisionedTls | undefined } | undefined;
  readonly keys: ProvisionedKeys;
}

export interface ProvisionedKeys {
  readonly epoch: number;
  /** Encrypts what the device sends; 16 or 32 bytes. */
  readonly data: Uint8Array;
  /** Encrypts commands to it. */
  readonly command: Uint8Array;
}

export type CheckedProvision = { readonly ok: true; readonly provision: Provision } | { readonly ok: false; readonly problems: readonly string[] };

const PORT_PLAIN = 1883;
const PORT_TLS = 8883;
/** Longest text: a certificate chain in PEM. A provision is a file of a few kilobytes, and the device reads it into RAM. [characters] */
const TEXT_MAX = 8192;

/**
 * Checks a provision: parsed JSON with `version` 1, `deviceId`, `keys` {`epoch`, `data`, `command`}, and, if wanted, `settings` (see
 * config.ts), `wifi` {`ssid`, `password`} and `broker` {`host`, `port`, `user`, `password`, `tls` {`ca`, `cert`, `key`}}.
 * @returns the provision, or one line per problem: field, value (of a secret: its length), what was expected
 */
export function checkProvision(input: unknown): CheckedProvision {
  const check = new FieldCheck();
  const root = check.object("provision", input, "version deviceId keys settings wifi broker");
  if (root["version"] !== 1) check.refuse("provision.version", JSON.stringify(root["version"]), "1");
  const deviceId = readDeviceId(check, "provision", root["deviceId"]);
  const name = "provision.keys";
  const keys = check.object(name, root["keys"], "epoch data command");
  const provision = {
    settings: (root["settings"] ?? {}) as Fields,
    wifi: readWifi(check, root["wifi"]),
    broker: readBroker(check, root["broker"]),
    keys: {
      epoch: check.whole(name, keys, "epoch", undefined, 1, 0xffff_ffff),
      data: readKey(check, name, keys, "data"),
      command: readKey(check, name, keys, "command"),
    },
  };
  if (keys["data"] !== undefined && keys["data"] === keys["command"]) check.refuse(`${name}.command`, `the same as ${name}.data`, "another key");
  const config = readConfig(check, "provision.settings", provision.settings, deviceId);
  return config ? { ok: true, provision: { ...provision, config } } : { ok: false, problems: check.problems };
}

function readKey(check: FieldCheck, name: string, fields: Fields, field: string): Uint8Array {
  const value = fields[field];
  const digits = typeof value === "string" ? value.length : -1;
  const bytes = digits === 32 || digits === 64 ? bytesOfHex(value as string) : undefined;
  if (bytes) return bytes;
  check.refuse(`${name}.${field}`, digits < 0 ? kindOf(value) : `${digits} characters`, "32 or 64 hexadecimal digits (0-9, a-f)");
  return new Uint8Array(0);
}

function readWifi(check: FieldCheck, value: unknown): Provision["wifi"] {
  if (value === undefined) return undefined;
  const name = "provision.wifi";
  const fields = check.object(name, value, "ssid password");
  // IEEE 802.11: an SSID has at most 32 bytes, a WPA2 passphrase 63.
  return { ssid: check.text(name, fields, "ssid", undefined, 32), password: check.text(name, fields, "password", "", 63) };
}

function readBroker(check: FieldCheck, value: unknown): Provision["broker"] {
  if (value === undefined) return undefined;
  const name = "provision.broker";
  const fields = check.object(name, value, "host port user password tls");
  const tls = readTls(check, fields["tls"]);
  return {
    host: check.text(name, fields, "host", undefined, 253),
    port: check.whole(name, fields, "port", tls ? PORT_TLS : PORT_PLAIN, 1, 65535),
    user: check.text(name, fields, "user", "", 255),
    password: check.text(name, fields, "password", "", 255),
    tls,
  };
}

function readTls(check: FieldCheck, value: unknown): ProvisionedTls | undefined {
  if (value === undefined) return undefined;
  const name = "provision.broker.tls";
  const fields = check.object(name, value, "ca cert key");
  return { ca: check.text(name, fields, "ca", undefined, TEXT_MAX), cert: check.text(name, fields, "cert", undefined, TEXT_MAX), key: check.text(name, fields, "key", undefined, TEXT_MAX) };
}

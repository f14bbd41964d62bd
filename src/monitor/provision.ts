// Provision: what makes a device this device: its name, network, broker, keys and limits; checked field by field, secrets never repeated.
import { bytesOfHex } from "../base/hex.js";
import { type MonitorConfig, SETTING_NAMES, readConfig, readDeviceId } from "./config.js";
import { FieldCheck, kindOf } from "./field-check.js";

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
  const root = new FieldCheck("provision", input, "version deviceId keys settings wifi broker");
  const { version } = root.fields;
  const settings = root.fields["settings"] ?? {};
  if (version !== 1) root.refuse("version", JSON.stringify(version), "1");
  const deviceId = readDeviceId(root);
  const provision = {
    settings: settings as Provision["settings"],
    wifi: readWifi(root.inner("wifi", "ssid password")),
    broker: readBroker(root.inner("broker", "host port user password tls")),
    keys: readKeys(new FieldCheck("provision.keys", root.fields["keys"], "epoch data command", root.problems)),
    // The last: it takes the others' problems for its own.
    config: readConfig(new FieldCheck("provision.settings", settings, SETTING_NAMES, root.problems), deviceId),
  };
  return provision.config ? { ok: true, provision: provision as Provision } : { ok: false, problems: root.problems };
}

function readKeys(check: FieldCheck): ProvisionedKeys {
  const { data, command } = check.fields;
  if (data !== undefined && data === command) check.refuse("command", "the same as provision.keys.data", "another key");
  return { epoch: check.whole("epoch", undefined, 1, 0xffff_ffff), data: readKey(check, "data"), command: readKey(check, "command") };
}

function readKey(check: FieldCheck, field: string): Uint8Array {
  const value = check.fields[field];
  const bytes = typeof value === "string" ? bytesOfHex(value) : undefined;
  if (bytes && (bytes.length === 16 || bytes.length === 32)) return bytes;
  check.refuse(field, kindOf(value), "32 or 64 hexadecimal digits (0-9, a-f)");
  return new Uint8Array(0);
}

function readWifi(check: FieldCheck | undefined): Provision["wifi"] {
  // IEEE 802.11: an SSID has at most 32 bytes, a WPA2 passphrase 63.
  return check && { ssid: check.text("ssid", undefined, 32), password: check.text("password", "", 63) };
}

function readBroker(check: FieldCheck | undefined): Provision["broker"] {
  if (!check) return undefined;
  const tls = readTls(check.inner("tls", "ca cert key"));
  return {
    host: check.text("host", undefined, 253),
    port: check.whole("port", tls ? PORT_TLS : PORT_PLAIN, 1, 65535),
    user: check.text("user", "", 255),
    password: check.text("password", "", 255),
    tls,
  };
}

function readTls(check: FieldCheck | undefined): ProvisionedTls | undefined {
  return check && { ca: check.text("ca", undefined, TEXT_MAX), cert: check.text("cert", undefined, TEXT_MAX), key: check.text("key", undefined, TEXT_MAX) };
}

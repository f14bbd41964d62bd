// Provision: what makes a device this device: its name, network, broker, keys and limits; checked field by field, secrets never repeated.
import { bytesOfHex } from "../base/hex.js";
import { type MonitorConfig, checkConfig } from "./config.js";

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

type Fields = Readonly<Record<string, unknown>>;

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
  const check = new Check();
  const root = check.object("provision", input);
  check.names("provision", root, ["version", "deviceId", "keys", "settings", "wifi", "broker"]);
  if (root["version"] !== 1) check.problems.push(`provision.version: ${JSON.stringify(root["version"])}, expected 1`);
  if (typeof root["deviceId"] !== "string") check.problems.push(`provision.deviceId: ${JSON.stringify(root["deviceId"])}, expected a text`);
  const given = root["settings"] === undefined ? {} : check.object("provision.settings", root["settings"]);
  const config = checkConfig({ ...given, deviceId: root["deviceId"] });
  if (!config.ok) for (const problem of config.problems) check.problems.push(problem.replace("config.", problem.startsWith("config.deviceId") ? "provision." : "provision.settings."));
  const keys = check.object("provision.keys", root["keys"]);
  check.names("provision.keys", keys, ["epoch", "data", "command"]);
  const provision = {
    settings: given,
    wifi: check.wifi(root["wifi"]),
    broker: check.broker(root["broker"]),
    keys: {
      epoch: check.number("provision.keys.epoch", keys["epoch"], undefined, 0xffff_ffff),
      data: check.key("provision.keys.data", keys["data"]),
      command: check.key("provision.keys.command", keys["command"]),
    },
  };
  if (keys["data"] !== undefined && keys["data"] === keys["command"]) check.problems.push("provision.keys.command: the same as provision.keys.data, expected another key");
  if (check.problems.length > 0 || !config.ok) return { ok: false, problems: check.problems };
  return { ok: true, provision: { ...provision, config: config.config } };
}

class Check {
  readonly problems: string[] = [];

  object(name: string, value: unknown): Fields {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
    this.problems.push(`${name}: ${value === undefined ? "not there" : Array.isArray(value) ? "a list" : typeof value}, expected an object`);
    return {};
  }

  names(name: string, fields: Fields, known: readonly string[]): void {
    for (const field of Object.keys(fields)) if (!known.includes(field)) this.problems.push(`${name}.${field}: unknown field, expected one of ${known.join(", ")}`);
  }

  number(name: string, value: unknown, initial: number | undefined, max: number): number {
    const number = value ?? initial;
    if (typeof number === "number" && Number.isInteger(number) && number >= 1 && number <= max) return number;
    this.problems.push(`${name}: ${JSON.stringify(value)}, expected a whole number from 1 to ${max}`);
    return 0;
  }

  text(name: string, value: unknown, initial: string | undefined, max: number): string {
    const text = value ?? initial;
    if (typeof text === "string" && text.length <= max && (text !== "" || initial !== undefined)) return text;
    this.problems.push(`${name}: ${typeof text === "string" ? `${text.length} characters` : text === undefined ? "not there" : typeof text}, expected a text of ${initial === undefined ? 1 : 0} to ${max} characters`);
    return "";
  }

  key(name: string, value: unknown): Uint8Array {
    const digits = typeof value === "string" ? value.length : -1;
    const bytes = digits === 32 || digits === 64 ? bytesOfHex(value as string) : undefined;
    if (bytes) return bytes;
    this.problems.push(`${name}: ${digits < 0 ? (value === undefined ? "not there" : typeof value) : `${digits} characters`}, expected 32 or 64 hexadecimal digits (0-9, a-f)`);
    return new Uint8Array(0);
  }

  wifi(value: unknown): Provision["wifi"] {
    if (value === undefined) return undefined;
    const fields = this.object("provision.wifi", value);
    this.names("provision.wifi", fields, ["ssid", "password"]);
    // IEEE 802.11: an SSID has at most 32 bytes, a WPA2 passphrase 63.
    return { ssid: this.text("provision.wifi.ssid", fields["ssid"], undefined, 32), password: this.text("provision.wifi.password", fields["password"], "", 63) };
  }

  broker(value: unknown): Provision["broker"] {
    if (value === undefined) return undefined;
    const name = "provision.broker";
    const fields = this.object(name, value);
    this.names(name, fields, ["host", "port", "user", "password", "tls"]);
    const tls = fields["tls"] === undefined ? undefined : this.tls(`${name}.tls`, fields["tls"]);
    return {
      host: this.text(`${name}.host`, fields["host"], undefined, 253),
      port: this.number(`${name}.port`, fields["port"], tls ? PORT_TLS : PORT_PLAIN, 65535),
      user: this.text(`${name}.user`, fields["user"], "", 255),
      password: this.text(`${name}.password`, fields["password"], "", 255),
      tls,
    };
  }

  tls(name: string, value: unknown): ProvisionedTls {
    const fields = this.object(name, value);
    this.names(name, fields, ["ca", "cert", "key"]);
    const text = (field: keyof ProvisionedTls): string => this.text(`${name}.${field}`, fields[field], undefined, TEXT_MAX);
    return { ca: text("ca"), cert: text("cert"), key: text("key") };
  }
}

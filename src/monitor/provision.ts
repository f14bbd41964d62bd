// Provision: what makes a device this device: its name, network, broker, keys and limits; checked field by field, secrets never repeated.
import { isEqual } from "../wire/bytes.js";
import { type MonitorConfig, checkLimits } from "./config.js";
import { readForm } from "./form.js";

/** Who vouches for the broker, and who the device is; PEM, or DER in base64. */
export interface ProvisionedTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface Provision {
  readonly config: MonitorConfig;
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

/** As its form says (forms.ts). */
interface Read extends Omit<Provision, "config" | "broker"> {
  readonly deviceId: string;
  readonly settings: MonitorConfig;
  readonly broker: { port: number | undefined; readonly tls: ProvisionedTls | undefined } | undefined;
}

/**
 * Checks a provision: parsed JSON with `version` 1, `deviceId`, `keys` {`epoch`, `data`, `command`}, and, if wanted, `settings` (see
 * config.ts), `wifi` {`ssid`, `password`} and `broker` {`host`, `port`, `user`, `password`, `tls` {`ca`, `cert`, `key`}}.
 * @returns the provision, or one line per problem: field, value (of a secret: its length), what was expected
 */
export function checkProvision(input: unknown): CheckedProvision {
  const problems: string[] = [];
  const read = readForm("provision", "provision", input, problems) as unknown as Read;
  const { broker, keys, settings, deviceId } = read;
  if (problems.length === 0) {
    if (broker) broker.port ??= broker.tls ? PORT_TLS : PORT_PLAIN;
    if (isEqual(keys.data, keys.command)) problems.push("provision.keys.command: the same as provision.keys.data, expected another key");
    checkLimits(settings, "provision.settings", problems);
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, provision: { ...(read as Omit<Provision, "config">), config: { ...settings, deviceId } } };
}

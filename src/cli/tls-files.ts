// TLS for connections to a broker: which files, read and checked before anything starts.
import { readFileSync } from "node:fs";
import { X509Certificate, createPrivateKey } from "node:crypto";
import type { TlsIdentity } from "../platform/sim/broker.js";
import { UsageError } from "./usage-error.js";

/** Files as the user named them; all PEM. */
export interface TlsFlags {
  /** Certificates of the authorities that may vouch for the broker. */
  readonly ca?: string;
  /** Our own certificate. */
  readonly cert?: string;
  /** Its private key. */
  readonly key?: string;
}

const SECURE_PROTOCOLS: ReadonlySet<string> = new Set(["mqtts:", "wss:"]);

/**
 * @returns what TLS needs, or undefined for a broker without TLS
 * @throws UsageError with one line for the first file that is wrong; it never tells what a key file holds
 */
export function readTlsFiles(flags: TlsFlags, url: string): TlsIdentity | undefined {
  const { ca, cert, key } = flags;
  if (!SECURE_PROTOCOLS.has(new URL(url).protocol)) {
    for (const [flag, file] of Object.entries({ ca, cert, key }))
      if (file !== undefined) throw new UsageError(`--${flag} ${file}: the broker ${shownUrl(url)} is without TLS, expected an address with mqtts:// or wss://`);
    return undefined;
  }
  if ((cert === undefined) !== (key === undefined)) throw new UsageError("--cert and --key: expected both or none");
  const identity = {
    ...ca !== undefined && { ca: readCertificate("--ca", ca) },
    ...cert !== undefined && { cert: readCertificate("--cert", cert) },
    ...key !== undefined && { key: readKey("--key", key) },
  };
  if (identity.cert !== undefined && identity.key !== undefined && !new X509Certificate(identity.cert).checkPrivateKey(createPrivateKey(identity.key)))
    throw new UsageError(`--key ${key}: is not the key of the certificate ${cert}, expected the one it was made with`);
  return identity;
}

/** @returns the address without user name and password, for lines that people see */
export function shownUrl(url: string): string {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  return shown.href.replace(/\/$/, "");
}

function readCertificate(flag: string, file: string): Buffer {
  const bytes = readFile(flag, file, "a certificate in PEM");
  try {
    new X509Certificate(bytes).toLegacyObject();
  } catch {
    throw new UsageError(`${flag} ${file}: is no certificate, expected a certificate in PEM`);
  }
  return bytes;
}

function readKey(flag: string, file: string): Buffer {
  const bytes = readFile(flag, file, "a private key in PEM");
  try {
    createPrivateKey(bytes);
  } catch {
    throw new UsageError(`${flag} ${file}: is no private key without passphrase, expected one in PEM`);
  }
  return bytes;
}

function readFile(flag: string, file: string, expected: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${flag} ${file}: cannot be read (${(error as NodeJS.ErrnoException).code}), expected ${expected}`);
  }
}

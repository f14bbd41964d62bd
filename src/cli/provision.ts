// `edgebeat provision`: makes the file that turns a blank device into this one, with keys of its own, and notes the keys for receivers.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import type { Writable } from "node:stream";
import { checkProvision, type Provision } from "../monitor/provision.js";
import { readJson, writeSecretJson } from "./json-file.js";
import { addKey, readKeys } from "./keys-file.js";
import { UsageError } from "./usage-error.js";

export interface ProvisionFlags {
  readonly device: string;
  readonly out: string;
  readonly keys: string;
}

const EXPECTED = "a provisioning file in JSON";

/** @throws UsageError with the first thing that is wrong; it tells no secret */
export function readProvision(file: string): Provision {
  const checked = checkProvision(readJson("--provision", file, EXPECTED));
  if (!checked.ok) throw new UsageError(`--provision ${file}: ${checked.problems.join("; ")}`);
  return checked.provision;
}

export function provision({ device, out, keys }: ProvisionFlags, output: Writable): void {
  if (existsSync(out)) throw new UsageError(`--out ${out}: is there already, expected a new file`);
  if (existsSync(keys) && readKeys(keys).has(device)) throw new UsageError(`--device ${device}: has keys in ${keys} already, expected a new device (rotate its key with edgebeat command)`);
  const [data, command] = [randomBytes(32).toString("hex"), randomBytes(32).toString("hex")];
  const content = { version: 1, deviceId: device, keys: { epoch: 1, data, command }, settings: {} };
  const checked = checkProvision(content);
  if (!checked.ok) throw new UsageError(`--device ${checked.problems.join("; ")}`);
  addKey(keys, device, 1, data, command);
  writeSecretJson("--out", out, content);
  output.write(`${out}: device "${device}", ready for wifi, broker and settings. Its keys are in ${keys}. Keep both files secret.\n`);
}

// `edgebeat sign`: puts the signed header before a firmware image; and the keys that updates are signed and checked with.
import { type KeyObject, createPrivateKey, createPublicKey } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import type { Writable } from "node:stream";
import { signUpdate } from "../platform/sim/node-image-check.js";
import { versionNumber } from "../wire/update.js";
import { UsageError } from "./usage-error.js";

export interface SignFlags {
  readonly image: string;
  readonly board: string;
  readonly firmwareVersion: string;
  readonly key: string;
  readonly out: string;
}

export function sign({ image: file, board, firmwareVersion: version, key: keyFile, out }: SignFlags, output: Writable): void {
  if (!/^[a-z0-9-]{1,24}$/.test(board)) throw new UsageError(`--board ${board}: expected 1 to 24 of a-z, 0-9 and -`);
  if (!/^\d{1,3}(\.\d{1,3}){2}$/.test(version) || versionNumber(version) === 0) throw new UsageError(`--firmware-version ${version}: expected MAJOR.MINOR.PATCH, each below 1000, above 0.0.0`);
  const key = readUpdateKey("--key", keyFile, "private");
  const image = readFile("--image", file, "a firmware image");
  if (image.length === 0) throw new UsageError(`--image ${file}: is empty, expected a firmware image`);
  try {
    writeFileSync(out, Buffer.concat([signUpdate(image, { board, version: versionNumber(version) }, key), image]));
  } catch (error) {
    throw new UsageError(`--out ${out}: cannot be written (${(error as NodeJS.ErrnoException).code}), expected a place for a file`);
  }
  output.write(`${out}: ${board} ${version}, ${image.length} bytes, signed. Boards that know this key take it: updateKey=${publicKeyHex(key)}\n`);
}

/** @throws UsageError for anything but a key on P-256 in PEM; it never tells what a key file holds */
export function readUpdateKey(flag: string, file: string, kind: "private" | "public"): KeyObject {
  const expected = `a ${kind} key on P-256 in PEM, without passphrase`;
  const pem = readFile(flag, file, expected);
  let key: KeyObject;
  try {
    key = kind === "private" ? createPrivateKey(pem) : createPublicKey(pem);
  } catch {
    throw new UsageError(`${flag} ${file}: is no ${kind} key, expected ${expected}`);
  }
  const { asymmetricKeyType, asymmetricKeyDetails } = key;
  if (asymmetricKeyType !== "ec" || asymmetricKeyDetails?.namedCurve !== "prime256v1")
    throw new UsageError(`${flag} ${file}: a key of type ${asymmetricKeyType} ${asymmetricKeyDetails?.namedCurve ?? ""}, expected ${expected}`);
  return key;
}

/** @returns x and y of the public key, 32 bytes each, as the setting `updateKey` of a board has them */
export function publicKeyHex(key: KeyObject): string {
  const { x, y } = createPublicKey(key).export({ format: "jwk" });
  return Buffer.concat([x, y].map((part) => Buffer.from(part as string, "base64url"))).toString("hex");
}

function readFile(flag: string, file: string, expected: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${flag} ${file}: cannot be read (${(error as NodeJS.ErrnoException).code}), expected ${expected}`);
  }
}

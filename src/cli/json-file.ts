// JSON files of users: read with one clear line if something is wrong, written so that no half file is ever seen.
import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { UsageError } from "./usage-error.js";

/** @throws UsageError that names the flag and the file, and never what the file holds */
export function readJson(flag: string, file: string, expected: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`${flag} ${file}: ${(error as NodeJS.ErrnoException).code === "ENOENT" ? "no such file" : `cannot be read (${(error as NodeJS.ErrnoException).code})`}, expected ${expected}`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${flag} ${file}: is not JSON, expected ${expected}`);
  }
}

/** Writes a file that only its owner can read, at once. @throws UsageError */
export function writeSecretJson(flag: string, file: string, content: unknown): void {
  const unfinished = `${file}.${randomBytes(4).toString("hex")}`;
  try {
    writeFileSync(unfinished, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600, flush: true });
    renameSync(unfinished, file);
  } catch (error) {
    throw new UsageError(`${flag} ${file}: cannot be written (${(error as NodeJS.ErrnoException).code}), expected a place for a file`);
  }
}

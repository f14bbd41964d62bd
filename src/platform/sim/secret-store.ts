// SecretStore: the simulated device's store of secrets (an ESP32's NVS), in memory or in a file; replaced as a whole or not at all.
import { readFileSync, renameSync, writeFileSync } from "node:fs";

export class SecretStore {
  readonly #path: string | undefined;
  #bytes: Uint8Array | undefined;

  /** @param path file that keeps it, for its owner's eyes only; without it, it ends with the process */
  constructor(path?: string) {
    this.#path = path;
    if (path === undefined) return;
    try {
      this.#bytes = readFileSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }

  /** OP_STORE_READ. @returns bytes read, -1 if there are none or no room */
  read(into: Uint8Array): number {
    const bytes = this.#bytes;
    if (!bytes || bytes.length > into.length) return -1;
    into.set(bytes);
    return bytes.length;
  }

  /** OP_STORE_WRITE. @returns 1, or 0 for a fault */
  write(bytes: Uint8Array): number {
    try {
      if (this.#path !== undefined) {
        writeFileSync(`${this.#path}.new`, bytes, { mode: 0o600, flush: true });
        renameSync(`${this.#path}.new`, this.#path);
      }
    } catch {
      return 0;
    }
    this.#bytes = bytes.slice();
    return 1;
  }
}

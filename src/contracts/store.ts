// The contract of the secret store: a few bytes that survive any loss of power, apart from the journal (on an ESP32, NVS).

export interface Store {
  /** @returns what was last written, or undefined if there is none or it can't be read */
  read(): Uint8Array | undefined;
  /** Replaces all of it. A loss of power leaves the old bytes or the new ones. @returns false if the store failed; the old bytes are still there */
  write(bytes: Uint8Array): boolean;
}

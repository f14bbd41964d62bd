// XsStore: the Store contract over Moddable's preferences (on an ESP32, NVS, which replaces an entry as a whole or not at all).
import Preference from "preference";
import type { Store } from "../../contracts/store.js";

const DOMAIN = "edgebeat";
const KEY = "vault";

export class XsStore implements Store {
  read(): Uint8Array | undefined {
    try {
      const stored = Preference.get(DOMAIN, KEY);
      return stored instanceof ArrayBuffer ? new Uint8Array(stored) : undefined;
    } catch {
      return undefined;
    }
  }

  write(bytes: Uint8Array): boolean {
    try {
      Preference.set(DOMAIN, KEY, bytes.slice().buffer);
      return true;
    } catch {
      return false;
    }
  }
}

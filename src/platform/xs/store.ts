// XsStore: the Store contract over Moddable's preferences (on an ESP32, NVS).
import Preference from "preference";
import type { Store } from "../../contracts/store.js";

const DOMAIN = "edgebeat";
/**
 * Written in turn: the SDK (8.2.3) erases an entry before it writes it anew, and a loss of power in between would leave nothing. Without
 * what was stored, commands of the past would be taken once more.
 */
const nameOf = (count: number): string => (count % 2 === 0 ? "vault-a" : "vault-b");
/** Before the bytes: how often they were replaced, 32 bits. */
const COUNT_BYTES = 4;

export class XsStore implements Store {
  /** Of what was last stored; 0 if nothing was. */
  private _count = 0;

  constructor() {
    this.read();
  }

  read(): Uint8Array | undefined {
    let latest: Uint8Array | undefined;
    this._count = 0;
    for (let turn = 0; turn < 2; turn++) {
      const block = blockOf(nameOf(turn));
      const count = block ? new DataView(block).getUint32(0) : 0;
      if (!block || count <= this._count) continue;
      this._count = count;
      latest = new Uint8Array(block, COUNT_BYTES);
    }
    return latest;
  }

  write(bytes: Uint8Array): boolean {
    const block = new Uint8Array(COUNT_BYTES + bytes.length);
    new DataView(block.buffer).setUint32(0, this._count + 1);
    block.set(bytes, COUNT_BYTES);
    try {
      Preference.set(DOMAIN, nameOf(this._count), block.buffer);
    } catch {
      return false;
    }
    this._count++;
    return true;
  }
}

function blockOf(name: string): ArrayBuffer | undefined {
  try {
    const stored = Preference.get(DOMAIN, name);
    return stored instanceof ArrayBuffer && stored.byteLength >= COUNT_BYTES ? stored : undefined;
  } catch {
    return undefined;
  }
}

// Stand-in for Moddable's `preference`: erases an entry before it sets it, as the SDK (8.2.3) does, in a NVS beyond the border.
import { type HostCall, packText } from "../../../src/platform/desk/border.js";

export const NVS_GET = 1;
export const NVS_ERASE = 2;
export const NVS_SET = 3;
/** Of the device around it: what was read goes out by OP_READ. */
export const OP_READ = 4;
export const CALL_WRITE = 1;
export const CALL_READ = 2;
/** Longest value. */
const ROOM_BYTES = 256;

let hostCall: HostCall = () => -1;

function packName(domain: string, name: string, tail: Uint8Array): Uint8Array {
  return packText(domain, packText(name, tail));
}

export function connect(call: HostCall): void {
  hostCall = call;
}

export default {
  get(domain: string, name: string): ArrayBuffer | undefined {
    const head = packName(domain, name, new Uint8Array(0)).length;
    const bytes = packName(domain, name, new Uint8Array(ROOM_BYTES));
    const count = hostCall(NVS_GET, 0, 0, bytes);
    return count < 0 ? undefined : bytes.slice(head, head + count).buffer;
  },
  set(domain: string, name: string, value: ArrayBuffer): void {
    hostCall(NVS_ERASE, 0, 0, packName(domain, name, new Uint8Array(0)));
    if (hostCall(NVS_SET, 0, 0, packName(domain, name, new Uint8Array(value))) !== 1) throw new Error("nvs set fail");
  },
};

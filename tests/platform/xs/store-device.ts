// XsStore as a device that the XS host can run: it writes and reads what it is told to.
import type { Device, HostCall } from "../../../src/platform/desk/border.js";
import { XsStore } from "../../../src/platform/xs/store.js";
import { CALL_WRITE, OP_READ, connect } from "./fake-preference.js";

export default function createDevice(hostCall: HostCall): Device {
  const mailbox = new Uint8Array(256);
  let store: XsStore | undefined;
  const call = (op: number, _a: number, _b: number, byteCount: number): number => {
    if (!store) {
      connect(hostCall);
      store = new XsStore();
    }
    if (op === CALL_WRITE) return store.write(mailbox.slice(0, byteCount)) ? 1 : 0;
    const bytes = store.read();
    return bytes ? hostCall(OP_READ, 0, 0, bytes.slice()) : -1;
  };
  return { mailbox, call };
}

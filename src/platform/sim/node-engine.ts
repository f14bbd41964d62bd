// NodeEngine: the firmware in this very process, on V8. Calls return at once; memory is not measured.
import type { Device, HostCall } from "../desk/border.js";
import type { Engine } from "./engine.js";

export class NodeEngine implements Engine {
  #device: Device | undefined;

  /** @param createDevice The default export of the firmware's entry. */
  constructor(createDevice: (hostCall: HostCall) => Device, onHostCall: HostCall) {
    this.#device = createDevice(onHostCall);
  }

  /** @throws whatever the firmware throws; RangeError for more bytes than the mailbox holds */
  call(op: number, a: number, b: number, bytes?: Uint8Array): number {
    const device = this.#device;
    if (!device) throw new Error("the device has no power");
    if (bytes) device.mailbox.set(bytes);
    return device.call(op, a, b, bytes ? bytes.length : 0);
  }

  close(): void {
    this.#device = undefined;
  }

  kill(): void {
    this.#device = undefined;
  }
}

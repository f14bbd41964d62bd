// Firmware for power cuts by instruction count: the journal alone, writing and delivering numbered records.
import { Journal } from "../../../src/journal/journal.js";
import { CALL_BOOT, type Device, type HostCall } from "../../../src/platform/desk/border.js";
import { DeskFlash } from "../../../src/platform/desk/stand-ins.js";

export const WRITER_BLOCK_BYTES = 512;
export const WRITER_BLOCK_COUNT = 8;
/** World to device: store record a. */
export const CALL_STORE = 100;
/** Device to world: record a was found at the start. */
export const OP_FOUND = 100;
/** Record a is stored. */
export const OP_STORED = 101;
/** Record a is being delivered, or (OP_DELIVERED) is. */
export const OP_DELIVERING = 102;
export const OP_DELIVERED = 103;

const KIND = 1;
const PRIORITY = 1;
/** The oldest is delivered when there are more. */
const PENDING_MAX = 6;

export default function createWriter(hostCall: HostCall): Device {
  const mailbox = new Uint8Array(16);
  const payload = new Uint8Array(40);
  let journal: Journal | undefined;
  let sequence = 0;

  const numberOf = (log: Journal, handle: number): number => (log.read(handle, payload) < 0 ? -1 : (payload[0] as number) + 256 * (payload[1] as number));

  const boot = (): number => {
    const log = new Journal(new DeskFlash(hostCall, WRITER_BLOCK_BYTES, WRITER_BLOCK_COUNT));
    if (log.mount() !== 0) return -1;
    for (let handle = log.nextPending(); handle >= 0; handle = log.nextPending()) {
      hostCall(OP_FOUND, numberOf(log, handle), 0);
      log.markInFlight(handle, true);
    }
    log.clearInFlight();
    journal = log;
    return log.bootCount;
  };

  const store = (log: Journal, number: number): number => {
    payload.fill(number & 0xff);
    payload[1] = number >> 8;
    if (log.append(KIND, PRIORITY, ++sequence, payload, payload.length) < 0) return -1;
    hostCall(OP_STORED, number, 0);
    if (log.pendingCount <= PENDING_MAX) return 0;
    const handle = log.nextPending();
    const delivered = numberOf(log, handle);
    hostCall(OP_DELIVERING, delivered, 0);
    if (log.acknowledge(handle)) hostCall(OP_DELIVERED, delivered, 0);
    return 0;
  };

  const call = (op: number, a: number): number => (op === CALL_BOOT ? boot() : journal ? store(journal, a) : -1);
  return { mailbox, call };
}

// Engine: what the world needs of whatever runs the firmware, be it V8 in this process or XS in one of its own.
import type { XsMemoryReport } from "./xs-memory-report.js";

/** A device with power. Its firmware has been loaded; the first call may follow. */
export interface Engine {
  /**
   * Calls into the firmware. During the call the firmware may call out (`HostCall`) any number of times.
   * @param op CALL_*
   * @param bytes Copied into the firmware's mailbox; at most as long as that. The firmware gives bytes back by calling out.
   * @returns what the firmware returns: at once where it runs in this process, as a promise where it does not
   * @throws (or rejects) when the firmware fails; the engine is of no more use then
   */
  call(op: number, a: number, b: number, bytes?: Uint8Array): number | Promise<number>;
  /**
   * What the firmware takes of the device's memory, if the engine can tell.
   * @param collect Collect garbage first, so that only what is alive is counted.
   */
  memory?(collect?: boolean): Promise<XsMemoryReport>;
  /** Switches off in an orderly way. May be called more than once, also after a failure. */
  close(): void | Promise<void>;
  /** Cuts the power: nothing of the firmware runs any more once this has returned (or resolved). */
  kill(): void | Promise<void>;
}

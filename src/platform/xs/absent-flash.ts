// AbsentFlash: the Flash of a device whose journal partition is missing; every access is a fault, which the monitor raises an alarm for.
import type { Flash } from "../../contracts/flash.js";

export class AbsentFlash implements Flash {
  /** As any ESP32's flash has them, so that the journal can be made; it finds the fault when it mounts. */
  readonly blockBytes = 4096;
  readonly blockCount = 16;

  read(): boolean {
    return false;
  }
  write(): boolean {
    return false;
  }
  eraseBlock(): boolean {
    return false;
  }
}

// XsClock: the Clock contract over Moddable's `time` module.
import Time from "time";
import { TickClock } from "../ecma419/tick-clock.js";

export class XsClock extends TickClock {
  constructor() {
    super(Time);
  }

  override set(unixMs: number, isExact = false): void {
    // For the SDK: TLS looks at Date.now() for the validity of certificates.
    Time.set(unixMs / 1000);
    super.set(unixMs, isExact);
  }
}

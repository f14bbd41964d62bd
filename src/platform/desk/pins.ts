// Stand-ins for pins: those of front ends that have more than a bus, over the border. They get it as DeskSpi does.
import type { Analog, AnalogOptions } from "../../contracts/analog.js";
import type { Digital, DigitalOptions } from "../../contracts/digital.js";
import { type HostCall, OP_ANALOG_READ, OP_PIN_READ } from "./border.js";

/** An ECMA-419 Digital whose pins lie beyond the border; CALL_SERVICE stands for its interrupts. */
export class DeskDigital implements Digital {
  static readonly InputPullUp = 1;
  static readonly Falling = 2;
  private readonly _hostCall: HostCall;
  private readonly _pin: number;

  constructor(options: DigitalOptions) {
    this._hostCall = options["hostCall"] as HostCall;
    this._pin = options["pin"] as number;
  }
  read(): number {
    const level = this._hostCall(OP_PIN_READ, this._pin, 0);
    if (level < 0) throw new Error("pin fault");
    return level;
  }
  close(): void {}
}

/** An ECMA-419 Analog of 12 bits whose input lies beyond the border. */
export class DeskAnalog implements Analog {
  readonly resolution = 12;
  private readonly _hostCall: HostCall;

  constructor(options: AnalogOptions) {
    this._hostCall = options["hostCall"] as HostCall;
  }
  read(): number {
    const code = this._hostCall(OP_ANALOG_READ, 0, 0);
    if (code < 0) throw new Error("converter fault");
    return code;
  }
  close(): void {}
}

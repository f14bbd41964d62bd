// What the devices of the desk and of the emulated microcontroller share: the calls of the world, which on a board are timers, sockets and interrupts of the SDK.
import type { Afe } from "../../src/contracts/afe.js";
import type { Monitor } from "../../src/monitor/monitor.js";
import { type BootOptions, CALL_BOOT, CALL_MQTT_CONTROL, CALL_MQTT_ERROR, CALL_MQTT_MESSAGE, CALL_MQTT_WRITABLE, CALL_TICK, type Device, type HostCall, MAILBOX_BYTES } from "../../src/platform/desk/border.js";
import { DeskMqtt } from "../../src/platform/desk/mqtt.js";
import { TickClock } from "../../src/platform/ecma419/tick-clock.js";
import { start } from "./start.js";

/** @returns what opens the AFE; see Board */
export type AfeOf = (options: BootOptions, hostCall: HostCall) => () => Afe;

export class Composition implements Device {
  readonly mailbox: Uint8Array;
  /** Undefined before CALL_BOOT. */
  monitor: Monitor | undefined;
  private readonly _hostCall: HostCall;
  private readonly _afeOf: AfeOf;
  private readonly _mqtt: DeskMqtt;
  private _clock: TickClock | undefined;
  /** As the world's last tick told it; within a tick time stands still. */
  ticks = 0;

  /** @param mailboxBytes more than the longest message to the device, and the options of CALL_BOOT */
  constructor(hostCall: HostCall, afeOf: AfeOf, mailboxBytes = MAILBOX_BYTES) {
    this.mailbox = new Uint8Array(mailboxBytes);
    this._hostCall = hostCall;
    this._afeOf = afeOf;
    this._mqtt = new DeskMqtt(hostCall);
  }

  /** @returns -1 for what it does not know, too */
  call(op: number, a: number, b: number, byteCount: number): number {
    if (op === CALL_BOOT) return this._boot(byteCount);
    if (op === CALL_TICK) {
      this.ticks = a;
      if (b > 0) this._clock?.set(b, true);
      this.monitor?.tick();
      return 0;
    }
    const listener = this._mqtt.listenerOf(a);
    if (op === CALL_MQTT_WRITABLE) listener?.onWritable(b);
    else if (op === CALL_MQTT_CONTROL) listener?.onControl({ operation: b >> 16, id: b & 0xffff });
    else if (op === CALL_MQTT_ERROR) listener?.onError();
    else if (op === CALL_MQTT_MESSAGE) {
      this._mqtt.message = this.mailbox.slice(0, byteCount);
      listener?.onReadable(byteCount, { more: false });
    } else return -1;
    return 0;
  }

  private _boot(byteCount: number): number {
    let text = "";
    for (let index = 0; index < byteCount; index++) text += String.fromCharCode(this.mailbox[index] as number);
    const options = JSON.parse(text) as BootOptions;
    this.ticks = options.ticks ?? 0;
    this._clock = new TickClock(this);
    this.monitor = start(options, this._hostCall, this._afeOf(options, this._hostCall), this._clock, this._mqtt);
    return this.monitor ? 0 : -1;
  }
}

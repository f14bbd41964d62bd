// What the devices of the desk and of the emulated microcontroller share: a Board from stand-ins, the Monitor, and the calls of the world.
import type { Afe } from "../../src/contracts/afe.js";
import type { Board } from "../../src/contracts/board.js";
import { checkConfig } from "../../src/monitor/config.js";
import { Monitor } from "../../src/monitor/monitor.js";
import { type Provision, checkProvision } from "../../src/monitor/provision.js";
import { type BootOptions, CALL_BOOT, CALL_MQTT_CONTROL, CALL_MQTT_ERROR, CALL_MQTT_MESSAGE, CALL_MQTT_WRITABLE, CALL_TICK, type Device, type HostCall, MAILBOX_BYTES } from "../../src/platform/desk/border.js";
import { DeskAead, DeskFlash, DeskIndicator, DeskMqtt, DeskMqttClient, DeskStore, DeskUpdate } from "../../src/platform/desk/stand-ins.js";
import { MqttUplink } from "../../src/platform/ecma419/mqtt-uplink.js";
import { TickClock } from "../../src/platform/ecma419/tick-clock.js";

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
    const checked = options.provision === undefined ? checkConfig(options.config) : checkProvision(options.provision);
    if (!checked.ok) return -1;
    const provision: Pick<Provision, "config"> & Partial<Provision> = "provision" in checked ? checked.provision : checked;
    const { keys } = provision;
    const hostCall = this._hostCall;
    this.ticks = options.ticks ?? 0;
    const clock = (this._clock = new TickClock(this));
    const board: Board = {
      openAfe: this._afeOf(options, hostCall),
      flash: new DeskFlash(hostCall, options.flashBlockBytes, options.flashBlockCount),
      clock,
      uplink: new MqttUplink({ Client: DeskMqttClient, host: "broker", port: 1883, socket: this._mqtt }),
      indicator: new DeskIndicator(hostCall),
      entropy: options.entropy,
      security: keys && { ...keys, aead: new DeskAead(hostCall), store: new DeskStore(hostCall), setTime: (unixMs) => clock.set(unixMs) },
      update: options.updateBoard === undefined ? undefined : new DeskUpdate(hostCall, options.updateBoard),
    };
    this.monitor = new Monitor(board, provision.config);
    return 0;
  }
}

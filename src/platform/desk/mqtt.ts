// Stand-in for the SDK's MQTT client on the desk: sessions whose sockets lie beyond the border.
import { assert } from "../../base/assert.js";
import type { MqttClient, MqttClientOptions, MqttWriteOptions } from "../ecma419/mqtt-client.js";
import { MQTT_DISCONNECT, MQTT_SUBSCRIBE } from "../ecma419/mqtt-client.js";
import type { HostCall } from "./border.js";
import { OP_MQTT_CLOSE, OP_MQTT_DISCONNECT, OP_MQTT_OPEN, OP_MQTT_PUBLISH, OP_MQTT_PUBLISH_RETAINED, OP_MQTT_SUBSCRIBE, packText } from "./border.js";

const NOTHING = new Uint8Array(0);

/** The MQTT sessions of a device: their sockets lie beyond the border, and the newest gets the world's events. `DeskMqttClient` gets it as its socket. */
export class DeskMqtt {
  readonly hostCall: HostCall;
  /** The message that came last, in a buffer of its own. */
  message: Uint8Array = NOTHING;
  private _session = -1;
  private _options: MqttClientOptions | undefined;

  constructor(hostCall: HostCall) {
    this.hostCall = hostCall;
  }

  open(options: MqttClientOptions): number {
    const { id, keepAlive, will } = options;
    this._options = options;
    return (this._session = this.hostCall(OP_MQTT_OPEN, keepAlive, 0, packText(id, packText(will.topic, new Uint8Array(will.message)))));
  }
  /** @returns who hears of the events of that session, if it is the newest */
  listenerOf(session: number): MqttClientOptions | undefined {
    return session === this._session ? this._options : undefined;
  }
}

/** An MQTT client of the ECMA-419 shape. */
export class DeskMqttClient implements MqttClient {
  private readonly _mqtt: DeskMqtt;
  private readonly _number: number;

  constructor(options: MqttClientOptions) {
    this._mqtt = options.socket as DeskMqtt;
    this._number = this._mqtt.open(options);
  }
  write(data: Uint8Array | null, options?: MqttWriteOptions): number {
    assert(options !== undefined && options.byteLength === undefined, "DeskMqttClient: not a whole message");
    const { operation, retain, id } = options;
    const op = operation === MQTT_SUBSCRIBE ? OP_MQTT_SUBSCRIBE : operation === MQTT_DISCONNECT ? OP_MQTT_DISCONNECT : retain ? OP_MQTT_PUBLISH_RETAINED : OP_MQTT_PUBLISH;
    const topic = options.topic ?? options.items?.[0]?.topic ?? "";
    const writableBytes = this._mqtt.hostCall(op, this._number, id ?? 0, packText(topic, data ?? NOTHING));
    if (writableBytes < 0) throw new Error("no MQTT session");
    return writableBytes;
  }
  read(): ArrayBuffer {
    return this._mqtt.message.buffer as ArrayBuffer;
  }
  close(): void {
    this._mqtt.hostCall(OP_MQTT_CLOSE, this._number, 0);
  }
}

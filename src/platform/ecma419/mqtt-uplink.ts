// MqttUplink: the Uplink contract over any ECMA-419 MQTT client; the same code on the device and on the desk.
import { MESSAGE_BYTES_MAX, type MessageReceiver, SUBSCRIBE_PACKET_ID, type Uplink, type UplinkListener, type UplinkSession } from "../../contracts/uplink.js";
import { type ResolverOptions, guardResolver } from "./guarded-resolver.js";
import type { MqttCaller, MqttClient, MqttClientConstructor, MqttControl, MqttWriteOptions } from "./mqtt-client.js";
import { MQTT_CONNACK, MQTT_DISCONNECT, MQTT_PUBACK, MQTT_SUBSCRIBE } from "./mqtt-client.js";

/** Fixed header, remaining length, topic length and packet identifier of a PUBLISH. [bytes] MQTT 3.1.1, section 3.3 */
const PUBLISH_OVERHEAD_BYTES = 9;
/** Fixed header, packet identifier, topic length and QoS of a SUBSCRIBE. [bytes] Section 3.8. */
const SUBSCRIBE_OVERHEAD_BYTES = 7;

const READABLE = 0;
const WRITABLE = 1;
const CONTROL = 2;
const ERROR = 3;

const NOTHING = new Uint8Array(0);

export interface BrokerOptions {
  readonly Client: MqttClientConstructor;
  readonly host: string;
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
  readonly dns?: ResolverOptions;
  readonly socket?: unknown;
}

/**
 * One MQTT session after another. Keeps nothing that matters: what is unacknowledged when a session ends is in the journal. So every session
 * is a clean one, and whether the broker says "session present" makes no difference.
 * Exceptions of the client, and of what its callbacks call, become `onClosed`: one that escapes a callback would restart the device.
 */
export class MqttUplink implements Uplink {
  private readonly _broker: BrokerOptions;
  private _client: MqttClient | undefined;
  private _listener: UplinkListener | undefined;
  /** Of the session; a new one with each end of a session. */
  private _number = 0;
  private _writableBytes = 0;
  /** The most that was writable in this session: a longer message must go in parts. */
  private _windowBytes = 0;
  /** What is still to be written of a message in parts; meanwhile no other packet may go. Empty: there is none. */
  private _rest = NOTHING;
  private _partsPacketId = 0;
  /** To be subscribed to as soon as there is room; "" when that is done. */
  private _commandTopic = "";
  private _commands: MessageReceiver | undefined;
  /** The message that is coming in, and how much of it has come; more than fits is not kept. */
  private _incoming = NOTHING;
  private _incomingBytes = 0;

  constructor(broker: BrokerOptions) {
    this._broker = broker;
  }

  open(session: UplinkSession, listener: UplinkListener): void {
    this.close();
    const broker = this._broker;
    const { dns } = broker;
    const number = this._number;
    this._listener = listener;
    this._commands = session.commands;
    this._commandTopic = session.commands?.topic ?? "";
    try {
      const client = new broker.Client({
        ...broker,
        dns: dns && guardResolver(dns, () => number === this._number),
        id: session.clientId,
        clean: true,
        keepAlive: session.keepAliveMs,
        will: { topic: session.willTopic, message: session.willMessage.slice().buffer, QoS: 1, retain: true },
        target: { uplink: this, number },
        onReadable,
        onWritable,
        onControl,
        onError,
      });
      if (number === this._number) this._client = client;
    } catch {
      if (number === this._number) this._fail(listener);
    }
  }

  publish(topic: string, message: Uint8Array, retain: boolean, packetId: number): boolean {
    const client = this._client;
    if (!client || this._rest.length > 0) return false;
    const bytes = topic.length + message.length + PUBLISH_OVERHEAD_BYTES;
    const inParts = bytes > this._windowBytes;
    // The first part is worth a packet of its own when half the window is free.
    const roomBytes = inParts ? this._windowBytes / 2 : bytes;
    if (this._writableBytes === 0 || this._writableBytes < roomBytes) return false;
    const options: MqttWriteOptions & { byteLength?: number } = { topic, QoS: 1, retain, id: packetId };
    let part = message;
    if (inParts) {
      const first = message.length - (bytes - this._writableBytes);
      if (first <= 0) return false;
      options.byteLength = message.length;
      part = message.subarray(0, first);
    }
    try {
      this._writableBytes = client.write(part, options);
      // The caller's array is its own again when this returns.
      if (inParts) this._rest = message.slice(part.length);
      this._partsPacketId = packetId;
      return true;
    } catch {
      if (this._listener) this._fail(this._listener);
      return false;
    }
  }

  close(): void {
    const client = this._client;
    // In the middle of a message a DISCONNECT would be taken for a part of it.
    const mayDisconnect = this._writableBytes > 0 && this._rest.length === 0;
    this._forget();
    if (!client) return;
    try {
      if (mayDisconnect) client.write(null, { operation: MQTT_DISCONNECT });
    } catch {
      // It is broken already: no goodbye.
    }
    try {
      client.close();
    } catch {
      // It has closed itself.
    }
  }

  /** For the callbacks alone: an event of a session. A client that was given up may still call back; only the current one is heard. */
  hear(number: number, event: number, count: number, detail?: boolean | MqttControl): void {
    const listener = this._listener;
    if (number !== this._number || !listener) return;
    try {
      if (event === WRITABLE) this._onWritable(count);
      else if (event === CONTROL) this._onControl(detail as MqttControl, listener);
      else if (event === READABLE) this._onReadable(this._client?.read(count), detail === true);
      else {
        // The client has closed itself.
        this._forget();
        listener.onClosed();
      }
    } catch {
      if (number === this._number) this._fail(listener);
    }
  }

  private _onControl(message: MqttControl, listener: UplinkListener): void {
    const { operation, id, returnCode } = message;
    if (operation === MQTT_CONNACK && !returnCode) listener.onConnected();
    // Nobody can acknowledge a message that is not yet sent to its end.
    else if (operation === MQTT_PUBACK && id !== undefined && !(this._rest.length > 0 && id === this._partsPacketId)) listener.onAcknowledged(id);
  }

  private _onWritable(count: number): void {
    this._writableBytes = count;
    if (count > this._windowBytes) this._windowBytes = count;
    const client = this._client;
    if (count === 0 || !client) return;
    const rest = this._rest;
    const topic = this._commandTopic;
    if (rest.length > 0) {
      const part = rest.subarray(0, count);
      this._rest = rest.subarray(part.length);
      this._writableBytes = client.write(part);
    } else if (topic !== "" && count >= topic.length + SUBSCRIBE_OVERHEAD_BYTES) {
      this._commandTopic = "";
      this._writableBytes = client.write(null, { operation: MQTT_SUBSCRIBE, items: [{ topic, QoS: 1 }], id: SUBSCRIBE_PACKET_ID });
    }
  }

  /** A part of a message, or all of it. Whatever its length, it must be read, or the client would stop. */
  private _onReadable(part: ArrayBuffer | undefined, more: boolean): void {
    const bytes = part ? new Uint8Array(part) : NOTHING;
    const before = this._incomingBytes;
    this._incomingBytes += bytes.length;
    if (this._incomingBytes <= MESSAGE_BYTES_MAX) {
      const joined = new Uint8Array(this._incomingBytes);
      joined.set(this._incoming);
      joined.set(bytes, before);
      this._incoming = joined;
    }
    if (more) return;
    const message = this._incoming;
    const isWhole = message.length === this._incomingBytes;
    this._incoming = NOTHING;
    this._incomingBytes = 0;
    if (isWhole) this._commands?.receive(message);
  }

  /** Something threw: the session is over. */
  private _fail(listener: UplinkListener): void {
    this.close();
    try {
      listener.onClosed();
    } catch {
      // The listener finds out by its own time limits.
    }
  }

  private _forget(): void {
    this._number++;
    this._client = undefined;
    this._listener = undefined;
    this._writableBytes = 0;
    this._windowBytes = 0;
    this._incomingBytes = 0;
    this._rest = NOTHING;
    this._incoming = NOTHING;
  }
}

/** What the callbacks of a session's client find as its `target`. They are functions of the module, which lie in flash; closures would take ten times the RAM of this. */
interface Session {
  readonly uplink: MqttUplink;
  readonly number: number;
}

function onReadable(this: MqttCaller, count: number, options: { readonly more: boolean }): void {
  hear(this, READABLE, count, options.more);
}

function onWritable(this: MqttCaller, count: number): void {
  hear(this, WRITABLE, count);
}

function onControl(this: MqttCaller, message: MqttControl): void {
  hear(this, CONTROL, 0, message);
}

function onError(this: MqttCaller): void {
  hear(this, ERROR, 0);
}

function hear(caller: MqttCaller, event: number, count: number, detail?: boolean | MqttControl): void {
  const { uplink, number } = caller.target as Session;
  uplink.hear(number, event, count, detail);
}

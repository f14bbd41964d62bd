// MqttUplink: the Uplink contract over any ECMA-419 MQTT client; the same code on the device and on the desk.
import { MESSAGE_BYTES_MAX, SUBSCRIBE_PACKET_ID, type Uplink, type UplinkListener, type UplinkSession } from "../../contracts/uplink.js";
import { type ResolverOptions, guardResolver } from "./guarded-resolver.js";
import type { MqttClient, MqttClientConstructor, MqttControl } from "./mqtt-client.js";
import { MQTT_CONNACK, MQTT_DISCONNECT, MQTT_PUBACK, MQTT_SUBSCRIBE } from "./mqtt-client.js";

/** Fixed header, remaining length, topic length and packet identifier of a PUBLISH. [bytes] MQTT 3.1.1, section 3.3 */
const PUBLISH_OVERHEAD_BYTES = 9;
/** Fixed header, packet identifier, topic length and QoS of a SUBSCRIBE. [bytes] Section 3.8. */
const SUBSCRIBE_OVERHEAD_BYTES = 7;

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
  readonly #broker: BrokerOptions;
  #client: MqttClient | undefined;
  #listener: UplinkListener | undefined;
  /** Of the session; a new one with each end of a session. */
  #number = 0;
  #writableBytes = 0;
  /** The most that was writable in this session: a longer message must go in parts. */
  #windowBytes = 0;
  /** What is still to be written of a message in parts; meanwhile no other packet may go. Empty: there is none. */
  #rest = NOTHING;
  #partsPacketId = 0;
  /** To be subscribed to as soon as there is room; "" when that is done. */
  #commandTopic = "";
  /** The message that is coming in, and how much of it has come; more than fits is not kept. */
  #incoming = NOTHING;
  #incomingBytes = 0;

  constructor(broker: BrokerOptions) {
    this.#broker = broker;
  }

  open(session: UplinkSession, listener: UplinkListener): void {
    this.close();
    const { Client, dns, ...broker } = this.#broker;
    const will = session.willMessage;
    const number = this.#number;
    this.#commandTopic = session.commandTopic ?? "";
    this.#incoming = NOTHING;
    this.#incomingBytes = 0;
    let client: MqttClient | undefined;
    // A client that was given up may still call back; only the current one is heard.
    const isCurrent = (): boolean => number === this.#number;
    const guard = (action: () => void): void => {
      if (!isCurrent()) return;
      try {
        action();
      } catch {
        if (isCurrent()) this.#fail(listener);
      }
    };
    try {
      client = new Client({
        ...broker,
        ...(dns && { dns: guardResolver(dns, isCurrent) }),
        id: session.clientId,
        clean: true,
        keepAlive: session.keepAliveMs,
        will: { topic: session.willTopic, message: will.slice().buffer, QoS: 1, retain: true },
        onReadable: (count, { more }) => guard(() => this.#onReadable(client?.read(count), more, listener)),
        onWritable: (count) => guard(() => this.#onWritable(count)),
        onControl: (message) => guard(() => this.#onControl(message, listener)),
        onError: () => guard(() => this.#end(listener)),
      });
      if (!isCurrent()) return;
      this.#client = client;
      this.#listener = listener;
    } catch {
      if (isCurrent()) this.#fail(listener);
    }
  }

  publish(topic: string, message: Uint8Array, retain: boolean, packetId: number, duplicate: boolean): boolean {
    const client = this.#client;
    if (!client || this.#rest.length > 0) return false;
    const bytes = topic.length + message.length + PUBLISH_OVERHEAD_BYTES;
    const inParts = bytes > this.#windowBytes;
    // The first part is worth a packet of its own when half the window is free.
    const roomBytes = inParts ? this.#windowBytes / 2 : bytes;
    if (this.#writableBytes === 0 || this.#writableBytes < roomBytes) return false;
    try {
      if (!inParts) {
        this.#writableBytes = client.write(message, { topic, QoS: 1, retain, id: packetId, duplicate });
        return true;
      }
      const first = message.length - (bytes - this.#writableBytes);
      if (first <= 0) return false;
      this.#writableBytes = client.write(message.subarray(0, first), { topic, QoS: 1, retain, id: packetId, duplicate, byteLength: message.length });
      // The caller's array is its own again when this returns.
      this.#rest = message.slice(first);
      this.#partsPacketId = packetId;
      return true;
    } catch {
      if (this.#listener) this.#fail(this.#listener);
      return false;
    }
  }

  close(): void {
    const client = this.#client;
    // In the middle of a message a DISCONNECT would be taken for a part of it.
    const mayDisconnect = this.#writableBytes > 0 && this.#rest.length === 0;
    this.#forget();
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

  #onControl(message: MqttControl, listener: UplinkListener): void {
    if (message.operation === MQTT_CONNACK && !message.returnCode) listener.onConnected();
    // Nobody can acknowledge a message that is not yet sent to its end.
    else if (message.operation === MQTT_PUBACK && message.id !== undefined && !(this.#rest.length > 0 && message.id === this.#partsPacketId)) listener.onAcknowledged(message.id);
  }

  #onWritable(count: number): void {
    this.#writableBytes = count;
    if (count > this.#windowBytes) this.#windowBytes = count;
    const rest = this.#rest;
    if (count === 0 || !this.#client) return;
    if (rest.length === 0) return this.#subscribe(this.#client);
    const part = rest.subarray(0, count);
    this.#rest = rest.subarray(part.length);
    this.#writableBytes = this.#client.write(part);
  }

  #subscribe(client: MqttClient): void {
    const topic = this.#commandTopic;
    if (topic === "" || this.#writableBytes < topic.length + SUBSCRIBE_OVERHEAD_BYTES) return;
    this.#commandTopic = "";
    this.#writableBytes = client.write(null, { operation: MQTT_SUBSCRIBE, items: [{ topic, QoS: 1 }], id: SUBSCRIBE_PACKET_ID });
  }

  /** A part of a message, or all of it. Whatever its length, it must be read, or the client would stop. */
  #onReadable(part: ArrayBuffer | undefined, more: boolean, listener: UplinkListener): void {
    const bytes = part ? new Uint8Array(part) : NOTHING;
    const before = this.#incomingBytes;
    this.#incomingBytes += bytes.length;
    if (this.#incomingBytes <= MESSAGE_BYTES_MAX) {
      const joined = new Uint8Array(this.#incomingBytes);
      joined.set(this.#incoming);
      joined.set(bytes, before);
      this.#incoming = joined;
    }
    if (more) return;
    const message = this.#incoming;
    const isWhole = message.length === this.#incomingBytes;
    this.#incoming = NOTHING;
    this.#incomingBytes = 0;
    if (isWhole) listener.onMessage?.(message);
  }

  /** Something threw: the session is over. */
  #fail(listener: UplinkListener): void {
    this.close();
    try {
      listener.onClosed();
    } catch {
      // The listener finds out by its own time limits.
    }
  }

  /** The client has closed itself. */
  #end(listener: UplinkListener): void {
    this.#forget();
    listener.onClosed();
  }

  #forget(): void {
    this.#number++;
    this.#client = undefined;
    this.#listener = undefined;
    this.#writableBytes = 0;
    this.#windowBytes = 0;
    this.#rest = NOTHING;
  }
}

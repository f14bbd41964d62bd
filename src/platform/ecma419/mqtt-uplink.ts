// MqttUplink: the Uplink contract over any ECMA-419 MQTT client; the same code on the device and on the desk.
import type { Uplink, UplinkListener, UplinkSession } from "../../contracts/uplink.js";
import { type ResolverOptions, guardResolver } from "./guarded-resolver.js";
import type { MqttClient, MqttClientConstructor, MqttControl } from "./mqtt-client.js";
import { MQTT_CONNACK, MQTT_DISCONNECT, MQTT_PUBACK } from "./mqtt-client.js";

/** Fixed header, remaining length, topic length and packet identifier of a PUBLISH. [bytes] MQTT 3.1.1, section 3.3 */
const PUBLISH_OVERHEAD_BYTES = 9;

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
 * One MQTT session after another. Keeps nothing that matters: what is unacknowledged when a session ends is in the journal.
 * Exceptions of the client become `onClosed`, since one that escapes a callback would restart the device.
 */
export class MqttUplink implements Uplink {
  readonly #broker: BrokerOptions;
  #client: MqttClient | undefined;
  #listener: UplinkListener | undefined;
  #writableBytes = 0;

  constructor(broker: BrokerOptions) {
    this.#broker = broker;
  }

  open(session: UplinkSession, listener: UplinkListener): void {
    this.close();
    const { Client, dns, ...broker } = this.#broker;
    const will = session.willMessage;
    let client: MqttClient | undefined;
    // A client that was given up may still call back; only the current one is heard.
    const isCurrent = (): boolean => client === undefined || client === this.#client;
    try {
      client = new Client({
        ...broker,
        ...(dns && { dns: guardResolver(dns, isCurrent) }),
        id: session.clientId,
        clean: true,
        keepAlive: session.keepAliveMs,
        will: { topic: session.willTopic, message: will.slice().buffer, QoS: 1, retain: true },
        onReadable: (count) => {
          if (isCurrent()) client?.read(count);
        },
        onWritable: (count) => {
          if (isCurrent()) this.#writableBytes = count;
        },
        onControl: (message) => {
          if (isCurrent()) this.#onControl(message, listener);
        },
        onError: () => {
          if (isCurrent()) this.#end(listener);
        },
      });
      this.#client = client;
      this.#listener = listener;
    } catch {
      this.#end(listener);
    }
  }

  publish(topic: string, message: Uint8Array, retain: boolean, packetId: number, duplicate: boolean): boolean {
    const client = this.#client;
    if (!client || this.#writableBytes < topic.length + message.length + PUBLISH_OVERHEAD_BYTES) return false;
    try {
      this.#writableBytes = client.write(message, { topic, QoS: 1, retain, id: packetId, duplicate });
      return true;
    } catch {
      const listener = this.#listener;
      this.#writableBytes = 0;
      this.close();
      listener?.onClosed();
      return false;
    }
  }

  close(): void {
    const client = this.#client;
    this.#client = undefined;
    this.#listener = undefined;
    const wasUp = this.#writableBytes > 0;
    this.#writableBytes = 0;
    if (!client) return;
    try {
      if (wasUp) client.write(null, { operation: MQTT_DISCONNECT });
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
    else if (message.operation === MQTT_PUBACK && message.id !== undefined) listener.onAcknowledged(message.id);
  }

  /** The client has closed itself, or never came to be. */
  #end(listener: UplinkListener): void {
    this.#client = undefined;
    this.#listener = undefined;
    this.#writableBytes = 0;
    listener.onClosed();
  }
}

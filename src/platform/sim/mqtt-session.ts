// MqttSession: the network end of one MQTT session of the simulated device, over a real socket to a real broker.
import { type Socket, connect, isIP } from "node:net";
import { TLSSocket, connect as connectTls } from "node:tls";
import mqttPacket from "mqtt-packet";
import type { BrokerAddress } from "./broker.js";

/** What the device asked for when it opened the session. */
export interface SessionOptions {
  readonly clientId: string;
  readonly keepAliveMs: number;
  readonly willTopic: string;
  readonly willMessage: Uint8Array;
}

/** What became of something that was sent: the broker's answer, or that there will be none. */
export type Answer = "answered" | "failed";

/**
 * Sends packets at once and lets the world ask later what came back, so that the world, and not the speed of this machine,
 * decides when the device learns of it.
 */
export class MqttSession {
  readonly #socket: Socket;
  readonly #waiting = new Map<string, (answer: Answer) => void>();
  #failed = false;
  /** The broker accepted the session, or not. */
  readonly connected: Promise<Answer>;
  /** Called once when the socket ends without our doing. */
  onFailed: () => void = () => {};
  /** Called with a PUBACK that nobody awaits: a second one, or one for an unknown message. */
  onUnasked: (messageId: number) => void = () => {};
  /** A message came on a topic that was subscribed to. */
  onMessage: (message: Uint8Array) => void = () => {};
  /** Why the broker turned the device away, if it did. */
  refusal = "";

  constructor(broker: BrokerAddress, options: SessionOptions, credentials: { username?: string; password?: string } = {}) {
    this.#socket = openSocket(broker);
    this.#socket.setNoDelay(true);
    const parser = mqttPacket.parser({ protocolVersion: 4 });
    parser.on("packet", (packet) => {
      if (packet.cmd === "connack") {
        if (packet.returnCode) this.refusal = `return code ${packet.returnCode}`;
        this.#answer("connack", packet.returnCode ? "failed" : "answered");
      }
      if (packet.cmd === "pingresp") this.#answer("pingresp", "answered");
      if (packet.cmd === "puback" && packet.messageId !== undefined) this.#onPuback(packet.messageId);
      if (packet.cmd === "suback") this.#answer(`suback ${packet.messageId}`, "answered");
      if (packet.cmd === "publish") {
        if (packet.qos === 1) this.#send({ cmd: "puback", messageId: packet.messageId as number });
        this.onMessage(packet.payload as Buffer);
      }
    });
    parser.on("error", (error) => this.#socket.destroy(error));
    this.#socket.on("data", (bytes) => parser.parse(bytes));
    this.#socket.on("error", (error: NodeJS.ErrnoException) => (this.refusal ||= error.code ?? error.message));
    this.#socket.on("close", () => this.#fail());
    this.connected = this.#await("connack");
    this.#send({
      cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean: true, clientId: options.clientId,
      keepalive: Math.ceil(options.keepAliveMs / 1000),
      will: { topic: options.willTopic, payload: Buffer.from(options.willMessage), qos: 1, retain: true },
      ...credentials.username !== undefined && { username: credentials.username },
      ...credentials.password !== undefined && { password: Buffer.from(credentials.password) },
    });
  }

  /** Publishes with QoS 1. @returns the broker's answer */
  publish(topic: string, message: Uint8Array, retain: boolean, messageId: number): Promise<Answer> {
    const answer = this.#await(`puback ${messageId}`);
    this.#send({ cmd: "publish", topic, payload: Buffer.from(message), qos: 1, retain, dup: false, messageId });
    return answer;
  }

  /** Subscribes with QoS 1. @returns the broker's answer */
  subscribe(topic: string, messageId: number): Promise<Answer> {
    const answer = this.#await(`suback ${messageId}`);
    this.#send({ cmd: "subscribe", messageId, subscriptions: [{ topic, qos: 1 }] });
    return answer;
  }

  /** @returns the broker's answer */
  ping(): Promise<Answer> {
    const answer = this.#await("pingresp");
    this.#send({ cmd: "pingreq" });
    return answer;
  }

  /** Says goodbye, so that the broker does not publish the Last Will. */
  disconnect(): void {
    this.#send({ cmd: "disconnect" });
  }

  /** The device is done with the session. */
  end(): void {
    this.onFailed = () => {};
    this.#socket.end();
  }

  /** The network or the device is gone: no goodbye. */
  cut(): void {
    this.onFailed = () => {};
    // Node can't reset a connection under TLS; closing it without an MQTT goodbye looks the same to the broker.
    if (this.#socket instanceof TLSSocket) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  #onPuback(messageId: number): void {
    const key = `puback ${messageId}`;
    if (this.#waiting.has(key)) this.#answer(key, "answered");
    else this.onUnasked(messageId);
  }

  #send(packet: mqttPacket.Packet): void {
    if (this.#socket.writable) this.#socket.write(mqttPacket.generate(packet, { protocolVersion: 4 }));
  }

  #await(key: string): Promise<Answer> {
    if (this.#failed) return Promise.resolve("failed");
    return new Promise((resolve) => this.#waiting.set(key, resolve));
  }

  #answer(key: string, answer: Answer): void {
    this.#waiting.get(key)?.(answer);
    this.#waiting.delete(key);
  }

  #fail(): void {
    if (this.#failed) return;
    this.#failed = true;
    for (const resolve of this.#waiting.values()) resolve("failed");
    this.#waiting.clear();
    this.onFailed();
  }
}

function openSocket({ host, port, tls }: BrokerAddress): Socket {
  if (!tls) return connect(port, host);
  return connectTls({ ...tls, host, port, ...(isIP(host) === 0 && { servername: host }) });
}

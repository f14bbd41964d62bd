// A proxy between the simulator and a real broker that meddles with the device's session only: what the broker answers can be changed or kept back.
import { once } from "node:events";
import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";
import mqttPacket from "mqtt-packet";

/** @returns what the device gets in place of the broker's packet. @param session number of the device's session, from 1 */
export type Meddle = (packet: mqttPacket.Packet, session: number) => readonly mqttPacket.Packet[] | Promise<readonly mqttPacket.Packet[]>;

const OPTIONS = { protocolVersion: 4 };

export class MeddlingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #device: Socket | undefined;
  /** Sessions that the device opened. */
  sessions = 0;
  /** Packet identifiers of the device's PUBLISHes, in order. */
  readonly publishedIds: number[] = [];
  /** SUBSCRIBEs of all others. */
  subscribes = 0;
  meddle: Meddle = (packet) => [packet];
  /** Connections of the device are kept waiting until this is done. */
  hold: Promise<void> = Promise.resolve();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(brokerPort: number, deviceId = "edgebeat-1"): Promise<MeddlingProxy> {
    const server = createServer();
    const proxy = new MeddlingProxy(server);
    server.on("connection", (client) => void proxy.#serve(client, brokerPort, deviceId));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Sends the device a packet in its latest session. */
  send(packet: mqttPacket.Packet): void {
    if (this.#device?.writable) this.#device.write(mqttPacket.generate(packet, OPTIONS));
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  async #serve(client: Socket, brokerPort: number, deviceId: string): Promise<void> {
    this.#keep(client);
    client.pause();
    const parser = mqttPacket.parser(OPTIONS);
    const chunks: Buffer[] = [];
    let isDevice = false;
    const connected = new Promise<void>((resolve) => {
      parser.on("packet", (packet) => {
        if (packet.cmd === "connect") {
          isDevice = packet.clientId === deviceId;
          resolve();
        }
        if (packet.cmd === "publish" && isDevice && packet.messageId !== undefined) this.publishedIds.push(packet.messageId);
        if (packet.cmd === "subscribe" && !isDevice) this.subscribes++;
      });
      client.once("close", () => resolve());
    });
    client.on("data", (chunk: Buffer) => parser.parse(chunk));
    const collect = (chunk: Buffer): void => void chunks.push(chunk);
    client.on("data", collect);
    client.resume();
    await connected;
    if (isDevice) await this.hold;
    const broker = connect(brokerPort, "127.0.0.1");
    this.#keep(broker);
    broker.on("close", () => client.destroy());
    client.on("close", () => broker.destroy());
    client.off("data", collect);
    broker.write(Buffer.concat(chunks));
    client.on("data", (chunk: Buffer) => broker.write(chunk));
    if (isDevice) this.#pass(broker, client, ++this.sessions);
    else broker.pipe(client);
  }

  /** Passes the broker's packets on to the device, one after the other. */
  #pass(broker: Socket, client: Socket, session: number): void {
    this.#device = client;
    const parser = mqttPacket.parser(OPTIONS);
    let last = Promise.resolve();
    parser.on("packet", (packet) => {
      last = last.then(async () => {
        for (const each of await this.meddle(packet, session)) if (client.writable) client.write(mqttPacket.generate(each, OPTIONS));
      });
    });
    broker.on("data", (chunk: Buffer) => parser.parse(chunk));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }
}

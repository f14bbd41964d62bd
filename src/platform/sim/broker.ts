// The embedded MQTT broker of the simulator: aedes on TCP and on WebSocket.
import type { AddressInfo, Server } from "node:net";
import { createServer } from "node:net";
import { createServer as createHttpServer } from "node:http";
import { Aedes } from "aedes";
import { WebSocketServer, createWebSocketStream } from "ws";

/** What a TLS connection needs besides the host's name; all PEM. */
export interface TlsIdentity {
  /** Who may vouch for the broker; without it the authorities that come with Node. */
  readonly ca?: Buffer;
  /** Who we are. */
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** Where a running broker can be reached. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
  /** With TLS, which checks the broker's certificate and name. */
  readonly tls?: TlsIdentity | undefined;
}

export interface EmbeddedBroker {
  readonly mqtt: BrokerAddress;
  readonly webSocketUrl: string;
  readonly webSocketPort: number;
  close(): Promise<void>;
}

/** Loopback only: the simulator is nobody else's business. */
const HOST = "127.0.0.1";

/**
 * Listens on `port`, or on a free one when it is taken.
 * @param port wanted port; 0 for any
 */
export function listenNear(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      if (error.code !== "EADDRINUSE" && error.code !== "EACCES") return reject(error);
      server.once("error", reject);
      server.listen(0, HOST);
    };
    server.once("error", onError);
    server.once("listening", () => {
      server.off("error", onError);
      resolve((server.address() as AddressInfo).port);
    });
    server.listen(port, HOST);
  });
}

/** Starts a broker; it speaks MQTT 3.1.1 over TCP and over WebSocket. */
export async function startBroker(wanted: { mqttPort: number; webSocketPort: number }): Promise<EmbeddedBroker> {
  const aedes = await Aedes.createBroker();
  const tcpServer = createServer((socket) => {
    socket.setNoDelay(true);
    aedes.handle(socket);
  });
  const httpServer = createHttpServer();
  const webSocketServer = new WebSocketServer({ server: httpServer, handleProtocols: (protocols) => (protocols.has("mqtt") ? "mqtt" : false) });
  webSocketServer.on("connection", (webSocket, request) => {
    const stream = createWebSocketStream(webSocket);
    stream.on("error", () => webSocket.terminate());
    aedes.handle(stream, request);
  });
  const mqttPort = await listenNear(tcpServer, wanted.mqttPort);
  const webSocketPort = await listenNear(httpServer, wanted.webSocketPort);
  return {
    mqtt: { host: HOST, port: mqttPort },
    webSocketUrl: `ws://${HOST}:${webSocketPort}`,
    webSocketPort,
    close: async () => {
      for (const client of webSocketServer.clients) client.terminate();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      await Promise.all([tcpServer, httpServer].map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
    },
  };
}

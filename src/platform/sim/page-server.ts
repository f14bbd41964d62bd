// PageServer: serves the bedside page and is its local screen cable: samples, beats and state out, commands in.
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { RawData } from "ws";
import { WebSocket, WebSocketServer } from "ws";
import type { BedsideBeat, BedsideMessage, BedsideState, CommandName, Hello, PageConfig } from "../../dashboard/bedside.js";
import { BEDSIDE_PATH, COMMAND_BYTES_MAX, CONFIG_PATH, FRAME_SAMPLES_MAX, encodeSamples, parseCommand } from "../../dashboard/bedside.js";
import { SAMPLE_RATE_HZ } from "../../vocabulary/sample.js";
import type { Dashboard, DashboardFile } from "./dashboard-bundle.js";
import { bundleDashboard } from "./dashboard-bundle.js";

/** Samples are gathered this long before they are sent. [ms] Shorter than the page needs for an even sweep; at high speed it saves thousands of messages. */
const FLUSH_MS = 40;
/** A screen that reads too slowly misses frames, which it shows as gaps, rather than filling our memory. */
const BACKLOG_BYTES_MAX = 1 << 20;
/** Screens at a time. Each further one is turned away. */
const SCREENS_MAX = 16;
/** WebSocket close code "going away". Source: RFC 6455, section 7.4.1. */
const CLOSE_GOING_AWAY = 1001;

const CONTENT_TYPES: Readonly<Record<DashboardFile, string>> = {
  "index.html": "text/html; charset=utf-8",
  "style.css": "text/css; charset=utf-8",
  "icon.svg": "image/svg+xml",
  "main.js": "text/javascript; charset=utf-8",
};

export interface PageServerOptions {
  /** Wanted port; another free one is used if it is taken. 0 = any. */
  port: number;
  /** Address to listen on. Default: this machine only. */
  host?: string;
  config: Pick<PageConfig, "brokerUrl">;
  /** Keys for the page, asked for with each load. */
  keys?: (() => PageConfig["keys"]) | undefined;
  hello: Hello;
  /** Called with each valid command; false cuts the link, pulls the lead, cuts the power. */
  onCommand(name: CommandName, value: boolean): void;
}

export class PageServer {
  /** Address of the page. */
  readonly url: string;
  readonly port: number;
  /** The wanted port was taken, so `port` is another. */
  readonly portWasTaken: boolean;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: COMMAND_BYTES_MAX, perMessageDeflate: false });
  readonly #options: PageServerOptions;
  readonly #dashboard: Dashboard;
  /** Names under which this server may be called; undefined = any, when it listens beyond this machine. */
  readonly #hosts: ReadonlySet<string> | undefined;
  readonly #flushTimer: NodeJS.Timeout;
  readonly #pendingUv = new Int16Array(FRAME_SAMPLES_MAX);
  #pendingFirst = 0;
  #pendingCount = 0;
  #state: BedsideState | undefined;

  /** @throws Error with one clear line if the port cannot be used for another reason than being taken. */
  static async start(options: PageServerOptions): Promise<PageServer> {
    const host = options.host ?? "127.0.0.1";
    const dashboard = await bundleDashboard();
    const server = createServer();
    let portWasTaken = false;
    try {
      await listen(server, options.port, host);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "EADDRINUSE") throw new Error(`page: cannot listen on ${host} port ${options.port} (${code}); expected a free port of this machine`);
      portWasTaken = true;
      await listen(server, 0, host);
    }
    return new PageServer(server, host, portWasTaken, dashboard, options);
  }

  private constructor(server: Server, host: string, portWasTaken: boolean, dashboard: Dashboard, options: PageServerOptions) {
    this.#server = server;
    this.#dashboard = dashboard;
    this.#options = options;
    this.port = (server.address() as AddressInfo).port;
    this.portWasTaken = portWasTaken;
    const name = host.includes(":") ? `[${host}]` : host;
    this.url = `http://${name}:${this.port}/`;
    const isLocal = name === "localhost" || name === "[::1]" || name.startsWith("127.");
    this.#hosts = isLocal ? new Set([name, "localhost", "127.0.0.1", "[::1]"].map((local) => `${local}:${this.port}`)) : undefined;
    server.on("request", (request, response) => this.#serve(request, response));
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    this.#flushTimer = setInterval(() => this.#flush(), FLUSH_MS);
    this.#flushTimer.unref();
  }

  /** Screens that watch now. */
  get screenCount(): number {
    return this.#sockets.clients.size;
  }

  /** Shows samples [uV]. Consecutive calls are joined; a jump in the numbers shows as a gap, a step back as a restart. Values beyond int16 are clipped. Copies. */
  pushSamples(firstSample: number, samplesUv: ArrayLike<number>, count: number): void {
    if (this.screenCount === 0) return;
    for (let index = 0; index < count; index++) {
      const isNext = firstSample + index === this.#pendingFirst + this.#pendingCount;
      if (!isNext || this.#pendingCount === FRAME_SAMPLES_MAX) this.#flush();
      if (this.#pendingCount === 0) this.#pendingFirst = firstSample + index;
      this.#pendingUv[this.#pendingCount++] = Math.max(-32768, Math.min(32767, samplesUv[index] as number));
    }
  }

  /** Marks a beat, after all samples pushed before it. */
  pushBeat(beat: BedsideBeat): void {
    this.#flush();
    this.#broadcast({ type: "beat", ...beat });
  }

  /** Shows how device and world are; call it about four times a second and after each change. */
  pushState(state: BedsideState): void {
    this.#state = { ...state };
    this.#flush();
    this.#broadcast({ type: "state", ...state });
  }

  async close(): Promise<void> {
    clearInterval(this.#flushTimer);
    this.#flush();
    for (const screen of this.#sockets.clients) screen.close(CLOSE_GOING_AWAY, "the simulator ends");
    this.#sockets.close();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeIdleConnections();
      // A screen that does not answer the close must not keep the simulator from ending.
      setTimeout(() => {
        for (const screen of this.#sockets.clients) screen.terminate();
        this.#server.closeAllConnections();
      }, 500).unref();
    });
  }

  #flush(): void {
    if (this.#pendingCount === 0) return;
    const frame = encodeSamples(this.#pendingFirst, this.#pendingUv, this.#pendingCount);
    this.#pendingCount = 0;
    for (const screen of this.#sockets.clients)
      if (screen.readyState === WebSocket.OPEN && screen.bufferedAmount < BACKLOG_BYTES_MAX) screen.send(frame);
  }

  #broadcast(message: BedsideMessage): void {
    if (this.screenCount === 0) return;
    const text = JSON.stringify(message);
    for (const screen of this.#sockets.clients)
      if (screen.readyState === WebSocket.OPEN && screen.bufferedAmount < BACKLOG_BYTES_MAX) screen.send(text);
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const host = request.headers.host ?? "";
    if (!this.#isOurName(host)) return refuse(response, 421, `host: "${host}", expected ${this.url}`);
    if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405, `method: ${request.method}, expected GET or HEAD`, { allow: "GET, HEAD" });
    const path = (request.url ?? "").split("?", 1)[0] as string;
    const headers = this.#headers(host);
    if (path === CONFIG_PATH) {
      const config: PageConfig = { brokerUrl: this.#options.config.brokerUrl, deviceId: this.#options.hello.deviceId, keys: this.#options.keys?.() };
      response.writeHead(200, { ...headers, "content-type": "application/json" });
      response.end(request.method === "HEAD" ? undefined : JSON.stringify(config));
      return;
    }
    // A closed table of names: no path of the request ever reaches the file system.
    const name = path === "/" ? "index.html" : (path.slice(1) as DashboardFile);
    const bytes = this.#dashboard.get(name);
    if (!bytes) return refuse(response, 404, `path: "${path}", expected /`);
    response.writeHead(200, { ...headers, "content-type": CONTENT_TYPES[name], "content-length": bytes.length });
    response.end(request.method === "HEAD" ? undefined : bytes);
  }

  #headers(host: string): Record<string, string> {
    const { brokerUrl } = this.#options.config;
    // 'self' does not cover ws: in every browser, so the cable's address is spelt out.
    const connections = `'self' ws://${host}${brokerUrl === "" ? "" : ` ${new URL(brokerUrl).origin}`}`;
    return {
      ...PLAIN_HEADERS,
      "content-security-policy": `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src ${connections}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    };
  }

  /** Against DNS rebinding: a name that someone else pointed at this machine is not ours. */
  #isOurName(host: string): boolean {
    return this.#hosts ? this.#hosts.has(host.toLowerCase()) : /^[\w.:[\]-]+$/.test(host);
  }

  /** Only our own page may watch and command: browsers let any site open a WebSocket, but say whose it is. */
  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const { host = "", origin } = request.headers;
    if (request.url !== BEDSIDE_PATH) return turnAway(socket, "404 Not Found");
    if (!this.#isOurName(host) || origin !== `http://${host}`) return turnAway(socket, "403 Forbidden");
    if (this.screenCount >= SCREENS_MAX) return turnAway(socket, "503 Service Unavailable");
    this.#sockets.handleUpgrade(request, socket, head, (screen) => this.#greet(screen));
  }

  #greet(screen: WebSocket): void {
    const send = (message: BedsideMessage): void => screen.send(JSON.stringify(message));
    screen.on("error", () => screen.terminate());
    screen.on("message", (data: RawData, isBinary: boolean) => {
      const parsed = parseCommand(isBinary ? "" : String(data));
      if (parsed.ok) this.#options.onCommand(parsed.command.name, parsed.command.value);
      else send({ type: "error", problem: parsed.problem });
    });
    send({ type: "hello", sampleRateHz: SAMPLE_RATE_HZ, ...this.#options.hello });
    if (this.#state) send({ type: "state", ...this.#state });
  }
}

const PLAIN_HEADERS = {
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function refuse(response: ServerResponse, statusCode: number, problem: string, headers: Record<string, string> = {}): void {
  response.writeHead(statusCode, { ...PLAIN_HEADERS, ...headers, "content-type": "text/plain; charset=utf-8" });
  response.end(`${problem}\n`);
}

function turnAway(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

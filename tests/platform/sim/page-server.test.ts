// The page's server: files, headers, who may connect, what goes over the cable.
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { BedsideState } from "../../../src/dashboard/bedside.js";
import { FRAME_SAMPLES_MAX, decodeSamples } from "../../../src/dashboard/bedside.js";
import { PageServer } from "../../../src/platform/sim/page-server.js";

const STATE: BedsideState = { simMs: 10, linkUp: true, online: true, leadOff: false, powered: true, heartRateBpm: 61, pendingAlerts: 0, speed: "max", finished: false };
const commands: unknown[] = [];

function start(port = 0, host?: string, brokerUrl = "ws://127.0.0.1:9001/mqtt"): Promise<PageServer> {
  return PageServer.start({
    port,
    ...(host === undefined ? {} : { host }),
    config: { brokerUrl },
    hello: { record: "r", engine: "xs", speed: "max", deviceId: "bed-1" },
    onCommand: (...command) => commands.push(command),
  });
}

let server: PageServer;
beforeAll(async () => {
  server = await start();
});
afterAll(() => server.close());

interface Reply {
  statusCode: number;
  headers: Record<string, unknown>;
  body: string;
}
function get(path: string, options: { method?: string; host?: string; port?: number } = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = options.host === undefined ? {} : { host: options.host };
    const sent = request({ host: "127.0.0.1", port: options.port ?? server.port, path, method: options.method ?? "GET", headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk) => (body += chunk)).on("end", () => resolve({ statusCode: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on("error", reject).end();
  });
}

/** A screen that notes all it is told. */
async function screen(options: { origin?: string; path?: string; host?: string } = {}) {
  const origin = options.origin ?? `http://127.0.0.1:${server.port}`;
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${options.path ?? "/sim"}`, {
    headers: { ...(origin === "" ? {} : { origin }), ...(options.host ? { host: options.host } : {}) },
  });
  const told: Record<string, unknown>[] = [];
  socket.on("message", (data: Buffer, isBinary) => {
    const frame = isBinary && decodeSamples(data.buffer.slice(data.byteOffset, data.byteOffset + data.length) as ArrayBuffer);
    told.push(frame ? { type: "samples", first: frame.firstSample, samples: [...frame.samplesUv] } : JSON.parse(String(data)));
  });
  const status = await new Promise<number>((resolve) => {
    socket.on("open", () => resolve(101));
    socket.on("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
    socket.on("error", () => resolve(0));
  });
  const close = async (): Promise<void> => {
    socket.close();
    await once(socket, "close");
    await expect.poll(() => server.screenCount).toBe(0);
  };
  return { socket, told, status, close };
}

describe("files", () => {
  it.each([
    ["/", "text/html; charset=utf-8", /<h1>.*edgebeat/],
    ["/index.html", "text/html; charset=utf-8", /Not a medical device/],
    ["/?theme=none", "text/html; charset=utf-8", /<h1>/],
    ["/style.css", "text/css; charset=utf-8", /--high:/],
    ["/icon.svg", "image/svg+xml", /<svg/],
    ["/main.js", "text/javascript; charset=utf-8", /edgebeat-page-/],
    ["/config.json", "application/json", /^\{"brokerUrl":"ws:\/\/127\.0\.0\.1:9001\/mqtt","deviceId":"bed-1"\}$/],
  ])("%s", async (path, contentType, body) => {
    const reply = await get(path);
    expect(reply.statusCode).toBe(200);
    expect(reply.headers["content-type"]).toBe(contentType);
    expect(reply.body).toMatch(body);
    const head = await get(path, { method: "HEAD" });
    expect([head.statusCode, head.body]).toEqual([200, ""]);
  });

  it.each(["/main.ts", "/../package.json", "/..%2fpackage.json", "//etc/passwd", "/%00", "/constructor", "/sim", "/style.css/", "/favicon.ico"])("%s is not there", async (path) => {
    expect((await get(path)).statusCode).toBe(404);
  });

  it("takes no other method", async () => {
    expect(await get("/", { method: "POST" })).toMatchObject({ statusCode: 405, body: "method: POST, expected GET or HEAD\n" });
  });

  it("allows the page itself, its cable and the broker, and nothing else", async () => {
    const { headers } = await get("/");
    expect(headers["content-security-policy"]).toBe(
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws://127.0.0.1:${server.port} ws://127.0.0.1:9001; ` +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cross-origin-resource-policy": "same-origin" });
  });

  it("serves the page without a broker too", async () => {
    const alone = await start(0, "localhost", "");
    const { statusCode, headers } = await get("/", { port: alone.port, host: `localhost:${alone.port}` });
    expect(statusCode).toBe(200);
    expect(headers["content-security-policy"]).toContain(`connect-src 'self' ws://localhost:${alone.port};`);
    await alone.close();
  });

  it("knows its own names, and refuses one that was pointed at it from outside", async () => {
    expect((await get("/", { host: `localhost:${server.port}` })).statusCode).toBe(200);
    for (const host of ["evil.example", `evil.example:${server.port}`, "127.0.0.1"]) expect((await get("/", { host })).statusCode).toBe(421);
  });
});

describe("port", () => {
  it("takes another one when the wanted one is taken, and says so", async () => {
    expect(server.portWasTaken).toBe(false);
    const second = await start(server.port);
    expect(second.portWasTaken).toBe(true);
    expect(second.port).not.toBe(server.port);
    expect(second.url).toBe(`http://127.0.0.1:${second.port}/`);
    await second.close();
  });

  it("says in one line why it cannot listen", async () => {
    await expect(start(0, "192.0.2.1")).rejects.toThrow("page: cannot listen on 192.0.2.1 port 0 (EADDRNOTAVAIL); expected a free port of this machine");
  });
});

describe("cable", () => {
  it.each([
    ["our page", {}, 101],
    ["another site", { origin: "http://evil.example" }, 403],
    ["another port of this machine", { origin: "http://127.0.0.1:1" }, 403],
    ["a sandboxed frame", { origin: "null" }, 403],
    ["no browser", { origin: "" }, 403],
    ["a site that points its name at us", { origin: "http://evil.example", host: "evil.example" }, 403],
    ["another path", { path: "/other" }, 404],
  ])("from %s", async (_name, options, status) => {
    const { socket, status: got } = await screen(options);
    expect(got).toBe(status);
    socket.terminate();
    await expect.poll(() => server.screenCount).toBe(0);
  });

  it("greets, and tells the last state", async () => {
    server.pushState(STATE);
    const { told, close } = await screen();
    await expect.poll(() => told).toEqual([
      { type: "hello", sampleRateHz: 250, record: "r", engine: "xs", speed: "max", deviceId: "bed-1" },
      { type: "state", ...STATE },
    ]);
    await close();
  });

  it("joins samples, keeps gaps, restarts and limits, and puts beats behind their samples", async () => {
    const { told, close } = await screen();
    await expect.poll(() => told.length).toBe(2);
    server.pushSamples(100, [1, 2, 99], 2);
    server.pushSamples(102, Int32Array.of(40_000, -40_000), 2);
    server.pushSamples(110, [5], 1);
    server.pushBeat({ sample: 101, class: "V", heartRateBpm: 70 });
    server.pushSamples(0, [6], 1);
    server.pushState(STATE);
    server.pushSamples(1, new Int16Array(FRAME_SAMPLES_MAX + 1), FRAME_SAMPLES_MAX + 1);
    await expect.poll(() => told.length).toBe(9);
    expect(told.slice(2, 7)).toEqual([
      { type: "samples", first: 100, samples: [1, 2, 32_767, -32_768] },
      { type: "samples", first: 110, samples: [5] },
      { type: "beat", sample: 101, class: "V", heartRateBpm: 70 },
      { type: "samples", first: 0, samples: [6] },
      { type: "state", ...STATE },
    ]);
    expect(told.slice(7).map(({ first, samples }) => [first, (samples as number[]).length])).toEqual([[1, FRAME_SAMPLES_MAX], [FRAME_SAMPLES_MAX + 1, 1]]);
    await close();
  });

  it("obeys commands, and answers what is none", async () => {
    commands.length = 0;
    const { socket, told, close } = await screen();
    socket.send(JSON.stringify({ type: "command", name: "link", value: false }));
    socket.send(JSON.stringify({ type: "command", name: "explode", value: true }));
    socket.send(Buffer.from([1, 2, 3]));
    socket.send(JSON.stringify({ type: "command", name: "power", value: true }));
    await expect.poll(() => commands).toEqual([["link", false], ["power", true]]);
    await expect.poll(() => told.filter(({ type }) => type === "error")).toEqual([
      { type: "error", problem: 'command.name: "explode", expected link, lead, power' },
      { type: "error", problem: "message: not JSON, expected a command" },
    ]);
    await close();
  });

  it("hangs up on a message that is too long", async () => {
    const { socket } = await screen();
    socket.send("x".repeat(1000));
    const [code] = await once(socket, "close");
    expect(code).toBe(1009);
  });

  it("turns away more screens than it can serve", async () => {
    const screens = [];
    for (let count = 0; count < 16; count++) screens.push(await screen());
    expect(screens.map(({ status }) => status)).toEqual(new Array(16).fill(101));
    expect((await screen()).status).toBe(503);
    for (const { socket } of screens) socket.terminate();
    await expect.poll(() => server.screenCount).toBe(0);
  });

  it("drops frames for a screen that does not read, and does not hoard them", async () => {
    const stuck = await screen();
    stuck.socket.pause();
    const samplesUv = new Int16Array(FRAME_SAMPLES_MAX);
    const before = process.memoryUsage().arrayBuffers;
    // 160 MB of frames; garbage that waits for its collection counts too.
    for (let block = 0; block < 10_000; block++) server.pushSamples(block * FRAME_SAMPLES_MAX, samplesUv, FRAME_SAMPLES_MAX);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(80 << 20);
    stuck.socket.terminate();
    await expect.poll(() => server.screenCount).toBe(0);
  });
});

describe("end", () => {
  it("tells its screens, and does not wait for one that is silent", async () => {
    const own = await start();
    const silent = connect(own.port, "127.0.0.1");
    await once(silent, "connect");
    silent.write(`GET /sim HTTP/1.1\r\nHost: 127.0.0.1:${own.port}\r\nOrigin: http://127.0.0.1:${own.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n`);
    await expect.poll(() => own.screenCount).toBe(1);
    const polite = new WebSocket(`ws://127.0.0.1:${own.port}/sim`, { origin: `http://127.0.0.1:${own.port}` });
    await once(polite, "open");
    const [[code]] = await Promise.all([once(polite, "close"), Promise.race([own.close(), pause(5000).then(() => expect.unreachable("close() waits for ever"))])]);
    expect(code).toBe(1001);
    silent.destroy();
  });
});

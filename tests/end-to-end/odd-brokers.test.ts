// Brokers and networks that behave oddly: whatever they acknowledge, forget or swallow, each alert arrives once.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type mqttPacket from "mqtt-packet";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { type EmbeddedBroker, startBroker } from "../../src/platform/sim/broker.js";
import { type Command, type JsonLine, freePort, startSim } from "./command.js";
import { type Meddle, MeddlingProxy } from "./meddling-proxy.js";

const SCENARIO = "synthetic:sinus:72@15,asystole@8,sinus:72@10,lead-off@5,sinus:72@10,asystole@8,sinus:72@10";
const identity = (line: JsonLine): string => `${line["bootCount"]}.${line["sequence"]}`;
const summary = (sim: Command): JsonLine => sim.of("summary")[0] as JsonLine;

async function expectEachOnce(sim: Command): Promise<void> {
  expect(await sim.ended(), sim.stderr).toBe(0);
  expect(summary(sim)).toMatchObject({ lost: 0, duplicates: 0, problems: 0, alertsPending: 0 });
  const raised = sim.of("raised").map(identity);
  expect(raised.length).toBeGreaterThanOrEqual(6);
  expect(sim.of("delivered").map(identity).toSorted()).toEqual(raised.toSorted());
}

describe("a broker that", () => {
  let broker: EmbeddedBroker;
  let proxy: MeddlingProxy;
  beforeEach(async () => {
    broker = await startBroker({ mqttPort: 0, webSocketPort: 0 });
    proxy = await MeddlingProxy.start(broker.mqtt.port);
  });
  afterEach(async () => {
    proxy.close();
    await broker.close();
  });
  const run = async (...args: string[]): Promise<Command> => {
    const sim = startSim(["--speed", "max", "--patient", SCENARIO, "--broker", `mqtt://127.0.0.1:${proxy.port}`, ...args]);
    await expectEachOnce(sim);
    return sim;
  };
  const isPuback = (packet: mqttPacket.Packet): packet is mqttPacket.IPubackPacket => packet.cmd === "puback";

  it.each<[string, Meddle]>([
    ["acknowledges everything twice", (packet) => (isPuback(packet) ? [packet, packet] : [packet])],
    ["acknowledges what nobody sent", (packet) => (isPuback(packet) ? [{ ...packet, messageId: (packet.messageId ?? 0) % 65_535 + 1 }, packet, { ...packet, messageId: 65_535 }] : [packet])],
    ["remembers a session that the device never had", (packet) => (packet.cmd === "connack" ? [{ ...packet, sessionPresent: true }] : [packet])],
    ["sends the device what it never asked for", (packet) => [packet, { cmd: "publish", topic: "edgebeat/v1/edgebeat-1/alert", payload: "?", qos: 0, dup: false, retain: false }]],
  ])("%s does no harm", async (_name, meddle) => {
    proxy.meddle = meddle;
    expect(summary(await run())["redelivered"]).toBe(0);
    expect(proxy.sessions).toBe(1);
  });

  it("acknowledges in the wrong order, and late, does no harm", async () => {
    let count = 0;
    let latestSent = 0;
    let overtaken = 0;
    proxy.meddle = (packet) => {
      if (!isPuback(packet)) return [packet];
      const number = ++count;
      if (number % 2 === 0) {
        latestSent = number;
        return [packet];
      }
      setTimeout(() => {
        if (number < latestSent) overtaken++;
        proxy.send(packet);
      }, 80);
      return [];
    };
    await run();
    expect(overtaken).toBeGreaterThan(2);
  });

  it("takes a whole session's alerts and acknowledges none gets them again in the next, under other identifiers", async () => {
    proxy.meddle = (packet, session) => (session === 1 && isPuback(packet) ? [] : [packet]);
    expect(summary(await run())["redelivered"]).toBeGreaterThanOrEqual(1);
    expect(proxy.sessions).toBeGreaterThanOrEqual(2);
    expect(new Set(proxy.publishedIds).size).toBe(proxy.publishedIds.length);
  });
});

describe("a network that lets nothing through and says nothing", () => {
  it.each([
    ["is found out by the PUBACK that does not come", "{}"],
    ["is found out by keep-alive, if nothing is sent that could be acknowledged", JSON.stringify({ statusIntervalMs: 3_600_000, keepAliveMs: 20_000 })],
  ])("%s, and the alerts arrive late", async (name, config) => {
    const file = join(folder, `${name.length}.json`);
    writeFileSync(file, config);
    // Without an alert until 100 s: only the status, or nothing, is on its way.
    const quiet = "synthetic:sinus:72@100,asystole@8,sinus:72@60";
    const sim = startSim(["--speed", "max", "--patient", quiet, "--link", "half-open 20-120", "--config", file]);
    expect(await sim.ended(), sim.stderr).toBe(0);
    expect(summary(sim)).toMatchObject({ lost: 0, duplicates: 0, alertsPending: 0 });
    const births = sim.of("birth").map((line) => (line["uptimeMs"] as number) / 1000);
    expect(births.length).toBe(2);
    // The outage was noticed while it lasted; else the device would have to find out after its end first.
    expect(sim.of("delivered").every((line) => line["late"] === true)).toBe(true);
    expect(births[1]).toBeGreaterThan(120);
    expect(births[1]).toBeLessThan(120 + 65);
  });
});

const folder = mkdtempSync(join(tmpdir(), "edgebeat-odd-"));
const running: ChildProcess[] = [];
afterAll(() => {
  for (const broker of running) broker.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** Each keeps its sessions and messages nowhere that outlives a restart. */
const REAL_BROKERS = [
  {
    name: "mosquitto", packageName: "mosquitto",
    config: (port: number) => [`listener ${port} 127.0.0.1`, "persistence false", "allow_anonymous true", "user root"],
  },
  {
    name: "nats-server", packageName: "nats-server",
    config: (port: number, store: string) => ["host: 127.0.0.1", "port: -1", "server_name: odd", `jetstream { store_dir: "${store}" }`, `mqtt { host: 127.0.0.1, port: ${port} }`],
  },
];

describe.each(REAL_BROKERS)("$name", ({ name, packageName, config }) => {
  const binary = [name, `/usr/sbin/${name}`].find((path) => spawnSync(path, ["-h"]).error === undefined);
  if (!binary) console.warn(`SKIPPED: tests against ${name}, since it is not installed (Debian package ${packageName})`);

  const start = async (port: number, life: number): Promise<ChildProcess> => {
    const store = join(folder, `${name}-${life}`);
    mkdirSync(store);
    const file = join(store, "broker.conf");
    writeFileSync(file, `${config(port, store).join("\n")}\n`);
    const broker = spawn(binary as string, ["-c", file], { stdio: "ignore" });
    running.push(broker);
    for (let attempt = 0; attempt < 200 && broker.exitCode === null; attempt++) {
      const socket = connect(port, "127.0.0.1");
      const answered = await Promise.race([once(socket, "connect").then(() => true, () => false), once(socket, "error").then(() => false, () => false)]);
      socket.destroy();
      if (answered) return broker;
      await sleep(50);
    }
    throw new Error(`${name} does not listen`);
  };

  it.skipIf(!binary)("killed with PUBACKs unsent and started again with nothing remembered: each alert arrives once, some were sent twice", async () => {
    const port = await freePort();
    const first = await start(port, 1);
    const proxy = await MeddlingProxy.start(port);
    // In its first session the device learns of the birth and the first status only.
    let pubacks = 0;
    proxy.meddle = (packet, session) => (session === 1 && packet.cmd === "puback" && ++pubacks > 2 ? [] : [packet]);
    const sim = startSim(["--speed", "10", "--patient", SCENARIO, "--broker", `mqtt://127.0.0.1:${proxy.port}`]);
    await sim.until((command) => command.of("delivered").length >= 1, "an alert at the subscriber");
    let release = (): void => {};
    proxy.hold = new Promise((resolve) => (release = resolve));
    first.kill("SIGKILL");
    await once(first, "close");
    await sim.until((command) => command.of("raised").length >= 3, "more alerts");
    const subscribes = proxy.subscribes;
    const second = await start(port, 2);
    for (let attempt = 0; attempt < 400 && proxy.subscribes === subscribes; attempt++) await sleep(25);
    // What no subscriber is there for, this broker would acknowledge and forget.
    await sleep(300);
    release();
    await expectEachOnce(sim);
    expect(summary(sim)["redelivered"]).toBeGreaterThanOrEqual(1);
    expect(proxy.sessions).toBeGreaterThanOrEqual(2);
    proxy.close();
    second.kill("SIGKILL");
  });
});

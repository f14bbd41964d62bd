// Against real mosquitto: the outage is the broker itself, stopped and started again.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { Command, type JsonLine, freePort, startSim } from "./command.js";

const MOSQUITTO = ["mosquitto", "/usr/sbin/mosquitto"].find((path) => spawnSync(path, ["-h"]).error === undefined);
if (!MOSQUITTO) console.warn("SKIPPED: tests against mosquitto, since it is not installed (Debian package mosquitto)");

const folder = mkdtempSync(join(tmpdir(), "edgebeat-mosquitto-"));
const running: ChildProcess[] = [];
afterAll(() => {
  for (const broker of running) broker.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** Starts mosquitto with a store on disk and waits until it listens. */
async function startMosquitto(port: number, extra: readonly string[] = ["allow_anonymous true"]): Promise<ChildProcess> {
  const store = join(folder, String(port));
  mkdirSync(store, { recursive: true });
  const config = join(store, "mosquitto.conf");
  // As root mosquitto drops to a user that could not write here.
  writeFileSync(config, [`listener ${port} 127.0.0.1`, "persistence true", `persistence_location ${store}/`, "user root", ...extra, ""].join("\n"));
  const broker = spawn(MOSQUITTO as string, ["-c", config], { stdio: "ignore" });
  running.push(broker);
  for (let attempt = 0; attempt < 200; attempt++) {
    const socket = connect(port, "127.0.0.1");
    const answered = await Promise.race([once(socket, "connect").then(() => true), once(socket, "error").then(() => false, () => false)]).catch(() => false);
    socket.destroy();
    if (answered) return broker;
    await sleep(50);
  }
  throw new Error("mosquitto does not listen");
}

async function stop(broker: ChildProcess): Promise<void> {
  broker.kill("SIGTERM");
  await once(broker, "close");
}

const identity = (line: JsonLine): string => `${line["bootCount"]}.${line["sequence"]}`;

describe.skipIf(!MOSQUITTO)("mosquitto", () => {
  it("stopped and started again: alerts raised meanwhile arrive late, each once, also at a stand-alone subscriber", async () => {
    const port = await freePort();
    const url = `mqtt://127.0.0.1:${port}`;
    let broker = await startMosquitto(port);
    const subscriber = new Command(["subscribe", "--url", url, "--json", "--session", "ward-3"]);
    await subscriber.until((command) => command.of("listening").length === 1, "the subscriber");
    const scenario = "synthetic:sinus:72@30,asystole@6,sinus:72@20,lead-off@5,sinus:72@60";
    const sim = startSim(["--patient", scenario, "--speed", "10", "--broker", url]);
    await sim.until((command) => command.of("birth").length === 1, "the first session");
    await subscriber.until((command) => command.of("birth").length === 1, "the first session at the subscriber");
    await stop(broker);
    await sim.until((command) => command.of("raised").length >= 4, "four alerts");
    broker = await startMosquitto(port);
    expect(await sim.ended()).toBe(0);
    const raised = sim.of("raised").map(identity);
    expect(raised.length).toBeGreaterThanOrEqual(6);
    expect(sim.of("delivered").map(identity).toSorted()).toEqual(raised.toSorted());
    for (const line of sim.of("delivered").slice(0, 4)) expect(line["late"]).toBe(true);
    expect(sim.of("summary")[0]).toMatchObject({ lost: 0, duplicates: 0, alertsPending: 0 });
    await subscriber.until((command) => command.of("alert").length === raised.length, "all alerts at the subscriber");
    expect(subscriber.of("alert").map(identity).toSorted()).toEqual(raised.toSorted());
    await subscriber.kill("SIGINT");
    await stop(broker);
  });

  it("publishes the Last Will when the device vanishes, and keeps it for who comes later", async () => {
    const port = await freePort();
    const url = `mqtt://127.0.0.1:${port}`;
    const broker = await startMosquitto(port);
    const sim = startSim(["--speed", "1", "--broker", url]);
    await sim.until((command) => command.of("status").length > 0, "a status");
    await sim.kill("SIGKILL");
    const late = new Command(["subscribe", "--url", url, "--json"]);
    await late.until((command) => command.of("status").length > 0, "the retained status");
    expect(late.of("status")[0]).toMatchObject({ deviceId: "edgebeat-1", state: "lost" });
    await late.kill("SIGINT");
    await stop(broker);
  });

  it("that refuses is named, with its reason, and nothing starts", async () => {
    const port = await freePort();
    const broker = await startMosquitto(port, ["allow_anonymous false"]);
    const sim = startSim(["--broker", `mqtt://127.0.0.1:${port}`]);
    expect(await sim.ended()).toBe(2);
    expect(sim.stderr).toMatch(/^edgebeat: broker mqtt:\/\/127\.0\.0\.1:\d+: .*[Nn]ot authorized.*, expected an MQTT 3\.1\.1 broker that accepts us\n$/);
    await stop(broker);
  });
});

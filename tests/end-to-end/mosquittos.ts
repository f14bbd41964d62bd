// Real mosquitto brokers for tests: started on a port with a store of their own, stopped, and started again on the same store.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const MOSQUITTO = ["mosquitto", "/usr/sbin/mosquitto"].find((path) => spawnSync(path, ["-h"]).error === undefined);
export const HAS_MOSQUITTO = MOSQUITTO !== undefined;
if (!HAS_MOSQUITTO) console.warn("SKIPPED: tests against mosquitto, since it is not installed (Debian package mosquitto)");

export class Mosquittos {
  /** A folder for what the brokers of this test need. */
  readonly folder = mkdtempSync(join(tmpdir(), "edgebeat-mosquitto-"));
  readonly #running: ChildProcess[] = [];

  /** Starts a broker on this machine, with a store on disk, and waits until it listens. @param extra lines of its configuration */
  async start(port: number, extra: readonly string[] = ["allow_anonymous true"]): Promise<{ stop(): Promise<void> }> {
    const store = join(this.folder, String(port));
    mkdirSync(store, { recursive: true });
    const config = join(store, "mosquitto.conf");
    // As root mosquitto drops to a user that could not write here.
    writeFileSync(config, [`listener ${port} 127.0.0.1`, "persistence true", `persistence_location ${store}/`, "user root", ...extra, ""].join("\n"));
    const broker = spawn(MOSQUITTO as string, ["-c", config], { stdio: ["ignore", "ignore", "pipe"], cwd: this.folder });
    let words = "";
    broker.stderr?.on("data", (text) => (words += text));
    this.#running.push(broker);
    for (let attempt = 0; attempt < 200 && broker.exitCode === null; attempt++) {
      const socket = connect(port, "127.0.0.1");
      const answered = await Promise.race([once(socket, "connect").then(() => true), once(socket, "error").then(() => false, () => false)]).catch(() => false);
      socket.destroy();
      if (answered) return { stop: () => stop(broker) };
      await sleep(50);
    }
    throw new Error(`mosquitto does not listen: ${words}`);
  }

  close(): void {
    for (const broker of this.#running) broker.kill("SIGKILL");
    rmSync(this.folder, { recursive: true });
  }
}

async function stop(broker: ChildProcess): Promise<void> {
  broker.kill("SIGTERM");
  await once(broker, "close");
}

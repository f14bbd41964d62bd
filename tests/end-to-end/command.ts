// Runs the edgebeat command as a user does: a process of its own, with what it prints and its exit status.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/edgebeat.js", import.meta.url));

export type JsonLine = Readonly<Record<string, unknown>> & { readonly type: string };

/** A running command. */
export class Command {
  readonly process: ChildProcess;
  stdout = "";
  stderr = "";
  readonly #watchers = new Set<() => void>();

  constructor(args: readonly string[]) {
    this.process = spawn(process.execPath, [BIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    this.process.stdout?.setEncoding("utf8").on("data", (text: string) => this.#take((this.stdout += text)));
    this.process.stderr?.setEncoding("utf8").on("data", (text: string) => this.#take((this.stderr += text)));
    this.process.on("close", () => this.#take(""));
  }

  /** Complete lines of output that are JSON. */
  get lines(): JsonLine[] {
    return this.stdout.split("\n").slice(0, -1).filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as JsonLine);
  }

  of(type: string): JsonLine[] {
    return this.lines.filter((line) => line.type === type);
  }

  /** Waits until `condition` holds; fails with what was printed if the process ends or time is up first. */
  async until(condition: (command: this) => boolean, what: string, timeoutMs = 200_000): Promise<void> {
    if (condition(this)) return;
    let watcher = (): void => {};
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const fail = (why: string): void => reject(new Error(`${why} before ${what}\n${this.stdout.slice(-3000)}\n${this.stderr}`));
        timer = setTimeout(() => fail("time was up"), timeoutMs);
        watcher = () => {
          if (condition(this)) resolve();
          else if (this.process.exitCode !== null || this.process.signalCode !== null) fail("the process ended");
        };
        this.#watchers.add(watcher);
        watcher();
      });
    } finally {
      clearTimeout(timer);
      this.#watchers.delete(watcher);
    }
  }

  /** @returns the exit status */
  async ended(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, "close");
    return this.process.exitCode;
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    this.process.kill(signal);
    await this.ended();
  }

  #take(_text: string): void {
    for (const watcher of this.#watchers) watcher();
  }
}

const ANY_PORTS = ["--mqtt-port", "0", "--ws-port", "0", "--http-port", "0"];

/** Starts `edgebeat sim` without a page, on free ports, in JSON. */
export function startSim(args: readonly string[]): Command {
  return new Command(["sim", "--headless", "--json", ...ANY_PORTS, ...args]);
}

export interface Run {
  readonly status: number | null;
  readonly command: Command;
  /** The summary, or {} if there is none. */
  readonly summary: Readonly<Record<string, unknown>>;
}

/** Runs `edgebeat sim --speed max` to its end. */
export async function runSim(args: readonly string[]): Promise<Run> {
  const command = startSim(["--speed", "max", ...args]);
  const status = await command.ended();
  return { status, command, summary: command.of("summary")[0] ?? {} };
}

/** @returns a TCP port that is free now */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

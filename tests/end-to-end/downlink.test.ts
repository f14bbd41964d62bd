// Commands from end to end: sent with the `edgebeat` command, over a broker, to the firmware, and answered in its status.
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mqtt from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EmbeddedBroker, startBroker } from "../../src/platform/sim/broker.js";
import { topicOf } from "../../src/wire/topic.js";
import { Command, type JsonLine, startSim } from "./command.js";

const folder = mkdtempSync(join(tmpdir(), "edgebeat-downlink-"));
const at = (name: string): string => join(folder, name);
const dataKeys = (): Record<string, string> => (JSON.parse(readFileSync(at("keys.json"), "utf8")) as { devices: { "bed-4": { data: Record<string, string> } } }).devices["bed-4"].data;
let broker: EmbeddedBroker;
let url: string;

beforeAll(async () => {
  broker = await startBroker({ mqttPort: 0, webSocketPort: 0 });
  url = `mqtt://127.0.0.1:${broker.mqtt.port}`;
  for (const keys of ["keys.json", "other-keys.json"]) await new Command(["provision", "--device", "bed-4", "--out", at(`provision-${keys}`), "--keys", at(keys)]).ended();
});
afterAll(async () => {
  await broker.close();
  rmSync(folder, { recursive: true });
});

const startDevice = (): Command =>
  startSim(["--patient", "synthetic:sinus:50@600", "--speed", "2", "--provision", at("provision-keys.json"), "--keys", at("keys.json"), "--flash", at("device.flash"), "--clock", "unset 0-600", "--broker", url]);

async function send(args: readonly string[], keys = "keys.json", wait = "20"): Promise<{ status: number | null; line: JsonLine | undefined; stderr: string }> {
  const command = new Command(["command", ...args, "--url", url, "--device", "bed-4", "--keys", at(keys), "--wait", wait, "--json"]);
  return { status: await command.ended(), line: command.of("command")[0], stderr: command.stderr };
}

describe("a device under command", () => {
  it("does as it is told, once, over restarts, and by nobody else", async () => {
    const replayer = await mqtt.connectAsync(url);
    const commands: Buffer[] = [];
    replayer.on("message", (_topic, message) => void commands.push(message));
    await replayer.subscribeAsync(topicOf("bed-4", "command"), { qos: 1 });
    let device = startDevice();
    await device.until((command) => command.of("status").length > 0, "a status");
    expect(device.of("status")[0]).toMatchObject({ commandSequence: 0, commandResult: 0, refusedCommands: 0 });

    // 50 beats/min raise no alarm until the limit is above them.
    expect(await send(["set-limits", "bradycardiaBpm=70"])).toMatchObject({ status: 0, line: { result: "done", state: "online" } });
    await device.until((command) => command.of("raised").some((line) => line["condition"] === "bradycardia" && line["limit"] === 70), "bradycardia at the new limit");
    const onset = device.of("raised").find((line) => line["condition"] === "bradycardia") as JsonLine;
    expect(await send(["set-limits", "bradycardiaBpm=100", "tachycardiaBpm=105"])).toMatchObject({ status: 1, line: { result: "bad value" } });
    await device.until((command) => command.of("status").at(-1)?.["unacknowledgedAlarms"] === 1, "the alarm in the status");
    expect(await send(["acknowledge", `${onset["bootCount"]}.${onset["sequence"]}`])).toMatchObject({ status: 0, line: { result: "done" } });
    await device.until((command) => command.of("status").at(-1)?.["unacknowledgedAlarms"] === 0, "the acknowledged alarm");
    expect(await send(["acknowledge", "1.999"])).toMatchObject({ status: 1, line: { result: "no such alarm" } });
    expect(await send(["set-time", "2031-05-06T07:08:09Z"])).toMatchObject({ status: 0 });
    await device.until((command) => new Date(command.of("status").at(-1)?.["wallMs"] as number).getUTCFullYear() === 2031, "the new time");

    // The old key is still there for what brokers hold; the simulator's own subscriber finds the new one in the file.
    const [before] = Object.values(dataKeys());
    expect(await send(["rotate-key"])).toMatchObject({ status: 0, line: { result: "done" } });
    expect(Object.keys(dataKeys())).toEqual(["1", "2"]);
    expect(dataKeys()["1"]).toBe(before);

    // Another's command and a replay change nothing and are counted.
    expect(await send(["set-limits", "asystoleMs=9000"], "other-keys.json", "2")).toMatchObject({ status: 1, line: { result: "no answer" } });
    await replayer.publishAsync(topicOf("bed-4", "command"), commands[0] as Buffer, { qos: 1 });
    await device.until((command) => command.of("status").at(-1)?.["refusedCommands"] === 2, "two refused commands");
    expect(device.of("refused")).toEqual([]);

    // Power cut: limits, key and the number of the last command are still there.
    await device.kill("SIGKILL");
    device = startDevice();
    await device.until((command) => command.of("raised").some((line) => line["condition"] === "bradycardia" && line["limit"] === 70), "bradycardia after the restart");
    await device.until((command) => command.of("status").some((line) => line["bootCount"] === 2), "a status after the restart");
    expect(device.of("status").find((line) => line["bootCount"] === 2)?.["commandSequence"]).toBeGreaterThan(0);
    await replayer.publishAsync(topicOf("bed-4", "command"), commands[1] as Buffer, { qos: 1 });
    await device.until((command) => command.of("status").at(-1)?.["refusedCommands"] === 1, "the replay after the restart");
    expect(await send(["set-limits", "bradycardiaBpm=40"])).toMatchObject({ status: 0 });
    await replayer.endAsync(true);

    // Keys lie in the secret store, which is its owner's alone, and nowhere else.
    await device.kill("SIGINT");
    expect(statSync(at("device.flash.nvs")).mode & 0o077).toBe(0);
    expect(readFileSync(at("device.flash.nvs")).includes(Buffer.from(dataKeys()["2"] as string, "hex"))).toBe(true);
    const flash = readFileSync(at("device.flash"));
    for (const key of Object.values(dataKeys())) {
      expect(flash.includes(Buffer.from(key, "hex"))).toBe(false);
      expect(device.stdout + device.stderr).not.toContain(key);
    }
  });
});

// Updates from end to end: signed and sent with the `edgebeat` command, over a broker, to a simulated device that starts what lies in its slots.
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EmbeddedBroker, startBroker } from "../../src/platform/sim/broker.js";
import { makeImage } from "../../src/platform/sim/dual-slots.js";
import { Command, startSim } from "./command.js";

const ENTRY = fileURLToPath(new URL("../../hardware/desk/device.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "edgebeat-update-"));
const at = (name: string): string => join(folder, name);
let broker: EmbeddedBroker;
let url: string;
let firmware: string;

beforeAll(async () => {
  broker = await startBroker({ mqttPort: 0, webSocketPort: 0 });
  url = `mqtt://127.0.0.1:${broker.mqtt.port}`;
  for (const name of ["key", "other-key"]) {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    writeFileSync(at(`${name}.pem`), privateKey.export({ type: "pkcs8", format: "pem" }));
    writeFileSync(at(`${name}.pub.pem`), publicKey.export({ type: "spki", format: "pem" }));
  }
  for (const device of ["bed-1", "bed-2", "bed-3"]) await run("provision", "--device", device, "--out", at(`${device}.json`), "--keys", at("keys.json"));
  const { outputFiles } = await build({ entryPoints: [ENTRY], bundle: true, minify: true, format: "esm", platform: "neutral", target: "es2023", write: false });
  firmware = outputFiles[0]?.text as string;
});
afterAll(async () => {
  await broker.close();
  rmSync(folder, { recursive: true });
});

async function run(...args: string[]): Promise<{ status: number | null; command: Command }> {
  const command = new Command(args);
  return { status: await command.ended(), command };
}

/** Signs this firmware under another version, with a defect if wanted. @returns the signed image's path */
async function makeUpdate(version: string, { key = "key", board = "simulator", defect = (text: string) => text } = {}): Promise<string> {
  const name = `${version}-${board}-${key}`;
  expect(firmware).toContain('"0.1.0"');
  writeFileSync(at(`${name}.bin`), makeImage(Buffer.from(defect(firmware.replace('"0.1.0"', JSON.stringify(version))))));
  const signed = await run("sign", "--image", at(`${name}.bin`), "--board", board, "--firmware-version", version, "--key", at(`${key}.pem`), "--out", at(`${name}.update`));
  expect(signed.status, signed.command.stderr).toBe(0);
  return at(`${name}.update`);
}

const startDevice = (device: string, ...args: string[]): Command => startSim([
  "--patient", "synthetic:sinus:72@120,asystole@6,sinus:72@3000", "--loop", "--speed", "50", "--provision", at(`${device}.json`), "--flash", at(`${device}.flash`), "--update-key", at("key.pub.pem"), "--broker", url, ...args,
]);
const send = (file: string, device: string): Command => new Command(["update", file, "--url", url, "--device", device, "--keys", at("keys.json"), "--wait", "60", "--json"]);
const versions = (device: Command): unknown[] => device.of("birth").map((birth) => birth["firmwareVersion"]);

describe("a device under update", () => {
  it("takes the new firmware through an outage and a power cut, proves it, and loses no alert", async () => {
    const file = await makeUpdate("0.2.0");
    let device = startDevice("bed-1", "--link", "down 20-50");
    await device.until((command) => command.of("update").length > 0, "the first report");
    const sender = send(file, "bed-1");
    const progress = (command: Command): number => Number(command.of("update").at(-1)?.["offset"] ?? 0) / readFileSync(file).length;
    await device.until((command) => command.of("link").length === 2, "the outage's end");
    await sender.until((command) => progress(command) > 0.5, "half of the update");
    await device.kill("SIGKILL");
    device = startDevice("bed-1");
    expect(await sender.ended(), sender.stdout + sender.stderr).toBe(0);
    expect(sender.of("update").map((line) => line["state"]).filter((state) => state !== "receiving")).toEqual(["restarted", "selected", "on trial", "confirmed"]);
    expect(versions(device)).toEqual(expect.arrayContaining(["0.1.0", "0.2.0"]));
    await device.until((command) => command.of("delivered").some((line) => line["condition"] === "asystole"), "the alert of the asystole");
    await device.kill("SIGINT");
    expect(device.of("summary")[0]).toMatchObject({ lost: 0, problems: 0, refused: 0, gaps: 0, duplicates: 0 });
    device = startDevice("bed-1");
    await device.until((command) => versions(command).includes("0.2.0"), "the new firmware after a loss of power");
    await device.kill();
  });

  it("goes back to the old firmware when the new one crashes", async () => {
    const device = startDevice("bed-2");
    await device.until((command) => command.of("update").length > 0, "the first report");
    const crashing = send(await makeUpdate("0.4.0", { defect: (text) => text.replace(/tick\(\)\{/, "tick(){throw new Error;") }), "bed-2");
    expect(await crashing.ended(), crashing.stdout + crashing.stderr).toBe(1);
    expect(crashing.of("update").at(-1)).toMatchObject({ state: "failed", why: "it did not prove itself, and the device went back to 0.1.0" });
    expect(new Set(versions(device))).toEqual(new Set(["0.1.0"]));
    await device.kill();
  });

  it("refuses what it must not take, and says why", async () => {
    const device = startDevice("bed-3", "--speed", "5");
    await device.until((command) => command.of("update").length > 0, "the first report");
    const refusals: [string, string][] = [
      [await makeUpdate("0.2.0", { key: "other-key" }), "not signed with the key that the device knows"],
      [await makeUpdate("0.2.0", { board: "xiao-esp32s3" }), "an image for another board"],
      [await makeUpdate("0.0.9"), "not newer than what runs"],
    ];
    for (const [file, why] of refusals) {
      const sender = send(file, "bed-3");
      expect([await sender.ended(), sender.of("update").at(-1)]).toEqual([1, { type: "update", deviceId: "bed-3", state: "failed", version: expect.any(String), why }]);
    }
    // What runs already has nothing to prove.
    expect(await send(await makeUpdate("0.1.0"), "bed-3").ended()).toBe(0);
    await device.kill();
  });

  it("is not even offered a file that is cut short, changed, or not signed", async () => {
    const file = await makeUpdate("0.5.0");
    const bytes = readFileSync(file);
    const changed = Buffer.from(bytes);
    changed[1000] = (changed[1000] as number) ^ 1;
    for (const [content, problem] of [[bytes.subarray(0, -1), "bytes of image, expected the"], [changed, "another SHA-256 than its header names"], [bytes.subarray(136), "has no update header"]] as const) {
      writeFileSync(at("wrong.update"), content);
      const { status, command } = await run("update", at("wrong.update"), "--url", url, "--device", "bed-1", "--keys", at("keys.json"));
      expect([status, command.stderr]).toEqual([2, expect.stringContaining(problem)]);
      expect(command.stderr.trim().split("\n")).toHaveLength(1);
    }
  });
});

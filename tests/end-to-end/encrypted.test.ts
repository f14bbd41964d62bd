// A provisioned device, from end to end: the broker sees topic and size, receivers need the key, and no secret shows anywhere.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mqtt from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBroker } from "../../src/platform/sim/broker.js";
import { decodeEnvelope } from "../../src/wire/decode.js";
import { Command, startSim } from "./command.js";

const folder = mkdtempSync(join(tmpdir(), "edgebeat-encrypted-"));
const at = (name: string): string => join(folder, name);
const secretsOf = (file: string): string[] => [...readFileSync(file, "utf8").matchAll(/[0-9a-f]{32,}/g)].map(([digits]) => digits);
const script: string = "../../scripts/build-xs-host.js";
const { buildXsHost } = (await import(script)) as { buildXsHost: (options: { quiet: boolean }) => Promise<{ ok: boolean; reason?: string }> };
const host = await buildXsHost({ quiet: true });
if (!host.ok) console.warn(`SKIPPED: encryption on the XS engine: ${host.reason}`);

const digests: unknown[] = [];
const PATIENT = ["--patient", "synthetic:sinus@10,asystole@8,sinus@12", "--link", "down 8-20"];

beforeAll(async () => {
  for (const [out, keys] of [["bed-4.json", "keys.json"], ["other.json", "wrong-keys.json"]] as const) {
    const command = new Command(["provision", "--device", "bed-4", "--out", at(out), "--keys", at(keys)]);
    expect([await command.ended(), command.stderr]).toEqual([0, ""]);
    for (const secret of secretsOf(at(out))) expect(command.stdout).not.toContain(secret);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a provisioned device", () => {
  it("has files that only their owner can read, with the same keys", () => {
    for (const name of ["bed-4.json", "keys.json"]) expect(statSync(at(name)).mode & 0o077).toBe(0);
    expect(secretsOf(at("bed-4.json")).toSorted()).toEqual(secretsOf(at("keys.json")).toSorted());
    expect(secretsOf(at("bed-4.json"))).toHaveLength(2);
  });

  it.each(host.ok ? ["node", "xs"] : ["node"])("delivers through an outage what only the key opens, and tells no secret (engine %s)", async (engine) => {
    const flash = at(`${engine}.flash`);
    const broker = await startBroker({ mqttPort: 0, webSocketPort: 0 });
    const url = `mqtt://127.0.0.1:${broker.mqtt.port}`;
    const onlooker = await mqtt.connectAsync(url);
    const seen: { topic: string; message: Buffer }[] = [];
    onlooker.on("message", (topic, message) => void seen.push({ topic, message }));
    await onlooker.subscribeAsync("#", { qos: 1 });
    const subscribers = ["keys.json", "wrong-keys.json"].map((keys) => new Command(["subscribe", "--url", url, "--json", "--keys", at(keys)]));
    subscribers.push(new Command(["subscribe", "--url", url, "--json"]));
    for (const subscriber of subscribers) await subscriber.until((command) => command.of("listening").length === 1, "a subscriber");
    const sim = startSim([...PATIENT, "--speed", "max", "--provision", at("bed-4.json"), "--flash", flash, "--engine", engine, "--broker", url]);
    expect([await sim.ended(), sim.stderr]).toEqual([0, ""]);
    digests.push(sim.of("summary")[0]?.["digest"]);
    const summary = sim.of("summary")[0];
    expect(summary).toMatchObject({ engine, lost: 0, duplicates: 0, alertsPending: 0, problems: 0, refused: 0 });
    expect(summary?.["alertsRaised"]).toBeGreaterThanOrEqual(4);
    const [knows, wrong, none] = subscribers as [Command, Command, Command];
    await knows.until((command) => command.of("alert").length === summary?.["alertsRaised"], "all alerts");
    expect(wrong.of("alert")).toEqual([]);
    expect(wrong.of("refused").length).toBeGreaterThanOrEqual(6);
    for (const line of wrong.of("refused")) expect(line["refusal"]).toBe("forged");
    expect(wrong.of("refused").at(-1)?.["count"]).toBe(wrong.of("refused").length);
    expect(none.of("alert")).toEqual([]);
    expect(none.of("problem").length).toBeGreaterThanOrEqual(6);
    for (const subscriber of subscribers) await subscriber.kill("SIGINT");
    await onlooker.endAsync(true);
    await broker.close();

    // What the broker saw: envelopes, no nonce twice, nothing of the firmware's version or name in them.
    const nonces = new Set<string>();
    const messages = new Set<string>();
    for (const { topic, message } of seen) {
      expect(topic).toMatch(/^edgebeat\/v1\/bed-4\/[a-z]+$/);
      const envelope = decodeEnvelope(message);
      expect(envelope.ok && envelope.value.epoch).toBe(1);
      if (envelope.ok) nonces.add(Buffer.from(envelope.value.nonce).toString("hex"));
      messages.add(message.toString("hex"));
      expect(message.includes("MAX30003")).toBe(false);
    }
    expect(nonces.size).toBe(messages.size);
    expect(nonces.size).toBeGreaterThanOrEqual(6);

    const flashBytes = readFileSync(flash);
    for (const secret of secretsOf(at("bed-4.json"))) {
      for (const form of [secret, Buffer.from(secret, "hex").toString("base64").slice(0, 20)])
        for (const { stdout, stderr } of [sim, ...subscribers]) expect(`${stdout}${stderr}`).not.toContain(form);
      expect(flashBytes.includes(Buffer.from(secret, "hex"))).toBe(false);
      expect(flashBytes.includes(secret)).toBe(false);
    }
  });

  it.skipIf(!host.ok)("does the same on both engines", () => expect(digests[1]).toBe(digests[0]));

  it.each<[string, string, string, RegExp]>([
    ["a key that is cut", "--provision", JSON.stringify({ version: 1, deviceId: "bed-4", keys: { epoch: 1, data: "5ec2e7".repeat(5), command: "5ec2e7".repeat(7) } }), /provision\.keys\.data: 30 characters, expected 32 or 64/],
    ["no JSON", "--provision", '{"keys": {"data": "5ec2e75ec2e7"', /is not JSON, expected a provisioning file/],
    ["a wrong keys file", "--keys", JSON.stringify({ devices: { "bed-4": { data: { 1: "5ec2e7" } } } }), /keys\.devices\.bed-4\.data\.1: a text of 6 characters/],
  ])("whose file has %s is refused in one line without the secret", async (_what, flag, text, message) => {
    writeFileSync(at("broken.json"), text);
    const command = new Command(["sim", "--headless", flag, at("broken.json")]);
    expect(await command.ended()).toBe(2);
    expect(command.stderr).toMatch(message);
    expect(command.stderr.split("\n")).toHaveLength(2);
    expect(command.stdout + command.stderr).not.toContain("5ec2e7");
  });

  it("gets no second set of keys by accident", async () => {
    for (const [args, message] of [
      [["--out", at("bed-4.json"), "--keys", at("keys.json")], /is there already, expected a new file/],
      [["--out", at("again.json"), "--keys", at("keys.json")], /--device bed-4: has keys in .* already/],
    ] as const) {
      const command = new Command(["provision", "--device", "bed-4", ...args]);
      expect(await command.ended()).toBe(2);
      expect(command.stderr).toMatch(message);
    }
  });
});

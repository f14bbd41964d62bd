// A subscriber with a state folder, against real mosquitto: killed and started again, it repeats no alert, and what someone recorded is refused.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mqtt, { type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Command, freePort, startSim } from "./command.js";
import { HAS_MOSQUITTO, Mosquittos } from "./mosquittos.js";

const folder = mkdtempSync(join(tmpdir(), "edgebeat-replay-"));
const at = (name: string): string => join(folder, name);
const mosquittos = new Mosquittos();
afterAll(() => {
  mosquittos.close();
  rmSync(folder, { recursive: true });
});

const PATIENT = ["--patient", "synthetic:sinus@10,asystole@8,sinus@12", "--speed", "max"];

interface Recorded {
  readonly topic: string;
  readonly message: Buffer;
}

describe.skipIf(!HAS_MOSQUITTO)("a subscriber that was killed and started again", () => {
  let url = "";
  let recorder: MqttClient;
  let recorded: Recorded[] = [];

  beforeAll(async () => {
    const port = await freePort();
    url = `mqtt://127.0.0.1:${port}`;
    await mosquittos.start(port);
    recorder = await mqtt.connectAsync(url);
    recorder.on("message", (topic, message, { retain }) => void (!retain && recorded.push({ topic, message })));
    await recorder.subscribeAsync("#", { qos: 1 });
    for (const name of ["bed-4", "bed-5"])
      expect(await new Command(["provision", "--device", name, "--out", at(`${name}.json`), "--keys", at("keys.json")]).ended()).toBe(0);
  });
  afterAll(() => recorder?.endAsync(true));

  const subscribe = async (state: string, ...args: string[]): Promise<Command> => {
    const command = new Command(["subscribe", "--url", url, "--json", "--session", state, "--state", at(state), ...args]);
    await command.until(({ lines }) => lines.some(({ type }) => type === "listening"), "the subscriber");
    return command;
  };
  /** Lets a device run, and waits until the subscriber has heard its alerts. @returns how many */
  const runDevice = async (subscriber: Command, ...args: string[]): Promise<number> => {
    const before = subscriber.of("alert").length;
    const sim = startSim([...PATIENT, "--broker", url, ...args]);
    expect([await sim.ended(), sim.stderr]).toEqual([0, ""]);
    const raised = sim.of("summary")[0]?.["alertsRaised"] as number;
    await subscriber.until((command) => command.of("alert").length === before + raised, "all alerts");
    return raised;
  };
  const repeat = async (messages: readonly Recorded[]): Promise<void> => {
    for (const { topic, message } of messages) await recorder.publishAsync(topic, message, { qos: 1 });
  };
  const isJournaled = ({ topic }: Recorded): boolean => topic.endsWith("/alert") || topic.endsWith("/evidence");

  it("refuses and counts every message that was recorded, and hears what is new", async () => {
    recorded = [];
    const args = ["--keys", at("keys.json"), "--device", "bed-4"];
    const first = await subscribe("ward-sealed", ...args);
    const provision = ["--provision", at("bed-4.json"), "--flash", at("bed-4.flash")];
    expect(await runDevice(first, ...provision)).toBeGreaterThanOrEqual(4);
    await first.until(() => recorded.filter(({ topic }) => topic.endsWith("/evidence")).length > 0 && first.of("refused").length === 0, "evidence");
    const messages = recorded.filter(isJournaled);
    expect(messages.length).toBeGreaterThan(10);
    await first.kill("SIGKILL");
    await repeat(messages);
    const second = await subscribe("ward-sealed", ...args);
    await second.until((command) => command.of("refused").length === messages.length, "all refusals");
    for (const line of second.of("refused")) expect(line).toMatchObject({ refusal: "replayed", deviceId: "bed-4" });
    expect(second.of("refused").at(-1)?.["count"]).toBe(messages.length);
    expect([...second.of("alert"), ...second.of("strip"), ...second.of("dropped"), ...second.of("clock")]).toEqual([]);
    expect(await runDevice(second, ...provision)).toBeGreaterThanOrEqual(4);
    expect(second.of("refused")).toHaveLength(messages.length);
    // An old status, kept by the broker as if it were the latest.
    const status = recorded.find(({ topic }) => topic.endsWith("/status")) as Recorded;
    await second.kill("SIGKILL");
    await recorder.publishAsync(status.topic, status.message, { qos: 1, retain: true });
    const third = await subscribe("ward-sealed", ...args);
    await third.until((command) => command.of("refused").length > 0, "the refusal of a status");
    // What the second had no time for may come, of the second start.
    expect(third.of("status").filter(({ bootCount }) => bootCount === 1)).toEqual([]);
    await third.kill("SIGINT");
  });

  it("tells no alert twice, also without keys", async () => {
    recorded = [];
    const first = await subscribe("ward-clear", "--device", "edgebeat-1");
    const raised = await runDevice(first, "--flash", at("clear.flash"));
    await first.kill("SIGKILL");
    const alerts = recorded.filter(({ topic }) => topic.endsWith("/edgebeat-1/alert"));
    expect(alerts.length).toBeGreaterThanOrEqual(raised);
    await repeat(alerts);
    const second = await subscribe("ward-clear", "--device", "edgebeat-1");
    await second.until((command) => command.of("duplicate").length === raised, "all duplicates");
    expect(second.of("alert")).toEqual([]);
    await second.kill("SIGINT");
  });

  it("does not start on a file that is not its own, and changes nothing", async () => {
    const first = await subscribe("ward-broken", "--device", "edgebeat-1");
    await first.kill("SIGINT");
    for (const [text, message] of [['{"version":1,"streams":', /is not JSON/], ['{"version":1,"streams":[],"alerts":[7]}', /alerts\.0: 7, expected a text/]] as const) {
      writeFileSync(at("ward-broken/edgebeat-1.json"), text);
      const second = new Command(["subscribe", "--url", url, "--session", "ward-broken", "--state", at("ward-broken")]);
      expect(await second.ended()).toBe(2);
      expect(second.stderr).toMatch(/^edgebeat: --state .*edgebeat-1\.json: .*nothing was changed.*\n$/);
      expect(second.stderr).toMatch(message);
      expect(readFileSync(at("ward-broken/edgebeat-1.json"), "utf8")).toBe(text);
    }
    expect(readdirSync(at("ward-broken"))).toEqual(["edgebeat-1.json"]);
  });

  it("leaves to the broker what it can't keep: it ends, and hears it at the next start", async () => {
    recorded = [];
    const first = await subscribe("ward-full", "--keys", at("keys.json"), "--device", "bed-5");
    rmSync(at("ward-full"), { recursive: true });
    writeFileSync(at("ward-full"), "");
    const sim = startSim([...PATIENT, "--broker", url, "--provision", at("bed-5.json")]);
    expect([await sim.ended(), await first.ended()]).toEqual([0, 2]);
    expect(first.stderr).toMatch(/^edgebeat: --state .*bed-5\.json: cannot be written \(ENOTDIR\)/);
    rmSync(at("ward-full"));
    const second = await subscribe("ward-full", "--keys", at("keys.json"), "--device", "bed-5");
    const raised = sim.of("summary")[0]?.["alertsRaised"] as number;
    await second.until((command) => command.of("alert").length === raised, "all alerts");
    await second.kill("SIGINT");
  });
});

// The main job: real ECG in, alerts out, through outages and a kill, each alert exactly once.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { startBroker } from "../../src/platform/sim/broker.js";
import { Command, type JsonLine, type Run, runSim, startSim } from "./command.js";

const folder = mkdtempSync(join(tmpdir(), "edgebeat-"));
afterAll(() => rmSync(folder, { recursive: true }));

const PRIORITIES = ["low", "medium", "high"];
const identity = (line: JsonLine): string => `${line["bootCount"]}.${line["sequence"]}`;

/** Condition and phase of each alert, in order. */
function story(lines: readonly JsonLine[]): string[] {
  return lines.map((line) => `${line["condition"]} ${line["phase"]}`);
}

function expectNothingLost({ status, summary, command }: Run): void {
  expect(status).toBe(0);
  expect(summary).toMatchObject({ lost: 0, duplicates: 0, problems: 0, alertsPending: 0 });
  const delivered = command.of("delivered").map(identity);
  expect(new Set(delivered).size).toBe(delivered.length);
  expect(delivered.toSorted()).toEqual(command.of("raised").map(identity).toSorted());
}

describe("the demo record, with the network away from 60 s to 120 s", () => {
  it("runs to its end, finds the beats and loses nothing", async () => {
    const run = await runSim(["--link", "down 60-120"]);
    expectNothingLost(run);
    const { summary } = run;
    expect(summary).toMatchObject({ engine: "node", seconds: 300, gaps: 0 });
    expect(Math.abs((summary["samples"] as number) - 75_000)).toBeLessThan(30);
    // 509 beats are annotated; the first 2 s teach the detector.
    expect(summary["beats"]).toBeGreaterThanOrEqual(500);
    expect(summary["beats"]).toBeLessThanOrEqual(514);
    expect(summary["digest"]).toMatch(/^[0-9a-f]{64}$/);
    expect(run.command.of("link").map((line) => [line["up"], line["seconds"]])).toEqual([[false, 60], [true, 120]]);
    expect(run.command.of("status").some((line) => line["state"] === "lost")).toBe(true);
  });
});

describe("an outage", () => {
  const SCENARIO = "synthetic:sinus:72@30,asystole@6,sinus:72@20,lead-off@5,sinus:72@15,sinus:150@20,sinus:72@30,sinus:40@20,sinus:72@60";

  it("delays alerts, orders them by priority and age, and marks them late with the time at which they happened", async () => {
    const run = await runSim(["--patient", SCENARIO, "--link", "down 20-150"]);
    expectNothingLost(run);
    const lateOnes = run.command.of("delivered").filter((line) => line["late"] === true);
    expect(lateOnes.length).toBeGreaterThanOrEqual(8);
    const ranks = lateOnes.map((line) => [-PRIORITIES.indexOf(line["priority"] as string), line["sequence"] as number] as const);
    expect(ranks).toEqual(ranks.toSorted((one, other) => one[0] - other[0] || one[1] - other[1]));
    const asystole = lateOnes.find((line) => line["condition"] === "asystole" && line["phase"] === "onset") as JsonLine;
    // The last beat before the silence is at most one RR interval before 30 s; the run starts at midnight.
    const onsetS = (Date.parse(asystole["onsetTime"] as string) - Date.UTC(2026, 0, 1)) / 1000;
    expect(onsetS).toBeGreaterThan(29);
    expect(onsetS).toBeLessThanOrEqual(30);
    expect(asystole["sentUptimeMs"]).toBeGreaterThan(150_000);
  });

  it("sends the onset of the newest life-threatening alarm first, then the rest by priority and age", async () => {
    const scenario = "synthetic:sinus:72@15,asystole@8,sinus:72@15,lead-off@5,sinus:72@15,asystole@8,sinus:72@15,lead-off@5,sinus:72@30";
    const run = await runSim(["--patient", scenario, "--link", "down 5-100"]);
    expectNothingLost(run);
    const raised = run.command.of("raised").map((line) => ({ sequence: line["sequence"] as number, rank: -PRIORITIES.indexOf(line["priority"] as string), isOnset: line["phase"] === "onset" }));
    const newest = raised.findLast(({ rank, isOnset }) => rank === -2 && isOnset)?.sequence as number;
    const rest = raised.toSorted((one, other) => one.rank - other.rank || one.sequence - other.sequence).map(({ sequence }) => sequence).filter((sequence) => sequence !== newest);
    expect(raised.findLast(({ rank }) => rank === -2)?.isOnset).toBe(false);
    expect(run.command.of("delivered").map((line) => line["sequence"])).toEqual([newest, ...rest]);
  });

  it("with no end leaves the alerts in flash, pending and not lost", async () => {
    const { status, summary, command } = await runSim(["--patient", "synthetic:asystole", "--link", "down 1-100000"]);
    expect(status).toBe(0);
    expect(command.of("delivered")).toEqual([]);
    expect(summary).toMatchObject({ lost: 0, alertsDelivered: 0 });
    expect(summary["alertsPending"]).toBe(summary["alertsRaised"]);
  });

  it("survives a SIGKILL in its middle: the next start on the same flash delivers, and a subscriber that saw both lives got each once", async () => {
    const broker = await startBroker({ mqttPort: 0, webSocketPort: 0 });
    const url = `mqtt://127.0.0.1:${broker.mqtt.port}`;
    const subscriber = new Command(["subscribe", "--url", url, "--json"]);
    await subscriber.until((command) => command.of("listening").length === 1, "the subscriber");
    const args = ["--patient", "synthetic:asystole@8", "--flash", join(folder, "killed.flash"), "--broker", url];
    // Sinus rhythm to 20 s, asystole to 28 s; the network is away from 24.5 s: the asystole's onset is out, its end is not.
    const first = startSim([...args, "--speed", "10", "--link", "down 24.5-100000"]);
    await first.until((command) => command.of("raised").length >= 4, "four alerts");
    await first.kill("SIGKILL");
    const ofFirst = first.of("raised").map(identity);
    expect(first.of("delivered").length).toBeLessThan(ofFirst.length);
    const second = startSim([...args, "--speed", "max", "--seconds", "15"]);
    expect(await second.ended()).toBe(0);
    const carriedOver = second.of("summary")[0]?.["alertsCarriedOver"] as number;
    expect(carriedOver).toBeGreaterThanOrEqual(ofFirst.length - first.of("delivered").length);
    expect(second.of("summary")[0]).toMatchObject({ lost: 0, duplicates: 0, alertsPending: 0 });
    expect(second.of("birth")[0]).toMatchObject({ bootCount: 2, afeModel: "MAX30003" });
    const late = second.of("delivered").filter((line) => line["bootCount"] === 1);
    expect(late.length).toBe(carriedOver);
    for (const line of late) expect(line["late"]).toBe(true);
    await subscriber.until((command) => command.of("alert").length >= ofFirst.length, "all alerts at the subscriber");
    await subscriber.kill("SIGINT");
    expect(subscriber.process.exitCode).toBe(0);
    expect(subscriber.of("alert").map(identity).toSorted()).toEqual(ofFirst.toSorted());
    await broker.close();
  });
});

describe("evidence", () => {
  it("of every medical onset arrives whole after the alerts, with the ECG from 7 s before to 3 s after", async () => {
    const run = await runSim(["--patient", "synthetic:sinus:72@20,asystole@8,sinus:72@20,lead-off@5,sinus:72@20", "--link", "down 15-80"]);
    expectNothingLost(run);
    const onsets = run.command.of("delivered").filter((line) => line["phase"] === "onset" && line["condition"] !== "lead-off");
    const strips = run.command.of("strip").filter((line) => line["complete"] === true);
    expect(onsets.map((line) => line["condition"]).toSorted()).toEqual(["asystole", "pause"]);
    expect(strips.map(identity).toSorted()).toEqual(onsets.map(identity).toSorted());
    expect(run.summary).toMatchObject({ strips: 2, stripsPartial: 0 });
    const types = run.command.lines.map((line) => line.type);
    expect(types.lastIndexOf("delivered")).toBeLessThan(types.indexOf("strip"));
    for (const strip of strips) {
      const onset = onsets.find((line) => identity(line) === identity(strip)) as JsonLine;
      const samplesUv = strip["samplesUv"] as number[];
      const at = (onset["onsetSample"] as number) - (strip["firstSample"] as number);
      expect(at).toBeGreaterThanOrEqual(7 * 250);
      expect(samplesUv.length - at).toBeGreaterThanOrEqual(3 * 250);
      expect(samplesUv.length).toBeLessThanOrEqual(11 * 250 + 10);
      expect(strip["missingSamples"]).toBe(0);
      // Beats before the onset, none after it.
      const spanUv = (from: number, to: number): number => Math.max(...samplesUv.slice(from, to)) - Math.min(...samplesUv.slice(from, to));
      for (let second = 0; second < 6; second++) expect(spanUv(second * 250, second * 250 + 250)).toBeGreaterThan(500);
      expect(spanUv(at + 250, at + 750)).toBeLessThan(300);
    }
  });

  it("that power loss cut off is partial, and said to be", async () => {
    const broker = await startBroker({ mqttPort: 0, webSocketPort: 0 });
    const args = ["--patient", "synthetic:sinus:72@12,asystole@8,sinus:72@20", "--flash", join(folder, "strip.flash"), "--broker", `mqtt://127.0.0.1:${broker.mqtt.port}`];
    // The pause is raised 2.5 s after the last beat; its strip goes on for half a second more, and is being stored when the power goes.
    const first = startSim([...args, "--speed", "2", "--link", "down 1-100000"]);
    await first.until((command) => command.of("raised").length >= 1, "the pause");
    await first.kill("SIGKILL");
    const second = startSim([...args, "--speed", "max", "--seconds", "5"]);
    expect(await second.ended()).toBe(0);
    const strips = second.of("strip").filter((line) => line["bootCount"] === 1);
    expect(second.of("delivered").filter((line) => line["bootCount"] === 1).map((line) => line["condition"])).toEqual(["pause"]);
    expect(strips.filter((line) => line["complete"])).toEqual([]);
    expect(second.of("summary")[0]).toMatchObject({ lost: 0, problems: 0, stripsPartial: strips.length > 0 ? 1 : 0 });
    await broker.close();
  });
});

describe("synthetic patients raise what they have, and nothing else", () => {
  it.each([
    ["sinus:72@60", []],
    ["asystole@8", ["pause onset", "asystole onset", "asystole end", "pause end"]],
    ["sinus:40@40", ["bradycardia onset"]],
    ["sinus:150@40", ["tachycardia onset"]],
    ["sinus:72@30,sinus:150@30,sinus:72@30", ["svt-run onset", "tachycardia onset", "tachycardia end"]],
    ["lead-off@5", ["lead-off onset", "lead-off end"]],
    ["vf@15", ["ventricular-fibrillation onset", "ventricular-fibrillation end"]],
    ["af@90", ["svt-run onset", "atrial-fibrillation onset", "atrial-fibrillation end"]],
  ])("%s", async (scenario, expected) => {
    const run = await runSim(["--patient", `synthetic:${scenario}`]);
    expectNothingLost(run);
    expect(story(run.command.of("raised"))).toEqual(expected);
  });
});

it("says so when its port is taken, and takes another", async () => {
  const broker = await startBroker({ mqttPort: 0, webSocketPort: 0 });
  const command = new Command(["sim", "--headless", "--speed", "max", "--patient", "synthetic:sinus@5", "--mqtt-port", String(broker.mqtt.port), "--ws-port", "0"]);
  expect(await command.ended()).toBe(0);
  expect(command.stdout).toMatch(new RegExp(`^Port ${broker.mqtt.port} is taken; the MQTT broker uses \\d+ instead\\.\n`));
  await broker.close();
});

it("the same seed gives the same run, another seed another", async () => {
  const args = ["--patient", "synthetic:sinus@20,asystole@6,sinus@20", "--link", "down 15-35"];
  const digests = await Promise.all([["--seed", "5"], ["--seed", "5"], ["--seed", "6"]].map(async (seed) => (await runSim([...args, ...seed])).summary["digest"]));
  expect(digests[0]).toBe(digests[1]);
  expect(digests[0]).not.toBe(digests[2]);
});

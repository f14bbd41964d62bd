// Against real mosquitto: the outage is the broker itself, stopped and started again.
import { afterAll, describe, expect, it } from "vitest";
import { Command, type JsonLine, freePort, startSim } from "./command.js";
import { HAS_MOSQUITTO, Mosquittos } from "./mosquittos.js";

const mosquittos = new Mosquittos();
afterAll(() => mosquittos.close());

const identity = (line: JsonLine): string => `${line["bootCount"]}.${line["sequence"]}`;

describe.skipIf(!HAS_MOSQUITTO)("mosquitto", () => {
  it("stopped and started again: alerts raised meanwhile arrive late, each once, also at a stand-alone subscriber", async () => {
    const port = await freePort();
    const url = `mqtt://127.0.0.1:${port}`;
    let broker = await mosquittos.start(port);
    const subscriber = new Command(["subscribe", "--url", url, "--json", "--session", "ward-3"]);
    await subscriber.until((command) => command.of("listening").length === 1, "the subscriber");
    const scenario = "synthetic:sinus:72@30,asystole@6,sinus:72@20,lead-off@5,sinus:72@60";
    const sim = startSim(["--patient", scenario, "--speed", "10", "--broker", url]);
    await sim.until((command) => command.of("birth").length === 1, "the first session");
    await subscriber.until((command) => command.of("birth").length === 1, "the first session at the subscriber");
    await broker.stop();
    await sim.until((command) => command.of("raised").length >= 4, "four alerts");
    broker = await mosquittos.start(port);
    expect(await sim.ended()).toBe(0);
    const raised = sim.of("raised").map(identity);
    expect(raised.length).toBeGreaterThanOrEqual(6);
    expect(sim.of("delivered").map(identity).toSorted()).toEqual(raised.toSorted());
    for (const line of sim.of("delivered").slice(0, 4)) expect(line["late"]).toBe(true);
    expect(sim.of("summary")[0]).toMatchObject({ lost: 0, duplicates: 0, alertsPending: 0 });
    await subscriber.until((command) => command.of("alert").length === raised.length, "all alerts at the subscriber");
    expect(subscriber.of("alert").map(identity).toSorted()).toEqual(raised.toSorted());
    await subscriber.kill("SIGINT");
    await broker.stop();
  });

  it("publishes the Last Will when the device vanishes, and keeps it for who comes later", async () => {
    const port = await freePort();
    const url = `mqtt://127.0.0.1:${port}`;
    const broker = await mosquittos.start(port);
    const sim = startSim(["--speed", "1", "--broker", url]);
    await sim.until((command) => command.of("status").length > 0, "a status");
    await sim.kill("SIGKILL");
    const late = new Command(["subscribe", "--url", url, "--json"]);
    await late.until((command) => command.of("status").length > 0, "the retained status");
    expect(late.of("status")[0]).toMatchObject({ deviceId: "edgebeat-1", state: "lost" });
    await late.kill("SIGINT");
    await broker.stop();
  });

  it("that refuses is named, with its reason, and nothing starts", async () => {
    const port = await freePort();
    const broker = await mosquittos.start(port, ["allow_anonymous false"]);
    const sim = startSim(["--broker", `mqtt://127.0.0.1:${port}`]);
    expect(await sim.ended()).toBe(2);
    expect(sim.stderr).toMatch(/^edgebeat: broker mqtt:\/\/127\.0\.0\.1:\d+: .*[Nn]ot authorized.*, expected an MQTT 3\.1\.1 broker that accepts us\n$/);
    await broker.stop();
  });
});

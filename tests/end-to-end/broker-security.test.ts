// Against real mosquitto with the configuration that we ship: TLS both ways, and a device that can write its own topics and no others.
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { fileURLToPath } from "node:url";
import mqtt, { type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHANNELS, topicOf } from "../../src/wire/topic.js";
import { Authority, HAS_OPENSSL, type Identity } from "./certificates.js";
import { Command, freePort, startSim } from "./command.js";
import { HAS_MOSQUITTO, Mosquittos } from "./mosquittos.js";

const SHIPPED = fileURLToPath(new URL("../../hardware/mosquitto", import.meta.url));
/** Lines of the shipped configuration that the test replaces, since it chooses port and folder. */
const CHOSEN_HERE = /^(#|listener |persistence |$)/;
const shippedLines = (name: string): string[] => readFileSync(join(SHIPPED, name), "utf8").split("\n");

describe.skipIf(!HAS_MOSQUITTO || !HAS_OPENSSL)("mosquitto with hardware/mosquitto", () => {
  const mosquittos = new Mosquittos();
  const ports = { good: 0, expired: 0, elsewhere: 0 };
  const clients: MqttClient[] = [];
  let authority: Authority;
  let stranger: Authority;
  const identities = new Map<string, Identity>();
  const filesOf = (name: string): string[] => ["--ca", authority.ca, "--cert", identities.get(name)?.cert ?? "", "--key", identities.get(name)?.key ?? ""];
  const urlOf = (port: number): string => `mqtts://localhost:${port}`;

  beforeAll(async () => {
    authority = new Authority(mosquittos.folder, "ca");
    stranger = new Authority(mosquittos.folder, "stranger");
    for (const name of ["edgebeat-1", "bed-1", "bed-2", "edgebeat-subscriber", "edgebeat-operator"]) identities.set(name, authority.issue(name));
    identities.set("stranger", stranger.issue("edgebeat-1", { file: "stranger-1" }));
    authority.issue("server", { host: "localhost" });
    authority.issue("expired", { host: "localhost", days: -1 });
    authority.issue("elsewhere", { host: "elsewhere.example" });
    copyFileSync(join(SHIPPED, "edgebeat.acl"), join(mosquittos.folder, "edgebeat.acl"));
    const shipped = shippedLines("edgebeat.conf").filter((line) => !CHOSEN_HERE.test(line));
    for (const [name, certificate] of [["good", "server"], ["expired", "expired"], ["elsewhere", "elsewhere"]] as const) {
      ports[name] = await freePort();
      await mosquittos.start(ports[name], shipped.map((line) => line.replace("server.pem", `${certificate}.pem`).replace("server.key", "ca-parties.key")));
    }
  });
  afterAll(async () => {
    for (const client of clients) await client.endAsync(true);
    mosquittos.close();
  });

  const connectAs = async (name: string): Promise<MqttClient> => {
    const { cert, key } = identities.get(name) as Identity;
    const client = await mqtt.connectAsync(urlOf(ports.good), { ca: readFileSync(authority.ca), cert: readFileSync(cert), key: readFileSync(key), reconnectPeriod: 0 });
    clients.push(client);
    return client;
  };

  it("carries the alerts of a device to a subscriber, with certificates on all sides", async () => {
    const url = urlOf(ports.good);
    const subscriber = new Command(["subscribe", "--url", url, "--json", ...filesOf("edgebeat-subscriber")]);
    await subscriber.until((command) => command.of("listening").length === 1, "the subscriber");
    const sim = startSim(["--patient", "synthetic:asystole@8,sinus@5", "--speed", "20", "--broker", url, ...filesOf("edgebeat-1")]);
    expect(await sim.ended()).toBe(0);
    const summary = sim.of("summary")[0];
    expect(summary).toMatchObject({ lost: 0, duplicates: 0, alertsPending: 0, problems: 0 });
    await subscriber.until((command) => command.of("alert").length === summary?.["alertsRaised"], "all alerts");
    expect(subscriber.of("alert").length).toBeGreaterThanOrEqual(2);
    await subscriber.kill("SIGINT");
  });

  it.each([
    ["a broker that another authority vouches for", () => [ports.good, stranger.ca], /self-signed certificate in certificate chain \(SELF_SIGNED_CERT_IN_CHAIN\), expected a valid certificate/],
    ["a certificate that has expired", () => [ports.expired, authority.ca], /certificate has expired \(CERT_HAS_EXPIRED\), expected a valid certificate/],
    ["a certificate for another name", () => [ports.elsewhere, authority.ca], /Host: localhost. is not in the cert's altnames: DNS:elsewhere.example \(ERR_TLS_CERT_ALTNAME_INVALID\), expected a valid certificate with the name of this host/],
  ] as const)("refuses %s, in one line", async (_what, choose, message) => {
    const [port, ca] = choose() as [number, string];
    const { cert, key } = identities.get("edgebeat-1") as Identity;
    const files = ["--ca", ca, "--cert", cert, "--key", key];
    const commands = [["subscribe", "--url", urlOf(port)], ["sim", "--headless", "--broker", urlOf(port)]].map((args) => new Command([...args, ...files]));
    for (const command of commands) {
      expect(await command.ended()).toBe(2);
      expect(command.stderr).toMatch(new RegExp(`^edgebeat: broker ${urlOf(port)}: ${message.source}[^\n]*\n$`));
    }
  });

  it.each([
    ["no certificate", () => ["--ca", authority.ca]],
    ["a certificate of another authority", () => ["--ca", authority.ca, "--cert", identities.get("stranger")?.cert ?? "", "--key", identities.get("stranger")?.key ?? ""]],
  ])("turns away a client with %s", async (_what, files) => {
    const command = new Command(["subscribe", "--url", urlOf(ports.good), ...files()]);
    expect(await command.ended()).toBe(2);
    expect(command.stderr).toMatch(/^edgebeat: broker mqtts:\/\/localhost:\d+: [^\n]+\n$/);
  });

  it("agrees with a TLS 1.2 client, as the device is one, on the one key exchange that Moddable's TLS can do", async () => {
    const { cert, key } = identities.get("edgebeat-1") as Identity;
    const files = { ca: readFileSync(authority.ca), cert: readFileSync(cert), key: readFileSync(key) };
    const agreed = (ciphers?: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = connectTls({ ...files, host: "localhost", port: ports.good, maxVersion: "TLSv1.2", ...(ciphers && { ciphers }) }, () => {
          resolve(socket.getCipher().name);
          socket.destroy();
        });
        socket.on("error", () => resolve("none"));
      });
    expect(await agreed()).toBe("ECDHE-RSA-AES128-GCM-SHA256");
    expect(await agreed("DHE-RSA-AES128-GCM-SHA256")).toBe("none");
  });

  it("lets each party write and read what the table of rights says", async () => {
    const names = ["bed-1", "bed-2", "edgebeat-subscriber", "edgebeat-operator"] as const;
    const parties = await Promise.all(names.map(connectAs));
    const topics = [...CHANNELS.map((channel) => topicOf("bed-1", channel)), "edgebeat/v1/bed-1/command", "edgebeat/v1/bed-1/other", "other"];
    const heard = new Map(names.map((name) => [name, new Set<string>()]));
    for (const [index, party] of parties.entries()) {
      party.on("message", (topic, message) => void (topic.includes("/edgebeat-1/") || heard.get(names[index] as (typeof names)[number])?.add(`${message} on ${topic}`)));
      // A subscription that is not allowed is refused; whichever way, nothing must arrive.
      await party.subscribeAsync(["#", "edgebeat/v1/+/+", ...topics], { qos: 1 }).catch(() => []);
    }
    for (const [index, party] of parties.entries()) for (const topic of topics) await party.publishAsync(topic, names[index] as string, { qos: 1 });
    // The last thing each of them may hear, so that everything before it has come.
    await parties[0]?.publishAsync(topicOf("bed-1", "status"), "end", { qos: 1 });
    await expect.poll(() => [heard.get("bed-1"), heard.get("edgebeat-subscriber"), heard.get("edgebeat-operator")].every((set) => set?.has(`end on ${topicOf("bed-1", "status")}`)), { timeout: 10_000 }).toBe(true);
    const written = CHANNELS.map((channel) => `bed-1 on ${topicOf("bed-1", channel)}`);
    const end = `end on ${topicOf("bed-1", "status")}`;
    expect([...heard.get("bed-1") as Set<string>].toSorted()).toEqual([...written, end, "edgebeat-operator on edgebeat/v1/bed-1/command"].toSorted());
    expect([...heard.get("bed-2") as Set<string>]).toEqual([]);
    expect([...heard.get("edgebeat-subscriber") as Set<string>].toSorted()).toEqual([...written, end].toSorted());
    expect([...heard.get("edgebeat-operator") as Set<string>].toSorted()).toEqual([`bed-1 on ${topicOf("bed-1", "status")}`, `bed-1 on ${topicOf("bed-1", "update")}`, end].toSorted());
  });
});

describe("hardware/mosquitto/edgebeat.acl", () => {
  it("names every channel, for the device to write and for subscribers to read", () => {
    const lines = shippedLines("edgebeat.acl");
    for (const channel of CHANNELS) {
      expect(lines).toContain(`pattern write ${topicOf("%u", channel)}`);
      expect(lines).toContain(`topic read ${topicOf("+", channel)}`);
    }
  });
});

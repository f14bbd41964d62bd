// MqttUplink over a client that behaves as the SDK's does, also where that is unpleasant (MODDABLE SDK 8.2.3).
import { describe, expect, it } from "vitest";
import type { UplinkSession } from "../../../src/contracts/uplink.js";
import type { MqttClient, MqttClientOptions, MqttWriteOptions } from "../../../src/platform/ecma419/mqtt-client.js";
import { MQTT_CONNACK, MQTT_PUBACK } from "../../../src/platform/ecma419/mqtt-client.js";
import { MqttUplink } from "../../../src/platform/ecma419/mqtt-uplink.js";

const SESSION: UplinkSession = { clientId: "dev", keepAliveMs: 30_000, willTopic: "w", willMessage: Uint8Array.of(1, 2) };

function setUp(): { clients: FakeClient[]; uplink: MqttUplink; log: string[]; open: () => FakeClient; resolvers: { answer: () => void }[] } {
  const clients: FakeClient[] = [];
  const resolvers: { answer: () => void }[] = [];
  const log: string[] = [];
  class Client extends FakeClient {
    constructor(options: MqttClientOptions) {
      super(options);
      clients.push(this);
    }
  }
  class Resolver {
    resolve({ onResolved }: { onResolved: () => void }): void {
      resolvers.push({ answer: onResolved });
    }
  }
  const uplink = new MqttUplink({ Client, host: "broker", port: 1883, dns: { io: Resolver } });
  const listener = { onConnected: () => log.push("connected"), onAcknowledged: (id: number) => log.push(`acknowledged ${id}`), onClosed: () => log.push("closed") };
  const open = (): FakeClient => {
    uplink.open(SESSION, listener);
    return clients.at(-1) as FakeClient;
  };
  return { clients, uplink, log, open, resolvers };
}

class FakeClient implements MqttClient {
  readonly options: MqttClientOptions;
  readonly written: MqttWriteOptions[] = [];
  closed = false;
  throws = false;
  constructor(options: MqttClientOptions) {
    this.options = options;
    if (options.id === "throws") throw new Error("no socket");
    const { io: Resolver } = options.dns as { io: new (options: object) => { resolve(options: object): void } };
    new Resolver({}).resolve({
      host: options.host,
      onResolved: () => {
        if (this.closed) throw new TypeError("freed state, as in the SDK");
      },
      onError: () => {},
    });
  }
  connect(): void {
    this.options.onControl({ operation: MQTT_CONNACK, returnCode: 0 });
    this.options.onWritable(100);
  }
  write(data: Uint8Array | null, options: MqttWriteOptions): number {
    if (this.throws) throw new Error("overflow");
    this.written.push(options);
    return 100 - (data?.length ?? 0);
  }
  read(): undefined {
    return undefined;
  }
  close(): void {
    this.closed = true;
  }
}

describe("MqttUplink", () => {
  it("passes the session on and reports its acceptance and acknowledgements", () => {
    const { uplink, log, open } = setUp();
    const client = open();
    expect(client.options).toMatchObject({ host: "broker", port: 1883, id: "dev", clean: true, keepAlive: 30_000, will: { topic: "w", QoS: 1, retain: true } });
    client.connect();
    expect(uplink.publish("t", Uint8Array.of(7), false, 3, false)).toBe(true);
    expect(client.written).toEqual([{ topic: "t", QoS: 1, retain: false, id: 3, duplicate: false }]);
    client.options.onControl({ operation: MQTT_PUBACK, id: 3 });
    expect(log).toEqual(["connected", "acknowledged 3"]);
  });
  it("sends nothing before the session and nothing that does not fit", () => {
    const { uplink, open } = setUp();
    expect(uplink.publish("t", new Uint8Array(1), false, 1, false)).toBe(false);
    const client = open();
    expect(uplink.publish("t", new Uint8Array(1), false, 1, false)).toBe(false);
    client.connect();
    expect(uplink.publish("t", new Uint8Array(91), false, 1, false)).toBe(false);
    expect(uplink.publish("t", new Uint8Array(90), false, 1, false)).toBe(true);
    expect(client.written).toHaveLength(1);
  });
  it("turns an exception of the client into the end of the session", () => {
    const { uplink, log, open } = setUp();
    const client = open();
    client.connect();
    client.throws = true;
    expect(uplink.publish("t", new Uint8Array(1), false, 1, false)).toBe(false);
    expect(log).toEqual(["connected", "closed"]);
    expect(client.closed).toBe(true);
  });
  it("survives a client that can't be made", () => {
    const { uplink, log } = setUp();
    uplink.open({ ...SESSION, clientId: "throws" }, { onConnected: () => {}, onAcknowledged: () => {}, onClosed: () => log.push("closed") });
    expect(log).toEqual(["closed"]);
  });
  it("does not listen to a session that was given up", () => {
    const { uplink, log, open } = setUp();
    const first = open();
    uplink.close();
    first.connect();
    first.options.onError();
    const second = open();
    first.options.onControl({ operation: MQTT_PUBACK, id: 1 });
    second.connect();
    expect(log).toEqual(["connected"]);
    expect(first.closed).toBe(true);
  });
  it("drops a DNS answer that comes after the session was given up (it would restart the device)", () => {
    const { uplink, open, resolvers } = setUp();
    open();
    uplink.close();
    expect(() => resolvers[0]?.answer()).not.toThrow();
  });
  it("says goodbye when it closes a living session, and survives a dead one", () => {
    const { uplink, open } = setUp();
    const client = open();
    client.connect();
    uplink.close();
    expect(client.written.at(-1)).toEqual({ operation: 14 });
    const broken = open();
    broken.connect();
    broken.throws = true;
    expect(() => uplink.close()).not.toThrow();
    expect(broken.closed).toBe(true);
  });
});

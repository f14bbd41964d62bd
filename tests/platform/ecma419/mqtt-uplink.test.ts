// MqttUplink over a client that behaves as the SDK's does, also where that is unpleasant (MODDABLE SDK 8.2.3).
import { describe, expect, it } from "vitest";
import { MESSAGE_BYTES_MAX, type UplinkSession } from "../../../src/contracts/uplink.js";
import type { MqttClient, MqttClientOptions, MqttWriteOptions } from "../../../src/platform/ecma419/mqtt-client.js";
import { MQTT_CONNACK, MQTT_PUBACK, MQTT_SUBSCRIBE } from "../../../src/platform/ecma419/mqtt-client.js";
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
  /** Free bytes of the socket's buffer. */
  room = 0;
  /** What is still to come of a message begun with `byteLength`. */
  missing = 0;
  /** The payload bytes that went out. */
  readonly payload: number[] = [];
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
    this.drain();
  }
  /** The socket has sent all it had: its buffer of 100 bytes is free. */
  drain(): void {
    this.room = 100;
    this.options.onWritable(this.room);
  }
  write(data: Uint8Array | null, options?: MqttWriteOptions): number {
    if (this.throws) throw new Error("overflow");
    const bytes = data?.length ?? 0;
    if (options) {
      if (this.missing > 0) throw new TypeError("in the middle of a message");
      if (options.topic !== undefined) this.room -= options.topic.length + 9;
      this.missing = options.byteLength ?? bytes;
      this.written.push(options);
    }
    this.missing -= bytes;
    this.room -= bytes;
    if (this.room < 0 || this.missing < 0) throw new Error("overflow");
    this.payload.push(...(data ?? []));
    return this.room;
  }
  /** What a read will give. */
  waiting = new Uint8Array(0);
  read(count: number): ArrayBuffer | undefined {
    return this.waiting.slice(0, count).buffer;
  }
  close(): void {
    this.closed = true;
  }
}

describe("commands", () => {
  const TOPIC = "edgebeat/v1/dev/command";
  /** A session that wants commands; what comes is in `messages`. */
  function setUpCommands(): { client: FakeClient; messages: number[][]; receive: (parts: readonly number[]) => void } {
    const { uplink, clients } = setUp();
    const messages: number[][] = [];
    const commands = { topic: TOPIC, receive: (message: Uint8Array) => void messages.push([...message]) };
    uplink.open({ ...SESSION, commands }, { onConnected: () => {}, onAcknowledged: () => {}, onClosed: () => {} });
    const client = clients[0] as FakeClient;
    const receive = (parts: readonly number[]): void => {
      for (const [index, bytes] of parts.entries()) {
        client.waiting = new Uint8Array(bytes).fill(index + 1);
        client.options.onReadable(bytes, { more: index < parts.length - 1 });
      }
    };
    return { client, messages, receive };
  }

  it("are subscribed to once in a session, when there is room", () => {
    const { client } = setUpCommands();
    client.options.onControl({ operation: MQTT_CONNACK, returnCode: 0 });
    client.options.onWritable(10);
    expect(client.written).toEqual([]);
    client.drain();
    client.drain();
    expect(client.written).toEqual([{ operation: MQTT_SUBSCRIBE, items: [{ topic: TOPIC, QoS: 1 }], id: 65_535 }]);
  });

  it("come whole, in parts or not, and too long ones not at all", () => {
    const { messages, receive } = setUpCommands();
    receive([3]);
    receive([2, 1, 1]);
    receive([MESSAGE_BYTES_MAX - 100, 101]);
    receive([MESSAGE_BYTES_MAX]);
    receive([MESSAGE_BYTES_MAX + 1]);
    receive([1]);
    expect(messages.map((message) => message.length)).toEqual([3, 4, MESSAGE_BYTES_MAX, 1]);
    expect(messages[1]).toEqual([1, 1, 2, 3]);
  });
});

describe("MqttUplink", () => {
  it("passes the session on and reports its acceptance and acknowledgements", () => {
    const { uplink, log, open } = setUp();
    const client = open();
    expect(client.options).toMatchObject({ host: "broker", port: 1883, id: "dev", clean: true, keepAlive: 30_000, will: { topic: "w", QoS: 1, retain: true } });
    client.connect();
    expect(uplink.publish("t", Uint8Array.of(7), false, 3)).toBe(true);
    expect(client.written).toEqual([{ topic: "t", QoS: 1, retain: false, id: 3 }]);
    client.options.onControl({ operation: MQTT_PUBACK, id: 3 });
    expect(log).toEqual(["connected", "acknowledged 3"]);
  });
  it("sends nothing before the session and nothing that does not fit", () => {
    const { uplink, open } = setUp();
    expect(uplink.publish("t", new Uint8Array(1), false, 1)).toBe(false);
    const client = open();
    expect(uplink.publish("t", new Uint8Array(1), false, 1)).toBe(false);
    client.connect();
    expect(uplink.publish("t", new Uint8Array(60), false, 1)).toBe(true);
    expect(uplink.publish("t", new Uint8Array(31), false, 2)).toBe(false);
    expect(uplink.publish("t", new Uint8Array(20), false, 2)).toBe(true);
    expect(uplink.publish("t", new Uint8Array(1), false, 3)).toBe(false);
    expect(client.written).toHaveLength(2);
  });
  it("sends what just fits in one piece, and what is longer in parts, as the socket takes them", () => {
    for (const [byteCount, inParts] of [[90, false], [91, true], [1000, true]] as const) {
      const { uplink, open } = setUp();
      const client = open();
      client.connect();
      const message = Uint8Array.from({ length: byteCount }, (_, index) => index);
      expect(uplink.publish("t", message, false, 7)).toBe(true);
      expect(client.written[0]?.byteLength).toBe(inParts ? byteCount : undefined);
      message.fill(0xee);
      for (let parts = 0; client.missing > 0; parts++) {
        expect(parts).toBeLessThan(20);
        expect(uplink.publish("t", Uint8Array.of(1), false, 8)).toBe(false);
        client.drain();
      }
      expect(client.payload).toEqual(Array.from({ length: byteCount }, (_, index) => index & 0xff));
      client.drain();
      expect(uplink.publish("t", Uint8Array.of(1), false, 8)).toBe(true);
    }
  });
  it("does not begin a message in parts while most of the socket's buffer is taken", () => {
    const { uplink, open } = setUp();
    const client = open();
    client.connect();
    expect(uplink.publish("t", new Uint8Array(45), false, 1)).toBe(true);
    expect(uplink.publish("t", new Uint8Array(200), false, 2)).toBe(false);
    client.drain();
    expect(uplink.publish("t", new Uint8Array(200), false, 2)).toBe(true);
  });
  it("in the middle of a message takes no PUBACK for it, and closes without a goodbye", () => {
    const { uplink, log, open } = setUp();
    const client = open();
    client.connect();
    uplink.publish("t", new Uint8Array(200), false, 2);
    client.options.onControl({ operation: MQTT_PUBACK, id: 2 });
    client.options.onControl({ operation: MQTT_PUBACK, id: 1 });
    expect(log).toEqual(["connected", "acknowledged 1"]);
    uplink.close();
    expect(client.closed).toBe(true);
    expect(client.written).toHaveLength(1);
    open().connect();
    expect(uplink.publish("t", new Uint8Array(1), false, 3)).toBe(true);
  });
  it("ends the session if a part can't be written", () => {
    const { uplink, log, open } = setUp();
    const client = open();
    client.connect();
    uplink.publish("t", new Uint8Array(200), false, 2);
    client.throws = true;
    expect(() => client.drain()).not.toThrow();
    expect(log).toEqual(["connected", "closed"]);
  });
  it.each([
    ["onControl", "connected", (client: FakeClient): void => client.connect()],
    ["onControl, at a PUBACK", "acknowledged", (client: FakeClient): void => client.options.onControl({ operation: MQTT_PUBACK, id: 1 })],
    ["onError", "closed", (client: FakeClient): void => client.options.onError()],
    ["onReadable", "read", (client: FakeClient): void => client.options.onReadable(3, { more: false })],
  ])("lets no exception out of the client's %s", (_name, thrower, call) => {
    const { clients, uplink } = setUp();
    let closed = 0;
    const throwIf = (name: string): void => {
      if (name === thrower) throw new Error("a defect of ours");
    };
    uplink.open(SESSION, {
      onConnected: () => throwIf("connected"),
      onAcknowledged: () => throwIf("acknowledged"),
      onClosed: () => {
        closed++;
        throwIf("closed");
      },
    });
    const client = clients[0] as FakeClient;
    client.read = () => throwIf("read") as undefined;
    expect(() => call(client)).not.toThrow();
    expect(closed).toBe(1);
    expect(uplink.publish("t", new Uint8Array(1), false, 1)).toBe(false);
  });
  it("turns an exception of the client into the end of the session", () => {
    const { uplink, log, open } = setUp();
    const client = open();
    client.connect();
    client.throws = true;
    expect(uplink.publish("t", new Uint8Array(1), false, 1)).toBe(false);
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

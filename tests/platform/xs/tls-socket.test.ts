// TlsSocket over a stand-in for Moddable's TLS session: nothing leaves before the handshake is over, and no exception gets out of a callback.
import { beforeEach, describe, expect, it, vi } from "vitest";

/** What the broker's records are taken for, one a step; and what was written in which state. */
const session = vi.hoisted(() => ({ steps: [] as string[], written: [] as string[], alert: undefined as { level: number; description: number } | undefined }));
const tcp = vi.hoisted(() => ({ callbacks: undefined as unknown as { onReadable: (count: number) => void; onWritable: (count: number) => void; onError: () => void }, isClosed: false }));
const timers = vi.hoisted(() => [] as (() => void)[]);

vi.mock("timer", () => ({ default: { set: (callback: () => void) => timers.push(callback), clear: () => {} } }));
vi.mock("embedded:io/socket/tcp", () => ({
  default: class {
    constructor(options: typeof tcp.callbacks) {
      tcp.callbacks = {
        onReadable: (count) => options.onReadable.call(this, count),
        onWritable: (count) => options.onWritable.call(this, count),
        onError: () => options.onError.call(this),
      };
      tcp.isClosed = false;
    }
    close(): void {
      tcp.isClosed = true;
    }
  },
}));
vi.mock("ssl/session", () => ({
  default: class {
    get alert() {
      return session.alert;
    }
    initiateHandshake(): void {}
    /** A record is one byte here. */
    #next(transport: { readable: number }): string | undefined {
      if (transport.readable === 0) return undefined;
      transport.readable--;
      const step = session.steps.shift();
      if (step === "close notify") session.alert = { level: 1, description: 0 };
      if (step === "garbage") throw new Error("recordProtocol: auth failed");
      return step;
    }
    handshake(transport: { readable: number }): boolean {
      const step = this.#next(transport);
      return step === "finished" || session.alert !== undefined;
    }
    read(transport: { readable: number }): Uint8Array | undefined | null {
      const step = this.#next(transport);
      return session.alert ? null : step === undefined ? undefined : Uint8Array.from(step, (character) => character.charCodeAt(0));
    }
    write(_transport: unknown, bytes: Uint8Array): number {
      session.written.push(String.fromCharCode(...bytes));
      return 100;
    }
  },
}));

const { TlsSocket } = await import("../../../src/platform/xs/tls-socket.js");
const heard: string[] = [];

beforeEach(() => {
  Object.assign(session, { steps: [], written: [], alert: undefined });
  heard.length = timers.length = 0;
});

/** A socket whose owner writes its password when it may, as the MQTT client does, and reads all that comes. */
function open(read = (reader: InstanceType<typeof TlsSocket>, count: number): void => void heard.push(String.fromCharCode(...new Uint8Array(reader.read(count) as ArrayBuffer)))): InstanceType<typeof TlsSocket> {
  const socket = new TlsSocket({
    address: "10.0.0.1", host: "broker", port: 8883, secure: { certificate: new ArrayBuffer(1), clientCertificates: [], clientKey: new ArrayBuffer(1) },
    onWritable: () => void socket.write(Uint8Array.from("password", (character) => character.charCodeAt(0))),
    onReadable: (count: number) => read(socket, count),
    onError: () => (heard.push("error"), socket.close()),
  } as never);
  tcp.callbacks.onWritable(1000);
  return socket;
}
/** The broker sends records, all at once. */
function receive(...records: string[]): void {
  session.steps.push(...records);
  tcp.callbacks.onReadable(records.length);
}

describe("a TLS socket", () => {
  it("lets its owner write once the handshake is over, not before", () => {
    open();
    receive("hello", "certificate");
    expect(session.written).toEqual([]);
    receive("finished");
    expect(session.written).toEqual(["password"]);
  });

  it.each([["close notify"], ["garbage"]])("takes %s in the handshake for an error, and nothing leaves in clear", (record) => {
    open();
    receive("hello", record);
    tcp.callbacks.onWritable(1000);
    expect([session.written, heard, tcp.isClosed]).toEqual([[], ["error"], true]);
  });

  it("gives record after record, the later ones from a timer, and takes one that was tampered with there for an error, too", () => {
    open();
    receive("hello", "finished", "one", "two", "garbage");
    expect(heard).toEqual(["one"]);
    timers.shift()?.();
    expect(heard).toEqual(["one", "two"]);
    timers.shift()?.();
    expect([heard, tcp.isClosed]).toEqual([["one", "two", "error"], true]);
  });

  it("reads byte by byte, as the client's parser does, and ends when the broker does", () => {
    const bytes: unknown[] = [];
    const socket = open((reader) => {
      reader.format = "number";
      bytes.push(reader.read(), reader.read(), reader.read());
    });
    receive("finished", "ab");
    expect(bytes).toEqual([97, 98, undefined]);
    receive("close notify");
    expect([heard, tcp.isClosed]).toEqual([["error"], true]);
    expect(socket.read()).toBeUndefined();
  });

  it("says nothing any more once it is closed", () => {
    const socket = open();
    receive("finished");
    socket.close();
    receive("late");
    expect(heard).toEqual([]);
    expect(() => socket.write(new Uint8Array(1))).toThrow("not connected");
  });
});

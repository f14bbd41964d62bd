// GuardedTcp and GuardedUdp: nothing that an owner or the network does comes out of a callback.
import { describe, expect, it, vi } from "vitest";
import { GuardedTcp } from "../../../src/platform/xs/guarded-tcp.js";
import { GuardedUdp } from "../../../src/platform/xs/guarded-udp.js";

interface Callbacks {
  onReadable(count: number): void;
  onWritable(count: number): void;
  onError(): void;
}
const { FakeSocket } = vi.hoisted(() => ({
  FakeSocket: class {
    readonly options: Callbacks;
    constructor(options: Callbacks) {
      this.options = options;
    }
    write(): void {
      throw new Error("UDP send failed");
    }
  },
}));
vi.mock("embedded:io/socket/tcp", () => ({ default: FakeSocket }));
vi.mock("embedded:io/socket/udp", () => ({ default: FakeSocket }));

const fail = (): never => {
  throw new TypeError("freed state, as in the SDK");
};

/** The callbacks that the socket below would call. */
function callbacksOf(socket: object): Callbacks {
  return (socket as InstanceType<typeof FakeSocket>).options;
}

describe("GuardedTcp", () => {
  const quiet = { address: "10.0.0.1", port: 1883, onReadable: () => {}, onWritable: () => {}, onError: () => {} };

  it("passes everything on, with the socket as `this`", () => {
    const log: unknown[] = [];
    const record = (name: string) =>
      function (this: object, count?: number): void {
        log.push([name, count, this]);
      };
    const socket = new GuardedTcp({ ...quiet, onReadable: record("readable"), onWritable: record("writable"), onError: record("error") });
    callbacksOf(socket).onReadable.call(socket, 3);
    callbacksOf(socket).onWritable.call(socket, 4);
    callbacksOf(socket).onError.call(socket);
    expect(log).toEqual([["readable", 3, socket], ["writable", 4, socket], ["error", undefined, socket]]);
    expect(callbacksOf(socket)).toMatchObject({ address: "10.0.0.1", port: 1883 });
  });

  it.each(["onReadable", "onWritable"] as const)("turns an exception of %s into an error of the connection", (name) => {
    const onError = vi.fn();
    const socket = new GuardedTcp({ ...quiet, [name]: fail, onError });
    callbacksOf(socket)[name].call(socket, 1);
    expect(onError).toHaveBeenCalledTimes(1);
  });

  it.each(["onReadable", "onWritable", "onError"] as const)("survives an owner who fails in %s and in onError", (name) => {
    const socket = new GuardedTcp({ ...quiet, [name]: fail, onError: fail });
    expect(() => callbacksOf(socket)[name].call(socket, 1)).not.toThrow();
  });
});

describe("GuardedUdp", () => {
  it("passes datagrams on, with the socket as `this`", () => {
    const log: unknown[] = [];
    const socket = new GuardedUdp({
      onReadable(count: number) {
        log.push(count, this);
      },
    });
    callbacksOf(socket).onReadable.call(socket, 2);
    expect(log).toEqual([2, socket]);
  });
  it("survives an owner who can't read a datagram", () => {
    const socket = new GuardedUdp({ onReadable: fail });
    expect(() => callbacksOf(socket).onReadable.call(socket, 1)).not.toThrow();
  });
  it("loses what can't be sent", () => {
    expect(() => new GuardedUdp({ onReadable: () => {} }).write(new Uint8Array(48), "10.0.0.1", 123)).not.toThrow();
  });
});

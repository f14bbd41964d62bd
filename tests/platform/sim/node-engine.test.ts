// NodeEngine: calls at once, bytes by copy, and silence without power.
import { describe, expect, it } from "vitest";
import type { Device, HostCall } from "../../../src/platform/desk/border.js";
import { NodeEngine } from "../../../src/platform/sim/node-engine.js";

/** Sums the mailbox and asks the world for the rest. */
function createDevice(hostCall: HostCall): Device {
  const mailbox = new Uint8Array(4);
  return {
    mailbox,
    call(op, a, b, byteCount) {
      let sum = hostCall(op, a, b, mailbox.subarray(0, byteCount));
      for (let index = 0; index < byteCount; index++) sum += mailbox[index] as number;
      return sum;
    },
  };
}

describe("NodeEngine", () => {
  const cases: [string, Uint8Array | undefined, number][] = [
    ["no bytes", undefined, 1003],
    ["an empty byte string", new Uint8Array(0), 1003],
    ["a full mailbox", Uint8Array.of(1, 2, 3, 4), 1003 + 10],
    ["a view", Uint8Array.of(9, 9, 5, 6, 9).subarray(2, 4), 1003 + 11],
  ];
  it.each(cases)("calls with %s and returns a number", (_name, bytes, result) => {
    const heard: [number, number, number, number][] = [];
    const engine = new NodeEngine(createDevice, (op, a, b, passed) => {
      heard.push([op, a, b, passed?.length ?? -1]);
      return 1000 + a;
    });
    expect(engine.call(7, 3, -0.5, bytes)).toBe(result);
    expect(heard).toEqual([[7, 3, -0.5, bytes?.length ?? 0]]);
  });

  it("leaves the caller's bytes alone", () => {
    const engine = new NodeEngine(createDevice, (_op, _a, _b, bytes) => {
      bytes?.fill(0);
      return 0;
    });
    const bytes = Uint8Array.of(1, 2);
    expect(engine.call(1, 0, 0, bytes)).toBe(0);
    expect([...bytes]).toEqual([1, 2]);
  });

  it("refuses more bytes than the mailbox holds", () => {
    expect(() => new NodeEngine(createDevice, () => 0).call(1, 0, 0, new Uint8Array(5))).toThrow(RangeError);
  });

  it.each(["close", "kill"] as const)("does nothing after %s", (end) => {
    const engine = new NodeEngine(createDevice, () => 0);
    engine[end]();
    engine[end]();
    expect(() => engine.call(1, 0, 0)).toThrow("no power");
  });
});

// The bedside protocol: sample frames there and back, commands taken and refused.
import { describe, expect, it } from "vitest";
import { COMMAND_BYTES_MAX, FRAME_SAMPLES_MAX, decodeSamples, encodeSamples, parseCommand } from "../../src/dashboard/bedside.js";

const bufferOf = (bytes: Uint8Array): ArrayBuffer => bytes.slice().buffer as ArrayBuffer;

describe("sample frames", () => {
  it.each([
    [0, []],
    [0, [0]],
    [250, [1, -1, 32_767, -32_768]],
    [2 ** 48, [5]],
    [7, new Array<number>(FRAME_SAMPLES_MAX).fill(-3)],
  ])("come back from bytes: first sample %i", (firstSample, samples) => {
    const bytes = encodeSamples(firstSample, Int16Array.from(samples), samples.length);
    expect(decodeSamples(bufferOf(bytes))).toEqual({ firstSample, samplesUv: Int16Array.from(samples) });
  });

  it("are laid out as described", () => {
    expect([...encodeSamples(1, Int16Array.of(-2, 258), 2)]).toEqual([0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 2, 0, 0xfe, 0xff, 2, 1]);
  });

  const whole = encodeSamples(3, Int16Array.of(1, 2), 2);
  const withFirst = (firstSample: number): Uint8Array => encodeSamples(firstSample, Int16Array.of(1), 1);
  it.each([
    ["nothing", new Uint8Array(0)],
    ["a head cut off", whole.subarray(0, 9)],
    ["a sample cut off", whole.subarray(0, 13)],
    ["a byte too many", Uint8Array.of(...whole, 0)],
    ["a negative number", withFirst(-1)],
    ["a fraction", withFirst(0.5)],
    ["no number", withFirst(Number.NaN)],
  ])("are refused: %s", (_name, bytes) => {
    expect(decodeSamples(bufferOf(bytes))).toBeUndefined();
  });
});

describe("commands", () => {
  it.each(["link", "lead", "power"] as const)("%s", (name) => {
    for (const value of [true, false]) {
      const text = JSON.stringify({ type: "command", name, value });
      expect(text.length).toBeLessThan(COMMAND_BYTES_MAX);
      expect(parseCommand(text)).toEqual({ ok: true, command: { type: "command", name, value } });
    }
  });

  it.each([
    ["", "message: not JSON, expected a command"],
    ["{", "message: not JSON, expected a command"],
    ["null", 'message.type: undefined, expected "command"'],
    ["7", 'message.type: undefined, expected "command"'],
    ['{"type":"state"}', 'message.type: "state", expected "command"'],
    ['{"type":"command","name":"explode","value":true}', 'command.name: "explode", expected link, lead, power'],
    ['{"type":"command","name":"__proto__","value":true}', 'command.name: "__proto__", expected link, lead, power'],
    ['{"type":"command","name":"link"}', "command.value: undefined, expected true or false"],
    ['{"type":"command","name":"link","value":"false"}', 'command.value: "false", expected true or false'],
  ])("refused: %s", (text, problem) => {
    expect(parseCommand(text)).toEqual({ ok: false, problem });
  });
});

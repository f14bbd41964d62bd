// storedProvision: what NVS may hold, from nothing to nonsense.
import { beforeEach, describe, expect, it, vi } from "vitest";
import { storedProvision } from "../../../src/platform/xs/stored-provision.js";

const nvs = vi.hoisted(() => ({ value: undefined as unknown, broken: false }));
vi.mock("preference", () => ({
  default: {
    get: () => {
      if (nvs.broken) throw new Error("nvs get fail");
      return nvs.value;
    },
  },
}));
const said: string[] = [];
vi.stubGlobal("trace", (text: string) => said.push(text));
beforeEach(() => {
  nvs.value = undefined;
  nvs.broken = false;
  said.length = 0;
});

const GOOD = { version: 1, deviceId: "ward-3", keys: { epoch: 1, data: "0".repeat(32), command: "1".repeat(32) }, wifi: { ssid: "caf\u00e9", password: "secret" } };
const asBlob = (text: string): ArrayBuffer => new Uint8Array(Buffer.from(text, "latin1")).buffer;

describe("storedProvision", () => {
  it("is none on a fresh device, without a word", () => {
    expect(storedProvision()).toBeUndefined();
    expect(said).toEqual([]);
  });

  it("is what was written", () => {
    nvs.value = asBlob(JSON.stringify(GOOD).replace("\u00e9", "\\u00e9"));
    expect(storedProvision()).toMatchObject({ config: { deviceId: "ward-3" }, wifi: { ssid: "caf\u00e9" } });
    expect(said).toEqual([]);
  });

  it.each([
    ["text that is no JSON", asBlob("{"), /^provision: SyntaxError/],
    ["a value that is no blob", "text", /^provision: Error: not a blob/],
    ["a provision of another version", asBlob(JSON.stringify({ ...GOOD, version: 2 })), /^provision\.version: 2, expected 1\n$/],
  ])("counts %s as none and says so", (_what, value, line) => {
    nvs.value = value;
    expect(storedProvision()).toBeUndefined();
    expect(said[0]).toMatch(line);
  });

  it("never says a secret", () => {
    nvs.value = asBlob(JSON.stringify({ ...GOOD, keys: { ...GOOD.keys, data: "geheim" } }));
    expect(storedProvision()).toBeUndefined();
    expect(said.join("")).not.toContain("geheim");
  });

  it("does without an NVS that fails", () => {
    nvs.broken = true;
    expect(storedProvision()).toBeUndefined();
    expect(said).toHaveLength(1);
  });
});

// Settings from mc/config: what the command line gives are texts.
import { beforeEach, describe, expect, it, vi } from "vitest";
import { checkConfig } from "../../../src/monitor/config.js";
import { monitorSettings, portSetting, textSetting } from "../../../src/platform/xs/settings.js";

const config = vi.hoisted((): Record<string, unknown> => ({}));
vi.mock("mc/config", () => ({ default: config }));
const said: string[] = [];
vi.stubGlobal("trace", (text: string) => said.push(text));
beforeEach(() => {
  for (const name of Object.keys(config)) delete config[name];
  said.length = 0;
});

describe("textSetting", () => {
  it.each([
    ["a text", "home", "home"],
    ["a number of a manifest", 42, "42"],
    ["nothing", undefined, "initial"],
    ["an empty text", "", "initial"],
    ["something else", { a: 1 }, "initial"],
  ])("reads %s", (_what, value, expected) => {
    config["name"] = value;
    expect(textSetting("name", "initial")).toBe(expected);
  });
});

describe("portSetting", () => {
  it.each([[undefined, 1883], ["1", 1], [8883, 8883], ["65535", 65535]])("reads %s", (value, expected) => {
    config["brokerPort"] = value;
    expect(portSetting("brokerPort", 1883)).toBe(expected);
    expect(said).toEqual([]);
  });
  it.each(["0", "65536", "1.5", "mqtt"])("reports %s", (value) => {
    config["brokerPort"] = value;
    expect(portSetting("brokerPort", 1883)).toBe(1883);
    expect(said).toEqual([`config.brokerPort: "${value}", expected a whole number from 1 to 65535; using 1883\n`]);
  });
});

describe("monitorSettings", () => {
  it("is empty, and so all defaults, when nothing is set", () => expect(monitorSettings()).toEqual({}));
  it("turns texts into numbers where a monitor wants numbers", () => {
    Object.assign(config, { deviceId: "7", asystoleMs: "5000", pauseMs: 2000, wifiSSID: "home", sntp: "pool.ntp.org" });
    expect(monitorSettings()).toEqual({ deviceId: "7", asystoleMs: 5000, pauseMs: 2000 });
    expect(checkConfig(monitorSettings()).ok).toBe(true);
  });
  it("leaves what is no number for checkConfig to name", () => {
    config["asystoleMs"] = "soon";
    expect(checkConfig(monitorSettings())).toMatchObject({ ok: false, problems: [expect.stringContaining('config.asystoleMs: "soon", expected')] });
  });
});

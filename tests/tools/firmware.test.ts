// npm run firmware: what it says when tools are missing, and the command that it would run.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missingTools } from "../../scripts/firmware-tools.js";

const project = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;
let good: Record<string, string>;

function put(path: string, text = "", executable = false): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
  if (executable) chmodSync(join(folder, path), 0o755);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "edgebeat-tools-"));
  put("sdk/examples/manifest_base.json");
  put("sdk/tools/VERSION", "8.2.3\n");
  put("old-sdk/examples/manifest_base.json");
  put("old-sdk/tools/VERSION", "7.1.0\n");
  put("idf/tools/cmake/version.cmake", "set(IDF_VERSION_MAJOR 6)\nset(IDF_VERSION_MINOR 0)\n");
  put("old-idf/tools/cmake/version.cmake", "set(IDF_VERSION_MAJOR 5)\nset(IDF_VERSION_MINOR 5)\n");
  for (const tool of ["mcconfig", "tsc", "idf.py"]) put(`bin/${tool}`, "#!/bin/sh\n", true);
  good = { MODDABLE: join(folder, "sdk"), IDF_PATH: join(folder, "idf"), PATH: join(folder, "bin") };
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("missingTools", () => {
  it.each([
    ["nothing", "esp32", {}, []],
    ["the SDK", "esp32", { MODDABLE: undefined }, [/^MODDABLE is not set: .*https:/]],
    ["a folder that is no SDK", "esp32", { MODDABLE: "/nowhere" }, [/^MODDABLE is "\/nowhere", expected/]],
    ["a newer SDK", "esp32", { MODDABLE: "old-sdk" }, [/^MODDABLE has SDK 7\.1\.0, expected 8\.2/]],
    ["ESP-IDF", "esp32/esp32c3", { IDF_PATH: undefined }, [/^IDF_PATH is not set: /]],
    ["a newer ESP-IDF", "esp32/esp32c3", { IDF_PATH: "old-idf" }, [/^IDF_PATH has ESP-IDF 5\.5, expected 6\.0/]],
    ["all programs", "esp32", { PATH: "/nowhere" }, [/^mcconfig is not on PATH/, /^tsc is not on PATH/, /^idf\.py is not on PATH/]],
    ["the simulator, but not ESP-IDF", "lin", { IDF_PATH: undefined }, [/^mcsim, .* is not built/]],
  ] as [string, string, Record<string, string | undefined>, RegExp[]][])("without %s for %s", (_what, platform, changes, expected) => {
    const env = Object.fromEntries(Object.entries({ ...good, ...changes }).map(([name, value]) => [name, value?.startsWith("old-") ? join(folder, value) : value]));
    const lines = missingTools(platform, env);
    expect(lines).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  });
});

describe("npm run firmware", () => {
  const firmware = (args: string[], env: Record<string, string> = {}) =>
    spawnSync(process.execPath, [join(project, "scripts/firmware.js"), ...args], { encoding: "utf8", env: { PATH: process.env["PATH"] ?? "", ...env } });

  it.each([
    ["no board", [], /^firmware: --board "", expected one of esp32-devkit, xiao-esp32s3, esp32c3-supermini, desktop\n$/],
    ["an unknown board", ["--board", "pico"], /^firmware: --board "pico", expected one of /],
    ["an unknown front end", ["--board", "esp32-devkit", "--afe", "ads1298"], /^firmware: --afe "ads1298", expected one of max30003, ads1292r, ad8232\n$/],
    ["a front end that the simulator lacks", ["--board", "desktop", "--afe", "ad8232"], /^firmware: --afe ad8232: the desktop emulates the MAX30003 alone; .*\n$/],
    ["an unknown option", ["--board", "desktop", "--fast"], /^firmware: "--fast", expected npm run firmware/],
    ["a setting that would block the start", ["--board", "esp32-devkit", "ssid=x"], /^firmware: ssid=\.\.\.: .* use wifiSSID=\n$/],
  ])("refuses %s in one line", (_what, args, expected) => {
    const { status, stderr } = firmware(args);
    expect(status).toBe(2);
    expect(stderr).toMatch(expected);
  });

  it.each([
    ["to debug", ["wifiSSID=my network"], 'AFE=max30003 mcconfig -d -m -p esp32/esp32c3 "wifiSSID=my network"'],
    ["with another front end", ["--afe", "ad8232"], "AFE=ad8232 mcconfig -d -m -p esp32/esp32c3"],
    ["of a release, with its modules in one", ["--release"], "AFE=max30003 mcconfig -m -p esp32/esp32c3 build/joined/esp32c3-supermini-max30003/manifest.json"],
  ])("says what it would run for a build %s", (_what, args, expected) => {
    const { status, stdout } = firmware(["--board", "esp32c3-supermini", "--check", ...args], { ...good, PATH: good["PATH"] as string });
    expect([status, stdout]).toEqual([0, `BOARD=esp32c3-supermini ${expected}\n`]);
  });
});

describe("npm run provision", () => {
  const provision = (text: string, ...args: string[]) => {
    put("provision.json", text);
    return spawnSync(process.execPath, [join(project, "scripts/provision.js"), join(folder, "provision.json"), "--out", join(folder, "nvs.bin"), ...args], { encoding: "utf8" });
  };
  const good = { version: 1, deviceId: "ward-3", keys: { epoch: 1, data: "0".repeat(32), command: "1".repeat(32) } };

  it("writes an image of the board's NVS partition and says how to flash it", () => {
    const { status, stdout } = provision(JSON.stringify(good), "--board", "xiao-esp32s3", "--port", "/dev/ttyACM0");
    expect([status, stdout]).toEqual([0, expect.stringMatching(/: provision of "ward-3"\. It holds secrets\..*\nesptool --port \/dev\/ttyACM0 write-flash 0x9000 .*nvs\.bin\n$/)]);
    expect(statSync(join(folder, "nvs.bin")).size).toBe(0x4000);
  });

  it.each([
    ["no JSON, without repeating it", '{"secret', /^provision: .*provision\.json: not JSON, expected a provision in JSON\n$/],
    ["a wrong field", JSON.stringify({ ...good, version: 3 }), /^provision: provision\.version: 3, expected 1\n$/],
  ])("refuses %s", (_what, text, expected) => {
    const { status, stderr } = provision(text);
    expect([status, stderr]).toEqual([2, expect.stringMatching(expected)]);
  });
});

// Bad input: one clear line that names the thing, the value and what was expected; exit status 2; no stack trace.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Command, freePort } from "./command.js";

const folder = mkdtempSync(join(tmpdir(), "edgebeat-bad-"));
const at = (name: string): string => join(folder, name);
const DEMO = new URL("../../demo/208-excerpt", import.meta.url).pathname;

/** Copies the demo record and spoils its header. */
function spoil(name: string, change: (header: string) => string): void {
  copyFileSync(`${DEMO}.dat`, at("208-excerpt.dat"));
  writeFileSync(at(`${name}.hea`), change(readFileSync(`${DEMO}.hea`, "utf8")).replace(/^208-excerpt /, `${name} `));
}

beforeAll(() => {
  spoil("fast", (header) => header.replace(/^(\S+ \d+ )360/, "$12000"));
  spoil("checksum", (header) => header.replace(" 5363 ", " 5364 "));
  spoil("format", (header) => header.replace("208-excerpt.dat 212", "208-excerpt.dat 310"));
  copyFileSync(`${DEMO}.dat`, at("cut.dat"));
  truncateSync(at("cut.dat"), 1000);
  writeFileSync(at("cut.hea"), readFileSync(`${DEMO}.hea`, "utf8").replaceAll("208-excerpt", "cut"));
  writeFileSync(at("limits.json"), '{"asystoleMs": 500}');
  writeFileSync(at("broken.json"), "{asystole");
  writeFileSync(at("unknown.json"), '{"asystole": 4000}');
  writeFileSync(at("small.flash"), "not a flash image");
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("edgebeat", () => {
  it.each<[string, string[], RegExp]>([
    ["an unknown flag", ["sim", "--sped", "2"], /unknown option '--sped'.*--speed/s],
    ["an unknown command", ["simulate"], /^edgebeat: unknown command "simulate", expected sim, subscribe, provision, command, update, sign, evaluate$/m],
    ["a missing record", ["sim", "--record", "nowhere/100"], /nowhere\/100/],
    ["a truncated record", ["sim", "--record", at("cut")], /cut\.dat.*108000/],
    ["an impossible rate", ["sim", "--record", at("fast")], /2000.*100.*1000/],
    ["a wrong checksum", ["sim", "--record", at("checksum")], /checksum.*536[34]/],
    ["an unknown format", ["sim", "--record", at("format")], /310/],
    ["an unknown lead", ["sim", "--lead", "V9"], /V9.*MLII/],
    ["a lead number that is not there", ["sim", "--lead", "7"], /7.*MLII/],
    ["an unknown patient", ["sim", "--patient", "synthetic:flu"], /unknown rhythm "flu", expected one of sinus/],
    ["a patient of no kind", ["sim", "--patient", "real"], /--patient real: expected synthetic:/],
    ["record and patient", ["sim", "--record", "x", "--patient", "synthetic:vf"], /--record and --patient/],
    ["a speed of 0", ["sim", "--speed", "0"], /--speed 0: expected a number from 0.1/],
    ["a speed in words", ["sim", "--speed", "fast"], /--speed fast: expected/],
    ["an unknown engine", ["sim", "--engine", "v9"], /--engine v9: expected node, xs, xs-native/],
    ["an unknown front end", ["sim", "--afe", "ads1298"], /--afe ads1298: expected one of max30003, ads1292r, ad8232/],
    ["three cores", ["sim", "--cores", "3"], /--cores 3: expected 1 or 2/],
    ["a stall that does not say when", ["sim", "--stall", "gc 30ms"], /stall "gc 30ms": .* does not say when/],
    ["a link plan without times", ["sim", "--link", "down"], /link "down": expected/],
    ["a seed that is no number", ["sim", "--seed", "abc"], /--seed abc: expected a whole number from 0 to 4294967295/],
    ["a port out of range", ["sim", "--mqtt-port", "70000"], /--mqtt-port 70000: expected a whole number from 0 to 65535/],
    ["a limit out of range", ["sim", "--config", at("limits.json")], /config.asystoleMs: 500, expected a whole number from 3000 to 10000/],
    ["a config that is no JSON", ["sim", "--config", at("broken.json")], /broken\.json: .*expected JSON/],
    ["an unknown setting", ["sim", "--config", at("unknown.json")], /config.asystole: unknown field, expected one of/],
    ["a config that is not there", ["sim", "--config", at("none.json")], /none\.json: no such file/],
    ["a flash image of the wrong size", ["sim", "--headless", "--mqtt-port", "0", "--ws-port", "0", "--flash", at("small.flash")], /small\.flash.*17.*262144/],
    ["a broker that is no address", ["sim", "--broker", "localhost"], /--broker localhost: expected an address such as mqtt:\/\//],
    ["a subscriber without address", ["subscribe"], /required option '--url <url>'/],
  ])("%s", async (_name, args, message) => {
    const command = new Command(args);
    expect(await command.ended()).toBe(2);
    expect(command.stderr).toMatch(message);
    expect(command.stderr).not.toMatch(/\n\s+at /);
    expect(command.stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
    expect(command.stdout).toBe("");
  });

  it.each([["sim", "--headless", "--broker"], ["subscribe", "--url"]])("%s: a broker that is not there", async (...args) => {
    const port = await freePort();
    const command = new Command([...args, `mqtt://127.0.0.1:${port}`]);
    expect(await command.ended()).toBe(2);
    expect(command.stderr).toMatch(new RegExp(`^edgebeat: broker mqtt://127.0.0.1:${port}: .*ECONNREFUSED.*, expected an MQTT 3.1.1 broker`));
    expect(command.stderr.trim().split("\n")).toHaveLength(1);
  });

  it("--help tells of every command and ends well", async () => {
    const command = new Command(["--help"]);
    expect(await command.ended()).toBe(0);
    expect(command.stdout).toMatch(/sim .*\n.*subscribe /s);
  });
});
